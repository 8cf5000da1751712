"""Rules that were read out of prose: suggested to the people who know the service, in force once one of them confirms.

A suggestion is no part of any listing, so no match sees it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from referral_hub.errors import Conflict
from referral_hub.ids import new_id
from referral_hub.matching.criteria import NO_LIMIT_FROM, read_stored_rule
from referral_hub.matching.eligibility import describe
from referral_hub.matching.rule_text.reader import RuleReading, read_rule
from referral_hub.partners.change_sets import recorded
from referral_hub.partners.history import ChangeCause
from referral_hub.partners.listing import Named
from referral_hub.partners.model import DirectoryRows, Service
from referral_hub.partners.suggestion import EligibilityText, Phrase, RuleSuggestion, SuggestionState
from referral_hub.permissions import require
from referral_hub.unit_of_work import Work

MAX_PER_PAGE = 100


class SuggestionCount(Struct, frozen=True):
    """What a reading of all texts changed."""

    made: int
    withdrawn: int
    """Their text is no more, and nobody had decided."""
    restored: int
    """Confirmed rules that an import had taken away."""

    def sentence(self) -> str:
        """For the person who imports; empty where nothing happened."""
        if not self.made:
            return ""
        many = "1 rule was" if self.made == 1 else f"{self.made:,} rules were"
        return f"{many} suggested from eligibility texts; each counts once somebody confirms it at /rule-suggestions."


class SuggestedRule(Struct, frozen=True, kw_only=True):
    """A suggestion with what a person needs to judge it."""

    id: UUID
    service: Named
    organization: Named
    text: str
    phrases: list[Phrase]
    """Where in the text each criterion was read, in order."""
    rule: dict[str, Any]
    says: str
    """The rule read back in words."""
    services: int
    """Services with the same words and the same suggested rule, this one among them."""
    listings: int
    """Places at which those are offered."""
    state: SuggestionState
    made_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    """The name of who decided."""


class SuggestionPage(Struct, frozen=True):
    """Suggestions of one state, one for each text."""

    items: list[SuggestedRule]
    total: int
    page: int
    per_page: int


def digest_of(text: str) -> str:
    """What a text is known by; white space does not count."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:32]


def suggest_rules(work: Work) -> SuggestionCount:
    """Read every service's prose that has no rule, and suggest what was understood.

    A text that was read before is not suggested again, whatever was decided. A confirmed rule stays in force
    when its text changes; the new text then is a suggestion of its own.
    """
    require(work.actor, "directory:write")
    readings: dict[tuple[str, str | None], RuleReading] = {}
    made, withdrawn, restored = 0, 0, 0
    for batch in work.suggestions.texts():
        ids = [one.service_id for one in batch]
        states = work.suggestions.states_of(ids)
        held: dict[UUID, list[RuleSuggestion]] = {}
        for suggestion in work.suggestions.of_services(ids):
            held.setdefault(suggestion.service_id, []).append(suggestion)
        fresh, stale, lost = [], [], {}
        for one in batch:
            own, digest = held.get(one.service_id, []), digest_of(one.text)
            stale += [old.id for old in own if old.state is SuggestionState.SUGGESTED and old.text_digest != digest]
            known = next((old for old in own if old.text_digest == digest), None)
            if known is not None:
                if known.state is SuggestionState.CONFIRMED and one.rule is None:
                    lost[one.service_id] = known.rule
                continue
            key = (one.text, states.get(one.service_id))
            reading = readings.get(key) or readings.setdefault(key, read_rule(one.text, state=key[1]))
            rule = _rule_of(one, reading, has_confirmed=any(old.state is SuggestionState.CONFIRMED for old in own))
            if rule is not None:
                fresh.append(_suggestion(work, one, digest, rule, reading))
        work.suggestions.remove(stale)
        work.suggestions.save(fresh)
        _set_rules(work, lost)
        made, withdrawn, restored = made + len(fresh), withdrawn + len(stale), restored + len(lost)
    return SuggestionCount(made, withdrawn, restored)


