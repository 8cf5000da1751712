"""Every implementation of SearchIndex, with the small directory in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest

from referral_hub.adapters.search_embedded import EmbeddedSearch
from referral_hub.adapters.search_meilisearch import MeilisearchSearch, MeilisearchServer, read_address
from referral_hub.ports import SearchIndex
from tests.search.documents import DOCUMENTS
from tests.search.meilisearch_fake import MeilisearchFake, meilisearch_fake

REAL = "REFERRAL_HUB_SEARCH"
"""Where a real server is: `meilisearch+http://KEY@HOST`."""


@pytest.fixture
def fake() -> Iterator[MeilisearchFake]:
    with meilisearch_fake() as server:
        yield server


@pytest.fixture(params=["embedded", "meilisearch, a small server of the tests", "meilisearch, a real server"])
def index(request: pytest.FixtureRequest) -> SearchIndex:
    if request.param == "embedded":
        made: SearchIndex = EmbeddedSearch()
    elif request.param.endswith("tests"):
        made = MeilisearchSearch(EmbeddedSearch(), MeilisearchServer(read_address(request.getfixturevalue("fake").setting), "hub-tests"))
    else:
        setting = os.environ.get(REAL, "")
        if not setting.startswith("meilisearch+"):
            pytest.skip(f"{REAL} names no Meilisearch server")
        made = MeilisearchSearch(EmbeddedSearch(), MeilisearchServer(read_address(setting), f"hub-tests-{uuid4().hex}"))
    made.rebuild(DOCUMENTS)
    return made
