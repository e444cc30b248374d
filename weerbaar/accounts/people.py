"""People of the staff: their cards, phones and states. Names stand sealed under service keys."""

import secrets
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from weerbaar.accounts import destruction, groups, trail
from weerbaar.accounts.actors import Actor, Role, roles_of, roles_text
from weerbaar.accounts.destruction import Fate
from weerbaar.accounts.keys import OpenKeys, make_pair
from weerbaar.accounts.models import (
    GroupHalfRow,
    InvitationRow,
    KeyWrappingRow,
    PasskeyRow,
    PersonRow,
    SessionRow,
)
from weerbaar.accounts.notice_rules import SmsRefusal
from weerbaar.accounts.telephones import PhoneProblem, PhoneRefused, staff_phone
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local

__all__ = [
    "ACTIVE",
    "INVITED",
    "LEFT",
    "LastAdmin",
    "MailTaken",
    "NoSuchPerson",
    "PersonCard",
    "PersonRefused",
    "PhoneProblem",
    "PhoneRefused",
    "activate",
    "by_mail",
    "card",
    "cards",
    "change",
    "forget",
    "invite",
    "leave",
    "left_before",
    "mail_index",
    "normal_mail",
    "phone_tested",
    "phone_tests",
    "phones",
    "refuse_sms",
    "set_totp",
    "sms_fared",
    "start_over",
    "totp_secret",
    "with_role",
]

# What stands where the name stood of somebody who left long ago.
NAME_AFTERWARDS = "Oud-collega"
INVITED, ACTIVE, LEFT = "invited", "active", "left"
LONGEST_NAME, LONGEST_MAIL = 200, 254
_MAIL, _NAME, _PHONE, _TOTP = "person-mail", "person-name", "person-phone", "person-totp"
_MAIL_INDEX, INDEX_BYTES = "mail-index", 40


class NoSuchPerson(Exception):
    """There is nobody with this id, or he has left."""


class MailTaken(Exception):
    """Somebody has this mail address already."""


class LastAdmin(Exception):
    """The last administrator stays one: nobody could manage people any more."""


class PersonRefused(Exception):
    """A name, mail address or set of roles cannot be used; the field is named, no value."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        self.fields = fields
        super().__init__(", ".join(fields))


@dataclass(frozen=True, slots=True)
class PersonCard:
    """Who somebody is, for a page or a line of a command; its repr shows nobody."""

    id: UUID
    name: str = field(repr=False)
    mail: str = field(repr=False)
    phone: str | None = field(repr=False)
    roles: frozenset[Role]
    state: str
    phone_tested_day: date | None = None
    sms_refused: SmsRefusal | None = None


def normal_mail(mail: str) -> str:
    """A mail address as it is compared: without spaces around, in one case and one form."""
    return unicodedata.normalize("NFC", mail).strip().casefold()


def mail_index(vault: Vault, mail: str) -> bytes:
    """What a mail address is looked up by: a keyed digest.

    Args:
        vault: its keyring.
        mail: as typed.
    """
    return vault.keyring.index(_MAIL_INDEX, normal_mail(mail))


def _mail_indices(vault: Vault, mail: str) -> list[bytes]:
    # Rows from before a rotation of the service keys are found by the previous key.
    return vault.keyring.index_all(_MAIL_INDEX, normal_mail(mail))


def is_mail(mail: str) -> bool:
    """Whether a text can be a mail address: one `@`, a dot after it, no spaces or controls."""
    name, at, host = mail.rpartition("@")
    return (
        bool(name and at)
        and "@" not in name
        and len(mail) <= LONGEST_MAIL
        and "." in host.strip(".")
        and not host.startswith(".")
        and mail.isprintable()
        and not any(character.isspace() or character in ',;<>"' for character in mail)
    )


def is_name(name: str) -> bool:
    """Whether a text can be a person's name: something, not too long, no control characters."""
    return 0 < len(name.strip()) <= LONGEST_NAME and name.isprintable()


# ---- reading -----------------------------------------------------------------------------


def card(session: Session, vault: Vault, person_id: UUID) -> PersonCard:
    """Somebody's card, whatever his state.

    Raises:
        NoSuchPerson: there is nobody with this id.
        CannotOpen: the row was damaged or moved.
    """
    found = cards(session, vault, [person_id]).get(person_id)
    if found is None:
        raise NoSuchPerson
    return found


