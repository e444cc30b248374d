"""One government from the first letter to a training, and what is kept of it."""

import threading
from datetime import date, time

import pytest
from sqlalchemy import select

from tests.tour.conftest import NOON
from weerbaar.accounts import envelopes, trail
from weerbaar.accounts.envelopes import Kind, NotAReader
from weerbaar.accounts.recipients import Group
from weerbaar.tour import activities, contacts, notes, places
from weerbaar.tour.activities import Step
from weerbaar.tour.contacts import Contact, ContactRole
from weerbaar.tour.details import Details
from weerbaar.tour.errors import (
    ChangedMeanwhile,
    DayAhead,
    DayMissing,
    MoveNotAllowed,
    NoSuchNote,
    NotAdmitted,
    StageTooEarly,
)
from weerbaar.tour.models import ActivityRow, ContactRow
from weerbaar.tour.stages import Stage, State

TODAY = date(2026, 11, 24)
UTRECHT, PROVINCE = "GM0344", "PV26"


def begin(bureau, stage=Stage.CONVERSATION, state=State.INVITED, code=UTRECHT, **more):
    personal = more.pop("personal", False)
    return bureau.do(
        activities.begin, bureau.toos, code, stage, Step(state, **more), NOON, personal=personal
    )


def move(bureau, activity_id, state, **more):
    seen = bureau.do(activities.one, activity_id).version
    bureau.do(activities.move, bureau.toos, activity_id, Step(state, **more), NOON, seen=seen)


def standing(bureau, code=UTRECHT):
    return bureau.do(activities.standings).get(code)


def held(bureau, stage=Stage.CONVERSATION, code=UTRECHT):
    found = begin(bureau, stage, State.PLANNED, code, on_day=TODAY)
    move(bureau, found, State.HELD)
    return found


def test_one_government_goes_through_all_three_stages(bureau):
    talk = begin(bureau)
    with pytest.raises(StageTooEarly):
        begin(bureau, Stage.SESSION, State.OFFERED)
    move(bureau, talk, State.PLANNED, on_day=date(2026, 11, 20), at=time(14, 30))
    assert not standing(bureau).visited
    move(bureau, talk, State.HELD)
    assert (standing(bureau).visited, standing(bureau).visited_on) == (True, date(2026, 11, 20))
    session = begin(bureau, Stage.SESSION, State.OFFERED)
    for state, more in ((State.ACCEPTED, {}), (State.PLANNED, {"on_day": TODAY}), (State.HELD, {})):
        move(bureau, session, state, **more)
    training = begin(bureau, Stage.TRAINING, State.PLANNED, on_day=TODAY, personal=True)
    assert standing(bureau).reached is Stage.SESSION
    moves = bureau.do(lambda db: [row.state for row in activities.moves_of(db, [talk])[talk]])
    assert moves == ["invited", "planned", "held"]
    assert bureau.do(activities.one, training).personal
    # The province of the same name has gone nowhere.
    assert standing(bureau, PROVINCE) is None


@pytest.mark.parametrize(
    ("refused", "act"),
    [
        (MoveNotAllowed, lambda bureau: begin(bureau, state=State.HELD, on_day=TODAY)),
        (MoveNotAllowed, lambda bureau: begin(bureau, state=State.OFFERED)),
        (DayMissing, lambda bureau: begin(bureau, state=State.PLANNED)),
        (MoveNotAllowed, lambda bureau: (begin(bureau), begin(bureau))),
        (DayMissing, lambda bureau: move(bureau, begin(bureau), State.PLANNED)),
        (MoveNotAllowed, lambda bureau: move(bureau, begin(bureau), State.HELD)),
        (
            DayAhead,
            lambda bureau: move(
                bureau, begin(bureau, state=State.PLANNED, on_day=date(2026, 11, 25)), State.HELD
            ),
        ),
    ],
)
def test_what_the_table_does_not_know_is_refused(bureau, refused, act):
    with pytest.raises(refused):
        act(bureau)


def test_who_saw_an_older_version_changes_nothing(bureau):
    talk = begin(bureau)
    move(bureau, talk, State.DECLINED)
    with pytest.raises(ChangedMeanwhile):
        bureau.do(
            activities.move, bureau.teun, talk, Step(State.PLANNED, on_day=TODAY), NOON, seen=1
        )
    assert standing(bureau).conversation is State.DECLINED


def test_another_day_takes_the_old_time_along_no_further(bureau):
    talk = begin(bureau, state=State.PLANNED, on_day=TODAY, at=time(9, 0))
    move(bureau, talk, State.PLANNED, on_day=date(2026, 12, 1))
    found = bureau.do(activities.one, talk)
    assert (found.on_day, found.at) == (date(2026, 12, 1), None)


