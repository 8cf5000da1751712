"""ZIP codes from a table that is built with the program: works offline."""

from __future__ import annotations

import csv
import threading
from pathlib import Path

from referral_hub.errors import Unavailable
from referral_hub.partners.addresses import Door
from referral_hub.partners.model import Precision
from referral_hub.ports import Located, Spot

POSTAL_CODES = Path(__file__).parent.parent / "assets" / "postal_codes.tsv"


class TableGeocoder:
    """A Geocoder over `zip, city, state, county_fips, latitude, longitude, timezone`, read when first asked."""

    def __init__(self, path: Path = POSTAL_CODES) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._lines: dict[str, list[str]] | None = None

    def locate(self, postal_code: str) -> Spot | None:
        """The spot of a ZIP code; raises Unavailable where the table was not built."""
        line = self._table().get(postal_code.strip()[:5])
        if line is None:
            return None
        code, city, state, county, latitude, longitude, timezone = line
        return Spot(
            postal_code=code,
            city=city,
            state=state,
            county=county or None,
            latitude=float(latitude),
            longitude=float(longitude),
            timezone=timezone,
        )

    @property
    def source(self) -> str:
        """It is always the table."""
        return "table"

    @property
    def pause_seconds(self) -> float:
        """Nobody is asked."""
        return 0.0

    def find(self, door: Door) -> Located | None:
        """The middle of the address's ZIP code."""
        spot = self.locate(door.postal_code) if door.postal_code else None
        return Located(spot.latitude, spot.longitude, Precision.POSTAL_CODE, self.source) if spot else None

    def box_of(self, state: str) -> tuple[float, float, float, float] | None:
        """(south, west, north, east) of a state's ZIP codes; None for a state that has none."""
        points = [(float(line[4]), float(line[5])) for line in self._table().values() if line[2] == state]
        if not points:
            return None
        latitudes, longitudes = zip(*points, strict=True)
        return min(latitudes), min(longitudes), max(latitudes), max(longitudes)

    def _table(self) -> dict[str, list[str]]:
        with self._lock:
            if self._lines is None:
                self._lines = self._read()
            return self._lines

    def _read(self) -> dict[str, list[str]]:
        try:
            with self._path.open(encoding="utf-8", newline="") as file:
                lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
                next(lines, None)
                return {line[0]: line for line in lines if len(line) == len(Spot.__struct_fields__)}
        except FileNotFoundError as fault:
            raise Unavailable("The table of ZIP codes is missing: run `make assets` and try again.") from fault
