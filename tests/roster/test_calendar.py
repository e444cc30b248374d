"""The roster by month and by person, and one's own shifts."""

import re
from datetime import date

import pytest

from weerbaar.hotline.roster import months, rules, verbs


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    """Pages: what the database decides is tested elsewhere."""
    path = tmp_path / "weerbaar.sqlite"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def add(office, house):
    def add(who, start, end, tier=1):
        with office.database.session() as session:
            shift_id = verbs.add_shift(
                session, office.planner, tier=tier, person_id=office.people[who],
                start=rules.read(start), end=rules.read(end), now=house.clock.now(),
            )  # fmt: skip
            session.commit()
            return shift_id

    return add


@pytest.mark.parametrize(
    ("month", "first", "number"), [("2026-02", "2026-01-26", 5), ("2027-02", "2027-02-01", 4)]
)
def test_a_month_shows_whole_weeks(month, first, number):
    mondays = months.mondays(months.read_month(month))
    assert (mondays[0], len(mondays)) == (date.fromisoformat(first), number)


@pytest.mark.parametrize(
    "wrong", ["", "2026", "2026-13", "2026-00", "0001-01", "9999-12", "x", "2026-1"]
)
def test_what_is_no_month_is_none(wrong):
    with pytest.raises(months.NoSuchMonth):
        months.read_month(wrong)


def test_a_month_ends_where_the_next_begins():
    first = months.read_month("2026-10")
    assert months.span(first).ends == months.span(months.following(first)).starts
    # The clock goes back in October.
    assert (months.span(first).ends - months.span(first).starts).total_seconds() == (
        31 * 24 + 1
    ) * 3600
    assert months.following(months.read_month("2026-12")) == date(2027, 1, 1)
    assert months.previous(months.read_month("2027-01")) == date(2026, 12, 1)


def cell(page, name):
    """The text of one day of the month."""
    part = page.partition(f">{name}</span>")[2].partition("</td>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", part).split())


def test_a_month_says_of_each_day_who_has_which_line_and_where_nobody_is(visit, add):
    add("anna", "2026-11-24T08:00", "2026-11-25T08:00")
    add("bram", "2026-11-24T12:00", "2026-11-24T18:00")
    add("carla", "2026-11-24T00:00", "2026-11-26T00:00", tier=2)
    rosa = visit("rosa").see("/roster?view=month")
    assert "November 2026" in rosa.text
    tuesday = cell(rosa.page, "dinsdag 24 november")
    assert tuesday == (
        "Eerste lijn 00:00 tot 08:00 Niemand 08:00 tot 24:00 Anna 12:00 tot 18:00 Bram"
        " Achterwacht 00:00 tot 24:00 Carla"
    )
    assert cell(rosa.page, "woensdag 25 november").startswith("Eerste lijn 00:00 tot 08:00 Anna")
    assert rosa.page.count('aria-current="date"') == 1
    assert 'href="/roster?week=2026-W48"' in rosa.page
    assert "view=month&amp;month=2026-10" in rosa.page
    assert "/roster/shifts/" in rosa.page
    # What is over cannot be filled any more.
    assert "tier=1&amp;start=2026-11-25T08:00&amp;end=2026-11-26T00:00#add" in rosa.page
    assert "tier=1&amp;start=2026-11-24T00:00&amp;end=2026-11-24T08:00#add" not in rosa.page
    assert "Eerste kerstdag" in rosa.see("/roster?view=month&month=2026-12").text


def test_who_only_looks_gets_no_links_to_change(visit, add):
    add("anna", "2026-11-24T08:00", "2026-11-25T08:00")
    otto = visit("otto").see("/roster?view=month")
    assert "08:00 tot 24:00 Anna" in otto.text
    assert "/roster/shifts/" not in otto.page
    assert "#add" not in otto.page
    otto.see("/roster?view=person")
    assert "/roster/shifts/" not in otto.page


def test_who_takes_calls_comes_to_a_shift_from_every_view(visit, add):
    shift = add("anna", "2026-11-24T08:00", "2026-11-25T08:00")
    anna = visit("anna")
    for address in ("/roster", "/roster?view=month", "/roster?view=person", "/roster/mine"):
        assert f'href="/roster/shifts/{shift}"' in anna.see(address).page
    assert 'href="/roster/readiness"' in anna.page


def test_a_month_without_shifts_is_a_month_of_holes_and_nonsense_is_this_month(visit):
    rosa = visit("rosa").see("/roster?view=month&month=2031-05")
    assert rosa.status == 200
    assert "Gat" in rosa.text
    assert "November 2026" in rosa.see("/roster?view=month&month=nonsense").text
    assert "Week 48" in rosa.see("/roster?view=nonsense").text


def test_one_person_in_a_month_with_hours_also_when_the_clock_changes(office, visit, add):
    add("anna", "2026-10-24T20:00", "2026-10-25T08:00")
    add("bram", "2026-10-24T08:00", "2026-10-24T20:00")
    anna = office.people["anna"]
    rosa = visit("rosa").see(f"/roster?view=person&month=2026-10&person={anna}")
    assert "24-10-2026 20:00 tot 25-10-2026 08:00" in rosa.text
    assert "Eerste lijn 13 43" in rosa.text
    assert "08:00 tot 20:00" not in rosa.text
    assert "Geen diensten in deze maand" in rosa.see(f"/roster?view=person&person={anna}").text
    assert rosa.see("/roster?view=person&person=nobody").status == 200


def test_my_shifts_are_mine_and_ahead(visit, add):
    add("anna", "2026-11-23T08:00", "2026-11-23T16:00")
    add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    add("anna", "2026-12-25T08:00", "2026-12-25T15:30", tier=2)
    add("bram", "2026-11-24T16:00", "2026-11-24T22:00")
    anna = visit("anna").see("/roster/mine")
    assert "U heeft nu dienst Eerste lijn tot 24-11-2026 16:00" in anna.text
    assert "25-12-2026 08:00 tot 15:30 vrijdag 25 december 2026; Eerste kerstdag" in anna.text
    assert "7,5" in anna.text
    assert "16:00 tot 22:00" not in anna.text
    assert "23-11-2026" not in anna.text
    otto = visit("otto").see("/roster/mine")
    assert "U staat niet op het rooster Met uw rol neemt u geen oproepen aan." in otto.text


def test_many_shifts_of_mine_go_on_by_month(visit, add):
    for day in range(1, 32):
        add("anna", f"2026-12-{day:02}T08:00", f"2026-12-{day:02}T16:00")
    anna = visit("anna").see("/roster/mine")
    assert "30-12-2026 08:00" in anna.text
    assert "31-12-2026" not in anna.text
    assert "En nog 1 dienst daarna." in anna.text
    assert "month=2026-12" in anna.page
