"""The pages of the files of a case, as a browser without scripts uses them."""

import io
import re

import pytest
from sqlalchemy import func, select

from tests.intake import foreign_files as files
from tests.intake.conftest import NOON, Visit
from weerbaar.accounts import sessions
from weerbaar.accounts.models import EnvelopeChunkRow, EnvelopeRow
from weerbaar.face import foreign
from weerbaar.intake import attachment_pages, attachment_receiving, sharing

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SECURE = "https://localhost"


@pytest.fixture
def case_id(desk):
    return desk.open_case(desk.anna)


def send(visit, case_id, *sent, note="", at=None, token=None):
    """Files in a form, with the token of the page."""
    path = f"/cases/{case_id}/attachments/new"
    token = token or Visit.token(visit.see(at or path).page)
    data = {
        "csrf_token": token,
        "note": note,
        "files": [(io.BytesIO(content), name) for content, name in sent],
    }
    return visit._took(
        visit.client.post(path, data=data, base_url=SECURE, content_type="multipart/form-data")
    )


def only(visit, case_id):
    return re.search(
        rf'href="(/cases/{case_id}/attachments/[0-9a-f-]{{36}})"',
        visit.see(f"/cases/{case_id}").page,
    )[1]


def raw(visit, path, **headers):
    return visit.client.get(path, base_url=SECURE, headers=headers)


def envelopes(desk):
    with desk.session() as session:
        return session.scalar(select(func.count()).select_from(EnvelopeRow)), session.scalar(
            select(func.count()).select_from(EnvelopeChunkRow)
        )


def test_a_screenshot_is_added_looked_at_saved_and_destroyed(desk, visit, case_id):
    anna = visit("anna")
    assert "Nog geen schermafdrukken" in anna.see(f"/cases/{case_id}").text
    sent = send(
        anna, case_id, (files.png(), "dreigement café.png"), note="Kwam om 3 uur 's nachts."
    )
    assert (sent.status, sent.location) == (303, f"/cases/{case_id}#attachments")
    page = anna.see(f"/cases/{case_id}")
    assert "De bijlage is toegevoegd." in page.page
    assert "dreigement café.png" in page.text
    assert "Kwam om 3 uur" in page.text
    at = only(anna, case_id)
    shown = anna.see(at)
    for text in ("dreigement café.png", "Kwam om 3 uur", "afbeelding", "SHA-256", "Anna"):
        assert text in shown.text, text
    assert f'src="{at}/shown"' in shown.page
    assert "café" not in re.search(r"<title>(.*?)</title>", shown.page)[1]

    picture = raw(anna, f"{at}/shown")
    assert files.PLACE not in picture.data
    assert len(picture.data) == len(files.png())
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.headers["Content-Security-Policy"] == foreign.POLICY
    assert "sandbox" in foreign.POLICY
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert picture.headers["Cache-Control"] == "no-store"
    assert re.fullmatch(
        r'inline; filename="bijlage-[0-9a-f]{8}\.png"', picture.headers["Content-Disposition"]
    )
    saved = raw(anna, f"{at}/original")
    assert saved.data == files.png()
    assert saved.headers["Content-Type"] == "application/octet-stream"
    assert saved.headers["Content-Disposition"].startswith('attachment; filename="bijlage-')

    assert "Dit kan niet terug" in anna.see(f"{at}/remove").text
    assert anna.send(f"{at}/remove").status == 303
    assert "Nog geen schermafdrukken" in anna.see(f"/cases/{case_id}").text
    for path in (at, f"{at}/shown", f"{at}/original", f"{at}/remove"):
        assert anna.see(path).status == 404


def test_several_at_once_and_those_refused_are_named(desk, visit, case_id):
    anna = visit("anna")
    sent = send(
        anna, case_id,
        (files.jpeg(), "foto.jpg"), (b"", "leeg.txt"), (b"MZ\x90\0\3", "foto\u202egnp.exe"),
        (files.PDF, "brief.pdf"), (files.jpeg(), "zelfde foto.jpg"),
    )  # fmt: skip
    assert sent.status == 422
    for text in (
        "“leeg.txt” is leeg.", "“fotognp.exe” is geen soort bestand dat wij aannemen.",
        "“zelfde foto.jpg” staat al bij deze casus.",
    ):  # fmt: skip
        assert text in sent.text
    kept = sent.text.partition("Wel toegevoegd")[2].partition("Toelichting")[0]
    assert "foto.jpg" in kept
    assert "brief.pdf" in kept
    page = anna.see(f"/cases/{case_id}").page
    assert page.count(f'href="/cases/{case_id}/attachments/') == 3


