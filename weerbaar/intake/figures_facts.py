"""What is counted of a case: coded facts alone, in two values that nothing ties together.

What may not be crossed is not one value: the function of somebody and the province he works in
would often point at one person. Neither holds the case, a day or a word.
"""

import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

from weerbaar.governments import registry
from weerbaar.governments.registry import Municipality
from weerbaar.intake.content import ContentUnreadable, What, Who

SCHEMA = 1
MONTHS, QUARTERS = 3, 4


class NoQuarter(ValueError):
    """A text that names no quarter."""


@dataclass(frozen=True, order=True)
class Quarter:
    """A quarter of a year on the Dutch calendar; `code` is how rows and addresses name it."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        """The quarter of a local day."""
        return cls(day.year, (day.month - 1) // MONTHS + 1)

    @classmethod
    def parse(cls, code: str) -> Self:
        """The quarter with a code such as `2026-Q4`.

        Raises:
            NoQuarter: it names none.
        """
        year, _, number = code.partition("-Q")
        if not (year.isascii() and year.isdigit() and number in {"1", "2", "3", "4"}):
            raise NoQuarter
        found = cls(int(year), int(number))
        if found.code != code or not date.min.year <= found.year < date.max.year:
            raise NoQuarter
        return found

    @property
    def code(self) -> str:
        """Such as `2026-Q4`."""
        return f"{self.year:04}-Q{self.number}"

    @property
    def first_day(self) -> date:
        """Its first local day."""
        return date(self.year, (self.number - 1) * MONTHS + 1, 1)

    @property
    def last_day(self) -> date:
        """Its last local day."""
        year, number = divmod(self.number, QUARTERS)
        return Quarter(self.year + year, number + 1).first_day - timedelta(days=1)

    @property
    def stamp(self) -> datetime:
        """The instant that stands in place of the true one, the same for the whole quarter."""
        day = self.first_day
        return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@dataclass(frozen=True, repr=False)
class Incident:
    """What happened to whom, in codes; empty where it was not filled in."""

    quarter: str
    function: str = ""
    type: str = ""
    channel: str = ""
    urgency: str = ""

    def __repr__(self) -> str:
        return "<Incident>"


@dataclass(frozen=True, repr=False)
class Region:
    """In which province, and nothing else; empty where it was not filled in."""

    quarter: str
    province: str = ""

    def __repr__(self) -> str:
        return "<Region>"


def facts_of(quarter: Quarter, what: What, who: Who) -> tuple[Incident, Region]:
    """The facts of a case.

    Args:
        quarter: in which it was recorded.
        what: its *what* part.
        who: its *who* part.
    """
    incident = Incident(
        quarter=quarter.code,
        function=who.function,
        type=what.main_type,
        channel=what.channel,
        urgency=what.urgency,
    )
    return incident, Region(quarter.code, province_of(who.organisation))


def province_of(organisation: str) -> str:
    """The code of the province of a municipality or province; empty for an unknown code."""
    try:
        found = registry.organisation(organisation)
    except registry.UnknownCode:
        return ""
    return found.province_code if isinstance(found, Municipality) else found.code


def to_bytes(facts: Incident | Region) -> bytes:
    """Facts as bytes to seal: JSON with its schema."""
    return json.dumps({"schema": SCHEMA, **asdict(facts)}, separators=(",", ":")).encode()


def incident_from(plaintext: bytes) -> Incident:
    """The facts of opened bytes; raises ContentUnreadable."""
    return Incident(**_document(plaintext, Incident))


def region_from(plaintext: bytes) -> Region:
    """The facts of opened bytes; raises ContentUnreadable."""
    return Region(**_document(plaintext, Region))


def _document(plaintext: bytes, shape: type[Incident | Region]) -> dict[str, Any]:
    try:
        document = json.loads(plaintext)
        known = document["schema"] == SCHEMA
        values = {one.name: str(document[one.name]) for one in fields(shape)}
    except (ValueError, KeyError, TypeError):
        known, values = False, {}
    if not known:
        raise ContentUnreadable("sealed facts have not the shape they should have")
    return values
