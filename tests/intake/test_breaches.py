"""The register of breaches: its 72 hours, whom it tells, who reads it, and what is missing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intake.conftest import NOON
from weerbaar.accounts import envelopes, groups, notices, people, trail
from weerbaar.accounts.actors import Role
from weerbaar.accounts.models import NoticeRow
from weerbaar.intake import breaches, keepers
from weerbaar.intake import breaches_rules as rules
from weerbaar.intake.breaches_content import Breach
from weerbaar.intake.breaches_rules import Decision, Gap, Outcome
from weerbaar.intake.retention_rules import Category

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
HOUR = timedelta(hours=1)
FOUND, KNOWN = NOON - 3 * HOUR, NOON - 2 * HOUR
LOST = Breach(what="Een lijst ging naar de verkeerde.", found_at=FOUND, known_at=KNOWN)


# ---- the clock -----------------------------------------------------------------------------

# Whole years, so both changes of clocks are among them.
INSTANTS = st.integers(0, 5 * 365 * 24 * 3600).map(
    lambda seconds: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@given(INSTANTS, st.sampled_from([UTC, AMSTERDAM]))
def test_seventy_two_hours_are_hours(known, zone):
    due = rules.due(known.astimezone(zone))
    assert (due.astimezone(UTC) - known).total_seconds() == 72 * 3600
    start = rules.quarter(known)
    assert timedelta(0) <= known - start < timedelta(minutes=15)
    assert start.minute % 15 == 0
    # A clock that starts at the quarter never lets anybody be late.
    assert rules.due(start) <= due


@pytest.mark.parametrize(
    ("known", "clock"),
    [
        ("2026-10-23T18:00+02:00", "2026-10-26 17:00"),  # through the weekend of the long night
        ("2026-03-27T18:00+01:00", "2026-03-30 19:00"),  # and of the short one
        ("2026-12-24T18:00+01:00", "2026-12-27 18:00"),  # through Christmas
    ],
)
def test_the_clock_runs_through_weekends_and_changed_nights(known, clock):
    due = rules.due(datetime.fromisoformat(known)).astimezone(AMSTERDAM)
    assert due.strftime("%Y-%m-%d %H:%M") == clock


@given(st.integers(-6000, 6000))
def test_each_stage_comes_once_and_in_order(minutes):
    due, hours = rules.due(KNOWN), minutes / 60
    now = due + timedelta(minutes=minutes)
    wanted = None if hours < -24 else "breach_due_24" if hours < -6 else "breach_due_6"
    assert rules.stage(due, now) == (wanted if hours < 0 else "breach_overdue")


@pytest.mark.parametrize(
    ("outcome", "found"),
    [
        (Outcome(), None),
        (Outcome(Decision.TOLD, NOON), None),
        (Outcome(Decision.TOLD), Gap.WHEN),
        (Outcome(Decision.TOLD, KNOWN - HOUR), Gap.TOO_EARLY),
        (Outcome(Decision.TOLD, NOON + HOUR), Gap.IN_FUTURE),
        (Outcome(Decision.NOT_TOLD), Gap.WHY_NOT),
        (Outcome(Decision.NOT_TOLD, reason="Versleuteld."), None),
    ],
)
def test_what_a_decision_lacks(outcome, found):
    assert rules.gap(outcome, KNOWN, NOON, rules.due(KNOWN)) == found


def test_a_late_report_says_why():
    late = Outcome(Decision.TOLD, rules.due(KNOWN) + timedelta(minutes=1))
    now = late.at + HOUR
    assert rules.gap(late, KNOWN, now, rules.due(KNOWN)) == Gap.WHY_LATE
    assert rules.gap(replace(late, reason="Te laat herkend."), KNOWN, now, rules.due(KNOWN)) is None


# ---- the register --------------------------------------------------------------------------


@pytest.fixture
def admitted(desk):
    """The coordinator of the desk, admitted to the keys."""
    desk.do(_admit, desk.installation.coordinator, desk.carla.person_id)
    return desk.carla


def _admit(session, vault, actor, person_id):
    groups.admit(session, vault, actor, "confidants", person_id, NOON)


def told(desk, actor):
    with desk.session() as session:
        return [one.code for one in notices.unread(session, actor.person_id)
                if one.code.startswith("breach")]  # fmt: skip


def test_anybody_reports_and_coordinators_alone_read(desk, admitted):
    breach_id = desk.do(breaches.report, desk.rob, LOST, NOON)
    assert told(desk, desk.carla) == ["breach_found"]
    line, stored = desk.do(breaches.read, desk.carla, breach_id, NOON)
    assert (stored.what, stored.reported_by) == (LOST.what, str(desk.rob.person_id))
    assert line.due_at == KNOWN + 72 * HOUR
    assert line.runs
    for actor in (desk.rob, desk.anna):
        with pytest.raises(breaches.NoSuchBreach):
            desk.do(breaches.read, actor, breach_id, NOON)
    assert trail.verify(desk.database, desk.vault) == []


def test_who_becomes_coordinator_reads_and_who_is_none_any_more_does_not(desk, admitted):
    breach_id = desk.do(breaches.report, desk.anna, LOST, NOON)
    dora = desk.installation.person("Dora", (Role.COORDINATOR,))
    unknown = desk.installation.person("Ude", (Role.COORDINATOR,), admitted=False)
    desk.do(breaches.read, desk.carla, breach_id, NOON)
    assert desk.do(breaches.read, dora, breach_id, NOON)[1].what == LOST.what
    with pytest.raises(breaches.NoSuchBreach):
        desk.do(breaches.read, unknown, breach_id, NOON)
    with desk.session() as session:
        before = envelopes.stamp(session, breach_id)
        people.change(session, desk.vault, desk.installation.coordinator, desk.carla.person_id,
                      NOON, hotline_number="+31703738314", roles=[Role.CONFIDANT])  # fmt: skip
        session.commit()
    with pytest.raises(breaches.NoSuchBreach):
        desk.do(breaches.read, desk.carla, breach_id, NOON)
    desk.do(breaches.read, dora, breach_id, NOON)
    with desk.session() as session:
        assert envelopes.stamp(session, breach_id).version > before.version
    assert trail.verify(desk.database, desk.vault) == []


def test_it_is_refused_without_somebody_to_read_it_or_with_wrong_times(desk):
    with desk.session() as session:
        people.change(session, desk.vault, desk.installation.coordinator,
                      desk.installation.coordinator.person_id, NOON,
                      hotline_number="+31703738314", roles=[Role.CONFIDANT, Role.ADMIN])  # fmt: skip
        session.commit()
    with pytest.raises(breaches.NobodyHandles):
        desk.do(breaches.report, desk.anna, LOST, NOON)
    for wrong in (replace(LOST, known_at=FOUND - HOUR), replace(LOST, known_at=NOON + HOUR)):
        with pytest.raises(breaches.TimesDoNotFit):
            desk.do(breaches.report, desk.anna, wrong, NOON)


def test_from_found_to_closed(desk, admitted):
    breach_id = desk.do(breaches.report, desk.anna, LOST, NOON)
    _line, stored = desk.do(breaches.read, desk.carla, breach_id, NOON)
    with pytest.raises(breaches.NotDecided):
        desk.do(breaches.close, desk.carla, breach_id, NOON)
    with pytest.raises(breaches.Incomplete) as lacking:
        desk.do(breaches.save, desk.carla, breach_id,
                replace(stored, authority=Outcome(Decision.TOLD), persons=Outcome(Decision.NOT_TOLD)),
                NOON)  # fmt: skip
    assert lacking.value.gaps == {"authority": Gap.WHEN, "persons": Gap.WHY_NOT}
    done = replace(
        stored, authority=Outcome(Decision.TOLD, NOON),
        persons=Outcome(Decision.NOT_TOLD, reason="Geen hoog risico."),
    )  # fmt: skip
    desk.do(breaches.save, desk.carla, breach_id, done, NOON)
    # Two at once: the second has read what is no more.
    with pytest.raises(breaches.ChangedMeanwhile):
        desk.do(breaches.save, desk.carla, breach_id, done, NOON)
    desk.do(breaches.close, desk.carla, breach_id, NOON + HOUR)
    line, closed = desk.do(breaches.read, desk.carla, breach_id, NOON + HOUR)
    assert not line.is_open
    assert closed.known_at == KNOWN
    assert line.known_at.astimezone(AMSTERDAM).time() == datetime.min.time()
    with desk.session() as session:
        (row,) = [one for one in session.query(NoticeRow)
                  if one.key == f"breach_found:{breach_id}" and one.person_id == desk.carla.person_id]  # fmt: skip
        assert row.posted_at.hour == 0
    with pytest.raises(breaches.NoSuchBreach):
        desk.do(breaches.save, desk.carla, breach_id, closed, NOON + HOUR)
    assert trail.verify(desk.database, desk.vault) == []


def test_coordinators_are_told_before_and_after_and_never_twice(desk, admitted):
    breach_id = desk.do(breaches.report, desk.anna, LOST, NOON)
    house, due = desk.installation.house, rules.due(KNOWN)
    for hours, count in ((-25, 1), (-24, 2), (-23, 2), (-6, 3), (-1, 3), (0, 4), (30, 4)):
        for _ in range(2):
            breaches.remind(house, due + hours * HOUR)
        assert len(told(desk, desk.carla)) == count, hours
    # Reported in time: nobody is told of it any more.
    other = desk.do(breaches.report, desk.anna, LOST, NOON)
    _line, stored = desk.do(breaches.read, desk.carla, other, NOON)
    desk.do(breaches.save, desk.carla, other,
            replace(stored, authority=Outcome(Decision.TOLD, NOON)), NOON)  # fmt: skip
    assert breaches.remind(house, due) == 1
    assert len(told(desk, desk.carla)) == 5
    assert breach_id != other


def test_a_closed_breach_goes_when_its_period_is_over(desk, admitted):
    breach_id = desk.do(breaches.report, desk.anna, LOST, NOON)
    _line, stored = desk.do(breaches.read, desk.carla, breach_id, NOON)
    settled = Outcome(Decision.NOT_TOLD, reason="Geen risico.")
    desk.do(breaches.save, desk.carla, breach_id,
            replace(stored, authority=settled, persons=settled), NOON)  # fmt: skip
    desk.do(breaches.close, desk.carla, breach_id, NOON)
    (keeper,) = [one for one in keepers.keepers() if one.category is Category.BREACH]
    last = NOON.date() + timedelta(days=1825)
    with desk.session() as session:
        assert keeper.due(session, last - timedelta(days=1)) == []
        assert keeper.due(session, last) == [breach_id]
        keeper.destroy(session, desk.vault, desk.carla, breach_id, NOON, "period-over")
        session.commit()
        assert breaches.register(session) == []
    assert trail.verify(desk.database, desk.vault) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_pages_take_it_from_found_to_closed(desk, admitted, visit):
    rob = visit("rob")
    fields = {"what": "Een lijst ging naar de verkeerde.", "found_at": "2026-11-24T10:00",
              "known_at": "2026-11-24T10:30"}  # fmt: skip
    assert (
        rob.send("/privacy/breaches/new", {**fields, "known_at": "2026-10-25T25:00"}).status == 422
    )
    assert (
        rob.send("/privacy/breaches/new", {**fields, "known_at": "2026-11-25T10:00"}).status == 422
    )
    assert rob.send("/privacy/breaches/new", fields).status == 303
    assert rob.see("/privacy/breaches").status == 403
    with desk.session() as session:
        (line,) = breaches.register(session)
    path = f"/privacy/breaches/{line.id}"
    assert visit("anna").see(path).status == 403
    carla = visit("carla")
    assert "27-11-2026 10:30" in carla.see("/privacy/breaches").text
    assert "Nog 2 dagen" in carla.see(path).text
    sent = {**fields, "authority": "told", "authority_at": "2026-11-24T12:00", "persons": "not_told",
            "revision": "1"}  # fmt: skip
    assert carla.send(path, sent).status == 422
    assert "Vul in waarom niet." in carla.text
    assert carla.send(path, {**sent, "persons_reason": "Geen hoog risico."}).status == 303
    assert carla.send(path, {**sent, "persons_reason": "Geen hoog risico."}).status == 409
    assert carla.send(f"{path}/close", at=path).status == 303
    assert "Afgesloten op" in carla.see(path).text