def test_too_large_and_too_many_are_said_and_nothing_stays(desk, visit, case_id, monkeypatch):
    anna, before = visit("anna"), envelopes(desk)
    monkeypatch.setattr(attachment_receiving, "LARGEST", 300_000)
    sent = send(anna, case_id, (b"%PDF-" + bytes(400_000), "groot.pdf"))
    assert sent.status == 422
    assert "“groot.pdf” is te groot" in sent.text
    assert "Kies eerst een bestand." in send(anna, case_id).text
    assert "Kies eerst een bestand." in send(anna, case_id, (b"", "")).text
    assert envelopes(desk) == before
    monkeypatch.setattr(attachment_pages, "MOST_AT_ONCE", 2)
    many = send(anna, case_id, *((f"tekst {one}".encode(), f"{one}.txt") for one in range(4)))
    assert "Hooguit tien bestanden tegelijk" in many.text
    assert envelopes(desk)[0] == before[0] + 2


def post(visit, path, token, content, *, name="x.pdf", end="\r\n--grens--\r\n", **fields):
    """A form by hand: the library's own client puts large files in temporary files, too."""
    fields = {"csrf_token": token, **fields}
    parts = [
        f'--grens\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    head = f'--grens\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    body = ("".join(parts) + head).encode() + content + end.encode()
    return visit.client.post(
        path, data=body, base_url=SECURE, content_type="multipart/form-data; boundary=grens"
    )


# The line breaks in the middle of a file: of it nothing stays.
def test_a_form_that_breaks_off_leaves_nothing(desk, visit, case_id):
    anna, before = visit("anna"), envelopes(desk)
    path = f"/cases/{case_id}/attachments/new"
    token = Visit.token(anna.see(path).page)
    answer = post(anna, path, token, b"%PDF-1.4" + bytes(900_000), end="")
    assert answer.status_code == 400
    assert envelopes(desk) == before


@pytest.mark.parametrize(
    ("content", "name", "media_type", "element"),
    [
        (files.jpeg(), "x.jpg", "image/jpeg", "<img"),
        (files.webp(), "x.webp", "image/webp", "<img"),
        (files.wav(), "x.wav", "audio/wav", "<audio"),
        (files.mp3(), "x.mp3", "audio/mpeg", "<audio"),
        (files.mp4(), "x.mp4", "video/mp4", "<video"),
        (files.PDF, "x.pdf", "application/pdf", "nieuw tabblad"),
        (b"<script>alert(1)</script>", "x.html", "text/plain; charset=utf-8", "&lt;script&gt;"),
        ("Zoë".encode("latin-1"), "x.txt", "text/plain; charset=windows-1252", "Zoë"),
    ],
)
def test_each_kind_is_shown_in_its_way(desk, visit, case_id, content, name, media_type, element):
    anna = visit("anna")
    send(anna, case_id, (content, name))
    at = only(anna, case_id)
    assert element in anna.see(at).page
    answer = raw(anna, f"{at}/shown")
    assert answer.headers["Content-Type"] == media_type
    policy = answer.headers["Content-Security-Policy"]
    assert policy == (foreign.POLICY_PDF if name == "x.pdf" else foreign.POLICY)
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_what_is_kept_only_is_not_shown(desk, visit, case_id):
    anna = visit("anna")
    send(anna, case_id, (files.png(wide=60_000, high=60_000), "bom.png"))
    at = only(anna, case_id)
    assert "hier niet laten zien" in anna.see(at).text
    assert anna.see(f"{at}/shown").status == 404
    assert len(raw(anna, f"{at}/original").data) > 0


def test_sound_can_be_asked_for_in_parts(desk, visit, case_id):
    anna = visit("anna")
    sound = files.wav(seconds=30, hidden=False)
    send(anna, case_id, (sound, "opname.wav"))
    at = only(anna, case_id)
    part = raw(anna, f"{at}/shown", Range="bytes=262000-263000")
    assert part.status_code == 206
    assert part.headers["Content-Range"] == f"bytes 262000-263000/{len(sound)}"
    assert part.data == sound[262000:263001]
    assert raw(anna, f"{at}/shown", Range=f"bytes={len(sound)}-").status_code == 416


def test_a_case_of_somebody_else_takes_no_file(desk, visit, case_id):
    before = envelopes(desk)
    bram = visit("bram")
    token = Visit.token(bram.see("/search").page)
    assert send(bram, case_id, (files.png(), "x.png"), token=token).status == 404
    assert bram.see(f"/cases/{case_id}/attachments/new").status == 404
    assert envelopes(desk) == before


def test_a_form_without_its_token_is_refused_before_its_file_is_read(desk, visit, case_id):
    before = envelopes(desk)
    assert send(visit("anna"), case_id, (files.png(), "x.png"), token="geen").status == 400
    assert envelopes(desk) == before


# The library would write a large file to a temporary file before any page sees it.
def test_no_file_is_ever_written_to_a_disk(desk, visit, case_id, monkeypatch):
    def refuse(*_args, **_more):
        raise AssertionError("a temporary file was asked for")

    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refuse)
    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    anna, path = visit("anna"), f"/cases/{case_id}/attachments/new"
    large = b"%PDF-1.4" + bytes(3_000_000)
    assert post(anna, path, Visit.token(anna.see(path).page), large).status_code == 303
    # On a page that receives none, a file is read away.
    token = Visit.token(anna.see(f"/cases/{case_id}").page)
    note = {"text": "Een notitie.", "kind": "note"}
    answer = post(anna, f"/cases/{case_id}/notes", token, large[:900_000], **note)
    assert answer.status_code == 303
    assert "Een notitie." in anna.see(f"/cases/{case_id}").text


