"""Travel times from a Valhalla server: POST /sources_to_targets.

Source: https://valhalla.github.io/valhalla/api/matrix/api-reference/. Its matrix knows no timetables
(multimodal is not supported), so transit is not asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

from referral_hub.adapters.routing_server import RoutingServer, in_batches, read_minutes, rounded
from referral_hub.ports import Place

COSTING = {"car": "auto", "walk": "pedestrian"}
BATCH = 50
"""The least that a default installation has ever allowed."""


class ValhallaTravel:
    """A TravelTime of roads and paths."""

    source = "routed"

    def __init__(self, server: RoutingServer) -> None:
        self._server = server

    def minutes(self, home: Place, points: Sequence[Place], mode: str) -> list[float | None]:
        """Minutes by the roads; None where the server finds no way, does not know the mode or cannot be asked."""
        costing = COSTING.get(mode)
        if costing is None or not points:
            return [None] * len(points)

        def exchange(server: RoutingServer) -> list[float | None]:
            return [found for batch in in_batches(points, BATCH) for found in _ask(server, home, batch, costing)]

        return self._server.ask(exchange) or [None] * len(points)


def _ask(server: RoutingServer, home: Place, points: Sequence[Place], costing: str) -> list[float | None]:
    body = {"sources": [_location(home)], "targets": [_location(point) for point in points], "costing": costing}
    (row,) = server.read_json("POST", "sources_to_targets", body)["sources_to_targets"]
    if len(row) != len(points) or any(cell.get("to_index", place) != place for place, cell in enumerate(row)):
        raise ValueError("not one time for each target")
    return [read_minutes(cell.get("time")) for cell in row]


def _location(place: Place) -> dict[str, float]:
    latitude, longitude = rounded(place)
    return {"lat": latitude, "lon": longitude}