def cards(
    session: Session, vault: Vault, ids: Collection[UUID] | None = None
) -> dict[UUID, PersonCard]:
    """Cards by id, in the order of names.

    Args:
        session: where people are.
        vault: its keyring.
        ids: of whom; everybody without, those who left included.

    Raises:
        CannotOpen: a row was damaged or moved.
    """
    wanted = select(
        PersonRow.id,
        PersonRow.name_sealed,
        PersonRow.mail_sealed,
        PersonRow.phone_sealed,
        PersonRow.roles,
        PersonRow.state,
        PersonRow.phone_tested_day,
        PersonRow.sms_refused,
    )
    if ids is not None:
        if not ids:
            return {}
        wanted = wanted.where(PersonRow.id.in_(list(ids)))
    found = [
        PersonCard(
            id=row.id,
            name=_opened(vault, _NAME, row.id, row.name_sealed),
            mail=_opened(vault, _MAIL, row.id, row.mail_sealed),
            phone=_opened_or_none(vault, _PHONE, row.id, row.phone_sealed),
            roles=roles_of(row.roles),
            state=row.state,
            phone_tested_day=row.phone_tested_day,
            sms_refused=None if row.sms_refused is None else SmsRefusal(row.sms_refused),
        )
        for row in session.execute(wanted)
    ]
    return {one.id: one for one in sorted(found, key=lambda one: (one.name.casefold(), one.mail))}


def by_mail(session: Session, vault: Vault, mail: str) -> UUID | None:
    """Whose mail address this is; None for nobody, and for somebody who left."""
    return session.scalar(
        select(PersonRow.id).where(
            PersonRow.mail_index.in_(_mail_indices(vault, mail)), PersonRow.state != LEFT
        )
    )


def phones(session: Session, vault: Vault, ids: Collection[UUID]) -> dict[UUID, str]:
    """The phones that can be rung, E.164, by person; who has none or has left is missing.

    Raises:
        CannotOpen: a row was damaged or moved.
    """
    if not ids:
        return {}
    rows = session.execute(
        select(PersonRow.id, PersonRow.phone_sealed).where(
            PersonRow.id.in_(list(ids)),
            PersonRow.state != LEFT,
            PersonRow.phone_sealed.is_not(None),
        )
    )
    return {
        person_id: _opened(vault, _PHONE, person_id, sealed)
        for person_id, sealed in rows
        if sealed is not None
    }


def phone_tests(session: Session) -> dict[UUID, date | None]:
    """The day on which each phone that can be rung was last tested; None: never."""
    rows = session.execute(
        select(PersonRow.id, PersonRow.phone_tested_day).where(
            PersonRow.state != LEFT, PersonRow.phone_sealed.is_not(None)
        )
    )
    return {person_id: day for person_id, day in rows}  # noqa: C416 - rows are no pairs to mypy


def with_role(session: Session, *roles: Role, can_ring: bool = False) -> frozenset[UUID]:
    """Everybody invited or active who has one of these roles.

    Args:
        session: where people are.
        roles: one of these is enough.
        can_ring: only those whose phone can be rung.
    """
    query = select(PersonRow.id, PersonRow.roles).where(PersonRow.state != LEFT)
    if can_ring:
        query = query.where(PersonRow.phone_sealed.is_not(None))
    rows = session.execute(query)
    return frozenset(row[0] for row in rows if not roles_of(row[1]).isdisjoint(roles))


def totp_secret(session: Session, vault: Vault, person_id: UUID) -> str | None:
    """Somebody's TOTP secret in base 32; None while he has none.

    Raises:
        CannotOpen: the row was damaged or moved.
    """
    sealed = session.scalar(select(PersonRow.totp_sealed).where(PersonRow.id == person_id))
    return _opened_or_none(vault, _TOTP, person_id, sealed)


# ---- changing ----------------------------------------------------------------------------