def _rule_of(one: EligibilityText, reading: RuleReading, *, has_confirmed: bool) -> dict[str, Any] | None:
    """The reading's rule with the ages that the directory states; a text that nobody understands replaces an outdated rule as text."""
    rule = reading.rule
    if rule is None:
        return {"type": "text", "text": one.text} if has_confirmed else None
    age: dict[str, Any] = {"type": "age"}
    if one.minimum_age:
        age["min"] = one.minimum_age
    if one.maximum_age is not None and one.maximum_age < NO_LIMIT_FROM:
        age["max"] = one.maximum_age
    parts = rule["of"] if rule["type"] == "all" else [rule]
    return rule if len(age) == 1 or age in parts else {"type": "all", "of": [age, *parts]}


def _suggestion(work: Work, one: EligibilityText, digest: str, rule: dict[str, Any], reading: RuleReading) -> RuleSuggestion:
    phrases = [
        Phrase(start=found.start, end=found.end, text=one.text[found.start : found.end], criterion=found.criterion)
        for found in reading.phrases
    ]
    return RuleSuggestion(
        id=new_id(),
        service_id=one.service_id,
        text_digest=digest,
        rule=rule,
        phrases=phrases,
        state=SuggestionState.SUGGESTED,
        made_at=work.now,
    )


def list_suggestions(
    work: Work, *, state: SuggestionState = SuggestionState.SUGGESTED, page: int = 1, per_page: int = 25
) -> SuggestionPage:
    """The asker's suggestions, those that concern most services first; a coordinator's are everybody's."""
    actor = require(work.actor, "rule:confirm")
    page, per_page = max(page, 1), min(max(per_page, 1), MAX_PER_PAGE)
    found = work.suggestions.page_for(actor, state, limit=per_page, offset=(page - 1) * per_page)
    alike = work.suggestions.alike_for(actor, {one.text_digest for one in found}, state)
    services = work.directory.records("service", {one.service_id for one in found})
    organizations = work.directory.records("organization", {service.organization_id for service in services.values()})
    places = work.suggestions.count_listings({one.service_id for one in alike})
    names = work.suggestions.names_of({one.decided_by for one in found if one.decided_by})
    items = []
    for one in found:
        service = services[one.service_id]
        same = [other for other in alike if _is_same(one, other)]
        items.append(
            SuggestedRule(
                id=one.id,
                service=Named(service.id, service.name),
                organization=Named(service.organization_id, organizations[service.organization_id].name),
                text=service.eligibility_description or "",
                phrases=one.phrases if digest_of(service.eligibility_description or "") == one.text_digest else [],
                rule=one.rule,
                says=say_rule(one.rule),
                services=len(same),
                listings=sum(places.get(other.service_id, 0) for other in same),
                state=one.state,
                made_at=one.made_at,
                decided_at=one.decided_at,
                decided_by=names.get(one.decided_by) if one.decided_by else None,
            )
        )
    return SuggestionPage(items, work.suggestions.count_for(actor, state), page, per_page)


def say_rule(rule: dict[str, Any]) -> str:
    """A stored rule in words, as a sentence."""
    parsed = read_stored_rule(rule)
    words = describe(parsed) if parsed is not None else "everyone"
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def count_suggestions(work: Work) -> int:
    """How many different texts wait for the asker."""
    return work.suggestions.count_for(require(work.actor, "rule:confirm"), SuggestionState.SUGGESTED)


