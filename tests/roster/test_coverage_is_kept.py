"""Whatever people do with their shifts: no tier loses an hour, and nobody is in two at once.

Random rosters and random acts, half of them refused; after each the roster is laid beside the one
before it.
"""

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from weerbaar.accounts.actors import Actor, Role
from weerbaar.hotline.roster import rules, swaps, takeovers, verbs
from weerbaar.hotline.roster.errors import NoSuchRequest, RosterRefused
from weerbaar.hotline.roster.rules import Placed
from weerbaar.hotline.roster.swaps_models import SwapRow

# The week with the night in which the clock goes back.
START = datetime(2026, 10, 19, 22, tzinfo=UTC)
SPAN = (START - timedelta(days=2), START + timedelta(days=12))
TAKERS = ("anna", "bram", "carla")
HOUR = timedelta(hours=1)
WEEKS, FEWEST = 15, 4

ACTS = ("take", "ask", "ask", "accept", "accept", "settle", "undo", "sick", "decline")


def covered(standing):
    """The stretches of each tier in which somebody has duty, joined where they meet."""
    found = defaultdict(list)
    for one in sorted(standing, key=lambda each: each.starts):
        own = found[one.tier]
        if own and own[-1][1] >= one.starts:
            own[-1] = (own[-1][0], max(own[-1][1], one.ends))
        else:
            own.append((one.starts, one.ends))
    return dict(found)


def nobody_twice(standing):
    by_person = defaultdict(list)
    for one in standing:
        by_person[one.person_id].append(one)
    for own in by_person.values():
        ordered = sorted(own, key=lambda each: each.starts)
        assert all(one.ends <= other.starts for one, other in pairwise(ordered))


class Week:
    """A roster on which people act."""

    def __init__(self, office, session, seed):
        self.office, self.session, self.now = office, session, START
        self.dice, self.actor = random.Random(seed), None
        self.people = {
            name: Actor(
                office.people[name],
                frozenset({Role.COORDINATOR if name == "carla" else Role.CONFIDANT}),
            )
            for name in TAKERS
        }

    def lay_out(self):
        """Some shifts, where their people have room for them."""
        for _ in range(self.dice.randint(4, 24)):
            start = START + self.dice.randint(0, 150) * HOUR
            end = start + self.dice.randint(1, 16) * HOUR
            try:
                verbs.add_shift(
                    self.session, self.office.planner, tier=self.dice.choice((1, 1, 2, 3)),
                    person_id=self._anybody().person_id,
                    start=rules.Reading(start, start), end=rules.Reading(end, end),
                    now=self.now,
                )  # fmt: skip
            except RosterRefused:
                continue

    def standing(self):
        return verbs.between(self.session, *SPAN)

    def _shift(self):
        found = self.standing()
        return self.dice.choice(found) if found else None

    def _request(self, *states):
        found = self.session.scalars(
            select(SwapRow).where(SwapRow.state.in_(states)).order_by(SwapRow.shift_id)
        ).all()
        return self.dice.choice(found) if found else None

    def _anybody(self):
        return self.dice.choice(list(self.people.values()))

    def _of(self, person_id):
        return next(one for one in self.people.values() if one.person_id == person_id)

    def take(self):
        shift, actor, dice = self._shift(), self._anybody(), self.dice
        part = {}
        if dice.random() < 0.6:
            after = shift.starts + dice.randint(-3, 9) * HOUR
            part = {"start": after, "end": after + dice.randint(1, 9) * HOUR}
        takeovers.take_over(
            self.session, actor, shift.shift_id, actor.person_id, now=self.now, **part
        )

    def ask(self):
        shift, how = self._shift(), self.dice.random()
        returned = self._shift().shift_id if how < 0.3 else None
        swaps.ask(
            self.session, self._of(shift.person_id), shift.shift_id, now=self.now,
            asked_id=self._anybody().person_id if 0.3 <= how < 0.5 else None,
            in_return=how > 0.8, return_id=returned,
        )  # fmt: skip

    def accept(self):
        swap, actor = self._request("asked"), self._anybody()
        if swap is None:
            raise NoSuchRequest
        if swap.asked_id is not None:
            actor = self._of(swap.asked_id)
        own = [one.shift_id for one in self.standing() if one.person_id == actor.person_id]
        swaps.accept(
            self.session, actor, swap.id, now=self.now,
            return_id=self.dice.choice(own) if own else None,
        )  # fmt: skip

    def settle(self):
        swap, shift = self._request("asked", "done"), self._shift()
        if swap is None:
            raise NoSuchRequest
        swaps.settle(
            self.session, self.office.planner, swap.id, shift.person_id, now=self.now,
            return_id=shift.shift_id,
        )  # fmt: skip

    def decline(self):
        swap = self._request("asked")
        if swap is None:
            raise NoSuchRequest
        swaps.decline(self.session, self._anybody(), swap.id, now=self.now)

    def undo(self):
        swap = self._request("done")
        if swap is None:
            raise NoSuchRequest
        swaps.undo(self.session, self._of(swap.asker_id), swap.id, now=self.now)

    def sick(self):
        on_duty = verbs.on_duty(self.session, self.now)
        self.actor = self._anybody()
        if on_duty:
            self.actor = self._of(self.dice.choice(on_duty).person_id)
        named = self._anybody().person_id if self.dice.random() < 0.3 else None
        takeovers.cannot_now(self.session, self.actor, self.now, person_id=named)


