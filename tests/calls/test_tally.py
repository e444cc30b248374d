"""Calls taken per person and month, and nothing finer."""

from datetime import date

from tests.telephony.conftest import Desk
from weerbaar.hotline.calls import tally
from weerbaar.simulator import personas


def test_a_call_counts_for_who_took_it_in_its_month(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.answers("1"), personas.off())
    bram = desk.confidant("Bram", 2, personas.answers("1"))
    for _call in range(3):
        desk.call(personas.patient(talks=5), "anonymous")
        desk.network.advance(120)
    day = desk.now().date()
    with desk.house.database.session() as session:
        found = tally.taken(session, day.replace(day=1), day)
        assert tally.taken(session, date(2020, 1, 1), date(2020, 12, 31)) == {}
    assert sum(found.values()) == 3
    assert {month for _person, month in found} == {day.replace(day=1)}
    assert {person for person, _month in found} <= {anna.person_id, bram.person_id}
    assert found[bram.person_id, day.replace(day=1)] >= 1
