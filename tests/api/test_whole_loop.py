"""The main job, once through the API: found, sent, accepted, served, closed, and seen at each step from both sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from litestar.testing import TestClient

from referral_hub.unit_of_work import Hub
from tests.cast import Cast

Bearer = Callable[[str], dict[str, str]]


@pytest.fixture
def hub(migrated_on_both: Hub) -> Hub:
    """Everything here holds on SQLite and on PostgreSQL."""
    return migrated_on_both


class Asker:
    """One member of the cast with a token."""

    def __init__(self, client: TestClient, headers: dict[str, str]) -> None:
        self._client = client
        self._headers = headers

    def get(self, path: str, **query: Any) -> Any:
        answer = self._client.get(f"/api{path}", params=query, headers=self._headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, expect: int | tuple[int, ...] = (200, 201), **body: Any) -> Any:
        answer = self._client.post(f"/api{path}", json=body, headers=self._headers)
        assert answer.status_code in (expect if isinstance(expect, tuple) else (expect,)), answer.text
        return answer.json()

    def put(self, path: str, **body: Any) -> Any:
        answer = self._client.put(f"/api{path}", json=body, headers=self._headers)
        assert answer.status_code == 200, answer.text
        return answer.json()


def test_a_need_is_met_and_the_loop_closed(client: TestClient, bearer: Bearer, cast: Cast) -> None:
    ana, pia = Asker(client, bearer("ana")), Asker(client, bearer("pia"))

    patient = ana.post("/patients", given_name="Nadia", family_name="Karim", birth_date="1955-03-02", phone="410-555-0177", postal_code="21201", language="en")
    ana.put(f"/patients/{patient['id']}/facts", household_size=1, enrolled={"snap": False}, declined=["annual_income"])
    consent = ana.post(f"/patients/{patient['id']}/consents", categories=["food"], ends_on="2027-11-23", how_given="in_person")
    need = ana.post(f"/patients/{patient['id']}/needs", term="food-pantry")

    answer = ana.post("/matches", needs=["food-pantry"], patient_id=patient["id"], mode="car")
    assert [match["service_at_location_id"] for match in answer["matches"]] == [str(cast.pantry.id)]
    found = answer["matches"][0]
    assert found["verdict"] == "eligible"
    assert sum(cost["minutes"] for cost in found["costs"]) <= found["minutes"]

    referral = ana.post("/referrals", need_id=need["id"], service_at_location_id=found["service_at_location_id"], urgency="routine", send=True)
    assert (referral["state"], referral["whose_move"]) == ("sent", "owner")
    path = f"/referrals/{referral['id']}"

    seen = pia.get(path)
    assert "Karim" not in str(seen) and "0177" not in str(seen)
    assert {"accept", "decline", "waitlist"} <= set(seen["open_actions"])
    assert [entry["referral_id"] for entry in pia.get("/worklist")["items"]] == [referral["id"]]

    accepted = pia.post(f"{path}/accept", version=seen["version"], assignee="Pia P.")
    assert accepted["state"] == "accepted"
    assert "Karim" in str(pia.get(path))
    assert ana.get(path)["state"] == "accepted"
    started = pia.post(f"{path}/start", version=accepted["version"])
    served = pia.post(f"{path}/serve", version=started["version"], outcome={"contact_made": True, "received": "full", "need": "met"})
    assert served["state"] == "served"

    assert [entry["referral_id"] for entry in ana.get("/worklist")["items"]] == [referral["id"]]
    ready = ana.get(path)
    closed = ana.post(f"{path}/close", version=ready["version"], need_status="met", next_step="none")
    assert (closed["state"], closed["whose_move"], closed["due_at"]) == ("closed", None, None)
    assert ana.get(f"/needs/{need['id']}")["status"] == "met"
    assert ana.get("/worklist")["items"] == []

    events = ana.get(f"{path}/events")["items"]
    assert [event["action"] for event in events] == ["create", "send", "accept", "start", "serve", "close"]
    assert [event["version"] for event in events] == list(range(1, len(events) + 1))
    assert consent["id"]


def test_a_second_answer_on_an_old_version_changes_nothing(client: TestClient, bearer: Bearer, cast: Cast) -> None:
    ana, pia = Asker(client, bearer("ana")), Asker(client, bearer("pia"))
    referral = ana.post("/referrals", need_id=str(cast.need.id), service_at_location_id=str(cast.pantry.id), urgency="routine", send=True)
    path = f"/referrals/{referral['id']}"
    pia.post(f"{path}/accept", version=referral["version"])
    problem = pia.post(f"{path}/decline", expect=409, version=referral["version"], side="partner", reason="no_capacity")
    assert (problem["code"], problem["state"]) == ("stale_version", "accepted")
    assert "start" in problem["open_actions"]
    assert pia.get(path)["state"] == "accepted"


def test_a_move_that_the_table_does_not_have_says_which_are_open(client: TestClient, bearer: Bearer, cast: Cast) -> None:
    ana, pia = Asker(client, bearer("ana")), Asker(client, bearer("pia"))
    referral = ana.post("/referrals", need_id=str(cast.need.id), service_at_location_id=str(cast.pantry.id), urgency="routine", send=True)
    problem = pia.post(f"/referrals/{referral['id']}/resume", expect=409, version=referral["version"])
    assert (problem["code"], problem["state"]) == ("illegal_move", "sent")
    assert set(problem["open_actions"]) >= {"accept", "waitlist", "decline"}


def test_without_the_patients_consent_nothing_is_sent(client: TestClient, bearer: Bearer, cast: Cast) -> None:
    ana = Asker(client, bearer("ana"))
    ana.post(f"/consents/{cast.consent.id}/revoke", reason="changed her mind")
    problem = ana.post(
        "/referrals", expect=409, need_id=str(cast.need.id), service_at_location_id=str(cast.pantry.id), urgency="routine", send=True
    )
    assert problem["code"] == "consent_missing"
    assert ana.get("/referrals")["items"] == []
