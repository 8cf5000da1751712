"""Patients, facts, consents, needs and letter codes."""

from __future__ import annotations

import sqlalchemy as sa


class CareStore:
    """Patients, facts, consents, needs and letter codes; every fetcher takes the asker first."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
