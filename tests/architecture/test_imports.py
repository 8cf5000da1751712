"""Who may import whom: the contracts hold, each breaks when it is violated, and no module stands outside."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.contracts import PACKAGES, ROOT, contract, identifiers, layers, modules

BY_ID = {
    "layers": [
        ("referral_hub/matching/actions.py", "import referral_hub.referrals.actions"),
        ("referral_hub/referrals/actions.py", "import referral_hub.letters.actions"),
        ("referral_hub/partners/actions.py", "import referral_hub.care.actions"),
        ("referral_hub/unit_of_work.py", "import referral_hub.partners.actions"),
        ("referral_hub/storage/rows.py", "import referral_hub.unit_of_work"),
        ("referral_hub/ports.py", "import referral_hub.adapters"),
        ("referral_hub/errors.py", "import referral_hub.http_status"),
        ("web/format.py", "import referral_hub.api"),
        ("seeds/__init__.py", "import web"),
        ("referral_hub/api/health.py", "import referral_hub.app"),
    ],
    "pure": [
        ("referral_hub/referrals/lifecycle.py", "import sqlalchemy"),
        ("referral_hub/matching/eligibility.py", "import litestar"),
        ("referral_hub/care/consent.py", "import jinja2"),
        ("referral_hub/permissions.py", "import referral_hub.storage.rows"),
    ],
    "partners": [("referral_hub/partners/model.py", "import referral_hub.matching")],
    "matching": [("referral_hub/matching/actions.py", "import referral_hub.referrals.model")],
    "sql": [("referral_hub/care/actions.py", "import sqlalchemy"), ("web/format.py", "import sqlite3")],
    "http": [("referral_hub/referrals/actions.py", "import litestar"), ("referral_hub/storage/rows.py", "import litestar")],
    "doors": [("web/format.py", "import referral_hub.storage.rows"), ("referral_hub/api/health.py", "import referral_hub.adapters")],
}
"""Contract -> the violations that it must notice: a line added to a module."""


def lint(folder: Path, *identifiers_: str) -> subprocess.CompletedProcess[str]:
    only = [part for identifier in identifiers_ for part in ("--contract", identifier)]
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache", *only],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def copied_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages, where a test may break something."""
    folder = tmp_path_factory.mktemp("source")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "static", "templates", "assets", "*.json", "styles"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_every_contract_is_kept():
    done = lint(ROOT)

    assert done.returncode == 0, done.stdout + done.stderr


def test_each_contract_has_a_violation_to_notice():
    assert set(BY_ID) == set(identifiers())


@pytest.mark.parametrize(("identifier", "path", "line"), [(identifier, *each) for identifier, violations in BY_ID.items() for each in violations])
def test_a_violation_breaks_its_contract(copied_source, identifier, path, line):
    module = copied_source / path
    before = module.read_text(encoding="utf-8")
    module.write_text(f"{before}\n{line}\n", encoding="utf-8")
    try:
        done = lint(copied_source, identifier)
    finally:
        module.write_text(before, encoding="utf-8")

    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{contract(identifier)['name']} BROKEN" in " ".join(done.stdout.split()), done.stdout


def test_every_module_has_a_layer():
    placed = [name for layer in layers() for name in layer]
    packages = {name.rpartition(".")[0] for name in modules()}
    without = [
        name for name in modules() if name not in packages and not any(name == layer or name.startswith(f"{layer}.") for layer in placed)
    ]

    assert without == [], "give each a place in the layers of pyproject.toml"


def test_the_pure_modules_of_the_layers_are_the_ones_that_must_stay_pure():
    pure = set(contract("pure")["source_modules"])
    (bottom,) = (layer for layer in layers() if "referral_hub.actors" in layer)

    assert bottom <= pure
    assert pure - bottom == {"referral_hub.errors", "referral_hub.ports"}


def test_the_contracts_on_sql_and_http_leave_out_only_those_who_may():
    tops = {".".join(name.split(".")[:2]) for name in modules() if name.startswith("referral_hub.")} | {"web", "seeds"}
    may_speak_sql = {
        "referral_hub.storage",
        "referral_hub.bench",  # asks a PostGIS of its own, never the hub's database
        "referral_hub.unit_of_work",  # hands the connection to the stores and names its type
    }
    may_speak_http = {"referral_hub.api", "referral_hub.app", "referral_hub.bench", "web"}

    assert tops - set(contract("sql")["source_modules"]) == may_speak_sql
    assert tops - set(contract("http")["source_modules"]) == may_speak_http
