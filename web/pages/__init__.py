"""The hub for people: pages that work without JavaScript and call the same actions as the API."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency, Provide
from litestar.enums import HttpMethod, ScopeType
from litestar.response import Redirect
from litestar.types import ASGIApp, ControllerRouterHandler, Receive, Scope, Send

from referral_hub.actors import Actor
from referral_hub.errors import Unauthenticated
from referral_hub.permissions import require
from referral_hub.problem import Problem
from referral_hub.sign_in import actor_of_visit
from referral_hub.unit_of_work import Hub
from web.pages import imports
from web.security import session_cookie_name
from web.site import render_problem

SIGN_IN = "/sign-in"


def handlers() -> Sequence[ControllerRouterHandler]:
    """The handlers of every module in this folder, in the order of their names."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    return [handler for module in modules for handler in module.handlers]


def upload_handlers() -> Sequence[ControllerRouterHandler]:
    """The handlers that take files, for a router with a limit of its own."""
    return imports.upload_handlers


def before_upload(hub: Hub, permission: str) -> Callable[[ASGIApp], ASGIApp]:
    """A middleware that sees who asks before a byte of what is posted is read: a stranger's large file is not taken in."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def check(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == ScopeType.HTTP and scope["method"] == HttpMethod.POST:
                require(await sync_to_thread(page_actor, Request(scope), hub), permission)
            await app(scope, receive, send)

        return check

    return wrap


def dependencies() -> Mapping[str, Provide]:
    """`actor`: who is signed in, or the sign-in page; `visitor`: the same, or None."""
    return {"actor": Provide(page_actor, sync_to_thread=True), "visitor": Provide(page_visitor, sync_to_thread=True)}


def page_visitor(request: Request[Any, Any, Any], hub: NamedDependency[Hub]) -> Actor | None:
    """Who is signed in with this browser, if anybody."""
    secret = request.cookies.get(session_cookie_name(hub.settings))
    if not secret:
        return None
    return actor_of_visit(hub, secret)


def page_actor(request: Request[Any, Any, Any], hub: NamedDependency[Hub]) -> Actor:
    """Who is signed in.

    Raises:
        Unauthenticated: nobody; the page is answered with the way to sign in.
    """
    actor = page_visitor(request, hub)
    if actor is None:
        raise Unauthenticated("Sign in to see this page.")
    return actor


def answer_error(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """A page that says what happened and what to do; who is not signed in is taken to sign in first."""
    if problem.code == Unauthenticated.code:
        return Redirect(f"{SIGN_IN}?next={request.url.path}" if request.method == "GET" else SIGN_IN, status_code=303)
    return render_problem(problem)
