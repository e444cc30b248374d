"""A quarter of the demo that is over: its cases, closed, and the figures published of it.

All of it is made up. A province stands in the place of every municipality: no real one is named in
a case.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta

from sqlalchemy.orm import Session

from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import AMSTERDAM, local
from weerbaar.intake import casework, figures_publishing
from weerbaar.intake.content import CaseFields
from weerbaar.intake.figures_facts import Quarter

# How often each code was told of; all of them are about the same cases.
TYPES = {
    "verbal_aggression": 11, "online_hate": 10, "threat": 13, "doxing": 6, "intimidation": 6,
    "stalking": 4, "defamation": 3, "vandalism": 3, "undue_pressure": 2, "discrimination": 2,
}  # fmt: skip
CHANNELS = {
    "in_person": 11, "email": 17, "social_public": 13, "direct_message": 8, "demonstration": 3,
    "post": 3, "phone": 3, "group_chat": 2,
}  # fmt: skip
FUNCTIONS = {
    "mayor": 12, "alderperson": 14, "council_member": 20, "states_member": 7,
    "provincial_executive": 4, "clerk": 3,
}  # fmt: skip
URGENCIES = {"low": 24, "elevated": 20, "high": 11, "acute": 5}
PROVINCES = {
    "PV28": 14, "PV27": 12, "PV30": 10, "PV25": 8, "PV26": 6, "PV22": 4, "PV20": 3, "PV21": 3,
}  # fmt: skip
CASES = sum(TYPES.values())

STORIES: Mapping[str, str] = {
    "verbal_aggression": "Werd uitgescholden na een avond over de opvang. Vraagt wat hij kan doen.",
    "online_hate": "Honderden reacties na een besluit over windmolens. Leest ze zelf niet meer.",
    "threat": "Kreeg een bericht dat hij moet oppassen als hij voor het plan stemt.",
    "doxing": "Het thuisadres stond een dag online. Het bericht is intussen weg.",
    "intimidation": "Werd na de vergadering opgewacht bij de auto. Niemand raakte gewond.",
    "stalking": "Dezelfde persoon belt en mailt al weken, ook 's avonds en thuis.",
    "defamation": "In de buurt gaat een verhaal rond over geld dat niet klopt.",
    "vandalism": "Op de voordeur stond een leus. De gemeente heeft haar weggehaald.",
    "undue_pressure": "Een ondernemer bood iets aan in ruil voor een stem. Dat is gemeld.",
    "discrimination": "Kreeg post over zijn afkomst. De griffie bewaart de brieven.",
}
# From one case to the next so many hours: the quarter is nearly full when all were told.
APART = timedelta(hours=31)
OPEN_FOR = timedelta(days=6)


def fill(session: Session, vault: Vault, actors: Sequence[Actor], now: datetime) -> Quarter:
    """Record and close the cases of the last quarter that is over, and publish its figures.

    Args:
        session: committed after each case.
        vault: keys and key store.
        actors: who recorded them, in turn; the last is the analyst who publishes.
        now: the present instant, aware.
    """
    quarter = _last(now)
    first = datetime.combine(quarter.first_day, time(9, 30), AMSTERDAM).astimezone(UTC)
    for number, fields in enumerate(_cases()):
        actor, at = actors[number % len(actors)], first + number * APART
        case_id = casework.open_case(session, vault, actor, fields, at)
        casework.close_case(session, vault, actor, case_id, at + OPEN_FOR)
        session.commit()
    figures_publishing.publish(session, vault, actors[-1], quarter, now)
    session.commit()
    return quarter


def _last(now: datetime) -> Quarter:
    return Quarter.of(Quarter.of(local(now).date()).first_day - timedelta(days=1))


def _cases() -> Iterator[CaseFields]:
    drawn = zip(
        _dealt(TYPES, 1), _dealt(CHANNELS, 7), _dealt(FUNCTIONS, 11), _dealt(URGENCIES, 13),
        _dealt(PROVINCES, 17), strict=True,
    )  # fmt: skip
    for of_type, channel, function, urgency, province in drawn:
        yield CaseFields(
            function=function, organisation=province, types=(of_type,), main_type=of_type,
            channel=channel, urgency=urgency, narrative=STORIES[of_type],
        )  # fmt: skip


def _dealt(numbers: Mapping[str, int], step: int) -> list[str]:
    """The codes as often as they count, dealt so that no two facts run side by side."""
    listed = [code for code, number in numbers.items() for _ in range(number)]
    return [listed[place * step % CASES] for place in range(CASES)]
