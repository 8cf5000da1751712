"""The import contracts of pyproject.toml, read as tests need them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("referral_hub", "web", "seeds")


def contract(identifier: str) -> dict[str, Any]:
    """One contract, by its id."""
    found: dict[str, Any]
    (found,) = (one for one in _settings()["contracts"] if one["id"] == identifier)
    return found


def identifiers() -> list[str]:
    """The ids of all contracts, in order."""
    return [one["id"] for one in _settings()["contracts"]]


def layers() -> list[set[str]]:
    """The layers from the top; siblings stand in one set."""
    return [{part.strip(" ()") for part in layer.replace("|", ":").split(":")} for layer in contract("layers")["layers"]]


def modules() -> list[str]:
    """Every module of the program that is kept in the source (migrations aside: Alembic runs them)."""
    paths = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    names = (".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in paths)
    return [name for name in names if ".migrations." not in name]


def _settings() -> dict[str, Any]:
    settings: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    return settings
