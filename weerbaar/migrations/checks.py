"""Giving a table another check constraint, on both databases, without touching its rows.

SQLite can only replace a check by copying the table, and with foreign keys on, dropping the old
table would empty others. Its documentation names the other way, for constraints that do not change
what is stored: edit the text of the table under `writable_schema`
(https://www.sqlite.org/lang_altertable.html, "making other kinds of table schema changes").
"""

from alembic import op
from sqlalchemy import text


class ConstraintNotFound(Exception):
    """The text of a table is not what it was expected to be."""


def put(table: str, name: str, condition: str) -> None:
    """Give a table a check, in place of the one of the same name if there is one.

    Args:
        table: its name.
        name: of the constraint, whole, as in `ck_call_state`.
        condition: what must hold, as in the model.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS {name}')
        op.create_check_constraint(op.f(name), table, condition)
        return
    bind = op.get_bind()
    version = bind.execute(text("PRAGMA schema_version")).scalar_one()
    found = bind.execute(
        text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table"),
        {"table": table},
    ).scalar_one()
    bind.execute(text("PRAGMA writable_schema = ON"))
    bind.execute(
        text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table"),
        {"sql": with_check(found, name, condition), "table": table},
    )
    # Another version makes every open connection read the table's text again.
    bind.execute(text(f"PRAGMA schema_version = {int(version) + 1}"))
    bind.execute(text("PRAGMA writable_schema = OFF"))


def with_check(sql: str, name: str, condition: str) -> str:
    """The text of a table with a check added or replaced.

    Args:
        sql: `CREATE TABLE ...`, as the database keeps it.
        name: of the constraint.
        condition: what must hold.

    Raises:
        ConstraintNotFound: brackets do not match.
    """
    wanted = f"CONSTRAINT {name} CHECK ({condition})"
    begin = sql.find(f"CONSTRAINT {name} CHECK (")
    if begin >= 0:
        return sql[:begin] + wanted + sql[_closing(sql, sql.index("(", begin)) + 1 :]
    end = _closing(sql, sql.index("("))
    return f"{sql[:end].rstrip()}, \n\t{wanted}\n{sql[end:]}"


def _closing(sql: str, opening: int) -> int:
    depth, quoted = 0, False
    for place in range(opening, len(sql)):
        sign = sql[place]
        if sign == "'":
            quoted = not quoted
        elif not quoted and sign in "()":
            depth += 1 if sign == "(" else -1
            if depth == 0:
                return place
    raise ConstraintNotFound
