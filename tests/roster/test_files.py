"""The roster to a file and back, after a look; hours for who pays; and nothing runs in a cell."""

import csv
import io
import re
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from weerbaar.face import spreadsheets
from weerbaar.hotline.roster import imports, rules, verbs
from weerbaar.hotline.roster.models import ShiftRow

NOVEMBER = "first=2026-11&last=2026-11"
GOOD = """tier,email,start,end
1,anna@example.nl,2026-11-25T08:00,2026-11-25T20:00
1,bram@example.nl,2026-11-25T20:00,2026-11-26T08:00
"""


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    """Pages and files: what the database decides is tested elsewhere."""
    path = tmp_path / "weerbaar.sqlite"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def add(office, house):
    def add(who, start, end, tier=1):
        with office.database.session() as session:
            verbs.add_shift(
                session, office.planner, tier=tier, person_id=office.people[who],
                start=rules.read(start), end=rules.read(end), now=house.clock.now(),
            )  # fmt: skip
            session.commit()

    return add


def standing(office):
    with office.database.session() as session:
        rows = session.scalars(select(ShiftRow).order_by(ShiftRow.starts, ShiftRow.tier))
        return [(row.tier, row.person_id, row.starts, row.ends) for row in rows]


def look(visitor, text):
    content = text if isinstance(text, bytes) else text.encode()
    visitor.see("/roster/files")
    return visitor.send("/roster/files/preview", file=(io.BytesIO(content), "shifts.csv"))


def agree(visitor):
    return visitor.send(
        "/roster/files/import", text=visitor.value("text"),
        roster_version=visitor.value("roster_version"),
    )  # fmt: skip


# --- from a file ---------------------------------------------------------------------------------


def test_a_file_is_shown_first_and_changes_nothing_until_one_agrees(office, visit, add):
    add("anna", "2026-11-25T08:00", "2026-11-25T20:00")
    before = standing(office)
    rosa = look(visit("rosa"), GOOD)
    assert rosa.status == 200
    assert "1 dienst komt erbij. 1 dienst staat er al." in rosa.text
    assert "25-11-2026 20:00 tot 26-11-2026 08:00 Eerste lijn Bram" in rosa.text
    assert standing(office) == before
    assert "1 dienst toegevoegd." in agree(rosa).text
    assert len(standing(office)) == 2
    look(rosa, GOOD)
    assert "Alles in dit bestand staat al op het rooster." in rosa.text


def test_a_bad_file_is_refused_whole_with_every_line(office, visit, add):
    add("carla", "2026-11-25T08:00", "2026-11-25T20:00", tier=2)
    rosa = look(
        visit("rosa"),
        GOOD
        + "0,nobody@example.nl,2026-02-30T08:00,x\n"
        + "1,carla@example.nl,2026-11-25T10:00,2026-11-25T12:00\n"
        + "1,anna@example.nl,2026-11-25T10:00,2026-11-25T12:00\n"
        + "1,otto@example.nl,2026-11-25T10:00,2026-11-25T09:00\n1,2\n",
    )
    assert rosa.status == 422
    for line in (
        "Regel 4: Niemand heeft dit e-mailadres.",
        "Regel 4: De lijn is een getal van 1 tot en met 99.",
        "Regel 4: Het begin is geen dag en tijd, zoals 2026-11-24T08:00.",
        "Regel 4: Het einde is geen dag en tijd, zoals 2026-11-24T08:00.",
        "Regel 7: Deze persoon mag geen oproepen aannemen.",
        "Regel 7: De dienst moet eindigen na het begin.",
        "Regel 8: Hier staan 2 kolommen. Het moeten er 4 zijn.",
        "Regel 5: Deze persoon heeft dan al dienst op het rooster.",
        "Regel 6: Deze persoon heeft dan al dienst, op regel 2.",
    ):
        assert line in rosa.text
    assert len(standing(office)) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "Kies een bestand."),
        ("\n", "Regel 1: De eerste regel moet zijn: tier,email,start,end"),
        ("a;b\n", "Regel 1: De eerste regel moet zijn"),
        ("a\tb\n", "Regel 1: De eerste regel moet zijn"),
        ("tier,email\n", "Regel 1: De eerste regel moet zijn"),
        (b"tier,email,start,end\n\xff\n", "Regel 2: Dit is geen tekst in UTF-8."),
        ('tier,email,start,end\n"a\n', "Dit is geen goede CSV."),
    ],
)
def test_what_is_no_such_file_is_said_in_dutch(visit, content, said):
    rosa = look(visit("rosa"), content)
    assert rosa.status == 422
    assert said in rosa.text


