"""Terms from words: labelled by hand, so that a careless phrase shows."""

from __future__ import annotations

import csv

import pytest

from referral_hub.partners import taxonomy
from referral_hub.partners.imports import classify
from tests.shared import shared

LABELLED: list[tuple[str, str, set[str]]] = [
    ("People's Church", "OVERVIEW: Operates a food pantry on a first come, first served basis.", {"food-pantry"}),
    ("St. Agnes Soup Kitchen", "Open daily.", {"hot-meals"}),
    ("Meals on Wheels of Harford", "Brings lunch.", {"meal-delivery"}),
    ("WIC Program, Eastern Avenue", "Nutrition.", {"wic"}),
    ("Caithness House", "OVERVIEW: Provides emergency shelter for homeless men.", {"emergency-shelter"}),
    (
        "House of Hope",
        "SERVICES:\n1) DOMESTIC VIOLENCE SHELTER: Safe rooms.\n2) COUNSELING: Groups.",
        {"domestic-violence-shelter", "victim-services", "mental-health"},
    ),
    ("20th Street House", "SERVICES:\n\n1) TRANSITIONAL HOUSING: Rooms for men.", {"transitional-housing"}),
    ("County Housing Authority", "Administers vouchers.", {"housing-vouchers"}),
    ("County Ride", "Provides transportation for seniors.", {"paratransit"}),
    ("Office of Home Energy Programs", "Helps with bills.", {"energy-help"}),
    ("Animal Shelter of the County", "Cats and dogs.", set()),
    ("Public Information Desk", "OVERVIEW: Refers callers to food pantries and shelters.", set()),
    ("Church of the Shore", "Sunday service.\r\nVOLUNTEERS: Needed in the soup kitchen.\r\n", set()),
    ("Visitors Center", "Information on hotels and restaurants.", set()),
    ("VITA, County Library", "Free tax assistance.", {"tax-help", "adult-education"}),
]


@pytest.mark.parametrize(("name", "description", "codes"), LABELLED, ids=[name for name, _, _ in LABELLED])
def test_words_suggest_these_terms_and_no_others(name: str, description: str, codes: set[str]):
    assert set(classify.suggest_terms(name, description)) == codes


def test_every_code_of_the_tables_is_a_term():
    assert set(classify.NAMES) | set(classify.OPENINGS) <= set(taxonomy.BY_CODE)


REAL: dict[str, set[str]] = {
    # What a reader would say of services of the Baltimore directory, by source id.
    "St. Ursula's Pantry": {"food-pantry"},
    "People's Church of Baltimore": {"food-pantry"},
    "20th Street H.O.P.E. House": {"transitional-housing"},
    "Healthy Families Washington County": {"parenting"},
    "Head Start Program, Herring Run": {"child-care"},
    "Psych Associates of Maryland, Towson": {"mental-health"},
    "Baltimore County DSS, Homeless Services": {"emergency-shelter"},
    "Baltimore Area Visitors Center": set(),
    "Baltimore County Human Relations Commission": set(),
    "U.S. Citizenship and Immigration Services, Baltimore Field Office": {"immigration-help"},
    "Richcroft, Inc.": {"supportive-housing"},
    "Door, The": {"food-pantry", "child-care"},
}


def test_on_the_real_directory_the_words_are_read_as_a_reader_would():
    with (shared("data/baltimore") / "services.csv").open(encoding="utf-8-sig", newline="") as file:
        services = {row["name"]: row["description"] for row in csv.DictReader(file)}
    found = {name: set(classify.suggest_terms(name, services[name])) for name in REAL}
    assert found == REAL
