"""Promise 1: every caller ends in talking, in owned work he heard confirmed, or hangs up himself.

The oracle reads the caller's transcript and the network's ledger only. Three planted faults show
that it can see.
"""

import itertools
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import NoSuchExample

from tests.promises.oracle import Seat, dead_ends
from tests.promises.scenarios import CALLERS, PHONES, SCENARIOS, Scenario
from tests.telephony.conftest import Desk, exchange, make_desk  # noqa: F401 - fixtures
from weerbaar.accounts.actors import SYSTEM
from weerbaar.hotline.calls import duty
from weerbaar.hotline.roster import rules
from weerbaar.hotline.roster import verbs as roster
from weerbaar.hotline.telephony import caller as caller_steps
from weerbaar.hotline.telephony import twiml

EXAMPLES = 60
# Seconds between two calls, so that nothing of one reaches into the next.
APART = 4 * 3600
SEATS = (("Anna", 1), ("Bram", 1), ("Cato", 2), ("Daan", 2))
BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Line:
    """A house that takes one call after the other, with another roster for each."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.people = {name: desk.confidant(name, None) for name, _tier in SEATS}
        self.shifts: list[Any] = []
        self.numbers = itertools.count(1)
        desk.network.every(5, desk.work)

    def play(self, scenario: Scenario) -> list[str]:
        """One call from beginning to end; what was wrong with it."""
        desk, network = self.desk, self.desk.network
        # Every call has identifiers of its own; only the faults follow the scenario's seed.
        network.reset(seed=next(self.numbers), faults=scenario.faults())
        seats = self._roster(scenario)
        call = network.call(scenario.number, CALLERS[scenario.caller])
        network.run_until_idle(limit_seconds=900)
        wrong = dead_ends(call, network, seats)
        network.reset()
        network.clock.move_to(network.clock.seconds() + APART)
        desk.work()
        return [f"{one}\n{call.log()}" for one in wrong]

    def _roster(self, scenario: Scenario) -> list[Seat]:
        desk = self.desk
        with desk.house.database.session() as session:
            for shift in self.shifts:
                roster.remove_shift(session, SYSTEM, shift, now=desk.now(), confirmed=True)
            session.commit()
        self.shifts = []
        seats = []
        for tier, kinds in ((1, scenario.first), (2, scenario.backup)):
            names = [name for name, of in SEATS if of == tier]
            for name, kind in zip(names, kinds, strict=False):
                persona, takes = PHONES[kind]
                number = desk.phones[name]
                desk.network.phone(number, persona)
                self._on_duty(self.people[name].person_id, tier)
                seats.append(Seat(number, tier, takes))
        return seats

    def _on_duty(self, person_id: Any, tier: int) -> None:
        start = self.desk.now() - timedelta(hours=1)
        end = start + timedelta(hours=3)
        with self.desk.house.database.session() as session:
            shift = roster.add_shift(
                session, SYSTEM, tier=tier, person_id=person_id, now=self.desk.now(),
                start=rules.Reading(start, start), end=rules.Reading(end, end),
            )  # fmt: skip
            session.commit()
        self.shifts.append(shift)


@pytest.fixture
def line_of_house(desk: Desk) -> Line:
    return Line(desk)


@pytest.fixture
def desk(make_desk: Any) -> Desk:  # noqa: F811
    return make_desk()


def test_no_caller_ends_in_nothing(line_of_house: Line) -> None:
    @BOUNDED
    @given(SCENARIOS)
    def every_call_ends_well(scenario: Scenario) -> None:
        assert line_of_house.play(scenario) == []

    every_call_ends_well()


def found_by_the_oracle(line_of_house: Line) -> bool:
    try:
        hypothesis.find(
            SCENARIOS,
            lambda scenario: bool(line_of_house.play(scenario)),
            settings=settings(BOUNDED, max_examples=150, phases=[Phase.generate], derandomize=True),
        )
    except NoSuchExample:
        return False
    return True


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestPlantedFaults:
    def test_a_screen_that_falls_through_is_found(self, line_of_house, monkeypatch):
        whole = twiml.Documents.screen
        monkeypatch.setattr(
            twiml.Documents,
            "screen",
            lambda self, *given, **more: (
                whole(self, *given, **more).replace("<Hangup />", "").replace("<Hangup/>", "")
            ),
        )
        assert found_by_the_oracle(line_of_house)

    def test_an_empty_answer_to_a_repeat_is_found(self, line_of_house, monkeypatch):
        seen: set[tuple[str, str, str]] = set()
        whole = caller_steps.present

        def forgetful(ask, call):
            key = (ask.sid, call.state, str(call.step))
            document = whole(ask, call)
            if key in seen:
                return "<Response/>"
            seen.add((ask.sid, call.state, str(call.step)))
            return document

        monkeypatch.setattr(caller_steps, "present", forgetful)
        assert found_by_the_oracle(line_of_house)

    def test_a_skipped_tier_is_found(self, line_of_house, monkeypatch):
        whole = roster.on_duty
        monkeypatch.setattr(
            duty.roster, "on_duty", lambda *given: [one for one in whole(*given) if one.tier == 1]
        )
        assert found_by_the_oracle(line_of_house)
