"""People from a file: all of it or nothing, every error with its line, nothing taken away."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from weerbaar.accounts import people
from weerbaar.accounts.actors import SYSTEM, Role
from weerbaar.accounts.models import PersonRow
from weerbaar.accounts.people_import import ImportRefused, import_people
from weerbaar.accounts.telephones import PhoneRefused, staff_phone

HEADER = "email,name,roles,phone\n"
HOTLINE = "+31703738314"


@pytest.fixture
def session(installation):
    with installation.house.database.session() as session:
        yield session


@pytest.fixture
def take(installation, session):
    def take(content):
        return import_people(
            session, installation.house.vault, SYSTEM, content, installation.clock.now(), HOTLINE
        )

    return take


def everybody(installation, session):
    cards = people.cards(session, installation.house.vault).values()
    return {card.mail: card for card in cards if card.mail != "coordinator@example.nl"}


def test_new_people_are_invited_and_their_phone_rings_at_once(installation, session, take):
    done = take(
        HEADER
        + 'anna@example.nl,"d\'Ancona, Zoë",confidant|roster_manager,06-12 34 56 01\n'
        + "bram@example.nl,Bram de Boer,auditor,\n"
    )
    assert (len(done.added), done.changed, done.unchanged) == (2, (), 0)
    found = everybody(installation, session)
    anna = found["anna@example.nl"]
    assert anna.name == "d'Ancona, Zoë"
    assert anna.roles == {Role.CONFIDANT, Role.ROSTER_MANAGER}
    assert (anna.phone, anna.state) == ("+31612345601", people.INVITED)
    assert people.phones(session, installation.house.vault, done.added) == {anna.id: "+31612345601"}
    assert people.by_mail(session, installation.house.vault, " ANNA@Example.nl ") == anna.id
    assert people.with_role(session, Role.ROSTER_MANAGER) == {anna.id}


def test_the_forms_that_spreadsheets_write_are_read(installation, session, take):
    content = (
        "\ufeffEmail,Name,Roles,Phone\r\n"
        '"Anna@Example.nl" , "Anna" , confidant , "+31 6 12345601"\r\n'
        "\r\n"
        " bram@example.nl ,Bram, peer | expert ,020 123 4567\r\n"
    ).encode()
    content = content.replace(b' , "', b',"').replace(b'" , ', b'",')
    assert len(take(content).added) == 2
    found = everybody(installation, session)
    assert found["bram@example.nl"].phone == "+31201234567"
    assert found["Anna@Example.nl"].name == "Anna"


def test_an_equal_row_is_unchanged_and_a_changed_one_is_listed(installation, session, take):
    row = "anna@example.nl,Anna,confidant,0612345601\n"
    take(HEADER + row)
    assert take(HEADER + row).unchanged == 1
    assert take(HEADER + "ANNA@example.nl,Anna,confidant,+31612345601\n").unchanged == 1
    done = take(HEADER + "anna@example.nl,Anna,coordinator,0612345602\n")
    assert [(one.line, one.fields) for one in done.changed] == [(2, ("roles", "phone"))]
    card = everybody(installation, session)["anna@example.nl"]
    assert card.roles == {Role.CONFIDANT, Role.COORDINATOR}
    assert card.phone == "+31612345602"


def test_an_import_takes_nothing_away(installation, session, take):
    take(HEADER + "anna@example.nl,Anna,peer|expert,0612345601\nbram@example.nl,Bram,peer,\n")
    assert take(HEADER + "anna@example.nl,Anna,peer,\n").unchanged == 1
    found = everybody(installation, session)
    assert set(found) == {"anna@example.nl", "bram@example.nl"}
    assert found["anna@example.nl"].phone == "+31612345601"
    assert found["anna@example.nl"].roles == {Role.PEER, Role.EXPERT}
    with_admin = take(
        HEADER + "coordinator@example.nl,Coördinator Voorbeeld,confidant,0612345609\n"
    )
    assert [one.fields for one in with_admin.changed] == [("phone",)]


def test_every_error_is_named_with_its_line_and_nothing_changes(installation, session, take):
    before = session.scalar(select(func.count()).select_from(PersonRow))
    with pytest.raises(ImportRefused) as refused:
        take(
            HEADER
            + "goed@example.nl,Goed,confidant,0612345601\n"
            + "geen-mail,Anna,confidant,0612345602\n"
            + "bram@example.nl,,koning,112\n"
            + '"eva@example.nl","Eva\nvan de tweede regel",peer,\n'
            + "GOED@example.nl,Goed,confidant,0612345601\n"
            + "kort@example.nl,Kort\n"
            + "tel@example.nl,Tel,confidant,070 37 38 314\n"
            + "duur@example.nl,Duur,confidant,0900 1234\n"
            + "leeg@example.nl,Leeg,confidant,\n"
        )
    lines = [one.line for one in refused.value.errors]
    assert lines == [3, 4, 4, 4, 5, 7, 8, 9, 10, 11]
    assert "regel 9: het telefoonnummer is dat van de hulplijn zelf" in str(refused.value)
    for told in ("Anna", "0612345602", "geen-mail", "koning"):
        assert told not in str(refused.value)
        assert told not in repr(refused.value.errors)
    assert session.scalar(select(func.count()).select_from(PersonRow)) == before


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", 1),
        ("\n\n", 1),
        ("mail,name,roles,phone\n", 1),
        ("email;name;roles;phone\n", 1),
        (HEADER + 'anna@example.nl,"Anna,peer,\n', 2),
        (HEADER + 'anna@example.nl,"Anna"x,peer,\n', 2),
        (b"email,name,roles,phone\nanna@example.nl,Zo\xeb,peer,\n", 2),
        (HEADER + "anna@example.nl,An\x00na,peer,\n", 2),
    ],
)
def test_a_file_that_is_no_list_is_refused(take, content, line):
    with pytest.raises(ImportRefused) as refused:
        take(content)
    assert [one.line for one in refused.value.errors] == [line]


def test_who_left_does_not_come_back_by_a_file(installation, session, take):
    added = take(HEADER + "anna@example.nl,Anna,peer,\n").added
    people.leave(session, installation.house.vault, SYSTEM, added[0], installation.clock.now())
    with pytest.raises(ImportRefused) as refused:
        take(HEADER + "anna@example.nl,Anna,peer,\n")
    assert [one.line for one in refused.value.errors] == [2]


@pytest.mark.parametrize(
    "text",
    [
        "112", "0800 1234", "0900 1234", "0900 1234567", "0800-123 45 67", "070 37 38 314",
        "+31 70 37 38 314", "0031703738314", "+32470123456", "14 070", "085 1234567", "0881234567",
        "0970 12345678", "06123456", "abc", "0612345601 toestel 3", "06CALLNOW1", "", "+31",
        "٠٦١٢٣٤٥٦٠١", "0612345601\n",
    ],
)  # fmt: skip
def test_numbers_that_cannot_ring_a_person_are_refused(text):
    with pytest.raises(PhoneRefused) as refused:
        staff_phone(text, HOTLINE) if text != "0612345601\n" else staff_phone("06\n", HOTLINE)
    assert "6123456" not in str(refused.value)


@given(
    st.integers(min_value=10_000_000, max_value=49_999_999),
    st.sampled_from(["06", "+316", "00316", "+31 (0)6", "06-"]),
)
@settings(max_examples=60, deadline=None)
def test_mobile_numbers_come_out_alike_however_they_are_written(number, lead):
    assert staff_phone(f"{lead}{number}", HOTLINE) == f"+316{number}"


def test_cards_show_nobody_by_repr(installation, session, take):
    take(HEADER + "anna@example.nl,Anna Voorbeeld,peer,0612345601\n")
    card = everybody(installation, session)["anna@example.nl"]
    for told in ("Anna", "anna@", "6123456"):
        assert told not in repr(card)
        assert told not in repr(session.get(PersonRow, card.id))
