"""A clock that tests may turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from referral_hub.unit_of_work import Hub


@pytest.fixture
def wait(hub: Hub) -> Callable[[timedelta], None]:
    """Let time pass in the hub: `wait(timedelta(hours=2))`."""

    def turn(span: timedelta) -> None:
        later = hub.now() + span
        hub._clock = lambda: later

    return turn
