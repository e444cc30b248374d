"""Every table of the room: people, keys, envelopes, sessions, trail and notices.

In the clear stand random ids, states, days and sizes; what names a person is sealed under the
service keyring, what concerns a caller is in envelopes.
"""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model, UtcDateTime


class PersonRow(Model):
    """Somebody of the staff. Name, mail, phone and TOTP secret are sealed under service keys."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("state IN ('invited', 'active', 'left')", name="state"),
        CheckConstraint("sms_refused IN ('stopped', 'landline', 'unreached')", name="sms_refused"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    state: Mapped[str] = mapped_column(String(10))
    # Codes of roles, sorted, with a space between: see `actors.roles_text`.
    roles: Mapped[str] = mapped_column(String(200))
    mail_index: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    mail_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    # About the present phone: when it was last tested, and why no SMS goes there any more.
    phone_tested_day: Mapped[date | None] = mapped_column(Date)
    sms_refused: Mapped[str | None] = mapped_column(String(10))
    # Of somebody who left: since when, until his name and address are destroyed.
    left_day: Mapped[date | None] = mapped_column(Date)
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<PersonRow {self.id}>"


class TotpStepRow(Model):
    """A TOTP step whose code has been used: the row can be written only once."""

    __tablename__ = "totp_step"

    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    step: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class PersonKeyRow(Model):
    """A public key of a person, with a MAC under the service keyring."""

    __tablename__ = "person_key"
    __table_args__ = (CheckConstraint("epoch >= 1", name="epoch"),)

    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    epoch: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    public: Mapped[bytes] = mapped_column(LargeBinary)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    mac: Mapped[bytes] = mapped_column(LargeBinary)
    created_day: Mapped[date] = mapped_column(Date)


class SessionRow(Model):
    """A browser's session; its id is an HMAC of the cookie.

    What is sealed opens with another HMAC of the cookie and a secret of the key store.
    The private key is not here but in a wrapping of kind `session`, so that locking removes it
    and leaves the row (person, CSRF secret, flash texts) standing.
    """

    __tablename__ = "session"
    __table_args__ = (Index(None, "ends_at"),)

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    secret_id: Mapped[UUID] = mapped_column(Uuid, unique=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    active_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The kind of device, so that its owner knows it again among his sessions.
    device_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    def __repr__(self) -> str:
        return "<SessionRow>"


class PasskeyRow(Model):
    """A WebAuthn credential of a person; what it opens is a wrapping of kind `passkey`.

    The MAC is over everything that says whose it is, and over a secret of the key store: whoever
    writes the database makes none, and one that was removed does not come back with a backup.
    """

    __tablename__ = "passkey"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    prf_salt: Mapped[bytes] = mapped_column(LargeBinary)
    label_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    mac: Mapped[bytes] = mapped_column(LargeBinary)
    secret_id: Mapped[UUID] = mapped_column(Uuid, unique=True)
    created_day: Mapped[date] = mapped_column(Date)
    used_day: Mapped[date | None] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<PasskeyRow {self.id}>"


class PasskeyChallengeRow(Model):
    """A challenge that came back: the row can be written only once."""

    __tablename__ = "passkey_challenge"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class KeyWrappingRow(Model):
    """A private key of a person under something he has and a secret of the key store."""

    __tablename__ = "key_wrapping"
    __table_args__ = (
        ForeignKeyConstraint(
            ["person_id", "epoch"], ["person_key.person_id", "person_key.epoch"], ondelete="CASCADE"
        ),
        CheckConstraint(
            "kind IN ('password', 'recovery', 'passkey', 'quorum', 'session', 'former')",
            name="kind",
        ),
        CheckConstraint("(kind = 'session') = (session_id IS NOT NULL)", name="session"),
        CheckConstraint("(kind = 'passkey') = (passkey_id IS NOT NULL)", name="passkey"),
        # One password, one recovery code and one quorum at a time; passkeys and sessions many.
        Index(
            "uq_key_wrapping_person_id_kind",
            "person_id",
            "kind",
            unique=True,
            sqlite_where=text("kind IN ('password', 'recovery', 'quorum')"),
            postgresql_where=text("kind IN ('password', 'recovery', 'quorum')"),
        ),
        Index(None, "person_id", "epoch"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(Uuid)
    epoch: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(10))
    session_id: Mapped[bytes | None] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), unique=True
    )
    passkey_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("passkey.id", ondelete="CASCADE"), unique=True
    )
    # Of a password: the salt and the name of the Argon2 profile it was stretched with.
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    profile: Mapped[str | None] = mapped_column(String(20))
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    secret_id: Mapped[UUID] = mapped_column(Uuid, unique=True)
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<KeyWrappingRow {self.kind}>"


class InvitationRow(Model):
    """A one-time link: only the hash of its token is kept.

    What its page shows is derived from the token and a secret of the key store, which is
    destroyed when the link is used, withdrawn or over.
    """

    __tablename__ = "invitation"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    secret_id: Mapped[UUID | None] = mapped_column(Uuid, unique=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def __repr__(self) -> str:
        return f"<InvitationRow {self.id}>"


class GroupRow(Model):
    """A group with keys of its own, by its fixed name; the row is locked while it changes."""

    __tablename__ = "key_group"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    created_day: Mapped[date] = mapped_column(Date)


class GroupKeyRow(Model):
    """A public key of a group, with a MAC under the service keyring."""

    __tablename__ = "group_key"
    __table_args__ = (CheckConstraint("epoch >= 1", name="epoch"),)

    group_name: Mapped[str] = mapped_column(
        ForeignKey("key_group.name", ondelete="CASCADE"), primary_key=True
    )
    epoch: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    public: Mapped[bytes] = mapped_column(LargeBinary)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    mac: Mapped[bytes] = mapped_column(LargeBinary)
    created_day: Mapped[date] = mapped_column(Date)


class GroupHalfRow(Model):
    """A group's private key as one member can open it.

    A random half is sealed to the member; the private key is wrapped under that half and a
    secret of the key store, so that removing the member destroys it in every backup. The MAC
    says that the house wrote the row (see `vouching`); None on a row from before there were any.
    """

    __tablename__ = "group_half"
    __table_args__ = (
        ForeignKeyConstraint(
            ["group_name", "epoch"], ["group_key.group_name", "group_key.epoch"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["person_id", "person_epoch"],
            ["person_key.person_id", "person_key.epoch"],
            ondelete="CASCADE",
        ),
        Index(None, "person_id", "person_epoch"),
    )

    group_name: Mapped[str] = mapped_column(String(20), primary_key=True)
    epoch: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    person_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_epoch: Mapped[int] = mapped_column(Integer)
    sealed_half: Mapped[bytes] = mapped_column(LargeBinary)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    secret_id: Mapped[UUID] = mapped_column(Uuid, unique=True)
    mac: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_day: Mapped[date] = mapped_column(Date)


class EnvelopeRow(Model):
    """Sealed content. The id is the record's; kind and part are labels bound into the seal."""

    __tablename__ = "envelope"
    __table_args__ = (
        CheckConstraint("epoch >= 1", name="epoch"),
        CheckConstraint("version >= 1", name="version"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    kind: Mapped[str] = mapped_column(String(30), index=True)
    part: Mapped[str] = mapped_column(String(30))
    # The epoch counts halves and secrets, the version counts contents.
    epoch: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    secret_id: Mapped[UUID] = mapped_column(Uuid, unique=True)
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<EnvelopeRow {self.id}>"


class EnvelopeReaderRow(Model):
    """A reader half as one recipient can open it, sealed and, after the first opening, re-wrapped.

    A group's half is re-wrapped under a key that only the group's private key gives: whoever
    is removed from the group loses it with the group half, in every backup too. The MAC says that
    the house wrote the row (see `vouching`); None on a row from before there were any.
    """

    __tablename__ = "envelope_reader"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (group_name IS NULL)", name="recipient"),
        UniqueConstraint("record_id", "person_id"),
        UniqueConstraint("record_id", "group_name"),
        Index(None, "person_id"),
        Index(None, "group_name", "key_epoch"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    record_id: Mapped[UUID] = mapped_column(ForeignKey("envelope.id", ondelete="CASCADE"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    group_name: Mapped[str | None] = mapped_column(ForeignKey("key_group.name"))
    # The epoch of the recipient's key pair.
    key_epoch: Mapped[int] = mapped_column(Integer)
    sealed_half: Mapped[bytes] = mapped_column(LargeBinary)
    rewrapped_half: Mapped[bytes | None] = mapped_column(LargeBinary)
    mac: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_day: Mapped[date] = mapped_column(Date)


class EnvelopeChunkRow(Model):
    """One piece of a long content, such as a recording; the envelope says how many there are."""

    __tablename__ = "envelope_chunk"

    record_id: Mapped[UUID] = mapped_column(
        ForeignKey("envelope.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)

    def __repr__(self) -> str:
        return f"<EnvelopeChunkRow {self.record_id} {self.number}>"


class PendingDestructionRow(Model):
    """A secret of the key store that has lost its use: written with the change, done after it."""

    __tablename__ = "pending_destruction"

    secret_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # What the log tells of it, where it must be accounted for.
    record_id: Mapped[UUID | None] = mapped_column(Uuid)
    kind: Mapped[str | None] = mapped_column(String(30))
    why: Mapped[str | None] = mapped_column(String(20))
    actor_id: Mapped[UUID | None] = mapped_column(Uuid)


class DestructionRow(Model):
    """A secret that was destroyed, as the key store's own log has it.

    A line without a reason stays as long as a backup of the key store may bring the secret back;
    one with a reason is the account of what was destroyed, and stays for years.
    """

    __tablename__ = "destruction_log"
    __table_args__ = (
        CheckConstraint("(record_id IS NULL) = (why IS NULL)", name="fate"),
        Index(None, "day"),
    )

    secret_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    record_id: Mapped[UUID | None] = mapped_column(Uuid)
    kind: Mapped[str | None] = mapped_column(String(30))
    why: Mapped[str | None] = mapped_column(String(20))
    actor_id: Mapped[UUID | None] = mapped_column(Uuid)


class TrailRow(Model):
    """One fact of the trail: who did what to which id, when; chained by `mac`."""

    __tablename__ = "trail"
    __table_args__ = (Index(None, "object_id"), Index(None, "at"))

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[UUID | None] = mapped_column(Uuid)
    action: Mapped[str] = mapped_column(String(60))
    object_kind: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str | None] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(20))
    version: Mapped[int | None] = mapped_column(Integer)
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    mac: Mapped[bytes] = mapped_column(LargeBinary)


class TrailHeadRow(Model):
    """The newest row of the trail; locked while rows are added."""

    __tablename__ = "trail_head"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)
    mac: Mapped[bytes] = mapped_column(LargeBinary)


class TrailStartRow(Model):
    """Where the trail begins: behind the newest row that went because its period was over.

    Number 0 says that nothing went yet. The seal is a MAC under the service keyring.
    """

    __tablename__ = "trail_start"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)
    mac: Mapped[bytes] = mapped_column(LargeBinary)
    # Everything that went was from before this instant; how many days it was kept; when it went.
    before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    days: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The SHA-256 of everything in `trail_told`.
    told: Mapped[bytes] = mapped_column(LargeBinary)
    # None while nothing went: there is nothing to seal.
    seal: Mapped[bytes | None] = mapped_column(LargeBinary)


class TrailToldRow(Model):
    """What rows that went told of records that may stand still: no person, no act, no time."""

    __tablename__ = "trail_told"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    object_kind: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(64))
    version: Mapped[int | None] = mapped_column(Integer)
    digest: Mapped[bytes] = mapped_column(LargeBinary)


class ThrottleRow(Model):
    """Tries under one keyed digest: of an account, of a source, of both, or of a known source."""

    __tablename__ = "throttle"

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # What a refused visitor was told: from then on the next try is let in.
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RefusalCountRow(Model):
    """How often something was refused in one minute: no name, no source."""

    __tablename__ = "refusal_count"

    minute: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)


class NoticeRow(Model):
    """A content-free notice to one person: an outbox row."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("person_id", "key"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    # What makes it the same notice, so that it is never posted twice; null: always a new one.
    key: Mapped[str | None] = mapped_column(String(100))
    posted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When it was handed to its channels; each delivery keeps its own account.
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DeliveryRow(Model):
    """One notice by one channel: never twice, and no moment is left when it is over."""

    __tablename__ = "notice_delivery"
    __table_args__ = (
        UniqueConstraint("notice_id", "channel"),
        CheckConstraint("channel IN ('sms', 'mail')", name="channel"),
        CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'unknown', 'failed')", name="state"
        ),
        CheckConstraint("(next_try_at IS NULL) = (ended_day IS NOT NULL)", name="ended"),
        CheckConstraint(
            "problem IN ('stopped', 'landline', 'refused', 'no_sender', 'no_address', 'no_answer',"
            " 'no_arrival')",
            name="problem",
        ),
        Index(
            "ix_notice_delivery_next_try_at",
            "next_try_at",
            sqlite_where=text("next_try_at IS NOT NULL"),
            postgresql_where=text("next_try_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(4))
    state: Mapped[str] = mapped_column(String(8))
    attempts: Mapped[int] = mapped_column(Integer)
    # While it waits: from when it is tried; while it is sent: from when it counts as lost.
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    problem: Mapped[str | None] = mapped_column(String(10))
    ended_day: Mapped[date | None] = mapped_column(Date)


class NoticePreferenceRow(Model):
    """By which channels somebody wants the notices of one group; without a row, as usual."""

    __tablename__ = "notice_preference"
    __table_args__ = (CheckConstraint("code_group IN ('tasks', 'shifts')", name="code_group"),)

    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    code_group: Mapped[str] = mapped_column(String(10), primary_key=True)
    sms: Mapped[bool] = mapped_column(Boolean)
    mail: Mapped[bool] = mapped_column(Boolean)


class InstallationRow(Model):
    """What ties database, key store and keyring together: compared at every start."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    installation_id: Mapped[UUID] = mapped_column(Uuid)
    # Sealed under the service keyring: opens only with the right one.
    canary: Mapped[bytes] = mapped_column(LargeBinary)
    created_day: Mapped[date] = mapped_column(Date)
