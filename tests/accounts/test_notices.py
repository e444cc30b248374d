"""Notices that leave the house: to whom, by which channel, once, and never with anything in it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from tests.installation import Installation
from tests.mailbox import Mailbox
from weerbaar.accounts import deliveries, mail, notice_rules, notices, people
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.deliveries import NotNow, Parcel, Problem, Refused, Unanswered
from weerbaar.accounts.models import DeliveryRow, NoticeRow
from weerbaar.accounts.notice_rules import Channel, Group, Reach
from weerbaar.config.patience import Patience, within

SMS, MAIL = Channel.SMS, Channel.MAIL
BOTH = Reach(sms=True, mail=True)
CODES = sorted(notice_rules.TEXTS)


class Hand:
    """A sender of a test: remembers what it carried, and raises what it is told to."""

    def __init__(self, *raises: Exception) -> None:
        self.raises = list(raises)
        self.carried: list[Parcel] = []
        self.lock = threading.Lock()

    def __call__(self, house, parcel, now) -> None:
        with self.lock:
            self.carried.append(parcel)
            if self.raises:
                raise self.raises.pop(0)


@pytest.fixture
def anna(installation: Installation) -> Actor:
    return installation.person("Anna")


def post(installation: Installation, person: Actor, code: str = "task_waiting", key="one") -> None:
    with installation.house.database.session() as session:
        notices.post(session, person.person_id, code, installation.clock.now(), key=key)
        session.commit()


def carry(installation: Installation, **hands: object) -> int:
    senders = {Channel(name): hand for name, hand in hands.items()}
    return deliveries.carry(installation.house, senders, installation.clock.now())


def rows(installation: Installation, person: Actor) -> list[DeliveryRow]:
    with installation.house.database.session() as session:
        found = session.scalars(
            select(DeliveryRow).where(DeliveryRow.person_id == person.person_id)
        )
        return sorted(found, key=lambda row: (row.channel, str(row.id)))


def states(installation: Installation, person: Actor) -> list[tuple[str, str, str | None]]:
    return [(row.channel, row.state, row.problem) for row in rows(installation, person)]


# ---- rules -------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_no_text_carries_a_number_or_an_address(code):
    text = notice_rules.text_of(code)
    assert text.endswith(".")
    assert not any(one.isdigit() or one in "@/+" for one in text)


def test_an_unknown_code_says_nothing_and_cannot_be_switched_off():
    assert notice_rules.text_of("rubbish") == "Er is nieuws voor u."
    assert notice_rules.group_of("rubbish") is Group.ALARMS


@pytest.mark.parametrize(
    ("code", "chosen", "reach", "expected"),
    [
        ("task_waiting", {}, BOTH, {SMS}),
        ("task_waiting", {Group.TASKS: frozenset()}, BOTH, set()),
        ("task_waiting", {Group.TASKS: frozenset({MAIL})}, BOTH, {MAIL}),
        ("task_waiting", {Group.SHIFTS: frozenset()}, BOTH, {SMS}),
        ("task_waiting", {}, Reach(sms=False, mail=True), {MAIL}),
        ("task_waiting", {Group.TASKS: frozenset()}, Reach(sms=False, mail=True), set()),
        ("task_waiting", {}, Reach(sms=False, mail=False), set()),
        ("shift_starts", {Group.SHIFTS: frozenset({SMS, MAIL})}, BOTH, {SMS, MAIL}),
        ("nobody_on_duty", {Group.ALARMS: frozenset()}, BOTH, {SMS, MAIL}),
    ],
)  # fmt: skip
def test_who_chose_what_gets_it_so_and_alarms_are_no_choice(code, chosen, reach, expected):
    assert notice_rules.channels(code, chosen, reach) == expected


@pytest.mark.parametrize(
    ("phone", "takes"),
    [("+31612345678", True), ("+31701234567", False), (None, False), ("+31201234567", False)],
)
def test_only_mobile_numbers_get_an_sms(phone, takes):
    assert notice_rules.takes_sms(phone) is takes


# ---- the outbox --------------------------------------------------------------------------


def test_one_event_is_one_message_however_often_the_worker_looks(installation, anna):
    hand = Hand()
    for _ in range(2):
        post(installation, anna)
        carry(installation, sms=hand)
        carry(installation, sms=hand)
    assert [one.text for one in hand.carried] == ["Er staat een taak voor u klaar."]
    assert states(installation, anna) == [("sms", "sent", None)]
    assert rows(installation, anna)[0].next_try_at is None
    assert "+31" not in repr(hand.carried)


def test_without_senders_nothing_leaves_and_the_notice_stands_in_the_application(
    installation, anna
):
    post(installation, anna)
    assert carry(installation) == 0
    assert rows(installation, anna) == []
    with installation.house.database.session() as session:
        assert [one.code for one in notices.unread(session, anna.person_id)] == ["task_waiting"]
    # A sender that comes later finds nothing old to send.
    hand = Hand()
    carry(installation, sms=hand)
    assert hand.carried == []


def test_what_is_read_or_old_is_not_sent_after_all(installation, anna):
    hand = Hand()
    post(installation, anna, key="read")
    post(installation, anna, key="old")
    with installation.house.database.session() as session:
        now = installation.clock.now()
        session.execute(update(NoticeRow).where(NoticeRow.key == "read").values(read_at=now))
        session.execute(
            update(NoticeRow)
            .where(NoticeRow.key == "old")
            .values(posted_at=now - notice_rules.STALE_AFTER)
        )
        session.commit()
    carry(installation, sms=hand)
    assert hand.carried == []


def test_a_refusal_for_now_is_tried_again_later_and_not_for_ever(installation, anna):
    hand = Hand(*[NotNow() for _ in range(20)])
    post(installation, anna)
    tries = []
    for minute in range(120):
        if carry(installation, sms=hand, mail=Hand()) and len(hand.carried) > len(tries):
            tries.append(minute)
        installation.clock.forward(minutes=1)
    assert tries == [0, 1, 6, 21, 81]
    assert states(installation, anna) == [("mail", "sent", None), ("sms", "failed", "refused")]


def test_it_arrives_at_the_second_try(installation, anna):
    hand = Hand(NotNow())
    post(installation, anna)
    carry(installation, sms=hand)
    installation.clock.forward(seconds=59)
    carry(installation, sms=hand)
    assert len(hand.carried) == 1
    installation.clock.forward(seconds=1)
    carry(installation, sms=hand)
    assert states(installation, anna) == [("sms", "sent", None)]


@pytest.mark.parametrize("failure", [Unanswered(), RuntimeError("worker broke off")])
def test_what_may_have_gone_out_is_never_sent_again_and_mail_goes_instead(
    installation, anna, failure
):
    hand, post_office = Hand(failure), Hand()
    post(installation, anna)
    for _ in range(30):
        carry(installation, sms=hand, mail=post_office)
        installation.clock.forward(minutes=5)
    assert len(hand.carried) == len(post_office.carried) == 1
    assert states(installation, anna) == [("mail", "sent", None), ("sms", "unknown", "no_answer")]


@pytest.mark.parametrize("problem", [Problem.STOPPED, Problem.LANDLINE])
def test_who_gets_no_sms_is_told_so_gets_mail_and_gets_sms_on_a_new_phone(
    installation, anna, problem
):
    texts, letters = Hand(Refused(problem)), Hand()
    post(installation, anna)
    for key in ("two", "three"):
        carry(installation, sms=texts, mail=letters)
        carry(installation, sms=texts, mail=letters)
        post(installation, anna, key=key)
    carry(installation, sms=texts, mail=letters)
    assert len(texts.carried) == 1
    told = [one.text for one in letters.carried]
    assert told.count("Er staat een taak voor u klaar.") == 3
    assert told.count(notice_rules.text_of("sms_refused")) == 1
    house, now = installation.house, installation.clock.now()
    with house.database.session() as session:
        assert people.card(session, house.vault, anna.person_id).sms_refused == problem.value
        people.change(
            session, house.vault, installation.coordinator, anna.person_id, now,
            hotline_number=house.settings.hotline_number, phone="0612345699",
        )  # fmt: skip
        session.commit()
    post(installation, anna, key="four")
    carry(installation, sms=texts, mail=letters)
    assert texts.carried[-1].address == "+31612345699"


def test_a_landline_is_not_even_tried(installation):
    bram = installation.person("Bram", phone="+31701234567")
    texts, letters = Hand(), Hand()
    post(installation, bram)
    carry(installation, sms=texts, mail=letters)
    assert (len(texts.carried), len(letters.carried)) == (0, 1)


def test_whoever_left_is_told_nothing(installation, anna):
    installation.person("Bram")
    post(installation, anna)
    house = installation.house
    with house.database.session() as session:
        people.leave(
            session, house.vault, installation.coordinator, anna.person_id,
            installation.clock.now(),
        )  # fmt: skip
        session.commit()
    letters = Hand()
    carry(installation, mail=letters)
    assert letters.carried == []


def test_what_was_chosen_holds(installation, anna):
    house = installation.house
    with house.database.session() as session:
        deliveries.choose(session, anna.person_id, {Group.TASKS: [], Group.SHIFTS: [MAIL]})
        deliveries.choose(session, anna.person_id, {Group.TASKS: [MAIL], Group.ALARMS: []})
        session.commit()
        assert deliveries.preferences(session, [anna.person_id])[anna.person_id] == {
            Group.TASKS: {MAIL}, Group.SHIFTS: {MAIL},
        }  # fmt: skip
    texts, letters = Hand(), Hand()
    post(installation, anna, "task_waiting", "a")
    post(installation, anna, "nobody_on_duty", "b")
    carry(installation, sms=texts, mail=letters)
    assert len(texts.carried) == 1
    assert len(letters.carried) == 2


def test_a_far_end_that_is_down_holds_up_nothing_else(installation, anna):
    bram, carla = installation.person("Bram"), installation.person("Carla")
    for person in (anna, bram, carla):
        post(installation, person, "nobody_on_duty")
    texts, letters = Hand(NotNow()), Hand()
    carry(installation, sms=texts, mail=letters)
    assert (len(texts.carried), len(letters.carried)) == (1, 3)
    carry(installation, sms=texts, mail=letters)
    assert len(texts.carried) == 3


def test_two_workers_at_once_send_each_message_once(installation):
    team = [installation.person(f"Persoon {letter}") for letter in "abcdefgh"]
    hand = Hand()
    for person in team:
        post(installation, person)
    failures, ready = [], threading.Barrier(4)

    def work() -> None:
        ready.wait()
        try:
            while carry(installation, sms=hand):
                pass
        except Exception as failure:  # noqa: BLE001 - shown below
            failures.append(failure)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    carry(installation, sms=hand)
    assert failures == []
    assert len({one.id for one in hand.carried}) == len(hand.carried) == len(team)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_with_the_database_locked_nothing_is_sent_and_nothing_is_lost(installation, anna):
    hand = Hand()
    post(installation, anna)
    lock = installation.house.database.engine.raw_connection()
    lock.driver_connection.execute("BEGIN IMMEDIATE")
    impatient = Patience(answer=0.05, lock=0.05, file_lock=0.05)
    with within(impatient), pytest.raises(OperationalError, match="locked"):
        carry(installation, sms=hand)
    assert hand.carried == []
    lock.driver_connection.execute("ROLLBACK")
    lock.close()
    carry(installation, sms=hand)
    assert len(hand.carried) == 1


def test_deliveries_are_forgotten_after_a_month(installation, anna):
    post(installation, anna)
    carry(installation, sms=Hand())
    with installation.house.database.session() as session:
        now = installation.clock.now()
        assert deliveries.forget_old(session, now + timedelta(days=30)) == 0
        assert deliveries.forget_old(session, now + timedelta(days=31)) == 1


# ---- mail, over a real connection --------------------------------------------------------


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as box:
        yield box


@pytest.fixture
def mailing(mailbox: Mailbox, database_url: str, tmp_path: Path) -> Iterator[Installation]:
    founded = Installation(
        tmp_path, database_url, SMTP_URL=mailbox.url, MAIL_FROM="weerbaar@example.nl"
    )
    yield founded
    founded.close()


def letters(mailing: Installation) -> int:
    return carry(mailing, mail=mail.send)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_mail_is_one_text_of_the_list_and_the_bare_address(mailing, mailbox):
    anna = mailing.person("Anna", [Role.CONFIDANT, Role.COORDINATOR])
    with mailing.house.database.session() as session:
        deliveries.choose(session, anna.person_id, {Group.TASKS: [MAIL], Group.SHIFTS: [MAIL]})
        session.commit()
    for code in [*CODES, "unheard-of"]:
        post(mailing, anna, code, code)
    # As many rounds of the worker as it takes.
    rounds = len(CODES) // deliveries.AT_ONCE + 2
    assert sum(letters(mailing) for _ in range(rounds)) == len(CODES) + 1
    allowed = {mail.body_of(notice_rules.text_of(code), "http://127.0.0.1:8070") for code in CODES}
    allowed.add(mail.body_of("Er is nieuws voor u.", "http://127.0.0.1:8070"))
    assert {message.get_content() for _to, message in mailbox.received} == allowed
    assert {to for to, _message in mailbox.received} == {"anna@example.nl"}
    for _to, message in mailbox.received:
        assert message["Subject"] == "Bericht van Weerbaar"
        assert message["From"] == "Weerbaar <weerbaar@example.nl>"
        assert message["Auto-Submitted"] == "auto-generated"
        assert "Anna" not in message.as_string()
    assert len({message["Message-ID"] for _to, message in mailbox.received}) == len(CODES) + 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({"refuses_recipient": "550 nobody here"}, ("failed", "refused")),
        ({"refuses_recipient": "451 later"}, ("waiting", None)),
        ({"refuses_text": "554 no"}, ("failed", "refused")),
        ({"refuses_text": "452 full"}, ("waiting", None)),
        ({"goes_silent": True}, ("unknown", "no_answer")),
    ],
)
def test_what_the_mail_server_says_decides_whether_it_is_tried_again(
    mailing, mailbox, given, state
):
    anna = mailing.person("Anna")
    for name, value in given.items():
        setattr(mailbox, name, value)
    post(mailing, anna)
    letters(mailing)
    assert states(mailing, anna) == [("mail", *state)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_server_that_is_not_there_is_tried_again(mailing, mailbox):
    anna = mailing.person("Anna")
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        away = f"smtp://127.0.0.1:{taken.getsockname()[1]}"
        settings = mailing.settings.model_copy(
            update={"smtp_url": type(mailing.settings.smtp_url)(away)}
        )
        house = replace(mailing.house, settings=settings)
        parcel = Parcel(anna.person_id, "anna@example.nl", "x")
        with pytest.raises(NotNow):
            mail.send(house, parcel, mailing.clock.now())


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtps://een%40b.nl:w%2Fw@mail.example.nl", ("mail.example.nl", 465, True, True)),
        ("smtp://mail.example.nl:2525", ("mail.example.nl", 2525, False, True)),
        ("smtp://127.0.0.1:25", ("127.0.0.1", 25, False, False)),
    ],
)
def test_mail_leaves_this_machine_only_encrypted(tmp_path, url, expected):
    from tests.installation import settings_for

    settings = settings_for(
        tmp_path, "sqlite:///x.sqlite", SMTP_URL=url, MAIL_FROM="weerbaar@example.nl"
    )
    server = mail.server_of(settings)
    assert (server.host, server.port, server.implicit_tls, server.must_encrypt) == expected
    assert "w/w" not in repr(server)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_encryption_another_machine_gets_nothing(mailing, mailbox, monkeypatch):
    anna = mailing.person("Anna")
    monkeypatch.setattr(mail, "LOOPBACK", frozenset())
    post(mailing, anna)
    letters(mailing)
    assert mailbox.received == []
    assert states(mailing, anna) == [("mail", "waiting", None)]
