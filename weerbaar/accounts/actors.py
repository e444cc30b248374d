"""Who acts: a person with roles and, while his session is unlocked, keys; or the house itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from weerbaar.accounts.keys import OpenKeys


class Role(StrEnum):
    """What somebody of the staff is; one person may be several."""

    CONFIDANT = "confidant"
    EXPERT = "expert"
    PEER = "peer"
    COORDINATOR = "coordinator"
    ROSTER_MANAGER = "roster_manager"
    TOUR_OFFICER = "tour_officer"
    ADMIN = "admin"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks for something; `keys` is None while nothing sealed can be opened."""

    person_id: UUID | None
    roles: frozenset[Role] = frozenset()
    keys: OpenKeys | None = field(default=None, repr=False)


# Commands and the worker: no person, no role, no key.
SYSTEM = Actor(person_id=None)


def roles_text(roles: Iterable[Role]) -> str:
    """Roles as a column keeps them: their codes, sorted, with a space between."""
    return " ".join(sorted({role.value for role in roles}))


def roles_of(text: str) -> frozenset[Role]:
    """The roles in a column's text.

    Raises:
        ValueError: a code is not a role.
    """
    return frozenset(Role(code) for code in text.split())
