"""Filters and counts beside a brute-force oracle that looks at whole listings, one by one."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from msgspec.structs import replace

from referral_hub.adapters.search_embedded import EmbeddedSearch
from referral_hub.bench.network import NOW, generate
from referral_hub.bench.places import read_country
from referral_hub.bench.stage import row_of
from referral_hub.matching.candidates import speaks_any, within_reach
from referral_hub.matching.directory_search import document_of
from referral_hub.matching.facts import Home
from referral_hub.matching.reach import distance_m
from referral_hub.matching.search.distances import metres_to, vector_to, within
from referral_hub.matching.search.model import SearchQuery
from referral_hub.partners.freshness import availability
from referral_hub.partners.hours import is_open_at
from referral_hub.partners.listing import Listing
from tests.bench.conftest import STATES

COUNTRY = read_country().of_states(*STATES)
HOMES = [
    None,
    *(Home(postal_code=one.code, county=one.county, state=one.state, city=one.city, latitude=one.latitude, longitude=one.longitude) for one in COUNTRY.zips[:4]),
    Home(latitude=COUNTRY.zips[0].latitude, longitude=COUNTRY.zips[0].longitude),
    Home(postal_code="99999"),
]


@pytest.fixture(scope="module")
def network() -> tuple[EmbeddedSearch, list[Listing]]:
    written = list(generate(1_500, 5, COUNTRY))
    index = EmbeddedSearch()
    index.rebuild(document_of(row_of(one), {}) for one in written)
    return index, [one.listing for one in written]


def passes(listing: Listing, query: SearchQuery) -> bool:
    if query.kinds is not None and not query.kinds.intersection(listing.terms):
        return False
    if query.language and not speaks_any(listing, [query.language]):
        return False
    if query.open_at and not is_open_at(listing.schedule, listing.timezone, query.open_at):
        return False
    if query.without_documents and listing.documents:
        return False
    return query.within_m is None or bool(within_reach([listing], query.home, query.within_m))


def drawn_query(dice: Random) -> SearchQuery:
    moments = [None, NOW, NOW + timedelta(hours=dice.randrange(200)), NOW + timedelta(days=dice.randrange(-40, 90), minutes=dice.randrange(1440))]
    home = dice.choice(HOMES)
    return SearchQuery(
        now=NOW,
        kinds=dice.choice([None, frozenset({"food-pantry", "hot-meals"}), frozenset({"rent-help"})]),
        language=dice.choice([None, None, "es", "zh"]),
        open_at=dice.choice(moments),
        without_documents=dice.random() < 0.3,
        home=home,
        within_m=dice.choice([None, 3_000.0, 20_000.0, 90_000.0]) if home else None,
        count=5_000,
    )


def test_a_search_leaves_what_the_oracle_leaves_and_counts_as_it_does(network: tuple[EmbeddedSearch, list[Listing]]):
    index, listings = network
    dice = Random(11)
    sizes = set()
    for _ in range(60):
        query = drawn_query(dice)
        page = index.search(query)
        wanted = [one for one in listings if passes(one, query)]
        assert set(page.ids) == {one.id for one in wanted}, query
        assert page.total == len(wanted)
        sizes.add(len(wanted))
        assert page.facets["availability"] == Counter(availability(one.capacity, NOW) for one in wanted)
    assert len(sizes) > 12


def test_each_facet_leaves_its_own_filter_out(network: tuple[EmbeddedSearch, list[Listing]]):
    index, listings = network
    dice = Random(12)
    for _ in range(12):
        query = drawn_query(dice)
        facets = index.search(query).facets
        kinds = Counter(code for one in listings if passes(one, replace(query, kinds=None)) for code in one.terms)
        assert facets["taxonomy"] == kinds
        spoken = [one for one in listings if passes(one, replace(query, language=None))]
        assert facets["language"] == Counter(code for one in spoken for code in {*one.languages, *one.interpreted_languages})
        opened = [one for one in listings if passes(one, replace(query, open_at=None)) and is_open_at(one.schedule, one.timezone, NOW)]
        assert facets["open"].get("now", 0) == len(opened)
        papers = [one for one in listings if passes(one, replace(query, without_documents=False)) and not one.documents]
        assert facets["documents"].get("none", 0) == len(papers)
        for limit, number in facets["distance"].items():
            assert number == sum(passes(one, replace(query, within_m=float(limit))) for one in listings)


def test_the_nearest_come_first_and_what_has_no_distance_after_them(network: tuple[EmbeddedSearch, list[Listing]]):
    index, listings = network
    home = HOMES[1]
    ids = index.search(SearchQuery(now=NOW, home=home, count=5_000)).ids
    by_id = {one.listing.id: one for one in within_reach(listings, home, None)}
    keys = [(not (by_id[one].listing.active and by_id[one].listing.referrable), by_id[one].distance_m or float("inf")) for one in ids]
    assert all(first <= (second[0], second[1] + 0.5) for first, second in pairwise(keys))
    assert ids[:25] == index.search(SearchQuery(now=NOW, home=home)).ids


def test_distances_agree_with_the_geodesic_everywhere():
    dice = Random(3)
    for spread in (0.001, 0.1, 2.0, 60.0):
        homes = [(dice.uniform(-80, 80), dice.uniform(-180, 180)) for _ in range(50)]
        places = [(max(-89.0, min(89.0, a + dice.uniform(-spread, spread))), b + dice.uniform(-spread, spread)) for a, b in homes]
        for home, place in zip(homes, places, strict=True):
            (metres,) = metres_to(home, *(np.array([axis]) for axis in vector_to(place)))
            exact = distance_m(*home, *place)
            assert abs(metres - exact) <= 0.5 + exact * 2e-5
            assert within(np.array([metres]), exact, home, np.array([place[0]]), np.array([place[1]]))[0]
            assert not within(np.array([metres]), exact - 0.002, home, np.array([place[0]]), np.array([place[1]]))[0]
    (same,) = metres_to((39.0, -76.0), *(np.array([axis]) for axis in vector_to((39.0, -76.0))))
    assert same < 0.001
    assert np.isnan(metres_to((39.0, -76.0), *(np.array([axis]) for axis in vector_to((float("nan"), float("nan")))))[0])