def test_what_was_said_is_sealed_to_the_tour_and_to_nobody_else(bureau):
    talk = held(bureau)
    said = Details(situation="Stenen door de ruit.", needs=("Grenzen stellen",), protocol="yes")
    seen = bureau.do(activities.one, talk).version
    bureau.sealed(activities.write, bureau.toos, talk, said, NOON, seen=seen)
    assert bureau.sealed(activities.details, bureau.teun, [talk], NOON) == {talk: said}
    with bureau.session() as session:
        readers = envelopes.readers(session, talk)
        assert [each.recipient for each in readers] == [Group("tour")]
        with pytest.raises(NotAReader):
            envelopes.open_one(
                session, bureau.vault, bureau.anna.keys, talk, kind=Kind.TOUR_ACTIVITY
            )
    for name in ("nina", "anna"):
        with pytest.raises(NotAdmitted):
            bureau.sealed(activities.details, bureau.actors[name], [talk], NOON)
    again = Details(situation="Nu rustiger.", needs=("Grenzen stellen", "Nazorg"))
    seen = bureau.do(activities.one, talk).version
    bureau.sealed(activities.write, bureau.teun, talk, again, NOON, seen=seen)
    assert bureau.sealed(activities.details, bureau.toos, [talk], NOON) == {talk: again}
    assert trail.verify(bureau.database, bureau.vault) == []


def test_contact_persons_are_in_no_column_and_a_role_has_one(bureau):
    place = places.place(UTRECHT)
    for name in ("Burgemeester Een", "Burgemeester Twee"):
        contact = Contact(ContactRole.MAYOR, name, "burgemeester@example.nl", "030 123 45 67")
        bureau.sealed(contacts.put, bureau.toos, UTRECHT, contact, NOON)
    (found,) = bureau.sealed(contacts.of_place, place)
    assert (found.name, found.mail) == ("Burgemeester Twee", "burgemeester@example.nl")
    assert "Twee" not in repr(found)
    with bureau.session() as session:
        row = session.scalars(select(ContactRow)).one()
        assert b"Twee" not in bytes(row.sealed)
    assert bureau.do(contacts.remove, bureau.toos, found.id, NOON) == UTRECHT
    assert bureau.sealed(contacts.of_place, place) == []


def test_a_note_is_read_by_the_tour_and_destroyed_by_its_author(bureau):
    note = bureau.sealed(notes.write, bureau.toos, UTRECHT, "Liever na de zomer.", NOON)
    read = bureau.sealed(notes.of_place, bureau.teun, places.place(UTRECHT), NOON)
    assert [each.text for each in read] == ["Liever na de zomer."]
    assert bureau.sealed(notes.of_place, bureau.teun, places.place(PROVINCE), NOON) == []
    for name in ("anna", "nina"):
        with pytest.raises(NotAdmitted):
            bureau.sealed(notes.of_place, bureau.actors[name], places.place(UTRECHT), NOON)
    with pytest.raises(NoSuchNote):
        bureau.sealed(notes.destroy, bureau.teun, note, NOON)
    bureau.sealed(notes.destroy, bureau.toos, note, NOON)
    assert bureau.sealed(notes.of_place, bureau.teun, places.place(UTRECHT), NOON) == []
    assert trail.verify(bureau.database, bureau.vault) == []


def test_a_merged_municipality_keeps_its_records_with_its_successor(bureau):
    with bureau.session() as session:
        # As it was written before the list of today came.
        session.add(
            ActivityRow(
                code="GM0501", stage="conversation", state="held", on_day=date(2022, 9, 1),
                personal=False, participants="mayor", has_details=False, version=1,
                created_day=date(2022, 9, 1),
            )
        )  # fmt: skip
        session.commit()
    assert standing(bureau, "GM1992").visited_on == date(2022, 9, 1)
    voorne = places.place("GM0501")
    assert (voorne.code, voorne.label) == ("GM1992", "Voorne aan Zee")
    assert ("GM0501", "Brielle") in voorne.former
    found = bureau.do(activities.of_codes, voorne.codes)
    assert [each.code for each in found] == ["GM0501"]
    # A new session goes on under the code of today.
    begin(bureau, Stage.SESSION, State.OFFERED, "GM0501")
    assert bureau.do(activities.of_codes, ["GM1992"])[0].stage is Stage.SESSION


def test_a_code_that_left_the_list_is_still_shown(bureau):
    with bureau.session() as session:
        session.add(ContactRow(code="GM7777", role="clerk", sealed=b"", changed_day=TODAY))
        session.commit()
    every = places.every(bureau.do(activities.codes_with_records))
    assert len(every) == 355
    assert every[-1].label == "GM7777"


def test_two_who_invite_a_government_at_once_begin_one_conversation(bureau):
    step, refused = Step(State.INVITED), []
    args = (bureau.toos, "GM0344", Stage.CONVERSATION, step, NOON)

    def too_late():
        try:
            bureau.do(activities.begin, *args)
        except MoveNotAllowed as why:
            refused.append(why)

    other = threading.Thread(target=too_late)
    with bureau.session() as session:
        activities.begin(session, *args)
        other.start()
        # Long enough for one that does not wait; one that waits does so until the commit.
        other.join(0.5)
        session.commit()
    other.join()
    assert len(refused) == 1
    assert len(bureau.do(activities.of_codes, ["GM0344"])) == 1
