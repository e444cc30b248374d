"""A telephone line as a state machine: people, times and failures in any order, then the judge.

Each example is one stretch of a day: a roster, telephones that behave, several callers at once, and
what happens to the house meanwhile. At its end everything is repaired, all calls run out, and every
one of them is judged by what was heard and pressed.
"""

import itertools
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy import select

from tests.promises import oracle, scenarios
from tests.promises.oracle import Outage, Seat
from tests.telephony import ledger
from tests.telephony.conftest import HOUSE_PHONES, Desk, application
from weerbaar.accounts.actors import SYSTEM
from weerbaar.accounts.house import House
from weerbaar.config.database import Database
from weerbaar.hotline.calls import items, misuse, numbers
from weerbaar.hotline.calls.models import DoneReason, ItemState, WorkItemRow
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
# Within so many more looks a telephone is freed that the provider would not let go at once.
LOOKS_TO_FREE = 12
MOST_AT_ONCE = 4
# Two hours: whoever is connected hangs up by himself long before.
LIMIT = 7200

# Whose telephone rings when nobody can be found: it behaves like any other.
STANDBY, STANDBY_PHONE = "stand-by", "+31612345698"
PHONES = (*(name for name, _ in SEATS), STANDBY)

_names = st.sampled_from([name for name, _ in SEATS])
_phones = st.sampled_from(PHONES)


class DeadEnd(AssertionError):
    """Somebody ended in nothing; the transcript says how."""


class Severable:
    """A database that can go and come back under a house that runs."""

    def __init__(self, whole: Database) -> None:
        self.whole, self.severed = whole, False
        self.nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing", pool_size=1)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.nowhere if self.severed else self.whole, name)


def _severable(house: House) -> House:
    return replace(house, database=Severable(house.database))


class Processes:
    """Web processes of one house behind one address: they take the requests by turns."""

    def __init__(self, houses: Sequence[House]) -> None:
        self._turns = itertools.cycle([application(house) for house in houses])

    def __call__(self, environ: Any, respond: Any) -> Any:
        return next(self._turns)(environ, respond)


