"""duplicates are found and merged

Revision: 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duplicate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("shared", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("found_at", sa.String(32).with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql"), nullable=False),
        sa.Column("decided_at", sa.String(32).with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql"), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("change_set_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_duplicate_first_id_second_id")),
    )
    with op.batch_alter_table("duplicate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duplicate_kind_state"), ["kind", "state"], unique=False)

    with op.batch_alter_table("source_record", schema=None) as batch_op:
        batch_op.add_column(sa.Column("merged", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("source_record", schema=None) as batch_op:
        batch_op.alter_column("merged", server_default=None)



def downgrade() -> None:
    with op.batch_alter_table("source_record", schema=None) as batch_op:
        batch_op.drop_column("merged")

    with op.batch_alter_table("duplicate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duplicate_kind_state"))

    op.drop_table("duplicate")
