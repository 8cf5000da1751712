"""Which travel times the settings name."""

from __future__ import annotations

from referral_hub.adapters.routing_server import RoutingServer
from referral_hub.adapters.travel_estimate import EstimatedTravel
from referral_hub.adapters.travel_osrm import OsrmTravel
from referral_hub.adapters.travel_valhalla import ValhallaTravel
from referral_hub.ports import TravelTime
from referral_hub.settings import ESTIMATE, Settings


def travel_time_of(settings: Settings) -> TravelTime:
    """The travel times of REFERRAL_HUB_ROUTING."""
    if settings.routing == ESTIMATE:
        return EstimatedTravel()
    kind, _, address = settings.routing.partition("+")
    server = RoutingServer(address)
    return ValhallaTravel(server) if kind == "valhalla" else OsrmTravel(server)
