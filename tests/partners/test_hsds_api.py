"""The open directory: anybody reads it, the official schemas accept it, nothing confidential is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient

from referral_hub.actors import COMMAND_LINE
from referral_hub.api import hsds
from referral_hub.api.problems import answer_problem
from referral_hub.errors import HubError
from referral_hub.partners.actions import import_directory
from referral_hub.partners.imports.sources import read_source
from referral_hub.unit_of_work import Hub
from tests.partners.documents import KEPT_ID, write_documents
from tests.partners.folders import TODAY, import_ohana, write_ohana
from tests.shared import shared

SPECIFICATION = "https://raw.githubusercontent.com/openreferral/specification/3.2/"


@pytest.fixture
def open_directory(hub: Hub) -> Iterator[TestClient]:
    """Only the endpoints of the open directory, asked by nobody in particular."""
    app = Litestar(
        route_handlers=hsds.handlers,
        dependencies={"hub": Provide(lambda: hub, sync_to_thread=False)},
        exception_handlers={HubError: answer_problem},
    )
    with TestClient(app) as client:
        yield client


@pytest.fixture
def sample(hub: Hub, tmp_path: Path) -> Hub:
    with hub.begin(COMMAND_LINE) as work:
        import_directory(work, read_source(write_documents(tmp_path / "net"), "hsds-json", "sample", TODAY))
    return hub


@pytest.fixture(scope="session")
def validator() -> Any:
    """Checks one service document against the official schema, formats included."""
    from jsonschema import Draft202012Validator, FormatChecker

    schema = json.loads((shared("standards/hsds/schema/compiled") / "service.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=FormatChecker())


def page_schema(path: str) -> dict[str, Any]:
    """The schema of a 200 answer in the official OpenAPI document, with what it refers to filled in."""
    document = json.loads((shared("standards/hsds") / "openapi-3.2.3.json").read_text(encoding="utf-8"))
    compiled = shared("standards/hsds/schema/compiled")

    def fill(node: Any) -> Any:
        if isinstance(node, list):
            return [fill(item) for item in node]
        if not isinstance(node, dict):
            return node
        reference = node.get("$ref", "")
        if reference.startswith("#/"):
            found: Any = document
            for part in reference[2:].split("/"):
                found = found[part]
            return fill(found)
        if reference.startswith(SPECIFICATION):
            return json.loads((compiled / reference.rsplit("/", 1)[1]).read_text(encoding="utf-8"))
        return {key: fill(value) for key, value in node.items()}

    filled: dict[str, Any] = fill(document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"])
    return filled


def faults(schema: dict[str, Any], answer: Any) -> list[str]:
    from jsonschema import Draft202012Validator, FormatChecker

    return [fault.message for fault in Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(answer)]


def test_the_schemas_that_are_used_do_refuse_something(validator: Any):
    assert list(validator.iter_errors({"id": "no uuid", "name": "x", "status": "active"}))
    assert list(validator.iter_errors({"id": KEPT_ID, "name": "x", "status": "open"}))
    assert faults(page_schema("/services"), {"contents": [{"id": KEPT_ID}], "empty": False})


def test_the_root_describes_the_api(open_directory: TestClient):
    answer = open_directory.get("/hsds/").json()
    assert answer["version"].startswith("3.2")
    assert faults(page_schema("/"), answer) == []


def test_every_service_is_what_the_official_schema_says(open_directory: TestClient, sample: Hub, validator: Any):
    page = open_directory.get("/hsds/services").json()
    assert faults(page_schema("/services"), page) == []
    assert page["total_items"] == len(page["contents"]) == 3
    for brief in page["contents"]:
        full = open_directory.get(f"/hsds/services/{brief['id']}").json()
        assert [fault.message for fault in validator.iter_errors(full)] == []
        assert {name: full[name] for name in ("id", "name", "status")} == {name: brief[name] for name in ("id", "name", "status")}


def test_a_service_carries_all_that_hangs_on_it(open_directory: TestClient, sample: Hub):
    found = open_directory.get("/hsds/services", params={"search": "groceries"}).json()["contents"]
    service = open_directory.get(f"/hsds/services/{found[0]['id']}").json()
    assert service["organization"]["contacts"][0]["phones"][0]["number"] == "(410) 555-0109"
    assert service["schedules"][0]["byday"] == "MO,WE"
    assert service["capacities"][0]["unit"]["name"] == "boxes"
    assert {attribute["taxonomy_term"]["code"] for attribute in service["attributes"]} == {"food-pantry", "sample:101"}
    place = service["service_at_locations"][0]["location"]
    assert (place["latitude"], place["addresses"][0]["city"], place["accessibility"][0]["description"]) == (
        39.28,
        "Baltimore",
        "Wheelchair ramp",
    )
    assert "rule" not in service
    assert None not in service.values()


def test_nothing_tells_where_a_confidential_place_is(open_directory: TestClient, sample: Hub):
    for parameters in ({}, {"full": "true"}):
        text = open_directory.get("/hsds/services", params=parameters).text
        for secret in ("Rose Street", "39.3", "76.62", "555-0106", "555-0108", "Rosa Reed"):
            assert secret not in text.replace("Rose House", ""), secret
    refuge = open_directory.get("/hsds/services", params={"search": "refuge", "full": "true"}).json()["contents"][0]
    assert set(refuge["service_at_locations"][0]["location"]) == {"id", "location_type", "name"}
    assert refuge["service_at_locations"][0]["location"]["name"] == "Confidential location"
    assert [phone["number"] for phone in refuge["phones"]] == ["(410) 555-0107"]


def test_nothing_confidential_of_an_ohana_import_is_told(open_directory: TestClient, hub: Hub, tmp_path: Path):
    import_ohana(hub, write_ohana(tmp_path / "net"))
    text = open_directory.get("/hsds/services", params={"full": "true"}).text
    assert "Rose St" not in text
    assert "21201" not in text
    assert "Pier Road" in text
    assert "(410) 555-0101" in text


def test_pages_are_cut_and_bounded(open_directory: TestClient, sample: Hub):
    first = open_directory.get("/hsds/services", params={"per_page": 2}).json()
    last = open_directory.get("/hsds/services", params={"per_page": 2, "page": 2}).json()
    beyond = open_directory.get("/hsds/services", params={"per_page": 2, "page": 9}).json()
    assert (first["size"], first["total_pages"], first["first_page"], first["last_page"]) == (2, 2, True, False)
    assert (last["size"], last["first_page"], last["last_page"]) == (1, False, True)
    assert (beyond["empty"], beyond["contents"]) == (True, [])
    assert len({service["id"] for service in first["contents"] + last["contents"]}) == 3
    wrongs: list[dict[str, str]] = [{"per_page": "101"}, {"per_page": "0"}, {"page": "0"}, {"per_page": "10001", "minimal": "true"}]
    for wrong in wrongs:
        assert open_directory.get("/hsds/services", params=wrong).status_code == 400, wrong


def test_conditions_narrow_the_list(open_directory: TestClient, sample: Hub):
    def names(**parameters: str) -> set[str]:
        return {service["name"] for service in open_directory.get("/hsds/services", params=parameters).json()["contents"]}

    organization = open_directory.get("/hsds/services", params={"search": "refuge"}).json()["contents"][0]["organization"]["id"]
    assert names(taxonomy_term_id="food") == {"Harbor Food Pantry", "Harbor Kitchen"}
    assert names(taxonomy_term_id="hot-meals") == {"Harbor Kitchen"}
    assert names(organization_id=organization) == {"Refuge"}
    assert names(search="100%") == set()
    assert names(modified_after="2026-11-23T14:00:00Z") == {"Harbor Food Pantry", "Harbor Kitchen", "Refuge"}
    assert names(modified_after="2026-11-23T14:00:01Z") == set()
    for wrong in ({"taxonomy_term_id": "no-such"}, {"organization_id": "7"}, {"modified_after": "yesterday"}):
        assert open_directory.get("/hsds/services", params=wrong).status_code == 400, wrong


def test_a_minimal_list_has_ids_and_dates_of_change(open_directory: TestClient, sample: Hub):
    contents = open_directory.get("/hsds/services", params={"minimal": "true", "per_page": 10_000}).json()["contents"]
    assert [set(entry) for entry in contents] == [{"id", "modified_date"}] * 3


def test_a_service_that_is_not_there_is_not_found(open_directory: TestClient, sample: Hub):
    for wrong in (str(UUID(int=7)), "nobody"):
        answer = open_directory.get(f"/hsds/services/{wrong}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_reading_changes_nothing(open_directory: TestClient, sample: Hub):
    from tests.partners.folders import contents

    before = contents(sample)
    open_directory.get("/hsds/services", params={"full": "true"})
    assert contents(sample) == before
    assert open_directory.post("/hsds/services").status_code == 405


def test_baltimore_is_what_the_official_schema_says(open_directory: TestClient, hub: Hub, validator: Any):
    import_ohana(hub, shared("data/baltimore"))
    seen = 0
    for page in (1, 6, 12, 19):
        answer = open_directory.get("/hsds/services", params={"full": "true", "per_page": 100, "page": page}).json()
        assert answer["total_items"] == 1875
        for service in answer["contents"]:
            assert [fault.message for fault in validator.iter_errors(service)] == [], service["id"]
            seen += 1
    assert seen == 375
