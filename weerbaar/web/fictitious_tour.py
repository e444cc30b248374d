"""A made-up tour: some sixty governments, so that the map is worth looking at."""

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.governments import registry
from weerbaar.tour import (
    absences,
    activities,
    contacts,
    enquiries,
    feeds,
    notes,
    places,
    steps,
    trainers,
)
from weerbaar.tour.activities import Step
from weerbaar.tour.contacts import Contact, ContactRole
from weerbaar.tour.details import Details
from weerbaar.tour.enquiries import Question
from weerbaar.tour.stages import Stage, State
from weerbaar.tour.working_models import StepKind

OFFICER = "toos@example.nl"
MUNICIPALITIES, PROVINCES = 52, 7
# How far a government is: what was done with each stage, in order.
_TALK = (State.INVITED, State.PLANNED, State.HELD)
_SESSION = (State.OFFERED, State.ACCEPTED, State.PLANNED, State.HELD)
COURSES: tuple[tuple[tuple[State, ...], ...], ...] = (
    ((State.INVITED,),),
    ((State.INVITED, State.PLANNED),),
    (_TALK,),
    (_TALK, (State.OFFERED,)),
    (_TALK, _SESSION[:3]),
    (_TALK, _SESSION),
    (_TALK, _SESSION, (State.OFFERED, State.PLANNED, State.HELD)),
    ((State.INVITED, State.DECLINED),),
)
WEIGHTS = (7, 5, 14, 8, 5, 10, 7, 3)
NEEDS = ("Grenzen stellen bij bewonersavonden", "Omgaan met dreigberichten", "Nazorg in de fractie")
PARTS = ("Spel met acteurs", "Wat te doen bij een dreigbericht", "Afspraken maken")


def fill(session: Session, vault: Vault, officer: Actor, now: datetime) -> None:
    """Give a demonstration its tour.

    Args:
        session: the caller commits.
        vault: key store and keyring.
        officer: of the tour, with open keys.
        now: the instant, aware.
    """
    luck = random.Random(2024)  # noqa: S311 - every demonstration looks the same
    for code in (*_chosen(luck), registry.VOORBEELDSTAD.code):
        course = luck.choices(COURSES, WEIGHTS)[0] if code != "GM9999" else COURSES[4]
        _go(session, vault, officer, code, course, luck, now)
    _voorbeeldstad(session, vault, officer, now)
    _trainers(session, vault, officer, now)


def _chosen(luck: random.Random) -> Iterator[str]:
    yield from sorted(each.code for each in luck.sample(registry.municipalities(), MUNICIPALITIES))
    yield from sorted(each.code for each in luck.sample(registry.provinces(), PROVINCES))


def _go(
    session: Session,
    vault: Vault,
    officer: Actor,
    code: str,
    course: tuple[tuple[State, ...], ...],
    luck: random.Random,
    now: datetime,
) -> None:
    day = local(now).date() - timedelta(days=luck.randrange(200, 900))
    for stage, states in zip(Stage, course, strict=False):
        day += timedelta(days=luck.randrange(30, 60))
        activity_id = _stage(session, officer, code, stage, states, day, now)
        if stage is Stage.CONVERSATION and states[-1] is State.HELD and luck.random() < 0.3:  # noqa: PLR2004
            said = Details(needs=NEEDS[: luck.randrange(1, 4)], protocol="yes", conduct="no")
            seen = activities.one(session, activity_id).version
            activities.write(session, vault, officer, activity_id, said, now, seen=seen)
    standing = activities.standing_of(activities.of_codes(session, [code]))
    if luck.random() < 0.4:  # noqa: PLR2004 - some have a next step
        steps.plan(
            session, officer, code, steps.suggest(standing),
            due_on=local(now).date() + timedelta(days=luck.randrange(-6, 40)),
            officer_id=officer.person_id, now=now,
        )  # fmt: skip


def _stage(
    session: Session,
    officer: Actor,
    code: str,
    stage: Stage,
    states: tuple[State, ...],
    day: date,
    now: datetime,
) -> UUID:
    # What is still planned lies ahead, whatever came before it.
    ahead = local(now).date() + timedelta(days=3 + day.toordinal() % 40)
    activity_id = None
    for state in states:
        on_day = (day if State.HELD in states else ahead) if state is State.PLANNED else None
        at = time(14 + day.day % 6, 30) if on_day else None
        step = Step(
            state, on_day, at, officer.person_id,
            (ContactRole.CLERK.value,) if stage is Stage.CONVERSATION else (),
        )  # fmt: skip
        if activity_id is None:
            activity_id = activities.begin(session, officer, code, stage, step, now)
        else:
            seen = activities.one(session, activity_id).version
            activities.move(session, officer, activity_id, step, now, seen=seen)
    if activity_id is None:
        raise LookupError("a stage without a state")
    return activity_id


def _voorbeeldstad(session: Session, vault: Vault, officer: Actor, now: datetime) -> None:
    code = registry.VOORBEELDSTAD.code
    for contact in (
        Contact(ContactRole.MAYOR, "Burgemeester Voorbeeld", "burgemeester@example.nl"),
        Contact(ContactRole.CLERK, "Griffier Voorbeeld", "griffie@example.nl", "+31701234567"),
    ):
        contacts.put(session, vault, officer, code, contact, now)
    notes.write(session, vault, officer, code, "Liever niet in de week van de begroting.", now)
    talk, session_id = _own(session, Stage.CONVERSATION), _own(session, Stage.SESSION)
    for activity_id, details in (
        (talk, Details(situation="Onrust rond een bouwplan.", needs=NEEDS, protocol="yes")),
        (
            session_id,
            Details(place="De raadzaal", parts=PARTS, covers=((NEEDS[0], PARTS[0]),)),
        ),
    ):
        seen = activities.one(session, activity_id).version
        activities.write(session, vault, officer, activity_id, details, now, seen=seen)
    steps.plan(
        session, officer, code, StepKind.PROGRAMME, due_on=local(now).date(),
        officer_id=officer.person_id, now=now,
    )  # fmt: skip
    question = Question(
        "Wat kost een sessie, en hoe lang duurt die?",
        "Griffier van Proefland",
        "griffie@example.nl",
    )
    enquiries.enter(session, vault, question, registry.PROEFLAND.code, now)


def _trainers(session: Session, vault: Vault, officer: Actor, now: datetime) -> None:
    """Two trainers; the first did every session there was, the other has one ahead."""
    first, second = (
        trainers.put(session, vault, officer, card, now)
        for card in (
            trainers.Card("Tessa Trainer", "tessa@example.nl", "", "omgaan met agressie"),
            trainers.Card("Teun van den Toneel", "teun@example.nl", "", "spel met acteurs"),
        )
    )
    taken: set[date] = set()
    for each in feeds.agenda(session, date(2000, 1, 1)):
        if each.stage is Stage.CONVERSATION or each.on_day in taken:
            continue
        taken.add(each.on_day)
        who = first if each.state is State.HELD else second
        trainers.assign(session, officer, each.id, who, 850, now)
    free = local(now).date() + timedelta(days=60)
    absences.away(session, officer, second, free, free + timedelta(days=13), now)


def _own(session: Session, stage: Stage) -> UUID:
    own = activities.of_codes(session, places.place(registry.VOORBEELDSTAD.code).codes)
    return next(each.id for each in own if each.stage is stage)
