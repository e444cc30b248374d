"""The page to search: filters, going back, first hits before the last case, no word in an address."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from tests.intake import foreign_files as files
from tests.intake.conftest import NOON, Visit
from weerbaar.accounts.models import SessionRow
from weerbaar.intake import (
    attachment_receiving,
    attachments,
    casework,
    search,
    search_pages,
    sharing,
)

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SECURE = "https://localhost"


def hits(visit):
    main = visit.page.partition('id="hits"')[2]
    return re.findall(r'href="/cases/([0-9a-f-]{36})"', main)


def asked(visit, **fields):
    visit.send("/search", fields)
    assert visit.status == 200, visit.text
    return hits(visit)


@pytest.fixture
def cases(desk):
    """Three cases of Anna, told apart by everything that can be asked for."""
    first = desk.open_case(
        desk.anna, NOON - timedelta(days=40), narrative="Een brief met een kogel.", urgency="acute",
        types=("threat", "doxing"), function="mayor", organisation="GM9999",
    )  # fmt: skip
    second = desk.open_case(
        desk.anna, NOON - timedelta(days=3), narrative="Een brief over de windmolens.",
        urgency="low", types=("threat",), function="council_member", organisation="PV27",
    )  # fmt: skip
    third = desk.open_case(desk.anna, narrative="Een bericht op straat.")
    desk.do(casework.close_case, desk.anna, third, NOON)
    return tuple(map(str, (first, second, third)))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"q": "brief"}, {0, 1}),
        ({"q": "brief", "urgency": "acute"}, {0}),
        ({"urgency": "low"}, {1}),
        ({"type": "threat"}, {0, 1}),
        ({"type": "doxing"}, {0}),
        ({"type": "doxing", "urgency": "low"}, set()),
        ({"state": "closed"}, {2}),
        ({"state": "open", "q": "een"}, {0, 1}),
        ({"function": "mayor"}, {0}),
        ({"organisation": "GM9999", "q": "kogel"}, {0}),
        ({"since": "20-11-2026"}, {1, 2}),
        ({"until": "20-11-2026"}, {0}),
        ({"since": "2026-11-21", "until": "21-11-2026"}, {1}),
        ({"since": "22-11-2026", "q": "brief"}, set()),
    ],
)
def test_filters_narrow(visit, cases, fields, expected):
    assert set(asked(visit("anna"), **fields)) == {cases[one] for one in expected}


def test_what_cannot_be_chosen_is_said(visit, cases):
    anna = visit("anna")
    for fields in ({"since": "gisteren"}, {"until": "31-02-2026"}, {"urgency": "hoog"}):
        sent = anna.send("/search", {"q": "brief", **fields})
        assert sent.status == 422, fields
        assert not hits(sent)
        # What is wrong is in the fold: it stands open.
        assert '<details class="fold" open>' in sent.page
    assert "Vul een of meer woorden in, of kies een filter." in anna.send("/search", {}).text


# Function and place are of the *who* part: whoever may not see it cannot ask about it.
def test_a_filter_tells_nothing_of_a_part_that_is_not_shared(desk, visit, cases):
    desk.do(sharing.share, desk.anna, UUID(cases[0]), desk.esther.person_id, {"what"}, NOON)
    assert asked(visit("esther"), q="kogel") == [cases[0]]
    assert asked(visit("esther"), q="kogel", function="mayor") == []
    assert asked(visit("esther"), organisation="GM9999") == []


def test_no_hits_come_with_advice(visit, cases):
    anna = visit("anna")
    assert asked(anna, q="onvindbaar", urgency="low") == []
    for words in ("Niets gevonden", "deel van een woord", "minder filters", "niet met u gedeeld"):
        assert words in anna.text


def test_names_and_notes_of_files_are_found(desk, visit, cases):
    case_id = UUID(cases[1])
    received = attachment_receiving.receive(
        desk.installation.house, "Dreigbrief Zoë.png", [files.png()], NOON
    )
    desk.do(attachments.keep, desk.anna, case_id, received, "Geplakt op de voordeur", NOON)
    anna = visit("anna")
    for words in ("zoe.png", "dreigbrief windmolens", '"op de voordeur"'):
        assert asked(anna, q=words) == [cases[1]], words
    assert "Bijlage:" in anna.text
    # A colleague with whom the case was shared without the file does not find it by the file.
    desk.do(sharing.share, desk.anna, case_id, desk.bram.person_id, {"who", "what"}, NOON)
    assert asked(visit("bram"), q="voordeur") == []
    assert asked(visit("bram"), q="windmolens") == [cases[1]]
    desk.do(attachments.destroy, desk.anna, case_id, received.arrival.record_id, NOON)
    assert asked(anna, q="voordeur") == []


# ---- going back ----------------------------------------------------------------------------


def test_the_question_waits_in_the_session(desk, visit, cases):
    anna = visit("anna")
    assert asked(anna, q="kogel", urgency="acute") == [cases[0]]
    anna.see(f"/cases/{cases[0]}")
    back = anna.see("/search")
    assert hits(back) == [cases[0]]
    assert 'value="kogel"' in back.page
    assert re.search(r'<option selected value="acute"', back.page)
    assert visit("anna").see("/search").page.count("kogel") == 0
    assert anna.send("/search", {"clear": "1"}).status == 303
    assert "kogel" not in anna.see("/search").page
    assert hits(anna) == []


def test_nothing_of_a_question_stands_in_the_clear(desk, visit, cases):
    asked(visit("anna"), q="woordvanlater", since="20-11-2026")
    with desk.session() as session:
        tables = session.execute(text("select name from sqlite_master where type = 'table'"))
        stored = [
            repr(session.execute(text(f"select * from {one.name}")).all()) for one in tables.all()
        ]
        assert session.scalars(select(SessionRow.id)).all()
    assert not [one for one in stored if "woordvanlater" in one]


# ---- first hits first ----------------------------------------------------------------------


def streamed(visit, **fields):
    """The parts of an answer, in the order in which they leave."""
    token = Visit.token(visit.see("/search").page)
    data = {"csrf_token": token, **fields}
    return visit.client.post("/search", data=data, base_url=SECURE).iter_encoded()


def test_the_first_hit_leaves_before_the_last_case_is_opened(desk, visit, monkeypatch):
    monkeypatch.setattr(search, "FIRST", 2)
    monkeypatch.setattr(search, "NEXT", 2)
    for number in range(6):
        desk.open_case(desk.anna, NOON - timedelta(days=number), narrative=f"Brief {number}.")
    opened = []
    many = search.envelopes.open_many

    def counted(*args, **more):
        for record, plaintext in many(*args, **more):
            if more["kind"] == "case-what":
                opened.append(record)
            yield record, plaintext

    monkeypatch.setattr(search.envelopes, "open_many", counted)
    parts = streamed(visit("anna"), q="brief")
    head = next(parts).decode()
    assert ("Gevonden casussen" in head, opened) == (True, [])
    first = next(parts).decode()
    assert "Brief 0." in re.sub(r"</?mark>", "", first)
    assert len(opened) == 2
    rest = b"".join(parts).decode()
    assert "6 casussen gevonden" in rest
    assert rest.rstrip().endswith("</html>")
    assert search_pages.FLUSH not in head + first + rest
    # The last worked on comes first.
    page = re.sub(r"</?mark>", "", head + first + rest)
    assert re.findall(r"Brief (\d)\.</span></a>", page) == ["0", "1", "2", "3", "4", "5"]


# Between two steps nobody waits for a slow reader.
def test_a_slow_reader_holds_no_lock(desk, visit, monkeypatch):
    monkeypatch.setattr(search, "FIRST", 1)
    case_id = desk.open_case(desk.anna)
    desk.open_case(desk.anna)
    parts = streamed(visit("anna"), q="brief")
    next(parts)
    next(parts)
    desk.do(casework.add_note, desk.anna, case_id, "Intussen.", NOON)
    assert b"2 casussen gevonden" in b"".join(parts)


def test_a_search_that_breaks_off_says_so(desk, visit, monkeypatch):
    monkeypatch.setattr(search, "FIRST", 1)
    desk.open_case(desk.anna)
    desk.open_case(desk.anna)
    many, calls = search.envelopes.open_many, []

    def gone(*args, **more):
        calls.append(1)
        if len(calls) > 2:
            raise search_pages.KeyStoreGone
        return many(*args, **more)

    monkeypatch.setattr(search.envelopes, "open_many", gone)
    page = b"".join(streamed(visit("anna"), q="brief")).decode()
    assert "Het zoeken is afgebroken" in page
    assert len(re.findall(r'href="/cases/[0-9a-f-]{36}"', page)) == 1
    assert page.rstrip().endswith("</html>")


def test_a_flash_is_shown_once(desk, visit, cases):
    anna = visit("anna")
    asked(anna, q="kogel")
    anna.send(f"/cases/{cases[0]}/notes", {"text": "x", "kind": "note"}, at=f"/cases/{cases[0]}")
    assert "Toegevoegd." in anna.see("/search").text
    assert "Toegevoegd." not in anna.see("/search").text
