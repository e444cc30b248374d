# ruff: noqa: RUF001 - names with the apostrophes that people type
"""Cases: opened, read, changed, closed, and out of reach of everybody else."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from tests.intake.conftest import NOON
from weerbaar.accounts import envelopes, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.models import TrailRow
from weerbaar.crypto.errors import CannotOpen
from weerbaar.intake import casework, rules
from weerbaar.intake.casework import (
    EditedMeanwhile,
    NothingToRecord,
    NotYourCase,
    NumberCannotBeKept,
    UnknownCode,
)
from weerbaar.intake.content import CaseFields, EntryKind
from weerbaar.intake.models import CaseRow
from weerbaar.intake.sharing import share
from weerbaar.intake.taxonomy import CaseStatus

FULL = CaseFields(
    narrative="Er lag een brief met een kogel onder de deur.",
    request="Wil weten wat nu te doen.",
    advice="Politie bellen.",
    urgency="high",
    types=("threat", "intimidation"),
    main_type="threat",
    channel="post",
    place="home",
    target="self",
    alleged_offender="unknown",
    frequency="once",
    reporting_status=("police_report",),
    name="Zoë d’Ancona-’t Hooft",
    function="alderperson",
    organisation="GM9999",
    caller_number="+31612345681",
    code_word="zwaluw",
    safe_number="+31612345682",
    safe_windows="Na 20.00 uur",
    voicemail_allowed=True,
    may_identify_as="de garage",
    if_other_answers="Verkeerd verbonden.",
)


def actions(desk, object_id) -> list[str]:
    with desk.session() as session:
        rows = session.scalars(
            select(TrailRow.action)
            .where(TrailRow.object_id == str(object_id))
            .order_by(TrailRow.number)
        )
        return list(rows)


# What a confidant records comes back to him whole, and the reading is in the trail.
def test_a_case_comes_back_whole(desk):
    case_id = desk.do(casework.open_case, desk.anna, FULL, NOON)
    view = desk.read(desk.anna, case_id)
    for name in CaseFields.__dataclass_fields__:
        part = view.what if hasattr(view.what, name) else view.who
        assert getattr(part, name) == getattr(FULL, name), name
    assert view.is_open
    assert view.only_reader
    assert view.title == "Er lag een brief met een kogel onder de deur."
    assert view.created_day.isoformat() == "2026-11-24"
    assert actions(desk, case_id) == ["case.open", "case.read"]
    assert trail.verify(desk.database, desk.vault) == []


# Just after midnight in Amsterdam the day of creation is the new day, though UTC lags behind.
def test_the_day_is_the_day_in_amsterdam(desk):
    late = NOON.replace(hour=23, minute=30)
    case_id = desk.open_case(desk.anna, late)
    assert desk.read(desk.anna, case_id).created_day.isoformat() == "2026-11-25"


def test_nobody_else_can_open_it(desk):
    case_id = desk.open_case(desk.anna)
    for name in ("bram", "carla", "esther", "rob"):
        refused_to(desk, getattr(desk, name), case_id)
    assert desk.read(desk.anna, case_id).entries == ()


def refused_to(desk, other, case_id):
    tries = (
        lambda: desk.read(other, case_id),
        lambda: desk.do(casework.add_note, other, case_id, "x", NOON),
        lambda: desk.do(casework.add_contact_moment, other, case_id, "x", NOON),
        lambda: desk.do(casework.close_case, other, case_id, NOON),
        lambda: desk.do(casework.reopen_case, other, case_id, NOON),
        lambda: desk.do(
            casework.edit_case, other, case_id, FULL, NOON, what_version=1, who_version=1
        ),
        lambda: desk.do(share, other, case_id, other.person_id, {"what"}, NOON),
    )
    for attempt in tries:
        with pytest.raises(NotYourCase):
            attempt()
    assert desk.do(casework.caseload, other, NOON).count == 0
    assert desk.do(casework.cases_with_number, other, "+31612345681") == []
    assert desk.do(casework.titles, other, [case_id], NOON) == {}


def test_an_unknown_case_gets_the_same_answer(desk):
    with pytest.raises(NotYourCase):
        desk.read(desk.anna, uuid4())


def test_a_locked_session_opens_nothing(desk):
    case_id = desk.open_case(desk.anna)
    locked = Actor(desk.anna.person_id, desk.anna.roles, None)
    with pytest.raises(envelopes.KeysLocked):
        desk.read(locked, case_id)
    with pytest.raises(envelopes.KeysLocked):
        desk.open_case(locked)


def test_every_unknown_code_is_refused(desk):
    for name in (*rules.LISTS, "organisation"):
        value = ("BESTAATNIET",) if name in {"types", "reporting_status"} else "BESTAATNIET"
        with pytest.raises(UnknownCode) as refused:
            desk.do(casework.open_case, desk.anna, replace(FULL, **{name: value}), NOON)
        assert refused.value.field in {name, "types"}
        assert "BESTAATNIET" not in str(refused.value)
    assert desk.do(casework.caseload, desk.anna, NOON).count == 0


def test_a_story_or_a_code_word_is_enough(desk):
    desk.open_case(desk.anna, narrative="", code_word="zwaluw")
    desk.open_case(desk.anna, narrative="Iets.")
    with pytest.raises(NothingToRecord):
        desk.open_case(desk.anna, narrative="  \n ", code_word=" ")


def test_notes_and_contact_moments_stand_in_order(desk):
    case_id = desk.open_case(desk.anna)
    later = NOON + timedelta(hours=3)
    call_id = uuid4()
    desk.do(casework.add_contact_moment, desk.anna, case_id, "", later, call_id=call_id)
    desk.do(casework.add_note, desk.anna, case_id, "Eerder opgeschreven.", NOON)
    view = desk.read(desk.anna, case_id)
    assert [entry.kind for entry in view.entries] == [EntryKind.NOTE, EntryKind.CONTACT_MOMENT]
    assert view.entries[1].call_id == str(call_id)
    assert view.what.last_contact == later
    with pytest.raises(NothingToRecord):
        desk.do(casework.add_note, desk.anna, case_id, "  ", NOON)
    assert trail.verify(desk.database, desk.vault) == []


# A talk that was written down later does not move the last contact back.
def test_an_earlier_talk_keeps_the_last_contact(desk):
    case_id = desk.open_case(desk.anna)
    earlier = NOON - timedelta(days=1)
    desk.do(casework.add_contact_moment, desk.anna, case_id, "Gisteren.", NOON, at=earlier)
    view = desk.read(desk.anna, case_id)
    assert view.what.last_contact == NOON
    assert view.entries[0].at == earlier


def test_closing_and_reopening(desk):
    case_id = desk.open_case(desk.anna)
    desk.do(casework.close_case, desk.anna, case_id, NOON, text="Klaar.")
    view = desk.read(desk.anna, case_id)
    assert not view.is_open
    # A year, unless the house says otherwise.
    assert view.retention_on == view.created_day + timedelta(days=365)
    assert [(entry.kind, entry.text) for entry in view.entries] == [(EntryKind.CLOSED, "Klaar.")]
    desk.do(casework.close_case, desk.anna, case_id, NOON)
    assert len(desk.read(desk.anna, case_id).entries) == 1
    desk.do(casework.reopen_case, desk.anna, case_id, NOON)
    view = desk.read(desk.anna, case_id)
    assert view.is_open
    assert view.retention_on is None
    assert "case.close" in actions(desk, case_id)
    assert "case.reopen" in actions(desk, case_id)


# Somebody who calls again about a closed case is not left in the closed ones.
def test_a_talk_opens_a_closed_case_again(desk):
    case_id = desk.open_case(desk.anna)
    desk.do(casework.close_case, desk.anna, case_id, NOON)
    later = NOON + timedelta(hours=1)
    desk.do(casework.add_contact_moment, desk.anna, case_id, "Belt weer.", later)
    view = desk.read(desk.anna, case_id)
    assert view.is_open
    assert [entry.kind for entry in view.entries] == [
        EntryKind.CLOSED, EntryKind.REOPENED, EntryKind.CONTACT_MOMENT,
    ]  # fmt: skip


def edited(desk, actor, case_id, fields, what_version, who_version):
    desk.do(
        casework.edit_case, actor, case_id, fields, NOON,
        what_version=what_version, who_version=who_version,
    )  # fmt: skip


def test_editing_changes_only_what_changed(desk):
    case_id = desk.do(casework.open_case, desk.anna, FULL, NOON)
    edited(desk, desk.anna, case_id, replace(FULL, advice="Nieuw."), 1, 1)
    view = desk.read(desk.anna, case_id)
    assert view.what.advice == "Nieuw."
    assert (view.what.revision, view.who.revision) == (2, 1)
    assert view.what.opened_at == NOON
    assert trail.verify(desk.database, desk.vault) == []


# Of two who change the same part, the second is told and nothing is overwritten.
def test_the_second_writer_overwrites_nothing(desk):
    case_id = desk.do(casework.open_case, desk.anna, FULL, NOON)
    desk.do(share, desk.anna, case_id, desk.bram.person_id, {"who", "what"}, NOON)
    edited(desk, desk.anna, case_id, replace(FULL, narrative="Anna schreef dit."), 1, 1)
    with pytest.raises(EditedMeanwhile) as conflict:
        edited(desk, desk.bram, case_id, replace(FULL, narrative="Bram schreef dat."), 1, 1)
    assert conflict.value.view.what.narrative == "Anna schreef dit."
    assert desk.read(desk.bram, case_id).what.narrative == "Anna schreef dit."


# Changes to different parts do not stand in each other's way.
def test_two_parts_can_be_changed_side_by_side(desk):
    case_id = desk.do(casework.open_case, desk.anna, FULL, NOON)
    edited(desk, desk.anna, case_id, replace(FULL, name="Anders"), 1, 1)
    edited(desk, desk.anna, case_id, replace(FULL, name="Anders", advice="Ook."), 1, 1)
    with pytest.raises(EditedMeanwhile):
        edited(desk, desk.anna, case_id, replace(FULL, name="Nog anders", advice="Ook."), 2, 1)


# A talk that is added meanwhile is no conflict with somebody who is changing the story.
def test_a_talk_is_no_conflict(desk):
    case_id = desk.do(casework.open_case, desk.anna, FULL, NOON)
    later = NOON + timedelta(hours=1)
    desk.do(casework.add_contact_moment, desk.anna, case_id, "Belde.", later)
    edited(desk, desk.anna, case_id, replace(FULL, narrative="Anders."), 1, 1)
    view = desk.read(desk.anna, case_id)
    assert (view.what.narrative, view.what.last_contact) == ("Anders.", later)


def test_numbers_are_compared_in_the_readers_session(desk):
    first = desk.do(casework.open_case, desk.anna, FULL, NOON)
    desk.open_case(desk.anna, caller_number="+31612345683")
    assert desk.do(casework.cases_with_number, desk.anna, "+31612345681") == [first]
    assert desk.do(casework.cases_with_number, desk.anna, "+31612345682") == [first]
    assert desk.do(casework.cases_with_number, desk.anna, "+31612345699") == []


# A number in the story is not the number of the person.
def test_a_number_in_another_field_does_not_count(desk):
    desk.open_case(desk.anna, safe_windows="Bel niet op +31612345690")
    assert desk.do(casework.cases_with_number, desk.anna, "+31612345690") == []


# The number of a second call goes to the who part, where experts do not see it.
def test_a_new_number_joins_the_person(desk):
    case_id = desk.do(casework.open_case, desk.anna, FULL, NOON)
    desk.do(share, desk.anna, case_id, desk.esther.person_id, {"what"}, NOON)
    number = "+31612345690"
    desk.do(casework.add_contact_moment, desk.anna, case_id, "Belt weer.", NOON, number=number)
    view = desk.read(desk.anna, case_id)
    assert number in view.who.numbers
    assert number not in repr(vars(view.entries[0]))
    assert desk.do(casework.cases_with_number, desk.anna, number) == [case_id]
    with pytest.raises(NumberCannotBeKept):
        desk.do(casework.add_contact_moment, desk.esther, case_id, "x", NOON, number="+31612345691")


def test_the_caseload_is_in_order_of_last_contact(desk):
    day = timedelta(days=1)
    old = desk.open_case(desk.anna, NOON - 3 * day, narrative="Oud")
    middle = desk.open_case(desk.anna, NOON - day, narrative="Midden", urgency="high")
    new = desk.open_case(desk.anna, NOON, narrative="Nieuw")
    hour_later = desk.open_case(desk.anna, NOON + timedelta(hours=1), narrative="Later")
    desk.open_case(desk.bram, NOON, narrative="Van Bram")
    page = desk.do(casework.caseload, desk.anna, NOON)
    assert [line.case_id for line in page.lines] == [hour_later, new, middle, old]
    assert [line.title for line in page.lines] == ["Later", "Nieuw", "Midden", "Oud"]
    assert page.lines[2].urgency == "high"
    later = NOON + timedelta(hours=2)
    desk.do(casework.add_contact_moment, desk.anna, old, "Belde.", later)
    page = desk.do(casework.caseload, desk.anna, NOON)
    assert page.lines[0].case_id == old
    assert page.lines[0].last_contact == later


def test_open_and_closed_are_apart(desk):
    case_id = desk.open_case(desk.anna)
    desk.open_case(desk.anna)
    desk.do(casework.close_case, desk.anna, case_id, NOON)
    closed = desk.do(casework.caseload, desk.anna, NOON, state=CaseStatus.CLOSED)
    assert [line.case_id for line in closed.lines] == [case_id]
    assert desk.do(casework.caseload, desk.anna, NOON).count == 1


# Pages hold 25 cases, in one order from the first to the last, and nothing twice.
def test_pages(desk):
    moments = [NOON - timedelta(hours=5 * number) for number in range(60)]
    with desk.session() as session:
        for moment in moments:
            fields = CaseFields(narrative=moment.isoformat())
            casework.open_case(session, desk.vault, desk.anna, fields, moment)
        session.commit()
    seen = []
    for number in (1, 2, 3):
        page = desk.do(casework.caseload, desk.anna, NOON, page=number)
        assert (page.pages, page.count) == (3, 60)
        seen.extend(line.title for line in page.lines)
    assert len(seen) == 60
    assert seen == [moment.isoformat() for moment in moments]
    assert desk.do(casework.caseload, desk.anna, NOON, page=99).number == 3


def test_a_code_word_stands_in_no_list(desk):
    case_id = desk.open_case(desk.anna, narrative="", code_word="zwaluw")
    assert desk.do(casework.caseload, desk.anna, NOON).lines[0].title == ""
    desk.do(share, desk.anna, case_id, desk.esther.person_id, {"what"}, NOON)
    assert desk.do(casework.caseload, desk.esther, NOON).lines[0].title == ""


# Rows that were made to point to another case's part are found out.
def test_swapped_parts_do_not_open(desk):
    one, other = desk.open_case(desk.anna), desk.open_case(desk.anna)
    with desk.session() as session:
        first, second = session.get(CaseRow, one), session.get(CaseRow, other)
        records = first.what_record, second.what_record
        first.what_record = second.what_record = None
        session.flush()
        second.what_record, first.what_record = records
        session.commit()
    with pytest.raises(CannotOpen):
        desk.read(desk.anna, one)
    assert desk.do(casework.caseload, desk.anna, NOON).damaged == 2


# One damaged record does not take the whole list away.
def test_a_damaged_case_does_not_hide_the_others(desk):
    broken, whole = desk.open_case(desk.anna), desk.open_case(desk.anna)
    with desk.session() as session:
        record = session.get(CaseRow, broken).what_record
        session.execute(
            text(
                "update envelope set content = (select content from envelope where kind = 'case-who' limit 1) where id = :id"
            ).bindparams(
                id=record if session.get_bind().dialect.name == "postgresql" else record.hex
            )
        )
        session.commit()
    page = desk.do(casework.caseload, desk.anna, NOON)
    assert [line.case_id for line in page.lines] == [whole]
    assert page.damaged == 1


# Promise 2: nothing of a case stands in the clear in any table.
def test_nothing_stands_in_the_clear(desk):
    marker = "MERKTEKEN"
    fields = replace(
        FULL, narrative=f"{marker} verhaal", name=f"{marker} naam", code_word=f"{marker} woord"
    )
    case_id = desk.do(casework.open_case, desk.anna, fields, NOON)
    desk.do(casework.add_note, desk.anna, case_id, f"{marker} notitie", NOON)
    desk.do(casework.close_case, desk.anna, case_id, NOON, text=f"{marker} sluiten")
    with desk.session() as session:
        raw = b""
        for table in CaseRow.metadata.sorted_tables:
            for row in session.execute(select(*table.columns)):
                raw += repr(tuple(row)).encode() + b"".join(
                    bytes(value) for value in row if isinstance(value, bytes | memoryview)
                )
    assert b"case.open" in raw
    for secret in (marker, "612345681", "alderperson", "GM9999", "threat", "Voorbeeldstad"):
        assert secret.encode() not in raw, secret
