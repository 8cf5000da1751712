"""The public directory as HSDS documents: what `/hsds` answers, and what HSDS has no field for beside it."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from referral_hub.actors import COMMAND_LINE
from referral_hub.errors import ImportRefused
from referral_hub.partners import hsds, tabular
from referral_hub.partners.exports.documents import ORGANIZATIONS, SERVICES, SIDECAR
from referral_hub.partners.imports.sources import read_source
from referral_hub.unit_of_work import Hub
from tests.partners.drawn_directory import draw_directory
from tests.partners.folders import TODAY
from tests.partners.round_trips import assert_same_directory, export_csv, export_json, files_of, fresh_hub, import_into, records_of

SEEDS = range(12)
NAMES = {"service_at_locations": "service_at_location", "location": "location", "capacities": "service_capacity", "accessibility": "accessibility",
         "addresses": "address", "taxonomy_term": "taxonomy_term", "organization": "organization", "program": "program", "unit": "unit"}  # fmt: skip


def store(hub: Hub, seed: int, *, rooms: bool = True) -> None:
    rows = draw_directory(seed)
    if not rooms:  # a drawn figure may be of another service's place, which a later part brings
        rows.service_capacity.clear()
    with hub.begin(COMMAND_LINE) as work:
        work.directory.save(rows)


def documents(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_bytes().splitlines()]


def nested(kind: str, document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(kind, record) of a document and of everything in it."""
    yield kind, document
    for name, value in document.items():
        inner = NAMES.get(name, name.removesuffix("s"))
        for item in value if isinstance(value, list) else [value] if isinstance(value, dict) else []:
            if isinstance(item, dict) and name != "taxonomy_detail":
                yield from nested(inner, item)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_drawn_directory_comes_back_the_same(hub: Hub, migrated: Path, tmp_path: Path, seed: int):
    store(hub, seed)
    export_json(hub, tmp_path / "one")
    copy = fresh_hub(tmp_path / "copy", migrated)
    import_into(copy, tmp_path / "one", "hsds-json")
    export_json(copy, tmp_path / "two")
    assert files_of(tmp_path / "two") == files_of(tmp_path / "one")
    assert_same_directory(records_of(hub), records_of(copy))
    copy.close()


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_it_comes_back_the_same_when_it_is_read_in_parts(
    hub: Hub, migrated: Path, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
):
    store(hub, seed, rooms=False)
    export_json(hub, tmp_path / "one")
    copy = fresh_hub(tmp_path / "copy", migrated)
    monkeypatch.setattr("referral_hub.partners.imports.hsds_json.PART", 3)
    import_into(copy, tmp_path / "one", "hsds-json")
    export_json(copy, tmp_path / "two")
    assert files_of(tmp_path / "two") == files_of(tmp_path / "one")
    assert_same_directory(records_of(hub), records_of(copy))
    copy.close()


def test_an_archive_of_documents_is_read_and_one_that_could_do_harm_is_not(hub: Hub, migrated: Path, tmp_path: Path):
    store(hub, 2)
    export_json(hub, tmp_path / "one.zip")
    export_json(hub, tmp_path / "one")
    copy = fresh_hub(tmp_path / "copy", migrated)
    import_into(copy, tmp_path / "one.zip", "hsds-json")
    export_json(copy, tmp_path / "two")
    assert files_of(tmp_path / "two") == files_of(tmp_path / "one")
    copy.close()
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("../services.ndjson", "{}")
    with pytest.raises(ImportRefused, match="leads out"):
        read_source(tmp_path / "bad.zip", "hsds-json", None, TODAY)
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a/services.ndjson", "{}")
        archive.writestr("b/services.ndjson", "{}")
    with pytest.raises(ImportRefused, match="two files that are called"):
        read_source(tmp_path / "two.zip", "hsds-json", None, TODAY)


@pytest.mark.parametrize(
    ("sidecar", "says"),
    [
        ({"taxonomy_term": {"x": {"name": "Food", "code": "1", "taxonomy_id": "gone"}}}, "rules.json, row x, taxonomy_id"),
        ({"taxonomy_term": {"x": {"name": "Food", "code": "1", "parent_id": "gone"}}}, "rules.json, row x, parent_id"),
        ({"taxonomy_term": {"x": {"name": "Food"}}}, "rules.json, row x"),
        ({"unit": {"x": 5}}, "rules.json, row x"),
        ({"unit": 5}, "rules.json, unit"),
    ],
)
def test_a_sidecar_whose_words_cannot_be_read_is_refused(tmp_path: Path, sidecar: dict[str, Any], says: str):
    folder = tmp_path / "net"
    folder.mkdir()
    (folder / "services.ndjson").write_text("", encoding="utf-8")
    (folder / SIDECAR).write_text(json.dumps({"referral_hub": {"version": 1}} | sidecar), encoding="utf-8")
    with pytest.raises(ImportRefused) as refused:
        read_source(folder, "hsds-json", None, TODAY)
    assert refused.value.errors[0].field == says


@pytest.mark.parametrize("seed", SEEDS)
def test_documents_tell_of_the_same_records_as_the_tables(hub: Hub, tmp_path: Path, seed: int):
    store(hub, seed)
    export_csv(hub, tmp_path / "csv")
    export_json(hub, tmp_path / "json")
    told: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in tabular.TABLES}
    for name, kind in ((ORGANIZATIONS, "organization"), (SERVICES, "service")):
        for document in documents(tmp_path / "json", name):
            for inner, record in nested(kind, document):
                told[inner].setdefault(record["id"], {}).update(record)
    for kind, table in tabular.TABLES.items():
        if kind in ("taxonomy", "taxonomy_term", "unit"):
            continue
        with (tmp_path / "csv" / table.file).open(encoding="utf-8", newline="") as lines:
            rows = {row["id"]: row for row in csv.DictReader(lines)}
        assert set(rows) == set(told[kind]), kind
        secret = {key for key, row in rows.items() if kind == "location" and row["x_confidential"] == "true"}
        for key, row in rows.items():
            for column in table.columns:
                if not column.is_ours and column.reference is None and column.field != "link_id" and key not in secret:
                    assert bool(row[column.name]) is bool(told[kind][key].get(column.field) not in (None, "", [])), (kind, column.field)


def test_the_sidecar_holds_only_fields_of_ours_that_say_something(hub: Hub, tmp_path: Path):
    store(hub, 1)
    export_json(hub, tmp_path / "out")
    sidecar = json.loads((tmp_path / "out" / SIDECAR).read_text(encoding="utf-8"))
    assert sidecar.pop("referral_hub") == {"version": 1}
    for kind in ("taxonomy", "taxonomy_term", "unit"):
        assert sidecar.pop(kind)
    assert set(sidecar) == set(hsds.OURS)
    for kind, entries in sidecar.items():
        for fields in entries.values():
            assert fields
            secret = {"organization_id"} if fields.get("confidential") else set()
            assert set(fields) <= secret | hsds.OURS[kind] - tabular.LEFT_OUT.get(kind, frozenset())


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_tells_of_a_confidential_place(hub: Hub, tmp_path: Path, seed: int):
    store(hub, seed)
    export_json(hub, tmp_path / "out")
    everything = b"".join(files_of(tmp_path / "out").values())
    for secret in (b"Secret Rose", b"39.30117", b"-76.61544"):
        assert secret not in everything
