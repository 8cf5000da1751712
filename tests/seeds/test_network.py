"""The files of the sample network: valid, invented, and as varied as a real one."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest

from referral_hub.care.facts import MAPS
from referral_hub.matching.criteria import parse_rule
from referral_hub.partners import model, taxonomy
from referral_hub.partners.imports.report import Reading
from referral_hub.partners.imports.sources import read_source
from seeds.story import NETWORK, PEOPLE, WRITTEN_FOR
from tests.shared import shared

FILES = sorted(path for path in NETWORK.glob("*.json") if path.name != "rules.json")
CRITERIA = {
    "all",
    "any",
    "not",
    "age",
    "household",
    "member",
    "income",
    "enrolled",
    "status",
    "insured",
    "lives_in",
    "speaks",
    "visits",
    "text",
}
CORE = {"food", "housing", "transport"}
DOCUMENTS = set(MAPS["documents"])


@pytest.fixture(scope="module")
def reading() -> Reading:
    return read_source(NETWORK, "hsds-json", "sample", WRITTEN_FOR)


def leaves(rule: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rule and everything in it."""
    yield rule
    parts = rule.get("of") or rule.get("who") or []
    for part in parts if isinstance(parts, list) else [parts]:
        yield from leaves(part)


def texts() -> Iterator[tuple[Path, str]]:
    for path in [*FILES, PEOPLE]:
        yield path, path.read_text(encoding="utf-8")


def test_the_network_is_as_large_as_promised(reading: Reading) -> None:
    rows = reading.rows
    codes = {term_id: code for code, term_id in taxonomy.TERM_IDS.items()}
    core = {link.link_id for link in rows.attribute if taxonomy.domain_of(codes[link.taxonomy_term_id]) in CORE}
    assert len(FILES) == len(rows.organization) >= 60
    assert len(rows.service) >= 150
    assert len(core) >= 100
    assert len(rows.location) >= 200
    assert len(rows.service_at_location) >= 200


