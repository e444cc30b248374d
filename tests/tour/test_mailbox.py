"""A mail to the tour becomes an enquiry, once, whatever it is made of."""

from datetime import timedelta
from email.message import EmailMessage
from uuid import uuid4

import pytest

from tests.tour.conftest import NOON
from tests.tour.imapbox import ImapBox
from weerbaar.accounts.house import House
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.config.settings import SettingsRefused, load_settings
from weerbaar.tour import enquiries, mail_reading, mailbox
from weerbaar.tour.enquiries import SetAside
from weerbaar.tour.working_models import MailboxClaimRow
from weerbaar.web import doctor
from weerbaar.web.doctor import Level


def mail(text="Wat kost een sessie?", *, html=False, attached=False, **headers):
    made = EmailMessage()
    made["From"] = "Griffier Voorbeeld <griffie@example.nl>"
    made["Subject"] = "De tour"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    if html:
        made.set_content(text, subtype="html")
    else:
        made.set_content(text)
    if attached:
        made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="x.pdf")
    return made.as_bytes()


@pytest.fixture
def box():
    with ImapBox() as box:
        yield box


def house_with(bureau, box):
    house = bureau.house
    settings = house.settings.model_copy(
        update={"imap_url": load_settings({"WEERBAAR_IMAP_URL": box.url}).imap_url}
    )
    return House(settings, house.database, house.vault, house.clock)


def questions(bureau):
    return [each.question for each in bureau.sealed(enquiries.listing, bureau.toos, NOON)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_mail_becomes_an_enquiry_and_is_read_once(bureau, box):
    house = house_with(bureau, box)
    box.mails = {
        3: mail(),
        4: mail(html=True, text="<style>p{}</style><p>Kunt u <b>bellen</b>?</p><p>Groet</p>"),
        7: mail(Auto_Submitted="auto-replied"),
    }
    assert mailbox.take_in(house, NOON) == 2
    assert box.seen == {3, 4, 7}
    assert box.flagged == set()
    found = {each.text for each in questions(bureau)}
    assert found == {"De tour\n\nWat kost een sessie?", "De tour\n\nKunt u bellen?\nGroet"}
    assert {(each.name, each.reach) for each in questions(bureau)} == {
        ("Griffier Voorbeeld", "griffie@example.nl")
    }
    assert mailbox.take_in(house, NOON) == 0


LONE = b"From: a@example.nl\nContent-Type: text/plain; charset=utf-7\n\na+2AE-b\n"
# Reading it takes half an hour.
SLOW = b"From: Traag <b@example.nl>\nContent-Type: text/html\n\n" + b"<a" * 1_000_000
# Python refuses to make a number of so many digits.
BROKEN = b"From: c@example.nl\nContent-Type: text/html\n\n&#" + b"9" * 5_000 + b";"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_mail_that_cannot_be_taken_in_whole_says_so_and_stops_no_other(
    bureau, box, visit, monkeypatch
):
    monkeypatch.setattr(mail_reading, "SECONDS", 4)
    house = house_with(bureau, box)
    large = mail().partition(b"\n\n")[0] + b"\n\n" + b"x" * mailbox.LARGEST
    picture = b"From: d@example.nl\nContent-Type: image/png\n\nx\n"
    long = mail("Vraag. " * 1_200)
    box.mails = {1: LONE, 2: SLOW, 3: BROKEN, 4: large, 5: picture, 6: mail("Tot slot"), 7: long,
                 8: mail("Zie de bijlage", attached=True)}  # fmt: skip
    assert mailbox.take_in(house, NOON) == 8
    assert box.seen == set(range(1, 9))
    assert box.flagged == {2, 3, 4, 5, 7, 8}
    assert {(each.reach, each.text, each.set_aside) for each in questions(bureau)} == {
        ("a@example.nl", "a\ufffdb", None),
        ("b@example.nl", "", SetAside.UNREADABLE),
        ("c@example.nl", "", SetAside.UNREADABLE),
        ("griffie@example.nl", "De tour", SetAside.TOO_LARGE),
        ("d@example.nl", "", SetAside.NO_TEXT),
        ("griffie@example.nl", "De tour\n\nTot slot", None),
        ("griffie@example.nl", ("De tour\n\n" + "Vraag. " * 1_200)[:8_000], SetAside.SHORTENED),
        ("griffie@example.nl", "De tour\n\nZie de bijlage", SetAside.ATTACHMENTS),
    }
    shown = visit("toos").see("/tour/enquiries").text
    assert "Deze mail is te groot. Lees de mail in de mailbox van de tour." in shown
    assert "Tot slot" in shown
    assert "Ingekort: deze mail is te lang." in shown
    assert "Bij deze mail zitten bijlagen." in shown


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_mails_that_the_server_does_not_give_are_tried_again_and_stand_before_no_other(bureau, box):
    house = house_with(bureau, box)
    box.mails = {number: mail(f"Vraag {number}") for number in range(1, 23)}
    box.silent = set(range(1, 21))
    assert mailbox.take_in(house, NOON) == 2
    assert box.seen == {21, 22}
    box.silent = set(range(2, 21))
    assert mailbox.take_in(house, NOON) == 1
    assert box.seen == {1, 21, 22}


def test_two_workers_take_one_mail_in_once(bureau, box):
    house = house_with(bureau, box)
    box.mails, others = {1: mail()}, []
    box.meanwhile = lambda: others.append(mailbox.take_in(house, NOON))
    assert mailbox.take_in(house, NOON) == 1
    assert others == [0]
    assert len(questions(bureau)) == 1


def test_a_worker_that_died_stands_in_the_way_of_the_others_for_a_while_only(bureau, box):
    house = house_with(bureau, box)
    box.mails = {1: mail()}
    with bureau.session() as session:
        session.add(MailboxClaimRow(id=1, holder=uuid4(), until=NOON + mailbox.CLAIM))
        session.commit()
    assert mailbox.take_in(house, NOON + timedelta(minutes=2)) == 0
    assert mailbox.take_in(house, NOON + mailbox.CLAIM) == 1


def test_where_nothing_can_be_sealed_a_mail_stays_unread(bureau, box, monkeypatch):
    house = house_with(bureau, box)
    box.mails = {1: mail()}

    def gone(*_args, **_kwargs):
        raise KeyStoreGone

    with monkeypatch.context() as patch:
        patch.setattr(enquiries.envelopes, "seal", gone)
        with pytest.raises(KeyStoreGone):
            mailbox.take_in(house, NOON)
    assert box.seen == set()
    assert mailbox.take_in(house, NOON) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_mailbox_that_does_not_answer_stops_nothing(bureau, box):
    house = house_with(bureau, box)
    box.mails, box.refuses = {1: mail()}, True
    assert mailbox.take_in(house, NOON) == 0
    box.refuses = False
    postman = mailbox.Postman()
    assert postman.look(house, NOON) == 0
    postman.wait()
    assert len(questions(bureau)) == 1
    assert postman.look(bureau.house, NOON) == 0


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"From: a@example.nl\nSubject: =?utf-8?q?Vraag_over_S=C3=BAdwest?=\n\n", "Vraag over Súdwest"),
        (b"From: a@example.nl\nContent-Type: text/plain; charset=nowhere\n\nHallo\n", "Hallo"),
        (b"no mail at all", "no mail at all"),
        (b"", ""),
    ],
)  # fmt: skip
def test_whatever_a_mail_is_made_of_its_words_are_read(raw, text):
    assert mail_reading.letter_of(raw).text == text


