"""Holds on cases, periods per category, runs that destroy, and the destruction log."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from weerbaar.migrations import checks

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

DONE_REASONS = (
    "recorded", "wrong_number", "silent", "misuse", "test_call", "no_record_wanted",
    "number_wrong", "not_safe", "period_over",
)  # fmt: skip


def _fate() -> tuple[sa.Column, ...]:
    return (
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=True),
        sa.Column("why", sa.String(length=20), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
    )


def upgrade() -> None:
    """Make them."""
    for column in _fate():
        op.add_column("pending_destruction", column)
    op.create_table(
        "destruction_log",
        sa.Column("secret_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *_fate(),
        sa.CheckConstraint(
            "(record_id IS NULL) = (why IS NULL)", name=op.f("ck_destruction_log_fate")
        ),
        sa.PrimaryKeyConstraint("secret_id", name=op.f("pk_destruction_log")),
    )
    op.create_index(op.f("ix_destruction_log_day"), "destruction_log", ["day"], unique=False)
    op.create_table(
        "retention_period",
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.CheckConstraint("days >= 0", name=op.f("ck_retention_period_days")),
        sa.PrimaryKeyConstraint("category", name=op.f("pk_retention_period")),
    )
    op.create_table(
        "purge_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=True),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'confirmed', 'destroyed', 'done', 'replaced')",
            name=op.f("ck_purge_run_state"),
        ),
        sa.CheckConstraint(
            "(slot IS NOT NULL) = (state IN ('waiting', 'confirmed'))",
            name=op.f("ck_purge_run_slot"),
        ),
        sa.CheckConstraint("slot = 1", name=op.f("ck_purge_run_one_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purge_run")),
        sa.UniqueConstraint("slot", name=op.f("uq_purge_run_slot")),
    )
    op.create_index(op.f("ix_purge_run_created_day"), "purge_run", ["created_day"], unique=False)
    op.create_table(
        "purge_item",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["purge_run.id"],
            name=op.f("fk_purge_item_run_id_purge_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "category", "object_id", name=op.f("pk_purge_item")),
    )
    with op.batch_alter_table("case_record") as case:
        case.add_column(sa.Column("hold_until", sa.Date(), nullable=True))
        case.add_column(sa.Column("hold_record", sa.Uuid(), nullable=True))
        case.create_foreign_key(
            op.f("fk_case_record_hold_record_envelope"), "envelope", ["hold_record"], ["id"]
        )
        case.create_unique_constraint(op.f("uq_case_record_hold_record"), ["hold_record"])
        case.create_check_constraint(
            op.f("ck_case_record_hold"), "(hold_until IS NULL) = (hold_record IS NULL)"
        )
    op.create_index(
        op.f("ix_case_record_retention_on"), "case_record", ["retention_on"], unique=False
    )
    op.add_column("person", sa.Column("left_day", sa.Date(), nullable=True))
    _say_who_left_when()
    listed = ", ".join(f"'{one}'" for one in DONE_REASONS)
    checks.put("work_item", "ck_work_item_done_reason", f"done_reason IN ({listed})")


def _say_who_left_when() -> None:
    # The trail has the day; of somebody it does not tell of, the period begins today.
    people = sa.table(
        "person", sa.column("id", sa.Uuid()), sa.column("state"), sa.column("left_day", sa.Date())
    )
    trail = sa.table(
        "trail", sa.column("action"), sa.column("object_id"),
        sa.column("at", sa.DateTime(timezone=True)),
    )  # fmt: skip
    bind = op.get_bind()
    told = {
        row.object_id: row.at.date()
        for row in bind.execute(
            sa.select(trail.c.object_id, trail.c.at).where(trail.c.action == "person.leave")
        )
    }
    today = datetime.now(UTC).date()
    for (person_id,) in bind.execute(sa.select(people.c.id).where(people.c.state == "left")):
        bind.execute(
            sa.update(people)
            .where(people.c.id == person_id)
            .values(left_day=told.get(str(person_id), today))
        )
