"""The open directory: anybody reads it, the official schemas accept it, nothing confidential is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from litestar.testing import TestClient

from referral_hub.actors import COMMAND_LINE
from referral_hub.ids import new_id
from referral_hub.partners.foreign_taxonomy import TAXONOMY_211
from referral_hub.partners.model import Attribute, DirectoryRows, TaxonomyTerm
from referral_hub.unit_of_work import Hub
from tests.partners.documents import KEPT_ID
from tests.partners.folders import import_ohana, write_ohana
from tests.partners.open_directory import faults, page_schema
from tests.shared import shared


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
    assert {attribute["taxonomy_term"]["code"] for attribute in service["attributes"]} == {"food-pantry", "sample:101", "food"}  # the last follows from the one before: it is Open Eligibility's
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


def test_a_licensed_taxonomy_is_passed_on_to_nobody(open_directory: TestClient, sample: Hub):
    with sample.begin(COMMAND_LINE) as work:
        service = work.directory.records("service", [UUID(open_directory.get("/hsds/services").json()["contents"][0]["id"])]).popitem()[1]
        terms = [TaxonomyTerm(id=new_id(), code=f"211:BD-{n}", name=f"Licensed words {n}", taxonomy_id=TAXONOMY_211.id) for n in range(2)]
        tag = Attribute(id=new_id(), link_id=service.id, taxonomy_term_id=terms[0].id, link_entity="service")
        work.directory.save(DirectoryRows(taxonomy=[TAXONOMY_211], taxonomy_term=terms, attribute=[tag]))
    answers = [
        open_directory.get(path)
        for path in (
            f"/hsds/services/{service.id}", "/hsds/services?full=true&per_page=100", "/hsds/services?full=true&format=ndjson",
            "/hsds/taxonomies", "/hsds/taxonomy_terms?per_page=100", f"/hsds/taxonomy_terms?taxonomy_id={TAXONOMY_211.id}",
            f"/hsds/organizations/{service.organization_id}?full_service=true",
        )
    ]  # fmt: skip
    assert {answer.status_code for answer in answers} == {200}
    assert not any("Licensed words" in answer.text or TAXONOMY_211.name in answer.text for answer in answers)
    assert open_directory.get(f"/hsds/taxonomies/{TAXONOMY_211.id}").status_code == 404
    assert open_directory.get(f"/hsds/taxonomy_terms/{terms[0].id}").status_code == 404
