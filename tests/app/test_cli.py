"""The command line as its users meet it: what is printed, and the exit code."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from referral_hub.cli import main
from referral_hub.settings import PREFIX

Run = Callable[..., tuple[int, str, str]]
FOLDER = "organizations.csv", "locations.csv", "services.csv"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `referral-hub ARGS` on a data folder of the test's own: (exit code, standard output, standard error)."""
    monkeypatch.setenv(f"{PREFIX}DATA_DIR", str(tmp_path / "data"))

    def command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["referral-hub", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return command


@pytest.fixture
def pantry(tmp_path: Path) -> Path:
    """A directory of one pantry as Ohana CSV."""
    folder = tmp_path / "pantry"
    folder.mkdir()
    (folder / "organizations.csv").write_text("id,name,description\n1,Lantern Pantry,Food for all\n", encoding="utf-8")
    (folder / "locations.csv").write_text(
        "id,organization_id,name,description,latitude,longitude\n5,1,Lantern Pantry,Hall,39.2904,-76.6122\n", encoding="utf-8"
    )
    (folder / "services.csv").write_text(
        "id,location_id,name,description,status,eligibility\n9,5,Food pantry,Bags of groceries,active,Residents of the ward\n", encoding="utf-8"
    )
    (folder / "addresses.csv").write_text(
        "id,location_id,address_1,city,state_province,postal_code,country\n1,5,1 Lantern Way,Baltimore,MD,21201,US\n", encoding="utf-8"
    )
    return folder


def test_before_the_migration_every_command_says_what_to_do(run: Run, pantry: Path) -> None:
    for arguments in (("serve",), ("reindex",), ("deliver", "--once"), ("import", pantry, "--format", "ohana-csv")):
        code, _, err = run(*arguments)
        assert code == 1
        assert "referral-hub migrate" in err


def test_migrating_twice_is_no_fault(run: Run) -> None:
    assert run("migrate")[0] == 0
    assert run("migrate")[0] == 0


def test_a_directory_is_imported_matched_and_imported_again_without_doubles(run: Run, pantry: Path, tmp_path: Path) -> None:
    run("migrate")
    report = tmp_path / "report.jsonl"
    code, out, _ = run("import", pantry, "--format", "ohana-csv", "--report", report)
    assert code == 0
    assert "services.csv: 1 rows read, 1 stored" in out
    lines = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    assert all({"file", "row", "field", "problem", "done"} <= set(line) for line in lines if "rows_in" not in line)
    assert run("import", pantry, "--format", "ohana-csv")[0] == 0

    request = tmp_path / "request.json"
    request.write_text(json.dumps({"needs": ["food-pantry"], "facts": {"home": {"postal_code": "21201"}}, "max_distance_m": 16000}))
    code, out, err = run("match", request, "--explain")
    assert code == 0
    matches = json.loads(out)["matches"]
    assert [(match["service"]["name"], match["verdict"]) for match in matches] == [("Food pantry", "maybe")]
    assert "Residents of the ward" in out
    assert "min" in err
    assert "Listings indexed: 1." in run("reindex")[1]


def test_a_dry_run_stores_nothing(run: Run, pantry: Path) -> None:
    run("migrate")
    assert run("import", pantry, "--format", "ohana-csv", "--dry-run")[0] == 0
    assert "Listings indexed: 0." in run("reindex")[1]


def test_a_refused_import_says_where_and_stores_nothing(run: Run, pantry: Path) -> None:
    run("migrate")
    (pantry / "locations.csv").write_text("id,organization_id,name,description,latitude,longitude\n5,1,Hall,Hall,999,-76.6\n", encoding="utf-8")
    code, _, err = run("import", pantry, "--format", "ohana-csv")
    assert code == 1
    assert "locations.csv" in err
    assert "999" in err
    assert "Listings indexed: 0." in run("reindex")[1]


@pytest.mark.parametrize(
    "arguments",
    [("import", ".", "--format", "papyrus"), ("accounts", "add", "x@example.org"), ("nonsense",), ("serve", "--port", "99999"), ("match", "/no/such/file")],
)
def test_wrong_usage_is_exit_code_two(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments)[0] == 2


def test_a_match_request_that_cannot_be_read_is_refused(run: Run, tmp_path: Path) -> None:
    run("migrate")
    request = tmp_path / "request.json"
    for text in ("{", '{"needs": 7}', '{"needs": ["food-pantry"], "colour": 1}'):
        request.write_text(text)
        code, out, err = run("match", request)
        assert (code, out) == (1, "")
        assert err


def test_accounts_and_tokens_live_and_end(run: Run, pantry: Path) -> None:
    run("migrate")
    run("import", pantry, "--format", "ohana-csv")
    code, out, _ = run("accounts", "add", "lou@example.org", "--role", "partner_lead", "--organization", "Lantern Pantry", "--name", "Lou Mar")
    assert code == 0
    assert re.search(r"shown once: \S{12,}", out)
    assert run("accounts", "add", "lou@example.org", "--role", "partner_lead", "--organization", "Lantern Pantry")[0] == 1
    assert "lou@example.org" in run("accounts", "list")[1]
    _, out, _ = run("tokens", "create", "lou@example.org", "--expires", "30")
    token_id = re.search(r"Token (\S+),", out)
    assert token_id
    assert run("tokens", "revoke", token_id[1])[0] == 0
    assert run("tokens", "revoke", "0192f000-0000-7000-8000-000000000000")[0] == 1
    assert run("accounts", "disable", "lou@example.org")[0] == 0
    assert re.search(r"lou@example.org\s+partner_lead\s+disabled", run("accounts", "list")[1])
    assert run("tokens", "create", "lou@example.org")[0] == 1


def test_a_clinic_that_no_import_brought_is_added_with_its_first_account(run: Run) -> None:
    run("migrate")
    clinic = ("--role", "care_manager", "--organization", "Quay Clinic")
    assert run("accounts", "add", "ada@example.org", *clinic)[0] == 1
    assert run("accounts", "add", "ada@example.org", *clinic, "--new-organization", "--timezone", "Mars/Olympus")[0] == 1
    assert run("accounts", "add", "ada@example.org", *clinic, "--new-organization")[0] == 0
    assert run("accounts", "add", "abe@example.org", *clinic, "--new-organization")[0] == 1
    assert run("accounts", "add", "abe@example.org", *clinic)[0] == 0
    assert run("accounts", "list")[1].count("care_manager") == 2


def test_delivering_once_says_what_was_done(run: Run) -> None:
    run("migrate")
    code, out, _ = run("deliver", "--once")
    assert code == 0
    assert "0 sent" in out


def test_places_without_a_point_are_given_that_of_their_zip_code(run: Run, pantry: Path) -> None:
    run("migrate")
    locations = pantry / "locations.csv"
    locations.write_text(re.sub(r"39\.\d+,-76\.\d+", ",", locations.read_text(encoding="utf-8")), encoding="utf-8")
    run("import", str(pantry), "--format", "ohana-csv")
    code, out, _ = run("geocode", "--limit", "10")
    assert code == 0
    assert out.startswith("1 places looked at: 0 found by their address, 1 by their ZIP code, 0 not found; 0 still wait.")
    assert run("geocode")[1].startswith("0 places looked at")


def test_a_taxonomy_of_others_is_loaded_with_its_mapping_and_listed_with_its_licence(run: Run, tmp_path: Path) -> None:
    run("migrate")
    terms, mapping = tmp_path / "terms.csv", tmp_path / "map.csv"
    terms.write_text("code,name,definition\nB,Basic Needs,\nBD,Food,To eat\n", encoding="utf-8")
    mapping.write_text("term,code,relation\nBD,food,exact\n", encoding="utf-8")
    code, out, _ = run("taxonomy", "import", str(terms), "--format", "211", "--mapping", str(mapping))
    assert code == 0
    assert "2 terms, 1 of them lead to a code of ours" in out
    assert "Licensed" in out
    code, out, _ = run("taxonomy", "list")
    assert code == 0
    assert out.index("Referral Hub needs") < out.index("211 Human Services Indexing System (2 terms)") < out.index("Licensed")
    mapping.write_text("term,code,relation\nBD,nonsense,exact\n", encoding="utf-8")
    code, _, err = run("taxonomy", "import", str(terms), "--format", "211", "--mapping", str(mapping))
    assert code == 1
    assert "map.csv, row 2, code" in err


def test_check_looks_at_every_part_and_asks_more_of_a_public_hub(run: Run) -> None:
    run("migrate")
    code, out, _ = run("check")
    assert code == 0, out
    for subject in ("database", "fonts", "mail", "travel time", "disk", "clock"):
        assert subject in out
    code, out, _ = run("check", "--deploy")
    assert code == 1
    assert "REFERRAL_HUB_SECRET_KEY" in out


def test_a_setting_that_does_not_exist_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}DATABSE_URL", "x")
    code, _, err = run("migrate")
    assert code == 1
    assert "REFERRAL_HUB_DATABSE_URL" in err