def invite(
    session: Session,
    vault: Vault,
    actor: Actor,
    *,
    mail: str,
    name: str,
    roles: Iterable[Role],
    phone: str | None,
    now: datetime,
    hotline_number: str,
) -> UUID:
    """Make an invited account: its phone can ring at once, its first sign-in is still to come.

    Args:
        session: where people are.
        vault: its keyring.
        actor: who invites.
        mail: mail address, not in use.
        name: name.
        roles: at least one.
        phone: as typed; None or empty for none.
        now: the instant, aware.
        hotline_number: the hotline in E.164, which nobody may have as his phone.

    Raises:
        PersonRefused: mail, name or roles cannot be used.
        PhoneRefused: the phone cannot be used.
        MailTaken: somebody has the mail address already.
    """
    wanted = frozenset(roles)
    _check(mail=mail, name=name, roles=wanted)
    number = staff_phone(phone, hotline_number) if phone and phone.strip() else None
    taken = select(PersonRow.id).where(PersonRow.mail_index.in_(_mail_indices(vault, mail)))
    if session.scalar(taken) is not None:
        raise MailTaken
    person_id = uuid4()
    session.execute(
        insert(PersonRow).values(
            id=person_id,
            state=INVITED,
            roles=roles_text(wanted),
            mail_index=mail_index(vault, mail),
            mail_sealed=_sealed(vault, _MAIL, person_id, mail.strip()),
            name_sealed=_sealed(vault, _NAME, person_id, name.strip()),
            phone_sealed=None if number is None else _sealed(vault, _PHONE, person_id, number),
            created_day=now.date(),
        )
    )
    trail.record(session, actor, "person.add", "person", person_id, now)
    return person_id


def _check(
    *, mail: str | None = None, name: str | None = None, roles: frozenset[Role] | None = None
) -> None:
    wrong = tuple(
        field_name
        for field_name, is_wrong in (
            ("email", mail is not None and not is_mail(mail.strip())),
            ("name", name is not None and not is_name(name)),
            ("roles", roles is not None and not roles),
        )
        if is_wrong
    )
    if wrong:
        raise PersonRefused(wrong)


def change(
    session: Session,
    vault: Vault,
    actor: Actor,
    person_id: UUID,
    now: datetime,
    *,
    hotline_number: str,
    name: str | None = None,
    roles: Iterable[Role] | None = None,
    phone: str | None = None,
) -> tuple[str, ...]:
    """Change somebody's name, roles or phone; what is None or equal stays.

    Args:
        session: where people are.
        vault: its keyring.
        actor: who changes.
        person_id: whom.
        now: the instant, aware.
        hotline_number: the hotline in E.164.
        name: the new name.
        roles: all his roles from now on.
        phone: as typed; an empty text takes the phone away.

    Returns:
        The fields that changed: `name`, `roles`, `phone`.

    Raises:
        NoSuchPerson: there is nobody, or he has left.
        PersonRefused, PhoneRefused: a new value cannot be used.
        LastAdmin: the last administrator would lose that role.
    """
    present = card(session, vault, person_id)
    if present.state == LEFT:
        raise NoSuchPerson
    wanted = None if roles is None else frozenset(roles)
    _check(name=name, roles=wanted)
    values: dict[str, object] = {}
    changed = []
    if name is not None and name.strip() != present.name:
        values["name_sealed"] = _sealed(vault, _NAME, person_id, name.strip())
        changed.append("name")
    if wanted is not None and wanted != present.roles:
        if Role.ADMIN in present.roles - wanted:
            _keep_an_admin(session, person_id)
        values["roles"] = roles_text(wanted)
        changed.append("roles")
    if phone is not None:
        number = staff_phone(phone, hotline_number) if phone.strip() else None
        if number != present.phone:
            values["phone_sealed"] = (
                None if number is None else _sealed(vault, _PHONE, person_id, number)
            )
            # What is known of the old telephone says nothing about the new one.
            values["phone_tested_day"] = values["sms_refused"] = None
            changed.append("phone")
    if values:
        session.execute(update(PersonRow).where(PersonRow.id == person_id).values(**values))
        for one in changed:
            trail.record(session, actor, f"person.{one}", "person", person_id, now)
    return tuple(changed)


def phone_tested(session: Session, vault: Vault, person_id: UUID, phone: str, day: date) -> bool:
    """Note that somebody answered and confirmed on his telephone.

    Args:
        session: where people are.
        vault: its keyring.
        person_id: who.
        phone: the number that was rung, E.164; another one than his present phone counts for
            nothing.
        day: the local day.

    Returns:
        Whether it was his present phone.
    """
    if phones(session, vault, [person_id]).get(person_id) != phone:
        return False
    session.execute(update(PersonRow).where(PersonRow.id == person_id).values(phone_tested_day=day))
    return True


def refuse_sms(session: Session, person_id: UUID, why: SmsRefusal | None) -> None:
    """Note why no SMS goes to somebody's present phone any more; None lets them go again."""
    session.execute(
        update(PersonRow)
        .where(PersonRow.id == person_id)
        .values(sms_refused=None if why is None else why.value)
    )


