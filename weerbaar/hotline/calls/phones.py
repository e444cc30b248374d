"""The telephones of people, and what happens when one of them cannot be read."""

from collections.abc import Collection
from contextlib import suppress
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import people
from weerbaar.accounts.vault import Vault
from weerbaar.config.log import logger
from weerbaar.crypto.errors import CannotOpen

_log = logger("hotline.calls")


def telephones(session: Session, vault: Vault, ids: Collection[UUID]) -> dict[UUID, str]:
    """The telephones that can be rung, E.164, by person; a damaged row costs only its person.

    Args:
        session: where they are.
        vault: opens them.
        ids: of the people.
    """
    try:
        return people.phones(session, vault, ids)
    except CannotOpen:
        found: dict[UUID, str] = {}
        for one in ids:
            with suppress(CannotOpen):
                found.update(people.phones(session, vault, [one]))
        _log.error("telephone does not open", count=len(ids) - len(found))
        return found
