"""A mail to the tour becomes an enquiry, once, whatever it is made of."""

from email.message import EmailMessage

import pytest

from tests.tour.conftest import NOON
from tests.tour.imapbox import ImapBox
from weerbaar.accounts.house import House
from weerbaar.config.settings import SettingsRefused, load_settings
from weerbaar.tour import enquiries, mailbox


def mail(text="Wat kost een sessie?", *, html=False, **headers):
    made = EmailMessage()
    made["From"] = "Griffier Voorbeeld <griffie@example.nl>"
    made["Subject"] = "De tour"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    if html:
        made.set_content(text, subtype="html")
    else:
        made.set_content(text)
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
        9: b"x" * (mailbox.LARGEST + 1),
    }
    assert mailbox.take_in(house, NOON) == 2
    assert box.seen == {3, 4, 7}
    found = {each.text for each in questions(bureau)}
    assert found == {"De tour\n\nWat kost een sessie?", "De tour\n\nKunt u bellen?\nGroet"}
    assert {(each.name, each.reach) for each in questions(bureau)} == {
        ("Griffier Voorbeeld", "griffie@example.nl")
    }
    assert mailbox.take_in(house, NOON) == 0


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
        (b"", None),
    ],
)  # fmt: skip
def test_whatever_a_mail_is_made_of_its_words_are_read(raw, text):
    found = mailbox.question_of(raw)
    assert (None if found is None else found.text) == text


def test_a_mailbox_elsewhere_is_only_read_over_tls():
    with pytest.raises(SettingsRefused) as refused:
        load_settings({"WEERBAAR_IMAP_URL": "imap://tour:geheim@mail.example.nl/INBOX"})
    assert "geheim" not in str(refused.value)
    assert load_settings({"WEERBAAR_IMAP_URL": "imaps://a:b@mail.example.nl"}).imap_url
