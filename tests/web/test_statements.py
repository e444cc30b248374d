"""What anybody may read: it is as complete as the settings, in both languages, and invents nothing."""

import threading
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.accounts.visitor import Visitor
from tests.installation import START, Installation, settings_for
from weerbaar.config.settings import SettingsRefused
from weerbaar.web import doctor, statements, wellknown
from weerbaar.web.app import create_app
from weerbaar.web.doctor import Level

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

TODAY = START.date()
COMPLETE = {
    "ORGANISATION": "Stichting Voorbeeld",
    "PRIVACY_CONTACT": "privacy@voorbeeld.example",
    "PRIVACY_OFFICER": "https://voorbeeld.example/fg",
    "PRIVACY_BASIS": "een taak van algemeen belang",
    "PRIVACY_BASIS_EN": "a task in the public interest",
    "ACCESSIBILITY_CONTACT": "toegankelijk@voorbeeld.example",
    "ACCESSIBILITY_TESTED": "2025-06-01",
    "ACCESSIBILITY_LIMITS": "de kaart van de tour | oude PDF's",
    "ACCESSIBILITY_LIMITS_EN": "the map of the tour | old PDFs",
}


@pytest.fixture
def stranger(database_url, foundation, tmp_path):
    made = []

    def come(**settings):
        made.append(Installation(tmp_path, database_url, foundation, **settings))
        return Visitor(create_app(made[-1].house))

    yield come
    for one in made:
        one.close()


def test_a_stranger_reads_who_is_responsible_and_what_he_may_ask(stranger):
    visitor = stranger(**COMPLETE)
    assert "/privacy-statement" in visitor.see("/sign-in").page
    text = visitor.see("/privacy-statement").text
    for said in ("Stichting Voorbeeld", "privacy@voorbeeld.example", "een taak van algemeen belang",
                 "Autoriteit Persoonsgegevens", "binnen een maand", "Casus: wie het is"):  # fmt: skip
        assert said in text
    assert "niet compleet" not in text
    assert 'href="https://voorbeeld.example/fg"' in visitor.page
    text = visitor.see("/accessibility").text
    for said in ("zondag 1 juni 2025", "oude PDF's", "toegankelijk@voorbeeld.example"):
        assert said in text
    assert "niet compleet" not in text


def test_in_english_the_english_texts_are_shown(stranger):
    visitor = stranger(**COMPLETE)
    text = visitor.see("/privacy-statement", Accept_Language="en").text
    assert "a task in the public interest" in text
    assert "algemeen belang" not in text
    text = visitor.see("/accessibility", Accept_Language="en").text
    assert "old PDFs" in text
    assert "oude" not in text


def test_what_is_not_set_is_said_to_be_missing(stranger):
    visitor = stranger()
    for page in ("/privacy-statement", "/accessibility"):
        text = visitor.see(page).text
        assert "Deze verklaring is nog niet compleet" in text
        assert "Dit is nog niet ingevuld." in text
    assert "nog niet gedaan" in text


def test_the_doctor_names_what_is_missing_and_what_is_old(database_url, tmp_path):
    def found(today=TODAY, **settings):
        checks = doctor.public_statements(settings_for(tmp_path, database_url, **settings), today)
        return {one.name: one for one in checks}

    assert {one.level for one in found(**COMPLETE).values()} == {Level.OK}
    less = {name: value for name, value in COMPLETE.items() if name != "PRIVACY_OFFICER"}
    assert found(**less)["privacy statement"].details == ("WEERBAAR_PRIVACY_OFFICER",)
    old = found(date(2028, 6, 1), **COMPLETE)["accessibility statement"]
    assert (old.level, "36 months" in old.says) == (Level.WARN, True)
    assert found(date(2028, 5, 31), **COMPLETE)["accessibility statement"].level is Level.OK
    assert statements.lines(" | ") == []


@pytest.mark.parametrize("contact", ["http://voorbeeld.example", "iemand", "a@b.nl\nBcc: c@d.nl"])
def test_a_contact_that_nobody_can_use_is_refused(database_url, tmp_path, contact):
    with pytest.raises(SettingsRefused, match="WEERBAAR_PRIVACY_CONTACT"):
        settings_for(tmp_path, database_url, PRIVACY_CONTACT=contact)


@pytest.fixture
def outside():
    """What stands before the house on its public address, and answers what it is told to."""

    class Answering(BaseHTTPRequestHandler):
        text = ""

        def do_GET(self):
            self.send_response(200 if self.path == wellknown.PLACE else 404)
            self.end_headers()
            self.wfile.write(Answering.text.encode())

        def log_message(self, *_given):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Answering, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_doctor_reads_the_file_as_it_goes_out(database_url, tmp_path, outside):
    answering, address = outside
    mine = "mailto:lek@voorbeeld.example"
    settings = settings_for(tmp_path, database_url, SECURITY_CONTACT=mine, PUBLIC_URL=address)

    def level(days, contact=mine):
        expires = START + timedelta(days=days)
        answering.text = f"Contact: {contact}\nExpires: {expires:%Y-%m-%dT%H:%M:%SZ}\n"
        return doctor.security_file(settings, START).level

    assert level(180) is Level.OK
    assert level(-1) is Level.WARN
    assert level(400) is Level.WARN
    assert level(180, "mailto:x@y.example") is Level.WARN
    answering.text = f"Contact: {mine}\nExpires: soon\n"
    assert doctor.security_file(settings, START).level is Level.WARN
    bare = settings_for(tmp_path, database_url)
    assert doctor.security_file(bare, START).level is Level.WARN