def loses(before, after):
    """What a tier had and has no more, by tier."""
    return {
        tier: missing
        for tier in covered(before)
        if (
            missing := [
                hole
                for starts, ends in covered(before)[tier]
                for hole in rules.holes([o for o in after if o.tier == tier], starts, ends)
            ]
        )
    }


def only_who_moved_up(week, before, after, lost):
    """After a sick call: a tier lost hours of whoever moved up alone, and never the one he left."""
    left = {
        one.tier
        for one in before
        if one.person_id == week.actor.person_id and one.starts <= week.now < one.ends
    }
    assert not left & lost.keys()
    moved = {one.person_id for one in after if one.tier in left}
    for tier, holes in lost.items():
        own = [one for one in before if one.tier == tier and one.person_id in moved]
        for hole in holes:
            assert rules.holes(own, hole.starts, hole.ends) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_act_loses_an_hour_of_a_tier_nor_puts_anybody_in_two_shifts(office):
    done = Counter()
    for seed in range(WEEKS):
        with office.database.session() as session:
            week = Week(office, session, seed)
            week.lay_out()
            while week.now < START + timedelta(days=7):
                week.now += week.dice.randint(1, 9) * HOUR
                before, act = week.standing(), week.dice.choice(ACTS)
                point = session.begin_nested()
                try:
                    getattr(week, act)()
                    point.commit()
                    done[act] += 1
                except RosterRefused:
                    point.rollback()
                after = week.standing()
                nobody_twice(after)
                lost = loses(before, after)
                if act == "sick":
                    only_who_moved_up(week, before, after, lost)
                else:
                    assert lost == {}, (seed, act)
            session.rollback()
    # Nothing is proved by acts that were all refused.
    assert all(done[act] >= FEWEST for act in ACTS), done


def test_a_lost_hour_is_seen():
    anna, bram = (Placed(1, name, START, START + 8 * HOUR) for name in ("anna", "bram"))
    shorter = Placed(1, "bram", START, START + 7 * HOUR)
    assert loses([anna], [bram]) == {}
    assert [one.starts for one in loses([anna], [shorter])[1]] == [START + 7 * HOUR]
    with pytest.raises(AssertionError):
        nobody_twice([anna, Placed(2, "anna", START + 7 * HOUR, START + 9 * HOUR)])
