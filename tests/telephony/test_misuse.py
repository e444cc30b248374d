"""A number marked as misuse is known for a day; a number that calls too often keeps nobody out."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.promises.oracle import PROMISED, dead_ends
from tests.telephony.conftest import CALLER, Desk
from tests.telephony.test_degraded import ASKS, Outage, seat
from weerbaar.accounts.actors import Actor
from weerbaar.hotline.calls import items, misuse
from weerbaar.hotline.calls.conversation import Outcome
from weerbaar.hotline.calls.models import DoneReason, MisuseMarkRow
from weerbaar.hotline.telephony import texts, watchdog
from weerbaar.simulator import Call, personas

OTHER = "+31687650000"


def close_as_misuse(desk: Desk, actor: Actor, call: Call) -> None:
    item = desk.item(call)
    with desk.house.database.session() as session:
        items.close(session, desk.house.vault, actor, item.id, DoneReason.MISUSE, desk.now())
        session.commit()


def marks(desk: Desk) -> int:
    with desk.house.database.session() as session:
        return session.scalar(select(func.count()).select_from(MisuseMarkRow)) or 0


def blocked(call: Call) -> bool:
    return texts.BLOCKED in call.heard_text()


@pytest.fixture
def anna(desk: Desk) -> Actor:
    return desk.confidant("Anna", 1, personas.answers("1", talks=20))


def test_a_blocked_caller_hears_112_and_a_goodbye(desk: Desk, anna: Actor) -> None:
    first = desk.call(personas.patient(talks=10))
    close_as_misuse(desk, anna, first)
    call = desk.call(personas.patient())
    assert blocked(call)
    assert "1 1 2" in call.heard_text()
    assert call.children == []
    assert desk.facts(call)["outcome"] == Outcome.BLOCKED
    assert desk.item(call) is None
    assert dead_ends(call, desk.network, [seat(desk, "Anna", 1)]) == []
    assert not blocked(desk.network.call(OTHER, personas.patient(talks=10)))


def test_after_a_day_nobody_knows_the_number(desk: Desk, anna: Actor) -> None:
    close_as_misuse(desk, anna, desk.call(personas.patient(talks=10)))
    with desk.house.database.session() as session:
        row = session.scalars(select(MisuseMarkRow)).one()
        assert desk.now() + timedelta(hours=23, minutes=40) <= row.until
        assert row.until <= desk.now() + timedelta(hours=24)
        secret_id, later = row.secret_id, desk.now() + timedelta(hours=24, minutes=1)
        assert misuse.is_marked(session, desk.house.vault, CALLER, desk.now())
        assert not misuse.is_marked(session, desk.house.vault, CALLER, later)
    assert watchdog.forget_misuse(desk.house, desk.now()) == 0
    assert watchdog.forget_misuse(desk.house, later) == 1
    assert marks(desk) == 0
    assert desk.house.vault.keystore.destroyed(secret_id)


def test_a_withheld_caller_is_never_blocked(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    withheld = personas.WITHHELD[0]
    keys_in = personas.caller(
        personas.presses("0612345678", text="tien cijfers"),
        personas.presses("1", text="als het klopt", after=2),
    )
    call = desk.network.call(withheld, keys_in)
    desk.network.run_until_idle()
    # The number that he keyed in may be anybody's.
    close_as_misuse(desk, anna, call)
    assert marks(desk) == 0
    again = desk.network.call(withheld, personas.patient())
    victim = desk.network.call("+31612345678", personas.patient())
    desk.network.run_until_idle()
    assert not blocked(again)
    assert not blocked(victim)


def test_another_reason_blocks_nobody(desk: Desk, anna: Actor) -> None:
    first = desk.call(personas.patient(talks=10))
    with desk.house.database.session() as session:
        items.close(
            session, desk.house.vault, anna, desk.item(first).id, DoneReason.SILENT, desk.now()
        )
        session.commit()
    assert not blocked(desk.call(personas.patient(talks=10)))


def test_the_coordinator_can_undo_it(desk: Desk, anna: Actor) -> None:
    first = desk.call(personas.patient(talks=10))
    close_as_misuse(desk, anna, first)
    with desk.house.database.session() as session:
        coordinator = desk.installation.coordinator
        item = desk.item(first)
        assert misuse.undo(session, desk.house.vault, coordinator, item.id, desk.now())
        session.commit()
    assert desk.call(personas.patient(talks=10)).bridged_with == [desk.phones["Anna"]]


def test_a_thief_of_the_database_cannot_try_numbers(desk: Desk, anna: Actor) -> None:
    close_as_misuse(desk, anna, desk.call(personas.patient(talks=10)))
    with desk.house.database.session() as session:
        row = session.scalars(select(MisuseMarkRow)).one()
        secret = desk.house.vault.keystore.get(row.secret_id)
    assert misuse._digest(desk.house.vault, secret, CALLER) == row.digest
    assert misuse._digest(desk.house.vault, bytes(32), CALLER) != row.digest


# ---- flooding ----------------------------------------------------------------------------


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("without_database", [False, True])
def test_thirty_calls_of_one_number_keep_nobody_out(desk: Desk, *, without_database: bool) -> None:
    for name in ("Anna", "Bram", "Cato"):
        desk.confidant(name, 1, personas.silent())
    if without_database:
        Outage(desk).begin()
    flood = [desk.network.call(CALLER, ASKS) for _ in range(30)]
    desk.network.advance(20)
    other = desk.network.call(OTHER, personas.patient(talks=20))
    desk.network.advance(20)
    assert len(other.children) == 1
    rung = [call for call in flood if call.children]
    assert len(rung) == 2
    desk.network.run_until_idle()
    assert all("1 1 2" in call.heard_text() for call in flood)
    assert all(PROMISED.search(call.heard_text()) for call in flood)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_calls_again_and_again_is_offered_a_call_back_at_once(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.silent())
    hangs_up = personas.caller(personas.hangs_up("ringing", after=4))
    calls = [desk.call(hangs_up) for _ in range(7)]
    assert [bool(call.children) for call in calls] == [True] * 5 + [False] * 2
    skipped = desk.facts(calls[-1])["plan"]["skipped"]
    assert [one["reason"] for one in skipped] == ["too_many_calls"]
    desk.network.advance(600)
    assert desk.call(personas.caller(personas.hangs_up("ringing", after=4))).children