def sms_fared(session: Session, person_id: UUID, *, arrived: bool) -> None:
    """Note whether the last SMS to somebody arrived; what its owner stopped stays stopped."""
    unreached = SmsRefusal.UNREACHED.value
    before, after = (unreached, None) if arrived else (None, unreached)
    session.execute(
        update(PersonRow)
        .where(PersonRow.id == person_id, PersonRow.sms_refused.is_not_distinct_from(before))
        .values(sms_refused=after)
    )


def _keep_an_admin(session: Session, person_id: UUID) -> None:
    rows = session.execute(
        select(PersonRow.id, PersonRow.roles).where(PersonRow.state == ACTIVE)
    ).all()
    if not any(row[0] != person_id and Role.ADMIN in roles_of(row[1]) for row in rows):
        raise LastAdmin


def set_totp(session: Session, vault: Vault, person_id: UUID, secret: str) -> None:
    """Keep somebody's TOTP secret, sealed.

    Args:
        session: where people are.
        vault: its keyring.
        person_id: whose.
        secret: in base 32.
    """
    session.execute(
        update(PersonRow)
        .where(PersonRow.id == person_id)
        .values(totp_sealed=_sealed(vault, _TOTP, person_id, secret))
    )


def activate(
    session: Session, vault: Vault, person_id: UUID, *, totp_secret: str, now: datetime
) -> OpenKeys:
    """Make an invited person active: a key pair and a second factor.

    The caller keeps the private key in at least one way before the commit.

    Args:
        session: where people are.
        vault: key store and keyring.
        person_id: who was invited.
        totp_secret: his TOTP secret in base 32.
        now: the instant, aware.

    Raises:
        NoSuchPerson: there is no invited person with this id.
        KeyStoreGone: the key store cannot be reached.
    """
    moved = session.execute(
        update(PersonRow)
        .where(PersonRow.id == person_id, PersonRow.state == INVITED)
        .values(state=ACTIVE)
        .returning(PersonRow.id)
    ).first()
    if moved is None:
        raise NoSuchPerson
    set_totp(session, vault, person_id, totp_secret)
    trail.record(session, Actor(person_id), "person.activate", "person", person_id, now)
    return make_pair(session, vault, person_id, now)


def start_over(
    session: Session, vault: Vault, person_id: UUID, *, totp_secret: str, now: datetime
) -> OpenKeys:
    """Give somebody active a new key pair and a new second factor; he counts as a newcomer.

    The caller keeps the private key in at least one way before the commit, which takes the place
    of the former password and recovery code; passkeys end here.

    Args:
        session: where people are.
        vault: key store and keyring.
        person_id: who starts over.
        totp_secret: his new TOTP secret in base 32.
        now: the instant, aware.

    Raises:
        NoSuchPerson: there is no active person with this id.
        KeyStoreGone: the key store cannot be reached.
    """
    row = session.get(PersonRow, person_id, with_for_update=True)
    if row is None or row.state != ACTIVE:
        raise NoSuchPerson
    gone = session.scalars(
        delete(KeyWrappingRow)
        .where(KeyWrappingRow.person_id == person_id, KeyWrappingRow.passkey_id.is_not(None))
        .returning(KeyWrappingRow.secret_id)
    ).all()
    passkeys = session.scalars(
        delete(PasskeyRow).where(PasskeyRow.person_id == person_id).returning(PasskeyRow.secret_id)
    ).all()
    destruction.give_up(session, vault, [*gone, *passkeys], now)
    set_totp(session, vault, person_id, totp_secret)
    trail.record(session, Actor(person_id), "person.started-over", "person", person_id, now)
    return make_pair(session, vault, person_id, now)


