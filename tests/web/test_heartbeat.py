"""The sign of life to outside: only while all is well, and never a word of its address."""

import threading
from datetime import timedelta

import pytest

from weerbaar.hotline.calls import pulses
from weerbaar.hotline.calls.models import Pulse
from weerbaar.simulator import LocalServer, personas
from weerbaar.web.heartbeat import Heart
from weerbaar.web.worker import Round

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

TOKEN = "geheim-teken-in-het-adres"


class Listener:
    """Somebody outside who listens for the sign."""

    def __init__(self):
        self.heard = []
        self.answer = "200 OK"
        self.hold = threading.Event()
        self.hold.set()

    def __call__(self, environ, respond):
        self.heard.append(environ["PATH_INFO"])
        self.hold.wait(10)
        respond(self.answer, [("Content-Length", "0")])
        return [b""]


@pytest.fixture
def listener():
    listener = Listener()
    with LocalServer(listener) as server:
        listener.url = f"{server.url}/{TOKEN}"
        yield listener


@pytest.fixture
def watched(make_desk, listener):
    return make_desk(HEARTBEAT_URL=listener.url)


def finding(desk):
    with desk.house.database.session() as session:
        return pulses.newest(session, desk.house.vault)[Pulse.WORKER].finding


def test_it_beats_while_all_is_well(watched, listener):
    heart = Heart(lambda: True)
    for _minute in range(2):
        heart.beat(watched.house, watched.now())
        heart.wait()
    assert listener.heard == [f"/{TOKEN}"] * 2
    assert finding(watched) == pulses.WELL


def test_an_overdue_line_silences_it_until_somebody_looked(watched, listener):
    watched.confidant("Anna", 1, personas.off())
    heart = Heart(lambda: True)
    call = watched.network.call("+31687654321", personas.caller())
    watched.network.advance(2)
    watched.network.calls.remove(call)  # the line is lost, and nobody tells
    later = watched.now() + timedelta(seconds=91)
    heart.beat(watched.house, later)
    heart.wait()
    assert listener.heard == []
    assert finding(watched) == "overdue"
    # A deadline that has only just passed is the watchdog's to see to.
    heart.beat(watched.house, later - timedelta(seconds=25))
    heart.wait()
    assert listener.heard == [f"/{TOKEN}"]


def test_a_failing_duty_silences_it_until_it_goes_well_again(watched, listener):
    broken = [True]

    def duty(_house, _now):
        if broken[0]:
            raise RuntimeError
        return 0

    round_ = Round("something", duty, 1)
    heart = Heart(lambda: not round_.failed)
    round_.go(watched.house, watched.now())
    heart.beat(watched.house, watched.now())
    heart.wait()
    assert listener.heard == []
    assert finding(watched) == "round-failed"
    broken[0] = False
    round_.go(watched.house, watched.now())
    heart.beat(watched.house, watched.now())
    heart.wait()
    assert len(listener.heard) == 1


@pytest.mark.parametrize("answer", ["500 Broken", "302 Elsewhere", "gone"])
def test_a_listener_that_fails_costs_nothing_and_its_address_is_not_logged(
    watched, listener, capfd, answer
):
    from dataclasses import replace

    from pydantic import SecretStr

    from weerbaar.config.log import configure_logging

    house = watched.house
    if answer == "gone":
        settings = house.settings.model_copy(
            update={"heartbeat_url": SecretStr(f"http://127.0.0.1:1/{TOKEN}")}
        )
        house = replace(house, settings=settings)
    listener.answer = answer
    configure_logging()
    heart = Heart(lambda: True)
    try:
        heart.beat(house, watched.now())
        heart.wait()
    finally:
        configure_logging(level="ERROR")
    said = capfd.readouterr()
    assert ("heartbeat not sent" in said.err) == (answer != "302 Elsewhere")
    assert TOKEN not in said.err + said.out
    assert TOKEN not in repr(house.settings)


def test_a_listener_that_hangs_does_not_hold_up_the_worker(watched, listener):
    listener.hold.clear()
    heart = Heart(lambda: True)
    heart.beat(watched.house, watched.now())  # comes back although nobody answers
    heart.beat(watched.house, watched.now())  # and is not sent twice at once
    listener.hold.set()
    heart.wait()
    assert len(listener.heard) == 1
