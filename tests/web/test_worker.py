"""The worker's loop: each duty in its time, and one that fails does not stop the others."""

from datetime import UTC, datetime, timedelta

from weerbaar.web import duties, worker
from weerbaar.web.worker import Round

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class House:
    class clock:  # noqa: N801
        @staticmethod
        def now():
            return NOON


def test_a_failing_duty_does_not_stop_the_others():
    done = []

    def fails(_house, _now):
        raise RuntimeError("broken")

    def works(_house, now):
        done.append(now)
        return 3

    assert worker.once(House(), [Round("fails", fails, 1), Round("works", works, 1)]) == 3
    assert done == [NOON]


def test_a_duty_waits_for_its_time_and_survives_a_clock_that_is_set_back():
    round_ = Round("often", lambda _house, _now: 1, 30)
    assert round_.is_due(NOON)
    round_.go(House(), NOON)
    assert not round_.is_due(NOON + timedelta(seconds=29))
    assert round_.is_due(NOON + timedelta(seconds=30))
    assert round_.is_due(NOON - timedelta(hours=1))


def test_every_duty_of_the_house_can_be_done_on_a_fresh_installation(installation):
    for each in duties.rounds():
        each.duty(installation.house, installation.clock.now())
