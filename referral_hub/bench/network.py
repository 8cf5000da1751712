"""A made-up network of any size: services at places where people live, with areas, rules, hours and room as directories have them.

It is a stream: a million listings never stand in memory at once. The same seed gives the same listings,
and a smaller network is the beginning of a larger one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from math import cos, pi, radians, sin
from uuid import UUID

from msgspec import Struct

from referral_hub.bench.dice import Dice
from referral_hub.bench.places import Country, Zip, read_country
from referral_hub.bench.rules import draw_rule
from referral_hub.bench.schedules import schedules
from referral_hub.bench.vocabulary import name_organization, name_service, rare_words, write_sentence
from referral_hub.partners import taxonomy
from referral_hub.partners.freshness import availability
from referral_hub.partners.listing import Area, Capacity, Document, Listing, Named, Point
from referral_hub.partners.model import Precision

SEED = 2026
NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
"""A Monday at nine in the morning in the east."""
_BLOCK = 1_000
_EPOCH_MS = 1_767_225_600_000
_SERVICES_A_PLACE = (1, 1, 1, 2, 2, 3, 5, 9)
_KINDS = (("visited", 0.75), ("delivered", 0.12), ("remote", 0.08), ("confidential", 0.02), ("unplaced", 0.03))
_AREAS: dict[str, tuple[tuple[str, float], ...]] = {
    "visited": (
        ("none", 0.80),
        ("counties", 0.08),
        ("zips", 0.06),
        ("cities", 0.02),
        ("states", 0.01),
        ("radius", 0.02),
        ("polygon", 0.01),
    ),
    "unplaced": (("none", 0.70), ("counties", 0.20), ("zips", 0.10)),
    "delivered": (("counties", 0.45), ("zips", 0.25), ("radius", 0.15), ("polygon", 0.10), ("cities", 0.05)),
    "remote": (("states", 0.82), ("counties", 0.12), ("none", 0.06)),
    "confidential": (("counties", 0.75), ("states", 0.20), ("none", 0.05)),
}
"""How often each kind of service has each kind of area."""
_LEAVES = tuple(term for term in taxonomy.TERMS if term.parent is not None)
_SHELTERED = ("domestic-violence-shelter", "victim-services", "emergency-shelter")
_ACCESSIBILITY = ("wheelchair", "elevator", "accessible-parking", "accessible-restroom", "hearing-loop", "sign-language", "step-free")
_DOCUMENTS = (
    Document("Photo ID", "photo-id", ["birth-certificate"]),
    Document("Proof of address", "proof-of-address", ["utility-bill", "lease"]),
    Document("Proof of income", "proof-of-income"),
    Document("Referral letter"),
)
_LANGUAGES = ("es", "es", "es", "zh", "vi", "ar", "ht", "fr", "ko", "ru", "pt")
_HIDDEN_NAME = "Confidential location"


class Written(Struct, frozen=True):
    """A listing with the texts beside it that only search reads."""

    listing: Listing
    other_names: str
    description: str


class _Place(Struct, frozen=True):
    zip: Zip
    point: Point
    location: Named
    organization: Named
    accessibility: list[str]
    spoken: list[str]
    interpreted: list[str]


def generate(count: int, seed: int = SEED, country: Country | None = None) -> Iterator[Written]:
    """The first `count` services at locations of the network of a seed, in the whole country unless a part of it is given."""
    country = country or read_country()
    for block in range((count + _BLOCK - 1) // _BLOCK):
        writer = _Writer(country, Dice(seed, block), block * _BLOCK)
        for _ in range(min(_BLOCK, count - block * _BLOCK)):
            yield writer.write()


class _Writer:
    """One block of the network; blocks share nothing but the country."""

    def __init__(self, country: Country, dice: Dice, first: int) -> None:
        self._country = country
        self._dice = dice
        self._number = first
        self._left = 0
        self._place: _Place = self._settle()

    def write(self) -> Written:
        dice = self._dice
        if self._left == 0:
            self._place = self._settle()
            self._left = dice.pick(_SERVICES_A_PLACE)
        self._left -= 1
        place, kind = self._place, dice.weigh(_KINDS)
        terms = self._terms(kind)
        confidential = kind == "confidential"
        capacity = self._capacity()
        listing = Listing(
            id=self._id(),
            service=Named(self._id(), name_service(dice, taxonomy.BY_CODE[terms[0]].name)),
            organization=place.organization,
            location=Named(place.location.id, _HIDDEN_NAME) if confidential else place.location,
            terms=terms,
            point=None if confidential or kind == "unplaced" or (kind == "remote" and dice.below(0.5)) else place.point,
            confidential=confidential,
            delivered=kind == "delivered",
            remote=kind == "remote",
            service_area=self._area(kind, place),
            rule=draw_rule(dice, self._country, place.zip),
            documents=dice.some(_DOCUMENTS, 2) if dice.below(0.4) else [],
            schedule=dice.pick_early(schedules(), 3.0),
            timezone=place.zip.timezone,
            languages=place.spoken,
            interpreted_languages=place.interpreted,
            accessibility=place.accessibility,
            availability=availability(capacity, NOW),
            capacity=capacity,
            assured_date=self._assured(),
            usual_ack_days=round(0.3 + dice.throw() ** 3 * 9, 2) if dice.below(0.5) else None,
            active=not dice.below(0.02),
            referrable=not dice.below(0.02),
        )
        other = f"{dice.pick_early(rare_words())} {dice.pick_early(rare_words())}" if dice.below(0.15) else ""
        return Written(listing, other, write_sentence(dice, dice.whole(6, 16)))

    def _id(self) -> UUID:
        """As the hub makes them (version 7): by time, then by chance."""
        self._number += 1
        made = _EPOCH_MS + self._number * 50
        high = made << 80 | 7 << 76 | self._dice.bits(12) << 64
        return UUID(int=high | 2 << 62 | self._dice.bits(62))

    def _settle(self) -> _Place:
        dice = self._dice
        home = self._country.draw(dice)
        latitude, longitude = scatter(dice, home)
        precision = dice.weigh(((Precision.ROOFTOP, 0.8), (Precision.STREET, 0.12), (Precision.POSTAL_CODE, 0.08)))
        if precision is Precision.POSTAL_CODE:
            latitude, longitude = home.latitude, home.longitude
        organization = Named(self._id(), name_organization(dice))
        name = organization.name if dice.below(0.5) else f"{home.city} {dice.pick(('Office', 'Branch', 'Campus', 'Site'))}"
        return _Place(
            zip=home,
            point=Point(latitude, longitude, precision),
            location=Named(self._id(), name),
            organization=organization,
            accessibility=dice.some(_ACCESSIBILITY, 5) if dice.below(0.6) else [],
            spoken=["en", *dict.fromkeys(dice.pick(_LANGUAGES) for _ in range(dice.whole(0, 2)))] if dice.below(0.85) else [],
            interpreted=list(dict.fromkeys(dice.pick(_LANGUAGES) for _ in range(dice.whole(1, 4)))) if dice.below(0.25) else [],
        )

    def _terms(self, kind: str) -> list[str]:
        dice = self._dice
        if kind == "confidential":
            return [dice.pick(_SHELTERED)]
        first = dice.pick_early(_LEAVES, 1.4)
        terms = [first.code]
        if dice.below(0.3):
            terms.append(dice.pick([term.code for term in _LEAVES if term.parent == first.parent]))
        if dice.below(0.1):
            terms.append(dice.pick(taxonomy.TERMS).code)
        return list(dict.fromkeys(terms))

    def _area(self, kind: str, place: _Place) -> Area | None:
        dice = self._dice
        home = place.zip
        match dice.weigh(_AREAS[kind]):
            case "counties":
                return Area(counties=self._country.near_counties(home)[: dice.whole(1, 5)])
            case "zips":
                return Area(postal_codes=[one.code for one in self._country.near_zips(home)[: dice.whole(2, 20)]])
            case "cities":
                return Area(cities=[home.city], states=[])
            case "states":
                return Area(states=[home.state] if dice.below(0.8) else [home.state, dice.pick(self._country.zips).state])
            case "radius":
                return Area(radius_m=float(dice.whole(2, 40) * 1000))
            case "polygon":
                return draw_shape(dice, place.point.latitude, place.point.longitude)
            case _:
                return None

    def _capacity(self) -> Capacity | None:
        dice = self._dice
        if dice.below(0.45):
            return None
        available = 0 if dice.below(0.25) else dice.whole(1, 30)
        updated = NOW - timedelta(hours=dice.whole(1, 900))
        until = None if dice.below(0.2) else NOW + timedelta(hours=dice.whole(-300, 700))
        unit = dice.pick(("slots", "beds", "boxes", "appointments"))
        return Capacity(available, unit, updated, maximum=available + dice.whole(0, 20), until=until, waitlist=dice.below(0.4))

    def _assured(self) -> date | None:
        dice = self._dice
        days = dice.weigh(((dice.whole(0, 95), 0.62), (dice.whole(80, 185), 0.16), (dice.whole(170, 900), 0.14), (-1, 0.08)))
        return None if days < 0 else NOW.date() - timedelta(days=days)


def scatter(dice: Dice, home: Zip) -> tuple[float, float]:
    """A point around the middle of a ZIP code."""
    latitude = home.latitude + dice.bell() * home.spread
    longitude = home.longitude + dice.bell() * home.spread / max(0.2, cos(radians(home.latitude)))
    return round(latitude, 6), round(longitude, 6)


def draw_shape(dice: Dice, latitude: float, longitude: float) -> Area:
    """Mostly one ring; else a ring with a hole beside the middle, or two rings apart."""
    outer = draw_ring(dice, latitude, longitude)
    kind = dice.throw()
    if kind < 0.75:
        return Area(polygon=outer)
    if kind < 0.9:
        hole = [(round(longitude + x, 5), round(latitude + y, 5)) for x, y in ((0.002, 0.002), (0.01, 0.002), (0.01, 0.01), (0.002, 0.002))]
        return Area(polygons=[[outer, hole]])
    return Area(polygons=[[outer], [draw_ring(dice, latitude + 0.9, longitude)]])


def draw_ring(dice: Dice, latitude: float, longitude: float) -> list[tuple[float, float]]:
    """A closed ring of 5 to 30 corners around a point, 3 to 40 km from it: (longitude, latitude), as GeoJSON has it."""
    corners, reach = dice.whole(5, 30), dice.between(0.03, 0.36)
    ring = []
    for corner in range(corners):
        turn, far = 2 * pi * corner / corners, reach * dice.between(0.5, 1.0)
        ring.append((round(longitude + far * cos(turn) / max(0.2, cos(radians(latitude))), 5), round(latitude + far * sin(turn), 5)))
    return [*ring, ring[0]]
