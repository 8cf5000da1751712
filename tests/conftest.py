"""Fixtures that every test shares."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from referral_hub.settings import Settings
from referral_hub.storage.migrate import migrate
from referral_hub.unit_of_work import Hub
from tests.cast import Cast, assemble_cast
from tests.postgres import database, database_url, empty_database, empty_database_url, hub_on_both, migrated_on_both, postgres_server  # noqa: F401  # fixtures

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
"""Monday 23 November 2026, nine in the morning in Baltimore."""


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with today's schema: migrated once, copied for each test."""
    hub = Hub(Settings(data_dir=tmp_path_factory.mktemp("migrated")))
    migrate(hub.database)
    hub.close()
    return hub.settings.data_dir / "hub.sqlite"


@pytest.fixture
def hub(tmp_path: Path, migrated: Path) -> Iterator[Hub]:
    """An empty hub on a fresh database, with the clock standing at NOW."""
    shutil.copy(migrated, tmp_path / "hub.sqlite")
    hub = Hub(Settings(data_dir=tmp_path, now=NOW))
    yield hub
    hub.close()


@pytest.fixture
def cast(hub: Hub) -> Cast:
    """The fixed cast, stored in the hub."""
    return assemble_cast(hub)
