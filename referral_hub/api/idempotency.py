"""One effect for one Idempotency-Key, however often the request arrives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
from litestar import MediaType, Request, Response

from referral_hub.accounts import IdempotentAnswer
from referral_hub.actors import Actor
from referral_hub.errors import FieldError, IdempotencyMismatch, Invalid
from referral_hub.unit_of_work import Hub, Work

HEADER = "Idempotency-Key"
LONGEST_KEY = 200


def answer_once(
    hub: Hub,
    actor: Actor,
    request: Request[Any, Any, Any],
    data: msgspec.Struct | None,
    produce: Callable[[Work], Any],
    *,
    status: int = 200,
) -> Response[bytes]:
    """Run `produce` in one write transaction, or give the first answer to the same key again.

    `data` is the decoded body: the same key with another method, path or body is refused. An
    error keeps nothing, so the same key may be tried again after it.

    Raises:
        IdempotencyMismatch: the key came with another request before.
        Invalid: the key is empty or longer than 200 characters.
    """
    key = request.headers.get(HEADER)
    if key is None or actor.account_id is None:
        with hub.begin(actor) as work:
            return _answer(msgspec.json.encode(produce(work)), status)
    if not 0 < len(key) <= LONGEST_KEY:
        raise Invalid(f"{HEADER} must have 1 to {LONGEST_KEY} characters.", errors=(FieldError(HEADER, "has the wrong length"),))
    wanted = hashlib.sha256(b"\0".join((request.method.encode(), request.url.path.encode(), msgspec.json.encode(data)))).hexdigest()
    with hub.begin(actor) as work:
        claim = IdempotentAnswer(account_id=actor.account_id, key=key, request_hash=wanted, status=0, body="", created_at=work.now)
        earlier = work.answers.claim(claim)
        if earlier is None:
            body = msgspec.json.encode(produce(work))
            work.answers.complete(actor.account_id, key, status, body.decode())
            return _answer(body, status)
    if earlier.request_hash != wanted:
        raise IdempotencyMismatch(f"This {HEADER} was used for another request; use a new key for a new request.")
    return _answer(earlier.body.encode(), earlier.status)


def _answer(body: bytes, status: int) -> Response[bytes]:
    return Response(body, status_code=status, media_type=MediaType.JSON)
