"""The API as programs see it: the real application over the fixed cast."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from litestar.testing import TestClient

from referral_hub.actors import COMMAND_LINE
from referral_hub.app import create_app
from referral_hub.sign_in import create_token
from referral_hub.unit_of_work import Hub
from tests.cast import Cast


@pytest.fixture
def client(hub: Hub, cast: Cast) -> Iterator[TestClient]:
    """Nobody signed in."""
    with TestClient(create_app(hub.settings, hub), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def bearer(hub: Hub, cast: Cast) -> Callable[[str], dict[str, str]]:
    """Headers of a member of the cast by name; Uma has none."""
    made: dict[str, dict[str, str]] = {"uma": {}}

    def headers(name: str) -> dict[str, str]:
        if name not in made:
            with hub.begin(COMMAND_LINE) as work:
                _, secret = create_token(work, cast.email(name), expires_days=1)
            made[name] = {"Authorization": f"Bearer {secret}"}
        return made[name]

    return headers
