"""What can be done with taxonomies: load another one beside ours, map its terms to our codes, list them all."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from referral_hub.partners import taxonomy
from referral_hub.partners.change_sets import recorded
from referral_hub.partners.foreign_taxonomy import ForeignTaxonomy
from referral_hub.partners.history import ChangeCause
from referral_hub.partners.model import Attribute, DirectoryRows, TaxonomyTerm
from referral_hub.partners.term_mapping import (
    LABEL,
    TermMapping,
    by_key,
    mapped_codes,
    open_eligibility,
    schemes_of,
)
from referral_hub.permissions import require
from referral_hub.storage.taxonomies import CountedTaxonomy
from referral_hub.unit_of_work import Work


class TaxonomyReport(Struct, frozen=True, kw_only=True):
    """What loading a taxonomy did."""

    name: str
    terms: int
    gone: int
    """Terms that the file no longer has and nothing points to: removed."""
    kept: int
    """Terms that the file no longer has, and services are tagged with."""
    mapped: int
    """Its terms from which one of our codes follows."""
    derived: int
    """Tags of ours that were added to services, and taken away, by mappings."""

    def sentence(self) -> str:
        """For the terminal."""
        left = f" {self.gone} terms are gone, {self.kept} are kept because something is tagged with them." if self.gone or self.kept else ""
        led = f"{self.mapped:,} of them lead to a code of ours; {self.derived:,} tags of services changed"
        return f"{self.name}: {self.terms:,} terms, {led}.{left}"


def import_taxonomy(work: Work, foreign: ForeignTaxonomy, mapping: list[TermMapping] | None = None) -> TaxonomyReport:
    """Store a taxonomy beside ours, or a newer edition over an older one; `mapping` replaces what was mapped before.

    Raises:
        Denied: the asker may not change the directory.
    """
    require(work.actor, "directory:write")
    directory, store = work.directory, work.taxonomies
    own = taxonomy.rows()
    if len(directory.records("taxonomy_term", list(taxonomy.TERM_IDS.values()))) != len(taxonomy.TERM_IDS):
        directory.save(own)
    before = {term.id: term for term in store.terms_of([foreign.scheme.id])}
    directory.save(DirectoryRows(taxonomy=[foreign.scheme], taxonomy_term=foreign.terms))
    now = {term.id for term in foreign.terms}
    vanished = [term for term_id, term in before.items() if term_id not in now]
    kept = directory.delete_unused("taxonomy_term", _children_first(vanished))
    if mapping is not None:
        store.replace_mappings(foreign.mapping_scheme, mapping)
    derived = derive_terms(work)
    schemes = schemes_of(foreign.scheme)
    lines = _lines(work)
    return TaxonomyReport(
        name=foreign.scheme.name,
        terms=len(foreign.terms),
        gone=len(vanished) - len(kept),
        kept=len(kept),
        mapped=sum(bool(mapped_codes(term, schemes, lines)) for term in foreign.terms),
        derived=derived,
    )


def derive_terms(work: Work) -> int:
    """Tag what is tagged with another taxonomy's term with our codes that follow from it, and take away what no longer follows.

    The tags say in their label which term they come from. Returns how many were added or taken away. Done with every
    import and every new mapping; matching itself knows only the tags.
    """
    store = work.taxonomies
    schemes = {one.scheme.id: schemes_of(one.scheme) for one in store.all() if one.scheme.id != taxonomy.TAXONOMY_ID}
    lines = _lines(work)
    known = {line_scheme for line_scheme, _ in lines}
    in_force = {scheme_id: found for scheme_id, held in schemes.items() if (found := held & known)}
    terms = {term.id: term for term in store.terms_of(in_force)} if in_force else {}
    codes = {
        term.id: leads_to
        for term in terms.values()
        if term.taxonomy_id is not None and (leads_to := mapped_codes(term, in_force[term.taxonomy_id], lines))
    }
    wanted: dict[UUID, Attribute] = {}
    for kind, link_id, term_id in store.tags(codes):
        for code in codes[term_id]:
            made = _tag(kind, link_id, code, terms[term_id].name)
            wanted.setdefault(made.id, made)
    held = {one.id: one for one in store.derived()}
    told = set(store.tags([taxonomy.TERM_IDS[code] for code in {code for found in codes.values() for code in found}]))
    fresh = [one for one in wanted.values() if one.id not in held and (one.link_entity, one.link_id, one.taxonomy_term_id) not in told]
    gone = [one for one in held if one not in wanted]
    if fresh or gone:
        with recorded(work, ChangeCause.IMPORT, "Terms of other taxonomies mapped to ours"):
            work.directory.delete("attribute", gone)
            work.directory.save(DirectoryRows(attribute=fresh))
    return len(fresh) + len(gone)


def list_taxonomies(work: Work) -> list[CountedTaxonomy]:
    """Every taxonomy with whose it is and under which licence (its description), ours first; anybody signed in may ask."""
    return work.taxonomies.all()


def _lines(work: Work) -> dict[tuple[str, str], list[TermMapping]]:
    """The mappings in force: for a term that somebody mapped, theirs; else the hub's own."""
    return by_key(open_eligibility()) | by_key(work.taxonomies.mappings())


def _tag(kind: str, link_id: UUID, code: str, name: str) -> Attribute:
    return Attribute(
        id=taxonomy.fixed_id("attribute", f"mapped|{link_id}|{code}"),
        link_id=link_id,
        taxonomy_term_id=taxonomy.TERM_IDS[code],
        link_entity=kind,
        label=f"{LABEL}{name}",
    )


def _children_first(terms: list[TaxonomyTerm]) -> list[UUID]:
    """Ids so that no term comes before one that lies below it."""
    parents = {term.id: term.parent_id for term in terms}

    def depth(term_id: UUID | None) -> int:
        steps = 0
        while term_id in parents and steps <= len(parents):
            term_id, steps = parents[term_id], steps + 1
        return steps

    return sorted(parents, key=lambda term_id: (-depth(term_id), term_id))
