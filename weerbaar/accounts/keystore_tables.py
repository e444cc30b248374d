"""The key store's tables: metadata of their own, never in the application's database."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    select,
    text,
    update,
)
from sqlalchemy.schema import CreateColumn

from weerbaar.config.database import NAMING_CONVENTION, UtcDateTime

VERSION = 2
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
    # Of what was destroyed for a reason that must be accounted for; empty for the rest.
    Column("record_id", Uuid),
    Column("kind", String(30)),
    Column("why", String(20)),
    Column("actor_id", Uuid),
)

# What an older version lacks, by the version that has it.
ADDED = {
    2: tuple(
        (destruction, destruction.c[name]) for name in ("record_id", "kind", "why", "actor_id")
    )
}

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


class NewerVersion(Exception):
    """The tables are of a version that this code does not know."""


def bring_up(connection: Connection) -> bool:
    """Add to older tables what this version has; whether anything was added.

    Args:
        connection: of the key store, in a transaction.

    Raises:
        NewerVersion: the tables are newer than this code.
    """
    found = connection.execute(select(version.c.version)).scalar_one()
    if found > VERSION:
        raise NewerVersion
    for number in range(found + 1, VERSION + 1):
        for table, column in ADDED[number]:
            written = CreateColumn(column).compile(connection)
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {written}")
    connection.execute(update(version).values(version=VERSION))
    return bool(found < VERSION)