def leave(session: Session, vault: Vault, actor: Actor, person_id: UUID, now: datetime) -> None:
    """Let somebody leave: out of every group, sessions ended, every way to his key destroyed.

    Args:
        session: where people are.
        vault: key store and keyring.
        actor: who lets him leave.
        person_id: who leaves.
        now: the instant, aware.

    Raises:
        NoSuchPerson: there is nobody, or he has left.
        LastAdmin: he is the last administrator.
        LastMember: he is the last member of a group.
    """
    row = session.execute(
        select(PersonRow.roles).where(PersonRow.id == person_id, PersonRow.state != LEFT)
    ).first()
    if row is None:
        raise NoSuchPerson
    if Role.ADMIN in roles_of(row.roles):
        _keep_an_admin(session, person_id)
    for name in session.scalars(
        select(GroupHalfRow.group_name).where(GroupHalfRow.person_id == person_id).distinct()
    ).all():
        groups.remove(session, vault, actor, name, person_id, now)
    lost = [
        *session.scalars(
            delete(KeyWrappingRow)
            .where(KeyWrappingRow.person_id == person_id)
            .returning(KeyWrappingRow.secret_id)
        ),
        *session.scalars(
            delete(SessionRow)
            .where(SessionRow.person_id == person_id)
            .returning(SessionRow.secret_id)
        ),
        *session.scalars(
            delete(PasskeyRow)
            .where(PasskeyRow.person_id == person_id)
            .returning(PasskeyRow.secret_id)
        ),
        *session.scalars(
            delete(InvitationRow)
            .where(InvitationRow.person_id == person_id)
            .returning(InvitationRow.secret_id)
        ),
    ]
    # The log tells who left: so he stays away when a backup from before is restored.
    fate = Fate(person_id, "person", LEFT, actor.person_id)
    destruction.give_up(session, vault, [one for one in lost if one is not None], now, fate=fate)
    session.execute(
        update(PersonRow)
        .where(PersonRow.id == person_id)
        .values(
            state=LEFT, roles="", totp_sealed=None, phone_sealed=None, left_day=local(now).date()
        )
    )
    trail.record(session, actor, "person.leave", "person", person_id, now)


def left_before(session: Session, day: date, *, only: UUID | None = None) -> list[UUID]:
    """Who left on or before a day and is still known by name.

    Args:
        session: where people are.
        day: the local day.
        only: look at this person alone.
    """
    wanted = select(PersonRow.id).where(PersonRow.left_day <= day)
    if only is not None:
        wanted = wanted.where(PersonRow.id == only)
    return list(session.scalars(wanted.order_by(PersonRow.left_day, PersonRow.id)))


def forget(session: Session, vault: Vault, actor: Actor, person_id: UUID, now: datetime) -> None:
    """Destroy name and mail address of somebody who left; his id stays, where rows name it.

    They are sealed under service keys alone: a backup of the database from before still holds
    them, for as long as that backup is kept.

    Args:
        session: where people are.
        vault: its keyring.
        actor: who destroys.
        person_id: who left.
        now: the instant, aware.
    """
    session.execute(
        update(PersonRow)
        .where(PersonRow.id == person_id, PersonRow.state == LEFT)
        .values(
            left_day=None,
            # An index that no address has.
            mail_index=secrets.token_bytes(INDEX_BYTES),
            mail_sealed=_sealed(vault, _MAIL, person_id, ""),
            name_sealed=_sealed(vault, _NAME, person_id, NAME_AFTERWARDS),
            phone_sealed=None,
            totp_sealed=None,
            phone_tested_day=None,
            sms_refused=None,
        )
    )
    trail.record(session, actor, "person.forget", "person", person_id, now)


def resealed(vault: Vault, row: PersonRow) -> dict[str, bytes]:
    """A person's sealed columns and mail index, under the current service key; only what changes.

    Args:
        vault: its keyring.
        row: the person.

    Raises:
        CannotOpen: the row was damaged or moved.
    """
    keyring, found = vault.keyring, {}
    for column, purpose in (
        ("mail_sealed", _MAIL), ("name_sealed", _NAME), ("phone_sealed", _PHONE),
        ("totp_sealed", _TOTP),
    ):  # fmt: skip
        sealed = getattr(row, column)
        if sealed is not None and keyring.sealed_by(sealed) != keyring.ids[0]:
            found[column] = _sealed(vault, purpose, row.id, _opened(vault, purpose, row.id, sealed))
    mail = _opened(vault, _MAIL, row.id, row.mail_sealed)
    # Of whose address was destroyed the index is random, and stays so.
    if mail and bytes(row.mail_index) != mail_index(vault, mail):
        found["mail_index"] = mail_index(vault, mail)
    return found


# ---- sealing -----------------------------------------------------------------------------


def _sealed(vault: Vault, purpose: str, person_id: UUID, text: str) -> bytes:
    return vault.keyring.seal(purpose, text.encode(), person_id.bytes)


def _opened(vault: Vault, purpose: str, person_id: UUID, sealed: bytes) -> str:
    return vault.keyring.open(purpose, bytes(sealed), person_id.bytes).decode()


def _opened_or_none(
    vault: Vault, purpose: str, person_id: UUID, sealed: bytes | None
) -> str | None:
    return None if sealed is None else _opened(vault, purpose, person_id, sealed)
