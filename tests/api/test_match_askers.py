"""Who asks a match, and where it runs: the asker is looked up in the match's transaction, in the loop or in a thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from referral_hub.actors import COMMAND_LINE
from referral_hub.api import match_turns
from referral_hub.api.match_turns import may_wait
from referral_hub.matching import index
from referral_hub.sign_in import create_token, disable_account, revoke_token
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.matching.network import add_listing

Bearer = Callable[[str], dict[str, str]]
ASKED: dict[str, Any] = {"needs": ["food-pantry"], "facts": {"age": 67}}
NOT_VALID = {"Authorization": "Bearer nobody's"}


def test_a_revoked_token_is_refused_by_the_next_match(client: TestClient, hub: Hub, cast: Cast) -> None:
    with hub.begin(COMMAND_LINE) as work:
        token, secret = create_token(work, cast.email("ana"))
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.post("/api/matches", json=ASKED, headers=headers).status_code == 200
    with hub.begin(COMMAND_LINE) as work:
        revoke_token(work, token.id)
    answer = client.post("/api/matches", json=ASKED, headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"], answer.json()["code"]) == (401, "Bearer", "unauthenticated")


def test_a_disabled_account_is_refused_by_the_next_match(client: TestClient, bearer: Bearer, hub: Hub, cast: Cast) -> None:
    assert client.post("/api/matches", json=ASKED, headers=bearer("ana")).status_code == 200
    with hub.begin(COMMAND_LINE) as work:
        disable_account(work, cast.email("ana"))
    assert client.post("/api/matches", json=ASKED, headers=bearer("ana")).status_code == 401


@pytest.mark.parametrize("body", [{"colour": "red"}, {"limit": 0}, {"facts": {"age": "three"}}, []])
def test_a_stranger_is_not_told_what_is_wrong_with_a_body(client: TestClient, bearer: Bearer, body: Any) -> None:
    assert client.post("/api/matches", json=body, headers=NOT_VALID).status_code == 401
    assert client.post("/api/matches", json=body).status_code == 401
    assert client.post("/api/matches", json=body, headers=bearer("ana")).status_code == 400


def test_numbers_may_be_written_as_words_like_everywhere_in_the_api(client: TestClient, bearer: Bearer) -> None:
    asked = {**ASKED, "limit": "1", "facts": {"age": "67"}}
    lax = client.post("/api/matches", json=asked, headers=bearer("ana"))
    strict = client.post("/api/matches", json={**ASKED, "limit": 1}, headers=bearer("ana"))
    assert (lax.status_code, lax.content) == (200, strict.content)


def test_many_matches_at_once_are_all_answered_alike(client: TestClient, bearer: Bearer) -> None:
    headers = bearer("ana")

    def ask(_: int) -> tuple[int, bytes]:
        answer = client.post("/api/matches", json=ASKED, headers=headers)
        return answer.status_code, answer.content

    first = ask(0)
    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(ask, range(64))) == {first}
    assert first[0] == 200


@pytest.fixture
def in_threads(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The matches that ran in a thread."""
    ran: list[Any] = []
    run = match_turns._in_transaction

    def run_and_tell(*given: Any) -> Any:
        ran.append(given)
        return run(*given)

    monkeypatch.setattr(match_turns, "_in_transaction", run_and_tell)
    return ran


def test_a_match_runs_at_once_when_the_index_is_current_and_in_a_thread_when_it_must_be_read_first(
    client: TestClient, bearer: Bearer, hub: Hub, in_threads: list[Any]
) -> None:
    headers = bearer("ana")
    index.forget_index(hub)
    answers = [client.post("/api/matches", json=ASKED, headers=headers).content for _ in range(2)]
    assert (len(in_threads), answers[0]) == (1, answers[1])
    add_listing(hub, "Canton Pantry")
    seen = [client.post("/api/matches", json=ASKED, headers=headers).json()["total"] for _ in range(2)]
    assert len(in_threads) == 2
    assert seen[0] == seen[1] == msgspec.json.decode(answers[0])["total"] + 1


def test_a_match_of_a_whole_country_among_many_listings_leaves_the_loop_to_others(
    client: TestClient, bearer: Bearer, in_threads: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = bearer("ana")
    client.post("/api/matches", json=ASKED, headers=headers)
    in_threads.clear()
    monkeypatch.setattr(match_turns, "MANY_LISTINGS", 1)
    near = client.post("/api/matches", json={**ASKED, "max_distance_m": 9_000_000}, headers=headers)
    assert in_threads == []
    wide = client.post("/api/matches", json=ASKED, headers=headers)
    assert len(in_threads) == 1
    assert (near.status_code, wide.status_code) == (200, 200)


@pytest.mark.parametrize("place", ["loop", "thread"])
def test_a_fault_in_a_match_is_told_alike_wherever_it_runs(client: TestClient, bearer: Bearer, hub: Hub, place: str) -> None:
    headers = bearer("ana")
    client.post("/api/matches", json=ASKED, headers=headers)
    if place == "thread":
        index.forget_index(hub)
    answer = client.post("/api/matches", json={"needs": ["no-such-kind"]}, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "needs[0]")


def test_a_match_that_waits_for_another_server_runs_in_a_thread(hub: Hub) -> None:
    routed = Hub(msgspec.structs.replace(hub.settings, routing="osrm+https://routing.example.org"))
    assert (may_wait(hub), may_wait(routed)) == (not hub.database.is_sqlite, True)
    with hub.read(COMMAND_LINE) as work:
        found_by, _ = index.index_of(work)
    index.use_finder(routed, found_by)
    assert not index.finds_by_index(routed)
    routed.close()
