"""Closing or changing an account says what it costs: shifts that fall open, cases that close."""

from datetime import date, timedelta

import pytest

from tests.accounts.visitor import Visitor
from weerbaar.accounts.actors import SYSTEM, Role
from weerbaar.hotline.roster import rules, verbs
from weerbaar.intake import casework, sharing
from weerbaar.intake.content import CaseFields
from weerbaar.web.app import create_app

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def anna(installation):
    return installation.person("Anna")


@pytest.fixture
def admin(installation):
    person = installation.person("Ada", (Role.ADMIN, Role.COORDINATOR))
    return Visitor(create_app(installation.house)).sign_in(installation, person)


def on_duty(installation, person, days=1):
    now = installation.clock.now()
    with installation.house.database.session() as session:
        for day in range(days):
            start = now + timedelta(days=day)
            verbs.add_shift(
                session, SYSTEM, tier=1, person_id=person.person_id,
                start=rules.Reading(start, start),
                end=rules.Reading(start + timedelta(hours=8), start + timedelta(hours=8)), now=now,
            )  # fmt: skip
        session.commit()


def with_case(installation, author, *shared_with, parts=frozenset({"who", "what"}), until=None):
    house, now = installation.house, installation.clock.now()
    with house.database.session() as session:
        case_id = casework.open_case(
            session, house.vault, author, CaseFields(narrative="Een brief onder de deur."), now
        )
        for person in shared_with:
            sharing.share(
                session, house.vault, author, case_id, person.person_id, parts, now, until=until
            )  # fmt: skip
        session.commit()


def test_the_page_that_closes_an_account_names_what_is_lost(installation, admin, anna):
    page = f"/people/{anna.person_id}/leave"
    assert "voor niemand meer te lezen" not in admin.see(page).text
    assert "staat nog op het rooster" not in admin.text
    with_case(installation, anna, installation.person("Bram"))
    assert "voor niemand meer te lezen" not in admin.see(page).text
    with_case(installation, anna)
    on_duty(installation, anna, days=7)
    admin.see(page)
    assert "1 casus is daarna voor niemand meer te lezen" in admin.text
    assert admin.text.count("Eerste lijn, van") == 5
    assert "en nog 2 diensten" in admin.text


def test_what_is_lost_in_part_is_named_too_and_nothing_goes_unseen(installation, admin, anna):
    page, bram = f"/people/{anna.person_id}/leave", installation.person("Bram")
    story = frozenset({"what"})
    with_case(installation, anna, bram, parts=story)
    with_case(installation, anna, bram, parts=story, until=date(2099, 1, 1))
    admin.see(page)
    assert "Van 1 casus kan daarna niemand meer zien om wie het gaat" in admin.text
    assert "1 casus lezen daarna alleen nog collega's met een tijdelijk recht" in admin.text
    # One more since the page was seen: it is shown again, and nothing was closed.
    with_case(installation, anna)
    admin.send(page, {"alone": "2"}, at=page)
    assert admin.status == 409
    assert "1 casus is daarna voor niemand meer te lezen" in admin.text
    assert admin.send(page, {"alone": "3"}, at=page).status == 303


def test_who_loses_the_role_leaves_cases_that_nobody_reads(installation, admin, anna):
    with_case(installation, anna)
    page = f"/people/{anna.person_id}"
    admin.send(f"{page}/change", {"phone": "0612345699", "roles": ["tour_officer"]}, at=page)
    assert "Zonder deze rol kan niemand 1 casus nog helemaal lezen" in admin.follow().text


@pytest.mark.parametrize("change", [{"phone": ""}, {"roles": ["expert"]}])
def test_a_change_that_empties_a_shift_says_so(installation, admin, anna, change):
    on_duty(installation, anna)
    page = f"/people/{anna.person_id}"
    fields = {"phone": "0612345699", "roles": ["confidant"]}
    admin.send(f"{page}/change", fields, at=page)
    assert "kan nu niet gebeld worden" not in admin.follow().text
    admin.send(f"{page}/change", {**fields, **change}, at=page)
    assert "kan nu niet gebeld worden. Eerste dienst: Eerste lijn, van" in admin.follow().text
