"""What the open directory tells of the sample network's services is read back by our own import as the same rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient

from referral_hub.api import hsds
from referral_hub.partners.hsds import OURS
from referral_hub.unit_of_work import Hub
from tests.partners.round_trips import Records, fresh_hub, import_into, records_of

NOT_OF_SERVICES = frozenset({"sealed_location", "taxonomy", "taxonomy_term"})
"""Sealed places never leave, and our own terms are there before anything is read."""


@pytest.mark.parametrize("line_by_line", [False, True])
def test_every_service_comes_back_the_same(sample: Hub, migrated: Path, tmp_path: Path, line_by_line: bool) -> None:
    app = Litestar(route_handlers=hsds.handlers, dependencies={"hub": Provide(lambda: sample, sync_to_thread=False)})
    with TestClient(app) as client:
        if line_by_line:
            file = tmp_path / "services.ndjson"
            file.write_bytes(client.get("/hsds/services?format=ndjson&full=true").content)
        else:
            listed = client.get("/hsds/services?minimal=true&per_page=10000").json()["contents"]
            file = tmp_path / "services.json"
            file.write_text(json.dumps([client.get(f"/hsds/services/{one['id']}").json() for one in listed]), encoding="utf-8")
    copy = fresh_hub(tmp_path / "copy", migrated)
    import_into(copy, file, "hsds-json")
    before, after = records_of(sample), records_of(copy)
    copy.close()
    hidden = hidden_in(before)
    assert hidden
    for kind in before.keys() - NOT_OF_SERVICES:
        assert_same(kind, before, after, hidden)


def hidden_in(before: Records) -> set[UUID]:
    """Confidential places, listings and services there, and the contacts and telephones of any of these."""
    hidden = {key for key, place in before["location"].items() if place["confidential"]}
    hidden |= {key for key, row in before["service_at_location"].items() if row["location_id"] in hidden}
    hidden |= {before["service_at_location"][key]["service_id"] for key in hidden & before["service_at_location"].keys()}
    for kind in ("contact", "phone"):
        hidden |= {key for key, row in before[kind].items() if hidden & set(owners_of(row))}
    return hidden


def owners_of(row: dict[str, Any]) -> list[UUID]:
    return [value for name, value in row.items() if name.endswith("_id") and isinstance(value, UUID)]


def hides(value: object, hidden: set[UUID]) -> bool:
    return isinstance(value, UUID) and value in hidden


def assert_same(kind: str, before: Records, after: Records, hidden: set[UUID]) -> None:
    """Nothing is added, nothing of a service that is not hidden is lost, and every field of HSDS is as it was."""
    kept = after[kind]
    assert kept.keys() <= before[kind].keys(), kind
    offering = {row["organization_id"] for row in before["service"].values()}
    for key in before[kind].keys() - kept.keys():
        row = before[kind][key]
        alone = row.get("organization_id", row["id"] if kind == "organization" else None)
        assert hidden & set(owners_of(row)) or (alone is not None and alone not in offering), (kind, row)
    ours = OURS.get(kind, frozenset())
    for key, row in kept.items():
        given = before[kind][key]
        told = {name for name in row if name not in ours and not hides(given[name], hidden)} if kind != "location" or key not in hidden else set()
        assert {name: row[name] for name in told} == {name: given[name] for name in told}, kind
