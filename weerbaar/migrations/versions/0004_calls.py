"""The tables of calls: calls, legs, work items, call-backs."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("provider_sid", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("next_deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("inquiries", sa.Integer(), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("number_record", sa.Uuid(), nullable=True),
        sa.Column("number_confirmed", sa.Boolean(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("roster_version", sa.String(length=80), nullable=True),
        sa.Column("leg_number", sa.Integer(), nullable=False),
        sa.Column("last_position", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ringing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.Column("course_record", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'ended') = (next_deadline IS NULL)", name=op.f("ck_call_deadline")
        ),
        sa.CheckConstraint(
            "(state = 'ended') = (outcome IS NOT NULL)", name=op.f("ck_call_ended_outcome")
        ),
        sa.CheckConstraint(
            "outcome IN ('talked', 'accepted_not_bridged', 'callback_asked', 'message_left', 'missed', 'blocked', 'looped')",
            name=op.f("ck_call_outcome"),
        ),
        sa.CheckConstraint(
            "state IN ('greeting', 'ringing', 'all_busy', 'accepted', 'offering', 'entering_number', 'confirming_number', 'ended')",
            name=op.f("ck_call_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("provider_sid", name=op.f("uq_call_provider_sid")),
        sa.UniqueConstraint("token", name=op.f("uq_call_token")),
    )
    op.create_index(op.f("ix_call_created_day"), "call", ["created_day"], unique=False)
    op.create_index(
        "ix_call_ended_at",
        "call",
        ["ended_at"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NOT NULL"),
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_index(
        "ix_call_next_deadline",
        "call",
        ["next_deadline"],
        unique=False,
        sqlite_where=sa.text("next_deadline IS NOT NULL"),
        postgresql_where=sa.text("next_deadline IS NOT NULL"),
    )
    op.create_table(
        "provider_leftover",
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_provider_leftover")),
    )
    op.create_table(
        "call_event",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_call_event_call_id_call"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "number", name=op.f("pk_call_event")),
    )
    op.create_table(
        "ring_turn",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_ring_turn_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_ring_turn")),
    )
    op.create_table(
        "work_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("done_reason", sa.String(length=20), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number_record", sa.Uuid(), nullable=True),
        sa.Column("number_confirmed", sa.Boolean(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("passed_on", sa.Integer(), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "(state = 'done') = (done_reason IS NOT NULL)",
            name=op.f("ck_work_item_done_reason_given"),
        ),
        sa.CheckConstraint(
            "done_reason IN ('recorded', 'wrong_number', 'silent', 'misuse', 'test_call', 'no_record_wanted')",
            name=op.f("ck_work_item_done_reason"),
        ),
        sa.CheckConstraint(
            "kind IN ('conversation', 'callback_asked', 'missed', 'accepted_not_bridged')",
            name=op.f("ck_work_item_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'claimed', 'done')", name=op.f("ck_work_item_state")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["person.id"], name=op.f("fk_work_item_answered_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_work_item_call_id_call"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["person.id"], name=op.f("fk_work_item_owner_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_item")),
        sa.UniqueConstraint("call_id", name=op.f("uq_work_item_call_id")),
    )
    op.create_index(op.f("ix_work_item_created_day"), "work_item", ["created_day"], unique=False)
    op.create_index(
        "ix_work_item_open",
        "work_item",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state <> 'done'"),
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.create_index(op.f("ix_work_item_owner_id"), "work_item", ["owner_id"], unique=False)
    op.create_table(
        "call_back",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("next_deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("held", sa.LargeBinary(), nullable=True),
        sa.Column("held_secret_id", sa.Uuid(), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leg_sid", sa.String(length=64), nullable=True),
        sa.Column("official_sid", sa.String(length=64), nullable=True),
        sa.Column("ended_by", sa.String(length=30), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "(state = 'ended') = (next_deadline IS NULL)", name=op.f("ck_call_back_deadline")
        ),
        sa.CheckConstraint(
            "outcome IN ('reached', 'not_reached', 'voicemail', 'other_person')",
            name=op.f("ck_call_back_outcome"),
        ),
        sa.CheckConstraint(
            "state IN ('calling', 'connecting', 'talking', 'ended')",
            name=op.f("ck_call_back_state"),
        ),
        sa.CheckConstraint(
            "(held IS NULL) = (held_secret_id IS NULL)", name=op.f("ck_call_back_held")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["work_item.id"],
            name=op.f("fk_call_back_item_id_work_item"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_call_back_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_back")),
        sa.UniqueConstraint("token", name=op.f("uq_call_back_token")),
    )
    op.create_index(op.f("ix_call_back_item_id"), "call_back", ["item_id"], unique=False)
    op.create_index(
        "ix_call_back_next_deadline",
        "call_back",
        ["next_deadline"],
        unique=False,
        sqlite_where=sa.text("next_deadline IS NOT NULL"),
        postgresql_where=sa.text("next_deadline IS NOT NULL"),
    )
    op.create_index(op.f("ix_call_back_person_id"), "call_back", ["person_id"], unique=False)
    op.create_table(
        "leg",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("call_back_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("provider_sid", sa.String(length=64), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'ended') = (outcome IS NOT NULL)", name=op.f("ck_leg_ended_outcome")
        ),
        sa.CheckConstraint(
            "outcome IN ('sent', 'created', 'rings', 'picked_up', 'press_1', 'press_2', 'wrong_key', 'silence', 'no_answer', 'busy', 'failed', 'canceled', 'hung_up', 'provider_error', 'never_placed', 'over', 'caller_gone', 'overdue')",
            name=op.f("ck_leg_outcome"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'unknown', 'placed', 'ringing', 'screening', 'accepted', 'ended')",
            name=op.f("ck_leg_state"),
        ),
        sa.CheckConstraint(
            "(call_id IS NULL) <> (call_back_id IS NULL)", name=op.f("ck_leg_purpose")
        ),
        sa.ForeignKeyConstraint(
            ["call_back_id"],
            ["call_back.id"],
            name=op.f("fk_leg_call_back_id_call_back"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_leg_call_id_call"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_leg_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leg")),
        sa.UniqueConstraint("call_back_id", name=op.f("uq_leg_call_back_id")),
        sa.UniqueConstraint("call_id", "number", name=op.f("uq_leg_call_id_number")),
    )
    op.create_index(
        "uq_leg_one_open_per_person",
        "leg",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'ended'"),
        postgresql_where=sa.text("state <> 'ended'"),
    )
