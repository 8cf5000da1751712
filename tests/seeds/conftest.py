"""The sample, loaded once for every test that only reads it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from referral_hub.actors import Actor
from referral_hub.settings import Settings
from referral_hub.storage.tables import metadata
from referral_hub.unit_of_work import Hub
from seeds.load import SAMPLE_SIGN_INS, load_sample
from tests.conftest import NOW

PASSWORDS = {email: f"lantern-{place}-over-the-bay" for place, email in enumerate(SAMPLE_SIGN_INS)}


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub with the sample network, as it is on Monday 23 November 2026, nine in the morning."""
    hub = Hub(Settings(data_dir=tmp_path_factory.mktemp("sample"), now=NOW))
    metadata.create_all(hub.database.engine)
    load_sample(hub, PASSWORDS)
    yield hub
    hub.database.dispose()


def actor_of(hub: Hub, name: str) -> Actor:
    """Somebody of the cast, signed in."""
    with hub.read(None) as work:
        account = work.accounts.account_by_email(f"{name}@example.org")
    assert account is not None
    return Actor(account_id=account.id, organization_id=account.organization_id, role=account.role, name=account.name)
