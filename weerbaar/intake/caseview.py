"""A case as one reader sees it: a value, apart from how it is opened."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from weerbaar.intake import content
from weerbaar.intake.content import Entry, What, Who


@dataclass(frozen=True)
class Reader:
    """Somebody who can open a case, and which of its parts."""

    person_id: UUID
    who: bool
    what: bool


@dataclass(frozen=True)
class Spoken:
    """A spoken message of a case: when it was spoken, and how many seconds it takes."""

    id: UUID
    at: datetime
    seconds: int

    def __repr__(self) -> str:
        return f"<Spoken {self.id}>"


@dataclass(frozen=True, repr=False)
class CaseView:
    """A case as one reader may see it; `who` is None where that part is not shared with him."""

    id: UUID
    is_open: bool
    created_day: date
    retention_on: date | None
    what: What
    who: Who | None
    entries: tuple[Entry, ...]
    readers: tuple[Reader, ...]
    # Those of the readers who work here on cases: the right of the others opens nothing.
    here: frozenset[UUID]
    hold_until: date | None = None
    # Whether who it was is destroyed; not the same as not being shared.
    who_gone: bool = False

    def __repr__(self) -> str:
        return f"<CaseView {self.id}>"

    @property
    def title(self) -> str:
        """The first words of the story; empty without one."""
        return content.title(self.what)

    @property
    def only_reader(self) -> bool:
        """Whether nobody else could open the story if this reader were gone."""
        return sum(one.what and one.person_id in self.here for one in self.readers) == 1
