"""A small geocoding server on 127.0.0.1 that answers like Nominatim and like the Census Bureau, or misbehaves as it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.matching.routing import RoutingFake, RoutingHandler, routing_server

PIER = (39.2841, -76.6122)
"""12 Pier St, known to the house."""
MAIN = (39.2945, -76.6201)
"""Main St, known without its houses."""
ZIP_LINES = [
    "zip\tcity\tstate\tcounty_fips\tlatitude\tlongitude\ttimezone",
    "21201\tBaltimore\tMD\t24510\t39.29460\t-76.62520\tAmerica/New_York",
    "21230\tBaltimore\tMD\t24510\t39.26450\t-76.62240\tAmerica/New_York",
    "80202\tDenver\tCO\t08031\t39.74910\t-104.99460\tAmerica/Denver",
]


def write_zip_table(folder: Path) -> Path:
    path = folder / "postal_codes.tsv"
    path.write_text("\n".join(ZIP_LINES) + "\n", encoding="utf-8")
    return path


class GeocodingHandler(RoutingHandler):
    """Knows one house and one street; a request that is none of theirs gets a 400."""

    server: GeocodingFake

    def do_GET(self) -> None:  # noqa: N802  # http.server calls it so
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.server.queries.append(query)
        self.server.agents.append(self.headers["User-Agent"])
        street = query.get("street", "")
        known = {"12 PIER ST": (PIER, "12"), "5 MAIN ST": (MAIN, None)}.get(street)
        if self.server.point is not None:
            known = (self.server.point, "12")
        if parts.path == "/search" and query["format"] == "json" and query["countrycodes"] == "us":
            self.server.behave(self, _like_nominatim(known))
        elif parts.path == "/geocoder/locations/address" and query["benchmark"] and query["format"] == "json":
            self.server.behave(self, _like_census(known, self.server.matches))
        else:
            self.send_bytes(400, b"{}")


class GeocodingFake(RoutingFake):
    """`queries` keeps what was asked; `point` is answered for everything, where it is set."""

    def __init__(self) -> None:
        super().__init__(GeocodingHandler)
        self.queries: list[dict[str, str]] = []
        self.agents: list[str] = []
        self.point: tuple[Any, Any] | None = None
        self.matches = 1


def _like_nominatim(known: tuple[tuple[Any, Any], str | None] | None) -> Any:
    if known is None:
        return []
    (latitude, longitude), number = known
    address = {"road": "Pier Street", "city": "Baltimore", "postcode": "21230"} | ({"house_number": number} if number else {})
    kind = "building" if number else "road"
    return [{"place_id": 1, "lat": str(latitude), "lon": str(longitude), "display_name": "x", "class": "highway", "addresstype": kind, "address": address}]


def _like_census(known: tuple[tuple[Any, Any], str | None] | None, matches: int) -> Any:
    found = []
    for number in range(matches if known else 0):
        latitude, longitude = known[0] if known else (0, 0)
        away = number * 0.01
        point = {"x": longitude, "y": latitude + away if isinstance(latitude, float) else latitude}
        found.append({"coordinates": point, "matchedAddress": "12 PIER ST, BALTIMORE, MD, 21230", "addressComponents": {"zip": "21230"}})
    return {"result": {"input": {}, "addressMatches": found}}


@contextmanager
def geocoding_server() -> Iterator[GeocodingFake]:
    server = GeocodingFake()
    with routing_server(server):
        yield server
