"""The fixed cast: who asks in the tests, and the small network around them.

Ana (care manager) and Ben (may only read) work at Bayside Clinic, Hana at Chesapeake Health Plan. Pia and
Lee (lead) are Harbor Pantry, Zoe is a stranger's organization, Hillcrest Shelter. Cora coordinates the
network, Alma audits it, Uma has not signed in, Omar is Ana's patient.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from uuid import UUID

import msgspec

from referral_hub.accounts import Account
from referral_hub.actors import Actor, Channel, Role
from referral_hub.care.model import Consent, Fact, FactAnswer, Need, Patient
from referral_hub.ids import new_id
from referral_hub.partners import model, taxonomy
from referral_hub.storage import rows
from referral_hub.storage.tables import accounts as account_tables
from referral_hub.storage.tables import care as care_tables
from referral_hub.unit_of_work import Hub

PASSWORD = "a quiet harbor at dawn"  # the tests' own


class Place(msgspec.Struct, frozen=True):
    """One listing of the cast's network."""

    id: UUID
    service_id: UUID
    location_id: UUID


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    ana: Actor
    ben: Actor
    hana: Actor
    pia: Actor
    lee: Actor
    zoe: Actor
    cora: Actor
    alma: Actor
    uma: None = None
    omar: Patient
    need: Need
    consent: Consent
    pantry: Place
    """Harbor Pantry, food-pantry, rule: age at least 60 or enrolled in SNAP; room for 5."""
    kitchen: Place
    """Harbor Pantry's hot meals, no rule; capacity unknown."""
    shelter: Place
    """Hillcrest's emergency shelter; a text-only rule."""
    refuge: Place
    """Hillcrest's confidential place."""

    def everyone(self) -> dict[str, Actor | None]:
        """By name, for tests that ask as every member."""
        return {name: getattr(self, name) for name in ("ana", "ben", "hana", "pia", "lee", "zoe", "cora", "alma", "uma")}

    def email(self, name: str) -> str:
        return f"{name}@example.org"


@cache
def password_hash() -> str:
    """Hashing is slow by design: once a test run."""
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(PASSWORD)


def assemble_cast(hub: Hub) -> Cast:
    """Store the network, the accounts and Omar; everything is fresh at the hub's now."""
    now = hub.now()
    directory = taxonomy.rows()
    organizations = {
        name: model.Organization(id=new_id(), name=title, sends=sends, description=f"{title} of the tests.")
        for name, title, sends in (
            ("clinic", "Bayside Clinic", True),
            ("plan", "Chesapeake Health Plan", True),
            ("harbor", "Harbor Pantry", False),
            ("hillcrest", "Hillcrest Shelter", False),
            ("network", "Chesapeake Referral Network", False),
        )
    }
    directory.organization.extend(organizations.values())
    harbor, hillcrest = organizations["harbor"].id, organizations["hillcrest"].id
    rule: dict[str, object] = {"type": "any", "of": [{"type": "age", "min": 60, "max": None}, {"type": "enrolled", "any_of": ["snap"]}]}
    pantry = _place(directory, harbor, "Harbor Pantry food boxes", "food-pantry", (39.2850, -76.6000), now, rule=rule)
    kitchen = _place(directory, harbor, "Harbor Pantry hot lunch", "hot-meals", (39.2851, -76.6001), now)
    shelter = _place(
        directory, hillcrest, "Hillcrest night shelter", "emergency-shelter", (39.3000, -76.6100), now, prose="Single adults. Call first."
    )
    refuge = _place(directory, hillcrest, "Hillcrest refuge", "domestic-violence-shelter", None, now)
    unit = model.Unit(id=new_id(), name="food box")
    directory.unit.append(unit)
    directory.service_capacity.append(
        model.ServiceCapacity(
            id=new_id(),
            service_id=pantry.service_id,
            service_at_location_id=pantry.id,
            unit_id=unit.id,
            available=5,
            maximum=10,
            updated=now,
        )
    )
    people = {
        "ana": ("Ana Ortiz", Role.CARE_MANAGER, "clinic"),
        "ben": ("Ben Cole", Role.CARE_VIEWER, "clinic"),
        "hana": ("Hana Brooks", Role.CARE_MANAGER, "plan"),
        "pia": ("Pia Park", Role.PARTNER_STAFF, "harbor"),
        "lee": ("Lee Harris", Role.PARTNER_LEAD, "harbor"),
        "zoe": ("Zoe Zimmer", Role.PARTNER_STAFF, "hillcrest"),
        "cora": ("Cora Lund", Role.COORDINATOR, "network"),
        "alma": ("Alma Reyes", Role.AUDITOR, "network"),
    }
    accounts = {
        name: Account(
            id=new_id(),
            email=f"{name}@example.org",
            name=title,
            role=role,
            organization_id=organizations[organization].id,
            password_hash=password_hash(),
            created_at=now,
        )
        for name, (title, role, organization) in people.items()
    }
    actors = {
        name: Actor(account_id=a.id, organization_id=a.organization_id, role=a.role, name=a.name, channel=Channel.API)
        for name, a in accounts.items()
    }
    ana = accounts["ana"].id
    omar = Patient(
        id=new_id(),
        organization_id=organizations["clinic"].id,
        given_name="Omar",
        family_name="Haddad",
        birth_date=date(1959, 5, 4),
        phone="+14105550142",
        language="en",
        address_1="12 Lantern Street",
        city="Baltimore",
        state="MD",
        postal_code="21201",
        county="24510",
        latitude=39.2946,
        longitude=-76.6252,
        care_manager_id=ana,
        created_at=now,
        updated_at=now,
    )
    facts = [
        Fact(id=new_id(), patient_id=omar.id, name=name, answer=FactAnswer.KNOWN, value=value, recorded_at=now, recorded_by=ana)
        for name, value in (("household_size", 2), ("enrolled.snap", True), ("languages", ["en"]))
    ]
    consent = Consent(
        id=new_id(),
        patient_id=omar.id,
        categories=["food", "housing", "transport"],
        starts_on=now.date() - timedelta(days=1),
        ends_on=now.date() + timedelta(days=364),
        how_given="in_person",
        recorded_by=ana,
        recorded_at=now,
    )
    need = Need(
        id=new_id(),
        patient_id=omar.id,
        organization_id=omar.organization_id,
        domain="food",
        term="food-pantry",
        confirmed_on=now.date(),
        created_at=now,
        created_by=ana,
    )
    with hub.begin(None) as work:
        work.directory.save(directory)
    with hub.database.write() as connection:
        rows.insert(connection, account_tables.account, list(accounts.values()))
        rows.insert(connection, care_tables.patient, [omar])
        rows.insert(connection, care_tables.fact, facts)
        rows.insert(connection, care_tables.consent, [consent])
        rows.insert(connection, care_tables.need, [need])
    return Cast(
        ana=actors["ana"],
        ben=actors["ben"],
        hana=actors["hana"],
        pia=actors["pia"],
        lee=actors["lee"],
        zoe=actors["zoe"],
        cora=actors["cora"],
        alma=actors["alma"],
        omar=omar,
        need=need,
        consent=consent,
        pantry=pantry,
        kitchen=kitchen,
        shelter=shelter,
        refuge=refuge,
    )


