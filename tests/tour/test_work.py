"""Next steps, reminders, the agenda with its feed, and enquiries."""

import re
from datetime import UTC, date, time, timedelta

import icalendar
import pytest
from sqlalchemy import inspect, select

from tests.tour.conftest import NOON
from weerbaar.accounts import feeds, trail
from weerbaar.accounts.feeds import NoSuchFeed, Scope
from weerbaar.accounts.models import NoticeRow, TrailRow
from weerbaar.tour import activities, enquiries, places, steps
from weerbaar.tour import feeds as appointments
from weerbaar.tour.activities import Step
from weerbaar.tour.calendar_files import write
from weerbaar.tour.enquiries import Question
from weerbaar.tour.errors import (
    EnquiryClosed,
    GovernmentUnknown,
    NoSuchStep,
    NotAdmitted,
)
from weerbaar.tour.stages import Stage, Standing, State
from weerbaar.tour.working_models import (
    EnquiryRow,
    EnquiryState,
    StepKind,
    StepRow,
    TourFeedRow,
)

TODAY = date(2026, 11, 24)
QUESTION = Question("Wat kost een sessie?", "Griffier Voorbeeld", "griffie@example.nl")


def plan(bureau, code, due_on, officer=None, what=StepKind.PHONE):
    officer_id = None if officer is None else officer.person_id
    return bureau.do(
        steps.plan, bureau.toos, code, what, due_on=due_on, officer_id=officer_id, now=NOON
    )


def enter(bureau, code="GM0344"):
    return bureau.sealed(enquiries.enter, QUESTION, code, NOON)


def notices_of(bureau, actor, code):
    wanted = select(NoticeRow.key).where(
        NoticeRow.person_id == actor.person_id, NoticeRow.code == code
    )
    with bureau.session() as session:
        return list(session.scalars(wanted))


def test_a_government_has_one_next_step_and_the_first_due_stands_first(bureau):
    plan(bureau, "GM0344", date(2026, 12, 1))
    plan(bureau, "GM0363", date(2026, 11, 20), bureau.toos)
    again = plan(bureau, "GM0344", date(2026, 11, 1), what=StepKind.INVITE)
    found = bureau.do(steps.open_steps)
    assert [(each.code, each.what) for each in found] == [
        ("GM0344", StepKind.INVITE),
        ("GM0363", StepKind.PHONE),
    ]
    assert [each.late(TODAY) for each in found] == [True, True]
    assert [each.code for each in bureau.do(steps.open_steps, bureau.toos.person_id)] == ["GM0363"]
    bureau.do(steps.done, bureau.toos, again, NOON)
    with pytest.raises(NoSuchStep):
        bureau.do(steps.done, bureau.toos, again, NOON)
    assert [each.code for each in bureau.do(steps.open_steps)] == ["GM0363"]


def test_after_a_merger_the_step_of_an_old_municipality_hides_no_new_one(bureau):
    with bureau.session() as session:
        session.add(
            StepRow(code="GM0501", what="phone", due_on=date(2022, 9, 1), created_day=TODAY)
        )
        session.commit()
    step = plan(bureau, "GM1992", date(2026, 12, 1), what=StepKind.INVITE)
    assert [each.id for each in bureau.do(steps.open_steps)] == [step]
    assert bureau.do(steps.of_place, places.place("GM1992")).id == step


@pytest.mark.parametrize(
    ("standing", "next_"),
    [
        (Standing(), StepKind.INVITE),
        (Standing(conversation=State.INVITED), StepKind.PHONE),
        (Standing(conversation=State.PLANNED), StepKind.PREPARE),
        (Standing(conversation=State.HELD), StepKind.OFFER_SESSION),
        (Standing(conversation=State.HELD, session=State.ACCEPTED), StepKind.PLAN),
        (Standing(conversation=State.HELD, session=State.PLANNED), StepKind.PROGRAMME),
        (Standing(conversation=State.HELD, session=State.HELD), StepKind.OFFER_TRAINING),
    ],
)
def test_what_is_usually_next_is_offered(standing, next_):
    assert steps.suggest(standing) is next_


def test_who_is_responsible_is_reminded_once_a_day_that_was_planned_and_never_at_night(bureau):
    step = plan(bureau, "GM0344", TODAY, bureau.teun)
    plan(bureau, "GM0363", TODAY + timedelta(days=1), bureau.teun)
    assert steps.remind(bureau.house, NOON.replace(hour=3)) == 0
    assert steps.remind(bureau.house, NOON) == 1
    assert steps.remind(bureau.house, NOON) == 0
    assert notices_of(bureau, bureau.teun, "tour_step") == [f"tour-step:{step}:{TODAY}"]
    assert steps.remind(bureau.house, NOON + timedelta(days=1)) == 1


def planned(bureau, code="GM0344", on_day=TODAY, at=None, officer=None):
    step = Step(State.PLANNED, on_day=on_day, at=at, officer_id=(officer or bureau.toos).person_id)
    return bureau.do(activities.begin, bureau.toos, code, Stage.CONVERSATION, step, NOON)


