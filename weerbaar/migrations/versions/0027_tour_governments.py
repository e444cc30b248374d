"""The tour: contact persons, notes, stages; next steps, enquiries, calendar feeds."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

STAGES = "'conversation', 'session', 'training'"
STATES = (
    "'not_approached', 'invited', 'offered', 'accepted', 'planned', 'held', 'postponed',"
    " 'declined', 'skipped'"
)


STEPS = (
    "'invite', 'phone', 'plan', 'prepare', 'offer_session', 'programme', 'offer_training',"
    " 'evaluate', 'other'"
)


def upgrade() -> None:
    """Make the tables."""
    _governments()
    _work()


def _governments() -> None:
    op.create_table(
        "tour_contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_day", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "role IN ('mayor', 'kings_commissioner', 'clerk')", name=op.f("ck_tour_contact_role")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_contact")),
        sa.UniqueConstraint("code", "role", name=op.f("uq_tour_contact_code_role")),
    )
    op.create_table(
        "tour_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_tour_note_author_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_note")),
    )
    op.create_index(op.f("ix_tour_note_author_id"), "tour_note", ["author_id"], unique=False)
    op.create_index(op.f("ix_tour_note_code"), "tour_note", ["code"], unique=False)
    op.create_table(
        "tour_activity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=14), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=True),
        sa.Column("at", sa.Time(), nullable=True),
        sa.Column("personal", sa.Boolean(), nullable=False),
        sa.Column("participants", sa.String(length=60), nullable=True),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("present", sa.Integer(), nullable=True),
        sa.Column("answers", sa.Integer(), nullable=True),
        sa.Column("average_tenths", sa.Integer(), nullable=True),
        sa.Column("has_details", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint(f"stage IN ({STAGES})", name=op.f("ck_tour_activity_stage")),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_tour_activity_state")),
        sa.CheckConstraint(
            "state NOT IN ('planned', 'held') OR on_day IS NOT NULL",
            name=op.f("ck_tour_activity_day"),
        ),
        sa.CheckConstraint(
            "(answers IS NULL) = (average_tenths IS NULL)", name=op.f("ck_tour_activity_evaluation")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["person.id"], name=op.f("fk_tour_activity_officer_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_activity")),
    )
    for columns in (["code", "stage"], ["on_day"], ["officer_id"]):
        name = f"ix_tour_activity_{'_tour_activity_'.join(columns)}"
        op.create_index(op.f(name), "tour_activity", columns, unique=False)
    op.create_table(
        "tour_move",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=14), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_tour_move_state")),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["tour_activity.id"],
            name=op.f("fk_tour_move_activity_id_tour_activity"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("activity_id", "number", name=op.f("pk_tour_move")),
    )


def _work() -> None:
    op.create_table(
        "tour_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("done_day", sa.Date(), nullable=True),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint(f"what IN ({STEPS})", name=op.f("ck_tour_step_what")),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["person.id"], name=op.f("fk_tour_step_officer_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_step")),
    )
    op.create_index(
        "uq_tour_step_open_code",
        "tour_step",
        ["code"],
        unique=True,
        sqlite_where=sa.text("done_day IS NULL"),
        postgresql_where=sa.text("done_day IS NULL"),
    )
    op.create_index(op.f("ix_tour_step_due_on"), "tour_step", ["due_on"], unique=False)
    op.create_index(op.f("ix_tour_step_officer_id"), "tour_step", ["officer_id"], unique=False)
    op.create_table(
        "tour_enquiry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("activity_id", sa.Uuid(), nullable=True),
        sa.Column("closed_day", sa.Date(), nullable=True),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "state IN ('new', 'assigned', 'answered', 'turned')", name=op.f("ck_tour_enquiry_state")
        ),
        sa.CheckConstraint(
            "(state IN ('answered', 'turned')) = (closed_day IS NOT NULL)",
            name=op.f("ck_tour_enquiry_closed"),
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["person.id"], name=op.f("fk_tour_enquiry_officer_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["tour_activity.id"],
            name=op.f("fk_tour_enquiry_activity_id_tour_activity"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_enquiry")),
    )
    for column in ("state", "officer_id", "activity_id"):
        name = op.f(f"ix_tour_enquiry_{column}")
        op.create_index(name, "tour_enquiry", [column], unique=False)
    op.create_table(
        "tour_feed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(length=4), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.Column("used_day", sa.Date(), nullable=True),
        sa.CheckConstraint("scope IN ('own', 'team')", name=op.f("ck_tour_feed_scope")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_tour_feed_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_tour_feed_token_hash")),
    )
    op.create_index(op.f("ix_tour_feed_person_id"), "tour_feed", ["person_id"], unique=False)
