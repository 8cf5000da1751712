"""Referrals for programs: problems, strangers, keys, filters; every action of the contract has its address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.testing import TestClient

from referral_hub.actors import COMMAND_LINE
from referral_hub.api import auth, referrals, worklist
from referral_hub.api.problems import answer_problem
from referral_hub.ids import new_id
from referral_hub.sign_in import create_token
from referral_hub.unit_of_work import Hub
from tests.cast import Cast

ACTIONS = (
    "send accept waitlist decline start hold resume serve give-up undo-accept withdraw forward close reopen mark-error"
    " attempt appointment question answer still-working"
).split()


class Asker:
    """One member of the cast with a token."""

    def __init__(self, client: TestClient[Any], hub: Hub, email: str) -> None:
        with hub.begin(COMMAND_LINE) as work:
            _, secret = create_token(work, email, expires_days=1)
        self.client = client
        self.headers = {"Authorization": f"Bearer {secret}"}

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, params=query, headers=self.headers)

    def post(self, path: str, body: Any, key: str | None = None) -> Any:
        return self.client.post(path, json=body, headers=self.headers | ({"Idempotency-Key": key} if key else {}))


@pytest.fixture
def client(hub: Hub) -> Iterator[TestClient[Any]]:
    """The two subjects of this part behind the real sign-in and the real problems."""
    app = Litestar(
        [
            Router(
                "/api",
                route_handlers=[*referrals.handlers, *worklist.handlers],
                dependencies={"actor": Provide(auth.api_actor, sync_to_thread=True)},
            )
        ],
        dependencies={"hub": Provide(lambda: hub, sync_to_thread=False)},
        exception_handlers={Exception: answer_problem},
    )
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def ana(client: TestClient[Any], hub: Hub, cast: Cast) -> Asker:
    return Asker(client, hub, cast.email("ana"))


@pytest.fixture
def pia(client: TestClient[Any], hub: Hub, cast: Cast) -> Asker:
    return Asker(client, hub, cast.email("pia"))


def wanted(cast: Cast, **more: Any) -> dict[str, Any]:
    return {"need_id": str(cast.need.id), "service_at_location_id": str(cast.pantry.id), "urgency": "routine", "send": True} | more


def test_every_action_of_the_contract_has_its_address(client: TestClient[Any], ana: Asker, cast: Cast) -> None:
    for action in ACTIONS:
        answer = ana.post(f"/api/referrals/{new_id()}/{action}", {"version": 1, "unheard_of": 1})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), action
        assert client.post(f"/api/referrals/{new_id()}/{action}", json={}).status_code == 401
    assert ana.post(f"/api/referrals/{new_id()}/expire", {"version": 1}).status_code in (404, 405)


def test_a_referral_is_created_sent_accepted_and_seen(ana: Asker, pia: Asker, cast: Cast) -> None:
    made = ana.post("/api/referrals", wanted(cast))
    assert made.status_code == 201, made.text
    sent = made.json()
    assert {"state", "version", "open_actions", "whose_move", "due_at"} <= set(sent)
    assert sent["due_at"].startswith("2026-11-25T17:00:00-05:00")
    accepted = pia.post(f"/api/referrals/{sent['id']}/accept", {"version": 2})
    assert (accepted.status_code, accepted.json()["state"]) == (200, "accepted")
    assert [one["action"] for one in ana.get(f"/api/referrals/{sent['id']}/events").json()["items"]] == ["create", "send", "accept"]
    assert [one["action"] for one in pia.get(f"/api/referrals/{sent['id']}/events").json()["items"]] == ["send", "accept"]
    assert pia.get("/api/worklist").json()["items"][0]["reason"] == "contact"


def test_somebody_elses_referral_is_byte_for_byte_one_that_does_not_exist(
    client: TestClient[Any], hub: Hub, ana: Asker, cast: Cast
) -> None:
    sent = ana.post("/api/referrals", wanted(cast)).json()
    zoe = Asker(client, hub, cast.email("zoe"))
    for path in ("", "/events", "/next-services"):
        theirs, none = (zoe.get(f"/api/referrals/{one}{path}") for one in (sent["id"], new_id()))
        assert theirs.content == none.content
        assert theirs.status_code == none.status_code
    for action, body in (("accept", {}), ("decline", {"side": "partner", "reason": "duplicate"})):
        theirs, none = (zoe.post(f"/api/referrals/{one}/{action}", {"version": 2} | body) for one in (sent["id"], new_id()))
        assert (theirs.status_code, theirs.content) == (404, none.content)


def test_a_key_makes_one_referral_and_one_move(ana: Asker, pia: Asker, cast: Cast) -> None:
    first = ana.post("/api/referrals", wanted(cast), key="one")
    again = ana.post("/api/referrals", wanted(cast), key="one")
    assert (again.status_code, again.content) == (201, first.content)
    assert ana.get("/api/referrals").json()["total"] == 1
    assert ana.post("/api/referrals", wanted(cast, note="other"), key="one").status_code == 422
    path = f"/api/referrals/{first.json()['id']}/accept"
    moved = [pia.post(path, {"version": 2}, key="two") for _ in range(2)]
    assert [one.status_code for one in moved] == [200, 200]
    assert moved[0].content == moved[1].content
    assert pia.post(path, {"version": 2}, key="three").status_code == 409


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"need_id": "x"}, 400, "need_id"),
        ({"urgency": "asap"}, 400, "urgency"),
        ({"colour": "red"}, 400, "colour"),
        ({"note": ""}, 400, "note"),
    ],
)
def test_a_fault_is_named_and_nothing_is_made(ana: Asker, cast: Cast, body: dict[str, Any], status: int, field: str) -> None:
    answer = ana.post("/api/referrals", wanted(cast, **body))
    assert answer.status_code == status
    assert field in str(answer.json()["errors"])
    assert ana.get("/api/referrals").json()["total"] == 0


def test_lists_filter_by_state_owner_and_lateness(ana: Asker, cast: Cast) -> None:
    sent = ana.post("/api/referrals", wanted(cast)).json()

    def ids(**query: Any) -> list[str]:
        return [one["id"] for one in ana.get("/api/referrals", **query).json()["items"]]

    assert (
        ids(state="sent")
        == ids(state=["sent", "accepted"])
        == ids(owner=str(cast.pia.organization_id))
        == ids(overdue="false")
        == [sent["id"]]
    )
    assert ids(state="closed") == ids(owner=str(new_id())) == ids(overdue="true") == []
    assert ana.get("/api/referrals", per_page=101).status_code == 400
    assert ana.get("/api/referrals", state="lost").status_code == 400


def test_a_reader_may_not_move_and_a_stranger_need_is_not_found(client: TestClient[Any], hub: Hub, ana: Asker, cast: Cast) -> None:
    ben, hana = (Asker(client, hub, cast.email(name)) for name in ("ben", "hana"))
    assert ben.post("/api/referrals", wanted(cast)).status_code == 403
    assert hana.post("/api/referrals", wanted(cast)).status_code == 404
    sent = ana.post("/api/referrals", wanted(cast)).json()
    assert ben.get(f"/api/referrals/{sent['id']}").status_code == 200
    refused = ben.post(f"/api/referrals/{sent['id']}/withdraw", {"version": 2, "side": "requester", "reason": "need_changed"})
    assert (refused.status_code, refused.json()["code"]) == (403, "denied")


def test_looking_changes_nothing(ana: Asker, pia: Asker, cast: Cast) -> None:
    sent = ana.post("/api/referrals", wanted(cast)).json()
    for path in ("/api/referrals", f"/api/referrals/{sent['id']}", f"/api/referrals/{sent['id']}/events", "/api/worklist"):
        assert pia.get(path).status_code == 200
    assert ana.get(f"/api/referrals/{sent['id']}").json()["version"] == 2
