"""What a caller speaks in is readable nowhere: a message whose sound is a marker, in a real house.

The provider's recording holds the marker in its very bytes. Server and worker are processes of their
own; when the worker has fetched the message, everything that is anywhere is searched.
"""

import re
import time
from collections.abc import Callable, Iterator

import pytest

from tests.promises import haystack, marked_day
from tests.promises.disk import read_disk
from tests.promises.haystack import Found, Place, search
from tests.promises.marked_day import STEM, Day
from tests.promises.real_house import raw_connection, real_house
from weerbaar.simulator import personas

pytestmark = pytest.mark.slow

NUMBER = "+31687654321"
SPOKEN = f"{STEM} vertelt het zelf. "
NEEDLES = [haystack.word("a spoken word", STEM)]
SECONDS = 5


@pytest.fixture(params=["sqlite", "postgresql"])
def day(request, tmp_path) -> Iterator[Day]:
    with real_house(request.param, tmp_path) as house:
        day = Day(house)
        marked_day.found(day, tmp_path)
        house.start("serve", "--bind", house.url.removeprefix("http://"), "--processes", "1")
        house.start("worker")
        house.wait_until_ready()
        yield day


def everywhere(day: Day, copy) -> Iterator[Place]:
    """Every file, WAL and log, every value of every row, and everything a process said."""
    yield from haystack.files(day.house.copy_of_disk(copy), "disk")
    disk = read_disk(day.house.settings())
    yield from haystack.rows(disk.database, "database")
    yield from haystack.rows(disk.keystore, "key store")
    yield from haystack.files(day.house.outputs, "outputs")
    for url in day.house.network.ledger.urls():
        yield Place("an address", url.encode())


def found(day: Day, copy) -> list[Found]:
    return search(everywhere(day, copy), NEEDLES)


def until(happened: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.2)


def pieces(day: Day) -> int:
    with raw_connection(day.house.environment["WEERBAAR_DATABASE_URL"]) as connection:
        return connection.execute("SELECT count(*) FROM envelope_chunk").fetchone()[0]


def test_a_spoken_message_is_readable_nowhere_but_by_its_reader(day: Day, tmp_path) -> None:
    network = day.house.network
    caller = personas.caller(
        personas.presses("2", text="Toets dan 2", finished=True), speaks=SECONDS, words=SPOKEN
    )
    call = network.call(NUMBER, caller)
    network.run_until_idle()
    assert "luistert ernaar" in call.heard_text()
    (recording,) = network.recordings.values()
    sound = recording.wav()
    assert search([Place("the recording", sound)], NEEDLES)

    # The searcher finds the same sound where somebody left it in the clear.
    leftover = day.house.folder / "tmp" / "sound"
    leftover.write_bytes(sound)
    assert {one.place for one in found(day, tmp_path / "planted")} == {"disk: folder/tmp/sound"}
    leftover.unlink()

    until(lambda: pieces(day) > 0, "the worker has fetched the message")
    until(lambda: not recording.media, "the provider has deleted it")
    assert found(day, tmp_path / "searched") == []

    cora = day.people["cora"]
    marked_day.founder_signs_in(day, cora)
    (work,) = cora.browser.see("/calls").links(r"/calls/[0-9a-f-]{36}/record")
    (listen,) = set(audio_of(cora.browser.see(work).page))
    assert SPOKEN in cora.browser.see(listen).page
    assert found(day, tmp_path / "heard") == []


def audio_of(page: str) -> list[str]:
    return re.findall(r'<audio[^>]*src="([^"]+)"', page)
