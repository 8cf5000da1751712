"""A made-up directory as another system would hand it over: full HSDS service documents, one a line, and what HSDS has no field for.

Made of the network of a seed (network.py), so that a smaller directory is the beginning of a larger one.
Organizations have 1 to 30 services; now and then one shares a place with the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from referral_hub.bench.dice import Dice
from referral_hub.bench.network import SEED, Written, generate
from referral_hub.bench.places import Country, Zip, read_country
from referral_hub.bench.vocabulary import write_sentence
from referral_hub.partners import taxonomy
from referral_hub.partners.listing import Area, Listing, Named, OpenHours, Point

DOCUMENTS = "services.ndjson"
SIDECAR = "rules.json"
_BLOCK = 1_000
_STREAM = 7
"""Beside the seed: other throws than the network's own."""
_SERVICES_AN_ORGANIZATION = (1, 1, 2, 3, 4, 6, 9, 12, 18, 30)
_NAMES = {"en": "English", "es": "Spanish", "zh": "Chinese", "vi": "Vietnamese", "ar": "Arabic", "ht": "Haitian Creole", "fr": "French"}
_STREETS = ("Main Street", "Church Street", "Oak Avenue", "Park Avenue", "Second Street", "Washington Street", "Mill Road", "Lake Drive")

Document = dict[str, Any]
Sidecar = dict[str, dict[str, Document]]


class Size(msgspec.Struct):
    """What was written."""

    services: int = 0
    organizations: int = 0
    records: int = 0
    bytes: int = 0


