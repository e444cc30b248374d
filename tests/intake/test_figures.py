"""Figures: facts follow their case and go with it, and a quarter is published once."""

import json
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from tests.intake.conftest import NOON
from tests.intake.made_up_facts import CASES, FUNCTIONS, PROVINCES, seal_facts
from weerbaar.accounts import envelopes, groups
from weerbaar.accounts.actors import SYSTEM
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.models import EnvelopeRow, GroupKeyRow, TrailRow
from weerbaar.intake import (
    casework,
    figures,
    figures_facts,
    figures_publishing,
    retention,
    sharing,
)
from weerbaar.intake.content import CaseFields
from weerbaar.intake.figures_facts import NoQuarter, Quarter
from weerbaar.intake.figures_models import CaseFiguresRow, FigureFactRow
from weerbaar.intake.figures_tables import ALL, CROSSES, TOTAL
from weerbaar.intake.retention_rules import Category

Q4 = Quarter(2026, 4)
NEW_YEAR = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
FIELDS = {
    "narrative": "Een brief onder de deur.", "function": "mayor", "organisation": "GM0363",
    "types": ("threat",), "channel": "post", "urgency": "high",
}  # fmt: skip


def opened(desk):
    """What an analyst could open: the facts by the ids of their envelopes."""
    analyst = desk.installation.coordinator
    with desk.session() as session:
        found = {}
        for part, read in (
            (figures.INCIDENT, figures_facts.incident_from),
            (figures.REGION, figures_facts.region_from),
        ):
            for record, plaintext in envelopes.open_many(
                session, desk.vault, analyst.keys, kind=Kind.FIGURES, part=part
            ):
                found[record] = read(plaintext)
        assert set(session.scalars(select(FigureFactRow.id))) == found.keys()
    return found


def edited(desk, actor, case_id, **fields):
    with desk.session() as session:
        view = casework.read_case(session, desk.vault, actor, case_id, NOON)
        session.rollback()
    casework_fields = {**FIELDS, **fields}
    desk.do(
        casework.edit_case, actor, case_id, CaseFields(**casework_fields), NOON,
        what_version=view.what.revision, who_version=view.who and view.who.revision,
    )  # fmt: skip


def incident(desk):
    (found,) = [one for one in opened(desk).values() if isinstance(one, figures_facts.Incident)]
    return found


def test_facts_follow_their_case(desk):
    case_id = desk.open_case(desk.anna, **FIELDS)
    first = opened(desk)
    assert set(first.values()) == {
        figures_facts.Incident("2026-Q4", "mayor", "threat", "post", "high"),
        figures_facts.Region("2026-Q4", "PV27"),
    }
    edited(desk, desk.anna, case_id, narrative="Er kwam een tweede brief.")
    assert opened(desk).keys() == first.keys()
    edited(desk, desk.anna, case_id, urgency="acute", organisation="PV20")
    second = opened(desk)
    assert not second.keys() & first.keys()
    assert set(second.values()) == {
        figures_facts.Incident("2026-Q4", "mayor", "threat", "post", "acute"),
        figures_facts.Region("2026-Q4", "PV20"),
    }
    # Who reads what happened alone does not know the function: it waits for who does.
    desk.do(sharing.share, desk.anna, case_id, desk.bram.person_id, {"what"}, NOON)
    edited(desk, desk.bram, case_id, urgency="low")
    assert incident(desk).urgency == "acute"
    desk.read(desk.bram, case_id)
    assert incident(desk).urgency == "acute"
    desk.read(desk.anna, case_id)
    assert incident(desk) == figures_facts.Incident("2026-Q4", "mayor", "threat", "post", "low")
    kept = opened(desk).keys()
    desk.read(desk.anna, case_id)
    assert opened(desk).keys() == kept


