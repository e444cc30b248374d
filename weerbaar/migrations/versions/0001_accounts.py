"""The tables of accounts: people, keys, envelopes, trail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "envelope",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("part", sa.String(length=30), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("secret_id", sa.Uuid(), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint("epoch >= 1", name=op.f("ck_envelope_epoch")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_envelope_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envelope")),
        sa.UniqueConstraint("secret_id", name=op.f("uq_envelope_secret_id")),
    )
    op.create_index(op.f("ix_envelope_kind"), "envelope", ["kind"], unique=False)
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("canary", sa.LargeBinary(), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "key_group",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_key_group")),
    )
    op.create_table(
        "pending_destruction",
        sa.Column("secret_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("secret_id", name=op.f("pk_pending_destruction")),
    )
    op.create_index(
        op.f("ix_pending_destruction_due_at"), "pending_destruction", ["due_at"], unique=False
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("roles", sa.String(length=200), nullable=False),
        sa.Column("mail_index", sa.LargeBinary(), nullable=False),
        sa.Column("mail_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint("state IN ('invited', 'active', 'left')", name=op.f("ck_person_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("mail_index", name=op.f("uq_person_mail_index")),
    )
    op.create_table(
        "refusal_count",
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("minute", "kind", name=op.f("pk_refusal_count")),
    )
    op.create_table(
        "throttle",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttle")),
    )
    op.create_index(op.f("ix_throttle_last_at"), "throttle", ["last_at"], unique=False)
    op.create_table(
        "trail",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object_kind", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_trail")),
    )
    op.create_index(op.f("ix_trail_at"), "trail", ["at"], unique=False)
    op.create_index(op.f("ix_trail_object_id"), "trail", ["object_id"], unique=False)
    op.create_table(
        "trail_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_trail_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_head")),
    )
    op.create_table(
        "envelope_reader",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("group_name", sa.String(length=20), nullable=True),
        sa.Column("key_epoch", sa.Integer(), nullable=False),
        sa.Column("sealed_half", sa.LargeBinary(), nullable=False),
        sa.Column("rewrapped_half", sa.LargeBinary(), nullable=True),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (group_name IS NULL)", name=op.f("ck_envelope_reader_recipient")
        ),
        sa.ForeignKeyConstraint(
            ["group_name"], ["key_group.name"], name=op.f("fk_envelope_reader_group_name_key_group")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_envelope_reader_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["envelope.id"],
            name=op.f("fk_envelope_reader_record_id_envelope"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envelope_reader")),
        sa.UniqueConstraint(
            "record_id", "group_name", name=op.f("uq_envelope_reader_record_id_group_name")
        ),
        sa.UniqueConstraint(
            "record_id", "person_id", name=op.f("uq_envelope_reader_record_id_person_id")
        ),
    )
    op.create_index(
        op.f("ix_envelope_reader_group_name_envelope_reader_key_epoch"),
        "envelope_reader",
        ["group_name", "key_epoch"],
        unique=False,
    )
    op.create_index(
        op.f("ix_envelope_reader_person_id"), "envelope_reader", ["person_id"], unique=False
    )
    op.create_table(
        "group_key",
        sa.Column("group_name", sa.String(length=20), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint("epoch >= 1", name=op.f("ck_group_key_epoch")),
        sa.ForeignKeyConstraint(
            ["group_name"],
            ["key_group.name"],
            name=op.f("fk_group_key_group_name_key_group"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_name", "epoch", name=op.f("pk_group_key")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("secret_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_invitation_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("secret_id", name=op.f("uq_invitation_secret_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(op.f("ix_invitation_person_id"), "invitation", ["person_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_notice_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_notice_person_id_key")),
    )
    op.create_index(op.f("ix_notice_person_id"), "notice", ["person_id"], unique=False)
    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("prf_salt", sa.LargeBinary(), nullable=False),
        sa.Column("label_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_passkey_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_person_id"), "passkey", ["person_id"], unique=False)
    op.create_table(
        "person_key",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint("epoch >= 1", name=op.f("ck_person_key_epoch")),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_person_key_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", "epoch", name=op.f("pk_person_key")),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("secret_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_session_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("secret_id", name=op.f("uq_session_secret_id")),
    )
    op.create_index(op.f("ix_session_ends_at"), "session", ["ends_at"], unique=False)
    op.create_index(op.f("ix_session_person_id"), "session", ["person_id"], unique=False)
    op.create_table(
        "totp_step",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_totp_step_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", "step", name=op.f("pk_totp_step")),
    )
    op.create_table(
        "group_half",
        sa.Column("group_name", sa.String(length=20), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_epoch", sa.Integer(), nullable=False),
        sa.Column("sealed_half", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("secret_id", sa.Uuid(), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_name", "epoch"],
            ["group_key.group_name", "group_key.epoch"],
            name=op.f("fk_group_half_group_name_epoch_group_key"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id", "person_epoch"],
            ["person_key.person_id", "person_key.epoch"],
            name=op.f("fk_group_half_person_id_person_epoch_person_key"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_name", "epoch", "person_id", name=op.f("pk_group_half")),
        sa.UniqueConstraint("secret_id", name=op.f("uq_group_half_secret_id")),
    )
    op.create_index(
        op.f("ix_group_half_person_id_group_half_person_epoch"),
        "group_half",
        ["person_id", "person_epoch"],
        unique=False,
    )
    op.create_table(
        "key_wrapping",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("session_id", sa.LargeBinary(), nullable=True),
        sa.Column("passkey_id", sa.Uuid(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("profile", sa.String(length=20), nullable=True),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("secret_id", sa.Uuid(), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'passkey') = (passkey_id IS NOT NULL)", name=op.f("ck_key_wrapping_passkey")
        ),
        sa.CheckConstraint(
            "(kind = 'session') = (session_id IS NOT NULL)", name=op.f("ck_key_wrapping_session")
        ),
        sa.CheckConstraint(
            "kind IN ('password', 'recovery', 'passkey', 'quorum', 'session')",
            name=op.f("ck_key_wrapping_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["passkey_id"],
            ["passkey.id"],
            name=op.f("fk_key_wrapping_passkey_id_passkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id", "epoch"],
            ["person_key.person_id", "person_key.epoch"],
            name=op.f("fk_key_wrapping_person_id_epoch_person_key"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
            name=op.f("fk_key_wrapping_session_id_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_wrapping")),
        sa.UniqueConstraint("passkey_id", name=op.f("uq_key_wrapping_passkey_id")),
        sa.UniqueConstraint("secret_id", name=op.f("uq_key_wrapping_secret_id")),
        sa.UniqueConstraint("session_id", name=op.f("uq_key_wrapping_session_id")),
    )
    op.create_index(
        op.f("ix_key_wrapping_person_id_key_wrapping_epoch"),
        "key_wrapping",
        ["person_id", "epoch"],
        unique=False,
    )
    op.create_index(
        "uq_key_wrapping_person_id_kind",
        "key_wrapping",
        ["person_id", "kind"],
        unique=True,
        sqlite_where=sa.text("kind IN ('password', 'recovery', 'quorum')"),
        postgresql_where=sa.text("kind IN ('password', 'recovery', 'quorum')"),
    )
