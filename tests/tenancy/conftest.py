"""One application and one world for all tests here."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path

import pytest
import structlog
from litestar.testing import TestClient

from referral_hub import app
from referral_hub.settings import Settings
from referral_hub.unit_of_work import Hub
from tests.cast import assemble_cast
from tests.conftest import NOW
from tests.tenancy.world import World


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[World]:
    """Everybody's records; what the application logs is kept in `world.log`."""
    folder = tmp_path_factory.mktemp("tenancy")
    shutil.copy(migrated, folder / "hub.sqlite")
    hub = Hub(Settings(data_dir=folder, now=NOW))
    log = io.StringIO()
    earlier = app.logger
    with redirect_stderr(log):
        application = app.create_app(hub.settings, hub)
        # A logger keeps the stream of its first use: a new one, used first here.
        app.logger = structlog.get_logger("referral_hub")
        app.logger.info("begin")
    with TestClient(application, raise_server_exceptions=False) as client:
        made = World(hub, assemble_cast(hub), client, log, folder)
        yield made
        made.close()
    app.logger = earlier
