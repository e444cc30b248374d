"""Promise 4: tour and cases never meet. Not in a page, not in a key, not in a table."""

import io
import re
from datetime import date, timedelta

import pypdf
import pytest
from sqlalchemy import select

from tests.tour.conftest import NOON, Bureau, Visit
from weerbaar.accounts import envelopes, feeds
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.feeds import Scope
from weerbaar.accounts.models import EnvelopeReaderRow, EnvelopeRow
from weerbaar.accounts.recipients import GroupName
from weerbaar.config.database import Model
from weerbaar.hotline.calls.models import CallRow
from weerbaar.intake import casework
from weerbaar.intake.content import CaseFields
from weerbaar.tour import (
    absences,
    activities,
    contacts,
    enquiries,
    notes,
    steps,
    trainers,
)
from weerbaar.tour.activities import Step
from weerbaar.tour.contacts import Contact, ContactRole
from weerbaar.tour.details import Details
from weerbaar.tour.enquiries import Question
from weerbaar.tour.stages import Stage, State
from weerbaar.tour.trainers import Card
from weerbaar.tour.working_models import StepKind, TourFeedRow
from weerbaar.web.app import create_app

TODAY = date(2026, 11, 24)
PLACES = ("GM0344", "PV26", "GM0518", "GM1992", "GM0363")
# Promised with 500; on the other engine as many as each place needs to have several.
CASES = {"sqlite": 500, "postgresql": 25}
PAPERS = ("card", "poster", "report")
TOUR_KINDS = {Kind.TOUR_NOTE, Kind.TOUR_ACTIVITY, Kind.TOUR_ENQUIRY}


@pytest.fixture
def bureau(installation):
    installation.clock.set(NOON)
    return Bureau(installation)


def fill_the_tour(bureau):
    """Something of everything that the tour keeps, with the municipalities of the cases below.

    Returns:
        The ids that addresses have, by what they are called there, and the token of a feed.
    """
    for number, code in enumerate(PLACES):
        step = Step(State.PLANNED, on_day=TODAY - timedelta(days=number))
        talk = bureau.do(activities.begin, bureau.toos, code, Stage.CONVERSATION, step, NOON)
        bureau.do(activities.move, bureau.toos, talk, Step(State.HELD), NOON, seen=1)
        said = Details(situation="Het is rustig.", needs=("Grenzen stellen",))
        bureau.sealed(activities.write, bureau.toos, talk, said, NOON, seen=2)
        bureau.sealed(notes.write, bureau.toos, code, "Bellen na de zomer.", NOON)
        bureau.sealed(contacts.put, bureau.toos, code, Contact(ContactRole.CLERK, "Griffier"), NOON)
        bureau.do(
            steps.plan, bureau.toos, code, StepKind.OFFER_SESSION,
            due_on=TODAY, officer_id=bureau.toos.person_id, now=NOON,
        )  # fmt: skip
    bureau.sealed(enquiries.enter, Question("Wat kost een sessie?"), PLACES[0], NOON)
    tessa = bureau.sealed(trainers.put, bureau.toos, Card("Tessa Trainer"), NOON)
    step = Step(State.PLANNED, on_day=TODAY, officer_id=bureau.toos.person_id)
    session = bureau.do(activities.begin, bureau.toos, PLACES[0], Stage.SESSION, step, NOON)
    bureau.do(trainers.assign, bureau.toos, session, tessa, 850, NOON)
    bureau.do(absences.away, bureau.toos, tessa, TODAY, TODAY, NOON)
    return {
        "activity_id": [talk, session],
        "trainer_id": [tessa],
        "token": [bureau.do(feeds.make, bureau.toos, TourFeedRow, Scope.TEAM, NOON)],
    }


def fill_the_cases(bureau):
    """Cases and calls of people from the very same places, today."""
    with bureau.session() as session:
        for number in range(CASES[session.get_bind().dialect.name]):
            fields = CaseFields(
                narrative="Een brief onder de deur.", organisation=PLACES[number % len(PLACES)]
            )
            casework.open_case(session, bureau.vault, bureau.anna, fields, NOON)
            session.add(
                CallRow(
                    token=f"token-{number}", provider_sid=f"CA{number:032x}", state="ended",
                    outcome="talked", created_day=TODAY, started_at=NOON, withheld=False,
                )
            )  # fmt: skip
        session.commit()


# What is of one kind of activity alone answers 404 for the others.
NOT_OF_ALL = ("/correct",)


