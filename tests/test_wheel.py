"""The wheel alone is enough: no source tree, no Node, no network once its requirements are there."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.demo import Demo, running_demo

ROOT = Path(__file__).resolve().parent.parent

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this source."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment in which the wheel is installed with the locked requirements."""
    folder = tmp_path_factory.mktemp("elsewhere")
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    pip: list[str | Path] = [folder / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run(*pip, "--require-hashes", "--requirement", ROOT / "requirements" / "runtime.txt", cwd=folder)
    run(*pip, "--no-deps", wheel, cwd=folder)
    return folder / "venv" / "bin"


def bare_environment(programs: Path) -> dict[str, str]:
    """No Node, no settings, nothing of the source tree."""
    return {"PATH": str(programs), "HOME": str(programs.parent), "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}


def test_the_wheel_holds_what_pages_letters_and_migrations_need(wheel):
    names = zipfile.ZipFile(wheel).namelist()

    for wanted in (
        "web/static/build/hub.css",
        "web/static/icons.svg",
        "referral_hub/assets/county_names.tsv",
        "referral_hub/assets/postal_codes.tsv",
        "referral_hub/assets/counties.json",
        "referral_hub/assets/fonts/NotoSans-Regular.ttf",
        "referral_hub/storage/migrations/env.py",
        "referral_hub/letters/letter.typ",
    ):
        assert wanted in names
    assert any(re.fullmatch(r"referral_hub/storage/migrations/versions/0001_\w+\.py", name) for name in names)
    assert any(name.startswith("web/templates/") for name in names)
    assert any(name.startswith("seeds/data/") for name in names)


def test_the_wheel_holds_nothing_that_only_the_source_needs(wheel):
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"referral_hub", "web", "seeds"}
    assert [name for name in names if name.endswith((".scss", ".made")) or "__pycache__" in name] == []


@pytest.fixture
def demo(installed: Path, tmp_path: Path) -> Iterator[Demo]:
    """A demo that runs from the wheel, in a folder of its own."""
    with running_demo(tmp_path / "data", (str(installed / "referral-hub"),), tmp_path, bare_environment(installed)) as demo:
        yield demo


def test_the_installed_demo_serves_its_first_page_with_its_styles(demo):
    with urlopen(f"{demo.url}/", timeout=30) as answer:
        page = answer.read().decode()
        assert answer.status == 200
    styles = re.search(r'href="(/static/build/hub\.css[^"]*)"', page)

    assert styles, page[:500]
    assert demo.passwords, "the demo prints its sign-ins"
    with urlopen(f"{demo.url}{styles[1]}", timeout=30) as answer:
        assert answer.status == 200
        assert len(answer.read()) > 10_000


def test_the_installed_program_finds_its_own_files_and_migrations(installed, tmp_path):
    environment = bare_environment(installed) | {"REFERRAL_HUB_DATA_DIR": str(tmp_path)}
    run(installed / "referral-hub", "migrate", cwd=tmp_path, env=environment)
    said = run(installed / "referral-hub", "check", cwd=tmp_path, env=environment)

    assert "Letters have their fonts" in said
    assert (tmp_path / "hub.sqlite").exists()
