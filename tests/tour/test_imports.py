"""An administration from elsewhere: matched by name, shown first, refused whole."""

import io
from datetime import date, datetime

import openpyxl
import pytest

from tests.tour.conftest import NOON
from weerbaar.tour import activities, contacts, imports, matching, places, tables
from weerbaar.tour.activities import Step
from weerbaar.tour.imports import ImportRefused
from weerbaar.tour.stages import Stage, State

GOOD = """gemeente;gesprek;dag gesprek;sessie;dag sessie;griffier
den haag;gehouden;01-03-2024;gehouden;2024-05-02;Griffier Een
gemeente Utrecht;uitgenodigd;;;;
provincie Utrecht;;01-12-2026;;;
Brielle;gevoerd;12-09-2022;afgezien;;
GM0363;afgezien;;;;Griffier Twee
"""


def workbook(rows):
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def take_in(bureau, content):
    text = content.encode() if isinstance(content, str) else content
    return bureau.sealed(imports.take_in, bureau.toos, text, NOON)


def refused(bureau, content):
    with pytest.raises(ImportRefused) as found:
        take_in(bureau, content)
    return found.value.errors


def errors(bureau, content):
    found = [(each.line, each.code) for each in refused(bureau, content)]
    assert bureau.do(activities.standings) == {}
    return found


@pytest.mark.parametrize(
    ("written", "code"),
    [("Den Haag", "GM0518"), ("'s-gravenhage", "GM0518"), ("SUDWEST FRYSLAN", "GM1900"),
     ("Friesland", "PV21"), ("Hengelo", "GM0164"), ("Bergen (L.)", "GM0893"), ("GM0344", "GM0344"),
     ("gemeente Utrecht", "GM0344"), ("Provincie Utrecht", "PV26"), ("Weesp", "GM0363"),
     ("GM0501", "GM1992"), ("Gemeente Amsterdam", "GM0363"), ("Voorbeeldstad", "GM9999")],
)  # fmt: skip
def test_a_name_as_people_write_it_is_one_government(written, code):
    assert matching.match(written).place.code == code


@pytest.mark.parametrize(
    ("written", "offered"),
    [("Utrecht", ["gemeente Utrecht", "provincie Utrecht"]), ("Bergen", ["Bergen (L.)", "Bergen (NH.)"]),
     ("Amsterdm", ["Amsterdam"]), ("Haag", ["'s-Gravenhage (Den Haag)"]), ("", []), ("Xyzzy", [])],
)  # fmt: skip
def test_a_name_that_is_none_or_of_two_is_no_match_and_what_may_be_meant_is_offered(
    written, offered
):
    found = matching.match(written)
    assert found.place is None
    assert set(offered) <= set(found.candidates)
    assert offered or not found.candidates


def test_a_list_with_old_and_other_names_is_taken_in(bureau):
    shown = bureau.sealed(imports.preview, GOOD.encode(), NOON)
    assert bureau.do(activities.standings) == {}
    assert shown.renamed == (("Brielle", "Voorne aan Zee"),)
    done = take_in(bureau, GOOD)
    assert done.stages == shown.stages
    standing = bureau.do(activities.standings)
    assert standing["GM0518"].visited_on == date(2024, 3, 1)
    assert standing["GM0518"].session is State.HELD
    assert standing["GM0344"].conversation is State.INVITED
    # A day alone is held when it was, and planned when it is still to come.
    assert standing["PV26"].conversation is State.PLANNED
    assert standing["GM1992"].visited
    (clerk,) = bureau.sealed(contacts.of_place, places.place("GM0363"))
    assert clerk.name == "Griffier Twee"


def test_the_same_list_a_second_time_changes_nothing(bureau):
    take_in(bureau, GOOD)
    again = take_in(bureau, GOOD)
    assert (again.stages, again.people, again.unchanged) == ((), (), 9)


OLD = """naam;gesprek;dag gesprek;burgemeester
Brielle;gehouden;12-03-2022;Burgemeester Een
Hellevoetsluis;gehouden;12-03-2022;Burgemeester Twee
Westvoorne;uitgenodigd;;
Amsterdam;gehouden;01-02-2022;
gemeente Weesp;gehouden;02-02-2022;
"""


