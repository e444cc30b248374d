"""What goes out on paper: without others, without code words, from memory alone, told in the trail."""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pypdf
import pytest

import weerbaar
from tests.intake import foreign_files
from tests.intake.conftest import NOON
from weerbaar.accounts import trail_reading
from weerbaar.face import paper
from weerbaar.intake import (
    attachment_receiving,
    attachments,
    casework,
    consents,
    disclosures,
    retention,
    rights,
    rights_content,
    rights_others,
    rights_paper,
    sharing,
)
from weerbaar.intake.casework import NotYourCase
from weerbaar.intake.consent_codes import POLICE_COMPLAINT
from weerbaar.intake.content import Who
from weerbaar.intake.errors import NoConsent
from weerbaar.intake.rights_content import LeftOut, Request
from weerbaar.intake.rights_paper import Purpose
from weerbaar.intake.rights_rules import Answer as How
from weerbaar.intake.rights_rules import Ground, Piece, Right

WHO = Who(case_id="x", name="Zoë van Dam", caller_number="+31612345678")
STATIC = Path(weerbaar.__file__).parent / "static"


def found(text, staff=("Anna Achterberg",)):
    return {one.text: one.sure for one in rights_others.others([text], WHO, staff)}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Gisteren stond Kees de Boer bij de deur.", {"Kees de Boer": True}),
        ("De melder zag hem. Jansen dreigde weer.", {"Jansen": False}),
        ("Zoë van Dam zei tegen Zoe dat het mag.", {}),
        ("Hij belde met 06-87654321, zij met 06 12345678.", {"06-87654321": True}),
        ("Gisteren kwam post van k.boer@voorbeeld.nl.", {"k.boer@voorbeeld.nl": True}),
        ("Ik sprak met anna over het OM.", {"anna": True, "OM": False}),
        ("Een man van M. de Vries. Daarna was het stil.", {"M. de Vries": True}),
        ("De politie komt morgen.", {}),
    ],
)
def test_what_may_name_somebody_else(text, wanted):
    assert found(text) == wanted


def test_what_is_left_out_is_left_out_everywhere():
    text = "Kees de Boer belde. KEES DE BOER (06-87654321) kwam, en Kees-Jan niet. Zoë zag het."
    out = rights_others.struck(text, ["Kees de Boer", "0687654321", "zoe"])
    left = rights_others.LEFT_OUT
    assert out == f"{left} belde. {left} ({left}) kwam, en Kees-Jan niet. {left} zag het."
    assert rights_others.struck(text, []) == text


# ---- made of a case ------------------------------------------------------------------------

STORY = "Kees de Boer stond voor de deur en riep iets over het asielplan."


def case_of(desk, **more):
    return desk.open_case(desk.anna, narrative=STORY, name="Zoë van Dam",
                          code_word="geheimwoord", duress_word="noodwoord",
                          caller_number="+31612345678", **more)  # fmt: skip


def source(desk, actor, case_id, purpose=Purpose.ACCESS):
    return desk.do(rights_paper.source, actor, case_id, purpose, NOON)


def test_only_who_decides_makes_one_and_it_holds_no_words(desk):
    case_id = case_of(desk)
    desk.do(casework.add_note, desk.anna, case_id, "Kees de Boer belde zelf.", NOON)
    desk.do(sharing.share, desk.anna, case_id, desk.esther.person_id, {"what"}, NOON)
    with pytest.raises(sharing.NotYoursToShare):
        source(desk, desk.esther, case_id)
    with pytest.raises(NotYourCase):
        source(desk, desk.bram, case_id)
    whole = source(desk, desk.anna, case_id)
    (boer,) = [one for one in whole.others if one.sure]
    made = whole.without([boer.text], [one.key for one in whole.passages])
    said = " ".join(piece.text for _one, pieces in made.passages for piece in pieces
                    if not piece.marked)  # fmt: skip
    assert "Boer" not in said
    assert "asielplan" in said
    assert not re.search("geheimwoord|noodwoord", repr(vars(made)) + said + str(made.person))
    # A text that changed since it was looked at does not slip in under the old tick.
    ticked = [one.key for one in whole.passages]
    desk.do(casework.add_note, desk.anna, case_id, "Nieuw over Piet.", NOON)
    assert len(source(desk, desk.anna, case_id).without([], ticked).passages) == len(ticked)


MAKING = """
import sys
from pathlib import Path
from weerbaar.face import paper
told = []
def note(event, args):
    if event == "open" and (isinstance(args[1], str) and set(args[1]) & set("wax+")
                            or isinstance(args[2], int) and args[2] & 3):
        told.append(str(args[0]))
    elif event.startswith("socket.") and event != "socket.gethostname":
        told.append(event)
assert paper.available()
sys.addaudithook(note)
made = paper.pdf(sys.stdin.read(), Path(sys.argv[1]))
kept = list(told)
sys.stderr.write("\\n".join(kept))
sys.stdout.buffer.write(made)
"""


