"""The benchmark of imports: the same source by a seed, of the shapes that directories have, and three imports that say what they did."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
from click.testing import CliRunner

from referral_hub.bench.hsds_documents import DOCUMENTS, SIDECAR, write_directory
from referral_hub.bench.imports import ImportReport
from referral_hub.bench.places import read_country
from referral_hub.cli import hub_command
from referral_hub.partners.imports.sources import read_source
from tests.partners.folders import TODAY


def test_the_same_seed_gives_the_same_directory_and_a_smaller_one_is_its_beginning(tmp_path: Path):
    country = read_country().of_states("MD", "DC", "VA")
    for name, count, seed in (("one", 300, 1), ("same", 300, 1), ("small", 120, 1), ("other", 300, 2)):
        write_directory(tmp_path / name, count, seed, country=country)
    texts = {name: (tmp_path / name / DOCUMENTS).read_text() for name in ("one", "same", "small", "other")}
    assert texts["one"] == texts["same"] != texts["other"]
    assert texts["one"].startswith(texts["small"])
    assert texts["small"].count("\n") == 120


def test_it_has_what_directories_have(tmp_path: Path):
    size = write_directory(tmp_path, 600, country=read_country().of_states("MD", "DC", "VA"))
    rows = read_source(tmp_path, "hsds-json", None, TODAY).rows
    assert (size.services, size.organizations) == (len(rows.service), len(rows.organization)) == (600, len(rows.organization))
    a_piece = Counter(service.organization_id for service in rows.service)
    assert max(a_piece.values()) <= 30
    assert 4 < sum(a_piece.values()) / len(a_piece) < 14
    owners = {location.id: location.organization_id for location in rows.location}
    organizations = {service.id: service.organization_id for service in rows.service}
    assert [one for one in rows.service_at_location if owners[one.location_id] != organizations[one.service_id]]
    assert rows.sealed_location
    for kind in rows.__struct_fields__:
        if kind not in ("program", "taxonomy", "taxonomy_term"):  # the terms are the hub's own
            assert getattr(rows, kind), kind
    assert [service for service in rows.service if service.rule]


def test_a_share_of_the_services_says_something_else(tmp_path: Path):
    country = read_country().of_states("MD", "DC", "VA")
    write_directory(tmp_path / "before", 300, country=country)
    write_directory(tmp_path / "after", 300, country=country, changed=0.01)
    before, after = ((tmp_path / name / DOCUMENTS).read_text().splitlines() for name in ("before", "after"))
    assert [place for place, (one, other) in enumerate(zip(before, after, strict=True)) if one != other] == [0, 100, 200]
    assert (tmp_path / "before" / SIDECAR).read_bytes() == (tmp_path / "after" / SIDECAR).read_bytes()


def test_three_imports_are_measured(tmp_path: Path):
    file = tmp_path / "figures.json"
    done = CliRunner().invoke(hub_command, ["bench", "import", "--services", "500", "--report", str(file)], catch_exceptions=False)
    assert done.exit_code == 0
    (report,) = msgspec.json.decode(file.read_bytes(), type=list[ImportReport])
    new, again, changed = report.steps.values()
    assert (new.counts["service"].added, new.count("changed"), new.count("unchanged")) == (500, 0, 0)
    assert (again.count("added"), again.count("changed"), again.count("unchanged")) == (0, 0, new.count("added"))
    assert (changed.counts["service"].changed, changed.count("changed"), changed.count("added")) == (5, 5, 0)
    assert new.rows == again.rows == changed.rows > 2 * new.count("added") - 500
    assert all(took.seconds > 0 and 50 < took.memory_mib < 300 for took in report.steps.values())
    assert done.stdout.count("\n") == 5
