"""Facts of cases for figures, and the numbers that were published of a quarter."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "figure_fact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.CheckConstraint("part IN ('incident', 'region')", name=op.f("ck_figure_fact_part")),
        sa.ForeignKeyConstraint(["id"], ["envelope.id"], name=op.f("fk_figure_fact_id_envelope")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_fact")),
    )
    op.create_index(op.f("ix_figure_fact_quarter"), "figure_fact", ["quarter"], unique=False)
    op.create_table(
        "case_figures",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case_record.id"],
            name=op.f("fk_case_figures_case_id_case_record"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_figures")),
    )
    op.create_table(
        "figure_quarter",
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("quarter", name=op.f("pk_figure_quarter")),
    )
    op.create_table(
        "figure_cell",
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("table_code", sa.String(length=30), nullable=False),
        sa.Column("row_code", sa.String(length=30), nullable=False),
        sa.Column("column_code", sa.String(length=30), nullable=False),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["quarter"],
            ["figure_quarter.quarter"],
            name=op.f("fk_figure_cell_quarter_figure_quarter"),
        ),
        sa.PrimaryKeyConstraint(
            "quarter", "table_code", "row_code", "column_code", name=op.f("pk_figure_cell")
        ),
    )
