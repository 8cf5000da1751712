"""Logs as lines of JSON on standard error, without personal data: no paths, bodies, addresses or names."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any

import structlog


def configure(level: str) -> None:
    """Set up structlog once a process; `level` is debug, info, warning or error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def route_of(scope: Mapping[str, Any]) -> str:
    """The route's template (`/api/referrals/{referral_id}`), never the address that was asked for."""
    return str(scope.get("path_template") or "-")
