"""Travel times without a map: distance, a detour and a speed. Works offline; nothing leaves the hub."""

from __future__ import annotations

from collections.abc import Sequence

from referral_hub.matching.reach import distance_m, travel_minutes
from referral_hub.ports import Place


class EstimatedTravel:
    """A TravelTime by the table `matching.reach.TRAVEL`."""

    source = "estimate"

    def minutes(self, home: Place, points: Sequence[Place], mode: str) -> list[float | None]:
        """An estimate for every point; 0 for a mode by which nobody travels."""
        return [travel_minutes(mode, distance_m(*home, *point)) for point in points]
