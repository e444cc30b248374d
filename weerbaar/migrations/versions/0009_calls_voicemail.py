"""Spoken messages, long content of envelopes, and what is left at the provider."""

import sqlalchemy as sa
from alembic import op

from weerbaar.migrations import checks

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    checks.put(
        "call",
        "ck_call_state",
        "state IN ('greeting', 'ringing', 'all_busy', 'accepted', 'offering', 'entering_number', 'confirming_number', 'recording', 'ended')",
    )
    checks.put(
        "work_item",
        "ck_work_item_kind",
        "kind IN ('conversation', 'callback_asked', 'missed', 'accepted_not_bridged', 'message_left')",
    )
    op.create_table(
        "envelope_chunk",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["envelope.id"],
            name=op.f("fk_envelope_chunk_record_id_envelope"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("record_id", "number", name=op.f("pk_envelope_chunk")),
    )
    op.create_table(
        "voice_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("recording_sid", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("problem", sa.String(length=20), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "(state = 'sealed') = (record_id IS NOT NULL)",
            name=op.f("ck_voice_message_sealed_record"),
        ),
        sa.CheckConstraint(
            "(state IN ('awaited', 'refused')) = (next_try_at IS NOT NULL)",
            name=op.f("ck_voice_message_next_try"),
        ),
        sa.CheckConstraint(
            "problem IN ('cannot_open', 'no_key', 'too_large', 'no_sound', 'not_stored', 'absent', 'failed', 'gone')",
            name=op.f("ck_voice_message_problem"),
        ),
        sa.CheckConstraint(
            "state IN ('awaited', 'sealed', 'refused', 'missing', 'done')",
            name=op.f("ck_voice_message_state"),
        ),
        sa.ForeignKeyConstraint(
            ["call_id"],
            ["call.id"],
            name=op.f("fk_voice_message_call_id_call"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voice_message")),
        sa.UniqueConstraint("recording_sid", name=op.f("uq_voice_message_recording_sid")),
    )
    op.create_index(op.f("ix_voice_message_call_id"), "voice_message", ["call_id"], unique=False)
    op.create_index(
        "ix_voice_message_next_try_at",
        "voice_message",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("next_try_at IS NOT NULL"),
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.create_table(
        "case_recording",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_case_recording_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(
            ["id"], ["envelope.id"], name=op.f("fk_case_recording_id_envelope")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_recording")),
    )
    op.create_index(op.f("ix_case_recording_case_id"), "case_recording", ["case_id"], unique=False)
    _leftovers()


def _leftovers() -> None:
    # What stood there were legs and text messages. They are noted anew, to be tried at once.
    op.rename_table("provider_leftover", "provider_leftover_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX pk_provider_leftover RENAME TO pk_provider_leftover_before")
    op.create_table(
        "provider_leftover",
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('call', 'recording', 'message')", name=op.f("ck_provider_leftover_kind")
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_provider_leftover")),
    )
    op.create_index(
        "ix_provider_leftover_next_try_at",
        "provider_leftover",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("next_try_at IS NOT NULL"),
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.execute(
        "INSERT INTO provider_leftover (sid, kind, attempts, next_try_at, created_day)"
        " SELECT sid, 'call', 0, CAST(created_day AS TIMESTAMP), created_day"
        " FROM provider_leftover_before"
        if op.get_bind().dialect.name == "postgresql"
        else "INSERT INTO provider_leftover (sid, kind, attempts, next_try_at, created_day)"
        " SELECT sid, 'call', 0, created_day || ' 00:00:00.000000', created_day"
        " FROM provider_leftover_before"
    )
    op.execute("UPDATE provider_leftover SET kind = 'message' WHERE substr(sid, 1, 2) = 'SM'")
    op.drop_table("provider_leftover_before")
    op.create_table(
        "provider_comparison",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_provider_comparison_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_comparison")),
    )