# Whoever is not signed in cannot make the house read, let alone hold, what only a file may be.
def test_a_stranger_cannot_send_more_than_a_form(app, case_id):
    path, client = f"/cases/{case_id}/attachments/new", app.test_client()
    app.config["MAX_CONTENT_LENGTH"] = 200_000
    kind = "multipart/form-data; boundary=grens"
    head = b'--grens\r\nContent-Disposition: form-data; name="note"\r\n'
    for content_type, body in (
        ("application/x-www-form-urlencoded", b"note=" + b"x" * 300_000),
        (kind, b"x" * 300_000),
        (kind, head + b"X-Long: " + b"x" * 300_000),
        (kind, head + b"\r\n" + b"x" * 300_000),
    ):
        answer = client.post(path, data=body, base_url=SECURE, content_type=content_type)
        assert answer.status_code == 413, content_type


# ---- a session that is over ----------------------------------------------------------------


def test_a_locked_session_says_that_the_file_was_not_kept(desk, visit, case_id):
    anna, before = visit("anna"), envelopes(desk)
    path = f"/cases/{case_id}/attachments/new"
    token = Visit.token(anna.see(path).page)
    desk.installation.clock.forward(minutes=20)
    sent = send(anna, case_id, (files.png(), "x.png"), token=token)
    assert sent.status == 401
    assert "Het bestand is niet opgeslagen" in sent.text
    assert f"next={path}" in sent.page.replace("%2F", "/")
    assert envelopes(desk) == before


@pytest.mark.parametrize("out", [False, True])
def test_a_session_that_ends_while_a_file_comes(desk, visit, case_id, monkeypatch, out):
    anna, before = visit("anna"), envelopes(desk)
    receive = attachment_receiving.receive

    def slowly(*args):
        received = receive(*args)
        if not out:
            desk.installation.clock.forward(minutes=20)
            return received
        cookie = anna.client.get_cookie(sessions.COOKIE).value
        with desk.session() as session:
            seat = sessions.load(session, desk.vault, cookie, NOON, active=False)
            sessions.sign_out(session, desk.vault, seat, NOON)
            session.commit()
        return received

    monkeypatch.setattr(attachment_receiving, "receive", slowly)
    sent = send(anna, case_id, (files.png(), "x.png"))
    assert sent.status == 401
    assert "Het bestand is niet opgeslagen" in sent.text
    assert envelopes(desk) == before


# ---- sharing -------------------------------------------------------------------------------


def test_sharing_offers_each_file_to_tick(desk, visit, case_id):
    anna = visit("anna")
    send(anna, case_id, (files.png(), "schermafdruk.png"), (files.PDF, "brief.pdf"))
    page = anna.see(f"/cases/{case_id}/share")
    assert "Bijlagen die u deelt" in page.text
    boxes = re.findall(r'name="attachments"[^>]*value="([^"]+)"', page.page)
    assert len(boxes) == 2
    bram = str(desk.bram.person_id)
    shared = anna.send(
        f"/cases/{case_id}/share",
        {"person": bram, "parts": "who_what", "attachments": boxes[:1]},
        at=f"/cases/{case_id}/share",
    )
    assert shared.status == 303
    seen = visit("bram").see(f"/cases/{case_id}").page
    assert seen.count(f'href="/cases/{case_id}/attachments/') == 2
    assert boxes[0] in seen
    assert boxes[1] not in seen
    assert visit("bram").see(f"/cases/{case_id}/attachments/{boxes[1]}").status == 404


def test_a_case_without_files_offers_none(desk, visit, case_id):
    assert "Bijlagen die u deelt" not in visit("anna").see(f"/cases/{case_id}/share").text
    desk.do(sharing.share, desk.anna, case_id, desk.bram.person_id, {"what"}, NOON)
