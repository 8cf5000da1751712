"""points are found for addresses

Revision: 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "geocoded_place",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("written", sa.Text(), nullable=False),
        sa.Column("answer_key", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("precision", sa.Text(), nullable=False),
        sa.Column("tried_at", sa.String(32).with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_geocoded_place")),
    )
    op.create_table(
        "geocoder_answer",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("precision", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.String(32).with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql"), nullable=False),
        sa.Column("expires_at", sa.String(32).with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_geocoder_answer")),
    )
    op.create_index(op.f("ix_geocoder_answer_expires_at"), "geocoder_answer", ["expires_at"])
    op.create_table(
        "geocoder_turn",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("next_at", sa.String(32).with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_geocoder_turn")),
    )


def downgrade() -> None:
    op.drop_table("geocoder_turn")
    op.drop_index(op.f("ix_geocoder_answer_expires_at"), table_name="geocoder_answer")
    op.drop_table("geocoder_answer")
    op.drop_table("geocoded_place")
