"""Bad sources are refused in words, and the database stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from referral_hub.actors import COMMAND_LINE
from referral_hub.errors import FieldError, HubError, ImportRefused, InvalidRule
from referral_hub.http_status import status_of
from referral_hub.partners.actions import import_directory
from referral_hub.partners.imports.command import run_import
from referral_hub.partners.imports.sources import read_source
from referral_hub.unit_of_work import Hub
from tests.partners.documents import write_documents
from tests.partners.folders import TODAY, changed, contents, import_ohana, write_ohana


def _drop_column(folder: Path) -> None:
    (folder / "services.csv").write_text("id,location_id,description\n1,10,words\n", encoding="utf-8")


def _utf16(folder: Path) -> None:
    (folder / "services.csv").write_text("id,location_id,name\n1,10,words\n", encoding="utf-16")


def _no_text(folder: Path) -> None:
    (folder / "services.csv").write_bytes(b"id,location_id,name\n1,10,\x81\x8d\n")


def _cut_off_row(folder: Path) -> None:
    file = folder / "services.csv"
    file.write_text(file.read_text(encoding="utf-8").rstrip().rsplit(",", 3)[0] + "\n", encoding="utf-8")


def _cut_off_quote(folder: Path) -> None:
    (folder / "services.csv").write_text('id,location_id,name\n1,10,"half a na', encoding="utf-8")


def _double_id(folder: Path) -> None:
    write_ohana(folder, services=changed("services", 1, id="1000"))


def _unknown_location(folder: Path) -> None:
    write_ohana(folder, services=changed("services", 0, location_id="99"))


def _latitude(folder: Path) -> None:
    write_ohana(folder, locations=changed("locations", 0, latitude="999"))


def _no_number(folder: Path) -> None:
    write_ohana(folder, locations=changed("locations", 0, longitude="west"))


def _huge_cell(folder: Path) -> None:
    with (folder / "services.csv").open("wb") as file:
        file.write(b"id,location_id,name\n1,10,")
        for _ in range(200):
            file.write(b"x" * 1_000_000)
        file.write(b"\n")


def _large_cell(folder: Path) -> None:
    (folder / "services.csv").write_text('id,location_id,name\n1,10,"' + "line\n" * 40_000 + '"\n', encoding="utf-8")


def _no_file(folder: Path) -> None:
    (folder / "locations.csv").unlink()


def _no_name(folder: Path) -> None:
    write_ohana(folder, organizations=changed("organizations", 0, name=" "))


CASES: list[tuple[Callable[[Path], None], str, str]] = [
    (_drop_column, "services.csv, row 1, name", "column name is missing"),
    (_utf16, "services.csv", "UTF-16"),
    (_no_text, "services.csv", "neither UTF-8 nor Windows-1252"),
    (_cut_off_row, "services.csv, row 3", "cut off"),
    (_cut_off_quote, "services.csv, row 2", "inside a quoted cell"),
    (_double_id, "services.csv, row 3, id", "also that of row 2"),
    (_unknown_location, "services.csv, row 2, location_id", "no location 99"),
    (_latitude, "locations.csv, row 2, latitude", "999 is no latitude"),
    (_no_number, "locations.csv, row 2, longitude", "west is no longitude"),
    (_huge_cell, "services.csv", "too large"),
    (_large_cell, "services.csv, row 2", "larger than 128 KB"),
    (_no_file, "locations.csv", "file is missing"),
    (_no_name, "organizations.csv, row 2, name", "name is blank"),
]


@pytest.mark.parametrize(("spoil", "place", "words"), CASES, ids=[spoil.__name__.strip("_") for spoil, _, _ in CASES])
def test_a_bad_ohana_folder_changes_nothing(hub: Hub, tmp_path: Path, spoil: Callable[[Path], None], place: str, words: str):
    folder = write_ohana(tmp_path / "net")
    import_ohana(hub, folder)
    before = contents(hub)
    spoil(folder)
    report = tmp_path / "report.jsonl"
    with pytest.raises(ImportRefused) as refused:
        run_import(hub, folder, "ohana-csv", report_file=report, tell=lambda _line: None)
    first = refused.value.errors[0]
    assert (first.field, words in first.message) == (place, True)
    assert status_of(refused.value) == 400
    assert contents(hub) == before
    lines = [msgspec.json.decode(line) for line in report.read_bytes().splitlines()]
    assert any(words in line.get("problem", "") and line["done"] == "nothing was imported" for line in lines)


def test_a_huge_cell_is_refused_without_being_read(tmp_path: Path):
    import tracemalloc

    folder = write_ohana(tmp_path / "net")
    _huge_cell(folder)
    tracemalloc.start()
    with pytest.raises(ImportRefused):
        read_source(folder, "ohana-csv", None, TODAY)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


def test_a_path_that_is_not_there_is_refused(tmp_path: Path):
    for path, source_format in ((tmp_path / "nowhere", "ohana-csv"), (tmp_path / "nowhere.json", "hsds-json")):
        with pytest.raises(ImportRefused, match="does not exist"):
            read_source(path, source_format, None, TODAY)
    with pytest.raises(HubError, match="unknown"):
        read_source(tmp_path, "xlsx", None, TODAY)


def _without_organization(documents: list[dict], rules: dict) -> None:
    del documents[0]["organization"]


def _bad_status(documents: list[dict], rules: dict) -> None:
    documents[0]["status"] = "open"


def _double_service(documents: list[dict], rules: dict) -> None:
    documents[1]["id"] = documents[0]["id"]


def _far_point(documents: list[dict], rules: dict) -> None:
    documents[0]["service_at_locations"][0]["location"]["latitude"] = 999


def _half_address(documents: list[dict], rules: dict) -> None:
    del documents[0]["service_at_locations"][0]["location"]["addresses"][0]["city"]


def _long_text(documents: list[dict], rules: dict) -> None:
    documents[0]["description"] = "x" * 2_000_000


def _unknown_kind(documents: list[dict], rules: dict) -> None:
    rules["services"] = {}


def _unknown_id(documents: list[dict], rules: dict) -> None:
    rules["service"] = {"nobody": {"referrable": False}}


def _unknown_field(documents: list[dict], rules: dict) -> None:
    rules["service"] = {"svc-1": {"name": "Renamed"}}


def _bad_value(documents: list[dict], rules: dict) -> None:
    rules["service"] = {"svc-1": {"referrable": "perhaps"}}


HSDS_CASES: list[tuple[Callable[[list[dict], dict], None], str, str]] = [
    (_without_organization, "services.json, row 1, organization", "names no organization"),
    (_bad_status, "services.json, row 1, status", "Invalid enum value"),
    (_double_service, "services.json, row 2, id", "also that of document 1"),
    (_far_point, "services.json, row 1, service_at_locations[0].location.latitude", "999 is no latitude"),
    (_half_address, "services.json, row 1, service_at_locations[0].location.addresses[0]", "city is missing"),
    (_long_text, "services.json, row 1, description", "longer than 1 MB"),
    (_unknown_kind, "rules.json, services", "no fields of ours"),
    (_unknown_id, "rules.json, row nobody", "no service of this id"),
    (_unknown_field, "rules.json, row svc-1, name", "no field of ours"),
    (_bad_value, "rules.json, row svc-1, referrable", "Expected `bool`"),
]


@pytest.mark.parametrize(("spoil", "place", "words"), HSDS_CASES, ids=[spoil.__name__.strip("_") for spoil, _, _ in HSDS_CASES])
def test_bad_hsds_documents_change_nothing(hub: Hub, tmp_path: Path, spoil: Callable[[list[dict], dict], None], place: str, words: str):
    folder = write_documents(tmp_path / "net")
    run_import(hub, folder, "hsds-json", tell=lambda _line: None)
    before = contents(hub)
    write_documents(folder, spoil)
    with pytest.raises(ImportRefused) as refused:
        run_import(hub, folder, "hsds-json", tell=lambda _line: None)
    assert (place, True) in [(fault.field, words in fault.message) for fault in refused.value.errors]
    assert contents(hub) == before


def test_text_that_is_no_json_is_refused(tmp_path: Path):
    folder = write_documents(tmp_path / "net")
    (folder / "services.json").write_text('[{"id": "x"', encoding="utf-8")
    with pytest.raises(ImportRefused, match="not JSON"):
        read_source(folder, "hsds-json", None, TODAY)


def test_a_rule_that_does_not_parse_refuses_the_import_with_its_path(hub: Hub, tmp_path: Path):
    def check(rule: dict[str, object]) -> None:
        if rule["type"] != "age":
            raise InvalidRule("The rule cannot be read.", errors=(FieldError("of[1].min", "A number, please."),))

    before = contents(hub)
    folder = write_documents(tmp_path / "net", lambda _documents, rules: rules.update(service={"svc-1": {"rule": {"type": "all"}}}))
    reading = read_source(folder, "hsds-json", None, TODAY)
    with pytest.raises(ImportRefused) as refused, hub.begin(COMMAND_LINE) as work:
        import_directory(work, reading, check_rule=check)
    assert [(fault.field, fault.message) for fault in refused.value.errors] == [
        ("rules.json, row svc-1, rule.of[1].min", "A number, please.")
    ]
    assert contents(hub) == before
