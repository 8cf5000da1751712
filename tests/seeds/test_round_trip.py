"""The sample network leaves the hub and comes back the same, and tells nothing of its confidential places."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from referral_hub.unit_of_work import Hub
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


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_the_sample_comes_back_the_same(sample: Hub, migrated: Path, tmp_path: Path, name: str):
    export_csv(sample, tmp_path / name)
    copy = fresh_hub(tmp_path / "copy", migrated)
    import_into(copy, tmp_path / name)
    assert_same_directory(records_of(sample), records_of(copy))
    export_csv(sample, tmp_path / "before")
    export_csv(copy, tmp_path / "after")
    assert files_of(tmp_path / "after") == files_of(tmp_path / "before")
    copy.close()


def test_the_sample_comes_back_the_same_from_documents(sample: Hub, migrated: Path, tmp_path: Path):
    export_json(sample, tmp_path / "before")
    copy = fresh_hub(tmp_path / "copy", migrated)
    import_into(copy, tmp_path / "before", "hsds-json")
    assert_same_directory(records_of(sample), records_of(copy))
    export_json(copy, tmp_path / "after")
    assert files_of(tmp_path / "after") == files_of(tmp_path / "before")
    copy.close()


def test_the_sample_is_a_valid_package(sample: Hub, tmp_path: Path):
    summary = export_csv(sample, tmp_path / "out")
    assert flaws_of(tmp_path / "out" / "datapackage.json") == []
    assert summary.broken == []


@pytest.mark.parametrize("export", [export_csv, export_json])
def test_the_sample_tells_nothing_of_its_confidential_places(sample: Hub, tmp_path: Path, export: Callable[[Hub, Path], object]):
    export(sample, tmp_path / "out")
    everything = b"\n".join(files_of(tmp_path / "out").values()).decode()
    sealed = records_of(sample)["sealed_location"]
    assert sealed
    for row in sealed.values():
        secrets = [str(row["latitude"]), str(row["longitude"]), row["address"]["physical"]["address_1"]]
        assert not [secret for secret in secrets if secret in everything]
