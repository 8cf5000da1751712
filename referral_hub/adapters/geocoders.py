"""Which geocoder the settings name."""

from __future__ import annotations

from importlib.metadata import version

from referral_hub.adapters.geocoder_census import CensusGeocoder
from referral_hub.adapters.geocoder_nominatim import NominatimGeocoder
from referral_hub.adapters.geocoder_table import TableGeocoder
from referral_hub.adapters.geocoding_server import TOTAL_SECONDS
from referral_hub.adapters.routing_server import RoutingServer
from referral_hub.ports import Geocoder
from referral_hub.settings import TABLE, Settings


def geocoder_from(settings: Settings, table: TableGeocoder | None = None, *, total_seconds: float = TOTAL_SECONDS) -> Geocoder:
    """The geocoder of REFERRAL_HUB_GEOCODER."""
    table = table or TableGeocoder()
    if settings.geocoder == TABLE:
        return table
    kind, _, address = settings.geocoder.partition("+")
    user_agent = f"ReferralHub/{version('referral-hub')} ({settings.base_url})"
    server = RoutingServer(address, total_seconds=total_seconds, kind="geocoder", user_agent=user_agent)
    made = NominatimGeocoder if kind == "nominatim" else CensusGeocoder
    return made(address, server, table, user_agent=user_agent)
