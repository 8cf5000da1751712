"""Pages: the Jinja environment and the one function that turns a template into an answer."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from jinja2.utils import missing
from litestar import Request, Response
from litestar.datastructures import CacheControlHeader
from litestar.enums import MediaType

from referral_hub.actors import Actor
from referral_hub.problem import Problem
from referral_hub.unit_of_work import Hub
from web import format as say
from web.frame import Frame, Link, frame_of
from web.security import csrf_token

STATIC = str(files("web").joinpath("static"))
STATIC_CACHE = CacheControlHeader(max_age=3600)


class PageUndefined(jinja2.StrictUndefined):
    """A name or an attribute that does not exist is an error, except a key that a dict has not got.

    The macros of govuk_frontend_jinja ask their `params` (a dict) for keys that may be absent, and for
    the names `caller`, `undefined` and `null`.
    """

    def __new__(cls, hint: str | None = None, obj: Any = missing, name: str | None = None, *rest: Any) -> Any:
        if isinstance(obj, dict | jinja2.Undefined) or obj is None or name in ("caller", "undefined", "null"):
            return jinja2.ChainableUndefined(hint, obj, name, *rest)
        return super().__new__(cls)


@cache
def environment() -> jinja2.Environment:
    """The templates of the portal and of govuk_frontend_jinja, escaped, strict."""
    loader = jinja2.ChoiceLoader(
        [
            jinja2.PackageLoader("web", "templates"),
            jinja2.PrefixLoader({"govuk_frontend_jinja": jinja2.PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    made = jinja2.Environment(loader=loader, autoescape=True, undefined=PageUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters.update(say.FILTERS)
    made.globals.update(STATE_TAGS=say.STATE_TAGS, VERDICT_TAGS=say.VERDICT_TAGS, NEED_WORDS=say.NEED_WORDS, MODE_WORDS=say.MODE_WORDS)
    return made


def render(
    request: Request[Any, Any, Any],
    hub: Hub,
    actor: Actor | None,
    template: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **facts: Any,
) -> Response[str]:
    """The page as an answer; every page knows the time, the reader's zone, the frame and the forgery token."""
    frame = frame_of(hub, actor, request.url.path)
    body = write_page(template, frame, token=csrf_token(request), now=hub.now(), actor=actor, **facts)
    return Response(body, status_code=status, media_type=MediaType.HTML, headers=headers)


def render_problem(problem: Problem) -> Response[str]:
    """The page of a fault: what happened and what to do, without anything of the record that was asked for."""
    frame = Frame(links=(Link("/", "Start", "home"),))
    body = write_page("problem.html", frame, token="", now=datetime.now(UTC), problem=problem)  # nosec B106  # no form, no token
    return Response(body, status_code=problem.status, media_type=MediaType.HTML)


def write_page(template: str, frame: Frame, *, now: datetime, **facts: Any) -> str:
    """The HTML of a template, as read now where the frame's organization is."""
    told = say.READING.set(say.Reading(now, ZoneInfo(frame.timezone)))
    try:
        return environment().get_template(template).render(frame=frame, now=now, **facts)
    finally:
        say.READING.reset(told)
