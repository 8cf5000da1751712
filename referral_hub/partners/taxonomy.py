"""The hub's own small taxonomy: twelve domains of need and what helps in each.

Needs, listings and searches all speak in these codes; a code covers its descendants. The ids are
computed from the codes, so that every database holds the same ones.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

from msgspec import Struct

from referral_hub.partners.model import DirectoryRows, Taxonomy, TaxonomyTerm

_EPOCH_MS = 1_767_225_600_000
"""1 January 2026: the time part of every computed id."""


class Term(Struct, frozen=True):
    """One node of the tree; `parent` is None for a domain."""

    code: str
    name: str
    description: str
    parent: str | None = None
    synonyms: tuple[str, ...] = ()
    """Words of patients and of the field, English and Spanish, lower case."""
    icon: str = ""
    """Name of the domain's symbol; empty for a term below a domain."""


TERMS: tuple[Term, ...] = (
    Term(
        "food",
        "Food",
        "Help to get enough to eat.",
        None,
        ("groceries", "meals", "hungry", "hunger", "comida", "alimentos", "hambre"),
        "food",
    ),
    Term(
        "food-pantry",
        "Food pantry",
        "Groceries to take home, free of charge.",
        "food",
        ("food bank", "food shelf", "food box", "grocery giveaway", "despensa", "banco de comida", "banco de alimentos"),
    ),
    Term(
        "hot-meals",
        "Hot meals",
        "A cooked meal to eat at a place, such as a soup kitchen or a lunch program.",
        "food",
        ("soup kitchen", "community kitchen", "congregate meals", "free lunch", "free dinner", "comedor", "comida caliente"),
    ),
    Term(
        "meal-delivery",
        "Meals brought home",
        "Prepared meals brought to people who cannot shop or cook.",
        "food",
        ("meals on wheels", "home delivered meals", "homebound meals", "comida a domicilio"),
    ),
    Term(
        "food-vouchers",
        "Food vouchers",
        "Cards or vouchers to buy groceries.",
        "food",
        ("grocery card", "gift card", "farmers market coupons", "vales de comida"),
    ),
    Term(
        "snap-help",
        "Help with SNAP",
        "Help to apply for SNAP (food stamps) or to keep it.",
        "food",
        ("snap", "food stamps", "ebt", "food supplement program", "cupones de alimentos", "estampillas"),
    ),
    Term(
        "wic",
        "WIC",
        "Food and advice for pregnant women, new mothers and children under five.",
        "food",
        ("women infants and children", "wic clinic", "nutrition for mothers", "programa wic"),
    ),
    Term(
        "infant-food",
        "Formula and baby food",
        "Infant formula and food for babies.",
        "food",
        ("formula", "baby food", "baby formula", "leche de fórmula", "comida para bebé"),
    ),
    Term(
        "school-meals",
        "School and summer meals",
        "Free meals for children at school, after school or in summer.",
        "food",
        ("summer meals", "free school lunch", "backpack food", "comidas escolares"),
    ),
    Term(
        "community-garden",
        "Community garden",
        "A plot to grow food, or food that was grown together.",
        "food",
        ("garden plot", "urban farm", "huerto comunitario"),
    ),
    Term(
        "housing",
        "Housing",
        "A place to stay, and help to keep it.",
        None,
        ("home", "homeless", "homelessness", "vivienda", "sin hogar", "casa"),
        "housing",
    ),
    Term(
        "emergency-shelter",
        "Emergency shelter",
        "A bed for tonight or the next weeks.",
        "housing",
        ("shelter", "homeless shelter", "overnight shelter", "overflow shelter", "warming center", "refugio", "albergue"),
    ),
    Term(
        "domestic-violence-shelter",
        "Shelter from domestic violence",
        "A safe place for people who flee violence at home; the address is kept secret.",
        "housing",
        ("safe house", "battered women", "abuse shelter", "domestic violence", "violencia doméstica", "casa segura"),
    ),
    Term(
        "transitional-housing",
        "Transitional housing",
        "A place to live for some months, with support to find a home.",
        "housing",
        ("transitional living", "halfway house", "vivienda de transición"),
    ),
    Term(
        "supportive-housing",
        "Supportive housing",
        "A lasting home with support for people with disabilities or long homelessness.",
        "housing",
        ("permanent supportive housing", "group home", "assisted living", "vivienda con apoyo"),
    ),
    Term(
        "rent-help",
        "Help with rent",
        "Money for rent or for a security deposit.",
        "housing",
        ("rent assistance", "rental assistance", "back rent", "security deposit", "first month's rent", "ayuda con la renta", "alquiler"),
    ),
    Term(
        "eviction-prevention",
        "Eviction prevention",
        "Help when a landlord wants the household out, or a bank the house.",
        "housing",
        ("eviction", "tenant", "foreclosure", "landlord", "desalojo", "desahucio"),
    ),
    Term(
        "housing-search",
        "Housing search",
        "Counseling and help to find a home one can pay.",
        "housing",
        ("apartment search", "housing counseling", "affordable housing", "home buying", "buscar vivienda"),
    ),
    Term(
        "housing-vouchers",
        "Housing vouchers",
        "Section 8 and other vouchers, and public housing.",
        "housing",
        ("section 8", "public housing", "housing choice voucher", "subsidized housing", "vales de vivienda"),
    ),
    Term(
        "home-repair",
        "Home repair",
        "Repairs, ramps, weatherization and making a home safe.",
        "housing",
        ("weatherization", "home modification", "wheelchair ramp", "lead removal", "reparación de casa"),
    ),
    Term(
        "transport",
        "Transport",
        "Getting where one needs to be.",
        None,
        ("transportation", "ride", "rides", "transporte", "viaje"),
        "transport",
    ),
    Term(
        "medical-rides",
        "Rides to care",
        "Rides to the doctor, to dialysis or to treatment.",
        "transport",
        ("medical transportation", "ride to the doctor", "nemt", "dialysis ride", "transporte médico"),
    ),
    Term(
        "ride-vouchers",
        "Ride vouchers",
        "Vouchers or credits for taxis and ride companies.",
        "transport",
        ("taxi vouchers", "cab", "rideshare", "vales de taxi"),
    ),
    Term(
        "bus-passes",
        "Bus passes",
        "Tokens and passes for buses and trains, also at a lower fare.",
        "transport",
        ("bus tokens", "transit pass", "reduced fare", "metro card", "pase de autobús"),
    ),
    Term(
        "volunteer-drivers",
        "Volunteer drivers",
        "Neighbors who drive people to appointments and shops.",
        "transport",
        ("escort", "neighbor ride", "conductores voluntarios"),
    ),
    Term(
        "paratransit",
        "Paratransit",
        "Door-to-door rides for people with disabilities and older people.",
        "transport",
        ("mobility van", "wheelchair van", "dial a ride", "senior rides", "transporte accesible"),
    ),
    Term(
        "gas-help",
        "Help with gas and cars",
        "Gas cards, car repair and cars for work.",
        "transport",
        ("gas card", "car repair", "gasoline", "donated car", "tarjeta de gasolina"),
    ),
    Term(
        "utilities",
        "Utilities",
        "Light, heat, water and telephone.",
        None,
        ("bills", "shut off", "servicios públicos", "facturas"),
        "utilities",
    ),
    Term(
        "energy-help",
        "Help with energy bills",
        "Help to pay for electricity, gas, oil and heating.",
        "utilities",
        ("liheap", "electric bill", "heating", "utility assistance", "fuel assistance", "bge", "luz", "calefacción"),
    ),
    Term("water-help", "Help with water bills", "Help to pay for water and sewer.", "utilities", ("water bill", "sewer bill", "agua")),
    Term(
        "phone-internet",
        "Phone and internet",
        "Telephones and internet at low cost.",
        "utilities",
        ("lifeline", "cell phone", "broadband", "wifi", "teléfono", "internet"),
    ),
    Term("health", "Health", "Care for body and mind.", None, ("doctor", "medical", "health care", "salud", "médico"), "health"),
    Term(
        "clinic",
        "Clinic",
        "Primary care and screenings, also without insurance.",
        "health",
        ("doctor", "primary care", "health center", "immunization", "clínica"),
    ),
    Term(
        "mental-health",
        "Mental health",
        "Counseling, therapy and psychiatric care.",
        "health",
        ("counseling", "therapy", "depression", "psychiatric", "salud mental", "consejería"),
    ),
    Term(
        "substance-use",
        "Substance use",
        "Treatment and recovery from alcohol and drugs.",
        "health",
        ("addiction", "detox", "rehab", "recovery", "drug treatment", "alcoholism", "adicción"),
    ),
    Term("dental", "Dental care", "Dentists at low or no cost.", "health", ("dentist", "teeth", "dentista")),
    Term(
        "prescription-help",
        "Help with medicines",
        "Help to pay for prescriptions and medical equipment.",
        "health",
        ("prescriptions", "medication", "pharmacy", "medicinas", "recetas"),
    ),
    Term("income", "Income", "Money, benefits and taxes.", None, ("money", "benefits", "dinero", "ingresos"), "income"),
    Term(
        "cash-help",
        "Cash help",
        "Money in an emergency, public or private.",
        "income",
        ("tanf", "emergency cash", "financial assistance", "burial assistance", "ayuda económica"),
    ),
    Term(
        "benefits-help",
        "Help with benefits",
        "Help to apply for benefits such as SSI, Medicaid or Social Security.",
        "income",
        ("ssi", "ssdi", "medicaid application", "medicare counseling", "social security", "beneficios"),
    ),
    Term("tax-help", "Tax help", "Free help to file taxes.", "income", ("vita", "tax preparation", "income tax", "impuestos")),
    Term(
        "family",
        "Family",
        "Children, parents, older people and those who care for them.",
        None,
        ("children", "parents", "familia", "niños"),
        "family",
    ),
    Term(
        "child-care",
        "Child care",
        "Care for children while parents work or learn.",
        "family",
        ("day care", "daycare", "head start", "after school", "guardería", "cuidado de niños"),
    ),
    Term(
        "parenting",
        "Parenting",
        "Classes, home visits and support for parents.",
        "family",
        ("parenting classes", "home visiting", "new mothers", "crianza"),
    ),
    Term(
        "senior-services",
        "Services for older people",
        "Centers, visits and help at home for older people.",
        "family",
        ("senior center", "older adults", "elderly", "adultos mayores", "personas mayores"),
    ),
    Term(
        "caregiver-support",
        "Support for caregivers",
        "Respite, groups and advice for those who care for somebody.",
        "family",
        ("respite", "caregiver", "cuidadores"),
    ),
    Term("legal", "Legal", "Lawyers and advice on rights.", None, ("lawyer", "attorney", "abogado", "ayuda legal"), "legal"),
    Term(
        "legal-aid", "Legal aid", "Advice and lawyers at low or no cost.", "legal", ("lawyer", "expungement", "court", "asistencia legal")
    ),
    Term(
        "immigration-help",
        "Immigration help",
        "Help with visas, asylum and citizenship.",
        "legal",
        ("visa", "asylum", "citizenship", "refugee", "inmigración", "ciudadanía"),
    ),
    Term("employment", "Employment", "Finding work and being ready for it.", None, ("job", "work", "empleo", "trabajo"), "employment"),
    Term("job-search", "Job search", "Help to find work.", "employment", ("resume", "job placement", "career center", "buscar trabajo")),
    Term(
        "job-training",
        "Job training",
        "Learning a trade or a skill for work.",
        "employment",
        ("vocational training", "apprenticeship", "certification", "capacitación"),
    ),
    Term("education", "Education", "Learning, at any age.", None, ("school", "classes", "escuela", "educación"), "education"),
    Term(
        "adult-education",
        "Adult education",
        "Reading, high school diplomas and basic skills for adults.",
        "education",
        ("ged", "literacy", "high school diploma", "alfabetización"),
    ),
    Term(
        "english-classes",
        "English classes",
        "English for people who speak another language.",
        "education",
        ("esl", "esol", "learn english", "clases de inglés"),
    ),
    Term("goods", "Goods", "Things for the household and its members.", None, ("donations", "thrift", "artículos"), "goods"),
    Term("diapers", "Diapers", "Diapers and wipes.", "goods", ("diaper bank", "nappies", "pañales")),
    Term(
        "clothing",
        "Clothing",
        "Clothes and shoes, also for work and school.",
        "goods",
        ("clothes", "coats", "clothing closet", "uniforms", "ropa"),
    ),
    Term("furniture", "Furniture", "Beds, tables and chairs.", "goods", ("bed", "mattress", "muebles", "cama")),
    Term(
        "household-goods",
        "Household goods",
        "Appliances, dishes, hygiene and school supplies.",
        "goods",
        ("appliances", "toiletries", "hygiene kit", "school supplies", "artículos del hogar"),
    ),
    Term("safety", "Safety", "Being safe from harm.", None, ("abuse", "violence", "seguridad", "violencia"), "safety"),
    Term(
        "crisis-line",
        "Crisis line",
        "Somebody to talk to at once, by phone or text.",
        "safety",
        ("hotline", "helpline", "suicide prevention", "línea de crisis"),
    ),
    Term(
        "victim-services",
        "Help for survivors",
        "Advocacy and counseling for survivors of crime, abuse and violence.",
        "safety",
        ("sexual assault", "crime victims", "protective order", "rape crisis", "víctimas"),
    ),
)
"""Parents before children."""

