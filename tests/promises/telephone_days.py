"""A telephone line as a state machine: people, times and failures in any order, then the judge.

Each example is one stretch of a day: a roster, telephones that behave, several callers at once, and
what happens to the house meanwhile. At its end everything is repaired, all calls run out, and every
one of them is judged by what was heard and pressed.
"""

import itertools
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.promises import oracle, scenarios
from tests.promises.oracle import Outage, Seat
from tests.telephony import ledger
from tests.telephony.conftest import HOUSE_PHONES, Desk, application
from weerbaar.accounts.actors import SYSTEM
from weerbaar.config.database import Database
from weerbaar.hotline.roster import rules as roster_rules
from weerbaar.hotline.roster import verbs as roster
from weerbaar.hotline.roster.errors import ShiftOverlaps
from weerbaar.simulator import Call, Faults, Rules, StillBusy
from weerbaar.web import duties

# Seconds between two examples, so that nothing of one reaches into the next.
APART = 4 * 3600
SEATS = (("Anna", 1), ("Bram", 1), ("Cato", 2), ("Daan", 2))
LONG_SHIFT = 3 * 3600
WORKER_LOOKS = 10
# With nobody on the line it may look less often.
WORKER_RESTS = 60
MOST_AT_ONCE = 4
# Two hours: whoever is connected hangs up by himself long before.
LIMIT = 7200

_names = st.sampled_from([name for name, _ in SEATS])


class DeadEnd(AssertionError):
    """Somebody ended in nothing; the transcript says how."""


class Severable:
    """A database that can go and come back under a house that runs."""

    def __init__(self, whole: Database) -> None:
        self.whole, self.severed = whole, False
        self.nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing", pool_size=1)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.nowhere if self.severed else self.whole, name)


class Line:
    """A house that takes one stretch of a day after the other, each with a roster of its own."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        made = [(desk.confidant(name, None), desk.phones[name]) for name, _tier in SEATS]
        # Who was rung as long ago as another is rung in the order of ids, which are random: by
        # giving out the names in that order, a seed plays the same days again.
        made.sort(key=lambda one: one[0].person_id)
        names = [name for name, _tier in SEATS]
        self.people = {name: one[0] for name, one in zip(names, made, strict=True)}
        self.phones = {name: one[1] for name, one in zip(names, made, strict=True)}
        self.mails = {desk.installation.mail(person) for person in self.people.values()}
        self.mails.add("coordinator@example.nl")
        self.numbers = itertools.count(1)
        self.rounds = duties.rounds()
        self.database = Severable(desk.house.database)
        # One process, before an outage, in it and after it: what it remembers by itself stays.
        self.house = desk.house = replace(desk.house, database=self.database)
        desk.board.app = application(self.house)
        self.worker_back = self.worked = 0.0
        desk.network.every(WORKER_LOOKS, self.work)

    def work(self) -> None:
        """The real worker's duties, as often as they are due."""
        seconds, now = self.desk.network.clock.seconds(), self.desk.now()
        resting = all(call.over for call in self.desk.network.calls)
        if seconds < self.worker_back or (resting and seconds < self.worked + WORKER_RESTS):
            return
        self.worked = seconds
        for each in self.rounds:
            if each.is_due(now):
                each.go(self.house, now)

    def begin(self) -> None:
        self.database.severed = False
        self.desk.network.reset(seed=next(self.numbers))
        self.worker_back = self.worked = 0.0
        self.work()

    def end(self) -> None:
        network = self.desk.network
        network.reset()
        network.rules = Rules()
        network.clock.move_to(network.clock.seconds() + APART)
        self.work()

    def shift(self, name: str, tier: int, start: datetime, end: datetime) -> Any:
        with self.house.database.session() as session:
            added = roster.add_shift(
                session, SYSTEM, tier=tier, person_id=self.people[name].person_id,
                start=roster_rules.Reading(start, start), end=roster_rules.Reading(end, end),
                now=self.desk.now(),
            )  # fmt: skip
            session.commit()
        return added

    def ring_at_once(self, tiers: set[int]) -> None:
        with self.house.database.session() as session:
            for tier in (1, 2, 3):
                roster.ring_all_at_once(
                    session, SYSTEM, tier, all_at_once=tier in tiers, now=self.desk.now()
                )
            session.commit()

    def no_shift(self, shift: Any) -> None:
        with self.house.database.session() as session:
            roster.remove_shift(session, SYSTEM, shift, now=self.desk.now(), confirmed=True)
            session.commit()

    def facts(self, call: Call) -> dict[str, Any] | None:
        """What `weerbaar calls show CALLSID --json` says."""
        with suppress(AssertionError):
            return self.desk.facts(call)
        return None