def write_directory(folder: Path, count: int, seed: int = SEED, *, changed: float = 0.0, country: Country | None = None) -> Size:
    """`count` service documents and their sidecar in a folder; `changed` is the share of services with other words than without it."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = _Writer(seed, changed, country or read_country())
    with (folder / DOCUMENTS).open("wb") as file:
        for document in writer.documents(generate(count, seed, country)):
            line = msgspec.json.encode(document) + b"\n"
            file.write(line)
            writer.size.bytes += len(line)
    written = msgspec.json.encode(writer.sidecar)
    (folder / SIDECAR).write_bytes(written)
    writer.size.bytes += len(written)
    return writer.size


class _Writer:
    def __init__(self, seed: int, changed: float, country: Country) -> None:
        self.size = Size()
        self.sidecar: Sidecar = defaultdict(dict)
        self._seed, self._changed = seed, changed
        self._zips = _Near(country)
        self._dice = Dice(seed, _STREAM)
        self._organization: Document = {}
        self._left = 0
        self._places: dict[UUID, Document] = {}

    def documents(self, network: Iterator[Written]) -> Iterator[Document]:
        for number, written in enumerate(network):
            if number % _BLOCK == 0:
                self._dice = Dice(self._seed, _STREAM, number)
            if self._left == 0:
                self._left = self._dice.pick(_SERVICES_AN_ORGANIZATION)
                self._organization = self._make_organization(written.listing)
                self._places = dict(list(self._places.items())[-1:])  # the next one may share it
            self._left -= 1
            yield self._service(written, number)

    def _service(self, written: Written, number: int) -> Document:
        dice, listing = self._dice, written.listing
        self.size.services += 1
        service_id = self._id()
        other = write_sentence(dice, 5)
        is_changed = self._changed and number % round(1 / self._changed) == 0
        ages = next((leaf for leaf in _leaves(listing.rule) if leaf["type"] == "age"), {})
        prose = " ".join(leaf["text"] for leaf in _leaves(listing.rule) if leaf["type"] == "text")
        ours: Document = {}
        if listing.rule is not None and not _is_prose(listing.rule):
            ours["rule"] = listing.rule
        if listing.usual_ack_days is not None:
            ours["usual_ack_days"] = listing.usual_ack_days
        if not listing.referrable:
            ours["referrable"] = False
        self._say("service", service_id, ours)
        return {
            "id": service_id,
            "name": listing.service.name,
            "alternate_name": written.other_names or None,
            "description": f"{written.description} {other}" if is_changed else written.description,
            "url": f"https://{service_id[:8]}.example.org/help",
            "email": f"{service_id[:8]}@example.org",
            "status": "active" if listing.active else "inactive",
            "application_process": write_sentence(dice, 6) if dice.below(0.5) else None,
            "fees_description": "Free of charge." if dice.below(0.6) else None,
            "eligibility_description": prose or None,
            "minimum_age": ages.get("min"),
            "maximum_age": ages.get("max"),
            "assured_date": listing.assured_date,
            "organization": self._organization,
            "phones": [self._phone()] if dice.below(0.7) else [],
            "schedules": [self._hours(row) for row in listing.schedule],
            "languages": [*(self._language(code) for code in listing.languages), *map(self._interpreted, listing.interpreted_languages)],
            "cost_options": [self._record(option="everybody", amount=0, currency="usd")] if dice.below(0.3) else [],
            "required_documents": [self._document(one.name, one.code, one.alternatives) for one in listing.documents],
            "service_areas": [] if listing.service_area is None else [self._area(listing.service_area)],
            "contacts": [],
            "capacities": self._capacities(listing),
            "attributes": [self._attribute(code) for code in listing.terms],
            "service_at_locations": [self._listing(listing)],
        }

    def _make_organization(self, listing: Listing) -> Document:
        dice = self._dice
        self.size.organizations += 1
        short = f"{dice.bits(32):08x}"
        return self._record(
            name=listing.organization.name,
            description=write_sentence(dice, 12),
            website=f"https://{short}.example.org",
            email=f"office-{short}@example.org",
            phones=[self._phone()],
            contacts=[self._record(name=listing.organization.name.split()[0], title="Director")] if dice.below(0.3) else [],
        )

    def _listing(self, listing: Listing) -> Document:
        place = self._places.get(listing.location.id)
        if place is None or listing.confidential:
            place = self._place(listing, listing.location)
            self._places[listing.location.id] = place
        made = self._record(location=place)
        reach = "delivered" if listing.delivered else "remote" if listing.remote else None
        self._say("service_at_location", made["id"], {"reach": reach} if reach else {})
        return made

    def _place(self, listing: Listing, named: Named) -> Document:
        dice, point = self._dice, listing.point
        street = f"{dice.whole(1, 9_000)} {dice.pick(_STREETS)}"
        home = self._zips.of(point) or dice.pick(self._zips.every)
        made = self._record(
            location_type="physical",
            name=f"Shelter in {street}" if listing.confidential else named.name,
            latitude=point.latitude if point else home.latitude if listing.confidential else None,
            longitude=point.longitude if point else home.longitude if listing.confidential else None,
            addresses=[
                self._record(
                    address_1=street,
                    city=home.city,
                    state_province=home.state,
                    postal_code=home.code,
                    country="US",
                    address_type="physical",
                )
            ],
            accessibility=[self._accessibility(code) for code in listing.accessibility],
            phones=[self._phone()] if dice.below(0.4) else [],
        )
        ours: Document = {"confidential": True} if listing.confidential else {}
        if point is not None and point.precision != "rooftop":
            ours["precision"] = point.precision
        self._say("location", made["id"], ours)
        return made

    def _hours(self, row: OpenHours) -> Document:
        given = {name: getattr(row, name) for name in row.__struct_fields__ if name != "closed"}
        made = self._record(**{name: value for name, value in given.items() if value is not None})
        self._say("schedule", made["id"], {"closed": True} if row.closed else {})
        return made

    def _language(self, code: str) -> Document:
        return self._record(name=_NAMES.get(code, code), code=code)

    def _interpreted(self, code: str) -> Document:
        made = self._language(code)
        self._say("language", made["id"], {"interpreted": True})
        return made

    def _document(self, document: str, code: str | None, alternatives: list[str]) -> Document:
        made = self._record(document=document)
        self._say("required_document", made["id"], {"code": code, "alternatives": alternatives} if code else {})
        return made

    def _area(self, area: Area) -> Document:
        made = self._record(name="Service area")
        self._say("service_area", made["id"], {"area": msgspec.to_builtins(area)})
        return made

    def _accessibility(self, code: str) -> Document:
        made = self._record(description=code.replace("-", " ").capitalize())
        self._say("accessibility", made["id"], {"code": code})
        return made

    def _capacities(self, listing: Listing) -> list[Document]:
        room = listing.capacity
        if room is None:
            return []
        unit = {"id": f"unit-{room.unit}", "name": room.unit}
        made = self._record(available=room.available, maximum=room.maximum, updated=room.updated, unit=unit)
        ours: Document = {"until": room.until, "waitlist": room.waitlist}
        self._say("service_capacity", made["id"], {name: value for name, value in ours.items() if value})
        return [made]

    def _attribute(self, code: str) -> Document:
        term = taxonomy.BY_CODE[code]
        named = {"id": str(taxonomy.TERM_IDS[code]), "code": code, "name": term.name, "description": term.description}
        return self._record(link_entity="service", taxonomy_term=named | {"taxonomy": taxonomy.NAME})

    def _phone(self) -> Document:
        return self._record(number=f"({self._dice.whole(201, 989)}) 555-01{self._dice.whole(0, 99):02}", type="voice")

    def _record(self, **fields: Any) -> Document:
        return {"id": self._id(), **fields}

    def _id(self) -> str:
        self.size.records += 1
        return str(UUID(int=self._dice.bits(128), version=4))

    def _say(self, kind: str, record_id: str, ours: Document) -> None:
        if ours:
            self.sidecar[kind][record_id] = ours


class _Near:
    """The ZIP code that a point was scattered around: one of its degree's, which is near enough for an address."""

    def __init__(self, country: Country) -> None:
        self.every = country.zips
        self._cells: dict[tuple[int, int], list[Zip]] = defaultdict(list)
        for one in country.zips:
            self._cells[self._cell(one.latitude, one.longitude)].append(one)

    def of(self, point: Point | None) -> Zip | None:
        if point is None:
            return None
        near = self._cells.get(self._cell(point.latitude, point.longitude))
        return min(near, key=lambda one: abs(one.latitude - point.latitude) + abs(one.longitude - point.longitude)) if near else None

    @staticmethod
    def _cell(latitude: float, longitude: float) -> tuple[int, int]:
        return int(latitude * 4), int(longitude * 4)


def _leaves(rule: Document | None) -> Iterator[Document]:
    if rule is None:
        return
    inner = rule.get("of")
    if isinstance(inner, list):
        for part in inner:
            yield from _leaves(part)
    elif isinstance(inner, dict):
        yield from _leaves(inner)
    else:
        yield rule


def _is_prose(rule: Document) -> bool:
    return rule["type"] in ("text", "area_median_income")