def test_facts_are_destroyed_with_their_case_by_nobody_in_particular(desk):
    case_id, other = desk.open_case(desk.anna, **FIELDS), desk.open_case(desk.bram, **FIELDS)
    for category in (Category.CASE_WHO, Category.CASE_NOTES):
        desk.do(retention.destroy_part, SYSTEM, case_id, category, NOON, "period-over")
    # A fact is none of the parts: it stays as long as anything of the case does.
    assert len(opened(desk)) == 4
    desk.do(retention.destroy_part, SYSTEM, case_id, Category.CASE_WHAT, NOON, "period-over")
    assert len(opened(desk)) == 2
    desk.do(retention.destroy_case, desk.bram, other, NOON, "erasure")
    with desk.session() as session:
        assert session.scalar(select(func.count()).select_from(CaseFiguresRow)) == 0
        left = select(func.count()).where(EnvelopeRow.kind == Kind.FIGURES.value)
        assert session.scalar(left) == 0


def test_no_clear_column_leads_from_a_fact_to_its_case_or_its_day(desk):
    case_id = desk.open_case(desk.anna, **FIELDS)
    edited(desk, desk.anna, case_id, urgency="low")
    facts = opened(desk).keys()
    with desk.session() as session:
        rows = session.scalars(select(EnvelopeRow).where(EnvelopeRow.id.in_(facts))).all()
        assert {row.created_day for row in rows} == {date(2026, 10, 1)}
        assert {row.version for row in rows} == {1}
        told = set(session.scalars(select(TrailRow.object_id)))
        assert not told & {str(one) for one in facts}
        link = bytes(session.scalars(select(CaseFiguresRow.link)).one())
        assert not [one for one in facts if one.bytes in link or str(one).encode() in link]
        sealed = json.loads(desk.vault.keyring.open(figures.PURPOSE, link, case_id.bytes))
        assert {UUID(one) for one in sealed["facts"]} == facts


def many(desk, cases=CASES, now=NOON):
    """Facts of many cases, without anybody's keys."""
    with desk.session() as session:
        seal_facts(session, desk.vault, now.date(), now, cases)
        session.commit()


def test_a_quarter_is_published_once_and_its_facts_go(desk):
    many(desk)
    case_id = desk.open_case(desk.anna, **FIELDS)
    many(desk, 1, NEW_YEAR)
    analyst = desk.installation.coordinator
    with pytest.raises(figures_publishing.QuarterRuns):
        desk.do(figures_publishing.publish, analyst, Q4, NOON)
    with desk.session() as session:
        assert figures_publishing.waiting(session, NOON) == []
        assert figures_publishing.waiting(session, NEW_YEAR) == [Q4]
    with pytest.raises(figures_publishing.NotAnAnalyst):
        desk.do(figures_publishing.preview, desk.carla, Q4, NEW_YEAR)
    with pytest.raises(figures_publishing.NothingToCount):
        desk.do(figures_publishing.preview, analyst, Quarter(2026, 3), NEW_YEAR)
    shown = desk.do(figures_publishing.preview, analyst, Q4, NEW_YEAR)
    assert shown[TOTAL, ALL, ALL] == CASES + 1
    assert shown["function", "mayor", ALL] == FUNCTIONS["mayor"] + 1
    assert shown["function", "clerk", ALL] is None
    assert shown["province", "PV27", ALL] == PROVINCES["PV27"] + 1
    assert any(table == "type-function" for table, _row, _column in shown)
    desk.do(figures_publishing.publish, analyst, Q4, NEW_YEAR)
    assert {one.quarter for one in opened(desk).values()} == {"2027-Q1"}
    with desk.session() as session:
        assert figures_publishing.numbers(session, Q4) == shown
        assert figures_publishing.published(session) == {Q4: date(2027, 1, 4)}
        assert figures_publishing.waiting(session, NEW_YEAR) == []
        left = session.scalar(select(func.count()).select_from(CaseFiguresRow))
        assert left == 1
        acts = session.scalars(select(TrailRow.action).where(TrailRow.object_id == "2026-Q4"))
        assert list(acts) == ["figures.count", "figures.publish"]
    for act in (figures_publishing.publish, figures_publishing.preview):
        with pytest.raises(figures_publishing.PublishedAlready):
            desk.do(act, analyst, Q4, NEW_YEAR)
    # What happens to a case afterwards changes nothing.
    edited(desk, desk.anna, case_id, urgency="low")
    desk.read(desk.anna, case_id)
    desk.do(retention.destroy_case, desk.anna, case_id, NEW_YEAR, "erasure")
    assert len(opened(desk)) == 2
    with desk.session() as session:
        assert figures_publishing.numbers(session, Q4) == shown


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_table_that_would_be_wrong_is_not_made(desk):
    many(desk, 6)
    analyst = desk.installation.coordinator
    with desk.session() as session:
        one = session.scalars(select(FigureFactRow.id)).first()
        # A row that was moved to another quarter, as whoever writes the database could.
        session.execute(
            update(FigureFactRow).where(FigureFactRow.id != one).values(quarter="2026-Q3")
        )
        session.commit()
    for quarter in (Q4, Quarter(2026, 3)):
        with pytest.raises(figures_publishing.CannotCount):
            desk.do(figures_publishing.publish, analyst, quarter, NEW_YEAR)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_case_is_saved_when_its_facts_cannot_be_sealed(desk):
    with desk.session() as session:
        key = session.scalars(select(GroupKeyRow).where(GroupKeyRow.group_name == "figures")).one()
        right, key.mac = bytes(key.mac), bytes(len(key.mac))
        session.commit()
    case_id = desk.open_case(desk.anna, **FIELDS)
    assert desk.read(desk.anna, case_id).what.narrative == FIELDS["narrative"]
    assert opened(desk) == {}
    with desk.session() as session:
        session.execute(
            update(GroupKeyRow).where(GroupKeyRow.group_name == "figures").values(mac=right)
        )
        session.commit()
    desk.read(desk.anna, case_id)
    assert incident(desk).function == "mayor"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_facts_lost_in_a_restore_are_sealed_anew_by_who_reads_the_case(desk):
    case_id = desk.open_case(desk.anna, **FIELDS)
    (lost, *_rest) = opened(desk).keys()
    with desk.session() as session:
        retention.forget_lost(session, [lost])
        envelopes.destroy(session, desk.vault, lost, NOON)
        session.commit()
    desk.read(desk.anna, case_id)
    found = opened(desk)
    assert len(found) == 2
    assert lost not in found


