"""Who asks a match, and how many at once: the asker is looked up in the transaction of the match, in few threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from referral_hub.actors import COMMAND_LINE
from referral_hub.api.match_threads import RECKONING, WAITING, may_wait
from referral_hub.sign_in import create_token, disable_account, revoke_token
from referral_hub.unit_of_work import Hub
from tests.cast import Cast

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


def test_many_matches_at_once_are_all_answered_alike_by_few_threads(client: TestClient, bearer: Bearer) -> None:
    def ask(_: int) -> tuple[int, bytes]:
        answer = client.post("/api/matches", json=ASKED, headers=bearer("ana"))
        return answer.status_code, answer.content

    first = ask(0)
    with ThreadPoolExecutor(8 * RECKONING) as threads:
        assert set(threads.map(ask, range(32 * RECKONING))) == {first}
    assert first[0] == 200


def test_more_matches_run_at_once_where_each_waits_for_a_routing_server(hub: Hub) -> None:
    routed = Hub(msgspec.structs.replace(hub.settings, routing="osrm+https://routing.example.org"))
    assert (may_wait(hub), may_wait(routed), RECKONING < WAITING) == (False, True, True)
    routed.close()
