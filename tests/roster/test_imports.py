from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from weerbaar.hotline.roster import imports, rules, verbs
from weerbaar.hotline.roster.errors import ImportRefused
from weerbaar.hotline.roster.models import ShiftRow

NOW = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)
HEADER = "tier,email,start,end\n"
WEEK = HEADER + (
    "1,anna@example.nl,2026-11-24T08:00,2026-11-24T16:00\n"
    "1,bram@example.nl,2026-11-24T16:00,2026-11-25T00:00+01:00\n"
    "2,carla@example.nl,2026-11-24T08:00,2026-11-25T00:00\n"
)


def take(office, text):
    with office.database.session() as session:
        done = imports.import_shifts(session, office.vault, office.planner, text, NOW)
        session.commit()
        return done.added, done.unchanged


def refusal(office, text):
    with office.database.session() as session, pytest.raises(ImportRefused) as refused:
        imports.import_shifts(session, office.vault, office.planner, text, NOW)
    return [str(error) for error in refused.value.errors]


def shifts(office):
    with office.database.session() as session:
        rows = session.execute(
            select(ShiftRow.tier, ShiftRow.person_id, ShiftRow.starts, ShiftRow.ends).order_by(
                ShiftRow.tier, ShiftRow.starts
            )
        )
        return [tuple(row) for row in rows]


def version(office):
    with office.database.session() as session:
        return verbs.version(session)


def test_a_file_adds_its_shifts_and_again_changes_nothing(office):
    assert take(office, WEEK) == (3, 0)
    before = version(office), shifts(office)
    assert before[1][0] == (
        1, office.people["anna"], datetime(2026, 11, 24, 7, tzinfo=UTC), datetime(2026, 11, 24, 15, tzinfo=UTC),
    )  # fmt: skip
    assert take(office, WEEK) == (0, 3)
    assert (version(office), shifts(office)) == before
    assert take(office, WEEK + "1,carla@example.nl,2026-11-25T00:00,2026-11-25T08:00\n") == (1, 3)
    assert version(office) != before[0]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + WEEK,
        WEEK.replace("\n", "\r\n"),
        WEEK.rstrip("\n"),
        WEEK.replace("anna@example.nl", '" Anna@Example.NL "'),
        WEEK.replace("tier,email", "Tier, Email"),
        WEEK + "\n\n,,,\n",
    ],
)
def test_what_spreadsheets_make_of_a_file_is_taken(office, text):
    assert take(office, text) == (3, 0)


def test_the_order_of_the_lines_does_not_matter_at_a_change_of_clocks(office):
    night = "1,anna@example.nl,2026-10-24T22:00,2026-10-25T02:30\n"
    morning = "1,anna@example.nl,2026-10-25T02:30,2026-10-25T08:00\n"
    assert take(office, HEADER + morning + night) == (2, 0)
    assert [(start.hour, end.hour, end.minute) for _tier, _who, start, end in shifts(office)] == [
        (20, 1, 30), (1, 7, 0),
    ]  # fmt: skip
    assert take(office, HEADER + night + morning) == (0, 2)


# A row is in the file twice: one shift.
def test_a_repeated_line_counts_as_unchanged(office):
    line = "1,anna@example.nl,2026-11-24T08:00,2026-11-24T16:00\n"
    assert take(office, HEADER + line + line) == (1, 1)


def test_every_error_is_told_with_its_line_and_nothing_is_changed(office):
    take(office, HEADER + "1,bram@example.nl,2026-11-30T08:00,2026-11-30T16:00\n")
    before = version(office), shifts(office)
    problems = refusal(
        office,
        HEADER
        + "1,anna@example.nl,2026-11-24T08:00,2026-11-24T16:00\n"
        + "1,wie@example.nl,2026-11-24T08:00,2026-11-24T16:00\n"
        + "0,anna@example.nl,2026-11-25T08:00,2026-11-25T16:00\n"
        + "eerste,anna@example.nl,2026-02-30T08:00,2026-11-25T25:00\n"
        + "\n"
        + "1,anna@example.nl,2026-11-26T08:00,2026-11-26T08:00\n"
        + "1,anna@example.nl,2026-11-24T15:00,2026-11-24T18:00\n"
        + "1,bram@example.nl,2026-11-30T15:00,2026-11-30T18:00\n"
        + "1,anna@example.nl,2026-11-27T08:00\n"
        + "1,anna@example.nl,2026-11-27T08:00,2026-11-27T09:00,laat\n"
        + "2,otto@example.nl,2026-11-27T08:00,2026-11-27T16:00\n",
    )
    assert problems == [
        "line 3: no person has this mail address",
        "line 4: tier must be a whole number from 1 to 99",
        f"line 5: end {imports.NOT_A_TIME}",
        f"line 5: start {imports.NOT_A_TIME}",
        "line 5: tier must be a whole number from 1 to 99",
        "line 7: the shift ends before it starts",
        "line 8: overlaps line 2: one person is never in two shifts at once",
        "line 9: overlaps a shift of the same person that is on the roster already",
        "line 10: has 3 columns, must have 4",
        "line 11: has 5 columns, must have 4",
        "line 12: this person has no role that takes calls",
    ]
    assert (version(office), shifts(office)) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the file is empty"),
        (WEEK.replace(",", ";"), "separated by semicolons"),
        (WEEK.replace(",", "\t"), "separated by tabs"),
        (
            "1,anna@example.nl,2026-11-24T08:00,2026-11-24T16:00\n",
            "line 1: the header must be tier,email,start,end",
        ),
        ("tier,email,start\n", "missing: end"),
        ("tier,email,start,end,note\n", "1 unknown columns"),
        ("email,tier,start,end\n", "in this order"),
        (HEADER + '1,"anna@example.nl,2026-11-24T08:00\n', "not proper CSV"),
    ],
)
def test_another_kind_of_file_is_named_as_such(office, text, said):
    problems = refusal(office, text)
    assert len(problems) == 1
    assert said in problems[0]


# No error repeats the mail address that somebody typed.
def test_the_refusal_names_nobody(office):
    problems = refusal(office, HEADER + "1,wie@example.nl,2026-11-24T08:00,2026-11-24T16:00\n")
    assert "wie@" not in " ".join(problems)


def test_an_empty_roster_file_is_no_error(office):
    assert take(office, HEADER) == (0, 0)
    assert version(office) == "0"
    assert rules.REQUIRED_TIERS == (1,)
