"""Rotations on the roster: what they make, what they leave alone, and what is shown before."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from weerbaar.accounts import people
from weerbaar.accounts.models import TrailRow
from weerbaar.hotline.roster import (
    absences,
    rotation_blocks,
    rotation_rows,
    rotation_rules,
    rotations,
    rules,
    verbs,
)
from weerbaar.hotline.roster.models import ShiftRow
from weerbaar.hotline.roster.rotation_blocks import Pattern
from weerbaar.hotline.roster.rotation_models import RotationTurnRow
from weerbaar.hotline.roster.rotation_plans import What
from weerbaar.hotline.roster.rotation_proposals import Alter, Begin, Join, Leave, Stop
from weerbaar.hotline.roster.rotation_rules import Phase, Turns

TUESDAY = date(2026, 11, 24)
WEEKS = 4


class Planner:
    """Somebody who plans, and looks before he does."""

    def __init__(self, office, house):
        self.office, self.house = office, house

    def phase(self, *names, from_on=TUESDAY, tier=1, pattern=Pattern.DAYS, turns=Turns.BLOCK):
        order = tuple(self.office.people[name] for name in names)
        return Phase(from_on, tier, rotation_blocks.usual(pattern), turns, order)

    def preview(self, rotation_id, proposal):
        with self.office.database.session() as session:
            return rotations.preview(
                session, rotation_id, proposal, now=self.house.clock.now(), weeks=WEEKS
            )

    def does(self, rotation_id, proposal, mark=None):
        mark = mark or self.preview(rotation_id, proposal).mark
        with self.office.database.session() as session:
            done = rotations.carry_out(
                session, self.office.planner, rotation_id, proposal, shown=mark,
                now=self.house.clock.now(), weeks=WEEKS,
            )  # fmt: skip
            session.commit()
        return done

    def begins(self, *names, **more):
        return self.does(None, Begin(self.phase(*names, **more)))[0]

    def generates(self, weeks=WEEKS):
        with self.office.database.session() as session:
            added = rotations.generate_ahead(session, self.house.clock.now(), weeks)
            session.commit()
        return added

    def roster(self):
        """Local days and names, in order; the first letter of each name."""
        known = {person_id: name for name, person_id in self.office.people.items()}
        with self.office.database.session() as session:
            rows = session.scalars(select(ShiftRow).order_by(ShiftRow.starts, ShiftRow.tier))
            return {row.starts: (row.tier, known[row.person_id], row.version) for row in rows}

    def names(self):
        return "".join(name[0] for _tier, name, _version in self.roster().values())

    def shift(self, number):
        with self.office.database.session() as session:
            return session.scalars(select(ShiftRow).order_by(ShiftRow.starts)).all()[number]

    def version(self):
        with self.office.database.session() as session:
            return verbs.version(session)


@pytest.fixture
def planner(office, house):
    return Planner(office, house)


def test_a_new_rotation_fills_the_weeks_ahead_from_this_moment(planner, office):
    planner.begins("anna", "bram", "carla")
    # Of today's block what is left, and then 28 whole ones.
    assert planner.names() == ("abc" * 10)[:29]
    with office.database.session() as session:
        now = planner.house.clock.now()
        assert verbs.coverage(session, now, now + timedelta(weeks=WEEKS)) == []
        assert verbs.version(session) == "1"
        actions = list(session.scalars(select(TrailRow.action)))
    assert actions.count("shift.plan") == 29
    assert actions.count("rotation.begin") == 1


def test_what_is_shown_changes_nothing(planner):
    seen = planner.preview(None, Begin(planner.phase("anna", "bram")))
    assert len(seen.difference.added) == 29
    assert planner.roster() == {}
    assert planner.version() == "0"


def test_the_worker_goes_on_and_leaves_what_stands(planner, house):
    planner.begins("anna", "bram", "carla")
    before = planner.roster()
    assert planner.generates() == 0
    assert planner.version() == "1"
    house.clock.at += timedelta(days=3)
    assert planner.generates() == 3
    after = planner.roster()
    assert before.items() <= after.items()
    assert planner.names() == ("abc" * 11)[:32]


def test_another_order_from_a_day_on_touches_nothing_before_it(planner):
    rotation_id = planner.begins("anna", "bram", "carla")
    before = planner.roster()
    day = TUESDAY + timedelta(days=7)
    seen = planner.preview(rotation_id, Alter(planner.phase("carla", "anna", from_on=day)))
    assert {line.what for line in seen.difference.lines} == {What.OTHER}
    assert all(
        line.starts >= datetime(2026, 12, 1, 7, tzinfo=UTC) for line in seen.difference.lines
    )
    planner.does(rotation_id, Alter(planner.phase("carla", "anna", from_on=day)), seen.mark)
    assert planner.names() == "abcabca" + ("ca" * 11)
    after = planner.roster()
    assert dict(list(before.items())[:7]) == dict(list(after.items())[:7])
    # Generating again finds nothing to do, and nothing counts as changed by hand.
    assert planner.generates() == 0
    assert {version for _tier, _name, version in after.values()} == {1}


def test_who_leaves_and_who_joins_move_nobody_else(planner):
    rotation_id = planner.begins("anna", "bram")
    before = planner.names()
    day = TUESDAY + timedelta(days=2)
    planner.does(rotation_id, Join(planner.office.people["carla"], day))
    joined = planner.names()
    assert joined[:8] == "abab" + "c" + "ba" + "c"
    assert all(new in {old, "c"} for new, old in zip(joined, before, strict=True))
    planner.does(rotation_id, Leave(planner.office.people["bram"], day + timedelta(days=7)))
    left = planner.names()
    assert "b" not in left[9:]
    assert all(new == old for new, old in zip(left, joined, strict=True) if old != "b")


def test_a_shift_changed_by_hand_stays(planner, office, house):
    rotation_id = planner.begins("anna", "bram", "carla")
    replaced, removed = planner.shift(3), planner.shift(4)
    with office.database.session() as session:
        verbs.replace_person(
            session, office.planner, replaced.id, office.people["carla"], now=house.clock.now()
        )
        verbs.remove_shift(
            session, office.planner, removed.id, now=house.clock.now(), confirmed=True
        )
        session.commit()
    # The worker does not put back what was taken off.
    assert planner.generates() == 0
    proposal = Alter(planner.phase("bram"))
    seen = planner.preview(rotation_id, proposal)
    by_hand = [line for line in seen.difference.lines if line.what is What.BY_HAND]
    assert [(line.starts, line.after) for line in by_hand] == [
        (replaced.starts, office.people["carla"]), (removed.starts, None),
    ]  # fmt: skip
    planner.does(rotation_id, proposal)
    roster = planner.roster()
    assert roster[replaced.starts][1] == "carla"
    assert removed.starts not in roster
    # The running shift is Anna's still.
    assert planner.names() == "abb" + "c" + "b" * 24


def test_a_shift_made_by_hand_keeps_its_place_and_one_rotation_makes_room(planner, office, house):
    with office.database.session() as session:
        verbs.add_shift(
            session, office.planner, tier=1, person_id=office.people["carla"],
            start=rules.read("2026-11-26T08:00"), end=rules.read("2026-11-26T20:00"),
            now=house.clock.now(),
        )  # fmt: skip
        session.commit()
    seen = planner.preview(None, Begin(planner.phase("anna")))
    (room,) = [line for line in seen.difference.lines if line.what is What.ROOM]
    assert room.after == office.people["carla"]
    planner.begins("anna")
    # A second rotation of the same line does not step aside for it as well.
    seen = planner.preview(None, Begin(planner.phase("bram", from_on=TUESDAY + timedelta(days=1))))
    assert not [line for line in seen.difference.lines if line.what is What.ROOM]
    roster = planner.roster()
    assert roster[datetime(2026, 11, 26, 7, tzinfo=UTC)][1] == "carla"
    assert roster[datetime(2026, 11, 26, 19, tzinfo=UTC)][1] == "anna"


def test_what_was_shown_must_still_hold(planner, office, house):
    rotation_id = planner.begins("anna", "bram")
    proposal = Alter(planner.phase("bram", "anna", from_on=TUESDAY + timedelta(days=3)))
    mark = planner.preview(rotation_id, proposal).mark
    with office.database.session() as session:
        verbs.replace_person(
            session, office.planner, planner.shift(5).id, office.people["carla"],
            now=house.clock.now(),
        )  # fmt: skip
        session.commit()
    before = planner.roster()
    with pytest.raises(rotations.DifferenceMoved) as moved:
        planner.does(rotation_id, proposal, mark)
    assert planner.roster() == before
    assert [line.what for line in moved.value.shown.difference.lines].count(What.BY_HAND) == 1
    planner.does(rotation_id, proposal, moved.value.shown.mark)


def test_a_rule_that_changed_in_between_is_shown_again(planner, office, house):
    rotation_id = planner.begins("anna", "bram")
    proposal = Join(office.people["carla"], TUESDAY + timedelta(days=1))
    mark = planner.preview(rotation_id, proposal).mark
    planner.does(rotation_id, Stop(TUESDAY + timedelta(days=10)))
    with pytest.raises(rotations.DifferenceMoved):
        planner.does(rotation_id, proposal, mark)


def test_a_rotation_that_stops_gives_its_turns_back_and_stays_stopped(planner):
    rotation_id = planner.begins("anna", "bram")
    planner.does(rotation_id, Stop(TUESDAY + timedelta(days=2)))
    assert planner.names() == "aba"
    assert planner.generates() == 0
    with planner.office.database.session() as session:
        assert len(session.scalars(select(RotationTurnRow)).all()) == 3


def test_one_person_in_two_rotations_has_one_shift_at_a_time(planner):
    planner.begins("anna", "bram")
    seen = planner.preview(None, Begin(planner.phase("anna", "bram", tier=2)))
    planner.begins("anna", "bram", tier=2)
    # Whoever has the first line gives his turn behind it to the other.
    assert sum(turn.why is not None for turn in seen.difference.added) == 29
    with planner.office.database.session() as session:
        for turn in seen.difference.added:
            pair = verbs.on_duty(session, turn.placed.starts)
            assert len({duty.person_id for duty in pair}) == len(pair) == 2


def test_who_is_away_gets_no_turn_and_the_next_one_has_it(planner, office, house):
    planner.begins("anna", "bram", "carla")
    bram = office.people["bram"]
    start, end = rules.read("2026-12-24T08:00"), rules.read("2026-12-28T08:00")
    with office.database.session() as session:
        absences.add(session, office.planner, bram, start=start, end=end, now=house.clock.now())
        session.commit()
    house.clock.at += timedelta(days=7)
    assert planner.generates() == 7
    with office.database.session() as session:
        (found,) = rotation_rows.every(session)
        slots = rotation_rules.slots(found.rule, start.first, end.last)
        assert [each.holder == bram for each in slots].count(True) in {1, 2}
        for each in slots:
            (duty,) = verbs.on_duty(session, each.start.first)
            assert duty.person_id == (each.then[0] if each.holder == bram else each.holder)


def test_who_left_gets_no_turns_and_is_named(planner, office, house):
    rotation_id = planner.begins("anna", "bram", "carla")
    with office.database.session() as session:
        people.leave(session, office.vault, office.planner, office.people["bram"],
                     house.clock.now())  # fmt: skip
        session.commit()
    house.clock.at += timedelta(days=3)
    assert planner.generates() == 3
    assert "b" not in planner.names()[-3:]
    with office.database.session() as session:
        found = rotations.troubles(session, rotation_rows.find(session, rotation_id), TUESDAY)
    assert found[office.people["bram"]] is rotations.Trouble.LEFT
    assert found[office.people["anna"]] is rotations.Trouble.NOT_ADMITTED


def test_the_night_of_the_change_of_clocks_is_covered_to_the_hour(planner, office, house):
    house.clock.at = datetime(2027, 3, 20, 12, tzinfo=UTC)
    phase = planner.phase("anna", "bram", from_on=date(2027, 3, 20), pattern=Pattern.NIGHTS)
    days = replace(phase, blocks=rotation_blocks.usual(Pattern.DAYTIME))
    planner.does(None, Begin(phase))
    planner.does(None, Begin(replace(days, order=tuple(reversed(days.order)))))
    with office.database.session() as session:
        now = datetime(2027, 3, 21, tzinfo=UTC)
        assert verbs.coverage(session, now, now + timedelta(days=20)) == []
        night = session.scalars(
            select(ShiftRow).where(ShiftRow.starts == datetime(2027, 3, 27, 19, tzinfo=UTC))
        ).one()
    # Eleven hours that night.
    assert night.ends == datetime(2027, 3, 28, 6, tzinfo=UTC)


def test_a_rule_is_kept_as_it_was_given(planner, office):
    rotation_id = planner.begins("anna", "bram", pattern=Pattern.NIGHTS, turns=Turns.WEEK)
    planner.does(rotation_id, Join(office.people["carla"], TUESDAY + timedelta(days=9)))
    planner.does(
        rotation_id,
        Alter(planner.phase("carla", "bram", from_on=TUESDAY + timedelta(days=20)), None),
    )
    expected = planner.preview(rotation_id, Stop(TUESDAY + timedelta(days=90))).rule
    planner.does(rotation_id, Stop(TUESDAY + timedelta(days=90)))
    with office.database.session() as session:
        (found,) = rotation_rows.every(session)
    assert found.rule == expected
    assert [len(each.events) for each in found.rule.phases] == [1, 0]


def test_what_does_not_exist_is_refused(planner, office):
    with pytest.raises(rotation_rows.NoSuchRotation):
        planner.preview(office.people["anna"], Stop(TUESDAY))
    with office.database.session() as session, pytest.raises(rotation_rows.NoSuchRotation):
        rotations.generate(
            session, office.planner, now=planner.house.clock.now(), weeks=1,
            only=office.people["anna"],
        )  # fmt: skip


def test_a_rotation_that_stops_says_which_holes_it_leaves(planner):
    rotation_id = planner.begins("anna", "bram")
    seen = planner.preview(rotation_id, Stop(TUESDAY + timedelta(days=2)))
    (hole,) = seen.holes
    assert (hole.tier, hole.starts) == (1, datetime(2026, 11, 27, 7, tzinfo=UTC))
    assert planner.preview(rotation_id, Alter(planner.phase("bram"))).holes == ()
    # A hole that was there before is none that it makes.
    assert planner.preview(None, Begin(planner.phase("carla", tier=2))).holes == ()


def test_the_same_order_again_counts_no_turn_anew(planner):
    rotation_id = planner.begins("anna", "bram", "carla")
    before = planner.names()
    day = TUESDAY + timedelta(days=4)
    last = TUESDAY + timedelta(days=20)
    planner.does(rotation_id, Alter(planner.phase("anna", "bram", "carla", from_on=day), last))
    assert planner.names() == before[:21]


def test_what_was_filled_further_ahead_stays(planner):
    rotation_id = planner.begins("anna", "bram")
    assert planner.generates(weeks=8) == 28
    before = planner.roster()
    planner.does(rotation_id, Stop(TUESDAY + timedelta(weeks=30)))
    assert planner.roster() == before
