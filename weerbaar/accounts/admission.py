"""Who belongs in which group by his roles, and bringing the groups in line with that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import groups
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.people import PersonCard
from weerbaar.accounts.recipients import GroupName, Person
from weerbaar.accounts.vault import KeyNotTrusted, NoKeysYet, Vault

# A coordinator holds every key, so that no group hangs on one person.
GROUPS_OF: Mapping[Role, frozenset[str]] = MappingProxyType({
    Role.CONFIDANT: frozenset({GroupName.CONFIDANTS.value}),
    Role.COORDINATOR: frozenset(name.value for name in GroupName),
    Role.TOUR_OFFICER: frozenset({GroupName.TOUR.value}),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A newcomer's public key, as two people compare it by telephone."""

    raw: bytes
    words: str = field(repr=False)


def groups_for(roles: Iterable[Role]) -> frozenset[str]:
    """The groups that somebody with these roles belongs in.

    Args:
        roles: his roles.
    """
    return frozenset().union(*(GROUPS_OF.get(role, frozenset()) for role in roles))


def memberships(session: Session) -> dict[str, frozenset[UUID]]:
    """Who is a member of which group, by the group's name."""
    return {name: groups.members(session, name) for name in groups.names()}


def waiting_for(
    card: PersonCard, members: Mapping[str, frozenset[UUID]], by: UUID | None = None
) -> list[str]:
    """The groups a person belongs in and cannot open yet.

    Args:
        card: the person.
        members: of `memberships`.
        by: only the groups that this member can admit to.
    """
    if card.state != "active":
        return []
    return sorted(
        name
        for name in groups_for(card.roles)
        if card.id not in members[name] and (by is None or by in members[name])
    )


def fingerprint(session: Session, vault: Vault, person_id: UUID) -> Fingerprint | None:
    """The fingerprint of a person's trusted key; None while he has none, or it is not trusted.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    try:
        public = vault.public_key_of(session, Person(person_id)).public
    except (NoKeysYet, KeyNotTrusted):
        return None
    return Fingerprint(public.fingerprint, public.words())


def leave_groups(
    session: Session, vault: Vault, actor: Actor, card: PersonCard, now: datetime
) -> list[str]:
    """Take a person out of the groups his roles no longer belong to.

    Args:
        session: the door commits.
        vault: key store and keyring.
        actor: who changed the roles.
        card: the person, with the new roles.
        now: the instant, aware.

    Returns:
        The names of the groups he left.

    Raises:
        LastMember: nobody would be left in a group.
    """
    belongs = groups_for(card.roles)
    left = sorted(
        name
        for name, members in memberships(session).items()
        if card.id in members and name not in belongs
    )
    for name in left:
        groups.remove(session, vault, actor, name, card.id, now)
    return left
