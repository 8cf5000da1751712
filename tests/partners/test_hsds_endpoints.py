"""Every address and parameter of the official HSDS document is answered, and every answer is what it says."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from litestar.testing import TestClient

from referral_hub.api.hsds_parameters import PARAMETERS
from referral_hub.app import create_app
from referral_hub.partners import taxonomy
from referral_hub.unit_of_work import Hub
from tests.partners.open_directory import faults, names, official, page, page_schema
from tests.shared import shared

LISTS = ("services", "service_at_locations", "organizations", "taxonomies", "taxonomy_terms")
FORMS: dict[str, tuple[dict[str, str], ...]] = {
    "services": ({}, {"full": "true"}, {"search": "food", "full": "false"}),
    "service_at_locations": ({}, {"full": "true"}, {"postcode": "21230", "proximity": "5000"}),
    "organizations": ({}, {"full": "true"}, {"full_service": "true"}),
    "taxonomies": ({},),
    "taxonomy_terms": ({}, {"top_only": "true"}),
}
EXAMPLES = {
    "service_full.json": "/services/{id}", "service_list.json": "/services", "organization_full.json": "/organizations/{id}",
    "organization_list.json": "/organizations", "service_at_location_full.json": "/service_at_locations/{id}",
    "service_at_location_list.json": "/service_at_locations", "taxonomy.json": "/taxonomies/{id}", "taxonomy_list.json": "/taxonomies",
    "taxonomy_term.json": "/taxonomy_terms/{id}", "taxonomy_term_list.json": "/taxonomy_terms", "base.json": "/",
}  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_official_examples_fit_the_schemas_that_are_used_here(example: str) -> None:
    assert faults(page_schema(EXAMPLES[example]), json.loads((shared("standards/hsds/examples") / example).read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/services", {"empty": False, "contents": [{"id": "7", "name": "x", "status": "active"}]}),
        ("/services/{id}", {"id": str(UUID(int=7)), "name": "x", "status": "active", "last_modified": "yesterday"}),
        ("/services/{id}", {"id": str(UUID(int=7)), "name": "x", "status": "active", "email": "nobody"}),
        ("/services/{id}", {"id": str(UUID(int=7)), "name": "x", "status": "active", "url": "no address"}),
        ("/service_at_locations/{id}", {"id": str(UUID(int=7)), "location": {"id": str(UUID(int=7)), "location_type": "hidden"}}),
        ("/organizations", {"empty": False, "contents": [{"id": str(UUID(int=7)), "name": "x"}]}),
        ("/taxonomies/{id}", {"id": str(UUID(int=7)), "name": "x"}),
        ("/taxonomy_terms", {"contents": []}),
    ],
)
def test_the_schemas_refuse_what_is_wrong(path: str, wrong: Any) -> None:
    assert faults(page_schema(path), wrong)


def test_every_address_takes_the_parameters_of_the_official_document_and_no_others(hub: Hub) -> None:
    ours = create_app(hub.settings, hub).openapi_schema.to_schema()["paths"]
    told, official_ones = {}, {}
    for path, item in official()["paths"].items():
        taken = item["get"].get("parameters", [])
        official_ones[path] = {one.get("name") or one["$ref"].rpartition("/")[2] for one in taken}
    for path, item in ours.items():
        if path.startswith("/hsds"):
            bare = path.removeprefix("/hsds") or "/"
            bare = f"{bare.rpartition('{')[0]}{{id}}" if "{" in bare else bare
            assert bare not in told
            told[bare] = {one["name"] for one in item["get"]["parameters"] if one["in"] == "query"} if "parameters" in item["get"] else set()
    assert told == official_ones


@pytest.mark.parametrize("kind", LISTS)
def test_every_list_and_every_record_is_what_the_official_schema_says(open_directory: TestClient, network: Hub, kind: str) -> None:
    for parameters in FORMS[kind]:
        found = page(open_directory, kind, per_page=100, **parameters)
        assert faults(page_schema(f"/{kind}"), found) == [], parameters
        assert found["contents"], parameters
    for record in page(open_directory, kind, per_page=20)["contents"]:
        one = open_directory.get(f"/hsds/{kind}/{record['id']}").json()
        assert faults(page_schema(f"/{kind}/{{id}}"), one) == []
        assert {name: one[name] for name in record if name not in ("location", "service", "organization")}.items() >= {"id": record["id"]}.items()


def test_full_lists_hold_what_the_record_holds(open_directory: TestClient, sample: Hub) -> None:
    for kind in ("services", "service_at_locations", "organizations"):
        for record in page(open_directory, kind, full="true")["contents"]:
            assert open_directory.get(f"/hsds/{kind}/{record['id']}").json() == record
    for organization in page(open_directory, "organizations", full_service="true")["contents"]:
        assert open_directory.get(f"/hsds/organizations/{organization['id']}", params={"full_service": "true"}).json() == organization


def test_an_organization_carries_its_services_as_entries_or_whole(open_directory: TestClient, sample: Hub) -> None:
    found = page(open_directory, "organizations", search="harbor")["contents"][0]
    assert "services" not in found
    simple = open_directory.get(f"/hsds/organizations/{found['id']}").json()
    whole = open_directory.get(f"/hsds/organizations/{found['id']}", params={"full_service": "true"}).json()
    assert [service["name"] for service in simple["services"]] == ["Harbor Food Pantry", "Harbor Kitchen"]
    assert (simple["locations"][0]["addresses"][0]["city"], simple["programs"][0]["name"]) == ("Baltimore", "Harbor feeds")
    assert [("schedules" in service, "schedules" in other) for service, other in zip(whole["services"], simple["services"], strict=True)] == [
        (True, False),
        (False, False),
    ]
    assert whole["services"][0]["service_at_locations"][0]["location"]["name"] == "Pier"


def test_a_service_at_a_location_carries_both(open_directory: TestClient, sample: Hub) -> None:
    entry = page(open_directory, "service_at_locations", search="groceries")["contents"][0]
    assert (entry["service"]["organization"]["name"], entry["location"]["name"]) == ("Harbor Pantry", "Pier")
    assert "addresses" not in entry["location"]
    whole = open_directory.get(f"/hsds/service_at_locations/{entry['id']}").json()
    assert whole["location"]["addresses"][0]["postal_code"] == "21230"
    assert whole["service"]["schedules"][0]["byday"] == "MO,WE"
    assert "service_at_locations" not in whole["service"]


PATHS = [path for path in PARAMETERS if "{" not in path]


@pytest.mark.parametrize("path", [*PATHS, "/hsds/services/{id}", "/hsds/organizations/{id}", "/hsds/taxonomy_terms/{id}"])
def test_a_parameter_that_is_not_known_is_a_problem_that_names_it(open_directory: TestClient, path: str) -> None:
    answer = open_directory.get(path.format(id=UUID(int=7)), params={"colour": "blue"})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert [fault["field"] for fault in answer.json()["errors"]] == ["colour"]


WRONG: dict[str, tuple[dict[str, str] | list[tuple[str, str]], ...]] = {
    "services": (
        {"page": "0"}, {"page": "x"}, {"page": "1000001"}, {"per_page": "0"}, {"per_page": "101"}, {"per_page": "10001", "minimal": "true"},
        {"format": "xml"}, {"format": "ndjson ; drop"}, {"minimal": "perhaps"}, {"full": ""}, {"taxonomy_term_id": "no-such"}, {"taxonomy_id": "7"},
        {"organization_id": "7"}, {"modified_after": "yesterday"}, {"modified_after": "0001-01-01T00:00:00+14:00"}, {"search": "x" * 201},
        {"search": "a b c d e f g h i j k"}, {"search": "nul\0"}, [("page", "1"), ("page", "2")], {"postcode": "21230"},
    ),
    "service_at_locations": (
        {"proximity": "100"}, {"postcode": "00000"}, {"postcode": "2123"}, {"postcode": "21230'"}, {"postcode": "21230", "proximity": "-1"},
        {"postcode": "21230", "proximity": "nan"}, {"postcode": "21230", "proximity": "200001"}, {"postcode": "21230", "proximity": "near"}, {"minimal": "true"},
    ),
    "organizations": ({"organization_id": str(UUID(int=7))}, {"full_service": "2"}),
    "taxonomies": ({"taxonomy_id": str(UUID(int=7))},),
    "taxonomy_terms": ({"parent_id": "7"}, {"taxonomy_id": "7"}, {"top_only": "some"}),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "asked"), [(kind, asked) for kind, every in WRONG.items() for asked in every])
@pytest.mark.parametrize("line_format", ["json", "ndjson"])
def test_what_cannot_be_read_is_a_problem(open_directory: TestClient, sample: Hub, kind: str, asked: Any, line_format: str) -> None:
    pairs = list(asked.items()) if isinstance(asked, dict) else asked
    if line_format == "ndjson" and "format" not in asked:
        pairs = [*pairs, ("format", "ndjson")]
    answer = open_directory.get(f"/hsds/{kind}?{urlencode(pairs)}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), answer.text
    assert answer.json()["errors"][0]["field"] in {name for name, _ in pairs} | {"postcode"}


def test_an_empty_page_says_so(open_directory: TestClient) -> None:
    for kind in LISTS:
        found = page(open_directory, kind, search="nothing is called like this")
        assert found == {
            "total_items": 0, "total_pages": 0, "page_number": 1, "size": 0, "first_page": True, "last_page": True, "empty": True, "contents": [],
        }  # fmt: skip


@pytest.mark.parametrize("kind", LISTS)
def test_pages_together_hold_every_record_once_and_in_order(open_directory: TestClient, network: Hub, kind: str) -> None:
    first = page(open_directory, kind, per_page=7)
    pages = [first, *(page(open_directory, kind, per_page=7, page=number) for number in range(2, first["total_pages"] + 1))]
    every = [record["id"] for found in pages for record in found["contents"]]
    assert len(every) == len(set(every)) == first["total_items"]
    assert [found["last_page"] for found in pages] == [False] * (len(pages) - 1) + [True]
    assert [found["size"] for found in pages] == [len(found["contents"]) for found in pages]
    told = [record.get("service", record)["name"] for found in pages for record in found["contents"]]
    assert told == sorted(told)


def test_conditions_are_all_held(open_directory: TestClient, sample: Hub) -> None:
    organization = page(open_directory, "organizations", search="harbor")["contents"][0]["id"]
    pantry = "Harbor Food Pantry"
    foreign = page(open_directory, "taxonomies")["contents"]
    foreign_id = next(found["id"] for found in foreign if found["id"] != str(taxonomy.TAXONOMY_ID))
    for kind in ("services", "service_at_locations"):
        assert names(open_directory, kind, organization_id=organization) == [pantry, "Harbor Kitchen"]
        assert names(open_directory, kind, organization_id=organization, taxonomy_term_id="food-pantry") == [pantry]
        assert names(open_directory, kind, organization_id=organization, taxonomy_term_id="food-pantry", search="lunch") == []
        assert names(open_directory, kind, taxonomy_id=foreign_id) == [pantry]
        assert names(open_directory, kind, taxonomy_id=foreign_id, taxonomy_term_id="hot-meals") == []
        assert names(open_directory, kind, taxonomy_id=str(UUID(int=7))) == []
        assert names(open_directory, kind, search="refuge", modified_after="2026-11-23T14:00:00Z") == ["Refuge"]
        assert names(open_directory, kind, search="refuge", modified_after="2026-11-23T14:00:01Z") == []
    assert names(open_directory, "organizations", taxonomy_term_id="food") == ["Harbor Pantry"]
    assert names(open_directory, "organizations", taxonomy_term_id="food", search="rose") == []
    assert names(open_directory, "organizations", taxonomy_id=foreign_id) == ["Harbor Pantry"]


def test_terms_are_found_by_taxonomy_parent_and_top(open_directory: TestClient, network: Hub) -> None:
    food = str(taxonomy.TERM_IDS["food"])
    below = page(open_directory, "taxonomy_terms", parent_id=food, per_page=100)["contents"]
    assert {term["code"] for term in below} == {term.code for term in taxonomy.TERMS if term.parent == "food"}
    assert {term["parent_id"] for term in below} == {food}
    top = page(open_directory, "taxonomy_terms", top_only="true", taxonomy_id=str(taxonomy.TAXONOMY_ID), per_page=100)["contents"]
    assert {term["code"] for term in top} == {term.code for term in taxonomy.TERMS if term.parent is None}
    assert page(open_directory, "taxonomy_terms", top_only="true", parent_id=food)["empty"]
    assert names(open_directory, "taxonomies", search=taxonomy.NAME) == [taxonomy.NAME]


def test_a_record_that_is_not_there_is_not_found(open_directory: TestClient, sample: Hub) -> None:
    for kind in LISTS:
        for wrong in (str(UUID(int=7)), "nobody"):
            answer = open_directory.get(f"/hsds/{kind}/{wrong}", headers={"If-Modified-Since": "Mon, 23 Nov 2026 15:00:00 GMT", "If-None-Match": "*"})
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), kind
