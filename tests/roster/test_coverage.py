"""Coverage on the real tables: who counts, what is needed, and who is told of what is missing."""

import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import event, select

from weerbaar.accounts import groups, notice_rules, notices, people
from weerbaar.accounts.models import NoticeRow, TrailRow
from weerbaar.hotline.roster import (
    absences,
    coverage,
    coverage_alarms,
    coverage_depths,
    errors,
    rules,
    verbs,
)
from weerbaar.hotline.roster.coverage_models import RosterAlarmRow
from weerbaar.hotline.roster.coverage_rules import Hours
from weerbaar.hotline.roster.rules import Hole

NOW = datetime(2026, 11, 24, 11, 30, tzinfo=UTC)
DAY = datetime(2026, 11, 25, 7, tzinfo=UTC), datetime(2026, 11, 25, 19, tzinfo=UTC)
PHONE = {"anna": "+31612345601", "bram": "+31612345602"}


@pytest.fixture
def session(office):
    with office.database.session() as session:
        yield session


@pytest.fixture
def add(office, session):
    def add(who, start, end, tier=1):
        return verbs.add_shift(
            session, office.planner, tier=tier, person_id=office.people[who],
            start=rules.Reading(start, start), end=rules.Reading(end, end), now=NOW,
        )  # fmt: skip

    return add


def make_ready(office, session, who, tested=date(2026, 11, 1)):
    """Admitted to the keys, and with a telephone that was tested."""
    first = not groups.members(session, "confidants")
    office.activate(session, who)
    if first:
        groups.found(session, office.vault, office.planner, "confidants", office.people[who], NOW)
    assert people.phone_tested(session, office.vault, office.people[who], PHONE[who], tested)


def thin(session, start, end):
    return [
        (one.tier, one.have, one.need, one.reasons)
        for one in coverage.outlook(session, start, end, NOW).thin
    ]


def test_somebody_tested_and_admitted_is_no_thin_spot(office, session, add):
    add("anna", *DAY)
    assert thin(session, *DAY) == [(1, 1, 1, ("phone_untested", "not_admitted"))]
    make_ready(office, session, "anna")
    assert coverage.outlook(session, *DAY, NOW) == ([], [])


@pytest.mark.parametrize(
    ("tested", "reasons"), [(date(2026, 8, 26), []), (date(2026, 8, 25), ["phone_stale"])]
)
def test_a_test_of_a_telephone_holds_ninety_days(office, session, add, tested, reasons):
    add("anna", *DAY)
    make_ready(office, session, "anna", tested)
    assert [list(one[3]) for one in thin(session, *DAY)] == ([reasons] if reasons else [])


def test_a_new_telephone_must_be_tested_again(office, session, add):
    add("anna", *DAY)
    make_ready(office, session, "anna")
    people.change(
        session, office.vault, office.planner, office.people["anna"], NOW,
        hotline_number="+31703738314", phone="+31612345609",
    )  # fmt: skip
    assert thin(session, *DAY) == [(1, 1, 1, ("phone_untested",))]


def test_a_shift_of_somebody_who_is_away_is_thin_for_as_long(office, session, add):
    add("anna", *DAY)
    make_ready(office, session, "anna")
    back = DAY[0] + timedelta(hours=3)
    absences.add(
        session, office.planner, office.people["anna"], now=NOW,
        start=rules.Reading(NOW, NOW), end=rules.Reading(back, back),
    )  # fmt: skip
    (spot,) = coverage.outlook(session, *DAY, NOW).thin
    assert (spot.starts, spot.ends, spot.reasons) == (DAY[0], back, ("away",))


def test_a_tier_with_too_few_is_thin_and_with_nobody_a_hole(office, session, add):
    add("anna", *DAY)
    make_ready(office, session, "anna")
    coverage_depths.require(session, office.planner, 1, 2, NOW)
    coverage_depths.require(session, office.planner, 2, 1, NOW)
    assert coverage.required(session) == [1, 2]
    holes, _ = coverage.outlook(session, *DAY, NOW)
    assert holes == [Hole(2, *DAY)]
    assert thin(session, *DAY) == [(1, 1, 2, ("too_few",))]
    # The same holes for everybody who asks: the board, the week, whoever takes a shift off.
    assert verbs.coverage(session, *DAY) == [Hole(2, *DAY)]
    back = add("carla", *DAY, tier=2)
    people.change(
        session, office.vault, office.planner, office.people["carla"], NOW,
        hotline_number="+31703738314", phone="+31612345603",
    )  # fmt: skip
    assert verbs.coverage(session, *DAY) == []
    with pytest.raises(errors.LeavesHole):
        verbs.remove_shift(session, office.planner, back, now=NOW)


def test_stated_hours_overrule_and_are_taken_away(office, session):
    night = Hours(2, frozenset(range(1, 8)), time(22), time(8), 1)
    first = coverage_depths.require_in_hours(session, office.planner, night, NOW)
    again = coverage_depths.require_in_hours(session, office.planner, night, NOW)
    assert first == again
    assert coverage.outlook(session, *DAY, NOW).holes == [
        Hole(1, *DAY),
    ]
    evening = DAY[0], DAY[1] + timedelta(hours=4)
    assert coverage.outlook(session, *evening, NOW).holes == [
        Hole(1, *evening),
        Hole(2, datetime(2026, 11, 25, 21, tzinfo=UTC), evening[1]),
    ]
    coverage_depths.forget_hours(session, office.planner, first, NOW)
    assert coverage.required(session) == [1]
    with pytest.raises(errors.NoSuchHours):
        coverage_depths.forget_hours(session, office.planner, first, NOW)
    session.commit()
    acts = session.scalars(select(TrailRow.action).where(TrailRow.object_kind == "tier")).all()
    assert acts == ["tier.depth"] * 2