def pages(visit, ids, *, papers):
    """Every page of the tour that has an address, and what it answers, without form tokens.

    Args:
        visit: of somebody of the tour.
        ids: what addresses with an id are of.
        papers: also the PDFs, which cost a second each.
    """
    rules = visit.client.application.url_map.iter_rules()
    addresses, unseen = set(), set()
    for rule in rules:
        if "GET" not in rule.methods or not rule.rule.startswith("/tour"):
            continue
        if not rule.arguments:
            addresses.add(rule.rule)
        elif rule.arguments == {"code"}:
            addresses |= {rule.rule.replace("<code>", code) for code in PLACES}
        elif rule.arguments == {"kind"}:
            kinds = ("csv", "xlsx")
            if rule.rule.endswith(".pdf"):
                kinds = PAPERS if papers else ()
            addresses |= {rule.rule.replace("<kind>", kind) for kind in kinds}
        elif rule.arguments == {"code", "stage"}:
            addresses.add(f"/tour/governments/{PLACES[0]}/training/new")
        elif len(rule.arguments) == 1 and (known := ids.get(next(iter(rule.arguments)))):
            addresses |= {re.sub("<[^>]+>", str(each), rule.rule) for each in known}
        else:
            unseen.add(rule.rule)
    assert unseen == set()
    addresses |= {
        "/tour/governments?province=PV26", "/tour/enquiries?state=all", "/tour?of=provinces",
        "/tour/invitations?province=PV26", "/tour/costs?year=2026",
    }  # fmt: skip
    seen = {}
    for address in sorted(addresses):
        visit.see(address)
        allowed = {200, 303, 404} if address.endswith(NOT_OF_ALL) else {200, 303}
        assert visit.status in allowed, address
        if visit.answer.mimetype == "application/pdf":
            # Two PDFs of one text differ in the clock of their fonts.
            sheets = pypdf.PdfReader(io.BytesIO(visit.body)).pages
            seen[address] = "\n".join(sheet.extract_text() for sheet in sheets)
            continue
        seen[address] = re.sub(rb'(name="csrf_token"[^>]* value=")[^"]+', rb"\1", visit.body)
    return seen


def test_the_tour_looks_the_same_with_500_cases_and_calls_of_the_same_places(bureau):
    ids = fill_the_tour(bureau)
    visit = Visit(create_app(bureau.house), bureau, bureau.toos)
    papers = bureau.database.engine.dialect.name == "sqlite"
    # The agenda says on which day a calendar fetched last.
    feed = f"/tour/calendar/{ids['token'][0]}.ics"
    assert b"BEGIN:VEVENT" in visit.see(feed).body
    before = pages(visit, ids, papers=papers)
    fill_the_cases(bureau)
    after = pages(visit, ids, papers=papers)
    assert feed in before
    assert [address for address in before if before[address] != after[address]] == []


def test_no_key_opens_something_of_both(bureau):
    fill_the_tour(bureau)
    with bureau.session() as session:
        casework.open_case(
            session, bureau.vault, bureau.anna, CaseFields(narrative="Een brief."), NOON
        )
        session.commit()
        readers = session.execute(
            select(EnvelopeRow.kind, EnvelopeReaderRow.group_name, EnvelopeReaderRow.person_id)
            .join(EnvelopeReaderRow, EnvelopeReaderRow.record_id == EnvelopeRow.id)
        ).all()  # fmt: skip
    of_tour = {(row.group_name, row.person_id) for row in readers if row.kind in TOUR_KINDS}
    of_cases = {(row.group_name, row.person_id) for row in readers if row.kind not in TOUR_KINDS}
    assert of_tour == {(GroupName.TOUR.value, None)}
    assert of_cases
    assert not of_tour & of_cases
    # And nobody who has a key of the one alone opens anything of the other.
    with bureau.session() as session:
        tour, cases = (
            set(session.scalars(select(EnvelopeRow.id).where(condition)))
            for condition in (
                EnvelopeRow.kind.in_(TOUR_KINDS), EnvelopeRow.kind.not_in(TOUR_KINDS),
            )
        )  # fmt: skip
        assert envelopes.can_open(session, bureau.anna.keys, tour) == set()
        assert envelopes.can_open(session, bureau.toos.keys, cases) == set()
        assert envelopes.can_open(session, bureau.toos.keys, tour) == tour


def test_no_table_of_the_one_refers_to_a_table_of_the_other():
    shared = {"person", "envelope"}
    for table in Model.metadata.tables.values():
        for key in table.foreign_keys:
            of_tour = {each.name.startswith("tour_") for each in (table, key.column.table)}
            assert len(of_tour) == 1 or key.column.table.name in shared, (table.name, key)
