"""Patients and needs as programs see them: shapes, statuses, tenancy, one effect for one key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from referral_hub.actors import COMMAND_LINE
from referral_hub.app import create_app
from referral_hub.ids import new_id
from referral_hub.sign_in import create_token
from referral_hub.unit_of_work import Hub
from tests.cast import Cast

EVERYBODY = ("ana", "ben", "hana", "pia", "lee", "zoe", "cora", "alma", "uma")
Ask = Callable[..., Any]


@pytest.fixture
def ask(hub: Hub, cast: Cast) -> Iterator[Ask]:
    """`ask("ana", "GET", "/patients", json=...)` gives the response."""
    tokens: dict[str, str] = {}
    with TestClient(create_app(hub.settings, hub), raise_server_exceptions=False) as client:

        def send(who: str, method: str, path: str, *, key: str | None = None, **given: Any) -> Any:
            if who != "uma" and who not in tokens:
                with hub.begin(COMMAND_LINE) as work:
                    tokens[who] = create_token(work, cast.email(who), 1).secret
            headers = {"Authorization": f"Bearer {tokens[who]}"} if who in tokens else {}
            return client.request(method, f"/api{path}", headers=headers | ({"Idempotency-Key": key} if key else {}), **given)

        yield send


def routes(cast: Cast, id_: Any = None) -> list[tuple[str, str, dict[str, Any] | None]]:
    """Every route about one patient, with a body that fits."""
    patient, need, consent = (id_ or thing.id for thing in (cast.omar, cast.need, cast.consent))
    return [
        ("GET", f"/patients/{patient}", None),
        ("PATCH", f"/patients/{patient}", {"version": 1, "city": "Essex"}),
        ("GET", f"/patients/{patient}/facts", None),
        ("PUT", f"/patients/{patient}/facts", {"household_size": 4}),
        ("GET", f"/patients/{patient}/consents", None),
        ("POST", f"/patients/{patient}/consents", {"categories": ["food"], "how_given": "in_person"}),
        ("GET", f"/patients/{patient}/needs", None),
        ("POST", f"/patients/{patient}/needs", {"term": "diapers"}),
        ("GET", f"/needs/{need}", None),
        ("POST", f"/consents/{consent}/revoke", {}),
    ]


def expected(who: str, method: str) -> int:
    if who == "uma":
        return 401
    if who == "hana":
        return 404
    if who == "ana":
        return 200
    return 200 if who == "ben" and method == "GET" else 403


@pytest.mark.parametrize("who", EVERYBODY)
def test_every_route_answers_each_member_of_the_cast_as_their_role_says(ask: Ask, cast: Cast, who: str) -> None:
    for method, path, body in routes(cast):
        status = ask(who, method, path, json=body).status_code
        assert (200 if status == 201 else status) == expected(who, method), (method, path)


def test_somebody_else_s_id_is_answered_byte_for_byte_like_an_unknown_one(ask: Ask, cast: Cast) -> None:
    for (method, path, body), (_, unknown, _body) in zip(routes(cast), routes(cast, new_id()), strict=True):
        theirs, nobodys = ask("hana", method, path, json=body), ask("hana", method, unknown, json=body)
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.content == nobodys.content
        assert theirs.headers["content-type"] == "application/problem+json"


def test_a_patient_is_registered_read_changed_and_listed(ask: Ask, cast: Cast) -> None:
    made = ask(
        "ana", "POST", "/patients", json={"given_name": "Nadia", "family_name": "Karim", "birth_date": "1955-03-02", "postal_code": "21201"}
    )
    assert made.status_code == 201
    patient = made.json()
    changed = ask("ana", "PATCH", f"/patients/{patient['id']}", json={"version": 1, "phone": "410-555-0177"}).json()
    assert (changed["version"], changed["phone"], changed["given_name"]) == (2, "+14105550177", "Nadia")
    read = ask("ben", "GET", f"/patients/{patient['id']}").json()
    assert {name: value for name, value in read.items() if name != "facts"} == changed
    assert read["facts"]["home"]["county"] == "24510"
    listed = ask("ben", "GET", "/patients", params={"page": 2, "per_page": 1}).json()
    assert (listed["total"], listed["page"], listed["items"]) == (2, 2, [changed])
    assert ask("hana", "GET", "/patients").json()["total"] == 0


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/patients", {"given_name": "N", "family_name": "K", "shoe": 1}, 400, "invalid"),
        ("POST", "/patients", {"given_name": "N"}, 400, "invalid"),
        ("POST", "/patients", {"given_name": "N", "family_name": "K", "birth_date": "2055-01-01"}, 400, "invalid"),
        ("POST", "/patients", {"given_name": "N", "family_name": "K", "birth_date": "soon"}, 400, "invalid"),
        ("PATCH", "/patients/{omar}", {"version": 7, "city": "Essex"}, 409, "stale_version"),
        ("PATCH", "/patients/{omar}", {"city": "Essex"}, 400, "invalid"),
        ("PATCH", "/patients/{omar}", {"version": 1, "organization_id": str(new_id())}, 400, "invalid"),
        ("PUT", "/patients/{omar}/facts", {"shoe_size": 43}, 400, "invalid"),
        ("PUT", "/patients/{omar}/facts", {"household_size": 0}, 400, "invalid"),
        ("PUT", "/patients/{omar}/facts", ["household_size"], 400, "invalid"),
        ("POST", "/patients/{omar}/needs", {"term": "moon-trips"}, 400, "invalid"),
        ("POST", "/patients/{omar}/consents", {"categories": ["food"], "how_given": "telepathy"}, 400, "invalid"),
        ("GET", "/patients/not-an-id", None, 404, "not_found"),
    ],
)
def test_what_cannot_be_taken_is_a_problem_and_leaves_everything_as_it_was(
    ask: Ask, cast: Cast, method: str, path: str, body: Any, status: int, code: str
) -> None:
    before = ask("ana", "GET", "/patients").json(), ask("ana", "GET", f"/patients/{cast.omar.id}/facts").json()
    answer = ask("ana", method, path.format(omar=cast.omar.id), json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["errors"] or status != 400
    assert (ask("ana", "GET", "/patients").json(), ask("ana", "GET", f"/patients/{cast.omar.id}/facts").json()) == before


def test_facts_are_put_in_the_shape_of_a_match_request_with_or_without_their_key(ask: Ask, cast: Cast) -> None:
    path = f"/patients/{cast.omar.id}/facts"
    given = {"household_size": 4, "enrolled": {"wic": True}, "declined": ["annual_income"]}
    bare = ask("ana", "PUT", path, json=given).json()
    assert {name: bare["facts"][name] for name in given} == given
    assert [answer["name"] for answer in bare["answers"]] == ["annual_income", "enrolled.wic", "household_size"]
    assert ask("ana", "PUT", path, json={"facts": given}).json() == bare == ask("ben", "GET", path).json()


def test_the_same_key_registers_one_patient(ask: Ask, cast: Cast) -> None:
    nadia = {"given_name": "Nadia", "family_name": "Karim"}
    first, second = (ask("ana", "POST", "/patients", json=nadia, key="k1") for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert ask("ana", "GET", "/patients").json()["total"] == 2
    assert ask("ana", "POST", "/patients", json=nadia | {"family_name": "Other"}, key="k1").status_code == 422


def test_a_consent_is_revoked_with_or_without_a_reason(ask: Ask, cast: Cast) -> None:
    path = f"/consents/{cast.consent.id}/revoke"
    revoked = ask("ana", "POST", path).json()
    assert revoked["revoked_at"]
    assert ask("ana", "POST", path, json={"reason": "asked to"}).json() == revoked
    assert ask("ana", "POST", path, json={"why": "asked to"}).status_code == 400


def test_a_revoked_token_opens_nothing_any_more(ask: Ask, hub: Hub, cast: Cast) -> None:
    assert ask("ana", "GET", "/patients").status_code == 200
    with hub.begin(COMMAND_LINE) as work:
        work.accounts.revoke_tokens_of(cast.ana.account_id or new_id(), hub.now())
    assert ask("ana", "GET", "/patients").status_code == 401