class Day(RuleBasedStateMachine):
    """One stretch of a day on a line."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self.line, self.network = line, line.desk.network
        self.calls: list[Call] = []
        self.seats: list[Seat] = []
        self.shifts: dict[str, tuple[Any, int]] = {}
        self.outages: list[Outage] = []
        self.gone = False
        line.begin()

    # how it begins

    @initialize(
        rules=scenarios.rules,
        faults=scenarios.faults,
        kinds=st.lists(scenarios.phones, min_size=len(SEATS), max_size=len(SEATS)),
        on_duty=st.tuples(st.integers(0, 2), st.integers(0, 2)),
        at_once=st.sets(st.integers(1, 2)),
        caller=scenarios.callers,
        number=scenarios.numbers,
    )
    def begins(
        self,
        rules: Rules,
        faults: Faults,
        kinds: list[str],
        on_duty: tuple[int, int],
        at_once: set[int],
        caller: str,
        number: str,
    ) -> None:
        self.network.rules = rules
        self.network.faults = bearable(faults, rules)
        for (name, _), kind in zip(SEATS, kinds, strict=True):
            self.network.phone(self.number(name), scenarios.PHONES[kind])
        self.line.ring_at_once(at_once)
        for tier, count in enumerate(on_duty, 1):
            for name in [name for name, of in SEATS if of == tier][:count]:
                self._on(name, tier, LONG_SHIFT, since=self.now() - timedelta(hours=1))
        self.somebody_calls(caller=caller, number=number, after=0)

    # what people do

    @precondition(lambda self: sum(not call.over for call in self.calls) < MOST_AT_ONCE)
    @rule(caller=scenarios.callers, number=scenarios.numbers, after=scenarios.delays)
    def somebody_calls(self, caller: str, number: str, after: int) -> None:
        self.pass_time(after)
        self.calls.append(self.network.call(number, scenarios.CALLERS[caller]))
        self.network.advance(0.01)

    @precondition(lambda self: any(call.over for call in self.calls))
    @rule(caller=scenarios.callers, after=scenarios.delays)
    def the_same_rings_again(self, caller: str, after: int) -> None:
        self.pass_time(after)
        number = next(call.from_ for call in reversed(self.calls) if call.over)
        self.calls.append(self.network.call(number, scenarios.CALLERS[caller]))
        self.network.advance(0.01)

    @rule(name=_names, kind=scenarios.phones)
    def a_telephone_behaves_otherwise(self, name: str, kind: str) -> None:
        self.network.phone(self.number(name), scenarios.PHONES[kind])

    @precondition(lambda self: not self.gone)
    @rule(name=_names, tier=st.integers(1, 3), seconds=st.sampled_from((20, 60, LONG_SHIFT)))
    def somebody_comes_on_duty(self, name: str, tier: int, seconds: int) -> None:
        if name not in self.shifts:
            with suppress(ShiftOverlaps):
                self._on(name, tier, seconds, since=self.now())

    @precondition(lambda self: not self.gone)
    @rule(tiers=st.sets(st.integers(1, 3)))
    def tiers_ring_otherwise(self, tiers: set[int]) -> None:
        self.line.ring_at_once(tiers)

    @precondition(lambda self: not self.gone)
    @rule(name=_names)
    def somebody_goes_off_duty(self, name: str) -> None:
        self._off(name)

    # what happens to the house, and on the way to it

    @rule(faults=scenarios.faults, after=scenarios.delays)
    def the_way_changes(self, faults: Faults, after: int) -> None:
        self.pass_time(after)
        self.network.faults = bearable(faults, self.network.rules)

    @rule(seconds=st.sampled_from((30, 120, 300)))
    def the_worker_is_down(self, seconds: int) -> None:
        self.line.worker_back = self.network.clock.seconds() + seconds

    @precondition(lambda self: not self.gone)
    @rule(seconds=st.sampled_from((2, 15, 60, 200)), after=scenarios.delays)
    def the_database_is_gone(self, seconds: int, after: int) -> None:
        self.pass_time(after)
        self.gone = True
        self.line.database.severed = True
        self.outages.append(Outage(self.now(), datetime.max.replace(tzinfo=self.now().tzinfo)))
        self.network.at(seconds, self._back)

    def _back(self) -> None:
        if self.gone:
            self.gone = False
            self.line.database.severed = False
            self.outages[-1] = replace(self.outages[-1], until=self.now())

    @rule(seconds=st.sampled_from((1, 5, 20, 60, 240)))
    def time_passes(self, seconds: int) -> None:
        self.pass_time(seconds)

    # the end

    def teardown(self) -> None:
        try:
            if self.calls and (wrong := self._judged()):
                raise DeadEnd("\n".join(wrong))
        finally:
            self._back()
            for name in list(self.shifts):
                self._off(name)
            self.line.end()

    def _judged(self) -> list[str]:
        with suppress(StillBusy):
            self.network.run_until_idle(LIMIT)
        self._back()
        # The worker comes back; what was written down without a database is taken in.
        self.line.worker_back = 0.0
        self.network.advance(2 * WORKER_RESTS if self.outages else WORKER_LOOKS)
        wrong = []
        for call in self.calls:
            found = oracle.dead_ends(call, self.network, self.seats, self.outages)
            found += self._owner(call)
            wrong += [f"{one}\n{call.log()}" for one in found]
        wrong += [
            f"a telephone of the house is left on the line\n{leg.log()}"
            for leg in self.network.calls
            if not leg.over
        ]
        return wrong + ledger.wrong(self.network, HOUSE_PHONES)

    def _owner(self, call: Call) -> list[str]:
        """Whoever heard that somebody has work to do for him: that somebody is there."""
        if not oracle.promised(call):
            return []
        facts = self.line.facts(call)
        item = facts and facts["work_item"]
        if not item:
            return ["work was promised, and there is none"]
        if item["owner"] not in self.line.mails:
            return [f"work was promised, and nobody owns it: {item['owner']}"]
        return []

    # small things

    def now(self) -> datetime:
        return self.line.desk.now()

    def number(self, name: str) -> str:
        return self.line.phones[name]

    def pass_time(self, seconds: float) -> None:
        if seconds:
            self.network.advance(seconds)

    def _on(self, name: str, tier: int, seconds: int, since: datetime) -> None:
        until = self.now() + timedelta(seconds=seconds)
        self.shifts[name] = self.line.shift(name, tier, since, until), len(self.seats)
        self.seats.append(Seat(self.number(name), tier, since, until))

    def _off(self, name: str) -> None:
        shift = self.shifts.pop(name, None)
        if shift is None:
            return
        added, place = shift
        if self.seats[place].until > self.now():
            self.line.no_shift(added)
            self.seats[place] = replace(self.seats[place], until=self.now())


def bearable(faults: Faults, rules: Rules) -> Faults:
    """No more failures after one another than a provider in this position tries again after."""
    if rules.broken_connection == "fallback":
        # One that broke is not asked again, and after a fallback there is nothing.
        faults.in_a_row = 1
    return faults


def seeded(line: Line, seed: int | None) -> Any:
    """A factory of days; a seed makes the same days again."""

    def day() -> Day:
        return Day(line)

    return day if seed is None else hypothesis.seed(seed)(day)
