"""One person is never in two shifts at once: the database refuses it too.

PostgreSQL compares people and stretches of time in one index, for which it needs its own extension
btree_gist (in Debian part of the server's package). Whoever may make tables may make it, from
PostgreSQL 13 on, with the right CREATE on the database.
"""

from alembic import op
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BUSY_THEN = (
    "EXISTS (SELECT 1 FROM shift WHERE person_id = NEW.person_id AND id <> NEW.id"
    " AND ends > NEW.starts AND starts < NEW.ends)"
)
REFUSE = f"WHEN {BUSY_THEN} BEGIN SELECT RAISE(ABORT, 'ex_shift_one_at_a_time'); END"
ON_ADD = f"CREATE TRIGGER tr_shift_add BEFORE INSERT ON shift {REFUSE}"
ON_ALTER = (
    f"CREATE TRIGGER tr_shift_alter BEFORE UPDATE OF person_id, starts, ends ON shift {REFUSE}"
)


class ExtensionMissing(RuntimeError):
    """PostgreSQL's extension btree_gist is not there, and this user may not make it."""

    def __init__(self) -> None:
        super().__init__(
            "the extension btree_gist is missing: run CREATE EXTENSION btree_gist in this database"
            " as a superuser, or give its user the right to with GRANT CREATE ON DATABASE"
        )


def upgrade() -> None:
    """Make the constraint; on SQLite two triggers do the same."""
    if op.get_bind().dialect.name != "postgresql":
        op.execute(ON_ADD)
        op.execute(ON_ALTER)
        return
    _make_extension()
    op.execute(
        "ALTER TABLE shift ADD CONSTRAINT ex_shift_one_at_a_time"
        " EXCLUDE USING gist (person_id WITH =, tstzrange(starts, ends) WITH &&)"
    )


def _make_extension() -> None:
    bind = op.get_bind()
    if bind.scalar(text("SELECT 1 FROM pg_extension WHERE extname = 'btree_gist'")):
        return
    try:
        with bind.begin_nested():
            bind.execute(text("CREATE EXTENSION btree_gist"))
    except DBAPIError:
        raise ExtensionMissing from None
