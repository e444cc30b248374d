"""What the roof adds to reviewing rights: the board says when one is due, intake tells of rights."""

from datetime import date, timedelta

import pytest

from tests.accounts.visitor import Visitor
from weerbaar.accounts.actors import Role
from weerbaar.intake import casework
from weerbaar.intake.content import CaseFields
from weerbaar.intake.sharing_models import CaseGrantRow
from weerbaar.web.app import create_app

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def anna(installation):
    return installation.person("Anna")


def come(installation, *roles, name):
    person = installation.person(name, roles)
    return Visitor(create_app(installation.house)).sign_in(installation, person)


def test_the_board_tells_coordinators_alone_two_weeks_ahead(installation):
    installation.clock.forward(days=77)
    carla = come(installation, Role.COORDINATOR, name="Carla")
    assert "Kijk of iedereen" not in carla.see("/").text
    installation.clock.set(installation.clock.now() + timedelta(days=1))
    dirk = come(installation, Role.COORDINATOR, name="Dirk")
    assert "uiterlijk op 02-06-2026" in dirk.see("/").text
    for role in (Role.CONFIDANT, Role.AUDITOR):
        other = come(installation, role, name=role.value)
        assert "Kijk of iedereen" not in other.see("/").text


def test_rights_to_cases_that_end_on_a_day_are_counted(installation, anna):
    house, expert = installation.house, installation.person("Esther", (Role.EXPERT,))
    with house.database.session() as session:
        for day in (date(2026, 5, 1), date(2026, 6, 1), None):
            case_id = casework.open_case(
                session, house.vault, anna, CaseFields(narrative="Een brief."), house.clock.now()
            )
            session.add(
                CaseGrantRow(
                    case_id=case_id, person_id=expert.person_id, given_by=anna.person_id,
                    ends_on=day,
                )
            )  # fmt: skip
        session.commit()
    carla = come(installation, Role.COORDINATOR, name="Carla")
    carla.send("/reviews", {"scope": "everybody"})
    text = carla.follow().text
    assert "2 rechten op casussen, de laatste tot en met 01-06-2026" in text
    assert text.count("rechten op casussen") == 1
