"""The open directory as a stranger asks it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient

from referral_hub.actors import COMMAND_LINE
from referral_hub.api import hsds
from referral_hub.api.problems import answer_problem
from referral_hub.partners.actions import import_directory
from referral_hub.partners.imports.sources import read_source
from referral_hub.unit_of_work import Hub
from seeds.story import NETWORK, WRITTEN_FOR
from tests.partners.documents import write_documents
from tests.partners.folders import TODAY
from tests.shared import shared


@pytest.fixture
def open_directory(hub: Hub) -> Iterator[TestClient]:
    """Only the endpoints of the open directory, asked by nobody in particular."""
    app = Litestar(
        route_handlers=hsds.handlers,
        dependencies={"hub": Provide(lambda: hub, sync_to_thread=False)},
        exception_handlers={Exception: answer_problem},
    )
    with TestClient(app) as client:
        yield client


@pytest.fixture
def sample(hub: Hub, tmp_path: Path) -> Hub:
    with hub.begin(COMMAND_LINE) as work:
        import_directory(work, read_source(write_documents(tmp_path / "net"), "hsds-json", "sample", TODAY))
    return hub


@pytest.fixture
def network(hub: Hub) -> Hub:
    """The sample network of `referral-hub demo`."""
    with hub.begin(COMMAND_LINE) as work:
        import_directory(work, read_source(NETWORK, "hsds-json", "sample", WRITTEN_FOR))
    return hub


@pytest.fixture(scope="session")
def validator() -> Any:
    """Checks one service document against the official schema, formats included."""
    schema = json.loads((shared("standards/hsds/schema/compiled") / "service.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=FormatChecker())
