"""Every implementation of SearchIndex, with the small directory in it."""

from __future__ import annotations

import pytest

from referral_hub.adapters.search_embedded import EmbeddedSearch
from referral_hub.ports import SearchIndex
from tests.search.documents import DOCUMENTS


@pytest.fixture(params=["embedded"])
def index(request: pytest.FixtureRequest) -> SearchIndex:
    made = EmbeddedSearch()
    made.rebuild(DOCUMENTS)
    return made
