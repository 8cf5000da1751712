"""ZIP codes from a table that is built with the program: works offline."""

from __future__ import annotations

import csv
import threading
from pathlib import Path

from referral_hub.errors import Unavailable
from referral_hub.ports import Spot

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
