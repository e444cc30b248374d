"""Notices that leave the house: deliveries, preferences, and what is known of a phone."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and two columns of people."""
    with op.batch_alter_table("person") as person:
        person.add_column(sa.Column("phone_tested_day", sa.Date(), nullable=True))
        person.add_column(sa.Column("sms_refused", sa.String(length=10), nullable=True))
        person.create_check_constraint(
            op.f("ck_person_sms_refused"), "sms_refused IN ('stopped', 'landline')"
        )
    op.create_table(
        "notice_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=4), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=10), nullable=True),
        sa.Column("ended_day", sa.Date(), nullable=True),
        sa.CheckConstraint("channel IN ('sms', 'mail')", name=op.f("ck_notice_delivery_channel")),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'unknown', 'failed')",
            name=op.f("ck_notice_delivery_state"),
        ),
        sa.CheckConstraint(
            "(next_try_at IS NULL) = (ended_day IS NOT NULL)", name=op.f("ck_notice_delivery_ended")
        ),
        sa.CheckConstraint(
            "problem IN ('stopped', 'landline', 'refused', 'no_sender', 'no_address', 'no_answer')",
            name=op.f("ck_notice_delivery_problem"),
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["notice.id"],
            name=op.f("fk_notice_delivery_notice_id_notice"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_notice_delivery_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_delivery")),
        sa.UniqueConstraint(
            "notice_id", "channel", name=op.f("uq_notice_delivery_notice_id_channel")
        ),
    )
    op.create_index(
        "ix_notice_delivery_next_try_at",
        "notice_delivery",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("next_try_at IS NOT NULL"),
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_notice_delivery_person_id"), "notice_delivery", ["person_id"], unique=False
    )
    op.create_table(
        "notice_preference",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code_group", sa.String(length=10), nullable=False),
        sa.Column("sms", sa.Boolean(), nullable=False),
        sa.Column("mail", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "code_group IN ('tasks', 'shifts')", name=op.f("ck_notice_preference_code_group")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_notice_preference_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", "code_group", name=op.f("pk_notice_preference")),
    )