@pytest.mark.parametrize(("tier", "depth"), [(1, 0), (1, -1), (2, -1), (2, 21)])
def test_the_first_line_never_needs_nobody(office, session, tier, depth):
    with pytest.raises(errors.NotADepth):
        coverage_depths.require(session, office.planner, tier, depth, NOW)
    with pytest.raises(errors.NoSuchTier):
        coverage_depths.require(session, office.planner, 0, 1, NOW)


def test_how_a_tier_rings_and_how_many_it_needs_are_kept_apart(office, session):
    coverage_depths.require(session, office.planner, 2, 3, NOW)
    verbs.ring_all_at_once(session, office.planner, 2, all_at_once=True, now=NOW)
    assert coverage_depths.stated(session).of(2) == 3
    assert verbs.manner(session).all_at_once == {2}


def test_an_outlook_asks_the_database_a_fixed_number_of_times(office, session, add):
    for number in range(20):
        add("anna", DAY[0] + timedelta(days=number), DAY[1] + timedelta(days=number))
    asked = []
    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *words: asked.append(words[2]))
    coverage.outlook(session, DAY[0], DAY[0] + timedelta(days=1))
    few = len(asked)
    coverage.outlook(session, DAY[0], DAY[0] + timedelta(days=28))
    assert len(asked) == 2 * few
    assert few <= 8


# --- telling -------------------------------------------------------------------------------------


def make_active(office, session, *names):
    for name in names:
        office.activate(session, name)


def told(session):
    rows = session.execute(select(NoticeRow.person_id, NoticeRow.code)).all()
    return sorted((str(person_id), code) for person_id, code in rows)


def expected(office, *codes):
    return sorted((str(office.people[name]), code) for code in codes for name in ("rosa", "carla"))


def test_managers_and_coordinators_are_told_once_and_again_when_it_is_near(office, session, add):
    make_active(office, session, "rosa", "carla")
    make_ready(office, session, "anna")
    gap = NOW + timedelta(days=10), NOW + timedelta(days=11)
    add("anna", NOW - timedelta(hours=1), gap[0])
    add("anna", gap[1], NOW + timedelta(days=30))
    (news,) = coverage_alarms.tell(session, NOW)
    assert (news.spot.kind, news.spot.starts, news.spot.ends) == ("hole", *gap)
    assert told(session) == expected(office, "hole_14_days")
    for hours in (0, 1, 7 * 24 - 1):
        assert coverage_alarms.tell(session, NOW + timedelta(hours=hours)) == []
    coverage_alarms.tell(session, NOW + timedelta(days=7))
    coverage_alarms.tell(session, gap[0] - timedelta(hours=2))
    assert told(session) == expected(office, "hole_14_days", "hole_72_hours", "hole_2_hours")
    add("bram", gap[0], gap[1])
    assert [one.spot.kind for one in coverage_alarms.tell(session, gap[0])] == ["thin"]
    assert told(session) == expected(
        office, "hole_14_days", "hole_72_hours", "hole_2_hours", "thin_2_hours"
    )


def test_a_hole_that_comes_back_is_told_again(office, session, add):
    make_active(office, session, "rosa", "carla")
    make_ready(office, session, "anna")
    shift = add("anna", NOW - timedelta(hours=1), NOW + timedelta(days=30))
    assert coverage_alarms.tell(session, NOW) == []
    for _ in range(2):
        verbs.remove_shift(session, office.planner, shift, now=NOW, confirmed=True)
        assert len(coverage_alarms.tell(session, NOW)) == 1
        assert coverage_alarms.tell(session, NOW) == []
        shift = add("anna", NOW - timedelta(hours=1), NOW + timedelta(days=30))
        assert coverage_alarms.tell(session, NOW) == []
        assert session.scalars(select(RosterAlarmRow)).all() == []
    assert told(session) == expected(office, "hole_2_hours", "hole_2_hours")


def test_several_spots_of_one_stage_are_one_notice(office, session, add):
    make_active(office, session, "rosa", "carla")
    for number in range(1, 8):
        add("anna", NOW + timedelta(days=number), NOW + timedelta(days=number, hours=12))
    coverage_alarms.tell(session, NOW)
    assert told(session) == expected(
        office, "hole_14_days", "hole_72_hours", "hole_2_hours", "thin_14_days", "thin_72_hours"
    )


def test_of_two_workers_at_once_one_tells(office):
    with office.database.session() as session:
        make_active(office, session, "rosa", "carla")
        session.commit()
    ready, news = threading.Barrier(2), []

    def work():
        with office.database.session() as session:
            ready.wait()
            found = coverage_alarms.tell(session, NOW)
            session.commit()
        news.append(len(found))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(news) == [0, 1]
    with office.database.session() as session:
        assert told(session) == expected(office, "hole_2_hours")


def test_telling_changes_no_version_of_the_roster(office, session, add):
    add("anna", *DAY)
    before = verbs.version(session)
    coverage_alarms.tell(session, NOW)
    assert verbs.version(session) == before


def test_notices_of_coverage_name_nobody(office, session):
    make_active(office, session, "rosa")
    coverage_alarms.tell(session, NOW)
    (notice,) = notices.unread(session, office.people["rosa"])
    assert notice_rules.text_of(notice.code) == "Er is een gat in het rooster, binnen twee uur."
