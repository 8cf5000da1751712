"""Nominatim (OpenStreetMap), asked through geopy: https://nominatim.org/release-docs/latest/api/Search/."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from geopy.geocoders import Nominatim

from referral_hub.adapters.geocoder_table import TableGeocoder
from referral_hub.adapters.geocoding_server import ServerGeocoder, adapter_over, located
from referral_hub.adapters.routing_server import RoutingServer
from referral_hub.partners.addresses import Door
from referral_hub.partners.model import Precision
from referral_hub.ports import Located

_STREETS = frozenset({"road", "street", "highway", "residential", "neighbourhood"})
_AREAS = frozenset({"postcode"})


class NominatimGeocoder(ServerGeocoder):
    """One request a second, as the operators of the public server ask for."""

    def __init__(self, address: str, server: RoutingServer, table: TableGeocoder, *, user_agent: str) -> None:
        super().__init__(server, table)
        parts = urlsplit(address)
        self._geocoder = Nominatim(
            domain=parts.netloc + parts.path.rstrip("/"), scheme=parts.scheme, user_agent=user_agent, adapter_factory=adapter_over(server)
        )

    @property
    def source(self) -> str:
        """Its word in the settings."""
        return "nominatim"

    @property
    def pause_seconds(self) -> float:
        """https://operations.osmfoundation.org/policies/nominatim/."""
        return 1.0

    def _ask(self, door: Door) -> Located | None:
        query = {"street": door.street, "city": door.city, "state": door.state, "postalcode": door.postal_code}
        found = self._geocoder.geocode(
            {name: value for name, value in query.items() if value}, country_codes="us", addressdetails=True, limit=1, language="en"
        )
        if found is None:
            return None
        precision = _precision(found.raw, door)
        return located(found.raw["lat"], found.raw["lon"], precision, self.source) if precision is not None else None


def _precision(raw: dict[str, Any], door: Door) -> Precision | None:
    """A house of the number asked for, its street, or only its ZIP code; None for a town or a state."""
    address, kind = raw.get("address", {}), raw.get("addresstype") or raw.get("type")
    number = door.street.split(" ")[0].lower()
    if str(address.get("house_number", "")).lower() == number:
        return Precision.ROOFTOP
    if kind in _STREETS or raw.get("class") == "highway" or address.get("house_number"):
        return Precision.STREET
    return Precision.POSTAL_CODE if kind in _AREAS else None
