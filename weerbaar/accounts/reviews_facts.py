"""What a review looks at: everybody's roles, keys, second factors and last day, as they are now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weerbaar.accounts import admission, people, quorum_holders
from weerbaar.accounts.models import PasskeyRow, PersonRow, TrailRow
from weerbaar.accounts.reviews_rules import PRIVILEGED, Scope
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local

SIGN_INS = ("sign-in", "sign-in.passkey", "recover", "unlock", "unlock.passkey")


@dataclass(frozen=True, slots=True)
class Temporary:
    """Rights to single cases that end on a day: how many, and the last of these days."""

    number: int
    until: date


@dataclass(frozen=True, slots=True)
class Facts:
    """One person as he stands in a review."""

    name: str = field(repr=False)
    state: str
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    holder: bool
    temporary: Temporary | None
    last_day: date | None
    has_code: bool
    passkeys: int

    @property
    def rights(self) -> tuple[Any, ...]:
        """What is judged: another set of these wants another judgement."""
        return self.state == people.LEFT, self.roles, self.groups, self.holder


def facts_of(
    session: Session, vault: Vault, scope: Scope, temporary: Mapping[UUID, Temporary]
) -> dict[UUID, Facts]:
    """Everybody in a scope, in the order of names; who left is nobody any more.

    Args:
        session: where people are.
        vault: its keyring.
        scope: whose rights.
        temporary: the rights to single cases that end on a day, by person.
    """
    cards = {
        one.id: one for one in people.cards(session, vault).values() if one.state != people.LEFT
    }
    members = admission.memberships(session)
    chosen = quorum_holders.present(session, vault)
    holders = frozenset() if chosen is None else chosen.people
    codes = frozenset(
        session.scalars(select(PersonRow.id).where(PersonRow.totp_sealed.is_not(None)))
    )
    kept = session.execute(
        select(PasskeyRow.person_id, func.count()).group_by(PasskeyRow.person_id)
    )
    passkeys = {person_id: number for person_id, number in kept}  # noqa: C416 - no pairs to mypy
    last = _last_days(session)
    return {
        person_id: Facts(
            card.name,
            card.state,
            tuple(sorted(role.value for role in card.roles)),
            tuple(sorted(name for name, ids in members.items() if person_id in ids)),
            person_id in holders,
            temporary.get(person_id),
            last.get(str(person_id)),
            person_id in codes,
            passkeys.get(person_id, 0),
        )
        for person_id, card in cards.items()
        if scope is Scope.EVERYBODY or card.roles & PRIVILEGED or person_id in holders
    }


def _last_days(session: Session) -> dict[str, date]:
    rows = session.execute(
        select(TrailRow.object_id, func.max(TrailRow.at))
        .where(TrailRow.action.in_(SIGN_INS), TrailRow.outcome == "done")
        .group_by(TrailRow.object_id)
    )
    return {person: local(at).date() for person, at in rows if person is not None}


def plain(facts: Facts) -> dict[str, Any]:
    """Facts in values that JSON knows."""
    temporary = facts.temporary
    return {
        "name": facts.name, "state": facts.state, "roles": list(facts.roles),
        "groups": list(facts.groups), "holder": facts.holder,
        "temporary": None
        if temporary is None
        else {"number": temporary.number, "until": temporary.until.isoformat()},
        "last_day": None if facts.last_day is None else facts.last_day.isoformat(),
        "has_code": facts.has_code, "passkeys": facts.passkeys,
    }  # fmt: skip


def from_plain(values: Mapping[str, Any]) -> Facts:
    """What `plain` gave."""
    temporary, last = values["temporary"], values["last_day"]
    return Facts(
        values["name"],
        values["state"],
        tuple(values["roles"]),
        tuple(values["groups"]),
        values["holder"],
        None
        if temporary is None
        else Temporary(temporary["number"], date.fromisoformat(temporary["until"])),
        None if last is None else date.fromisoformat(last),
        values["has_code"],
        values["passkeys"],
    )
