"""Travel times from an OSRM server: GET /table/v1/PROFILE/COORDINATES.

Source: https://project-osrm.org/docs/v5.24.0/api/#table-service. OSRM takes coordinates in the address
only: the server's own access log holds them. It knows no timetables, so transit is not asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

from referral_hub.adapters.routing_server import RoutingServer, in_batches, read_minutes, rounded
from referral_hub.ports import Place

PROFILES = {"car": "car", "walk": "foot"}
BATCH = 99
"""With the home a hundred, which is what a default installation allows."""


class OsrmTravel:
    """A TravelTime of roads and paths."""

    source = "routed"

    def __init__(self, server: RoutingServer) -> None:
        self._server = server

    def minutes(self, home: Place, points: Sequence[Place], mode: str) -> list[float | None]:
        """Minutes by the roads; None where the server finds no way, does not know the mode or cannot be asked."""
        profile = PROFILES.get(mode)
        if profile is None or not points:
            return [None] * len(points)

        def exchange(server: RoutingServer) -> list[float | None]:
            return [found for batch in in_batches(points, BATCH) for found in _ask(server, home, batch, profile)]

        return self._server.ask(exchange) or [None] * len(points)


def _ask(server: RoutingServer, home: Place, points: Sequence[Place], profile: str) -> list[float | None]:
    coordinates = ";".join(f"{longitude},{latitude}" for latitude, longitude in map(rounded, (home, *points)))
    destinations = ";".join(map(str, range(1, len(points) + 1)))
    query = f"sources=0&destinations={destinations}&annotations=duration&generate_hints=false"
    answer = server.read_json("GET", f"table/v1/{profile}/{coordinates}?{query}")
    (row,) = answer["durations"]
    if answer["code"] != "Ok" or len(row) != len(points):
        raise ValueError("not one time for each destination")
    return [read_minutes(seconds) for seconds in row]
