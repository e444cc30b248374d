"""The schema, step by step: numbered files, one line, one head.

`versions/NNNN_what.py` are applied in order; a test compares the result with the models on both
databases. A step never imports models: it keeps working when they have moved on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

HERE = Path(__file__).parent


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema of a database to a revision, in one transaction.

    Args:
        engine: the database.
        revision: a number such as `0002`, or `head`.
    """
    config = _config()
    with engine.connect() as connection, _without_cascades(connection), connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def upgrade_within(connection: Connection, revision: str = "head") -> None:
    """The same within a transaction of the caller's; for PostgreSQL, where a schema can roll back.

    Args:
        connection: of the database, in a transaction.
        revision: a number such as `0002`, or `head`.
    """
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@contextmanager
def _without_cascades(connection: Connection) -> Iterator[None]:
    # SQLite changes a table by making it anew. Dropping the old one would take along every row
    # that refers to it, unless references are not enforced meanwhile; a transaction cannot switch.
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def present(engine: Engine) -> str | None:
    """The revision a database stands at; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """The revision this code needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise LookupError("there are no migrations")
    return head
