"""A source that is read in parts comes out as one that is read whole; a fault anywhere leaves nothing behind."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from referral_hub.actors import COMMAND_LINE
from referral_hub.errors import FieldError, ImportRefused, InvalidRule
from referral_hub.partners import taxonomy
from referral_hub.partners.actions import ImportSummary, import_directory, plan_import
from referral_hub.partners.hsds import service_documents
from referral_hub.partners.imports import document_files, hsds_json
from referral_hub.partners.imports.met import Met
from referral_hub.partners.imports.report import Report
from referral_hub.partners.imports.sources import read_source
from referral_hub.storage.tables import directory as tables
from referral_hub.unit_of_work import Hub
from seeds.story import NETWORK
from tests.partners.documents import documents, rules, write_documents
from tests.partners.folders import TODAY, contents
from tests.shared import shared
from tests.storage.ready import check_ready

ROOT = Path(__file__).resolve().parents[2]
WHOLE = 1_000_000
Documents = list[dict[str, Any]]


def bring(hub: Hub, path: Path, part: int, monkeypatch: pytest.MonkeyPatch) -> tuple[ImportSummary, Report]:
    monkeypatch.setattr(hsds_json, "PART", part)
    reading = read_source(path, "hsds-json", "net", TODAY)
    with hub.begin(COMMAND_LINE) as work:
        return import_directory(work, reading), reading.report


def told(summary: ImportSummary, report: Report) -> tuple[object, ...]:
    """All that an import says, without the chance of its ids."""
    return (*msgspec.structs.astuple(msgspec.structs.replace(summary, change_set_id=None)), sorted(report.lines()))


def directory(hub: Hub) -> dict[str, list[str]]:
    """Every row of the directory, with the ids of the source in place of ours."""
    with hub.database.read() as connection:
        source = connection.execute(sa.select(tables.source_record)).all()
        names: dict[Any, str] = {row.record_id: f"{row.kind} {row.source_id}" for row in source if row.kind != "sealed_location"}
        names |= {row.id: f"row of {row.kind} {row.source_id}" for row in source}
        return {
            table.name: sorted(
                str([names.get(value, value) if isinstance(value, UUID) else value for value in _told_by_source(row, names)])
                for row in connection.execute(sa.select(table))
            )
            for table in tables.IN_ORDER
        }


def _told_by_source(row: Any, names: dict[Any, str]) -> tuple[Any, ...]:
    """A row without its own id where that is made of others: a tag that a mapping of terms brought."""
    return tuple(row)[1:] if str(row[-1]).startswith("mapped from ") and row[0] not in names else tuple(row)


def write_lines(folder: Path, found: Documents, sidecar: dict[str, Any] | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "services.ndjson").write_text("\n".join(map(json.dumps, found)), encoding="utf-8")
    if sidecar is not None:
        (folder / "rules.json").write_text(json.dumps(sidecar), encoding="utf-8")
    return folder


def tangled() -> tuple[Documents, dict[str, Any]]:
    """Organizations whose documents stand apart, share a place and its telephone, and contradict each other."""
    pier = documents()[0]["service_at_locations"][0]["location"]
    guest = {"id": "org-4", "name": "Guest of the pier", "parent_organization_id": "org-1"}
    room = {"id": "cp-4", "available": 2, "updated": "2026-11-22T09:00:00-05:00", "unit_id": "un-1"}
    term = documents()[0]["attributes"][1]["taxonomy_term"]
    shy = {**documents()[2], "id": "svc-6", "schedules": []}
    shy["service_at_locations"] = [{**shy["service_at_locations"][0], "id": "sal-6"}]
    more: Documents = [
        {
            "id": "svc-4", "name": "Guests", "description": "Serves a hot lunch.", "status": "active", "organization": guest, "capacities": [room],
            "attributes": [{"id": "at-4", "link_entity": "service", "taxonomy_term": term}],
            "service_at_locations": [{"id": "sal-4", "location": {**pier, "name": "The guests' name for it"}}],
            "phones": [{"id": "ph-1", "number": "(410) 555-0101", "type": "voice"}],
        },
        {"id": "svc-5", "name": "Harbor Legal Aid", "status": "active", "organization": documents()[0]["organization"]},
        {
            "id": "svc-7", "name": "Friends of the house", "description": "Come to 12 Rose Street. We talk.", "status": "active",
            "organization": {"id": "org-7", "name": "Friends"}, "service_at_locations": [{**shy["service_at_locations"][0], "id": "sal-7"}],
        },
    ]  # fmt: skip
    return [*documents(), more[0], shy, *more[1:]], rules()


def later(found: Documents) -> Documents:
    """The same source some time after: one service gone, one renamed, a telephone gone, a place moved, one new."""
    kept = [{**document} for document in found if document["id"] != "svc-4"]
    kept[0] = {**kept[0], "name": "Renamed", "phones": []}
    new = {"id": "svc-9", "name": "New", "status": "active", "organization": {"id": "org-9", "name": "New ones"}}
    return [new, *kept]


def test_parts_of_any_size_give_what_the_whole_gives(hub_on_both: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    found, sidecar = tangled()
    path = write_lines(tmp_path / "net", found, sidecar)
    seen = {}
    for part in (WHOLE, 1, 2, 3):
        steps = []
        for state in (found, found, later(found), found):
            write_lines(path, state)
            steps.append((told(*bring(hub_on_both, path, part, monkeypatch)), directory(hub_on_both)))
            check_ready(hub_on_both)
        seen[part] = steps
        assert steps[0][1] == steps[1][1] != steps[2][1]
        empty_directory(hub_on_both)
    for part in (1, 2, 3):
        for step, (whole, parts) in enumerate(zip(seen[WHOLE], seen[part], strict=True)):
            assert parts == whole, (part, step)


def test_a_contact_that_two_organizations_share_belongs_to_both(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    found, sidecar = tangled()
    found[3]["contacts"] = [{"id": "co-1", "name": "Pia Park", "title": "Lead"}]
    path, seen = write_lines(tmp_path / "net", found, sidecar), []
    for part in (WHOLE, 1):
        for _ in range(2):
            bring(hub, path, part, monkeypatch)
            seen.append(directory(hub))
        empty_directory(hub)
    assert "organization org-1', 'service svc-4'" in seen[0]["contact"][0]
    assert seen[1:] == seen[:1] * 3


def empty_directory(hub: Hub) -> None:
    with hub.database.write(foreign_keys=False) as connection:
        connection.execute(sa.text("DELETE FROM rule_suggestion"))
        for table in reversed(tables.IN_ORDER):
            connection.execute(sa.delete(table))
        connection.execute(sa.text("DELETE FROM listing"))


def test_nothing_tells_of_a_confidential_place_that_organizations_in_two_parts_share(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    found, sidecar = tangled()
    bring(hub, write_lines(tmp_path / "net", found, sidecar), 1, monkeypatch)
    held = directory(hub)
    assert not [row for name, rows in held.items() if name not in ("sealed_location", "source_record") for row in rows if "12 Rose" in row]
    assert len(held["sealed_location"]) == 1
    assert "12 Rose Street" in held["sealed_location"][0]


def test_the_sample_network_in_parts_is_the_sample_network(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    seen = []
    for part in (WHOLE, 7):
        first, again = bring(hub, NETWORK, part, monkeypatch), bring(hub, NETWORK, part, monkeypatch)
        seen.append((told(*first), told(*again), directory(hub)))
        check_ready(hub)
        assert {(count.added, count.changed, count.removed) for count in again[0].counts.values()} == {(0, 0, 0)}
        empty_directory(hub)
    assert seen[0] == seen[1]


@pytest.mark.slow
def test_baltimore_in_parts_is_baltimore(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rows = read_source(shared("data/baltimore"), "ohana-csv", None, TODAY).rows
    rows.taxonomy.extend(taxonomy.rows().taxonomy)
    rows.taxonomy_term.extend(taxonomy.rows().taxonomy_term)
    path = write_lines(tmp_path / "net", [msgspec.to_builtins(document) for document in service_documents(rows)])
    seen = []
    for part in (WHOLE, 150):
        seen.append((told(*bring(hub, path, part, monkeypatch)), directory(hub)))
        check_ready(hub)
        empty_directory(hub)
    assert len(seen[0][1]["service"]) == 1875
    assert seen[0] == seen[1]


def test_a_plan_in_parts_counts_what_an_import_in_parts_does(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    found, sidecar = tangled()
    path = write_lines(tmp_path / "net", found, sidecar)
    for state in (found, later(found)):
        write_lines(path, state)
        monkeypatch.setattr(hsds_json, "PART", 1)
        before = contents(hub)
        with hub.read(COMMAND_LINE) as work:
            planned = plan_import(work, read_source(path, "hsds-json", "net", TODAY))
        assert contents(hub) == before
        done, _ = bring(hub, path, 1, monkeypatch)
        assert planned.counts == done.counts
        assert planned.inactivated == done.inactivated


def _last(found: Documents) -> None:
    found[-1]["status"] = "open"


def _double(found: Documents) -> None:
    found.append({**found[0], "organization": {"id": "org-99", "name": "Another"}})


@pytest.mark.parametrize("spoil", [_last, _double])
def test_a_fault_in_the_last_part_leaves_nothing(
    hub_on_both: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Documents], None]
):
    found, sidecar = tangled()
    bring(hub_on_both, write_lines(tmp_path / "net", later(found)), 1, monkeypatch)
    before = contents(hub_on_both)
    spoil(found)
    with pytest.raises(ImportRefused):
        bring(hub_on_both, write_lines(tmp_path / "net", found, sidecar), 1, monkeypatch)
    assert contents(hub_on_both) == before


def test_faults_of_every_part_are_told(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def check(rule: dict[str, Any]) -> None:
        raise InvalidRule("The rule cannot be read.", errors=(FieldError("min", "A number, please."),))

    found, sidecar = tangled()
    found[3]["status"] = found[-1]["status"] = "open"
    sidecar["language"]["nobody"] = {"interpreted": True}
    path = write_lines(tmp_path / "net", found, sidecar)
    with (path / "services.ndjson").open("a") as file:
        file.write('\n{"id": "cut')
    monkeypatch.setattr(hsds_json, "PART", 1)
    with pytest.raises(ImportRefused) as refused, hub.begin(COMMAND_LINE) as work:
        import_directory(work, read_source(path, "hsds-json", "net", TODAY), check_rule=check)
    places = {fault.field for fault in refused.value.errors}
    assert places == {
        "rules.json, row svc-1, rule.min", "services.ndjson, row 4, status", "services.ndjson, row 7, status", "services.ndjson, row 8",
        "rules.json, row nobody",
    }  # fmt: skip


def test_a_process_that_is_killed_in_the_middle_leaves_nothing(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    found = [{**documents()[0], "id": f"svc-{number}", "organization": {"id": f"org-{number}", "name": "One of many"},
              "phones": [], "schedules": [], "languages": [], "cost_options": [], "required_documents": [], "service_areas": [],
              "capacities": [], "attributes": [], "program": None, "service_at_locations": [], "description": f"{number} " * 400}
             for number in range(3_000)]  # fmt: skip
    path = write_lines(tmp_path / "net", found)
    before = contents(hub)
    hub.close()
    environment = {**os.environ, "REFERRAL_HUB_DATA_DIR": str(hub.settings.data_dir), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "referral_hub", "import", str(path), "--format", "hsds-json"]
    journal = hub.settings.data_dir / "hub.sqlite-wal"
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        until = time.monotonic() + 120
        while not (journal.exists() and journal.stat().st_size > 1_000_000):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert contents(hub) == before
    summary, _ = bring(hub, path, 400, monkeypatch)
    assert summary.counts["service"].added == 3_000


ODD: list[Any] = [{}, {"a": '] , [ "\\'}, {"b": [1, [2, {"c": "}"}]]}, {"ü": "\u2028 \U0001f600"}, 12, -1.5e3, None, True, "text", [], [[]]]


def test_the_items_of_an_array_are_found_wherever_the_pieces_are_cut(monkeypatch: pytest.MonkeyPatch):
    dice = random.Random(4)
    for _ in range(300):
        items = [dice.choice(ODD) for _ in range(dice.randint(0, 6))]
        text = json.dumps(items, ensure_ascii=dice.random() < 0.5, indent=dice.choice([None, 0, 3]))
        data = dice.choice([b"", b"\xef\xbb\xbf", b" \n"]) + text.encode() + dice.choice([b"", b"\n "])
        monkeypatch.setattr(document_files, "_PIECE", dice.randint(4, 40))
        assert [json.loads(item) for item in document_files._items(BytesIO(data), len(data))] == items


@pytest.mark.parametrize("text", ["[", "[{}", "[{},", "[{}{}]", "[{}] {}", '[{"a": ', "[,]", "[nul]"])
def test_an_array_that_is_none_is_not_taken_for_one(text: str):
    with pytest.raises(json.JSONDecodeError):
        list(document_files._items(BytesIO(text.encode()), len(text)))


def test_what_was_met_is_known_and_nothing_else():
    met = Met()
    held = set()
    for part in range(20):
        keys = [("phone", f"{part}-{number}") for number in range(50)]
        assert not [key for key in keys if key in met]
        met.add(keys)
        held.update(keys)
        assert len(met) == len(held)
        assert all(key in met for key in held)


def test_a_folder_with_several_files_is_read_organization_by_organization(tmp_path: Path):
    folder = write_documents(tmp_path / "net")
    files = document_files.DocumentFiles([*folder.glob("[os]*.json")], Report())
    assert [[(document.file, document.row) for document in part] for part in files.parts(1, ())] == [
        [("organizations.json", 1)],
        [("services.json", 1), ("services.json", 2)],
        [("services.json", 3)],
    ]
    assert len(list(files.parts(None, ()))) == 1
    assert [len(list(part)) for part in files.parts(1, {"loc-1", "loc-3"})] == [1, 2, 1]