def test_a_mailbox_elsewhere_is_only_read_over_tls():
    with pytest.raises(SettingsRefused) as refused:
        load_settings({"WEERBAAR_IMAP_URL": "imap://tour:geheim@mail.example.nl/INBOX"})
    assert "geheim" not in str(refused.value)
    assert load_settings({"WEERBAAR_IMAP_URL": "imaps://a:b@mail.example.nl"}).imap_url


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_when_the_mailbox_was_read_last_is_told_by_the_doctor(bureau, box):
    house, clock = house_with(bureau, box), bureau.installation.clock

    def said(after):
        clock.set(NOON + timedelta(minutes=after))
        found = doctor.tour_mailbox(house, clock.now())
        return found.level, found.says.partition(":")[0]

    assert doctor.tour_mailbox(bureau.house, NOON).level is Level.OK
    box.refuses = True
    mailbox.take_in(house, NOON)
    assert said(0) == (Level.WARN, "never read to its end")
    box.refuses = False
    for minutes in (0, 2):
        clock.set(NOON + timedelta(minutes=minutes))
        mailbox.take_in(house, clock.now())
    assert said(30) == (Level.OK, "last read 28 minutes ago")
    # A server that answers and gives nothing of what is unread was not read.
    box.mails, box.silent = {1: mail()}, {1}
    mailbox.take_in(house, clock.now())
    assert said(33) == (Level.WARN, "last read 31 minutes ago, so mails wait unseen")
