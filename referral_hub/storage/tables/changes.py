"""One counter a subject, raised in the transaction that changes it: what derived indexes follow."""

from __future__ import annotations

import sqlalchemy as sa

from referral_hub.storage.schema import metadata

change_number = sa.Table(
    "change_number",
    metadata,
    sa.Column("subject", sa.Text(), primary_key=True),
    sa.Column("number", sa.BigInteger(), nullable=False),
)
