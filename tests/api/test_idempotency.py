"""The same key has one effect, however often and however simultaneously the request arrives."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from litestar.testing import TestClient

from referral_hub.unit_of_work import Hub
from tests.cast import Cast

Bearer = Callable[[str], dict[str, str]]
PATIENT = {"given_name": "Nadia", "family_name": "Karim"}


@pytest.fixture
def hub(migrated_on_both: Hub) -> Hub:
    """Everything here holds on SQLite and on PostgreSQL."""
    return migrated_on_both


def patients_named(client: TestClient, headers: dict[str, str], family_name: str) -> int:
    return sum(p["family_name"] == family_name for p in client.get("/api/patients", headers=headers).json()["items"])


def test_the_same_key_and_body_give_the_first_answer_again(client: TestClient, bearer: Bearer) -> None:
    headers = {**bearer("ana"), "Idempotency-Key": "one"}
    first = client.post("/api/patients", json=PATIENT, headers=headers)
    again = client.post("/api/patients", json=PATIENT, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert patients_named(client, bearer("ana"), "Karim") == 1


def test_the_same_key_with_another_body_is_refused(client: TestClient, bearer: Bearer) -> None:
    headers = {**bearer("ana"), "Idempotency-Key": "one"}
    client.post("/api/patients", json=PATIENT, headers=headers)
    answer = client.post("/api/patients", json={**PATIENT, "given_name": "Samir"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    assert patients_named(client, bearer("ana"), "Karim") == 1


def test_a_key_belongs_to_the_account_that_used_it(client: TestClient, bearer: Bearer) -> None:
    first = client.post("/api/patients", json=PATIENT, headers={**bearer("ana"), "Idempotency-Key": "one"})
    other = client.post("/api/patients", json=PATIENT, headers={**bearer("hana"), "Idempotency-Key": "one"})
    assert first.json()["id"] != other.json()["id"]


def test_a_refused_request_keeps_no_answer(client: TestClient, bearer: Bearer) -> None:
    headers = {**bearer("ana"), "Idempotency-Key": "one"}
    assert client.post("/api/patients", json={**PATIENT, "given_name": ""}, headers=headers).status_code == 400
    assert client.post("/api/patients", json=PATIENT, headers=headers).status_code == 201


def test_an_overlong_key_is_refused(client: TestClient, bearer: Bearer) -> None:
    answer = client.post("/api/patients", json=PATIENT, headers={**bearer("ana"), "Idempotency-Key": "k" * 201})
    assert answer.status_code == 400


def test_fifty_at_once_have_one_effect(client: TestClient, bearer: Bearer, hub: Hub, cast: Cast) -> None:
    headers = {**bearer("ana"), "Idempotency-Key": "race"}
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: client.post("/api/patients", json=PATIENT, headers=headers), range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert patients_named(client, bearer("ana"), "Karim") == 1


def accepted_once(client: TestClient, bearer: Bearer, cast: Cast) -> tuple[str, dict[str, object], dict[str, str]]:
    """Pia has accepted with a key: (the referral's path, her body, her headers)."""
    body = {"need_id": str(cast.need.id), "service_at_location_id": str(cast.pantry.id), "send": True}
    sent = client.post("/api/referrals", json=body, headers=bearer("ana")).json()
    path, yes = f"/api/referrals/{sent['id']}", {"version": sent["version"]}
    headers = {**bearer("pia"), "Idempotency-Key": "yes"}
    assert "Haddad" in client.post(f"{path}/accept", json=yes, headers=headers).text
    assert "Haddad" in client.post(f"{path}/accept", json=yes, headers=headers).text
    return path, yes, headers


def test_a_repeated_request_tells_nothing_after_the_consent_is_revoked(client: TestClient, bearer: Bearer, cast: Cast) -> None:
    path, yes, headers = accepted_once(client, bearer, cast)
    client.post(f"/api/consents/{cast.consent.id}/revoke", json={}, headers=bearer("ana"))
    again = client.post(f"{path}/accept", json=yes, headers=headers)
    assert again.status_code == 409
    assert "Haddad" not in again.text


def test_a_repeated_request_tells_nothing_after_the_withdrawal(client: TestClient, bearer: Bearer, cast: Cast) -> None:
    path, yes, headers = accepted_once(client, bearer, cast)
    version = client.get(path, headers=bearer("ana")).json()["version"]
    reason = {"version": version, "side": "requester", "reason": "need_changed"}
    assert client.post(f"{path}/withdraw", json=reason, headers=bearer("ana")).status_code == 200
    again = client.post(f"{path}/accept", json=yes, headers=headers)
    assert again.status_code == 409
    assert "Haddad" not in again.text
