"""The made-up network: the same by a seed, the beginning of a larger one, and of the shapes that directories have."""

from __future__ import annotations

from collections import Counter

import msgspec

from referral_hub.bench.criteria import Criteria
from referral_hub.bench.network import generate
from referral_hub.bench.oracle_rules import is_readable
from referral_hub.bench.places import read_country
from referral_hub.bench.requests import make_requests
from referral_hub.matching.criteria import parse_rule
from referral_hub.matching.facts import check_facts, read_match_request, read_windows
from referral_hub.partners.hours import zone_of


def test_the_same_seed_gives_the_same_network_and_another_seed_another():
    once, again, other = (msgspec.json.encode(list(generate(300, seed))) for seed in (1, 1, 2))
    assert once == again != other


def test_a_small_network_is_the_beginning_of_a_larger_one():
    large = list(generate(2_100, 1))
    assert list(generate(1_500, 1)) == large[:1_500]
    assert len({one.listing.id for one in large}) == 2_100


def test_the_network_has_the_shapes_that_directories_have():
    listings = [one.listing for one in generate(5_000)]
    visited = [one for one in listings if not (one.delivered or one.remote or one.confidential)]
    share = {
        "visited and placed": sum(one.point is not None for one in visited) / 5_000,
        "delivered": sum(one.delivered for one in listings) / 5_000,
        "remote": sum(one.remote for one in listings) / 5_000,
        "confidential": sum(one.confidential for one in listings) / 5_000,
        "unplaced": sum(one.point is None for one in visited) / 5_000,
        "open to all": sum(one.rule is None for one in listings) / 5_000,
        "prose": sum(one.rule is not None and one.rule["type"] == "text" for one in listings) / 5_000,
        "closed": sum(not one.active for one in listings) / 5_000,
    }
    expected = {
        "visited and placed": 0.75,
        "delivered": 0.12,
        "remote": 0.08,
        "confidential": 0.02,
        "unplaced": 0.03,
        "open to all": 0.40,
        "prose": 0.15,
        "closed": 0.02,
    }
    assert all(abs(share[name] - wanted) < 0.03 for name, wanted in expected.items()), share
    assert all(one.point is None and one.location.name == "Confidential location" for one in listings if one.confidential)
    assert max(Counter(one.location.id for one in listings).values()) > 3
    assert sum(one.service_area is not None and bool(one.service_area.polygon or one.service_area.polygons) for one in listings) > 50
    assert all(str(zone_of(one.timezone)) == one.timezone for one in listings)


def test_every_rule_but_the_one_of_an_older_program_can_be_read_and_fits_the_columns():
    criteria = Criteria()
    unreadable = 0
    for one in generate(5_000):
        rule = one.listing.rule
        criteria.flatten(rule)
        if rule is None:
            continue
        if is_readable(rule):
            parse_rule(rule)
        else:
            unreadable += 1
    assert 0 < unreadable < 25


def test_requests_are_of_the_shapes_that_care_managers_send():
    requests = make_requests(600, country=read_country())
    assert requests == make_requests(600)
    for request in requests:
        read_match_request(msgspec.json.encode(request))
        check_facts(request.facts)
        read_windows(request.windows)
    share = {
        "search": sum(bool(one.search) for one in requests) / 600,
        "windows": sum(bool(one.windows) for one in requests) / 600,
        "no limit": sum(one.max_distance_m is None for one in requests) / 600,
        "exact home": sum(one.facts.home is not None and one.facts.home.latitude is not None for one in requests) / 600,
    }
    expected = {"search": 1 / 3, "windows": 0.25, "no limit": 0.1, "exact home": 0.6}
    assert all(abs(share[name] - wanted) < 0.06 for name, wanted in expected.items()), share
