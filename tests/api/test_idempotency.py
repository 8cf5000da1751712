"""The same key has one effect, however often and however simultaneously the request arrives."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from litestar.testing import TestClient

from referral_hub.unit_of_work import Hub
from tests.cast import Cast

Bearer = Callable[[str], dict[str, str]]
PATIENT = {"given_name": "Nadia", "family_name": "Karim"}


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
