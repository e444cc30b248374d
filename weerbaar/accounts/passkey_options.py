"""What a browser is asked when a passkey is made or touched, as the JSON of WebAuthn Level 3.

Always: the owner is verified by the device, the device keeps for whom the passkey is (so that no
name is typed), no word on what device it is, and the PRF extension where there is one.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session
from webauthn import generate_authentication_options, generate_registration_options
from webauthn.helpers import bytes_to_base64url, options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from weerbaar.accounts import challenges, people, wrappings
from weerbaar.accounts.challenges import LIVES, Purpose
from weerbaar.accounts.models import PasskeyRow
from weerbaar.accounts.relying_party import NAME, RelyingParty
from weerbaar.accounts.vault import Vault

# One for everybody: who signs in types no name, so nothing else is known when it is asked.
PRF_SALT = hashlib.sha256(b"weerbaar private key by passkey\x01").digest()

_OWN_WAY = AuthenticatorSelectionCriteria(
    resident_key=ResidentKeyRequirement.REQUIRED,
    user_verification=UserVerificationRequirement.REQUIRED,
)


def to_add(
    session: Session,
    vault: Vault,
    party: RelyingParty,
    person_id: UUID,
    tie: bytes,
    now: datetime,
    *,
    purpose: Purpose = Purpose.ADD,
) -> dict[str, Any]:
    """What a browser needs to make a passkey: `PublicKeyCredentialCreationOptionsJSON`.

    Args:
        session: where passkeys are.
        vault: its service keys.
        party: for whom.
        person_id: whose.
        tie: a secret of this browser.
        now: the instant, aware.
        purpose: for somebody who joins, or starts over, the passkeys of before do not count.
    """
    card = people.card(session, vault, person_id)
    wanted_rows = select(PasskeyRow.credential_id).where(PasskeyRow.person_id == person_id)
    present = [] if purpose is Purpose.JOIN else session.scalars(wanted_rows).all()
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=NAME,
        user_id=person_id.bytes,
        user_name=card.mail,
        user_display_name=card.name,
        challenge=challenges.issue(vault, purpose, tie, now),
        timeout=int(LIVES.total_seconds() * 1000),
        authenticator_selection=_OWN_WAY,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=bytes(one)) for one in present],
    )
    wanted = options_to_json_dict(options)
    wanted["extensions"] = {"prf": {"eval": {"first": bytes_to_base64url(PRF_SALT)}}}
    return wanted


def to_touch(
    session: Session,
    vault: Vault,
    party: RelyingParty,
    purpose: Purpose,
    tie: bytes,
    now: datetime,
    *,
    person_id: UUID | None = None,
    opening: bool = False,
) -> dict[str, Any]:
    """What a browser needs to ask for a passkey: `PublicKeyCredentialRequestOptionsJSON`.

    Args:
        session: where passkeys are.
        vault: its service keys.
        party: for whom.
        purpose: what for.
        tie: a secret of this browser.
        now: the instant, aware.
        person_id: whose; without, the device knows whom it has passkeys of.
        opening: ask for those alone that open his keys.
    """
    rows = [] if person_id is None else _own(session, person_id, opening=opening)
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenges.issue(vault, purpose, tie, now),
        timeout=int(LIVES.total_seconds() * 1000),
        allow_credentials=[PublicKeyCredentialDescriptor(id=bytes(row[0])) for row in rows],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    wanted = options_to_json_dict(options)
    prf: dict[str, Any] = {"eval": {"first": bytes_to_base64url(PRF_SALT)}}
    if rows:
        prf["evalByCredential"] = {
            bytes_to_base64url(bytes(row[0])): {"first": bytes_to_base64url(bytes(row[1]))}
            for row in rows
        }
    wanted["extensions"] = {"prf": prf}
    return wanted


def _own(session: Session, person_id: UUID, *, opening: bool) -> Sequence[Row[bytes, bytes]]:
    wanted = select(PasskeyRow.credential_id, PasskeyRow.prf_salt).where(
        PasskeyRow.person_id == person_id
    )
    if opening:
        wanted = wanted.where(PasskeyRow.id.in_(wrappings.of_passkeys(session, person_id)))
    return session.execute(wanted).all()
