"""The open directory as a stranger asks it, and the official schemas of its answers."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from litestar.testing import TestClient

from tests.shared import shared

SPECIFICATION = "https://raw.githubusercontent.com/openreferral/specification/3.2/schema/"


@cache
def official() -> dict[str, Any]:
    """The official OpenAPI document."""
    read: dict[str, Any] = json.loads((shared("standards/hsds") / "openapi-3.2.3.json").read_text(encoding="utf-8"))
    return read


@cache
def page_schema(path: str) -> dict[str, Any]:
    """The schema of a 200 answer in the official OpenAPI document, with what it refers to filled in."""
    filled: dict[str, Any] = _fill(official()["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"])
    return filled


def _fill(node: Any) -> Any:
    if isinstance(node, list):
        return [_fill(item) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref", "")
    if reference.startswith("#/"):
        found: Any = official()
        for part in reference[2:].split("/"):
            found = found[part]
        return _fill(found)
    if isinstance(reference, str) and reference.endswith(".json"):
        return _fill(json.loads((shared("standards/hsds/schema") / reference.removeprefix(SPECIFICATION)).read_text(encoding="utf-8")))
    return {key: _fill(value) for key, value in node.items()}


def faults(schema: dict[str, Any], answer: Any) -> list[str]:
    """What the schema finds wrong with an answer, formats included."""
    return [fault.message for fault in Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(answer)]


def page(client: TestClient, path: str, **parameters: Any) -> dict[str, Any]:
    """A page that must come."""
    answer = client.get(f"/hsds/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    read: dict[str, Any] = answer.json()
    return read


def names(client: TestClient, path: str, **parameters: Any) -> list[str]:
    """Names on a page; of a service at a location the service's."""
    return [record.get("service", record)["name"] for record in page(client, path, **parameters)["contents"]]
