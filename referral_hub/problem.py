"""A fault as RFC 9457 tells it: what an endpoint answers and an error page shows."""

from __future__ import annotations

from typing import Any

import msgspec

from referral_hub.errors import FieldError, HubError
from referral_hub.http_status import status_of


class Problem(msgspec.Struct, frozen=True, omit_defaults=False):
    """RFC 9457, with `code` and `errors` of ours; facts of a move stand beside them."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError]
    facts: dict[str, Any]

    def encode(self) -> bytes:
        """JSON, the facts merged into the top level."""
        members = msgspec.to_builtins(self)
        facts = members.pop("facts")
        return msgspec.json.encode({**members, **facts})


def tell_problem(error: HubError) -> Problem:
    """The problem of an error word."""
    return Problem(f"/problems/{error.code}", error.title, status_of(error), error.detail, error.code, list(error.errors), error.facts)
