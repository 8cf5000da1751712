"""Who asks the API: `Authorization: Bearer TOKEN`, nothing else (no cookie, so no forgery)."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request
from litestar.di import NamedDependency

from referral_hub.actors import Actor, Channel
from referral_hub.errors import Unauthenticated
from referral_hub.sign_in import actor_of_token
from referral_hub.unit_of_work import Hub


def api_actor(request: Request[Any, Any, Any], hub: NamedDependency[Hub]) -> Actor:
    """The asker.

    Raises:
        Unauthenticated: no token, or one that is unknown, expired, revoked or of a disabled account.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Send `Authorization: Bearer TOKEN`; `referral-hub tokens create` makes one.")
    with hub.read(None) as work:
        actor = actor_of_token(work, token.strip())
    if actor is None:
        raise Unauthenticated("This token is not valid: unknown, expired or revoked.")
    return msgspec.structs.replace(actor, channel=Channel.API)
