import json
from datetime import UTC, date, datetime

import pytest
from click.testing import CliRunner

from weerbaar.accounts.actors import SYSTEM
from weerbaar.hotline.roster import rotations
from weerbaar.hotline.roster.commands import roster
from weerbaar.hotline.roster.rotation_blocks import Pattern, usual
from weerbaar.hotline.roster.rotation_proposals import Begin
from weerbaar.hotline.roster.rotation_rules import Phase, Turns

WEEK = (
    "tier,email,start,end\n"
    "1,anna@example.nl,2026-11-24T08:00,2026-11-24T16:00\n"
    "1,bram@example.nl,2026-11-24T12:00,2026-11-25T13:30\n"
    "2,carla@example.nl,2026-11-24T08:00,2026-11-25T00:00\n"
)


@pytest.fixture
def run(house):
    def run(*words):
        result = CliRunner().invoke(roster, words, obj=lambda: house)
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            result.exception
        )
        return result

    return run


@pytest.fixture
def file(tmp_path):
    def file(content):
        path = tmp_path / "roster.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return file


def test_import_adds_and_says_how_many(run, file):
    first = run("import", file(WEEK))
    assert (first.exit_code, first.stdout, first.stderr) == (0, "3 added, 0 unchanged\n", "")
    assert run("import", file(WEEK)).stdout == "0 added, 3 unchanged\n"


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (WEEK + "1,wie@example.nl,2026-11-24T08:00,later\n", ["line 5: end ", "line 5: no person "]),
        (b"tier,email,start,end\n1,an\xffna@example.nl,a,b\n", ["line 2: is not UTF-8 text"]),
        ("tier;email;start;end\n", ["line 1: the columns are separated by semicolons"]),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_on_stderr_with_line_numbers(run, file, content, lines):
    refused = run("import", file(content))
    assert refused.exit_code == 1
    assert refused.stdout == ""
    said = refused.stderr.splitlines()
    assert said[0] == "refused; nothing was changed"
    assert [found.startswith(wanted) for found, wanted in zip(said[1:], lines, strict=True)] == [
        True
    ] * len(lines)
    assert json.loads(run("who", "--json").stdout)["roster_version"] == "0"


def test_who_answers_in_the_agreed_form(run, file):
    run("import", file(WEEK))
    assert json.loads(run("who", "--json").stdout) == {
        "at": "2026-11-24T11:30:00Z",
        "tiers": [
            {"tier": 1, "people": ["anna@example.nl", "bram@example.nl"]},
            {"tier": 2, "people": ["carla@example.nl"]},
        ],
        "roster_version": "1",
    }


@pytest.mark.parametrize(
    ("at", "instant", "first_line"),
    [
        ("2026-11-24T08:00", "2026-11-24T07:00:00Z", ["anna@example.nl"]),
        ("2026-11-24T06:59:59Z", "2026-11-24T06:59:59Z", []),
        ("2026-11-24T06:59:59.999999Z", "2026-11-24T06:59:59.999999Z", []),
        ("2026-11-24T16:00:00+01:00", "2026-11-24T15:00:00Z", ["bram@example.nl"]),
    ],
)
def test_who_at_another_instant(run, file, at, instant, first_line):
    run("import", file(WEEK))
    answer = json.loads(run("who", "--at", at, "--json").stdout)
    assert answer["at"] == instant
    assert [tier["people"] for tier in answer["tiers"] if tier["tier"] == 1] == (
        [first_line] if first_line else []
    )
    assert run("who", "--at", "gisteren").exit_code == 2


def test_coverage_names_the_holes_and_ends_with_one(run, file, house):
    run("import", file(WEEK))
    house.clock.at = datetime(2026, 11, 24, 11, 30, 0, 5, tzinfo=UTC)
    result = run("coverage", "--days", "2", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "from": "2026-11-24T11:30:00Z",
        "to": "2026-11-26T11:30:00Z",
        "required": [1],
        "holes": [{"tier": 1, "start": "2026-11-25T12:30:00Z", "end": "2026-11-26T11:30:00Z"}],
        "thin": [
            {
                "tier": 1, "start": start, "end": end, "have": have, "need": 1,
                "reasons": ["phone_untested", "not_admitted"],
            }
            for start, end, have in (
                ("2026-11-24T11:30:00Z", "2026-11-24T15:00:00Z", 2),
                ("2026-11-24T15:00:00Z", "2026-11-25T12:30:00Z", 1),
            )
        ],
    }  # fmt: skip
    whole = run("coverage", "--days", "1", "--json")
    assert (whole.exit_code, json.loads(whole.stdout)["holes"]) == (0, [])


def test_people_read_the_same_in_words(run, file):
    assert "nobody is on duty" in run("who").stdout
    run("import", file(WEEK))
    assert "tier 1: Anna <anna@example.nl>, Bram <bram@example.nl>" in run("who").stdout
    assert "tier 1: nobody from 2026-11-25T12:30:00Z" in run("coverage", "--days", "7").stdout
    said = run("coverage", "--days", "1").stdout
    assert "no holes" in said
    assert "thin from 2026-11-24T15:00:00Z to 2026-11-25T11:30:00Z, 1 of 1: phone_un" in said


def test_generate_fills_the_weeks_ahead_and_says_how_many(run, office, house):
    phase = Phase(
        date(2026, 11, 24), 1, usual(Pattern.DAYS), Turns.BLOCK,
        (office.people["anna"], office.people["bram"]),
    )  # fmt: skip
    with office.database.session() as session:
        seen = rotations.preview(session, None, Begin(phase), now=house.clock.now(), weeks=1)
        rotations.carry_out(
            session, SYSTEM, None, Begin(phase), shown=seen.mark, now=house.clock.now(), weeks=1
        )
        session.commit()
    assert run("generate", "--weeks", "1").stdout == "0 added\n"
    assert run("generate", "--weeks", "3").stdout == "14 added\n"
    # As many weeks as the setting says.
    assert run("generate").stdout == "161 added\n"
    assert run("coverage", "--days", "180").exit_code == 0