def test_a_roster_that_changed_meanwhile_is_shown_again(office, visit, add):
    rosa = look(visit("rosa"), GOOD)
    add("anna", "2026-11-25T08:00", "2026-11-25T20:00")
    agree(rosa)
    assert "Het rooster is intussen veranderd." in rosa.text
    assert "1 dienst komt erbij." in rosa.text
    assert len(standing(office)) == 1
    agree(rosa)
    assert len(standing(office)) == 2


def test_too_little_rest_is_warned_of_before_and_refused_never(office, visit, add):
    add("anna", "2026-11-26T00:00", "2026-11-26T08:00", tier=2)
    rosa = look(visit("rosa"), GOOD)
    assert "Anna heeft 4 uur rust, tussen 25-11-2026 20:00 en 26-11-2026 00:00." in rosa.text
    agree(rosa)
    assert len(standing(office)) == 3


def test_only_who_plans_has_files(visit):
    anna = visit("anna")
    for address in ("/roster/files", f"/roster/files/roster.csv?{NOVEMBER}",
                    f"/roster/hours/hours.csv?{NOVEMBER}"):  # fmt: skip
        assert anna.see(address).status == 403
    anna.see("/roster/feeds")
    assert anna.send("/roster/files/import", text=GOOD, roster_version="0").status == 403
    assert visit("rosa").see("/roster/files/roster.exe?" + NOVEMBER).status == 404
    assert visit("carla").see("/roster/files/roster.csv?first=x&last=2026-11").status == 404


# --- to a file -----------------------------------------------------------------------------------


def test_what_was_exported_changes_nothing_when_it_comes_back(office, house, visit, add):
    add("anna", "2026-10-24T20:00", "2026-10-25T02:30")
    add("bram", "2026-10-25T02:30", "2026-10-25T08:00")
    add("carla", "2026-10-31T20:00", "2026-11-01T08:00", tier=2)
    add("anna", "2026-11-30T20:00:17", "2026-12-01T08:00")
    add("bram", "2026-12-24T08:00", "2026-12-25T08:00")
    rosa = visit("rosa").see("/roster/files/roster.csv?first=2026-10&last=2026-11")
    assert rosa.answer.content_type == "text/csv; charset=utf-8"
    assert rosa.answer.headers["Content-Disposition"] == (
        'attachment; filename="rooster-2026-10-2026-11.csv"'
    )
    text, before = rosa.page, standing(office)
    assert len(text.splitlines()) == 5
    with office.database.session() as session:
        found = imports.preview(session, office.vault, text)
        assert (found.added, found.unchanged) == ((), 4)
        for row in session.scalars(select(ShiftRow)):
            session.delete(row)
        session.flush()
        imports.import_shifts(session, office.vault, office.planner, text, house.clock.now())
        session.commit()
    assert standing(office) == before[:-1]


def test_a_workbook_holds_the_same(visit, add):
    add("anna", "2026-11-25T08:00", "2026-11-25T20:00")
    rosa = visit("rosa")
    rows = list(csv.reader(io.StringIO(rosa.see(f"/roster/files/roster.csv?{NOVEMBER}").page)))
    answer = rosa._client.get(f"/roster/files/roster.xlsx?{NOVEMBER}")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert [[str(cell.value) for cell in row] for row in sheet.rows] == rows
    assert rows[1] == ["1", "anna@example.nl", "2026-11-25T08:00+01:00", "2026-11-25T20:00+01:00"]


