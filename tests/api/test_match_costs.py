"""The table of costs as programs read and set it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from litestar.testing import TestClient

from referral_hub.matching.costs import DEFAULTS

Bearer = Callable[[str], dict[str, str]]
PATH = "/api/match-costs"


def test_what_is_read_can_be_put_back_with_a_change(client: TestClient, bearer: Bearer) -> None:
    read = client.get(PATH, headers=bearer("ana")).json()
    assert set(read) == {"version", "minutes", "defaults", "why"}
    assert read["version"] == 0
    assert read["minutes"] == read["defaults"] == dict(DEFAULTS)
    assert set(read["why"]) == set(DEFAULTS)
    answer = client.put(PATH, json={"version": 0, "minutes": {**read["minutes"], "waitlist": 45.5}}, headers=bearer("cora"))
    assert answer.status_code == 200
    assert answer.json() == {**read, "version": 1, "minutes": {**read["minutes"], "waitlist": 45.5}}
    assert client.get(PATH, headers=bearer("ben")).json() == answer.json()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"version": 0, "minutes": {"waitlist": 45}}', "minutes.maybe"),
        ("waitlist=-1", "minutes.waitlist"),
        ("waitlist=600.5", "minutes.waitlist"),
        ("waitlist=1e999", ""),
        ("waitlist=NaN", ""),
        ('waitlist="15"', "minutes.waitlist"),
        ("waitlist=null", "minutes.waitlist"),
        ("waitlist=true", "minutes.waitlist"),
        ("waitlst=3", "minutes.waitlst"),
        ('{"version": -1, "minutes": {}}', "version"),
        ('{"minutes": {}}', "version"),
        ('{"version": 0}', "minutes"),
        ('{"version": 0, "minutes": {}, "colour": "red"}', "colour"),
        ('{"version": 0, "minutes": []}', "minutes"),
    ],
)
def test_what_cannot_be_is_a_400_that_names_the_field_and_changes_nothing(client: TestClient, bearer: Bearer, body: str, field: str) -> None:
    if "=" in body:
        name, _, value = body.partition("=")
        rest = ", ".join(f'"{one}": {minutes}' for one, minutes in DEFAULTS.items() if one != name)
        body = f'{{"version": 0, "minutes": {{{rest}, "{name}": {value}}}}}'
    answer = client.put(PATH, content=body, headers={**bearer("cora"), "Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert field == "" or field in {fault["field"] for fault in answer.json()["errors"]}, answer.text
    assert client.get(PATH, headers=bearer("cora")).json()["version"] == 0


def test_a_stale_version_is_a_409_with_the_present_one(client: TestClient, bearer: Bearer) -> None:
    for minutes in (45, 46):
        answer = client.put(PATH, json={"version": 0, "minutes": {**DEFAULTS, "waitlist": minutes}}, headers=bearer("cora"))
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["code"], problem["version"]) == (409, "stale_version", 1)
    assert client.get(PATH, headers=bearer("cora")).json()["minutes"]["waitlist"] == 45


def test_the_schema_tells_of_it(client: TestClient) -> None:
    schema = client.get("/schema/openapi.json").json()
    assert set(schema["paths"][PATH]) == {"get", "put"}
    assert "waitlist" in str(schema["components"]["schemas"]["SetMatchCosts"])


def test_a_match_names_its_costs(client: TestClient, bearer: Bearer) -> None:
    client.put(PATH, json={"version": 0, "minutes": {**DEFAULTS, "availability_unknown": 11}}, headers=bearer("cora"))
    found = client.post("/api/matches", json={"needs": ["hot-meals"], "facts": {"age": 67}}, headers=bearer("ana")).json()["matches"]
    assert found[0]["costs"] == [{"why": "Nobody has said whether there is room", "minutes": 11, "name": "availability_unknown"}]
