"""The trail's own period, as worker and command keep to it."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from weerbaar.accounts import trail
from weerbaar.accounts.actors import SYSTEM
from weerbaar.accounts.models import TrailRow
from weerbaar.intake import retention_periods
from weerbaar.intake.retention_rules import Category, PeriodRefused
from weerbaar.web import command, duties, purge

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def old(installation):
    """A house of eight years whose first rows are past their period; it is two at night."""
    house = installation.house
    installation.clock.forward(days=8 * 365, hours=-6)
    with house.database.session() as session:
        trail.record(session, SYSTEM, "case.read", "case", None, house.clock.now())
        session.commit()
    return installation


def rows(installation):
    with installation.house.database.session() as session:
        return session.scalar(select(func.min(TrailRow.number)))


def set_days(installation, days):
    with installation.house.database.session() as session:
        retention_periods.set_period(
            session, installation.coordinator, Category.TRAIL, days, installation.clock.now()
        )
        session.commit()


def test_the_worker_takes_the_oldest_rows_at_night_by_the_period_that_is_set(old):
    (duty,) = [one for one in duties.rounds() if one.name == "old rows of the trail"]
    set_days(old, 3650)
    duty.go(old.house, old.clock.now())
    assert rows(old) == 1
    set_days(old, 2555)
    duty.go(old.house, old.clock.now() + timedelta(hours=9))
    assert rows(old) == 1
    (duty,) = [one for one in duties.rounds() if one.name == "old rows of the trail"]
    duty.go(old.house, old.clock.now())
    assert rows(old) > 1
    assert trail.verify(old.house.database, old.house.vault) == []
    with pytest.raises(PeriodRefused):
        set_days(old, 1094)


def test_a_trail_that_does_not_hold_is_left_by_the_worker_and_told_by_the_command(old, monkeypatch):
    house = old.house
    monkeypatch.setattr(command, "opened", lambda: house)

    def purged(*more):
        return CliRunner().invoke(command.main, ["purge", *more])

    said = json.loads(purged("--dry-run", "--json").stdout)
    assert said["trail"] > 0
    with house.database.session() as session:
        session.execute(update(TrailRow).where(TrailRow.number == 2).values(action="sign-out"))
        session.commit()
    assert purge.shorten_trail_at_night(house, house.clock.now()) == 0
    broken = purged()
    assert (broken.exit_code, "the trail does not hold" in broken.output) == (1, True)
    assert rows(old) == 1