@pytest.mark.parametrize(
    ("name", "value"),
    [("DATABASE_URL", "mysql://x/y"), ("DATABASE_URL", "nonsense"), ("NOW", "yesterday"), ("NOW", "2026-11-23T09:00:00"), ("BASE_URL", "hub.example.org")],
)
def test_a_setting_that_cannot_be_used_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"{PREFIX}{name}", value)
    code, _, err = run("migrate")
    assert code == 1
    assert f"REFERRAL_HUB_{name}" in err
    assert "Traceback" not in err


def test_the_standing_clock_of_tests_is_refused_on_a_public_hub(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}NOW", "2026-11-23T09:00:00-05:00")
    monkeypatch.setenv(f"{PREFIX}BASE_URL", "https://hub.example.org")
    code, _, err = run("migrate")
    assert code == 1
    assert "REFERRAL_HUB_NOW" in err


@pytest.mark.parametrize(("target_format", "table"), [("hsds-csv", "services.csv"), ("hsds-json", "services.ndjson")])
def test_a_directory_is_exported_and_imported_by_another_hub(
    run: Run, pantry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target_format: str, table: str
) -> None:
    run("migrate")
    run("import", pantry, "--format", "ohana-csv")
    code, out, _ = run("export", tmp_path / "out.zip", "--format", target_format)
    assert code == 0
    assert "service: 1" in out
    code, _, err = run("export", pantry, "--format", target_format)
    assert code == 1
    assert "no empty folder" in err
    monkeypatch.setenv(f"{PREFIX}DATA_DIR", str(tmp_path / "other"))
    assert run("export", tmp_path / "none.zip", "--format", target_format)[0] == 1
    assert not (tmp_path / "none.zip").exists()
    run("migrate")
    code, out, _ = run("import", tmp_path / "out.zip", "--format", target_format)
    assert code == 0
    assert f"{table}: 1 rows read, 1 stored" in out
