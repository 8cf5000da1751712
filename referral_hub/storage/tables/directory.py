"""The directory's tables, one for each HSDS record."""

from __future__ import annotations

from referral_hub.partners import model
from referral_hub.storage.schema import table_of

organization = table_of(model.Organization, "organization", references={"parent_organization_id": "organization"}, indexes=[("name",)])
program = table_of(model.Program, "program", references={"organization_id": "organization"})
service = table_of(model.Service, "service", references={"organization_id": "organization", "program_id": "program"}, indexes=[("name",)])
location = table_of(model.Location, "location", references={"organization_id": "organization"})
sealed_location = table_of(model.SealedLocation, "sealed_location", references={"id": "location"})
service_at_location = table_of(
    model.ServiceAtLocation,
    "service_at_location",
    references={"service_id": "service", "location_id": "location"},
    unique=[("service_id", "location_id")],
)
address = table_of(model.Address, "address", references={"location_id": "location"})
_OWNERS = {"service_id": "service", "location_id": "location", "service_at_location_id": "service_at_location"}
contact = table_of(model.Contact, "contact", references=_OWNERS | {"organization_id": "organization"})
phone = table_of(model.Phone, "phone", references=_OWNERS | {"organization_id": "organization", "contact_id": "contact"})
schedule = table_of(model.Schedule, "schedule", references=_OWNERS)
language = table_of(model.Language, "language", references={"service_id": "service", "location_id": "location", "phone_id": "phone"})
cost_option = table_of(model.CostOption, "cost_option", references={"service_id": "service"})
required_document = table_of(model.RequiredDocument, "required_document", references={"service_id": "service"})
service_area = table_of(
    model.ServiceArea, "service_area", references={"service_id": "service", "service_at_location_id": "service_at_location"}
)
unit = table_of(model.Unit, "unit")
service_capacity = table_of(
    model.ServiceCapacity,
    "service_capacity",
    references={"service_id": "service", "unit_id": "unit", "service_at_location_id": "service_at_location"},
)
accessibility = table_of(model.Accessibility, "accessibility", references={"location_id": "location"})
taxonomy = table_of(model.Taxonomy, "taxonomy")
taxonomy_term = table_of(
    model.TaxonomyTerm, "taxonomy_term", references={"parent_id": "taxonomy_term", "taxonomy_id": "taxonomy"}, unique=[("code",)]
)
attribute = table_of(model.Attribute, "attribute", references={"taxonomy_term_id": "taxonomy_term"}, indexes=[("link_entity", "link_id")])
source_record = table_of(
    model.SourceRecord, "source_record", unique=[("source", "kind", "source_id")], indexes=[("record_id",)]
)

IN_ORDER = (
    organization,
    program,
    service,
    location,
    sealed_location,
    service_at_location,
    address,
    contact,
    phone,
    schedule,
    language,
    cost_option,
    required_document,
    service_area,
    unit,
    service_capacity,
    accessibility,
    taxonomy,
    taxonomy_term,
    attribute,
    source_record,
)
"""Parents before children: the order to insert in; the reverse is the order to delete in."""
