"""The key store's tables: metadata of their own, never in the application's database."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    text,
)

from weerbaar.config.database import NAMING_CONVENTION, UtcDateTime

VERSION = 1
METADATA = MetaData(naming_convention=NAMING_CONVENTION)

version = Table(
    "keystore_version",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
)

identity = Table(
    "keystore_identity",
    METADATA,
    Column("id", Integer, CheckConstraint("id = 1", name="single"), primary_key=True),
    Column("installation_id", Uuid, nullable=False),
    Column("canary", LargeBinary, nullable=False),
)

# Made ahead; `taken` once, by one statement, and never given back.
secret = Table(
    "secret",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("taken", Boolean, nullable=False),
    Index(
        "ix_secret_unassigned",
        "taken",
        sqlite_where=text("NOT taken"),
        postgresql_where=text("NOT taken"),
    ),
)

# Applied again after a restore, before anything opens.
destruction = Table(
    "destruction",
    METADATA,
    Column("secret_id", Uuid, primary_key=True),
    Column("day", Date, nullable=False),
)

pin = Table(
    "pin",
    METADATA,
    Column("kind", String(10), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("epoch", Integer),
    Column("fingerprint", LargeBinary),
    Column("next_epoch", Integer),
    Column("next_fingerprint", LargeBinary),
)

head = Table(
    "trail_head",
    METADATA,
    Column("id", Integer, CheckConstraint("id = 1", name="single"), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    Column("noted_at", UtcDateTime, nullable=False),
)
