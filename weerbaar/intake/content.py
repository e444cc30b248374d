"""What is sealed in a case: its parts as values, and their form as bytes.

A case has two parts with keys of their own: *who* (the person, the numbers, the agreement on
safe contact) and *what* (the incident, the story, the advice). Contact moments and notes are
entries, each sealed by itself to the readers of the *what* part. Each names its case inside the
seal: a row that points to another case's part is found out when it is read.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

TITLE_WORDS = 12
TITLE_LENGTH = 70

Document = dict[str, Any]
Step = Callable[[Document], Document]


class ContentUnreadable(Exception):
    """What was sealed is not a document this version of the house can read."""


class _Silent:
    """Personal data: its repr shows nothing."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


@dataclass(frozen=True, repr=False)
class Who(_Silent):
    """The *who* part. Numbers are E.164; `labels` are the words of the codes, for searching.

    `safe_hours` are days and hours that the house can judge, as `windows` writes them; in
    `safe_windows` stands what else was agreed about when. `last_confirmed_at`: when the other said
    last that the agreement holds.
    """

    case_id: str
    name: str = ""
    function: str = ""
    organisation: str = ""
    caller_number: str = ""
    other_numbers: tuple[str, ...] = ()
    code_word: str = ""
    duress_word: str = ""
    word_plan: str = ""
    safe_number: str = ""
    safe_hours: str = ""
    safe_windows: str = ""
    voicemail_allowed: bool = False
    may_identify_as: str = ""
    if_other_answers: str = ""
    last_confirmed_at: datetime | None = None
    labels: str = ""
    revision: int = 1

    @property
    def numbers(self) -> frozenset[str]:
        """Every number of this person, in E.164."""
        return frozenset(filter(None, (self.caller_number, self.safe_number, *self.other_numbers)))

    @property
    def safe_contact_agreed(self) -> bool:
        """Whether anything was agreed about calling back."""
        return bool(
            self.safe_number
            or self.safe_hours
            or self.safe_windows
            or self.may_identify_as
            or self.if_other_answers
        )

    @property
    def has_words(self) -> bool:
        """Whether words were agreed that prove who speaks, or that he is not free to speak."""
        return bool(self.code_word or self.duress_word)


@dataclass(frozen=True, repr=False)
class What(_Silent):
    """The *what* part. Instants are aware UTC; `call_id` is the call it began with, if any."""

    case_id: str
    opened_at: datetime
    opened_by: str
    last_contact: datetime
    types: tuple[str, ...] = ()
    main_type: str = ""
    channel: str = ""
    place: str = ""
    target: str = ""
    alleged_offender: str = ""
    frequency: str = ""
    urgency: str = ""
    reporting_status: tuple[str, ...] = ()
    narrative: str = ""
    request: str = ""
    advice: str = ""
    call_id: str = ""
    labels: str = ""
    revision: int = 1


class EntryKind(StrEnum):
    """What an entry of the timeline is; known only inside the seal."""

    NOTE = "note"
    CONTACT_MOMENT = "contact_moment"
    CLOSED = "closed"
    REOPENED = "reopened"


@dataclass(frozen=True, repr=False)
class Entry(_Silent):
    """One entry of the timeline: `at` is when it happened, `recorded_at` when it was written."""

    case_id: str
    kind: EntryKind
    at: datetime
    recorded_at: datetime
    author: str
    text: str = ""
    call_id: str = ""


@dataclass(frozen=True, repr=False)
class CaseFields(_Silent):
    """What a confidant fills in for a case, both parts together, already checked and normalised."""

    narrative: str = ""
    request: str = ""
    advice: str = ""
    urgency: str = ""
    types: tuple[str, ...] = ()
    main_type: str = ""
    channel: str = ""
    place: str = ""
    target: str = ""
    alleged_offender: str = ""
    frequency: str = ""
    reporting_status: tuple[str, ...] = ()
    name: str = ""
    function: str = ""
    organisation: str = ""
    caller_number: str = ""
    code_word: str = ""
    duress_word: str = ""
    word_plan: str = ""
    safe_number: str = ""
    safe_hours: str = ""
    safe_windows: str = ""
    voicemail_allowed: bool = False
    may_identify_as: str = ""
    if_other_answers: str = ""

    def __post_init__(self) -> None:
        for name in ("types", "reporting_status"):
            given = getattr(self, name)
            one = (given,) if isinstance(given, str) and given else tuple(given)
            object.__setattr__(self, name, one)

    def settled(self) -> Self:
        """The same fields with the main type among the types, and a single type as the main one."""
        types, main = self.types, self.main_type
        if main and main not in types:
            types = (main, *types)
        if not main and len(types) == 1:
            main = types[0]
        return replace(self, types=types, main_type=main)


