"""SMS to the staff over the provider: once, without content, and what its refusals lead to."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tests.telephony.conftest import CALLER, Desk
from weerbaar.accounts import notice_rules, notices, people
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.models import DeliveryRow
from weerbaar.config.settings import SettingsRefused
from weerbaar.hotline.calls.models import ProviderLeftoverRow
from weerbaar.hotline.telephony import messages
from weerbaar.simulator import personas
from weerbaar.web import senders

SENDER = "Weerbaar"


@pytest.fixture
def texting(make_desk: Callable[..., Desk]) -> Desk:
    return make_desk(SMS_SENDER=SENDER)


def carry(desk: Desk) -> None:
    senders.carry(desk.house, desk.now())


def post(desk: Desk, person: Actor, code: str = "task_waiting") -> None:
    with desk.house.database.session() as session:
        notices.post(session, person.person_id, code, desk.now(), key=code)
        session.commit()


def deliveries(desk: Desk, person: Actor) -> list[tuple[str, str, str | None]]:
    with desk.house.database.session() as session:
        rows = session.scalars(select(DeliveryRow).where(DeliveryRow.person_id == person.person_id))
        return [(row.channel, row.state, row.problem) for row in rows]


def test_a_missed_call_tells_its_owner_by_sms_and_nothing_of_the_caller(texting: Desk) -> None:
    texting.confidant("Anna", 1, personas.off())
    texting.call(personas.caller(personas.hangs_up(after=5)))
    for _ in range(3):
        carry(texting)
    sent = texting.network.ledger.messages()
    assert [(one.to, one.from_, one.body) for one in sent] == [
        (
            texting.phones["Anna"],
            SENDER,
            f"Weerbaar: Er is een gemiste oproep voor u. {texting.url}",
        )
    ]
    assert CALLER not in "".join(one.body for one in sent)
    with texting.house.database.session() as session:
        assert sent[0].sid in session.scalars(select(ProviderLeftoverRow.sid)).all()


def test_every_sms_is_one_text_of_the_list_and_the_bare_address(texting: Desk) -> None:
    anna = texting.confidant("Anna")
    for code in [*notice_rules.TEXTS, "unheard-of"]:
        post(texting, anna, code)
        carry(texting)
    texts = {*map(str, notice_rules.TEXTS.values()), str(notice_rules.OTHERWISE)}
    sent = [one.body for one in texting.network.ledger.messages()]
    assert sorted(sent) == sorted(messages.body_of(text, texting.url) for text in texts)


def test_without_a_sender_no_sms_leaves(desk: Desk) -> None:
    anna = desk.confidant("Anna")
    post(desk, anna)
    carry(desk)
    assert desk.network.ledger.messages() == []
    assert deliveries(desk, anna) == []


@pytest.mark.parametrize(
    ("failure", "delivery"),
    [
        ((400, 21610), ("sms", "failed", "stopped")),
        ((400, 21614), ("sms", "failed", "landline")),
        ((400, 21606), ("sms", "failed", "no_sender")),
        ((429, 20429), ("sms", "waiting", None)),
        ((401, 20003), ("sms", "waiting", None)),
        ((500, 20500), ("sms", "unknown", "no_answer")),
        ((0, 0), ("sms", "unknown", "no_answer")),
    ],
)
def test_what_the_provider_answers_decides_what_is_tried_again(
    texting: Desk, failure: tuple[int, int], delivery: tuple[Any, ...]
) -> None:
    anna = texting.confidant("Anna")
    post(texting, anna)
    texting.network.rest_failures.append(failure)
    carry(texting)
    assert deliveries(texting, anna) == [delivery]
    for _ in range(4):
        texting.network.advance(60)
        carry(texting)
    # 20429 and 20003 did nothing: those are sent after all. An answer that was lost is not.
    sent = len(texting.network.ledger.messages())
    assert sent == (1 if delivery[1] == "waiting" or failure == (0, 0) else 0)
    with texting.house.database.session() as session:
        card = people.card(session, texting.house.vault, anna.person_id)
    refused = delivery[2] if delivery[2] in {"stopped", "landline"} else None
    assert card.sms_refused == refused


@pytest.mark.parametrize(
    ("sender", "kept"),
    [("Weerbaar", "Weerbaar"), ("070 373 8314", "+31703738314"), ("OT WB", "OT WB"), ("", None)],
)
def test_a_sender_is_a_number_or_a_short_name(
    make_desk: Callable[..., Desk], sender: str, kept: str | None
) -> None:
    assert make_desk(SMS_SENDER=sender).house.settings.sms_sender == kept


@pytest.mark.parametrize("sender", ["12345", "Ondersteuningsteam", "Wéérbaar", "Weer.baar"])
def test_a_sender_that_the_provider_would_refuse_is_refused_at_the_start(
    make_desk: Callable[..., Desk], sender: str
) -> None:
    with pytest.raises(SettingsRefused, match="SMS_SENDER"):
        make_desk(SMS_SENDER=sender)
