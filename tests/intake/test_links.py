"""Links between cases: a reader of both sees both; a reader of one, that there is another."""

import pytest
from sqlalchemy import select

from tests.intake.conftest import NOON
from weerbaar.accounts import trail
from weerbaar.accounts.models import EnvelopeRow
from weerbaar.intake import links, retention, sharing
from weerbaar.intake.errors import NotYourCase

STORY = {"what"}


def of_case(desk, actor, case_id):
    return desk.do(links.of_case, actor, case_id)


def test_without_showing_content(desk):
    councillor = desk.open_case(desk.anna, narrative="De wethouder is bedreigd.")
    mayor = desk.open_case(desk.anna, narrative="De burgemeester hoorde het ook.")
    desk.do(links.link, desk.anna, councillor, mayor, NOON)
    for one, other, title in (
        (councillor, mayor, "De burgemeester hoorde het ook."),
        (mayor, councillor, "De wethouder is bedreigd."),
    ):
        (seen,) = of_case(desk, desk.anna, one)
        assert (seen.case_id, seen.title, seen.ask) == (other, title, ())
    # Shared later: the reader of one learns that there is another, and whom to ask.
    desk.do(sharing.share, desk.anna, councillor, desk.esther.person_id, STORY, NOON)
    (seen,) = of_case(desk, desk.esther, councillor)
    assert (seen.case_id, seen.title, seen.ask) == (None, "", (desk.anna.person_id,))
    with pytest.raises(NotYourCase):
        desk.read(desk.esther, mayor)
    # Whoever linked them and is no reader any more is not who is asked.
    desk.do(sharing.share, desk.anna, mayor, desk.bram.person_id, {"who", "what"}, NOON)
    with desk.session() as session:
        half = links._halves(session, desk.vault, desk.anna, councillor)[0][1]
        assert links._whom_to_ask(half, [desk.bram.person_id]) == (desk.bram.person_id,)
    # No row in the clear says which two belong together.
    with desk.session() as session:
        kinds = session.execute(
            select(EnvelopeRow.kind, EnvelopeRow.part).where(EnvelopeRow.kind == "case-part")
        ).all()
    assert set(kinds) == {("case-part", "part")}
    assert trail.verify(desk.database, desk.vault) == []


def test_by_a_reader_of_both_alone_and_once(desk):
    mine, theirs = desk.open_case(desk.anna), desk.open_case(desk.bram)
    for one, other in ((mine, theirs), (theirs, mine)):
        with pytest.raises(NotYourCase):
            desk.do(links.link, desk.anna, one, other, NOON)
    with pytest.raises(links.LinkRefused):
        desk.do(links.link, desk.anna, mine, mine, NOON)
    desk.do(sharing.share, desk.bram, theirs, desk.anna.person_id, STORY, NOON)
    desk.do(links.link, desk.anna, mine, theirs, NOON)
    with pytest.raises(links.LinkRefused):
        desk.do(links.link, desk.anna, theirs, mine, NOON)
    # Taken away at one end by who reads both, it is gone at both ends.
    ((seen),) = of_case(desk, desk.anna, theirs)
    desk.do(links.unlink, desk.anna, theirs, seen.record, NOON)
    assert of_case(desk, desk.anna, mine) == of_case(desk, desk.bram, theirs) == []
    desk.do(links.link, desk.anna, mine, theirs, NOON)
    # A case that is gone is said to be gone.
    desk.do(retention.destroy_case, desk.bram, theirs, NOON, "erasure")
    (seen,) = of_case(desk, desk.anna, mine)
    assert (seen.case_id, seen.ask) == (None, ())
    desk.do(links.unlink, desk.anna, mine, seen.record, NOON)
    assert of_case(desk, desk.anna, mine) == []
    assert trail.verify(desk.database, desk.vault) == []
