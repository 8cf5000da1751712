"""A whole directory drawn from a seed: every field of every record, filled or not, with the texts that break a table."""

from __future__ import annotations

import types
import typing
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from referral_hub.partners import model, taxonomy
from referral_hub.partners.imports.hsds_csv import ORDER
from referral_hub.partners.tabular import LEFT_OUT, REFERENCES, STRUCTS

TEXTS = (
    "Food pantry", "=1+1", "-2+3", "+4", "@SUM(A1)", 'He said "come, all"', "one\ntwo", "one\r\ntwo", "one\rtwo", " in blanks ", "Comma, semicolon; tab\tend",
    "Ñandú 食品 żółw 🍞", "'quoted'", "#REF!", "007", "1e5", "true", "null", "\ufeffmark", "a\u2028b", "[kept confidential]", "x" * 5_000,
)  # fmt: skip
WORDS: dict[str, tuple[str, ...]] = {
    "location_type": ("physical", "postal", "virtual"), "address_type": ("physical", "postal"), "freq": ("WEEKLY", "MONTHLY"),
    "opens_at": ("09:00", "00:00", "23:59"), "closes_at": ("17:30", "00:00"), "type": ("voice", "fax", "text"), "country": ("US",),
    "website": ("https://pantry.example.org/a?b=c", "http://example.org"), "url": ("https://example.org",), "uri": ("https://example.org/x",),
    "email": ("hello@example.org", "not a mail"), "assurer_email": ("checker@example.org",), "timezone": ("America/Chicago",), "extent_type": ("text",),
    "link_entity": ("service",),
}  # fmt: skip
COUNTS = {"organization": 6, "service": 14, "location": 10, "taxonomy": 2, "unit": 3, "sealed_location": 0, "source_record": 0}


def draw_directory(seed: int) -> model.DirectoryRows:
    """Rows that a database takes: unique codes and listings, parents before children, some places confidential."""
    return _Drawer(Random(seed)).draw()


class _Drawer:
    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.rows = model.DirectoryRows()
        self.made = 0

    def draw(self) -> model.DirectoryRows:
        own = taxonomy.rows()
        self.rows.taxonomy += own.taxonomy
        self.rows.taxonomy_term += own.taxonomy_term
        for kind in ORDER:
            for _ in range(COUNTS.get(kind, 12)):
                record = self._record(kind)
                if record is not None:
                    getattr(self.rows, kind).append(record)
        self._hide_places()
        return self.rows

    def _record(self, kind: str) -> Any:
        struct = STRUCTS[kind]
        hints = typing.get_type_hints(struct)
        values: dict[str, Any] = {"id": self._id()}
        for field in msgspec.structs.fields(struct):
            if field.name == "id" or field.name in LEFT_OUT.get(kind, ()) or (not field.required and self.dice.random() < 0.3):
                continue
            values[field.name] = self._value(field.name, hints[field.name])
        if kind == "taxonomy_term":
            values["code"] = f"net:{self.made}"
        if kind == "service_at_location" and any(
            (one.service_id, one.location_id) == (values["service_id"], values["location_id"]) for one in self.rows.service_at_location
        ):
            return None
        if kind in ("phone", "contact", "schedule", "language", "service_area") and not any(values.get(name) for name in REFERENCES):
            values["service_id"] = self._of("service")
        if values.get("latitude") is None or values.get("longitude") is None or values.get("precision") in (None, model.Precision.NONE):
            values = {name: value for name, value in values.items() if name not in ("latitude", "longitude")}
        return struct(**values)

    def _value(self, name: str, hint: Any) -> Any:
        if name == "link_id":
            return self._of("service")
        if name in REFERENCES:
            return self._of(REFERENCES[name])
        plain = next((part for part in typing.get_args(hint) if part is not type(None)), hint) if _is_union(hint) else hint
        if name in WORDS:
            return self.dice.choice(WORDS[name])
        if isinstance(plain, type) and issubclass(plain, StrEnum):
            return self.dice.choice(list(plain))
        origin = typing.get_origin(plain)
        if origin is dict:
            return {"type": "all", "of": [{"type": "text", "text": self.dice.choice(TEXTS)}]} if name == "rule" else {"counties": ["24510"], "radius_m": 1.5}
        if origin is list:
            return self.dice.sample(["photo_id", "lease", "a,b"], self.dice.randrange(3))
        drawn: dict[Any, Any] = {
            str: self.dice.choice(TEXTS),
            int: self.dice.randrange(-3, 10_000),
            float: self.dice.choice([0.5, 18.0, 39.290385, -76.612189, 1e-7, self.dice.uniform(-90, 90)]),
            bool: self.dice.random() < 0.5,
            date: date(2020, 1, 1) + timedelta(days=self.dice.randrange(3_000)),
            datetime: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.dice.randrange(10**13)),
        }
        return drawn[plain]

    def _hide_places(self) -> None:
        hidden = set()
        for place in self.dice.sample(range(len(self.rows.location)), 2):
            location = self.rows.location[place]
            self.rows.location[place] = msgspec.structs.replace(
                location, latitude=None, longitude=None, precision=model.Precision.NONE, confidential=True
            )
            hidden.add(location.id)
            self.rows.sealed_location.append(
                model.SealedLocation(id=location.id, latitude=39.30117, longitude=-76.61544, address={"physical": {"address_1": "12 Secret Rose Street"}})
            )
        self.rows.location[:] = [one if one.id in hidden else msgspec.structs.replace(one, confidential=False) for one in self.rows.location]
        self.rows.address[:] = [one for one in self.rows.address if one.location_id not in hidden]

    def _of(self, kind: str) -> UUID | None:
        records = getattr(self.rows, kind)
        return self.dice.choice(records).id if records else None

    def _id(self) -> UUID:
        self.made += 1
        return taxonomy.fixed_id("drawn", f"{self.dice.random()}:{self.made}")


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in (types.UnionType, typing.Union)
