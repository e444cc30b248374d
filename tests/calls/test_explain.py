"""Who would ring, past and ahead: the same as who does ring, and why the others do not."""

import json
import re
from datetime import timedelta

import pytest
from click.testing import CliRunner

from tests.telephony.conftest import Desk
from weerbaar.accounts.actors import Actor, Role
from weerbaar.hotline.calls import explain
from weerbaar.hotline.roster import rules
from weerbaar.hotline.roster import verbs as roster
from weerbaar.simulator import personas
from weerbaar.web.command import main

HOUR = timedelta(hours=1)


def of(desk: Desk, at=None):
    now = desk.now()
    with desk.house.database.session() as session:
        found = explain.explain(session, desk.house.vault, at or now, now)
    return explain.facts(found, desk.installation.mails)


def people(entries):
    return [one["person"].split("@")[0] for one in entries]


def test_what_is_explained_is_what_rings(desk: Desk) -> None:
    for name, tier in (("Anna", 1), ("Bram", 1), ("Cato", 1), ("Daan", 2)):
        desk.confidant(name, tier, personas.refuses())
    for _call in range(3):
        told = people(of(desk)["order"])
        call = desk.call(personas.patient(talks=5), "anonymous")
        assert [name.lower() for name in desk.rung(call)][: len(told)] == told
        desk.network.advance(120)


def test_who_has_no_telephone_or_talks_is_passed_over_with_the_reason(desk: Desk) -> None:
    desk.confidant("Anna", 1, phone=None)
    desk.confidant("Bram", 1, personas.answers("1", talks=600))
    desk.confidant("Cato", 2, personas.answers("1"))
    desk.network.call("+31687654321", personas.patient(talks=600))
    desk.network.advance(90)
    told = of(desk)
    assert people(told["order"]) == ["cato"]
    assert {(one["person"][:4], one["reason"]) for one in told["skipped"]} == {
        ("anna", "no_phone"), ("bram", "in_call"),
    }  # fmt: skip
    # An hour from now nobody knows who talks.
    assert people(of(desk, desk.now() + HOUR)["order"]) == ["bram", "cato"]


@pytest.fixture
def changed(desk: Desk):
    """Anna had it; an hour ago it was given to Bram."""
    anna, bram = desk.confidant("Anna", None), desk.confidant("Bram", None)
    desk.on_duty(anna, 1, start=desk.now() - 2 * HOUR, hours=6)
    then = desk.now()
    with desk.house.database.session() as session:
        (duty,) = roster.on_duty(session, then)
    desk.network.advance(3600)
    planner = Actor(desk.installation.coordinator.person_id, frozenset({Role.COORDINATOR}))
    with desk.house.database.session() as session:
        roster.replace_person(session, planner, duty.shift_id, bram.person_id, now=desk.now())
        session.commit()
    desk.network.advance(3600)
    return then


def test_the_past_is_told_as_it_was_and_what_was_changed_since(desk: Desk, changed) -> None:
    assert people(of(desk)["order"]) == ["bram"]
    told = of(desk, changed)
    assert people(told["order"]) == ["anna"]
    assert told["roster_version"] == "1"
    assert told["remembered"]
    (change,) = told["changed_since"]
    assert (change["act"], change["roster_version"]) == ("shift.replace", "2")
    assert change["before"]["person"] == "anna@example.nl"
    assert change["after"]["person"] == "bram@example.nl"
    assert of(desk, desk.now() + HOUR)["changed_since"] == []


def test_the_command_tells_it_to_machines_and_people(desk: Desk, changed) -> None:
    def run(*args):
        done = CliRunner().invoke(
            main.commands["roster"], ["explain", *args], obj=lambda: desk.house
        )
        assert done.exit_code == 0, done.output
        return done.output

    told = json.loads(run("--at", changed.isoformat(), "--json"))
    assert [one["person"] for one in told["order"]] == ["anna@example.nl"]
    text = run("--at", changed.isoformat())
    assert "1. tier 1: anna@example.nl" in text
    assert "changed since:" in text
    assert "shift.replace" in text
    assert "nobody would ring" in run("--at", "2031-01-01T00:00")
    assert "1. tier 1: bram@example.nl" in run()


def test_the_page_shows_the_order_to_who_takes_calls_and_lines_to_who_plans(
    desk: Desk, visit, changed
) -> None:
    from weerbaar.config.clock import local

    anna = desk.installation.coordinator
    page = visit(anna).see("/roster/explain")
    assert "Bram" in page.text
    assert "Dit is het rooster zoals het nu is: versie 2." in page.text
    page.see(f"/roster/explain?at={local(changed + timedelta(minutes=1)):%Y-%m-%dT%H:%M}")
    assert "Dit is het rooster zoals het toen was: versie 1." in page.text
    assert "Daarna gewijzigd" in page.text
    assert "Was: Eerste lijn, Anna, van" in page.text
    assert page.see("/roster/explain?at=nonsense").status == 422
    planner = desk.installation.person("Rosa", roles={Role.ROSTER_MANAGER})
    page = visit(planner).see("/roster/explain")
    assert "Eerste lijn Bram" in page.text
    assert "eerst wie het langst niet gebeld is" not in page.text


def test_who_only_plans_does_not_learn_who_talks(desk: Desk, visit) -> None:
    desk.confidant("Bram", 1, personas.answers("1", talks=600))
    desk.network.call("+31687654321", personas.patient(talks=600))
    desk.network.advance(90)
    planner = desk.installation.person("Rosa", roles={Role.ROSTER_MANAGER})
    assert "gesprek" not in visit(planner).see("/roster/explain").text
    assert "is nu in gesprek" in visit(desk.installation.coordinator).see("/roster/explain").text


def test_a_time_that_comes_twice_is_said(desk: Desk, visit) -> None:
    page = visit(desk.installation.coordinator).see("/roster/explain?at=2026-10-25T02:30")
    assert "Deze tijd komt die nacht twee keer voor. U ziet de eerste." in page.text
    second = re.search(r'href="(/roster/explain\?[^"]*second=1)"', page.page)
    assert second is not None
    page.see(second.group(1).replace("&amp;", "&"))
    assert "U ziet de tweede." in page.text
    assert "2026-10-25T02:30+01:00" in page.page
    assert rules.read("2026-10-25T02:30").first != rules.read("2026-10-25T02:30").last


def test_a_time_that_no_clock_shows_is_said(desk: Desk, visit) -> None:
    page = visit(desk.installation.coordinator).see("/roster/explain?at=2027-03-28T02:30")
    assert "Deze tijd bestaat die nacht niet" in page.text
    assert "twee keer" not in page.text
    assert "28-03-2027 01:30" in page.text


def test_the_trail_and_the_shift_tell_what_it_was_and_became(desk: Desk, visit, changed) -> None:
    page = visit(desk.installation.coordinator).see("/trail?action=shift.replace")
    assert "Was: Eerste lijn, Anna, van" in page.text
    assert "Werd: Eerste lijn, Bram, van" in page.text
    with desk.house.database.session() as session:
        (duty,) = roster.on_duty(session, desk.now())
    page.see(f"/roster/shifts/{duty.shift_id}")
    assert "Wat er met deze dienst gebeurde" in page.text
    assert "Was: geen dienst" in page.text
    assert "Werd: Eerste lijn, Bram, van" in page.text