def test_municipalities_that_merged_since_keep_each_their_own_line(bureau):
    done = take_in(bureau, OLD)
    assert [each.code for each in done.stages] == [
        "GM0501", "GM0530", "GM0614", "GM0363", "GM0457",
    ]  # fmt: skip
    voorne = places.place("GM1992")
    found = bureau.do(activities.of_codes, voorne.codes)
    assert {(each.code, each.state) for each in found} == {
        ("GM0501", State.HELD), ("GM0530", State.HELD), ("GM0614", State.INVITED),
    }  # fmt: skip
    assert bureau.do(activities.standings)["GM1992"].visited_on == date(2022, 3, 12)
    people = bureau.sealed(contacts.of_place, voorne)
    assert {(each.code, each.name) for each in people} == {
        ("GM0501", "Burgemeester Een"), ("GM0530", "Burgemeester Twee"),
    }  # fmt: skip
    again = take_in(bureau, OLD)
    assert (again.stages, again.people, again.unchanged) == ((), (), 7)
    assert [each.code for each in refused(bureau, "naam\nBrielle\nGM0501\n")] == [
        "government-twice"
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_page_of_a_merged_municipality_says_which_record_is_whose(bureau, visit):
    take_in(bureau, OLD)
    shown = visit("toos").see("/tour/governments/GM1992").text
    assert "12-03-2022 (Brielle)" in shown
    assert "12-03-2022 (Hellevoetsluis)" in shown
    assert "burgemeester (Hellevoetsluis)" in shown


def test_a_workbook_is_read_like_a_text(bureau):
    content = workbook(
        [
            ["Gemeente", "Gesprek", "Dag gesprek"],
            ["Den Bosch", "gehouden", datetime(2024, 3, 1, tzinfo=None)],  # noqa: DTZ001 - a workbook knows no zones
            [None, None, None],
            ["GM0344", "gepland", date(2026, 12, 1)],
        ]
    )
    take_in(bureau, content)
    standing = bureau.do(activities.standings)
    assert standing["GM0796"].visited_on == date(2024, 3, 1)
    assert standing["GM0344"].conversation is State.PLANNED


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("", [(1, "empty")]),
        ("naam,gesprek,burgervader\nGouda,gehouden,x\n", [(1, "unknown-column")]),
        ("gesprek\ngehouden\n", [(1, "no-government-column")]),
        ("naam,code\nGouda,GM0513\n", [(1, "column-twice")]),
        (
            ("naam,gesprek,dag gesprek\nUtrecht,gehouden,01-03-2024\nXyzzy,,\nGouda,gehouden,\n"
            "Delft,gehouden,01-03-2027\nLeiden,geweest,01-03-2024\nZwolle,gehouden,32-03-2024\n"
            "Gouda,uitgenodigd,\nEde,aangeboden,\nBreda,uitgenodigd,\n"),
            [
                (2, "which-government"), (3, "no-government"), (4, "day-missing"), (5, "day-ahead"),
                (6, "no-state"), (7, "no-day"), (8, "government-twice"), (9, "no-state"),
            ],
        ),
        (b"naam\n\xff\xfe\n", [(2, "not-utf-8")]),
        ('naam\n"Gouda\n', [(2, "not-csv")]),
        (b"PK\x03\x04 no workbook", [(1, "not-a-workbook")]),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_whole_with_its_lines(bureau, content, found):
    assert errors(bureau, content) == found


def test_a_small_file_that_unpacks_to_much_is_refused(monkeypatch):
    monkeypatch.setattr(tables, "LARGEST_UNPACKED", 100)
    with pytest.raises(tables.NotATable) as refused:
        tables.read(workbook([["Gemeente"]]))
    assert refused.value.code == "too-large"


def test_an_import_never_changes_what_stands(bureau):
    step = Step(State.INVITED)
    bureau.do(activities.begin, bureau.toos, "GM0513", Stage.CONVERSATION, step, NOON)
    with pytest.raises(ImportRefused) as refused:
        take_in(bureau, "naam,gesprek,dag gesprek\nGouda,gehouden,01-03-2024\n")
    assert [each.code for each in refused.value.errors] == ["stands-otherwise"]
    assert bureau.do(activities.standings)["GM0513"].conversation is State.INVITED


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_page_shows_what_a_file_does_before_it_does_it(bureau, visit):
    toos = visit("toos")
    toos.send(
        "/tour/import/preview", {"file": (io.BytesIO(GOOD.encode()), "tour.csv")}, at="/tour/import"
    )
    assert "7 fasen komen erbij." in toos.text
    assert "Brielle hoort nu bij Voorne aan Zee" in toos.text
    token = toos.page.partition('name="content"')[2].partition('value="')[2].partition('"')[0]
    toos.send("/tour/import", {"content": token})
    assert "7 fasen toegevoegd." in toos.text
    bad = b"naam,gesprek\nUtrecht,gehouden\n"
    toos.send("/tour/import/preview", {"file": (io.BytesIO(bad), "tour.csv")}, at="/tour/import")
    assert toos.status == 422
    assert "Regel 2: Utrecht is niet duidelijk; misschien bedoelt u" in toos.text
    toos.send("/tour/import/preview", {}, at="/tour/import")
    assert "Kies een bestand." in toos.text
