"""Every route with every member of the cast, held against one table."""

from __future__ import annotations

import re

import pytest
from litestar.routes import HTTPRoute

from referral_hub.letters.render import missing_fonts
from tests.tenancy.requests import request_of
from tests.tenancy.table import READS, ROWS, WRITES, Row
from tests.tenancy.world import MEMBERS, World

COUNTS_TRIES = ("/sign-in", "/r/open", "/r/answer")
"""Routes where a refused try is kept in mind."""
CHANGES_NOTHING = (
    "/api/matches", "/patients", "/sign-out", "/rule-suggestions", "/api/rule-suggestions",
    "/rule-suggestions/{suggestion_id}/reopen", "/api/rule-suggestions/{suggestion_id}/reopen",
)  # fmt: skip
"""POSTs that are answered with success and still write nothing of the records: signing out ends a session, and there is
neither a text to read nor a decision to undo."""


def test_the_table_names_every_route_and_no_other(world: World) -> None:
    routes = {(method, route.path_format) for route in world.client.app.routes if isinstance(route, HTTPRoute) for method in route.methods}
    assert {(row.method, row.template) for row in ROWS} == {(method, path) for method, path in routes if method != "OPTIONS"}
    assert all(isinstance(route, HTTPRoute) for route in world.client.app.routes)


@pytest.mark.parametrize("who", MEMBERS)
def test_every_get_answers_as_the_table_says_and_changes_nothing(world: World, who: str) -> None:
    before, pulse, wrong = world.dump(), world.pulse(), []
    for row in READS:
        answer = world.ask(who, row.method, request_of(row, world).path)
        if answer.status_code != row.statuses[who]:
            wrong.append(f"{row}: {answer.status_code}, not {row.statuses[who]}")
        if world.pulse() != pulse:
            pulse = world.pulse()
            wrong.append(f"{row}: wrote to the database")
    assert wrong == []
    assert world.dump() == before


@pytest.mark.parametrize("row", WRITES, ids=str)
def test_every_write_answers_as_the_table_says_and_a_refused_one_changes_nothing(world: World, row: Row) -> None:
    if row.template == "/referrals/{referral_id}/letter" and missing_fonts():
        pytest.skip("the letters' fonts are built by `make assets`")
    before, wrong = world.dump(), []
    for who in MEMBERS:
        ask, pulse = request_of(row, world), world.pulse()
        answer = world.ask(who, row.method, ask.path, json=ask.json, form=ask.form)
        if answer.status_code != row.statuses[who]:
            wrong.append(f"{who}: {answer.status_code}, not {row.statuses[who]}: {answer.text[-600:]}")
        succeeded = answer.status_code in (200, 201) or (answer.status_code == 303 and not answer.headers["location"].startswith("/sign-in"))
        if world.pulse() != pulse:
            if not succeeded and row.template not in (*COUNTS_TRIES, "/sign-out"):
                wrong.append(f"{who}: refused, and wrote to the database")
            world.put_back("full")
        elif succeeded and row.template not in (*CHANGES_NOTHING, *COUNTS_TRIES):
            wrong.append(f"{who}: taken, and wrote nothing")
    assert wrong == []
    assert world.dump() == before


@pytest.mark.parametrize("who", [name for name in MEMBERS if name not in ("ana", "ben")])
def test_somebody_elses_record_answers_byte_for_byte_like_one_that_does_not_exist(world: World, who: str) -> None:
    absent, compared, wrong = world.ids.absent(), 0, []
    for row in ROWS:
        if row.template in COUNTS_TRIES or row.statuses[who] not in (303, 401, 403, 404) or request_of(row, world) == request_of(row, world, absent):
            continue
        if row.method != "GET" and row.statuses[who] == 303 and who != "uma":  # a move that was taken
            continue
        answers = []
        for ids in (world.ids, absent):
            ask = request_of(row, world, ids)
            answer = world.ask(who, row.method, ask.path, json=ask.json, form=ask.form)
            headers = {name: value for name, value in answer.headers.items() if name != "set-cookie"}
            headers["location"] = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", headers.get("location", ""))
            answers.append((answer.status_code, headers, answer.content))
        compared += 1
        if answers[0] != answers[1]:
            wrong.append(f"{row}: {answers}")
    assert wrong == []
    assert compared > 20
    world.put_back("full")


def test_a_cookie_is_nobody_to_the_api_and_a_token_is_nobody_to_the_pages(world: World) -> None:
    cookie = {"Cookie": f"session={world.sessions['ana']}"}
    token = {"Authorization": f"Bearer {world.tokens['ana']}"}
    for row in READS:
        path = request_of(row, world).path
        if row.statuses["uma"] in (401, 303):
            answer = world.client.get(path, headers=cookie if path.startswith("/api/") else token, follow_redirects=False)
            assert answer.status_code == row.statuses["uma"], row
