"""A ZIP code table of the tests' own, so that no built asset is needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from referral_hub.adapters.geocoder_table import TableGeocoder
from referral_hub.partners import geocoding
from referral_hub.unit_of_work import Hub

LINES = (
    "zip\tcity\tstate\tcounty_fips\tlatitude\tlongitude\ttimezone",
    "21201\tBaltimore\tMD\t24510\t39.29463\t-76.62520\tAmerica/New_York",
    "21202\tBaltimore\tMD\t\t39.29990\t-76.60750\tAmerica/New_York",
)


@pytest.fixture
def zip_file(tmp_path: Path) -> Path:
    path = tmp_path / "postal_codes.tsv"
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def zip_table(hub: Hub, zip_file: Path) -> Iterator[None]:
    """The hub's geocoder over the small table."""
    geocoding._geocoders[hub] = TableGeocoder(zip_file)
    yield
    geocoding._geocoders.pop(hub, None)