# In a process of its own: what it opens to write, and what it asks of a network, is noted.
def test_a_pdf_is_made_in_memory_and_fetches_nothing(tmp_path):
    html = (
        "<html lang=nl><head><title>Overzicht</title></head><body><h1>Zoë Ŵ</h1>"
        "<img src='http://127.0.0.1:1/x.png' alt='x'><img src='file:///etc/hostname' alt='y'>"
        "<p>Een marker-tekst.</p></body></html>"
    )
    done = subprocess.run(
        [sys.executable, "-c", MAKING, str(STATIC)], input=html.encode(), capture_output=True,
        check=True, env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    reader = pypdf.PdfReader(io.BytesIO(done.stdout))
    text = "".join(page.extract_text() for page in reader.pages)
    assert "marker-tekst" in text
    assert "Zoë Ŵ" in text
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    # The library puts our fonts in a folder of its own for as long as it draws.
    written = [Path(one) for one in done.stderr.decode().splitlines()]
    assert len(written) == len(paper.FONTS)
    assert {one.parent.parent for one in written} == {tmp_path}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_page_sends_what_was_left_in(desk, visit):
    case_id = case_of(desk)
    path = f"/cases/{case_id}/rights/document"
    anna = visit("anna").see(path)
    assert "Kees de Boer" in anna.text
    assert visit("bram").see(path).status == 404
    (passage,) = source(desk, desk.anna, case_id).passages
    fields = {"out": "Kees de Boer", "more": "asielplan", "kept": passage.key, "as": "page"}
    assert anna.send(path, {**fields, "as": "look"}).status == 200
    assert anna.send(path, fields).status == 200
    for word in ("Kees", "asielplan", "geheimwoord"):
        assert word not in anna.text
    assert "[weggelaten] stond voor de deur" in anna.text
    assert "Zoë van Dam" in anna.text
    with desk.session() as session:
        facts = trail_reading.of_objects(session, [case_id], newest=20)
    assert [one.action for one in facts].count("case.access-document") == 1
    token = anna.token(anna.see(path).page)
    answer = anna.client.post(path, data={**fields, "csrf_token": token, "as": "pdf"},
                              base_url="https://localhost")  # fmt: skip
    assert answer.status_code == 200
    assert re.fullmatch(r'attachment; filename="document-[0-9a-f]{8}\.pdf"',
                        answer.headers["Content-Disposition"])  # fmt: skip
    assert answer.headers["Cache-Control"] == "no-store"
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.data)).pages)
    assert "stond voor de deur" in text
    assert "Kees" not in text


def test_who_else_answers_the_telephone_is_left_out_too(desk):
    case_id = case_of(desk, if_other_answers="Mijn man heet Piet Jansen.", safe_hours="ma 9-12")
    whole = source(desk, desk.anna, case_id)
    assert "Piet Jansen" in [one.text for one in whole.others if one.sure]
    made = dict(whole.without(["Piet Jansen"], []).person)
    assert rights_others.LEFT_OUT in str(made)
    assert "Jansen" not in str(made)
    assert "ma 9-12" in made.values()


# ---- what may do harm to tell ---------------------------------------------------------------


def delicate(desk):
    """A case of which something was told without consent, and that is held; with a request."""
    case_id = case_of(desk)
    texts = dict.fromkeys(
        ("tried", "conflict", "no_other_way", "helps", "consulted"), "Dat is overlegd."
    )
    grounds = disclosures.Grounds(
        **texts, harm="Hij dreigde met een aanslag.", told="De naam van de dader.",
        to_whom="de politie", official_told=True,
    )  # fmt: skip
    desk.do(disclosures.decide, desk.anna, case_id, grounds, desk.bram.person_id, NOON)
    until = NOON.date() + timedelta(days=90)
    desk.do(retention.hold, desk.anna, case_id, "De rechter wil het zien.", until, NOON)
    return case_id


def asked(desk, case_id, right=Right.ACCESS):
    request = Request(right, "Zoë belt zelf", case_id=str(case_id))
    return desk.do(rights.receive, desk.anna, request, NOON.date(), desk.anna.person_id, NOON)


