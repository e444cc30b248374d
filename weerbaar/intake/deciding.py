"""Who decides over a case: who else reads it, how long it stays, and what of it goes for good."""

from sqlalchemy.orm import Session

from weerbaar.accounts.actors import Actor
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.vault import Vault
from weerbaar.intake import casefile, grants, lasting
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.errors import CaseworkRefused
from weerbaar.intake.models import CaseRow


class NotYoursToDecide(CaseworkRefused):
    """He reads the case, but a part of it or for a while only."""


def decides(session: Session, vault: Vault, keys: OpenKeys, row: CaseRow) -> bool:
    """Whether this reader decides over a case: he reads both parts.

    Where the *who* part was destroyed, or nobody here can open it any more, it is who reads what is
    left and was not asked for a while; where there is none of those either, whoever still reads it.
    Otherwise nobody could share the case, and it would be lost with him.

    Raises:
        NotYourCase: not shared with this person.
    """
    casefile.open_what(session, vault, keys, row)
    if casefile.open_who(session, vault, keys, row) is not None:
        return True
    if lasting.opens_who(session, row):
        return False
    grant = grants.of_case(session, row.id).get(keys.person_id)
    return grant is None or grant.ends_on is None or not lasting.kept(session, row)


def check(session: Session, vault: Vault, actor: Actor, row: CaseRow) -> None:
    """Refuse whoever does not decide over a case.

    Raises:
        NotYourCase: not shared with this person.
        NotYoursToDecide: he reads a part of it, or for a while only.
    """
    if not decides(session, vault, keys_of(actor), row):
        raise NotYoursToDecide