def _place(
    directory: model.DirectoryRows,
    organization_id: UUID,
    name: str,
    term: str,
    point: tuple[float, float] | None,
    now: datetime,
    *,
    rule: dict[str, object] | None = None,
    prose: str | None = None,
) -> Place:
    """Add a service at one place; without a point the place is confidential."""
    service = model.Service(
        id=new_id(),
        organization_id=organization_id,
        name=name,
        description=f"{name}, as the tests know it.",
        rule=rule,
        eligibility_description=prose,
        assured_date=now.date() - timedelta(days=10),
        usual_ack_days=1.0,
        last_modified=now,
    )
    location = model.Location(
        id=new_id(),
        organization_id=organization_id,
        name=name,
        latitude=point[0] if point else None,
        longitude=point[1] if point else None,
        precision=model.Precision.STREET if point else model.Precision.NONE,
        confidential=point is None,
    )
    directory.service.append(service)
    directory.location.append(location)
    place = Place(id=new_id(), service_id=service.id, location_id=location.id)
    directory.service_at_location.append(model.ServiceAtLocation(id=place.id, service_id=service.id, location_id=location.id))
    address = {
        "address_1": "9 Sealed Lane" if point is None else "100 Wharf Street",
        "city": "Baltimore",
        "state_province": "MD",
        "postal_code": "21230",
    }
    if point is None:
        directory.sealed_location.append(model.SealedLocation(id=location.id, latitude=39.2711, longitude=-76.6011, address=dict(address)))
        directory.service_area.append(
            model.ServiceArea(id=new_id(), service_id=service.id, name="Baltimore City", extent_type="other", area={"counties": ["24510"]})
        )
    else:
        directory.address.append(model.Address(id=new_id(), location_id=location.id, **address))
    directory.phone.append(model.Phone(id=new_id(), service_id=service.id, number="410-555-0123"))
    directory.language.append(model.Language(id=new_id(), service_id=service.id, name="English", code="en"))
    for day in ("MO", "TU", "WE", "TH", "FR"):
        directory.schedule.append(
            model.Schedule(id=new_id(), service_id=service.id, freq="WEEKLY", byday=day, opens_at="09:00", closes_at="17:00")
        )
    term_id = next(t.id for t in directory.taxonomy_term if t.code == term)
    directory.attribute.append(model.Attribute(id=new_id(), link_id=service.id, taxonomy_term_id=term_id, link_entity="service"))
    return place
