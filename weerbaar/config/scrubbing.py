"""Cleaning the files of a database of what was deleted from it."""

from collections.abc import Collection

from sqlalchemy.exc import DBAPIError

from weerbaar.config.database import Database

# A caller whose number waits for the lock of a table is worth more than a clean page: whoever
# cannot have the table at once, or not for so long, tries again later.
LOCK_MILLISECONDS, WORK_MILLISECONDS = 1_000, 20_000


def scrub(database: Database, tables: Collection[str]) -> bool:
    """Remove what deleted rows left in the files.

    SQLite zeroes deleted cells at once (`secure_delete`); the pages must leave the log file too.
    PostgreSQL keeps dead rows until `VACUUM FULL` writes the table anew.

    Args:
        database: which.
        tables: from which something was deleted.

    Returns:
        Whether every trace was removed; False while somebody stands in the way.
    """
    if database.engine.dialect.name != "postgresql":
        return _checkpoint(database)
    try:
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql(f"SET lock_timeout = {LOCK_MILLISECONDS}")
            connection.exec_driver_sql(f"SET statement_timeout = {WORK_MILLISECONDS}")
            try:
                for table in sorted(tables):
                    connection.exec_driver_sql(f'VACUUM FULL "{table}"')
            finally:
                connection.exec_driver_sql("RESET lock_timeout")
                connection.exec_driver_sql("RESET statement_timeout")
    except DBAPIError:
        return False
    return True


def _checkpoint(database: Database) -> bool:
    connection = database.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        row = cursor.fetchone()
        cursor.close()
    finally:
        connection.close()
    return row is not None and row[0] == 0
