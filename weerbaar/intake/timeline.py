"""The timeline of a case as its page shows it: entries, and what was done beside them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from weerbaar.intake import consent_codes
from weerbaar.intake.caseview import CaseView
from weerbaar.intake.content import EntryKind
from weerbaar.intake.part_contents import (
    Consent,
    Disclosure,
    FollowUp,
    Part,
    PrivateNote,
    Referral,
    Report,
    Sort,
)

# Of a long case so many of the last are shown at once; those before unfold.
SHOWN = 12


@dataclass(frozen=True, repr=False)
class Told:
    """One event: `text` was typed, `label` is that of a code.

    `private_note` is the id of a note that its author alone reads.
    """

    kind: str
    at: datetime
    by: str
    text: str = ""
    label: str = ""
    private_note: UUID | None = None

    def __repr__(self) -> str:
        return f"<Told {self.kind}>"


@dataclass(frozen=True, repr=False)
class Timeline:
    """The events of a case: those before the last dozen, and the last dozen."""

    before: tuple[Told, ...]
    last: tuple[Told, ...]

    def __repr__(self) -> str:
        return "<Timeline>"


def of_case(view: CaseView, found: Iterable[tuple[UUID, Part]] = ()) -> Timeline:
    """The timeline, oldest first.

    Args:
        view: the case.
        found: its parts, with their ids, as far as whoever looks can open them.
    """
    told = [Told(one.kind.value, one.at, one.author, one.text) for one in view.entries]
    told += [event for record, part in found if (event := _event(record, part)) is not None]
    # What stands at one instant stays in the order of the case.
    told.sort(key=lambda one: one.at)
    # Two or three are not worth unfolding.
    cut = len(told) - SHOWN if len(told) > SHOWN + 3 else 0
    return Timeline(tuple(told[:cut]), tuple(told[cut:]))


def _event(record: UUID, part: Part) -> Told | None:
    """What a part says to the timeline; nothing for what is still to come, or is no event."""
    event = Told(part.SORT.value, part.at, part.by)
    match part:
        case PrivateNote():
            event = replace(event, text=part.text, private_note=record)
        case Consent():
            event = replace(event, label=consent_codes.PURPOSES.label(part.purpose))
        case Report():
            event = replace(event, text=part.note, label=consent_codes.ROUTES.label(part.route))
        case Referral() | Disclosure():
            event = replace(event, text=part.to_whom)
        case FollowUp() if part.done_at is not None:
            event = Told(event.kind, part.done_at, part.done_by, part.came_of_it or part.text)
        case _:
            return None
    return event


SIGNS: Mapping[EntryKind | Sort, str] = {
    Sort.PRIVATE_NOTE: "lock",
    Sort.CONSENT: "check",
    Sort.REPORT: "report",
    Sort.REFERRAL: "route",
    Sort.FOLLOW_UP: "calendar-event",
    Sort.DISCLOSURE: "shield-lock",
}