def confirm_suggestion(work: Work, suggestion_id: UUID, *, alike: bool = False) -> list[RuleSuggestion]:
    """Put a suggested rule in force; `alike`: for the asker's other services with the same words and rule as well.

    Confirming what is confirmed changes nothing.

    Raises:
        NotFound: there is none, or it is for another organization's service.
        Conflict: it was dismissed, or the text or the rule was changed since.
    """
    chosen = _chosen(work, suggestion_id, SuggestionState.CONFIRMED, alike=alike)
    if not chosen:
        return []
    services = work.directory.records("service", {one.service_id for one in chosen})
    earlier = [one for one in work.suggestions.of_services(list(services)) if one.state is SuggestionState.CONFIRMED]
    for one in chosen:
        service = services[one.service_id]
        if digest_of(service.eligibility_description or "") != one.text_digest:
            raise Conflict("The text was changed since this was read. Read the texts again, then decide on the new suggestion.")
        if service.rule is not None and service.rule not in [old.rule for old in earlier if old.service_id == one.service_id]:
            raise Conflict("This service has got another rule since. Nothing was changed.")
    _set_rules(work, {one.service_id: one.rule for one in chosen})
    work.suggestions.save(_decided(work, earlier, SuggestionState.DISMISSED))
    return _save(work, _decided(work, chosen, SuggestionState.CONFIRMED))


def dismiss_suggestion(work: Work, suggestion_id: UUID, *, alike: bool = False) -> list[RuleSuggestion]:
    """Say that a suggestion is not right: the text stays text, and is not asked about again while it stays the same.

    Raises:
        NotFound: there is none, or it is for another organization's service.
        Conflict: it was confirmed; undo that first.
    """
    chosen = _chosen(work, suggestion_id, SuggestionState.DISMISSED, alike=alike)
    return _save(work, _decided(work, chosen, SuggestionState.DISMISSED))


def reopen_suggestion(work: Work, suggestion_id: UUID) -> RuleSuggestion:
    """Undo a decision: a confirmed rule is taken out of force again, the suggestion waits as before.

    Raises:
        NotFound: there is none, or it is for another organization's service.
        Conflict: the service's rule was changed since it was confirmed, or the text was.
    """
    actor = require(work.actor, "rule:confirm")
    one = work.suggestions.get_for(actor, suggestion_id)
    if one.state is SuggestionState.SUGGESTED:
        return one
    service: Service = work.directory.records("service", [one.service_id])[one.service_id]
    if one.state is SuggestionState.CONFIRMED:
        if service.rule != one.rule:
            raise Conflict("This service has got another rule since. Nothing was changed.")
        _set_rules(work, {service.id: None})
    elif digest_of(service.eligibility_description or "") != one.text_digest:
        raise Conflict("The text was changed since. The suggestion for the new text stands in the list, if there is one.")
    waiting = msgspec.structs.replace(one, state=SuggestionState.SUGGESTED, decided_at=None, decided_by=None)
    return _save(work, [waiting])[0]


def _chosen(work: Work, suggestion_id: UUID, state: SuggestionState, *, alike: bool) -> list[RuleSuggestion]:
    """What is to be decided; nothing where it is decided like this already."""
    actor = require(work.actor, "rule:confirm")
    one = work.suggestions.get_for(actor, suggestion_id)
    if one.state is state:
        return []
    if one.state is not SuggestionState.SUGGESTED:
        raise Conflict(f"Somebody has {one.state} this meanwhile. Undo that first.")
    if not alike:
        return [one]
    others = work.suggestions.alike_for(actor, [one.text_digest], SuggestionState.SUGGESTED)
    return [other for other in others if _is_same(one, other)]


def _is_same(one: RuleSuggestion, other: RuleSuggestion) -> bool:
    return one.text_digest == other.text_digest and one.rule == other.rule


def _decided(work: Work, chosen: Iterable[RuleSuggestion], state: SuggestionState) -> list[RuleSuggestion]:
    who = work.actor.account_id if work.actor else None
    return [msgspec.structs.replace(one, state=state, decided_at=work.now, decided_by=who) for one in chosen]


def _save(work: Work, suggestions: list[RuleSuggestion]) -> list[RuleSuggestion]:
    work.suggestions.save(suggestions)
    return suggestions


def _set_rules(work: Work, rules: dict[UUID, Any]) -> None:
    services = work.directory.records("service", list(rules))
    changed = [msgspec.structs.replace(service, rule=rules[service.id], last_modified=work.now) for service in services.values()]
    if changed:
        with recorded(work, ChangeCause.RULE, "Rules confirmed or taken back from eligibility texts"):
            work.directory.save(DirectoryRows(service=changed))
