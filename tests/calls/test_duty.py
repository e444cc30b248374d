"""Who is on duty is kept for a moment, and never a moment too long."""

from datetime import timedelta

from sqlalchemy import select, update

from tests.telephony.conftest import Desk
from weerbaar.accounts.models import PersonRow
from weerbaar.hotline.calls import duty
from weerbaar.hotline.roster.models import ShiftRow
from weerbaar.simulator import personas


def names(desk: Desk) -> list[str]:
    with desk.house.database.session() as session:
        found = duty.on_duty(session, desk.house.vault, desk.now())
    mails = desk.installation.mails
    return [mails[turn.person_id].split("@")[0] for turn in found.turns]


def test_a_change_of_the_roster_counts_at_once(desk: Desk) -> None:
    desk.confidant("Anna", 1)
    assert names(desk) == ["anna"]
    desk.confidant("Bram", 2)
    assert names(desk) == ["anna", "bram"]


def test_a_shift_that_ends_within_the_moment_ends_on_time(desk: Desk) -> None:
    anna, bram = desk.confidant("Anna", None), desk.confidant("Bram", None)
    desk.on_duty(anna, 1, start=desk.now() - timedelta(hours=1), hours=1 + 10 / 3600)
    desk.on_duty(bram, 1, start=desk.now() + timedelta(seconds=10))
    assert names(desk) == ["anna"]
    desk.network.advance(9)
    assert names(desk) == ["anna"]
    desk.network.advance(1)
    assert names(desk) == ["bram"]


def test_whoever_gets_a_telephone_rings_at_once(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, phone=None)
    bram = desk.confidant("Bram", 2, personas.answers("1"))
    assert desk.rung(desk.call(personas.patient(talks=5))) == ["Bram"]
    with desk.house.database.session() as session:
        from weerbaar.accounts import people

        people.change(
            session, desk.house.vault, desk.installation.coordinator, anna.person_id,
            phone=desk.phones["Anna"], now=desk.now(),
            hotline_number=desk.house.settings.hotline_number,
        )  # fmt: skip
        session.commit()
    desk.network.phone(desk.phones["Anna"], personas.answers("1"))
    # Somebody else calls: nobody knows him again.
    assert desk.rung(desk.call(personas.patient(talks=5), "anonymous")) == ["Anna"]
    assert bram


def test_whoever_loses_a_telephone_is_passed_over_with_the_reason(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.answers("1"))
    desk.confidant("Bram", 2, personas.answers("1"))
    assert names(desk) == ["anna", "bram"]
    with desk.house.database.session() as session:
        session.execute(
            update(PersonRow).where(PersonRow.id == anna.person_id).values(phone_sealed=None)
        )
        session.commit()
    call = desk.call(personas.patient(talks=5))
    assert desk.rung(call) == ["Bram"]
    skipped = desk.facts(call)["plan"]["skipped"]
    assert skipped == [{"person": "anna@example.nl", "tier": 1, "reason": "no_phone"}]


def test_what_is_kept_is_not_asked_of_the_shifts_again(desk: Desk) -> None:
    desk.confidant("Anna", 1)
    with desk.house.database.session() as session:
        first = duty.on_duty(session, desk.house.vault, desk.now())
        assert duty.on_duty(session, desk.house.vault, desk.now()) is first
        assert session.scalars(select(ShiftRow)).all()