def test_what_was_planned_and_not_recorded_stays_in_sight_and_its_officer_is_reminded(bureau):
    over = planned(bureau, on_day=TODAY, officer=bureau.teun)
    planned(bureau, "PV26", TODAY + timedelta(days=1))
    tomorrow = NOON + timedelta(days=1)
    assert steps.remind(bureau.house, NOON) == 0
    assert bureau.do(appointments.unrecorded, TODAY) == []
    found = bureau.do(appointments.unrecorded, tomorrow.date())
    assert [each.id for each in found] == [over]
    assert bureau.do(appointments.unrecorded, tomorrow.date(), bureau.toos.person_id) == []
    assert [steps.remind(bureau.house, tomorrow) for _ in range(2)] == [1, 0]
    assert notices_of(bureau, bureau.teun, "tour_unrecorded") == [f"tour-unrecorded:{over}:{TODAY}"]
    bureau.do(activities.move, bureau.teun, over, Step(State.HELD), tomorrow, seen=1)
    assert bureau.do(appointments.unrecorded, tomorrow.date()) == []


def test_who_was_invited_is_rung_after_two_weeks_unless_something_else_is_next(bureau):
    plan(bureau, "GM0363", TODAY, what=StepKind.INVITE)
    plan(bureau, "GM0518", TODAY, what=StepKind.OTHER)
    step = Step(State.INVITED, officer_id=bureau.teun.person_id)
    for code in ("GM0344", "GM0363", "GM0518"):
        bureau.do(activities.begin, bureau.toos, code, Stage.CONVERSATION, step, NOON)
    found = {each.code: each for each in bureau.do(steps.open_steps)}
    assert {code: each.what for code, each in found.items()} == {
        "GM0344": StepKind.PHONE, "GM0363": StepKind.PHONE, "GM0518": StepKind.OTHER,
    }  # fmt: skip
    assert found["GM0344"].due_on == TODAY + timedelta(days=14)
    assert found["GM0344"].officer_id == bureau.teun.person_id


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_lists_show_what_is_still_to_be_recorded(bureau, visit):
    planned(bureau, on_day=TODAY - timedelta(days=1))
    toos = visit("toos")
    for path in ("/tour/steps", "/tour/agenda", "/tour/steps?who=me"):
        assert "Nog vast te leggen" in toos.see(path).text
        assert "23-11-2026" in toos.text
        assert "gemeente Utrecht" in toos.text
    assert "23-11-2026" not in visit("teun").see("/tour/agenda?who=me").text


def test_a_calendar_fetches_what_where_and_when_and_no_name(bureau):
    timed = planned(bureau, at=time(14, 30))
    whole_day = planned(bureau, "PV26", TODAY + timedelta(days=3), officer=bureau.teun)
    gone = planned(bureau, "GM0363", TODAY - timedelta(days=40))
    token = bureau.do(feeds.make, bureau.toos, TourFeedRow, Scope.TEAM, NOON)
    found = bureau.sealed(appointments.fetch, token, NOON)
    content = write(found)
    assert content == write(bureau.sealed(appointments.fetch, token, NOON))
    events = {str(each["uid"]): each for each in icalendar.Calendar.from_ical(content).events}
    assert events.keys() == {str(timed), str(whole_day)}
    assert str(gone) not in events
    # Half past two in winter is half past one in UTC.
    assert events[str(timed)]["dtstart"].dt.astimezone(UTC).hour == 13
    assert events[str(timed)]["summary"] == "Tour: gesprek, gemeente Utrecht"
    assert events[str(whole_day)]["dtstart"].dt == TODAY + timedelta(days=3)
    assert b"Toos" not in content
    own = bureau.do(feeds.make, bureau.teun, TourFeedRow, Scope.OWN, NOON)
    assert [each.id for each in bureau.sealed(appointments.fetch, own, NOON)] == [whole_day]


def test_a_feed_ends_when_it_is_revoked(bureau):
    token = bureau.do(feeds.make, bureau.toos, TourFeedRow, Scope.OWN, NOON)
    (feed,) = bureau.do(feeds.of_person, TourFeedRow, bureau.toos.person_id)
    with pytest.raises(NoSuchFeed):
        bureau.do(feeds.revoke, bureau.teun, TourFeedRow, feed.id, NOON)
    bureau.do(feeds.revoke, bureau.toos, TourFeedRow, feed.id, NOON)
    for one in (token, "never made"):
        with pytest.raises(NoSuchFeed):
            bureau.sealed(appointments.fetch, one, NOON)


