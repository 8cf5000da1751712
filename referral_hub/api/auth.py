"""Who asks the API: `Authorization: Bearer TOKEN`, nothing else (no cookie, so no forgery)."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.di import NamedDependency

from referral_hub.actors import Actor
from referral_hub.errors import Unauthenticated
from referral_hub.sign_in import actor_of_token
from referral_hub.unit_of_work import Hub, Work


def api_actor(request: Request[Any, Any, Any], hub: NamedDependency[Hub]) -> Actor:
    """The asker, looked up in a transaction of its own; raises Unauthenticated."""
    token = token_of(request)
    with hub.read(None) as work:
        return holder_of(work, token)


def token_of(request: Request[Any, Any, Any]) -> str:
    """The token that was sent.

    Raises:
        Unauthenticated: there is none.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Send `Authorization: Bearer TOKEN`; `referral-hub tokens create` makes one.")
    return token.strip()


def holder_of(work: Work, token: str) -> Actor:
    """The asker, as of this transaction.

    Raises:
        Unauthenticated: the token is unknown, expired, revoked or of a disabled account.
    """
    actor = actor_of_token(work, token)
    if actor is None:
        raise Unauthenticated("This token is not valid: unknown, expired or revoked.")
    return actor
