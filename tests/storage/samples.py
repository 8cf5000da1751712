"""A value for every type that a Struct may hold, so that no field is forgotten in a round trip."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from enum import Enum
from typing import Any, Literal
from uuid import UUID

import msgspec

from referral_hub.ids import new_id

TEXT = 'Zoë said: "it\'s 5 < 6"\n%s :name \N{SNOWMAN} 免费 مجاني'
MOMENT = datetime(2026, 3, 8, 1, 59, 59, 123456, tzinfo=timezone(timedelta(hours=-5)))
PLAIN: dict[Any, Any] = {
    str: TEXT,
    int: 2**40 + 1,
    float: 39.2903848,
    bool: True,
    bytes: b"\x00\xff'\n%s",
    date: date(1959, 2, 28),
    datetime: MOMENT,
    timedelta: timedelta(days=2),
    Any: {"deep": [1, None, {"er": TEXT}]},
}


def sample(kind: type[msgspec.Struct], *, full: bool) -> Any:
    """A record with every field given, or with every field that may be None left None."""
    hints = typing.get_type_hints(kind)
    return kind(**{field.name: _value(hints[field.name], full=full) for field in msgspec.structs.fields(kind)})


def _value(annotation: Any, *, full: bool) -> Any:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation is UUID:
        return new_id()
    if annotation in PLAIN:
        return PLAIN[annotation] if full or annotation is not Any else None
    if origin in (types.UnionType, typing.Union):
        if type(None) in arguments and not full:
            return None
        return _value(next(one for one in arguments if one is not type(None)), full=full)
    if origin is typing.Annotated:
        return _value(arguments[0], full=full)
    if origin is Literal:
        return arguments[-1]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return list(annotation)[-1]
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return sample(annotation, full=full)
    if origin in (tuple, frozenset, set, list, Sequence) or annotation in (tuple, list):
        kind = list if origin in (None, Sequence) else origin
        return kind([_value(arguments[0], full=full)]) if full and arguments else kind()
    if origin in (dict, Mapping):
        return {_value(arguments[0], full=full): _value(arguments[1], full=full)} if full else {}
    message = f"No sample for {annotation}: add one."
    raise TypeError(message)