def test_reading_reports_nothing_but_the_two_sealed_places(reading: Reading) -> None:
    assert {found.done for found in reading.report.findings} == {"sealed", "its point and address are sealed"}
    assert len(reading.rows.sealed_location) == 2
    assert [(one.latitude, one.longitude) for one in reading.rows.location if one.confidential] == [(None, None)] * 2


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_document_is_a_service_of_hsds(path: Path) -> None:
    schema = json.loads(shared("standards/hsds/schema/compiled/service.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    faults = [
        f"{list(fault.path)}: {fault.message}"
        for document in json.loads(path.read_text(encoding="utf-8"))
        for fault in validator.iter_errors(document)
    ]
    assert faults == []


def test_every_rule_parses_and_every_kind_of_criterion_occurs(reading: Reading) -> None:
    kinds: Counter[str] = Counter()
    for service in reading.rows.service:
        if service.rule is not None:
            parse_rule(service.rule)
            kinds.update(leaf["type"] for leaf in leaves(service.rule))
    assert set(kinds) == CRITERIA
    assert min(kinds.values()) >= 5


def test_rules_are_about_many_things(reading: Reading) -> None:
    found = [leaf for service in reading.rows.service if service.rule for leaf in leaves(service.rule)]
    named = {word for leaf in found for word in leaf.get("any_of", [])}
    assert named >= {
        "snap",
        "wic",
        "medicaid",
        "medicare",
        "ssi",
        "tanf",
        "veteran",
        "pregnant",
        "disabled",
        "unhoused",
        "survivor",
        "reentry",
        "refugee",
    }
    assert any(leaf["type"] == "income" and leaf.get("max_annual") for leaf in found)
    assert any(leaf["type"] == "income" and leaf.get("max_percent_of_poverty") for leaf in found)
    assert {key for leaf in found if leaf["type"] == "lives_in" for key in leaf if key != "type" and leaf[key]} == {
        "postal_codes",
        "counties",
        "cities",
        "states",
    }


def test_services_are_reached_confirmed_and_full_in_every_way(reading: Reading) -> None:
    rows = reading.rows
    assert {one.reach for one in rows.service_at_location} == set(model.Reach)
    assert {one.precision for one in rows.location} == set(model.Precision)
    assert {one.status for one in rows.service} >= {
        model.ServiceStatus.ACTIVE,
        model.ServiceStatus.TEMPORARILY_CLOSED,
        model.ServiceStatus.INACTIVE,
    }
    assert {one.referrable for one in rows.service} == {True, False}
    ages = [(WRITTEN_FOR - one.assured_date).days for one in rows.service if one.assured_date]
    assert min(ages) >= 0
    assert len([age for age in ages if age > 180]) >= 2
    assert len([age for age in ages if 90 <= age <= 180]) >= 10
    held = {one.service_id for one in rows.service_capacity}
    assert any(one.id not in held for one in rows.service)
    assert {(one.available > 0, one.waitlist) for one in rows.service_capacity} == {(True, False), (False, False), (False, True)}
    areas = [one.area or {} for one in rows.service_area]
    assert all(any(area.get(kind) for area in areas) for kind in ("postal_codes", "counties", "states", "polygon", "radius_m"))


def test_hours_are_weekly_monthly_overnight_seasonal_and_closed_on_holidays(reading: Reading) -> None:
    hours = reading.rows.schedule
    assert {one.freq for one in hours} == {"WEEKLY", "MONTHLY", None}
    assert any(re.match(r"\d", one.byday or "") for one in hours if one.freq == "MONTHLY")
    assert any(one.opens_at and one.closes_at and one.closes_at < one.opens_at for one in hours)
    assert any(one.valid_to and not one.closed for one in hours)
    closed = {one.valid_from for one in hours if one.closed}
    assert closed >= {date(2026, 11, 26), date(2026, 12, 25)}
    assert all(one.freq is None and one.opens_at is None and one.valid_from == one.valid_to for one in hours if one.closed)
    assert all(one.byday and one.opens_at and one.closes_at for one in hours if not one.closed)


def test_languages_are_spoken_and_interpreted(reading: Reading) -> None:
    spoken = {one.code for one in reading.rows.language if not one.interpreted}
    interpreted = {one.code for one in reading.rows.language if one.interpreted}
    assert spoken >= {"en", "es", "ko", "zh", "ru", "ne", "am", "fr", "ar", "ase"}
    assert interpreted >= {"es", "ko", "zh", "ru", "ne", "am", "fr", "ar"}


def test_documents_have_codes_and_alternatives(reading: Reading) -> None:
    found = reading.rows.required_document
    codes = {one.code for one in found}
    assert codes == DOCUMENTS
    assert {other for one in found for other in one.alternatives} <= DOCUMENTS
    assert any(one.alternatives for one in found)


def test_every_id_is_a_uuid_of_version_7_and_names_one_thing(reading: Reading) -> None:
    ids = [record.source_id for record in reading.rows.source_record]
    assert all(UUID(one).version == 7 for one in ids)
    assert len(set(ids)) == len(ids)


def test_phones_mails_and_sites_belong_to_nobody() -> None:
    for path, text in texts():
        for number in re.findall(r"\b\d{3}-\d{3}-\d{4}\b", text):
            assert re.fullmatch(r"(410|443)-555-01\d\d", number), path.name
        for address in re.findall(r"[\w.+-]+@[\w.-]+", text):
            assert address.endswith("@example.org"), path.name
        for site in re.findall(r"https?://([^/\"]+)", text):
            assert site.endswith(".example.org"), path.name


def test_organizations_are_told_apart_by_their_words(reading: Reading) -> None:
    described = [one.description for one in reading.rows.organization] + [str(one.description) for one in reading.rows.service]
    assert len(set(described)) == len(described)
    assert len({one.name for one in reading.rows.organization}) == len(reading.rows.organization)
    assert len({one.number for one in reading.rows.phone}) == len(reading.rows.phone)


def test_two_organizations_send(reading: Reading) -> None:
    assert sorted(one.name for one in reading.rows.organization if one.sends) == ["Bayside Clinic", "Chesapeake Health Plan"]