BY_CODE: dict[str, Term] = {term.code: term for term in TERMS}
DOMAINS: tuple[Term, ...] = tuple(term for term in TERMS if term.parent is None)


def fixed_id(kind: str, name: str) -> UUID:
    """The id of one of the hub's own records: the same everywhere, shaped as a UUIDv7."""
    digest = int.from_bytes(hashlib.sha256(f"referral-hub:{kind}:{name}".encode()).digest()[:10], "big")
    value = (_EPOCH_MS << 80) | digest
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    return UUID(int=(value & ~(0x3 << 62)) | (0x2 << 62))


TAXONOMY_211_ID = fixed_id("taxonomy", "211")
LICENSED = frozenset({TAXONOMY_211_ID})
"""Taxonomies that may not be passed on to whoever holds no licence: nothing that anybody may read shows them or their terms."""


NAME = "Referral Hub needs"
"""Name of the taxonomy in HSDS documents."""
TAXONOMY_ID = fixed_id("taxonomy", "referral-hub")
TERM_IDS: dict[str, UUID] = {term.code: fixed_id("taxonomy_term", term.code) for term in TERMS}


def domain_of(code: str) -> str:
    """The top code above a code (`food-pantry` -> `food`); raises KeyError for an unknown code."""
    term = BY_CODE[code]
    return term.code if term.parent is None else domain_of(term.parent)


def descendants_of(code: str) -> frozenset[str]:
    """The code and every code below it; raises KeyError for an unknown code."""
    below = frozenset(term.code for term in TERMS if term.parent == code)
    return frozenset({BY_CODE[code].code}).union(*(descendants_of(child) for child in below))


def rows() -> DirectoryRows:
    """The taxonomy as rows to store: one taxonomy, its terms with parents before children."""
    taxonomy = Taxonomy(id=TAXONOMY_ID, name=NAME, description="Twelve domains of need and what helps in each.", version="1")
    terms = [
        TaxonomyTerm(
            id=TERM_IDS[term.code],
            code=term.code,
            name=term.name,
            description=term.description,
            parent_id=TERM_IDS[term.parent] if term.parent else None,
            taxonomy_id=TAXONOMY_ID,
        )
        for term in TERMS
    ]
    return DirectoryRows(taxonomy=[taxonomy], taxonomy_term=terms)
