"""places are kept for referrals

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_INSTANT = sa.String(32).with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
_KEEP = """
    INSERT INTO reservation (id, service_id, service_at_location_id, since, is_answered, service_capacity_id)
    SELECT r.id, s.service_id, s.id, r.state_since, r.state <> 'sent', CASE WHEN r.slot_counted THEN (
        SELECT c.id FROM service_capacity c
        WHERE c.service_id = s.service_id AND (c.service_at_location_id = s.id OR c.service_at_location_id IS NULL)
        ORDER BY CASE WHEN c.service_at_location_id IS NULL THEN 1 ELSE 0 END, c.id LIMIT 1) END
    FROM referral r JOIN service_at_location s ON s.id = r.service_at_location_id WHERE r.holds_slot
"""
_COUNT = """
    UPDATE service_capacity
    SET stated = available + (SELECT count(*) FROM reservation v WHERE v.service_capacity_id = service_capacity.id)
    WHERE id IN (SELECT service_capacity_id FROM reservation WHERE service_capacity_id IS NOT NULL)
"""
_COUNTED = "UPDATE referral SET slot_counted = EXISTS (SELECT 1 FROM reservation v WHERE v.id = referral.id AND v.service_capacity_id IS NOT NULL)"


def upgrade() -> None:
    with op.batch_alter_table("service_capacity", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stated", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("said_at", _INSTANT, nullable=True))
        batch_op.add_column(sa.Column("said_by", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("refusals", sa.BigInteger(), nullable=False, server_default="0"))
    with op.batch_alter_table("service_capacity", schema=None) as batch_op:
        batch_op.alter_column("refusals", server_default=None)
    op.create_table(
        "reservation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("service_at_location_id", sa.Uuid(), nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("is_answered", sa.Boolean(), nullable=False),
        sa.Column("service_capacity_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["service_at_location_id"], ["service_at_location.id"], name=op.f("fk_reservation_service_at_location_id_service_at_location")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
    )
    with op.batch_alter_table("reservation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reservation_service_at_location_id"), ["service_at_location_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reservation_service_capacity_id"), ["service_capacity_id"], unique=False)
    op.execute(_KEEP)
    op.execute(_COUNT)
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_column("slot_counted")


def downgrade() -> None:
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.add_column(sa.Column("slot_counted", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.alter_column("slot_counted", server_default=None)
    op.execute(_COUNTED)
    op.drop_table("reservation")
    with op.batch_alter_table("service_capacity", schema=None) as batch_op:
        batch_op.drop_column("refusals")
        batch_op.drop_column("said_by")
        batch_op.drop_column("said_at")
        batch_op.drop_column("stated")
