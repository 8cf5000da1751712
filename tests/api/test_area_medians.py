"""The medians of areas as programs read and set them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from litestar.testing import TestClient

Bearer = Callable[[str], dict[str, str]]
PATH = "/api/area-medians"
CITY = {"area": "24510", "year": 2026, "income": 122_200}
STATE = {"area": "MD", "year": 2026, "income": 100_000}


def test_what_is_read_can_be_put_back_with_a_change(client: TestClient, bearer: Bearer) -> None:
    assert client.get(PATH, headers=bearer("ana")).json() == {"version": 0, "medians": []}
    answer = client.put(PATH, json={"version": 0, "medians": [STATE, CITY]}, headers=bearer("cora"))
    assert (answer.status_code, answer.json()) == (200, {"version": 1, "medians": [CITY, STATE]})
    assert client.get(PATH, headers=bearer("ben")).json() == answer.json()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"version": 0, "medians": [{"area": "2451", "year": 2026, "income": 122200}]}', "medians[0].area"),
        ('{"version": 0, "medians": [{"area": "md", "year": 2026, "income": 122200}]}', "medians[0].area"),
        ('{"version": 0, "medians": [{"area": "24510\\n", "year": 2026, "income": 122200}]}', "medians[0].area"),
        ('{"version": 0, "medians": [{"area": "MD", "year": 1900, "income": 122200}]}', "medians[0].year"),
        ('{"version": 0, "medians": [{"area": "MD", "year": 2026.5, "income": 122200}]}', "medians[0].year"),
        ('{"version": 0, "medians": [{"area": "MD", "year": 2026, "income": -1}]}', "medians[0].income"),
        ('{"version": 0, "medians": [{"area": "MD", "year": 2026, "income": 1000000000}]}', "medians[0].income"),
        ('{"version": 0, "medians": [{"area": "MD", "year": 2026, "income": NaN}]}', ""),
        ('{"version": 0, "medians": [{"area": "MD", "year": 2026}]}', "medians[0].income"),
        ('{"version": 0, "medians": [{"area": "MD", "year": 2026, "income": 122200, "colour": "red"}]}', "medians[0].colour"),
        (
            '{"version": 0, "medians": [{"area": "MD", "year": 2026, "income": 122200}, {"area": "MD", "year": 2026, "income": 122201}]}',
            "medians[1]",
        ),
        ('{"version": 0, "medians": {}}', "medians"),
        ('{"version": -1, "medians": []}', "version"),
        ('{"medians": []}', "version"),
        ('{"version": 0}', "medians"),
        ('{"version": 0, "medians": [], "colour": "red"}', "colour"),
    ],
)
def test_what_cannot_be_is_a_400_that_names_the_field_and_changes_nothing(client: TestClient, bearer: Bearer, body: str, field: str) -> None:
    answer = client.put(PATH, content=body, headers={**bearer("cora"), "Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert field == "" or field in {fault["field"] for fault in answer.json()["errors"]}, answer.text
    assert client.get(PATH, headers=bearer("cora")).json()["version"] == 0


def test_a_stale_version_is_a_409_with_the_present_one(client: TestClient, bearer: Bearer) -> None:
    for row in (CITY, STATE):
        answer = client.put(PATH, json={"version": 0, "medians": [row]}, headers=bearer("cora"))
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["code"], problem["version"]) == (409, "stale_version", 1)
    assert client.get(PATH, headers=bearer("cora")).json()["medians"] == [CITY]


def test_the_schema_tells_of_it(client: TestClient) -> None:
    schema = client.get("/schema/openapi.json").json()
    assert set(schema["paths"][PATH]) == {"get", "put"}
    assert "SetAreaMedians" in schema["components"]["schemas"]
