"""Geocoders: one suite over the table and both servers, and what a server may do wrong without harm."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from referral_hub.adapters.geocoder_table import TableGeocoder
from referral_hub.adapters.geocoders import geocoder_from
from referral_hub.adapters.geocoding_server import FARTHEST_M
from referral_hub.errors import BadSettings
from referral_hub.partners.addresses import Door
from referral_hub.partners.model import Precision
from referral_hub.ports import Geocoder, GeocoderFailed, Located
from referral_hub.settings import Settings, read_settings
from tests.matching.routing import MISBEHAVIOURS, answer_well, dead_address
from tests.partners.geocoding_server import MAIN, PIER, GeocodingFake, geocoding_server, write_zip_table

KINDS = ("nominatim", "census")
SECONDS = 0.5
HOUSE = Door("12 PIER ST", "BALTIMORE", "MD", "21230")
NOWHERE = Door("99 LOST LN", "BALTIMORE", "MD", "21230")


@pytest.fixture
def server() -> Iterator[GeocodingFake]:
    with geocoding_server() as running:
        yield running


@pytest.fixture
def table(tmp_path: Path) -> TableGeocoder:
    return TableGeocoder(write_zip_table(tmp_path))


def made(kind: str, address: str, table: TableGeocoder) -> Geocoder:
    return geocoder_from(Settings(geocoder=f"{kind}+{address}"), table, total_seconds=SECONDS)


@pytest.fixture(params=["table", *KINDS])
def geocoder(request: pytest.FixtureRequest, server: GeocodingFake, table: TableGeocoder) -> Geocoder:
    return table if request.param == "table" else made(request.param, server.address, table)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# What every implementation keeps to


def test_a_zip_code_is_looked_up_in_the_table_and_nobody_is_asked(geocoder: Geocoder, server: GeocodingFake):
    spot = geocoder.locate("21230-0001")
    assert spot is not None
    assert (spot.city, spot.state, spot.county, spot.latitude) == ("Baltimore", "MD", "24510", 39.2645)
    assert geocoder.locate("00000") is None
    assert server.queries == []


def test_an_address_has_a_point_a_precision_and_a_source(geocoder: Geocoder):
    found = geocoder.find(HOUSE)
    assert found is not None
    assert abs(found.latitude - PIER[0]) < 0.05
    assert abs(found.longitude - PIER[1]) < 0.05
    assert found.precision in (Precision.ROOFTOP, Precision.STREET, Precision.POSTAL_CODE)
    assert found.source == geocoder.source
    assert geocoder.find(HOUSE) == found


def test_what_is_not_known_has_no_point(geocoder: Geocoder):
    assert geocoder.find(Door("99 LOST LN", "NOWHERE", "MD", "99999")) is None
    assert geocoder.find(Door("", "", "", "")) is None


def test_it_says_how_long_to_wait_between_two_addresses(geocoder: Geocoder):
    assert geocoder.pause_seconds == {"table": 0, "nominatim": 1, "census": 0.25}[geocoder.source]


# The servers


def found_or_failed(geocoder: Geocoder, door: Door) -> Located | None:
    """geopy itself throws out some points that are none; for the hub that is an answer that cannot be used."""
    try:
        return geocoder.find(door)
    except GeocoderFailed:
        return None


@pytest.mark.parametrize(
    ("kind", "door", "point", "precision"),
    [
        ("nominatim", HOUSE, PIER, Precision.ROOFTOP),
        ("nominatim", Door("5 MAIN ST", "BALTIMORE", "MD", "21201"), MAIN, Precision.STREET),
        ("census", HOUSE, PIER, Precision.STREET),
        ("table", HOUSE, (39.2645, -76.6224), Precision.POSTAL_CODE),
    ],
)
def test_the_precision_is_that_of_the_answer(kind, door, point, precision, server, table):
    geocoder = table if kind == "table" else made(kind, server.address, table)
    assert geocoder.find(door) == Located(point[0], point[1], precision, kind)


def test_only_the_address_is_sent_with_the_name_of_the_program(kind, server, table):
    made(kind, server.address, table).find(HOUSE)
    (query,) = server.queries
    sent = {value for value in query.values() if value.isupper()}
    assert sent == {"12 PIER ST", "BALTIMORE", "MD"}
    assert "21230" in query.values()
    assert server.agents[0].startswith("ReferralHub/")


def test_without_a_street_no_server_is_asked(kind, server, table):
    assert made(kind, server.address, table).find(Door("", "BALTIMORE", "MD", "21230")) is None
    assert server.queries == []


@pytest.mark.parametrize(
    ("point", "postal_code", "is_believed"),
    [
        ((39.2645, -76.6224), "21230", True),
        ((39.2645 + 0.35, -76.6224), "21230", True),
        ((39.2645 + 0.37, -76.6224), "21230", False),
        ((39.7491, -104.9946), "21230", False),
        ((0.0, 0.0), "21230", False),
        ((39.3, -76.6), "", True),
        ((39.7491, -104.9946), "", False),
    ],
)
def test_an_answer_far_from_the_zip_code_or_outside_the_state_is_not_believed(kind, server, table, point, postal_code, is_believed):
    assert FARTHEST_M == 40_000
    server.point = point
    found = made(kind, server.address, table).find(Door("12 PIER ST", "BALTIMORE", "MD", postal_code))
    assert (found is not None) == is_believed


def test_an_answer_that_cannot_be_checked_is_not_believed(kind, server, table):
    server.point = PIER
    assert made(kind, server.address, table).find(Door("12 PIER ST", "LONDON", "", "")) is None


@pytest.mark.parametrize("point", [("nan", "nan"), ("inf", "0"), (91.0, -76.6)])
@pytest.mark.filterwarnings("ignore:Latitude normalization")
def test_a_point_that_is_no_point_is_not_believed(kind, server, table, point):
    server.point = point
    assert found_or_failed(made(kind, server.address, table), HOUSE) is None


def test_several_matches_far_apart_are_none(server, table):
    server.matches = 2
    assert made("census", server.address, table).find(HOUSE) is None


@pytest.mark.parametrize("behaviour", list(MISBEHAVIOURS))
def test_a_server_that_misbehaves_has_failed_in_time_and_not_a_word_of_the_address_is_logged(kind, server, table, behaviour, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("referral_hub.adapters.geocoding_server.logger", structlog.get_logger("fresh"))  # one that was used before keeps where it wrote to
    server.behave = MISBEHAVIOURS[behaviour]
    started = time.monotonic()
    with capture_logs() as logged, pytest.raises(GeocoderFailed) as failed:
        made(kind, server.address, table).find(HOUSE)
    assert time.monotonic() - started < SECONDS + 1
    said = f"{caplog.text} {logged} {failed.value}"
    assert "geocoder_failed" in said
    assert "PIER" not in said.upper().replace("+", " ")


def test_a_server_that_failed_is_left_alone_for_a_while(kind, server, table):
    geocoder = made(kind, server.address, table)
    server.behave = MISBEHAVIOURS["answer_500"]
    for _ in range(3):
        with pytest.raises(GeocoderFailed):
            geocoder.find(HOUSE)
    assert len(server.queries) == 1
    server.behave = answer_well
    assert made(kind, server.address, table).find(HOUSE) is not None


def test_a_server_that_is_not_there_has_failed(kind, table):
    with pytest.raises(GeocoderFailed):
        made(kind, dead_address(), table).find(HOUSE)
    assert made(kind, dead_address(), table).locate("21230") is not None


def test_no_proxy_of_the_environment_learns_an_address(kind, server, table, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, dead_address())
    assert made(kind, server.address, table).find(HOUSE) is not None


# The setting


@pytest.mark.parametrize(
    "value", ["table", "nominatim+https://nominatim.example.org", "census+https://geocoding.example.org", "nominatim+http://127.0.0.1:8080/nominatim"]
)
def test_a_geocoder_that_can_be_set(value, table):
    settings = read_settings({"REFERRAL_HUB_GEOCODER": value})
    assert geocoder_from(settings, table).source == value.partition("+")[0]


@pytest.mark.parametrize("value", ["google", "nominatim", "nominatim+https://", "https://nominatim.example.org", "census+ftp://x", "nominatim+https://x:0", "table+https://x"])
def test_another_word_is_refused_with_what_may_stand_there(value):
    with pytest.raises(BadSettings) as refused:
        read_settings({"REFERRAL_HUB_GEOCODER": value})
    assert "REFERRAL_HUB_GEOCODER is" in str(refused.value)
