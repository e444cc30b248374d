"""The timeline of a case as its page shows it: entries and one's own private notes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from weerbaar.intake.caseview import CaseView
from weerbaar.intake.part_contents import PrivateNote, Sort

# Of a long case so many of the last are shown at once; those before unfold.
SHOWN = 12


@dataclass(frozen=True, repr=False)
class Told:
    """One event. `private_note` is the id of a note that its author alone reads."""

    kind: str
    at: datetime
    by: str
    text: str
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


def of_case(view: CaseView, own: Iterable[tuple[UUID, PrivateNote]] = ()) -> Timeline:
    """The timeline, oldest first.

    Args:
        view: the case.
        own: the private notes of whoever looks.
    """
    told = [Told(one.kind.value, one.at, one.author, one.text) for one in view.entries]
    told += [Told(Sort.PRIVATE_NOTE.value, one.at, one.by, one.text, record) for record, one in own]
    # What stands at one instant stays in the order of the case.
    told.sort(key=lambda one: one.at)
    # Two or three are not worth unfolding.
    cut = len(told) - SHOWN if len(told) > SHOWN + 3 else 0
    return Timeline(tuple(told[:cut]), tuple(told[cut:]))
