"""Every fault has one shape, and tells nothing that it should not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from httpx import Response
from litestar.testing import TestClient

from referral_hub import errors, http_status
from tests.cast import Cast

Bearer = Callable[[str], dict[str, str]]


def every_error(base: type[errors.HubError] = errors.HubError) -> Iterator[type[errors.HubError]]:
    yield base
    for child in base.__subclasses__():
        yield from every_error(child)


EVERY_ERROR = {error.__name__: error for error in every_error()}


@pytest.mark.parametrize("name", sorted(EVERY_ERROR))
def test_every_error_word_has_a_status_of_its_own(name: str) -> None:
    error = EVERY_ERROR[name]
    assert 400 <= http_status.STATUS[error] < 600
    assert error is errors.HubError or error.code != errors.HubError.code


def assert_problem(answer: Response, status: int, code: str) -> None:
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert set(body) >= {"type", "title", "status", "detail", "code", "errors"}
    assert body["detail"]


def test_without_a_token_one_is_asked_to_sign_in(client: TestClient) -> None:
    answer = client.get("/api/worklist")
    assert_problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer rh_unknown", "Basic YTpi", "bearer\tx"])
def test_a_token_that_is_not_valid_is_refused(client: TestClient, header: str) -> None:
    assert_problem(client.get("/api/worklist", headers={"Authorization": header}), 401, "unauthenticated")


def test_an_unknown_address_is_not_found(client: TestClient, bearer: Bearer) -> None:
    assert_problem(client.get("/api/nothing-here", headers=bearer("ana")), 404, "not_found")


def test_a_strangers_record_answers_byte_for_byte_like_none(client: TestClient, bearer: Bearer, cast: Cast) -> None:
    strangers = client.get(f"/api/patients/{cast.omar.id}", headers=bearer("hana"))
    absent = client.get("/api/patients/0192f000-0000-7000-8000-000000000000", headers=bearer("hana"))
    malformed = client.get("/api/patients/omar", headers=bearer("hana"))
    assert_problem(strangers, 404, "not_found")
    assert strangers.content == absent.content == malformed.content


def test_an_unknown_field_is_named(client: TestClient, bearer: Bearer) -> None:
    answer = client.post("/api/matches", json={"needs": ["food-pantry"], "colour": "blue"}, headers=bearer("ana"))
    assert_problem(answer, 400, "invalid")
    assert [fault["field"] for fault in answer.json()["errors"]] == ["colour"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"needs": 3}'])
def test_a_body_that_cannot_be_read_is_a_fault_of_the_request(client: TestClient, bearer: Bearer, body: bytes) -> None:
    answer = client.post("/api/matches", content=body, headers={**bearer("ana"), "content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_another_host_name_is_not_answered(client: TestClient) -> None:
    assert client.get("/health/live", headers={"Host": "rebound.example.org"}).status_code == 421


def test_health_is_public_and_says_ok(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}
    assert client.get("/health/ready").json() == {"status": "ok"}


def test_the_openapi_document_names_every_api_route(client: TestClient) -> None:
    document = client.get("/schema/openapi.json").json()
    assert document["openapi"].startswith("3.")
    assert "/api/matches" in document["paths"]
    assert not [path for path in document["paths"] if not path.startswith(("/api/", "/hsds", "/health"))]


def test_every_answer_carries_the_safety_headers(client: TestClient) -> None:
    for path in ("/health/live", "/sign-in", "/api/worklist", "/no-such-page"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
