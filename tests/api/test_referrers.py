"""What senders are, as programs read and set it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from litestar.testing import TestClient

from referral_hub.ids import new_id
from referral_hub.matching.referrers import KINDS
from tests.cast import Cast

Bearer = Callable[[str], dict[str, str]]
PATH = "/api/referrers"


def test_what_is_read_can_be_put_back_with_a_change(client: TestClient, bearer: Bearer, cast: Cast) -> None:
    read = client.get(PATH, headers=bearer("ana")).json()
    clinic, plan = ({"id": str(one.organization_id), "name": name} for one, name in ((cast.ana, "Bayside Clinic"), (cast.hana, "Chesapeake Health Plan")))
    assert read == {
        "version": 0,
        "referrers": [{"organization": clinic, "kinds": []}, {"organization": plan, "kinds": []}],
        "words": dict(KINDS),
    }
    body = {"version": 0, "referrers": [{"organization_id": clinic["id"], "kinds": ["hospital", "clinic"]}]}
    answer = client.put(PATH, json=body, headers=bearer("cora"))
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert answer.json()["referrers"][0] == {"organization": clinic, "kinds": ["clinic", "hospital"]}
    assert client.get(PATH, headers=bearer("ben")).json() == answer.json()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"organization_id": "nobody"}, "referrers[0].organization_id"),
        ({"organization_id": str(new_id())}, "referrers[0].organization_id"),
        ({"kinds": []}, "referrers[0].kinds"),
        ({"kinds": ["circus"]}, "referrers[0].kinds[0]"),
        ({"kinds": ["clinic"] * 1_000}, "referrers[0].kinds"),
        ({"kinds": "clinic"}, "referrers[0].kinds"),
        ({"kinds": None}, "referrers[0].kinds"),
        ({"colour": "red"}, "referrers[0].colour"),
    ],
)
def test_what_cannot_be_is_a_400_that_names_the_field_and_changes_nothing(
    client: TestClient, bearer: Bearer, cast: Cast, change: dict[str, Any], field: str
) -> None:
    one = {"organization_id": str(cast.ana.organization_id), "kinds": ["clinic"], **change}
    answer = client.put(PATH, json={"version": 0, "referrers": [one]}, headers=bearer("cora"))
    assert answer.status_code == 400, answer.text
    assert field in {fault["field"] for fault in answer.json()["errors"]}, answer.text
    assert client.get(PATH, headers=bearer("cora")).json()["version"] == 0


def test_a_stale_version_is_a_409(client: TestClient, bearer: Bearer, cast: Cast) -> None:
    for kind in ("clinic", "court"):
        body = {"version": 0, "referrers": [{"organization_id": str(cast.ana.organization_id), "kinds": [kind]}]}
        answer = client.put(PATH, json=body, headers=bearer("cora"))
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_version")
    assert client.get(PATH, headers=bearer("cora")).json()["referrers"][0]["kinds"] == ["clinic"]
