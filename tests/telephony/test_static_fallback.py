"""The whole house is gone: three documents on another host answer."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.telephony.conftest import CALLER, Desk
from weerbaar.hotline.telephony import static_fallback, texts
from weerbaar.simulator import LocalServer, Persona, personas
from weerbaar.web.command import main

STANDBY = "+31612345698"


def dead(_environ: object, respond: Callable) -> list[bytes]:
    respond("502 Bad Gateway", [("Content-Type", "text/plain")])
    return [b""]


class StaticHost:
    """A host of files: it knows GET, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, environ: dict, respond: Callable) -> list[bytes]:
        path = self.folder / environ["PATH_INFO"].lstrip("/")
        if environ["REQUEST_METHOD"] != "GET" or not path.is_file():
            respond("405 Method Not Allowed", [("Content-Type", "text/plain")])
            return [b""]
        respond("200 OK", [("Content-Type", "text/xml")])
        return [path.read_bytes()]


@pytest.fixture(params=[STANDBY, ""])
def standby(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def elsewhere(
    make_desk: Callable[..., Desk], tmp_path: Path, standby: str
) -> Iterator[Desk]:  # fmt: skip
    desk = make_desk(STANDBY_NUMBER=standby)
    folder = tmp_path / "elsewhere"
    static_fallback.write(desk.house.settings, folder)
    own = desk.network.hotline
    before = own.voice_fallback_url, own.voice_fallback_method
    with LocalServer(StaticHost(folder)) as host:
        own.voice_fallback_url, own.voice_fallback_method = f"{host.url}/start.xml", "GET"
        yield desk
        own.voice_fallback_url, own.voice_fallback_method = before


def call_into_nothing(desk: Desk, caller: Persona) -> object:
    desk.board.app = dead
    return desk.call(caller)


pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize("standby", [STANDBY], indirect=True)
def test_the_standby_telephone_rings_with_a_screen(elsewhere: Desk) -> None:
    elsewhere.network.phone(STANDBY, personas.answers("1", talks=20))
    call = call_into_nothing(elsewhere, personas.patient(talks=30))
    assert call.bridged_with == [STANDBY]
    assert call.children[0].from_ == "+31703738314"
    assert call.heard_text().index("1 1 2") < call.heard_text().index("andere manier")


@pytest.mark.parametrize("standby", [STANDBY], indirect=True)
def test_a_voicemail_does_not_take_the_call_and_a_message_is_recorded(elsewhere: Desk) -> None:
    elsewhere.network.phone(STANDBY, personas.voicemail())
    call = call_into_nothing(elsewhere, personas.caller())
    assert call.bridged_with == []
    assert texts.STATIC_RECORD in call.heard_text()
    assert len(elsewhere.network.recordings) == 1
    assert call.over
    assert not call.entries("error message")


@pytest.mark.parametrize("standby", [""], indirect=True)
def test_without_a_standby_number_a_message_is_recorded(elsewhere: Desk) -> None:
    call = call_into_nothing(elsewhere, personas.caller())
    assert "1 1 2" in call.heard_text()
    assert len(elsewhere.network.recordings) == 1


@pytest.mark.parametrize("standby", [STANDBY], indirect=True)
def test_they_make_sense_in_the_middle_of_a_call(elsewhere: Desk) -> None:
    elsewhere.confidant("Anna", 1, personas.silent())
    elsewhere.network.phone(STANDBY, personas.answers("1", talks=20))
    call = elsewhere.network.call(CALLER, personas.patient(talks=30))
    elsewhere.network.advance(20)
    elsewhere.board.app = dead
    elsewhere.network.run_until_idle()
    assert call.bridged_with == [STANDBY]
    assert not any(alert.code == 12100 for alert in elsewhere.network.ledger.alerts())
    assert not any(alert.code == 12200 for alert in elsewhere.network.ledger.alerts())


@pytest.mark.parametrize("standby", [STANDBY], indirect=True)
def test_the_command_writes_the_three_without_a_database(
    elsewhere: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ = elsewhere
    monkeypatch.setenv("WEERBAAR_STANDBY_NUMBER", STANDBY)
    monkeypatch.setenv("WEERBAAR_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    said = CliRunner().invoke(main, ["fallback-twiml", str(tmp_path / "new")])
    assert said.exit_code == 0, said.output
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        "start.xml", "screen.xml", "accept.xml",
    }  # fmt: skip
    assert STANDBY in (tmp_path / "new" / "start.xml").read_text()
