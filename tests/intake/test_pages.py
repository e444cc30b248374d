"""The pages of cases, as people use them without scripts."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from tests.intake.conftest import NOON, Visit
from weerbaar.accounts.models import TrailRow
from weerbaar.intake import casework, drafts, rules, sharing, taxonomy

# What differs between databases is in the verbs, which are tested on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FULL = {
    "narrative": "Er lag een brief onder de deur.", "request": "Wat nu?", "advice": "Bel de politie.",
    "urgency": "high", "types": ["threat", "doxing"], "main_type": "threat", "channel": "post",
    "place": "home", "target": "self", "alleged_offender": "unknown", "frequency": "once",
    "reporting_status": ["police_report"], "function": "alderperson", "organisation": "GM9999",
    "name": "Zoë", "caller_number": "06 - 12 34 56 81", "code_word": "zwaluw",
    "safe_number": "(070) 123 45 67", "safe_windows": "Na acht uur", "voicemail_allowed": "y",
    "may_identify_as": "de garage", "if_other_answers": "Verkeerd verbonden",
}  # fmt: skip


def only_case(desk, actor):
    return desk.do(casework.caseload, actor, NOON).lines[0].case_id


# ---- recording ---------------------------------------------------------------------------------


def test_a_case_is_recorded_whole(desk, visit):
    anna = visit("anna").send("/cases/new", FULL)
    assert anna.status == 303
    view = desk.read(desk.anna, only_case(desk, desk.anna))
    assert anna.location.endswith(f"/cases/{view.id}")
    assert view.what.types == ("threat", "doxing")
    assert view.what.main_type == "threat"
    assert view.what.reporting_status == ("police_report",)
    assert view.who.caller_number == "+31612345681"
    assert view.who.safe_number == "+31701234567"
    assert view.who.voicemail_allowed
    assert view.who.name == "Zoë"


def test_a_story_or_a_code_word_is_enough(visit):
    for fields in ({"narrative": "Iets."}, {"code_word": "zwaluw"}):
        assert visit("anna").send("/cases/new", fields).status == 303


def test_reporting_may_be_one_value(desk, visit):
    assert visit("anna").send("/cases/new", {**FULL, "reporting_status": "none"}).status == 303
    view = desk.read(desk.anna, only_case(desk, desk.anna))
    assert view.what.reporting_status == ("none",)


def test_the_main_type_joins_the_types(desk, visit):
    visit("anna").send("/cases/new", {"narrative": "x", "main_type": "stalking"})
    assert desk.read(desk.anna, only_case(desk, desk.anna)).what.types == ("stalking",)


# All errors come at once, each beside its field, and everything typed is still there.
def test_errors_come_together_and_nothing_is_lost(desk, visit):
    sent = {
        **FULL, "narrative": "x" * 20_003, "caller_number": "06 123", "safe_number": "geen",
        "reporting_status": ["none", "police_complaint"], "name": "n" * 201,
    }  # fmt: skip
    anna = visit("anna").send("/cases/new", sent)
    assert anna.status == 422
    assert "Er zijn 5 dingen die nog niet goed zijn" in anna.text
    for field in ("narrative", "caller_number", "safe_number", "reporting_status-0", "name"):
        assert f'<a href="#{field}">' in anna.page, field
    for field in ("narrative", "caller_number", "safe_number", "reporting_status", "name"):
        assert f'id="{field}-error"' in anna.page, field
    assert "3 tekens te lang" in anna.text
    assert "x" * 20_003 in anna.page
    assert 'value="06 123"' in anna.page
    assert 'value="geen"' in anna.page
    assert re.search(r'<input checked[^>]*value="doxing"', anna.page)
    assert re.search(r'<option selected value="GM9999"', anna.page)
    assert desk.do(casework.caseload, desk.anna, NOON).count == 0


def test_neither_story_nor_code_word(visit):
    anna = visit("anna").send("/cases/new", {"urgency": "low", "narrative": "  "})
    assert anna.status == 422
    assert "vul een codewoord in" in anna.text
    assert anna.page.count("<title>Fout:") == 1


def test_every_unknown_code_is_refused(desk, visit):
    anna = visit("anna")
    for name in (*rules.LISTS, "organisation"):
        anna.send("/cases/new", {**FULL, name: "BESTAATNIET"})
        assert anna.status == 422, name
        assert "kies een mogelijkheid uit de lijst" in anna.text, name
        assert "Er lag een brief" in anna.page
    assert desk.do(casework.caseload, desk.anna, NOON).count == 0


# Every code of the lists can be chosen, and every municipality and province comes with the page.
def test_every_code_is_on_the_page(visit):
    page = visit("anna").see("/cases/new").page
    for codes in (
        taxonomy.FUNCTIONS, taxonomy.TYPES, taxonomy.CHANNELS, taxonomy.PLACES, taxonomy.TARGETS,
        taxonomy.ALLEGED_OFFENDERS, taxonomy.FREQUENCIES, taxonomy.URGENCIES, taxonomy.REPORTING,
    ):  # fmt: skip
        for code in codes:
            assert re.search(rf'name="{codes.name}"', page)
            assert f'value="{code.code}"' in page
    assert len(re.findall(r'<option value="(?:GM|PV)\w+"', page)) == 342 + 12 + 2
    assert taxonomy.OPENING_TEXT[:60] in page
    for step in taxonomy.ACUTE_CHECKLIST:
        assert step[:40] in page


# Sealed text is not sent to a spell-checker or translator, and the browser does not remember it.
def test_sealed_fields_stay_in_the_browser(visit):
    page = visit("anna").see("/cases/new").page
    for name in ("narrative", "request", "advice", "name", "caller_number", "code_word"):
        (control,) = re.findall(rf'<(?:textarea|input)[^>]*id="{name}"[^>]*>', page)
        for attribute in ('translate="no"', 'spellcheck="false"', 'autocomplete="off"'):
            assert attribute in control, name


def test_who_may_not_make_cases(visit):
    assert visit("rob").see("/cases/new").status == 403
    assert visit("rob").see("/cases").status == 403
    assert visit("esther").see("/cases/new").status == 403
    assert visit("esther").see("/cases").status == 200


# ---- one case ----------------------------------------------------------------------------------


def seen(desk, case_id):
    """How often the trail says that somebody looked who it is."""
    with desk.session() as session:
        rows = select(TrailRow).where(
            TrailRow.action == "case.who", TrailRow.object_id == str(case_id)
        )
        return len(session.scalars(rows).all())


def test_the_page_of_a_case(desk, visit):
    visit("anna").send("/cases/new", FULL)
    case_id = only_case(desk, desk.anna)
    anna = visit("anna").see(f"/cases/{case_id}")
    for words in (
        "Er lag een brief onder de deur.", "Alleen u kunt deze casus openen", "bedreiging, doxing",
        "Na acht uur", "de garage", "Verkeerd verbonden", "Terugbellen", "Casus sluiten",
    ):  # fmt: skip
        assert words in anna.text, words
    # Who it is stays folded, in the page too, until that is asked for.
    who = ("070 123 4567", "Zoë", "wethouder", "Voorbeeldstad", "06 12345681")
    for words in who:
        assert words not in anna.page, words
    assert seen(desk, case_id) == 0
    for _twice in range(2):
        anna.see(f"/cases/{case_id}?who=1")
        for words in who:
            assert words in anna.text, words
    assert seen(desk, case_id) == 1
    assert f'href="/cases/{case_id}/call-back"' in anna.page
    assert "<title>Casus - Weerbaar</title>" in anna.page
    assert "tel:+316" not in anna.page


def test_an_expert_sees_the_story_alone(desk, visit):
    visit("anna").send("/cases/new", FULL)
    case_id = only_case(desk, desk.anna)
    desk.do(sharing.share, desk.anna, case_id, desk.esther.person_id, {"what"}, NOON)
    esther = visit("esther").see(f"/cases/{case_id}?who=1")
    assert "Er lag een brief" in esther.text
    assert seen(desk, case_id) == 0
    assert "is niet met u gedeeld" in esther.text
    for secret in ("Zoë", "wethouder", "12345681", "zwaluw", "garage", "Terugbellen", "Delen"):
        assert secret not in esther.text, secret
    assert visit("esther").see(f"/cases/{case_id}/share").status == 403
    anna = visit("anna").see(f"/cases/{case_id}").text
    assert "Alleen u kunt deze casus openen" not in anna
    assert "Alleen u kunt zien om wie het gaat" in anna


# A colleague's case answers like one that does not exist, and the attempt is in the trail.
def test_a_colleague_gets_not_found(desk, visit):
    case_id, bram = desk.open_case(desk.anna), visit("bram")
    for path in ("", "/edit", "/share"):
        his = (bram.see(f"/cases/{case_id}{path}").status, bram.page)
        assert his == (bram.see(f"/cases/{uuid4()}{path}").status, bram.page)
        assert his[0] == 404
    with desk.session() as session:
        rows = session.execute(
            select(TrailRow.actor_id, TrailRow.action, TrailRow.outcome).where(
                TrailRow.object_id == str(case_id), TrailRow.outcome == "refused"
            )
        ).all()
    assert rows == [(desk.bram.person_id, "case.open", "refused")] * 3


def test_a_colleague_cannot_send_forms_to_it(desk, visit):
    case_id, bram = desk.open_case(desk.anna), visit("bram")
    fields = {
        "text": "x",
        "narrative": "x",
        "person": str(desk.bram.person_id),
        "parts": "what",
        "until": "2026-12-08",
    }
    for path in ("/notes", "/close", "/reopen", "/edit", "/share"):
        assert bram.send(f"/cases/{case_id}{path}", fields, at="/search").status == 404, path
    view = desk.read(desk.anna, case_id)
    assert view.entries == ()
    assert len(view.readers) == 1


def test_notes_and_contact_moments(desk, visit):
    case_id = desk.open_case(desk.anna)
    page, notes = f"/cases/{case_id}", f"/cases/{case_id}/notes"
    anna = visit("anna")
    anna.send(notes, {"text": "Een notitie", "kind": "note"}, at=page)
    anna.send(notes, {"text": "Een <b>gesprek</b>", "kind": "contact_moment"}, at=page)
    anna.see(page)
    assert "Een notitie" in anna.text
    assert "Een &lt;b&gt;gesprek&lt;/b&gt;" in anna.page
    assert "Contactmoment" in anna.text
    empty = anna.send(notes, {"text": " ", "kind": "note"}, at=page)
    assert empty.status == 422
    assert "Schrijf eerst een tekst" in empty.text


def test_closing_and_reopening(desk, visit):
    case_id = desk.open_case(desk.anna)
    page = f"/cases/{case_id}"
    anna = visit("anna")
    anna.send(f"{page}/close", {"reason": "Afgerond"}, at=page)
    assert "Afgerond" in anna.see(page).text
    assert str(case_id) not in anna.see("/cases").page
    assert str(case_id) in anna.see("/cases?state=closed").page
    long = anna.send(f"{page}/reopen", {"reason": "x" * 9_000}, at=page)
    assert long.status == 422
    assert "x" * 9_000 in long.page
    anna.send(f"{page}/reopen", {}, at=page)
    assert str(case_id) in anna.see("/cases").page


# ---- changing ----------------------------------------------------------------------------------


def form_of(page):
    """What a browser would send back of the form on a page, field by field."""
    form = page.partition('class="form"')[2].partition("</form>")[0]
    fields = {}
    for control in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', control), re.search(r'value="([^"]*)"', control)
        kind = re.search(r'type="([^"]+)"', control)[1]
        if kind in {"checkbox", "radio"} and "checked" not in control:
            continue
        if name[1] in {"types", "reporting_status"}:
            fields.setdefault(name[1], []).append(value[1])
        else:
            fields[name[1]] = value[1] if value else ""
    for name, text in re.findall(
        r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL
    ):
        fields[name] = text.strip()
    for name, options in re.findall(
        r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'<option selected[^>]*value="([^"]*)"', options)
        fields[name] = chosen[1] if chosen else ""
    fields.pop("csrf_token")
    return fields


# Opening the form and saving it as it is changes nothing.
def test_saving_unchanged_changes_nothing(desk, visit):
    visit("anna").send("/cases/new", FULL)
    case_id = only_case(desk, desk.anna)
    before = desk.read(desk.anna, case_id)
    path = f"/cases/{case_id}/edit"
    sent = form_of(visit("anna").see(path).page)
    assert sent["caller_number"] == "06 12345681"
    assert visit("anna").send(path, sent).status == 303
    after = desk.read(desk.anna, case_id)
    assert (after.what, after.who) == (before.what, before.who)


def two_writers(desk, visit, **fields):
    """Anna's case, open on her screen and on Bram's: where, and what each form holds."""
    case_id = desk.open_case(desk.anna, name="Zoë", **fields)
    desk.do(sharing.share, desk.anna, case_id, desk.bram.person_id, {"who", "what"}, NOON)
    path = f"/cases/{case_id}/edit"
    return (
        case_id,
        path,
        form_of(visit("anna").see(path).page),
        form_of(visit("bram").see(path).page),
    )


def test_the_second_writer_sees_both_texts_and_chooses(desk, visit):
    case_id, path, theirs, mine = two_writers(desk, visit)
    visit("anna").send(path, {**theirs, "narrative": "Anna schreef dit.", "urgency": "high"})
    bram = visit("bram").send(path, {**mine, "narrative": "Bram schreef dat.", "name": "Zoë B."})
    assert bram.status == 409
    assert "Intussen gewijzigd" in bram.text
    assert "Laatste wijziging: Anna" in bram.text
    # Both texts of the field that both changed; what only Anna changed is in the form already.
    assert "<mark>Anna</mark>" in bram.page
    assert "<mark>Bram</mark>" in bram.page
    assert "Urgentie: Hoog" in bram.text
    again = form_of(bram.page)
    assert (again["urgency"], again["name"]) == ("high", "Zoë B.")
    assert desk.read(desk.anna, case_id).what.narrative == "Anna schreef dit."
    # Not chosen is not saved, and what was typed stays.
    unsure = visit("bram").send(path, again)
    assert unsure.status == 422
    assert "Verhaal" not in desk.read(desk.anna, case_id).what.narrative
    assert "kies welke tekst blijft" in unsure.text
    assert form_of(unsure.page)["narrative"] == "Bram schreef dat."
    sure = {**form_of(unsure.page), "keep_narrative": "both"}
    assert visit("bram").send(path, sure).status == 303
    view = desk.read(desk.anna, case_id)
    assert view.what.narrative == "Anna schreef dit.\n\nBram schreef dat."
    assert (view.what.urgency, view.who.name) == ("high", "Zoë B.")


@pytest.mark.parametrize(
    ("side", "left"), [("theirs", "Anna schreef dit."), ("mine", "Bram, nog beter.")]
)
def test_one_of_two_texts_stays(desk, visit, side, left):
    case_id, path, theirs, mine = two_writers(desk, visit)
    visit("anna").send(path, {**theirs, "narrative": "Anna schreef dit."})
    bram = visit("bram").send(path, {**mine, "narrative": "Bram schreef dat."})
    answer = {**form_of(bram.page), "narrative": "Bram, nog beter.", "keep_narrative": side}
    assert visit("bram").send(path, answer).status == 303
    assert desk.read(desk.anna, case_id).what.narrative == left


# Two who worked on different fields of one part lose nothing; the second is told.
def test_other_fields_of_the_same_part_stand_beside_each_other(desk, visit):
    case_id, path, theirs, mine = two_writers(desk, visit)
    visit("anna").send(path, {**theirs, "advice": "Bel de wijkagent."})
    bram = visit("bram").send(path, {**mine, "request": "Wil rust."})
    assert bram.status == 409
    assert "botst daar niet mee" in bram.text
    assert visit("bram").send(path, form_of(bram.page)).status == 303
    what = desk.read(desk.anna, case_id).what
    assert (what.advice, what.request) == ("Bel de wijkagent.", "Wil rust.")


# While the second chooses, a third changes the same field: he is asked again.
def test_a_choice_that_was_overtaken_is_asked_again(desk, visit):
    case_id, path, theirs, mine = two_writers(desk, visit)
    visit("anna").send(path, {**theirs, "narrative": "Eerst."})
    bram = visit("bram").send(path, {**mine, "narrative": "Bram schreef dat."})
    answer = {**form_of(bram.page), "keep_narrative": "mine"}
    fresh = form_of(visit("anna").see(path).page)
    visit("anna").send(path, {**fresh, "narrative": "Daarna."})
    again = visit("bram").send(path, answer)
    assert again.status == 409
    assert "<mark>Daarna.</mark>" in again.page
    assert desk.read(desk.anna, case_id).what.narrative == "Daarna."


# A code word is in no page; a new one beside a change of who it is is asked all the same.
def test_a_new_code_word_does_not_quietly_replace_one(desk, visit):
    case_id, path, theirs, mine = two_writers(desk, visit, code_word="zwaluw")
    visit("anna").send(path, {**theirs, "code_word": "merel"})
    bram = visit("bram").send(path, {**mine, "code_word": "spreeuw"})
    assert bram.status == 409
    assert "merel" not in bram.page
    assert "zwaluw" not in bram.page
    answer = {**form_of(bram.page), "keep_code_word": "theirs"}
    assert visit("bram").send(path, {**answer, "keep_code_word": "both"}).status == 422
    assert visit("bram").send(path, answer).status == 303
    assert desk.read(desk.anna, case_id).who.code_word == "merel"


# That an agreement was confirmed meanwhile stands in nobody's way.
def test_what_is_in_no_field_is_no_conflict(desk, visit):
    case_id, path, _theirs, mine = two_writers(desk, visit, safe_windows="Na acht uur")
    visit("anna").send(f"/cases/{case_id}/safe-contact/confirm", at=f"/cases/{case_id}")
    assert visit("bram").send(path, {**mine, "name": "Zoë B."}).status == 303
    assert desk.read(desk.anna, case_id).who.name == "Zoë B."


def test_an_expert_changes_the_story_only(desk, visit):
    case_id = desk.open_case(desk.anna, name="Zoë")
    desk.do(sharing.share, desk.anna, case_id, desk.esther.person_id, {"what"}, NOON)
    path = f"/cases/{case_id}/edit"
    sent = form_of(visit("esther").see(path).page)
    assert "name" not in sent
    assert visit("esther").send(path, {**sent, "narrative": "Beter.", "name": "X"}).status == 303
    view = desk.read(desk.anna, case_id)
    assert (view.what.narrative, view.who.name) == ("Beter.", "Zoë")


def test_a_strange_version_overwrites_nothing(desk, visit):
    case_id = desk.open_case(desk.anna)
    path, anna = f"/cases/{case_id}/edit", visit("anna")
    sent = form_of(anna.see(path).page)
    for version in ("", "abc", "-1", "99", "²"):
        changed = {**sent, "narrative": "Anders.", "what_version": version}
        assert anna.send(path, changed).status == 409, version


# ---- sharing -----------------------------------------------------------------------------------


def test_sharing_by_the_page(desk, visit):
    case_id = desk.open_case(desk.anna)
    path = f"/cases/{case_id}/share"
    anna = visit("anna").see(path)
    assert "daar kunnen namen of plaatsen in staan" in anna.text
    assert "Rob" not in anna.text
    nothing = anna.send(path, {})
    assert nothing.status == 422
    assert "Kies met wie u de casus deelt." in nothing.text
    assert "Kies wat u deelt." in nothing.text
    chosen = {"person": str(desk.bram.person_id), "parts": "who_what"}
    assert anna.send(path, chosen).status == 303
    assert "Deze collega kan dat al openen." in anna.send(path, chosen).text
    assert desk.read(desk.bram, case_id).who is not None
    rob = anna.send(path, {**chosen, "person": str(desk.rob.person_id)})
    assert rob.status == 422


# ---- caseload and search -----------------------------------------------------------------------


def test_the_caseload(desk, visit):
    assert "U heeft geen open casussen" in visit("anna").see("/cases").text
    desk.open_case(desk.anna, urgency="acute")
    anna = visit("anna").see("/cases")
    assert "Een brief onder de deur." in anna.text
    assert "Acuut gevaar" in anna.text
    assert "24-11-2026 13:00" in anna.text
    assert visit("anna").see("/cases?page=x&state=y").status == 200
    assert visit("anna").see("/cases?page=999999999999").status == 200


def test_searching(desk, visit):
    case_id = desk.open_case(desk.anna, narrative="De Coördinator belde <script>.")
    anna = visit("anna").see("/search")
    assert anna.status == 200
    found = anna.send("/search", {"q": "coordinator"})
    assert found.status == 200
    assert f'href="/cases/{case_id}"' in found.page
    assert "<mark>Coördinator</mark>" in found.page
    assert "&lt;script&gt;" in found.page
    assert "1 casus gevonden" in found.text
    assert 'value="coordinator"' in found.page
    assert "Niets gevonden" in anna.send("/search", {"q": "onvindbaar"}).text
    assert anna.send("/search", {"q": "x" * 300}).status == 422
    assert "Vul een of meer woorden in" in anna.send("/search", {"q": "  "}).text
    assert "gevonden" not in anna.text.lower()
    assert visit("bram").send("/search", {"q": "coordinator"}).page.count("<mark>") == 0


# ---- drafts ------------------------------------------------------------------------------------


def test_a_draft_is_offered_and_goes_with_the_form(desk, visit):
    anna = visit("anna")
    kept = anna.send(
        "/drafts/new", {"narrative": "Half verhaal", "types": ["threat"]}, at="/cases/new"
    )
    assert (kept.status, kept.page) == (200, "13:00")
    offer = visit("anna").see("/cases/new")
    assert "Er is een concept van 24-11-2026 13:00" in offer.text
    assert "Verder op dit apparaat" in offer.text
    assert "Half verhaal" not in offer.page
    # Who has not taken it up, does not have it before him: what he types replaces nothing.
    assert 'data-draft-before="none"' in offer.page
    resumed = visit("anna").see("/cases/new?concept=1")
    assert "Half verhaal" in resumed.page
    assert re.search(r'<input checked[^>]*value="threat"', resumed.page)
    assert re.search(r'data-draft="/drafts/new" data-draft-before="[0-9a-f-]{36}"', resumed.page)
    assert "Er is een concept" not in visit("bram").see("/cases/new").text
    visit("anna").send("/cases/new", {"narrative": "Heel verhaal"})
    assert "Er is een concept" not in visit("anna").see("/cases/new").text


# On a second device he goes on; the first learns it, and what stands there stays.
def test_two_devices_do_not_overwrite_each_other(visit):
    phone, desktop = visit("anna"), visit("anna")

    def types(device, text, before):
        token = Visit.token(device.see("/cases/new").page)
        answer = device.client.post(
            "/drafts/new", data={"csrf_token": token, "narrative": text},
            headers={"Weerbaar-Draft": before}, base_url="https://localhost",
        )  # fmt: skip
        return answer.status_code, answer.get_data(as_text=True), answer.headers["Weerbaar-Draft"]

    status, _, first = types(phone, "Op de telefoon", "none")
    assert status == 200
    status, _, second = types(desktop, "Op het bureau verder", first)
    assert status == 200
    assert second != first
    assert types(phone, "Op de telefoon, nog iets", first) == (409, "24-11-2026 13:00", second)
    assert types(phone, "Vers begonnen", "none")[0] == 409
    assert "Op het bureau verder" in phone.see("/cases/new?concept=1").page
    # Having seen that, he may choose what stands here.
    status, _, third = types(phone, "Toch dit", second)
    assert status == 200
    desktop.send("/cases/new", {"narrative": "Vastgelegd op het bureau"})
    assert types(phone, "Te laat", third) == (410, "", "none")
    assert types(phone, "Te laat, maar bewaard", "none")[0] == 200


# What a locked device still had is not put in the place of what is newer: he chooses.
def test_a_late_draft_is_offered_beside_the_newer(desk, visit):
    phone, desktop = visit("anna"), visit("anna")
    token = Visit.token(phone.see("/cases/new").page)
    desktop.send("/drafts/new", {"narrative": "Op het bureau"}, at="/cases/new")
    assert phone.send("/lock", {}, at="/cases/new").status == 303
    answer = phone.client.post(
        "/drafts/new", data={"csrf_token": token, "narrative": "Op de telefoon"},
        headers={"Weerbaar-Draft": "none"}, base_url="https://localhost",
    )  # fmt: skip
    assert answer.status_code == 401
    kept = answer.headers["Weerbaar-Draft"]
    assert "/drafts/new/choose" in desktop.see("/cases/new").page
    both = desktop.see("/drafts/new/choose")
    assert "Op het bureau" in both.text
    assert "Op de telefoon" in both.text
    assert visit("bram").see("/drafts/new/choose").status == 404
    chosen = desktop.send("/drafts/new/choose", {"draft": kept}, at="/drafts/new/choose")
    assert chosen.location == "/cases/new?concept=1"
    assert "Op de telefoon" in desktop.see("/cases/new?concept=1").page
    assert desktop.send("/drafts/new/choose", {"draft": "x"}, at="/cases/new").status == 404
    assert desktop.send("/drafts/1~new/discard", {}, at="/cases/new").status == 303
    assert desktop.see("/drafts/new/choose").status == 200
    assert "/drafts/new/choose" not in desktop.see("/cases/new").page


def test_a_draft_can_be_thrown_away(visit):
    anna = visit("anna")
    anna.send("/drafts/new", {"narrative": "Half verhaal"}, at="/cases/new")
    assert anna.send("/drafts/new/discard", {}, at="/cases/new").status == 303
    assert "Er is een concept" not in anna.see("/cases/new").text
    assert anna.send("/drafts/new/discard", {}, at="/cases/new").status == 404
    assert anna.send("/drafts/onbekend", {"narrative": "x"}, at="/cases/new").status == 404


# Going on with an old draft of a change does not quietly undo what a colleague changed since.
def test_an_old_draft_of_a_change_still_meets_the_conflict(desk, visit):
    case_id = desk.open_case(desk.anna)
    path, draft = f"/cases/{case_id}/edit", f"/drafts/edit-{case_id}"
    anna = visit("anna")
    sent = form_of(anna.see(path).page)
    anna.send(draft, {**sent, "narrative": "Uit het concept."}, at=path)
    desk.do(
        casework.edit_case, desk.anna, case_id, casework.CaseFields(narrative="Ondertussen."),
        NOON, what_version=1, who_version=1,
    )  # fmt: skip
    resumed = form_of(visit("anna").see(f"{path}?concept=1").page)
    assert resumed["narrative"] == "Uit het concept."
    assert visit("anna").send(path, resumed).status == 409


def test_a_draft_of_a_note_stands_in_its_field(desk, visit):
    case_id = desk.open_case(desk.anna)
    page = f"/cases/{case_id}"
    visit("anna").send(f"/drafts/note-{case_id}", {"text": "Halve notitie"}, at=page)
    assert "Halve notitie" in visit("anna").see(page).page
    visit("anna").send(f"{page}/notes", {"text": "Hele notitie", "kind": "note"}, at=page)
    assert "Halve notitie" not in visit("anna").see(page).page


# Every id stands once on a page: labels and error links find their field.
def test_a_reason_that_came_too_late_to_close_stands_in_its_field(desk, visit):
    case_id = desk.open_case(desk.anna)
    with desk.session() as session:
        assert drafts.keep_late_form(
            session, desk.vault, desk.anna.person_id, f"/cases/{case_id}/close",
            MultiDict({"reason": "De beller is verhuisd."}), NOON,
        )  # fmt: skip
        session.commit()
    anna = visit("anna").see(f"/cases/{case_id}")
    assert "De beller is verhuisd.</textarea>" in anna.page
    anna.send(
        f"/cases/{case_id}/close", {"reason": "De beller is verhuisd."}, at=f"/cases/{case_id}"
    )
    assert ">De beller is verhuisd.</textarea>" not in anna.see(f"/cases/{case_id}").page


def test_ids_are_unique(desk, visit):
    case_id = desk.open_case(desk.anna)
    for path in (
        "/cases",
        "/cases/new",
        "/search",
        *(f"/cases/{case_id}{end}" for end in ("", "/edit", "/share")),
    ):
        ids = re.findall(r'\sid="([^"]+)"', visit("anna").see(path).page)
        assert len(ids) == len(set(ids)), path


# What a browser remembers of these pages says nothing about a case.
def test_titles_of_pages_are_neutral(desk, visit):
    case_id = desk.open_case(desk.anna, narrative="GEHEIM", name="GEHEIM")
    for path in (
        "/cases",
        f"/cases/{case_id}",
        f"/cases/{case_id}/edit",
        f"/cases/{case_id}/share",
    ):
        page = visit("anna").see(path).page
        assert "GEHEIM" not in page.partition("<main")[0]
        assert "GEHEIM" not in re.search(r"<title>(.*?)</title>", page)[1]
    assert Visit.token(page)


# ---- words and agreed hours ------------------------------------------------------------------


def with_words(desk, visit):
    visit("anna").send("/cases/new", {**FULL, "duress_word": "paraplu", "word_plan": "Bel Bram."})
    return only_case(desk, desk.anna)


def test_the_words_stand_in_no_page_until_a_reason_is_given(desk, visit):
    case_id = with_words(desk, visit)
    anna = visit("anna")
    for path in (
        f"/cases/{case_id}",
        f"/cases/{case_id}/edit",
        f"/cases/{case_id}/words",
        "/cases",
    ):
        anna.see(path)
        assert "zwaluw" not in anna.page, path
        assert "paraplu" not in anna.page, path
    assert anna.send(f"/cases/{case_id}/words").status == 422
    anna.send(f"/cases/{case_id}/words", {"reason": "caller_says"})
    assert "zwaluw" in anna.text
    assert "paraplu" in anna.text
    with desk.session() as session:
        rows = session.execute(
            select(TrailRow.outcome).where(TrailRow.action == "case.words")
        ).all()
    assert [one.outcome for one in rows] == ["caller_says"]


def test_a_reader_of_the_story_alone_does_not_learn_that_there_are_words(desk, visit):
    case_id = with_words(desk, visit)
    desk.do(sharing.share, desk.anna, case_id, desk.esther.person_id, {"what"}, NOON)
    esther = visit("esther")
    assert "Codewoord" not in esther.see(f"/cases/{case_id}").text
    assert esther.see(f"/cases/{case_id}/words").status == 404


def test_an_empty_field_keeps_a_word_another_replaces_it_and_a_tick_removes_both(desk, visit):
    case_id = with_words(desk, visit)
    anna, page = visit("anna"), f"/cases/{case_id}/edit"

    def hidden(name):
        return re.search(rf'name="{name}"[^>]*value="([^"]*)"', anna.page)[1]

    def edit(**fields):
        anna.see(page)
        versions = {name: hidden(name) for name in ("what_version", "who_version")}
        kept = {name: text for name, text in FULL.items() if name != "code_word"}
        anna.send(page, {**kept, **versions, "word_plan": "Bel Bram.", **fields})
        assert anna.status == 303, anna.text
        who = desk.read(desk.anna, case_id).who
        return who.code_word, who.duress_word

    assert edit(advice="Anders") == ("zwaluw", "paraplu")
    assert edit(duress_word="fiets") == ("zwaluw", "fiets")
    assert edit(drop_words="y") == ("", "")


def test_one_word_for_both_is_refused(visit):
    page = visit("anna").send("/cases/new", {**FULL, "duress_word": "zwaluw"})
    assert page.status == 422
    assert "ander woord" in page.text


def test_agreed_hours_are_kept_as_the_house_writes_them_and_judged(desk, visit):
    anna = visit("anna").send("/cases/new", {**FULL, "safe_hours": "werkdagen van 9 tot 17 uur"})
    case_id = only_case(desk, desk.anna)
    assert desk.read(desk.anna, case_id).who.safe_hours == "ma t/m vr 09.00-17.00"
    assert "Nu binnen de afgesproken uren" in anna.see(f"/cases/{case_id}").text
    refused = visit("anna").send("/cases/new", {**FULL, "safe_hours": "ma 9-17\nna het eten"})
    assert refused.status == 422
    assert "regel 2 is niet duidelijk" in refused.text
    assert "na het eten" in refused.page


def test_a_number_that_cannot_be_called_is_kept_and_said_at_once(desk, visit):
    anna = visit("anna").send("/cases/new", {**FULL, "safe_number": "+49 30 1234567"})
    assert anna.status == 303
    page = anna.see(anna.location)
    assert "Veilig nummer om te bellen: dit nummer kunt u hier niet bellen." in page.page
    assert desk.read(desk.anna, only_case(desk, desk.anna)).who.safe_number == "+49301234567"
    assert "buitenlands nummer" in page.text


def test_that_the_agreement_still_holds_is_noted(desk, visit):
    case_id = with_words(desk, visit)
    assert desk.read(desk.anna, case_id).who.last_confirmed_at == NOON
    desk.installation.clock.set(NOON + timedelta(minutes=10))
    visit("anna").send(f"/cases/{case_id}/safe-contact/confirm", at=f"/cases/{case_id}")
    after = desk.read(desk.anna, case_id).who
    assert after.last_confirmed_at == NOON + timedelta(minutes=10)
    assert (after.revision, after.code_word) == (2, "zwaluw")
