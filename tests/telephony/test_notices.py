"""SMS to the staff over the provider: once, without content, and what its refusals lead to."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from tests.mailbox import Mailbox
from tests.telephony.conftest import CALLER, Desk
from tests.telephony.test_requests import Provider
from weerbaar.accounts import notice_rules, notices, people
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.models import DeliveryRow, NoticeRow
from weerbaar.config.settings import SettingsRefused
from weerbaar.hotline.calls.models import ProviderLeftoverRow
from weerbaar.hotline.telephony import messages
from weerbaar.simulator import Rules, personas
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


# ---- the provider's word about an SMS that went out -----------------------------------------


def told(desk: Desk, **fields: str) -> Any:
    """The provider's callback about the newest SMS."""
    sent = desk.network.ledger.rest("POST", "/Messages.json")[-1]
    path = urlsplit(sent.params["StatusCallback"]).path
    return Provider(desk).ask(path, **fields)


def refused_of(desk: Desk, person: Actor) -> str | None:
    with desk.house.database.session() as session:
        return people.card(session, desk.house.vault, person.person_id).sms_refused


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as box:
        yield box


@pytest.fixture
def mailing(make_desk: Callable[..., Desk], mailbox: Mailbox) -> Desk:
    return make_desk(SMS_SENDER=SENDER, SMTP_URL=mailbox.url, MAIL_FROM="hulp@example.nl")


@pytest.mark.parametrize("code", ["30003", "30004", "30005", "30007", "30008"])
def test_an_sms_that_did_not_arrive_goes_by_mail_and_its_owner_sees_it(
    mailing: Desk, mailbox: Mailbox, code: str
) -> None:
    anna = mailing.confidant("Anna")
    post(mailing, anna)
    carry(mailing)
    assert told(mailing, MessageStatus="undelivered", ErrorCode=code).status_code == 204
    assert refused_of(mailing, anna) == "unreached"
    carry(mailing)
    assert ("sms", "failed", "no_arrival") in deliveries(mailing, anna)
    said = "".join(message.get_content() for _to, message in mailbox.received)
    assert notice_rules.text_of("task_waiting") in said
    assert notice_rules.text_of("sms_unreached") in said


def test_once_an_sms_arrives_again_mail_is_left_out(mailing: Desk) -> None:
    anna = mailing.confidant("Anna")
    mailing.network.rules = Rules(message_becomes="undelivered")
    post(mailing, anna)
    carry(mailing)
    mailing.network.advance(5)
    assert refused_of(mailing, anna) == "unreached"
    mailing.network.rules = Rules()
    post(mailing, anna, "missed_call")
    carry(mailing)
    mailing.network.advance(5)
    assert refused_of(mailing, anna) is None
    post(mailing, anna, "shift_starts")
    carry(mailing)
    with mailing.house.database.session() as session:
        ways = session.execute(
            select(NoticeRow.code, DeliveryRow.channel)
            .join(DeliveryRow, DeliveryRow.notice_id == NoticeRow.id)
            .where(NoticeRow.code != "sms_unreached")
        ).all()
    assert sorted(map(tuple, ways)) == [
        ("missed_call", "mail"), ("missed_call", "sms"), ("shift_starts", "sms"),
        ("task_waiting", "mail"), ("task_waiting", "sms"),
    ]  # fmt: skip


def test_a_landline_that_shows_itself_late_gets_no_more_sms(texting: Desk) -> None:
    anna = texting.confidant("Anna")
    post(texting, anna)
    carry(texting)
    told(texting, MessageStatus="failed", ErrorCode="30006")
    assert refused_of(texting, anna) == "landline"
    assert deliveries(texting, anna)[0] == ("sms", "failed", "landline")


@pytest.mark.parametrize("status", ["queued", "sent", "undelivered"])
def test_a_word_that_is_early_or_doubled_changes_nothing_twice(texting: Desk, status: str) -> None:
    anna = texting.confidant("Anna")
    post(texting, anna)
    carry(texting)
    for _ in range(3):
        told(texting, MessageStatus=status, ErrorCode="30003")
    with texting.house.database.session() as session:
        codes = session.scalars(select(NoticeRow.code)).all()
    assert codes.count("sms_unreached") == (1 if status == "undelivered" else 0)


def test_what_its_owner_stopped_stays_stopped_whatever_is_told_late(texting: Desk) -> None:
    anna = texting.confidant("Anna")
    post(texting, anna)
    carry(texting)
    with texting.house.database.session() as session:
        people.refuse_sms(session, anna.person_id, notice_rules.SmsRefusal.STOPPED)
        session.commit()
    told(texting, MessageStatus="undelivered", ErrorCode="30003")
    told(texting, MessageStatus="delivered")
    assert refused_of(texting, anna) == "stopped"


def test_a_word_about_nothing_of_ours_or_unsigned_changes_nothing(texting: Desk) -> None:
    provider = Provider(texting)
    for token in ("abc", 32 * "0"):
        answer = provider.ask(f"/telephony/text/{token}/told", MessageStatus="undelivered")
        assert answer.status_code == 204
    refused = provider.ask("/telephony/text/abc/told", signed=False, MessageStatus="undelivered")
    assert refused.status_code == 403