@given(st.text(max_size=30))
def test_no_cell_is_run_and_every_text_comes_back(text):
    guarded = spreadsheets.guarded(text)
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert spreadsheets.plain(guarded) == text


def test_a_workbook_knows_no_formulas_and_no_links():
    evil = ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "https://example.nl/", "{=1}"]
    book = openpyxl.load_workbook(io.BytesIO(spreadsheets.to_xlsx("x", evil, [evil, [1, 2.5]])))
    assert [[cell.value for cell in row][:6] for row in book.active.rows][:2] == [evil, evil]
    assert all(cell.data_type == "s" for cell in next(book.active.rows))
    assert not any(cell.hyperlink for row in book.active.rows for cell in row)
    text = spreadsheets.to_csv(["a"], [[each] for each in evil] + [[-1]]).decode()
    assert text.splitlines() == ["a", *("'" + each for each in evil[:4]), *evil[4:], "-1"]


# --- hours ---------------------------------------------------------------------------------------


@pytest.fixture
def duty(add):
    add("anna", "2026-11-25T20:00", "2026-11-26T08:00")
    add("anna", "2026-11-26T12:00", "2026-11-26T13:00", tier=2)
    add("bram", "2026-11-01T08:00", "2026-11-01T20:00")
    add("bram", "2026-12-25T00:00", "2026-12-26T00:00")


def test_who_plans_sees_what_everybody_has(visit, duty):
    rosa = visit("rosa").see("/roster/hours")
    assert "november 2026" in rosa.text
    assert "Anna 2 13 13 12 1 8 (1) 0 (0) 0 (0) 0" in rosa.text
    assert "Bram 1 12 0 12 0 0 (0) 12 (1) 0 (0) 0" in rosa.text
    assert "Anna heeft 4 uur rust, tussen 26-11-2026 08:00 en 26-11-2026 12:00." in rosa.text
    rosa.see("/roster/hours?first=11-2026&last=2026-12")
    assert "november 2026 t/m december 2026" in rosa.text
    assert "Bram 2 36 24 36 0 8 (2) 12 (1) 24 (1) 0" in rosa.text


def test_everybody_sees_his_own_hours_alone(visit, duty):
    bram = visit("bram").see("/roster/hours")
    assert "Bram 1 12" in bram.text
    assert "Anna" not in bram.text
    assert "hours.csv" not in bram.page


@pytest.mark.parametrize(
    "asked", ["first=2026-12&last=2026-11", "first=2020-01&last=2026-11", "first=x&last=y"]
)
def test_months_that_are_none_are_said(visit, duty, asked):
    assert visit("rosa").see(f"/roster/hours?{asked}").status == 422
    assert visit("carla").see(f"/roster/hours/hours.csv?{asked}").status == 404


def test_the_export_has_a_line_for_each_person_and_month(office, visit, duty):
    rosa = visit("rosa")
    rosa._client.application.extensions["weerbaar.calls_taken"] = lambda _session, first, last: {
        (office.people["anna"], date(2026, 11, 1)): 3,
        (office.people["carla"], date(2026, 12, 1)): 1,
    }
    rosa.see("/roster/hours/hours.csv?first=2026-11&last=2026-12")
    rows = list(csv.DictReader(io.StringIO(rosa.page)))
    assert [(row["month"], row["name"], row["calls"]) for row in rows] == [
        ("2026-11", "Anna", "3"), ("2026-11", "Bram", "0"), ("2026-12", "Bram", "0"),
        ("2026-12", "Carla", "1"),
    ]  # fmt: skip
    assert rows[0]["hours"] == "13.0"
    assert rows[2]["holiday_hours"] == "24.0"
    assert "3" in re.findall(r"\d+", rosa.see("/roster/hours").text)
    answer = rosa._client.get("/roster/hours/hours.xlsx?first=2026-11&last=2026-12")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet.max_row == 5
    assert sheet["E2"].value == 13