def left_out_of(desk, request_id):
    return desk.do(rights.read, desk.anna, request_id, NOON)[1].left_out


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_disclosure_and_a_hold_are_given_or_left_out_for_a_reason(desk, visit):
    case_id = delicate(desk)
    whole = source(desk, desk.anna, case_id)
    told, held = whole.delicate
    # Our own words before each answer name nobody.
    assert not {"Waarom", "Welk", "Aan"} & {one.text for one in whole.others}
    assert (told.piece, held.piece) == (Piece.DISCLOSURE, Piece.HOLD)
    path = f"/cases/{case_id}/rights/document"
    anna = visit("anna").see(path)
    for word in ("de politie", "De rechter wil het zien.", "geen open verzoek om inzage"):
        assert word in anna.text
    one, other = told.passage.key, held.passage.key
    fields = {"as": "page", "says": "yes", f"choice_{one}": "crime", f"choice_{other}": "given"}
    # Undecided, without a reason, and without a request to seal the reason with.
    assert anna.send(path, {"as": "page"}).status == 422
    assert "Kies of dit erin komt." in anna.text
    assert anna.send(path, fields).status == 422
    assert "Vul in waarom u dit weglaat." in anna.text
    fields[f"why_{one}"] = "De recherche vroeg erom."
    asked(desk, case_id, Right.ERASURE)
    assert anna.send(path, fields).status == 422
    assert "Leg eerst het verzoek om inzage vast." in anna.text
    request_id = asked(desk, case_id)
    for says in ("no", "yes"):
        assert anna.send(path, {**fields, "says": says}).status == 200
        assert "De rechter wil het zien." in anna.text
        for word in ("de politie", "aanslag", "recherche", "als u dat goedvindt"):
            assert word not in anna.text
        assert ("Wij hebben iets weggelaten." in anna.text) is (says == "yes")
    anna.send(path, fields)
    kept = left_out_of(desk, request_id)
    assert [(each.piece, each.ground, each.why, each.said) for each in kept] == [
        (Piece.DISCLOSURE, Ground.CRIME, "De recherche vroeg erom.", says) for says in (False, True)
    ]
    anna.see(f"/privacy/requests/{request_id}")
    assert "om een strafbaar feit te voorkomen of te onderzoeken. De recherche" in anna.text
    # All of it given: nothing is said to be left out.
    anna.send(path, {**fields, f"choice_{one}": "given"})
    assert "Aan wie: de politie" in anna.text
    assert "Wij hebben iets weggelaten." not in anna.text


def test_a_reason_is_sealed_with_an_open_request_for_access_alone(desk):
    case_id = delicate(desk)
    facts = LeftOut(Piece.HOLD, "2027-02-22", Ground.COURT, "Zaak.", True, "2026-11-24", "x")
    other, request_id = asked(desk, case_id, Right.ERASURE), asked(desk, case_id)
    with pytest.raises(rights.NoSuchRequest):
        desk.do(rights.leave_out, desk.anna, other, [facts], NOON)
    with pytest.raises(rights.NoSuchRequest):
        desk.do(rights.leave_out, desk.bram, request_id, [facts], NOON)
    with pytest.raises(rights.WantsReason):
        desk.do(rights.leave_out, desk.anna, request_id, [replace(facts, why=" ")], NOON)
    for _ in range(2):
        desk.do(rights.leave_out, desk.anna, request_id, [facts], NOON)
    assert left_out_of(desk, request_id) == (facts,)
    desk.do(rights.answer, desk.anna, request_id, How.PARTLY, "Niet alles.", NOON)
    with pytest.raises(rights.Answered):
        desk.do(rights.leave_out, desk.anna, request_id, [facts], NOON)


def test_a_request_of_before_opens(desk):
    document = json.loads(rights_content.to_bytes(Request(Right.ACCESS, "Zoë")))
    del document["left_out"]
    document["schema"] = 1
    assert rights_content.from_bytes(json.dumps(document).encode()).left_out == ()


# ---- for an aangifte -----------------------------------------------------------------------


def consent(desk, case_id):
    terms = consents.Terms(purpose=POLICE_COMPLAINT, to_whom="politie", scope="het verhaal",
                           given_by="official", how="spoken", given_on=NOON.date())  # fmt: skip
    return desk.do(consents.give, desk.anna, case_id, terms, NOON)


def test_without_consent_nothing_goes_out_for_an_aangifte(desk):
    case_id = case_of(desk)
    with pytest.raises(NoConsent):
        source(desk, desk.anna, case_id, Purpose.COMPLAINT)
    record = consent(desk, case_id)
    assert source(desk, desk.anna, case_id, Purpose.COMPLAINT).passages
    until = NOON.date() + timedelta(days=90)
    desk.do(retention.hold, desk.anna, case_id, "Blijft.", until, NOON)
    assert source(desk, desk.anna, case_id, Purpose.COMPLAINT).delicate == ()
    desk.do(consents.withdraw, desk.anna, case_id, record, NOON)
    with pytest.raises(NoConsent):
        source(desk, desk.anna, case_id, Purpose.COMPLAINT)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_aangifte_gets_the_timeline_and_the_digests_of_the_files(desk, visit):
    case_id = case_of(desk)
    path = f"/cases/{case_id}/export"
    anna = visit("anna").see(path)
    assert anna.status == 200
    assert "Er is geen toestemming" in anna.text
    consent(desk, case_id)
    shot = foreign_files.png()
    received = attachment_receiving.receive(
        desk.installation.house, "schermafdruk.png", [shot], NOON
    )
    desk.do(attachments.keep, desk.anna, case_id, received, "", NOON)
    (passage,) = source(desk, desk.anna, case_id, Purpose.COMPLAINT).passages
    fields = {"kept": passage.key, "as": "page"}
    assert anna.send(path, fields).status == 200
    assert hashlib.sha256(shot).hexdigest() in anna.text
    assert "asielplan" in anna.text
    for word in ("geheimwoord", "Wij noemen ons dan"):
        assert word not in anna.text
    with desk.session() as session:
        facts = trail_reading.of_objects(session, [case_id], newest=30)
    assert "case.export" in [one.action for one in facts]
