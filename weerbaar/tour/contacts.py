"""Whom we speak in a government: sealed under the service keys, read by who works on the tour."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import service_keys, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.tour import places
from weerbaar.tour.errors import NoSuchContact
from weerbaar.tour.models import ContactRow
from weerbaar.tour.places import Place

PURPOSE = "tour-contact"

service_keys.bind(ContactRow, "sealed", PURPOSE)


class ContactRole(StrEnum):
    """What somebody is in his government."""

    MAYOR = "mayor"
    KINGS_COMMISSIONER = "kings_commissioner"
    CLERK = "clerk"


@dataclass(frozen=True)
class Contact:
    """A contact person; its repr shows nobody."""

    role: ContactRole
    name: str = field(repr=False)
    mail: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    id: UUID | None = None
    code: str = ""


def roles_for(place: Place) -> tuple[ContactRole, ContactRole]:
    """Whom we speak there: the head of the government, and the registrar."""
    head = ContactRole.KINGS_COMMISSIONER if place.is_province else ContactRole.MAYOR
    return head, ContactRole.CLERK


def of_place(session: Session, vault: Vault, place: Place) -> list[Contact]:
    """The contact persons of a government, those under a former code last.

    Args:
        session: any session.
        vault: the service keys.
        place: which government.

    Raises:
        CannotOpen: a row was changed behind our back.
    """
    rows = session.scalars(select(ContactRow).where(ContactRow.code.in_(place.codes))).all()
    order = {code: number for number, code in enumerate(place.codes)}
    roles = list(ContactRole)
    found = [_opened(vault, row) for row in rows]
    return sorted(found, key=lambda each: (order[each.code], roles.index(each.role)))


def put(
    session: Session, vault: Vault, actor: Actor, code: str, contact: Contact, now: datetime
) -> UUID:
    """Write down who somebody is; whoever stood there in the same role is written over.

    Args:
        session: the caller commits.
        vault: the service keys.
        actor: who writes.
        code: of the government; a merged one keeps its own contact persons.
        contact: role, name, and how to reach him.
        now: the instant, aware.

    Raises:
        NoSuchGovernment: no government has the code.
    """
    places.place(code)
    row = session.scalar(
        select(ContactRow)
        .where(ContactRow.code == code, ContactRow.role == contact.role.value)
        .with_for_update()
    )
    contact_id = uuid4() if row is None else row.id
    sealed = vault.keyring.seal(PURPOSE, _plain(contact), contact_id.bytes)
    if row is None:
        row = ContactRow(id=contact_id, code=code, role=contact.role.value)
        session.add(row)
    row.sealed, row.changed_day = sealed, local(now).date()
    session.flush()
    trail.record(session, actor, "tour.contact", "tour_contact", contact_id, now)
    return contact_id


def remove(session: Session, actor: Actor, contact_id: UUID, now: datetime) -> str:
    """Take somebody off.

    Args:
        session: the caller commits.
        actor: who does it.
        contact_id: which contact person.
        now: the instant, aware.

    Returns:
        The code of the government.

    Raises:
        NoSuchContact: there is none.
    """
    row = session.get(ContactRow, contact_id, with_for_update=True)
    if row is None:
        raise NoSuchContact
    code = row.code
    session.delete(row)
    session.flush()
    trail.record(session, actor, "tour.contact_off", "tour_contact", contact_id, now)
    return code


def _plain(contact: Contact) -> bytes:
    document = {"name": contact.name, "mail": contact.mail, "phone": contact.phone}
    return json.dumps(document, ensure_ascii=False).encode()


def _opened(vault: Vault, row: ContactRow) -> Contact:
    document = json.loads(vault.keyring.open(PURPOSE, row.sealed, row.id.bytes))
    return Contact(
        ContactRole(row.role), document["name"], document["mail"], document["phone"],
        id=row.id, code=row.code,
    )  # fmt: skip
