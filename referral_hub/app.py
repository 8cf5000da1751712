"""The composition root: the only place that knows every part."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from litestar import Litestar, Request, Response, Router
from litestar.config.compression import CompressionConfig
from litestar.config.csrf import CSRFConfig
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.static_files import create_static_files_router
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from referral_hub import api, log
from referral_hub.api import auth, health
from referral_hub.api.outline import check_text
from referral_hub.api.problems import answer_problem, problem_of
from referral_hub.errors import HubError, SchemaOutdated
from referral_hub.rounds import Rounds, SearchFollower, WarmUp
from referral_hub.settings import LOCAL_HOSTS, Settings, read_settings
from referral_hub.signing_key import signing_key
from referral_hub.storage.migrate import is_current
from referral_hub.unit_of_work import Hub
from web import pages, security, site

LARGEST_BODY = 2_000_000
"""Bytes; no page or endpoint of the hub needs more, uploads aside."""
MACHINE_PATHS = ("/api/", "/hsds", "/health/", "/schema", "/metrics")

logger = structlog.get_logger("referral_hub")


def create_app(settings: Settings, hub: Hub | None = None, *, delivers: bool = False) -> Litestar:
    """The whole hub as an ASGI application; with `delivers` it also sends what waits and runs the clocks.

    Raises:
        SchemaOutdated: the database needs `referral-hub migrate`.
    """
    hub = hub or Hub(settings)
    if not is_current(hub.database):
        raise SchemaOutdated("The database has another schema than this program: run `referral-hub migrate` first.")
    log.configure(settings.log_level)
    rounds, follower, warm_up = Rounds(hub), SearchFollower(hub), WarmUp(hub)
    return Litestar(
        route_handlers=[
            Router("/", route_handlers=health.handlers),
            Router("/", route_handlers=api.public_handlers()),
            Router(
                "/api",
                route_handlers=api.handlers(),
                dependencies={"actor": Provide(auth.api_actor, sync_to_thread=True)},
                before_request=check_text,
                security=[{"bearer": []}],
            ),
            Router(
                "/",
                route_handlers=pages.handlers(),
                dependencies=pages.dependencies(),
                include_in_schema=False,
                before_request=security.check_text,
            ),
            Router(
                "/",
                route_handlers=pages.upload_handlers(),
                dependencies=pages.dependencies(),
                include_in_schema=False,
                request_max_body_size=(settings.import_limit_mb << 20) + LARGEST_BODY,
                middleware=[pages.before_upload(hub, "directory:write")],
            ),
            create_static_files_router(
                "/static", directories=[Path(site.STATIC)], include_in_schema=False, cache_control=site.STATIC_CACHE
            ),
        ],
        dependencies={"hub": Provide(lambda: hub, sync_to_thread=False, use_cache=True)},
        exception_handlers={HubError: _answer_error, Exception: _answer_error},
        csrf_config=CSRFConfig(
            secret=signing_key(settings),
            cookie_name="__Host-csrf" if settings.has_https else "csrf",
            cookie_secure=settings.has_https,
            cookie_httponly=True,
            cookie_samesite="lax",
            exclude=["^/api/", "^/hsds", "^/health"],
        ),
        openapi_config=OpenAPIConfig(
            title="Referral Hub", version=_version(), path="/schema", render_plugins=[JsonRenderPlugin()], use_handler_docstrings=True,
            components=api.openapi_components(),
        ),
        compression_config=CompressionConfig(backend="gzip", gzip_compress_level=3, minimum_size=1024, exclude=["^/static/"]),
        before_send=[security.add_headers(settings)],
        middleware=[_only_known_hosts(settings), _log_requests],
        request_max_body_size=LARGEST_BODY,
        on_startup=[warm_up.start, *([rounds.start, follower.start] if delivers else [])],
        on_shutdown=[rounds.stop, follower.stop, warm_up.stop, hub.close],
        state=None,
        debug=False,
        logging_config=None,
    )


def create_app_from_environment() -> Litestar:
    """For `uvicorn --factory`: one of several worker processes; `referral-hub deliver` runs beside them."""
    return create_app(read_settings())


def create_delivering_app() -> Litestar:
    """For `uvicorn --factory`: the only process, which delivers too."""
    return create_app(read_settings(), delivers=True)


def _answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A problem for programs, a page for people; what we did not foresee is logged without the request's content."""
    problem = problem_of(error)
    if problem.code == "internal":
        logger.error("unforeseen", route=log.route_of(request.scope), exc_info=error)
    if request.url.path.startswith(MACHINE_PATHS):
        return answer_problem(request, error)
    return pages.answer_error(request, problem)


def _only_known_hosts(settings: Settings) -> Callable[[ASGIApp], ASGIApp]:
    """Refuse requests that name another host: a rebound DNS name must not reach a hub on somebody's machine."""
    public = urlsplit(settings.base_url).hostname or ""
    known = LOCAL_HOSTS | {public} | ({"testserver.local"} if "PYTEST_VERSION" in os.environ else frozenset())

    def wrap(app: ASGIApp) -> ASGIApp:
        async def check(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == ScopeType.HTTP:
                host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
                if urlsplit(f"//{host}").hostname not in known:
                    await send({"type": "http.response.start", "status": 421, "headers": [(b"content-type", b"text/plain")]})
                    await send({"type": "http.response.body", "body": b"This hub does not answer for that host.", "more_body": False})
                    return
            await app(scope, receive, send)

        return check

    return wrap


def _log_requests(app: ASGIApp) -> ASGIApp:
    """One line a request: method, route template, status, milliseconds. Never the path itself: a letter's link is in it."""

    async def measure(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, watch)
        finally:
            took = round((time.perf_counter() - started) * 1000, 1)
            logger.info("request", method=scope["method"], route=log.route_of(scope), status=status, ms=took)

    return measure


def _version() -> str:
    return version("referral-hub")
