"""Errors as RFC 9457 problems: one shape for every fault, with our error word as `code`."""

from __future__ import annotations

import re
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from referral_hub.errors import FieldError, HubError, Invalid, NotFound
from referral_hub.problem import Problem, tell_problem

PROBLEM = "application/problem+json"
_NAMED_FIELD = re.compile(r"(?:unknown|required) field `([^`]+)`")
_WORDS = {
    400: ("bad_request", "The request cannot be read"),
    401: ("unauthenticated", "Please sign in"),
    403: ("denied", "This is not allowed"),
    404: ("not_found", "Not found"),
    405: ("method_not_allowed", "This address does not take that method"),
    413: ("too_large", "This is too large"),
    415: ("unsupported_media_type", "Send JSON"),
    429: ("too_many_tries", "Too many tries"),
}


def problem_of(error: Exception) -> Problem:
    """The problem that tells of an error; what we did not foresee tells nothing of its inside."""
    if isinstance(error, ValidationException):
        error = _as_invalid(error)
    if isinstance(error, HTTPException) and error.status_code == NOT_FOUND:
        error = NotFound()
    if isinstance(error, HubError):
        return tell_problem(error)
    if isinstance(error, HTTPException):
        code, title = _WORDS.get(error.status_code, ("http_error", "The request cannot be answered"))
        detail = error.detail if error.status_code < SERVER_ERROR else title
        faults = [FieldError("body", detail)] if error.status_code == BAD_REQUEST else []
        return Problem(f"/problems/{code}", title, error.status_code, detail, code, faults, {})
    detail = "This is our fault, not yours. Nothing was changed. Try again, and tell the coordinator if it stays."
    return Problem("/problems/internal", "Something went wrong", SERVER_ERROR, detail, "internal", [], {})


LONGEST_TOLD = 200
"""Characters of a name or a message that are told again."""
BAD_REQUEST = 400
NOT_FOUND = 404
SERVER_ERROR = 500


def answer_problem(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Exception handler of the API."""
    problem = problem_of(error)
    headers = {"WWW-Authenticate": "Bearer"} if problem.status == 401 else {}
    if isinstance(error, HTTPException) and error.headers:
        headers |= error.headers
    return Response(problem.encode(), status_code=problem.status, media_type=PROBLEM, headers=headers)


def _as_invalid(error: ValidationException) -> HubError:
    """Litestar's report of a body, query or path that does not fit, as fields and words of ours."""
    faults = []
    for fault in error.extra if isinstance(error.extra, list) else []:
        if fault.get("source") == "path":
            return NotFound()
        message = str(fault.get("message", "does not fit"))
        named = _NAMED_FIELD.search(message)
        path = "" if fault.get("key") == "data" else str(fault.get("key", ""))
        field = ".".join(filter(None, (path, named[1] if named else ""))) or "body"
        faults.append(FieldError(field[:LONGEST_TOLD], message[:LONGEST_TOLD]))
    return Invalid("The request does not have the form that is expected; `errors` names each fault.", errors=tuple(faults))
