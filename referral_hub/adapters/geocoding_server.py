"""What the geocoding servers have in common: how they are asked through geopy, and which of their answers are believed."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from math import isfinite
from typing import Any

import structlog
from geographiclib.geodesic import Geodesic
from geopy.adapters import BaseSyncAdapter

from referral_hub.adapters.geocoder_table import TableGeocoder
from referral_hub.adapters.routing_server import RoutingServer
from referral_hub.partners.addresses import Door
from referral_hub.partners.model import Precision
from referral_hub.ports import GeocoderFailed, Located, Spot

TOTAL_SECONDS = 8.0
"""An address may take so long; nobody waits before a page for it."""
FARTHEST_M = 40_000.0
"""From the middle of its ZIP code an address lies no farther; an answer that does is not believed."""
STATE_MARGIN = 0.5
"""Degrees around a state's ZIP codes, where the ZIP code is not known."""

logger = structlog.get_logger("referral_hub")
logging.getLogger("geopy").setLevel(logging.WARNING)  # it writes every address that is asked for


def adapter_over(server: RoutingServer) -> Any:
    """What geopy fetches with: the server's own bounded client, whatever proxies and timeouts geopy would like."""

    class Adapter(BaseSyncAdapter):  # type: ignore[misc]  # geopy has no types
        def get_json(self, url: str, **_options: Any) -> Any:
            return server.read_json("GET", url)

        def get_text(self, url: str, **_options: Any) -> str:
            raise NotImplementedError

    return lambda **_options: Adapter(proxies=None, ssl_context=None)


class ServerGeocoder(ABC):
    """A Geocoder that asks a server for addresses and the table for ZIP codes."""

    def __init__(self, server: RoutingServer, table: TableGeocoder) -> None:
        self._server = server
        self._table = table

    @property
    @abstractmethod
    def source(self) -> str:
        """The word for it in the settings and beside its points."""

    @property
    @abstractmethod
    def pause_seconds(self) -> float:
        """What its operators ask for between two requests."""

    @abstractmethod
    def _ask(self, door: Door) -> Located | None:
        """One exchange with the server; raises whatever is wrong with its answer."""

    def locate(self, postal_code: str) -> Spot | None:
        """As the table has it: where a patient lives is asked of nobody."""
        return self._table.locate(postal_code)

    def find(self, door: Door) -> Located | None:
        """What the server says, where it can be believed."""
        if not door.street:
            return None
        # A tuple, since None stands for a server that gave no answer.
        answer = self._server.ask(lambda _server: (self._ask(door),))
        if answer is None:
            raise GeocoderFailed(f"The {self.source} server gives no usable answer now.")
        (located,) = answer
        if located is None or self._is_believable(door, located):
            return located
        logger.warning("geocoder_refused", source=self.source)  # not a word of the address
        return None

    def _is_believable(self, door: Door, located: Located) -> bool:
        """Whether the point lies where the address must be, by its ZIP code or else by its state."""
        latitude, longitude = located.latitude, located.longitude
        if not (isfinite(latitude) and isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
            return False
        if (spot := self._table.locate(door.postal_code) if door.postal_code else None) is not None:
            away: float = Geodesic.WGS84.Inverse(latitude, longitude, spot.latitude, spot.longitude)["s12"]
            return away <= FARTHEST_M
        box = self._table.box_of(door.state)
        if box is None:
            return False
        south, west, north, east = box
        return south - STATE_MARGIN <= latitude <= north + STATE_MARGIN and west - STATE_MARGIN <= longitude <= east + STATE_MARGIN


def located(latitude: object, longitude: object, precision: Precision, source: str) -> Located:
    """A point as a server writes it; raises TypeError or ValueError for what is no number."""
    if isinstance(latitude, bool) or isinstance(longitude, bool):
        raise TypeError("a point is made of numbers")
    return Located(float(latitude), float(longitude), precision, source)  # type: ignore[arg-type]  # float raises for what is none