class Line:
    """A house that takes one stretch of a day after the other, each with a roster of its own.

    It runs as two web processes and two workers: each has its own connections, its own key store
    and its own memory, and knows of the others what stands in the database.
    """

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
        self.standby = desk.house.settings.standby_number
        # The same processes before an outage, in it and after it: what each remembers stays.
        self.houses = [_severable(desk.house), _severable(desk.another_process())]
        self.house = desk.house = self.houses[0]
        self.workers = itertools.cycle([(house, duties.rounds()) for house in self.houses])
        desk.board.app = Processes(self.houses)
        self.worker_back = self.worked = 0.0
        desk.network.every(WORKER_LOOKS, self.work)

    def work(self) -> None:
        """The real workers' duties, as often as they are due; they come by turns."""
        seconds, now = self.desk.network.clock.seconds(), self.desk.now()
        resting = all(call.over for call in self.desk.network.calls)
        if seconds < self.worker_back or (resting and seconds < self.worked + WORKER_RESTS):
            return
        self.worked = seconds
        house, rounds = next(self.workers)
        for each in rounds:
            if each.is_due(now):
                each.go(house, now)

    def sever(self, *, gone: bool) -> None:
        """Take the database away from every process, or give it back."""
        for house in self.houses:
            house.database.severed = gone  # type: ignore[attr-defined]

    def lose_snapshot(self) -> None:
        self.house.settings.snapshot_path.unlink(missing_ok=True)

    def begin(self) -> None:
        self.sever(gone=False)
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

    def mark(self, call: Call) -> UUID | None:
        """The coordinator closes the work of a call as misuse; the id of that work."""
        item = self.desk.item(call)
        if item is None or item.state is ItemState.DONE or item.number_record is None:
            return None
        house, coordinator = self.house, self.desk.installation.coordinator
        with house.database.session() as session:
            now = self.desk.now()
            items.close(session, house.vault, coordinator, item.id, DoneReason.MISUSE, now)
            session.commit()
        return item.id

    def close_all(self) -> None:
        """Deal with what is left of a day, so that it is nobody's work in the next."""
        house, coordinator = self.house, self.desk.installation.coordinator
        with house.database.session() as session:
            for item_id in session.scalars(
                select(WorkItemRow.id).where(WorkItemRow.state != ItemState.DONE)
            ):
                now, reason = self.desk.now(), DoneReason.SILENT
                items.close(session, house.vault, coordinator, item_id, reason, now)
            session.commit()

    def unmark(self, item_id: UUID) -> None:
        house, coordinator = self.house, self.desk.installation.coordinator
        with house.database.session() as session:
            misuse.undo(session, house.vault, coordinator, item_id, self.desk.now())
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
        # By number: the work that was closed as misuse; and every call that came after that.
        self.marked: dict[str, UUID] = {}
        self.unwanted: list[Call] = []
        line.begin()

    # how it begins

    @initialize(
        rules=scenarios.rules,
        faults=scenarios.faults,
        kinds=st.lists(scenarios.phones, min_size=len(PHONES), max_size=len(PHONES)),
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
        for name, kind in zip(PHONES, kinds, strict=True):
            self.network.phone(self.number(name), scenarios.PHONES[kind])
        self.line.ring_at_once(at_once)
        for tier, count in enumerate(on_duty, 1):
            for name in [name for name, of in SEATS if of == tier][:count]:
                self._on(name, tier, LONG_SHIFT, since=self.now() - timedelta(hours=1))
        self.somebody_calls(caller=caller, number=number, after=0)

    # What people do. Whether something can be done hangs on what the house did, which is not the
    # same twice to the second: so every rule may be drawn always, and one that cannot be done lets
    # its time pass. A rule that were only sometimes offered would make a day that cannot be drawn
    # again.

    @rule(caller=scenarios.callers, number=scenarios.numbers, after=scenarios.delays)
    def somebody_calls(self, caller: str, number: str, after: int) -> None:
        self.pass_time(after)
        if sum(not call.over for call in self.calls) < MOST_AT_ONCE:
            self._call(number, caller)

    @rule(caller=scenarios.callers, after=scenarios.delays)
    def the_same_rings_again(self, caller: str, after: int) -> None:
        self.pass_time(after)
        call = self._last_over()
        if call is not None:
            self._call(call.from_, caller)

    @rule(caller=scenarios.callers, after=scenarios.delays)
    def somebody_is_marked_as_misuse_and_rings_again(self, caller: str, after: int) -> None:
        call = self._last_over()
        if call is None or self.gone:
            self.pass_time(after)
            return
        if not numbers.is_withheld(call.from_) and call.from_ not in self.marked:
            item_id = self.line.mark(call)
            if item_id is not None:
                self.marked[call.from_] = item_id
        self.pass_time(after)
        self._call(call.from_, caller)

    @rule(name=_phones, kind=scenarios.phones)
    def a_telephone_behaves_otherwise(self, name: str, kind: str) -> None:
        self.network.phone(self.number(name), scenarios.PHONES[kind])

    @rule(name=_names, tier=st.integers(1, 3), seconds=st.sampled_from((20, 60, LONG_SHIFT)))
    def somebody_comes_on_duty(self, name: str, tier: int, seconds: int) -> None:
        if name not in self.shifts and not self.gone:
            with suppress(ShiftOverlaps):
                self._on(name, tier, seconds, since=self.now())

    @rule(tiers=st.sets(st.integers(1, 3)))
    def tiers_ring_otherwise(self, tiers: set[int]) -> None:
        if not self.gone:
            self.line.ring_at_once(tiers)

    @rule(name=_names)
    def somebody_goes_off_duty(self, name: str) -> None:
        if not self.gone:
            self._off(name)

    # what happens to the house, and on the way to it

    @rule(faults=scenarios.faults, after=scenarios.delays)
    def the_way_changes(self, faults: Faults, after: int) -> None:
        self.pass_time(after)
        self.network.faults = bearable(faults, self.network.rules)

    @rule(seconds=st.sampled_from((30, 120, 300)))
    def the_worker_is_down(self, seconds: int) -> None:
        self.line.worker_back = self.network.clock.seconds() + seconds

    @rule(seconds=st.sampled_from((2, 15, 60, 200)), after=scenarios.delays, bare=scenarios.seldom)
    def the_database_is_gone(self, seconds: int, after: int, bare: bool) -> None:
        self.pass_time(after)
        if self.gone:
            return
        self.gone = True
        self.line.sever(gone=True)
        if bare:
            # The snapshot is lost too: all that is left is the stand-by telephone.
            self.line.lose_snapshot()
        ever = datetime.max.replace(tzinfo=self.now().tzinfo)
        self.outages.append(Outage(self.now(), ever, bare=bare))
        self.network.at(seconds, self._back)

    def _back(self) -> None:
        if self.gone:
            self.gone = False
            self.line.sever(gone=False)
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
            for item_id in self.marked.values():
                self.line.unmark(item_id)
            for name in list(self.shifts):
                self._off(name)
            self.line.close_all()
            self.line.end()

    def _judged(self) -> list[str]:
        with suppress(StillBusy):
            self.network.run_until_idle(LIMIT)
        self._back()
        # The worker comes back; what was written down without a database is taken in.
        self.line.worker_back = 0.0
        self.network.advance(2 * WORKER_RESTS if self.outages else WORKER_LOOKS)
        # What a provider refused is asked for again at the next looks.
        for _look in range(LOOKS_TO_FREE):
            if all(leg.over for leg in self.network.calls):
                break
            self.network.advance(WORKER_LOOKS)
        wrong = []
        for call in self.calls:
            found = oracle.dead_ends(
                call, self.network, self.seats, self.outages, standby=self.line.standby
            )
            found += self._owner(call) + self._misuse(call)
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

    def _misuse(self, call: Call) -> list[str]:
        """Who was marked rings nobody and is told so; who was not is never sent away."""
        turned_away = oracle.MISUSE in call.heard_text()
        if call not in self.unwanted:
            return ["sent away without a mark"] if turned_away else []
        if any(outage.touches(call) for outage in self.outages):
            return []
        wrong = [] if turned_away or call.ended_by == "caller" else ["marked, and not sent away"]
        return [*wrong, "marked, and a telephone rang"] if call.children else wrong

    # small things

    def _last_over(self) -> Call | None:
        return next((call for call in reversed(self.calls) if call.over), None)

    def _call(self, number: str, caller: str) -> None:
        call = self.network.call(number, scenarios.CALLERS[caller])
        self.calls.append(call)
        if number in self.marked:
            self.unwanted.append(call)
        self.network.advance(0.01)

    def now(self) -> datetime:
        return self.line.desk.now()

    def number(self, name: str) -> str:
        return STANDBY_PHONE if name == STANDBY else self.line.phones[name]

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
