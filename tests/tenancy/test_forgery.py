"""A page's POST without its own forgery token does nothing, whoever's browser was made to send it."""

from __future__ import annotations

import pytest

from tests.tenancy.requests import request_of
from tests.tenancy.table import WRITES
from tests.tenancy.world import MEMBERS, World

FORMS = [row for row in WRITES if not row.template.startswith("/api/")]


@pytest.mark.parametrize("who", MEMBERS)
@pytest.mark.parametrize("token", ["", "0" * 96], ids=["none", "made-up"])
def test_a_form_without_the_pages_token_is_refused_and_changes_nothing(world: World, who: str, token: str) -> None:
    before, pulse = world.dump(), world.pulse()
    for row in FORMS:
        ask = request_of(row, world)
        answer = world.ask(who, "POST", ask.path, form=ask.form, csrf=token)
        # Of an upload not a byte is read before it is known who sends it: a stranger is taken to sign in first.
        is_first_asked_who = who == "uma" and row.template == "/imports"
        assert answer.status_code == (303 if is_first_asked_who else 403), row
    assert world.pulse() == pulse
    assert world.dump() == before


def test_another_sites_cookie_jar_does_not_help(world: World) -> None:
    """The token of the form without the cookie that belongs to it."""
    row = next(row for row in FORMS if row.template == "/patients/new")
    ask = request_of(row, world)
    world.client.cookies.clear()
    cookie = {"Cookie": f"session={world.sessions['ana']}"}
    answer = world.client.post(ask.path, data={**(ask.form or {}), "_csrf_token": world.csrf_field}, headers=cookie, follow_redirects=False)
    assert answer.status_code == 403