def test_a_new_member_counts_and_one_who_left_does_not(desk):
    many(desk, 6)
    coordinator = desk.installation.coordinator
    desk.do(groups.admit, coordinator, "figures", desk.carla.person_id, NEW_YEAR)
    carla = desk.installation.actor(desk.carla.person_id)
    assert desk.do(figures_publishing.preview, carla, Q4, NEW_YEAR)[TOTAL, ALL, ALL] == 6
    desk.do(groups.remove, coordinator, "figures", desk.carla.person_id, NEW_YEAR)
    many(desk, 1)
    with pytest.raises(figures_publishing.NotAnAnalyst):
        desk.do(figures_publishing.preview, carla, Q4, NEW_YEAR)
    assert desk.do(figures_publishing.preview, coordinator, Q4, NEW_YEAR)[TOTAL, ALL, ALL] == 7


def test_quarters():
    assert Quarter.of(date(2026, 12, 31)) == Quarter.parse("2026-Q4") == Q4
    assert (Q4.first_day, Q4.last_day) == (date(2026, 10, 1), date(2026, 12, 31))
    assert Quarter(2026, 1).last_day == date(2026, 3, 31)
    for code in ("2026-Q5", "2026-q4", "26-Q4", "2026-Q", "", "0000-Q1", "20260-Q1", "+026-Q1"):
        with pytest.raises(NoQuarter):
            Quarter.parse(code)


def test_what_points_at_one_person_is_not_crossed():
    crossed = {cross.name for cross in CROSSES}
    assert crossed == {"type-function", "type-channel", "type-urgency"}
    together = [
        set(shape.__dataclass_fields__) for shape in (figures_facts.Incident, figures_facts.Region)
    ]
    assert together == [
        {"quarter", "function", "type", "channel", "urgency"}, {"quarter", "province"},
    ]  # fmt: skip
