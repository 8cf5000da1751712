"""Is it alive, is it ready, how does it fare."""

from __future__ import annotations

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from referral_hub.errors import HubError
from referral_hub.unit_of_work import Hub


class Health(msgspec.Struct, frozen=True):
    """`status` is `ok`, or says in a sentence what is missing."""

    status: str


@get("/health/live", sync_to_thread=False, tags=["health"])
def live() -> Health:
    """The process answers."""
    return Health("ok")


@get("/health/ready", sync_to_thread=True, tags=["health"])
def ready(hub: NamedDependency[Hub]) -> Response[Health]:
    """The database answers and has this program's schema; else 503."""
    try:
        current = hub.has_current_schema()
    except HubError as error:
        return Response(Health(error.detail), status_code=503)
    if not current:
        return Response(Health("The database needs `referral-hub migrate`."), status_code=503)
    return Response(Health("ok"))


handlers = [live, ready]
