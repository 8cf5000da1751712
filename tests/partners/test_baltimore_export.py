"""The real directory of Baltimore leaves the hub and comes back the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from referral_hub.unit_of_work import Hub
from tests.partners.folders import import_ohana
from tests.partners.round_trips import (
    assert_same_directory,
    export_csv,
    export_json,
    files_of,
    flaws_of,
    fresh_hub,
    import_into,
    records_of,
)
from tests.shared import shared

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def baltimore(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Hub]:
    hub = fresh_hub(tmp_path_factory.mktemp("baltimore") / "hub", migrated)
    import_ohana(hub, shared("data/baltimore"))
    yield hub
    hub.close()


@pytest.mark.parametrize(("export", "source_format"), [(export_csv, "hsds-csv"), (export_json, "hsds-json")])
def test_it_comes_back_the_same(
    baltimore: Hub, migrated: Path, tmp_path: Path, export: Callable[[Hub, Path], object], source_format: str
):
    export(baltimore, tmp_path / "before")
    copy = fresh_hub(tmp_path / "copy", migrated)
    import_into(copy, tmp_path / "before", source_format)
    export(copy, tmp_path / "after")
    assert files_of(tmp_path / "after") == files_of(tmp_path / "before")
    before = records_of(baltimore)
    assert len(before["service"]) == 1_875
    assert sum(place["confidential"] for place in before["location"].values()) == 17
    assert_same_directory(before, records_of(copy))
    copy.close()


def test_a_stranger_s_validator_accepts_it_with_its_keys(baltimore: Hub, tmp_path: Path):
    summary = export_csv(baltimore, tmp_path / "out")
    assert flaws_of(tmp_path / "out" / "datapackage.json") == []
    assert summary.broken == [
        "organizations.csv, email: in 1 row what stands is no email; the package does not promise it.",
        "services.csv, email: in 1 row what stands is no email; the package does not promise it.",
        "addresses.csv, address_1: in 8 rows nothing stands; the package does not promise it.",
        "addresses.csv, postal_code: in 1 row nothing stands; the package does not promise it.",
        "taxonomy_terms.csv, description: in 517 rows nothing stands; the package does not promise it.",
    ]
