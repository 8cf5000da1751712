"""One table from error word to HTTP status, for the API and the pages alike."""

from __future__ import annotations

from referral_hub import errors

STATUS: dict[type[errors.HubError], int] = {
    errors.Invalid: 400,
    errors.InvalidRule: 400,
    errors.Unauthenticated: 401,
    errors.Denied: 403,
    errors.NotFound: 404,
    errors.IllegalMove: 409,
    errors.StaleVersion: 409,
    errors.Conflict: 409,
    errors.ConsentMissing: 409,
    errors.IdempotencyMismatch: 422,
    errors.TooManyTries: 429,
    errors.TooLarge: 413,
    errors.ImportRefused: 400,
    errors.ExportRefused: 400,
    errors.SchemaOutdated: 503,
    errors.BadSettings: 500,
    errors.Unavailable: 503,
    errors.HubError: 500,
}


def status_of(error: errors.HubError) -> int:
    """The HTTP status of an error; every class has a row of its own (a test walks them)."""
    return STATUS[type(error)]
