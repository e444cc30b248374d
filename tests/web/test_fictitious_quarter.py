"""The figures that a newcomer finds in the demo: published, with small numbers withheld."""

from datetime import UTC, datetime

import pytest

from weerbaar.accounts import trail
from weerbaar.intake import casework, figures_publishing
from weerbaar.intake.figures_facts import Quarter
from weerbaar.intake.figures_tables import ALL, TOTAL
from weerbaar.intake.listing import CaseStatus
from weerbaar.web import fictitious_quarter


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_quarter_that_is_over_is_published(installation):
    installation.clock.set(datetime(2027, 1, 1, 9, tzinfo=UTC))
    house, now = installation.house, installation.clock.now()
    authors = [installation.person("Anna"), installation.coordinator]
    with house.database.session() as session:
        quarter = fictitious_quarter.fill(session, house.vault, authors, now)
        assert list(figures_publishing.published(session)) == [quarter] == [Quarter(2026, 4)]
        numbers = figures_publishing.numbers(session, quarter)
        assert numbers[TOTAL, ALL, ALL] == fictitious_quarter.CASES
        shown = [number for number in numbers.values() if number]
        assert min(shown) >= 5
        assert None in numbers.values(), "there is something withheld to be seen"
        assert {table for table, _row, _column in numbers} > {"province", "type-urgency"}
        # Nothing of it stands among the open work.
        for actor in authors:
            for state, some in ((CaseStatus.OPEN, False), (CaseStatus.CLOSED, True)):
                page = casework.caseload(session, house.vault, actor, now, state=state)
                assert bool(page.lines) is some
        session.commit()
    assert trail.verify(house.database, house.vault) == []
