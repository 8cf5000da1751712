"""Matching, search and listings as programs see them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from litestar.testing import TestClient

from referral_hub.actors import COMMAND_LINE
from referral_hub.partners.foreign_taxonomy import read_taxonomy
from referral_hub.partners.taxonomies import import_taxonomy
from referral_hub.partners.taxonomy import NAME, TERMS
from referral_hub.partners.words import split_words, stem_of
from referral_hub.unit_of_work import Hub
from tests.cast import Cast

Bearer = Callable[[str], dict[str, str]]
HOME = {"postal_code": "21201", "latitude": 39.2946, "longitude": -76.6252, "county": "24510", "state": "MD"}
ASKED: dict[str, Any] = {"needs": ["food-pantry"], "facts": {"age": 67, "home": HOME}, "max_distance_m": 16_000}


def test_a_match_has_the_shape_of_the_contract(client: TestClient, bearer: Bearer, cast: Cast) -> None:
    answer = client.post("/api/matches", json=ASKED, headers=bearer("ana"))
    assert answer.status_code == 200
    body = answer.json()
    assert {"matches", "questions", "total", "unplaced", "index_version", "home"} <= set(body)
    (one,) = body["matches"]
    assert one["service_at_location_id"] == str(cast.pantry.id)
    contract = {"service", "location", "service_at_location_id", "verdict", "findings", "ask", "documents", "distance_m", "distance_is"}
    contract |= {"minutes", "costs", "availability", "open", "languages", "assured_date"}
    assert contract <= set(one)
    assert (one["verdict"], one["availability"], one["distance_is"]) == ("eligible", "open", "exact")
    assert one["findings"] == [{"criterion": "age", "verdict": "eligible", "says": "Ages 60 and over: the patient is 67."}]


@pytest.mark.parametrize(
    ("home", "precision", "city"),
    [(HOME, "exact", None), ({"postal_code": "21201"}, "about", "Baltimore"), ({"city": "Baltimore"}, "none", "Baltimore")],
)
def test_a_match_says_which_home_it_reckoned_with(
    client: TestClient, bearer: Bearer, home: dict[str, Any], precision: str, city: str | None
) -> None:
    used = client.post("/api/matches", json={**ASKED, "facts": {"home": home}}, headers=bearer("ana")).json()["home"]
    assert home.items() <= used.items()
    assert (used["is"], used["city"], used["latitude"] is None) == (precision, city, precision == "none")
    assert client.post("/api/matches", json={**ASKED, "facts": {}}, headers=bearer("ana")).json()["home"] is None


def test_the_windows_of_the_contract_are_understood(client: TestClient, bearer: Bearer) -> None:
    windows = [{"start": "2026-11-23T03:00-05:00", "end": "2026-11-23T04:00-05:00"}]
    answer = client.post("/api/matches", json={**ASKED, "windows": windows}, headers=bearer("ana"))
    assert answer.status_code == 200
    assert "Not known to be open" in answer.json()["matches"][0]["costs"][0]["why"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"facts": {"home": {**HOME, "latitude": 999}}}, "facts.home.latitude"),
        ({"facts": {"agee": 67}}, "facts.agee"),
        ({"facts": {"home": {"street": "x"}}}, "facts.home.street"),
        ({"colour": "red"}, "colour"),
        ({"needs": ["unicorns"]}, "needs[0]"),
        ({"limit": 0}, "limit"),
        ({"facts": {"members": [{"age": "three"}]}}, "facts.members[0].age"),
        ({"facts": {"declined": ["shoe_size"]}}, "facts.declined[0]"),
        ({"windows": [{"start": "2026-11-23T12:00-05:00", "end": "2026-11-23T09:00-05:00"}]}, "windows[0].end"),
        ({"patient_id": "nobody"}, "patient_id"),
    ],
)
def test_a_fault_is_named_by_its_path(client: TestClient, bearer: Bearer, change: dict[str, Any], field: str) -> None:
    answer = client.post("/api/matches", json={**ASKED, **change}, headers=bearer("ana"))
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


def test_a_body_that_is_no_json_is_refused(client: TestClient, bearer: Bearer) -> None:
    answer = client.post("/api/matches", content=b"{", headers={**bearer("ana"), "Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_a_patient_brings_the_facts_on_record_and_a_stranger_gets_404(client: TestClient, bearer: Bearer, cast: Cast) -> None:
    asked = {"needs": ["food-pantry"], "patient_id": str(cast.omar.id)}
    mine = client.post("/api/matches", json=asked, headers=bearer("ana"))
    assert mine.json()["matches"][0]["verdict"] == "eligible"
    strangers = client.post("/api/matches", json=asked, headers=bearer("hana"))
    nobodys = client.post("/api/matches", json={**asked, "patient_id": str(uuid4())}, headers=bearer("hana"))
    assert (strangers.status_code, strangers.content) == (nobodys.status_code, nobodys.content)
    assert strangers.status_code == 404


def test_another_home_in_the_request_replaces_the_one_on_record_whole(client: TestClient, bearer: Bearer, cast: Cast) -> None:
    asked = {"needs": ["food-pantry"], "patient_id": str(cast.omar.id)}
    at_home = client.post("/api/matches", json=asked, headers=bearer("ana")).json()["matches"][0]
    away = {"facts": {"home": {"latitude": 39.0, "longitude": -76.0}}}
    moved = client.post("/api/matches", json={**asked, **away}, headers=bearer("ana")).json()["matches"][0]
    elsewhere = client.post("/api/matches", json={**asked, "facts": {"home": {"state": "MD"}}}, headers=bearer("ana")).json()["matches"][0]
    assert moved["distance_m"] > at_home["distance_m"] + 10_000
    assert elsewhere["distance_m"] is None


@pytest.mark.parametrize(
    ("name", "status"), [("ana", 200), ("ben", 200), ("hana", 200), ("cora", 200), ("pia", 403), ("zoe", 403), ("alma", 403), ("uma", 401)]
)
def test_who_may_match(client: TestClient, bearer: Bearer, name: str, status: int) -> None:
    assert client.post("/api/matches", json=ASKED, headers=bearer(name)).status_code == status


def test_search_answers_with_facets_and_pages(client: TestClient, bearer: Bearer) -> None:
    body = client.get("/api/services?search=pnatry&per_page=1", headers=bearer("pia")).json()
    assert (body["total"] >= 1, len(body["items"]), body["page"], body["per_page"]) == (True, 1, 1, 1)
    assert set(body["facets"]) == {"taxonomy", "language", "availability", "open", "cost", "documents", "distance"}
    assert (body["corrected"], body["is_partial"], body["answered_by"], body["fallback"]) == ("pantry", False, "embedded", "")
    name, (mark, *_) = body["items"][0]["service"]["name"], body["items"][0]["marks"]["service"]
    assert name[slice(*mark)].lower() == "pantry"
    assert client.get("/api/services?taxonomy=hot-meals&taxonomy=food-pantry", headers=bearer("ana")).json()["total"] == 2


@pytest.mark.parametrize("query", ["per_page=101", "page=0", "near=999,0", "taxonomy=unicorns", "open_at=noon", "within_m=5", "page=x"])
def test_a_search_that_cannot_be_is_refused(client: TestClient, bearer: Bearer, query: str) -> None:
    answer = client.get(f"/api/services?{query}", headers=bearer("ana"))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["errors"]


@pytest.mark.parametrize("name", ["ana", "ben", "pia", "zoe", "alma", "uma"])
def test_the_flat_directory_is_the_coordinators(client: TestClient, bearer: Bearer, name: str) -> None:
    answer = client.get("/api/service-at-locations", headers=bearer(name))
    assert answer.status_code == (401 if name == "uma" else 403)


def test_the_flat_directory_has_everything_that_matching_uses(client: TestClient, bearer: Bearer, cast: Cast) -> None:
    body = client.get("/api/service-at-locations?per_page=2&page=1", headers=bearer("cora")).json()
    assert (len(body["items"]), body["total"]) == (2, 4)
    everything = client.get("/api/service-at-locations", headers=bearer("cora")).json()["items"]
    by_id = {one["id"]: one for one in everything}
    fields = "id service organization terms point confidential delivered remote service_area rule documents schedule languages"
    fields += " interpreted_languages accessibility availability capacity assured_date usual_ack_days active referrable words"
    assert set(fields.split()) <= set(by_id[str(cast.pantry.id)])
    refuge = by_id[str(cast.refuge.id)]
    assert (refuge["point"], refuge["confidential"], refuge["location"]["name"]) == (None, True, "Confidential location")
    pantry = by_id[str(cast.pantry.id)]
    assert pantry["words"] == sorted(set(pantry["words"]))
    assert {stem_of(word) for word in split_words(pantry["service"]["name"])} <= set(pantry["words"])
    assert client.get("/api/service-at-locations?changed_since=2030-01-01T00:00:00Z", headers=bearer("cora")).json()["items"] == []
    assert client.get("/api/service-at-locations?changed_since=soon", headers=bearer("cora")).status_code == 400


def test_room_is_seen_by_the_next_match(client: TestClient, bearer: Bearer, cast: Cast) -> None:
    address = f"/api/service-at-locations/{cast.pantry.id}/capacity"
    assert client.put(address, json={"available": 0, "maximum": 10, "unit": "boxes"}, headers=bearer("pia")).status_code == 200
    assert client.post("/api/matches", json=ASKED, headers=bearer("ana")).json()["total"] == 0
    full = client.post("/api/matches", json={**ASKED, "include": ["full"]}, headers=bearer("ana")).json()["matches"][0]
    assert (full["availability"], full["costs"][0]["minutes"]) == ("full", 60)
    stored = client.put(address, json={"available": 3, "unit": "boxes", "until": "2026-12-01T00:00:00Z"}, headers=bearer("lee"))
    assert (stored.json()["available"], stored.json()["unit"]) == (3, "boxes")
    assert client.post("/api/matches", json=ASKED, headers=bearer("ana")).json()["matches"][0]["availability"] == "open"


@pytest.mark.parametrize(("name", "status"), [("pia", 200), ("lee", 200), ("cora", 200), ("zoe", 404), ("ana", 403), ("uma", 401)])
def test_who_may_say_how_much_room_there_is(client: TestClient, bearer: Bearer, cast: Cast, name: str, status: int) -> None:
    answer = client.put(f"/api/service-at-locations/{cast.pantry.id}/capacity", json={"available": 1}, headers=bearer(name))
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"available": -1}, "available"),
        ({"available": 5, "maximum": 3}, "maximum"),
        ({"available": 5, "until": "2026-01-01T00:00:00Z"}, "until"),
        ({"available": 5, "colour": "red"}, "colour"),
        ({}, "available"),
    ],
)
def test_room_that_cannot_be_is_refused(client: TestClient, bearer: Bearer, cast: Cast, body: dict[str, Any], field: str) -> None:
    answer = client.put(f"/api/service-at-locations/{cast.pantry.id}/capacity", json=body, headers=bearer("pia"))
    assert (answer.status_code, [fault["field"] for fault in answer.json()["errors"]]) == (400, [field])


def test_the_taxonomy_names_its_parents(client: TestClient, bearer: Bearer) -> None:
    items = {one["code"]: one for one in client.get("/api/taxonomy-terms", headers=bearer("ana")).json()["items"]}
    assert (items["food-pantry"]["parent"], items["food-pantry"]["name"], items["food"]["parent"]) == ("food", "Food pantry", None)


def test_the_taxonomies_say_whose_they_are_and_each_term_to_which_it_belongs(hub: Hub, client: TestClient, bearer: Bearer, tmp_path: Path) -> None:
    path = tmp_path / "terms.csv"
    path.write_text("code,name\nBD,Food\n", encoding="utf-8")
    with hub.begin(COMMAND_LINE) as work:
        import_taxonomy(work, read_taxonomy(path, "211"))
    answer = client.get("/api/taxonomy-terms", headers=bearer("ana")).json()
    ours, other = answer["taxonomies"]
    assert (ours["name"], ours["terms"], other["name"], other["terms"]) == (NAME, len(TERMS), "211 Human Services Indexing System", 1)
    assert "Licensed" in other["description"]
    assert {one["taxonomy"] for one in answer["items"] if one["code"] == "211:BD"} == {"211 Human Services Indexing System"}
    assert {one["taxonomy"] for one in answer["items"] if one["code"] == "food"} == {NAME}
