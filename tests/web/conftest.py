"""Pages as a browser without scripts gets them, for every member of the cast."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from referral_hub import sign_in
from referral_hub.app import create_app
from referral_hub.referrals.actions import create_referral, move_referral
from referral_hub.storage.tables import metadata
from referral_hub.unit_of_work import Hub
from tests.cast import PASSWORD, Cast
from web.security import session_cookie_name


class Browser:
    """One person's browser; every page that it gets is looked through for what the policy forbids."""

    def __init__(self, hub: Hub, client: TestClient[Any]) -> None:
        self.hub = hub
        self.client = client

    def get(self, path: str) -> Any:
        answer = self.client.get(path, follow_redirects=False)
        look_through(answer)
        return answer

    def post(self, path: str, seen_on: str, **fields: Any) -> Any:
        """Send fields to `path` with the token of the page `seen_on`."""
        token = re.search(r'name="_csrf_token" value="([^"]+)"', self.client.get(seen_on).text)
        assert token is not None, f"{seen_on} has no form"
        answer = self.client.post(path, data={**fields, "_csrf_token": token[1]}, follow_redirects=False)
        look_through(answer)
        return answer


class Watcher(HTMLParser):
    """Finds inline style and script, and ids that stand twice."""

    def __init__(self) -> None:
        super().__init__()
        self.forbidden: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "style" or "style" in names or any(name.startswith("on") for name in names):
            self.forbidden.append(f"<{tag}> with style or a handler: {attrs}")
        if tag == "script" and not names.get("src"):
            self.forbidden.append("inline script")
        if any((names.get(name) or "").lower().startswith("javascript:") for name in ("href", "src", "action")):
            self.forbidden.append(f"<{tag}> with a javascript: address")
        if names.get("id"):
            self.ids.append(str(names["id"]))


def look_through(answer: Any) -> None:
    """What every page must hold to."""
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    watcher = Watcher()
    watcher.feed(answer.text)
    assert watcher.forbidden == []
    assert sorted(watcher.ids) == sorted(set(watcher.ids)), "an id stands twice"
    assert "None" not in re.sub(r"<[^>]+>", " ", answer.text).split(), "a value that is absent is shown"


@pytest.fixture
def as_member(hub: Hub, cast: Cast) -> Iterator[Callable[[str], Browser]]:
    """A browser of a member of the cast by name, signed in; Uma is not."""
    app = create_app(hub.settings, hub)

    def open_browser(name: str) -> Browser:
        client = TestClient(app, raise_server_exceptions=False)
        if name != "uma":
            signed = sign_in.sign_in(hub, cast.email(name), PASSWORD, None)
            client.cookies.set(session_cookie_name(hub.settings), signed.secret)
        return Browser(hub, client)

    with TestClient(app):
        yield open_browser


@pytest.fixture
def sent(hub: Hub, cast: Cast) -> UUID:
    """Omar's referral to Harbor Pantry, waiting for its answer."""
    with hub.begin(cast.ana) as work:
        return create_referral(work, cast.need.id, cast.pantry.id, note="Please call after three.", send=True).id


@pytest.fixture
def accepted(hub: Hub, cast: Cast, sent: UUID) -> UUID:
    with hub.begin(cast.pia) as work:
        move_referral(work, sent, "accept", 2, {})
    return sent


def everything(hub: Hub) -> dict[str, int | str]:
    """The database in short, sessions aside: the same before and after a GET."""
    with hub.database.read() as connection:
        return {
            table.name: str(connection.execute(sa.select(table).order_by(*table.primary_key)).all())
            for table in metadata.sorted_tables
            if table.name != "session"
        }
