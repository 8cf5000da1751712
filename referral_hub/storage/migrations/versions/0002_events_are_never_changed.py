"""events are never changed

Revision: 0002, after 0001.
"""

from alembic import op

from referral_hub.storage.append_only import statements

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in statements(op.get_bind().dialect.name, on=True):
        op.execute(statement)


def downgrade() -> None:
    for statement in statements(op.get_bind().dialect.name, on=False):
        op.execute(statement)