WHO_FIELDS = frozenset(field.name for field in fields(Who)) & frozenset(
    field.name for field in fields(CaseFields)
)
WHAT_FIELDS = frozenset(field.name for field in fields(What)) & frozenset(
    field.name for field in fields(CaseFields)
)


def pick(chosen: CaseFields, names: frozenset[str]) -> dict[str, Any]:
    """The named fields and their values."""
    return {name: getattr(chosen, name) for name in names}


AGREEMENT = frozenset({
    "safe_number", "safe_hours", "safe_windows", "voicemail_allowed", "may_identify_as",
    "if_other_answers",
})  # fmt: skip


def title(what: What) -> str:
    """The first words of the story; empty without one. A code word is never a title."""
    words = what.narrative.split()
    text = " ".join(words[:TITLE_WORDS])
    if len(text) > TITLE_LENGTH:
        return text[: TITLE_LENGTH - 1].rstrip() + "…"
    return text if len(words) <= TITLE_WORDS else text + " …"


# A step turns a document of its number into the next one. Add a step, raise the number, and keep
# every older stored document opening.
SCHEMA = 2


def _add_agreement(old: Document) -> Document:
    """Schema 2: hours that can be judged, a duress word, and when the agreement was confirmed."""
    if "safe_windows" not in old:
        return old
    new = {"duress_word": "", "word_plan": "", "safe_hours": "", "last_confirmed_at": None}
    return {**new, **old}


STEPS: Mapping[int, Step] = {1: _add_agreement}


def upgrade(document: Document, *, schema: int = SCHEMA, steps: Mapping[int, Step] = STEPS) -> Any:
    """A stored document in the present schema.

    Args:
        document: as it was sealed; its own schema number is under `schema`.
        schema: the number wanted.
        steps: from a number to the function that makes the next one.

    Raises:
        ContentUnreadable: it is newer than this version of the house, or a step is missing.
    """
    found = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(found, int) or found > schema:
        raise ContentUnreadable("the schema of a sealed document is not known here")
    while found < schema:
        if found not in steps:
            raise ContentUnreadable("a step between two schemas is missing")
        document = steps[found](document)
        found += 1
        document["schema"] = found
    return document


def to_bytes(value: Who | What | Entry) -> bytes:
    """A part as bytes to seal: JSON with its schema, letters kept as letters."""
    document = {"schema": SCHEMA, **asdict(value)}
    for key, item in document.items():
        if isinstance(item, datetime):
            document[key] = item.astimezone(UTC).isoformat()
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def who_from(plaintext: bytes) -> Who:
    """The *who* part of opened bytes; raises ContentUnreadable."""
    instants = ("last_confirmed_at",)
    return Who(**_document(plaintext, Who, lists=("other_numbers",), instants=instants))


def what_from(plaintext: bytes) -> What:
    """The *what* part of opened bytes; raises ContentUnreadable."""
    lists = ("types", "reporting_status")
    return What(**_document(plaintext, What, lists=lists, instants=("opened_at", "last_contact")))


def entry_from(plaintext: bytes) -> Entry:
    """An entry of opened bytes; raises ContentUnreadable."""
    values = _document(plaintext, Entry, instants=("at", "recorded_at"))
    return Entry(**{**values, "kind": EntryKind(values["kind"])})


def _document(
    plaintext: bytes,
    shape: type[Who | What | Entry],
    *,
    lists: Sequence[str] = (),
    instants: Sequence[str] = (),
) -> Document:
    try:
        document = upgrade(json.loads(plaintext))
        values = {field.name: document[field.name] for field in fields(shape)}
        for name in lists:
            values[name] = tuple(values[name])
        for name in instants:
            if values[name] is not None or name != "last_confirmed_at":
                values[name] = datetime.fromisoformat(values[name])
    except (ValueError, KeyError, TypeError):
        # The message of the cause may quote what was sealed.
        raise ContentUnreadable("a sealed document has not the shape it should have") from None
    return values
