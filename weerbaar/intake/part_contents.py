"""What stands in the parts of a case beside *who* and *what*: values, and their form as bytes.

Each names its case and its sort inside the seal: a row that points to another case's part, or says
that it is something else, is found out when it is read.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, get_args, get_type_hints

from weerbaar.intake.content import ContentUnreadable

SCHEMA = 1


class Sort(StrEnum):
    """What a part is; known only inside the seal."""

    PRIVATE_NOTE = "private_note"
    CONSENT = "consent"
    REPORT = "report"
    REFERRAL = "referral"
    FOLLOW_UP = "follow_up"
    DISCLOSURE = "disclosure"
    LINK = "link"


class Bond(StrEnum):
    """With whom a part is shared, and what it is destroyed with."""

    OWN = "own"
    BOTH = "both"
    WHAT = "what"
    CONSENT = "consent"


@dataclass(frozen=True, repr=False, kw_only=True)
class Part:
    """What all of them have. Instants are aware UTC; people are ids as text."""

    SORT: ClassVar[Sort]
    BOND: ClassVar[Bond]
    # The fields that somebody typed.
    TYPED: ClassVar[tuple[str, ...]] = ()

    case_id: str
    at: datetime
    by: str

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def texts(self) -> list[str]:
        """What somebody typed, for searching."""
        return [text for name in self.TYPED if (text := getattr(self, name))]


@dataclass(frozen=True, repr=False, kw_only=True)
class PrivateNote(Part):
    """A note that its author alone reads."""

    SORT = Sort.PRIVATE_NOTE
    BOND = Bond.OWN
    TYPED = ("text",)

    text: str


@dataclass(frozen=True, repr=False, kw_only=True)
class Consent(Part):
    """What may be told, to whom and what for, as it was given; `at` is when it was written down.

    `until` is its last local day. A withdrawn consent stays: that it was given, and when it ended.
    """

    SORT = Sort.CONSENT
    BOND = Bond.CONSENT
    TYPED = ("to_whom", "scope")

    purpose: str
    to_whom: str
    scope: str
    given_by: str
    how: str
    given_on: date
    until: date | None = None
    withdrawn_on: date | None = None
    withdrawn_by: str = ""

    def holds(self, today: date) -> bool:
        """Whether it holds on a local day."""
        return self.withdrawn_on is None and (self.until is None or today <= self.until)


@dataclass(frozen=True, repr=False, kw_only=True)
class Report(Part):
    """That something was reported by a route, or that it was not, and why."""

    SORT = Sort.REPORT
    BOND = Bond.WHAT
    TYPED = ("note",)

    route: str
    on: date
    by_whom: str = ""
    with_consent: bool = False
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, repr=False, kw_only=True)
class Referral(Part):
    """To whom somebody was referred, and when he was introduced there."""

    SORT = Sort.REFERRAL
    BOND = Bond.BOTH
    TYPED = ("to_whom", "why", "told")

    to_whom: str
    why: str
    is_warm: bool
    told: str = ""
    introduced_on: date | None = None
    taken_over_on: date | None = None


@dataclass(frozen=True, repr=False, kw_only=True)
class FollowUp(Part):
    """Something to do on a local day, for one of the readers."""

    SORT = Sort.FOLLOW_UP
    BOND = Bond.WHAT
    TYPED = ("text", "came_of_it")

    text: str
    person: str
    due_on: date
    done_at: datetime | None = None
    done_by: str = ""
    came_of_it: str = ""


@dataclass(frozen=True, repr=False, kw_only=True)
class Disclosure(Part):
    """That something is told without consent: each condition with its reason, and who looked along.

    `by` decided. `second` is the second pair of eyes; he reads this and nothing else of the case.
    """

    SORT = Sort.DISCLOSURE
    BOND = Bond.BOTH
    TYPED = (
        "tried", "conflict", "no_other_way", "harm", "helps", "told", "to_whom", "consulted",
        "not_told_why", "second_remark",
    )  # fmt: skip

    tried: str
    conflict: str
    no_other_way: str
    harm: str
    helps: str
    told: str
    to_whom: str
    consulted: str
    official_told: bool
    not_told_why: str
    second: str
    second_at: datetime | None = None
    second_agrees: bool = False
    second_remark: str = ""


@dataclass(frozen=True, repr=False, kw_only=True)
class Link(Part):
    """That another case is about the same incident; each of the two holds one."""

    SORT = Sort.LINK
    BOND = Bond.WHAT

    other_case: str


SHAPES: Mapping[str, type[Part]] = MappingProxyType({
    one.SORT.value: one
    for one in (PrivateNote, Consent, Report, Referral, FollowUp, Disclosure, Link)
})  # fmt: skip


def to_bytes(part: Part) -> bytes:
    """A part as bytes to seal: JSON with its schema and sort, letters kept as letters."""
    document = {"schema": SCHEMA, "sort": part.SORT.value, **asdict(part)}
    for name, value in document.items():
        if isinstance(value, datetime):
            document[name] = value.astimezone(UTC).isoformat()
        elif isinstance(value, date):
            document[name] = value.isoformat()
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def from_bytes(plaintext: bytes) -> Part:
    """The part in opened bytes.

    Raises:
        ContentUnreadable: it is none, or one of a newer version of the house.
    """
    try:
        document = json.loads(plaintext)
        if document["schema"] != SCHEMA:
            raise ContentUnreadable("the schema of a part of a case is not known here")
        shape = SHAPES[document["sort"]]
        hints = get_type_hints(shape)
        return shape(
            **{one.name: _read(hints[one.name], document[one.name]) for one in fields(shape)}
        )
    except (ValueError, KeyError, TypeError):
        # The message of the cause may quote what was sealed.
        raise ContentUnreadable("a part of a case has not the shape it should have") from None


def _read(hint: Any, value: Any) -> Any:
    if value is None:
        if type(None) not in get_args(hint):
            raise TypeError
        return None
    kinds = get_args(hint) or (hint,)
    if datetime in kinds:
        return datetime.fromisoformat(value)
    if date in kinds:
        return date.fromisoformat(value)
    if not isinstance(value, kinds):
        raise TypeError
    return value
