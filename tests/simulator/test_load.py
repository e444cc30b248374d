"""Many callers at once: judged by what each of them heard, told in a line each."""

import pytest

from tests.simulator.conftest import Desk, xml
from weerbaar.simulator import LocalServer, api, load_command, personas
from weerbaar.simulator.deskfile import DeskFile, Phone
from weerbaar.simulator.load import Load

PHONES = tuple(f"+3161234560{place}" for place in range(1, 4))
OFFER = xml(
    '<Gather numDigits="1" action="/asked"><Say>Er kan nu niemand opnemen. Toets dan 1.</Say></Gather>'
)
GOODBYE = xml("<Say>Dank u. Wij bellen u terug, vóór 12 uur. Goedendag.</Say>")


@pytest.fixture
def line(desk: Desk) -> Desk:
    """One telephone is tried, then a call-back is offered."""
    free = iter([*PHONES] * 50)

    def dial() -> str:
        return xml(f'<Dial action="/after"><Number url="/screen">{next(free)}</Number></Dial>')

    def after() -> str:
        told = desk.house.asked("after")[-1]
        return xml("") if told["DialBridged"] == "true" else OFFER

    desk.house.answers |= {
        "voice": dial,
        "screen": xml('<Gather numDigits="1" action="/ok"><Say>Toets 1.</Say></Gather><Hangup/>'),
        "ok": xml(""),
        "after": after,
        "asked": GOODBYE,
        "status": "",
    }
    return desk


def test_every_caller_is_judged(line: Desk) -> None:
    load = Load(line.network, PHONES, talk=10)
    line.network.phone(PHONES[0], personas.off())
    load.begin(9)
    assert load.report().running == 9
    line.network.run_until_idle()
    load.end()
    report = load.report()
    assert (report.running, report.dead_ends) == (0, 0)
    endings = [one.ending for one in report.endings]
    assert endings.count("talked") == 3
    assert endings.count("promised") == 6
    assert report.legs == 9
    assert report.documents.count > 18
    assert report.first.count == 9
    assert line.network.persona_of(PHONES[0]) == personas.off()


def test_a_dead_end_is_seen_and_told(line: Desk) -> None:
    line.house.answers["asked"] = xml("<Say>Dag.</Say>")
    load = Load(line.network, [], talk=10)
    load.begin(2)
    line.network.run_until_idle()
    report = load.report()
    assert report.dead_ends == 2
    told = load_command.told(report.facts())
    assert told.count("DOOD EIND") == 2 + 1
    assert "dode einden: 2" in told
    assert "Dag." in told


@pytest.mark.parametrize(("answer", "status"), [(GOODBYE, 0), (xml("<Say>Dag.</Say>"), 1)])
def test_the_command_drives_a_running_network(line: Desk, monkeypatch, capsys, answer, status):
    line.house.answers["asked"] = answer
    phones = tuple(Phone(f"Persoon {number}", number) for number in PHONES)
    monkeypatch.setattr(load_command.time, "sleep", line.network.advance)
    with LocalServer(api(line.network, DeskFile(phones=phones))) as served:
        asked = ["--calls", "6", "--confidants", "2", "--desk", served.url]
        assert load_command.main(asked) == status
    said = capsys.readouterr().out
    assert "6 bellers:" in said
    assert f"dode einden: {0 if status == 0 else 4}" in said


def test_without_a_network_it_says_what_to_do(capsys) -> None:
    assert load_command.main(["--desk", "http://127.0.0.1:1"]) == 2
    assert "make run" in capsys.readouterr().err