def test_an_enquiry_is_read_by_the_tour_alone_and_keeps_no_origin(bureau):
    enquiry = enter(bureau)
    (found,) = bureau.sealed(enquiries.listing, bureau.toos, NOON)
    assert found.question == QUESTION
    assert "Griffier" not in repr(found)
    for actor in (bureau.anna, bureau.nina):
        with pytest.raises(NotAdmitted):
            bureau.sealed(enquiries.listing, actor, NOON)
    with bureau.session() as session:
        columns = {each.key for each in inspect(EnquiryRow).columns}
        assert columns == {
            "id", "code", "state", "officer_id", "activity_id", "closed_day", "created_day",
        }  # fmt: skip
        row = session.scalars(select(TrailRow).where(TrailRow.action == "tour.enquiry")).one()
        assert (row.actor_id, row.object_id) == (None, str(enquiry))
    assert len(notices_of(bureau, bureau.toos, "tour_enquiry")) == 1
    assert notices_of(bureau, bureau.anna, "tour_enquiry") == []


def test_an_enquiry_is_assigned_answered_and_destroyed_after_half_a_year(bureau):
    enquiry = enter(bureau, None)
    bureau.do(enquiries.assign, bureau.toos, enquiry, bureau.teun.person_id, NOON)
    assert f"tour-enquiry:{enquiry}:{bureau.teun.person_id}" in notices_of(
        bureau, bureau.teun, "tour_enquiry"
    )
    bureau.do(enquiries.answer, bureau.teun, enquiry, NOON)
    with pytest.raises(EnquiryClosed):
        bureau.do(enquiries.answer, bureau.teun, enquiry, NOON)
    assert bureau.sealed(enquiries.listing, bureau.toos, NOON) == []
    (found,) = bureau.sealed(enquiries.listing, bureau.toos, NOON, only_open=False)
    assert (found.state, found.closed_day) == (EnquiryState.ANSWERED, TODAY)
    assert enquiries.destroy_old(bureau.house, NOON + timedelta(days=179)) == 0
    assert enquiries.destroy_old(bureau.house, NOON + timedelta(days=180)) == 1
    assert bureau.sealed(enquiries.listing, bureau.toos, NOON, only_open=False) == []
    assert trail.verify(bureau.database, bureau.vault) == []


def test_an_enquiry_becomes_a_conversation_new_or_going_on(bureau):
    first, second, third = enter(bureau), enter(bureau), enter(bureau, None)
    talk = bureau.do(enquiries.turn, bureau.toos, first, None, NOON)
    assert bureau.do(activities.one, talk).code == "GM0344"
    assert bureau.do(enquiries.turn, bureau.toos, second, None, NOON) == talk
    with pytest.raises(GovernmentUnknown):
        bureau.do(enquiries.turn, bureau.toos, third, None, NOON)
    other = bureau.do(enquiries.turn, bureau.toos, third, "PV26", NOON)
    assert bureau.do(activities.one, other).code == "PV26"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_pages_of_the_work(bureau, visit):
    toos, anna = visit("toos"), visit("anna")
    toos.send("/tour/governments/GM0344/step", {"what": "phone", "due_on": "20-11-2026"})
    assert "uiterlijk op 20-11-2026 Te laat" in toos.text
    assert "gemeente Utrecht" in toos.see("/tour/steps").text
    with bureau.session() as session:
        step = session.scalars(select(StepRow.id)).one()
    toos.send(f"/tour/steps/{step}/done", at="/tour/steps")
    assert "Gedaan. Wat is de volgende stap?" in toos.text
    planned(bureau, at=time(14, 30))
    assert "24-11-2026 14:30" in toos.see("/tour/agenda").text
    assert "Er is nog niets gepland" not in toos.see("/tour/agenda?who=me").text
    toos.send("/tour/feeds", {"scope": "team"}, at="/tour/agenda")
    address = toos.text.split("/tour/calendar/")[1].split()[0]
    assert toos.see(f"/tour/calendar/{address}").answer.mimetype == "text/calendar"
    assert toos.see("/tour/calendar/not-a-token.ics").status == 404
    # A confidant passes on what a registrar asks, and reads nothing of it afterwards.
    anna.send(
        "/tour/enquiries/new",
        {"text": "Wat kost een sessie?", "name": "Griffier", "government": "GM0344"},
    )
    assert "De vraag staat klaar voor de mensen van de tour." in anna.text
    assert "Wat kost een sessie?" not in anna.page
    assert anna.see("/tour/enquiries").status == 403
    assert "Wat kost een sessie?" in toos.see("/tour/enquiries").text
    with bureau.session() as session:
        enquiry = session.scalars(select(EnquiryRow.id)).one()
    officer = str(bureau.teun.person_id)
    toos.send(f"/tour/enquiries/{enquiry}/assign", {"officer": officer}, at="/tour/enquiries")
    assert "Teun" in toos.text
    assert re.search(r'<p[^>]*translate="no"[^>]*>Wat kost een sessie', toos.page)
    toos.send(f"/tour/enquiries/{enquiry}/turn", {"government": "XX"}, at="/tour/enquiries")
    assert toos.status == 422
    toos.send(f"/tour/enquiries/{enquiry}/turn", at="/tour/enquiries")
    assert "Van de vraag is een gesprek gemaakt." in toos.text
    toos.send(f"/tour/enquiries/{enquiry}/answer", at="/tour/enquiries/new")
    assert "Deze vraag is al beantwoord." in toos.text
