"""The geocoder of the United States Census Bureau: https://geocoding.geo.census.gov/geocoder/Geocoding_Services_API.html.

Its points are worked out along a street between two crossings, so none is a rooftop.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from geographiclib.geodesic import Geodesic
from geopy.geocoders.base import Geocoder as GeopyGeocoder

from referral_hub.adapters.geocoder_table import TableGeocoder
from referral_hub.adapters.geocoding_server import ServerGeocoder, adapter_over, located
from referral_hub.adapters.routing_server import RoutingServer
from referral_hub.partners.addresses import Door
from referral_hub.partners.model import Precision
from referral_hub.ports import Located

BENCHMARK = "Public_AR_Current"
PATH = "/geocoder/locations/address"
SAME_M = 250.0
"""Several matches that lie no farther apart are one."""


class CensusLocations(GeopyGeocoder):  # type: ignore[misc]  # geopy has no types
    """The Census Bureau's service as a geocoder of geopy, which brings none for it."""

    def __init__(self, address: str, **options: Any) -> None:
        parts = urlsplit(address)
        super().__init__(scheme=parts.scheme, **options)
        self._address = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}{PATH}"

    def geocode(self, query: dict[str, str]) -> list[tuple[float, float]]:
        """(latitude, longitude) of every match for `street`, `city`, `state` and `zip`."""
        asked = urlencode({**query, "benchmark": BENCHMARK, "format": "json"})
        matches: list[tuple[float, float]] = self._call_geocoder(f"{self._address}?{asked}", _points)
        return matches


class CensusGeocoder(ServerGeocoder):
    """No key, no stated limit; four requests a second are kept to."""

    def __init__(self, address: str, server: RoutingServer, table: TableGeocoder, *, user_agent: str) -> None:
        super().__init__(server, table)
        self._geocoder = CensusLocations(address, user_agent=user_agent, adapter_factory=adapter_over(server))

    @property
    def source(self) -> str:
        """Its word in the settings."""
        return "census"

    @property
    def pause_seconds(self) -> float:
        """Out of politeness."""
        return 0.25

    def _ask(self, door: Door) -> Located | None:
        query = {"street": door.street, "city": door.city, "state": door.state, "zip": door.postal_code}
        points = self._geocoder.geocode({name: value for name, value in query.items() if value})
        if not points:
            return None
        first = points[0]
        if any(Geodesic.WGS84.Inverse(*first, *other)["s12"] > SAME_M for other in points[1:]):
            return None  # which of them?
        return located(*first, Precision.STREET, self.source)


def _points(answer: Any) -> list[tuple[float, float]]:
    return [(float(match["coordinates"]["y"]), float(match["coordinates"]["x"])) for match in answer["result"]["addressMatches"]]
