"""docs/lifecycle.md, drawn from the tables: `python -m referral_hub.referrals.draw [FILE]`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from referral_hub.referrals import clocks, lifecycle, reasons
from referral_hub.referrals.model import Party, State

PARTIES = {
    Party.REQUESTER: "care manager",
    Party.OWNER: "partner",
    Party.COORDINATOR: "coordinator",
    Party.PATIENT: "patient",
    Party.SYSTEM: "system",
}
_LIMITS = {
    ("undo-accept", Party.OWNER): "within 24 h of the yes",
    ("reopen", Party.OWNER): "within 30 days of the end",
    ("mark-error", Party.REQUESTER): "the author, within 24 h",
}
_CARRY = {
    "consent_id": "consent that covers it, need, eligibility (or an override reason)",
    "expected": "date or place on the list",
    "side": "side",
    "reason": "reason (with what it must carry)",
    "began_on": "first service event",
    "resume_on": "resume date",
    "need_status": "need status",
    "next_step": "next step",
    "text": "why, or what, in words",
    "clock": "which clock",
}


def draw_lifecycle() -> str:
    """The whole page as Markdown."""
    parts = [
        "# The life of a referral",
        "",
        "Drawn from `referral_hub/referrals/lifecycle.py`, `clocks.py` and `reasons.py` by",
        "`python -m referral_hub.referrals.draw docs/lifecycle.md`. A test fails when it is not current: change the tables, not this page.",
        "",
        *_picture(),
        *_states(),
        *_moves(),
        *_steps(),
        *_clocks(),
        *_reasons(),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _picture() -> list[str]:
    arrows = dict.fromkeys(
        f"    {source} --> {target}: {move.action}"
        for move in lifecycle.MOVES
        if move.action not in ("withdraw", "mark-error")
        for source in move.sources
        for target in _targets(move)
    )
    head = [
        "## In one picture",
        "",
        "`withdraw` (any open state) and `mark-error` (any state) are left out of it.",
        "",
        "```mermaid",
        "stateDiagram-v2",
    ]
    return [*head, "    [*] --> draft", *arrows, "    closed --> [*]", "```", ""]


def _targets(move: lifecycle.Move) -> tuple[str, ...]:
    if move.target == lifecycle.BACK:
        return (State.ACCEPTED, State.IN_SERVICE)
    if move.target == lifecycle.CHOSEN:
        return (State.SENT, State.IN_SERVICE)
    return (move.target,)


def _states() -> list[str]:
    rows = [
        (
            state,
            standing.says,
            PARTIES[standing.whose_move] if standing.whose_move else "nobody",
            standing.clock or "none",
            "yes" if standing.holds_slot else "no",
            standing.fhir,
        )
        for state, standing in lifecycle.STANDING.items()
    ]
    return ["## States", "", *_table(("state", "meaning", "whose move", "clock", "holds a slot", "FHIR Task.status"), rows)]


def _moves() -> list[str]:
    rows = [
        (", ".join(move.sources), f"`{move.action}`", _target_words(move), _by(move.action, move.by), _carried(move.must), move.effect)
        for move in lifecycle.MOVES
    ]
    return ["## Moves", "", *_table(("from", "action", "to", "who", "must carry", "effect"), rows)]


def _target_words(move: lifecycle.Move) -> str:
    return {lifecycle.BACK: "where the pause began", lifecycle.CHOSEN: "sent or in_service"}.get(move.target, str(move.target))


def _steps() -> list[str]:
    rows = [
        (
            "any open state but draft" if len(step.sources) == len(lifecycle.OPEN_STATES) - 1 else ", ".join(step.sources),
            f"`{step.action}`",
            _by(step.action, step.by),
            _carried(step.must),
            step.effect,
        )
        for step in lifecycle.STEPS
    ]
    return ["## Events inside a state", "", *_table(("in", "action", "who", "must carry", "effect"), rows)]


def _by(action: str, by: frozenset[Party]) -> str:
    return ", ".join(
        PARTIES[party] + (f" ({_LIMITS[action, party]})" if (action, party) in _LIMITS else "") for party in Party if party in by
    )


def _carried(must: tuple[str, ...]) -> str:
    return ", ".join(_CARRY.get(name, name) for name in must) or "nothing"


def _clocks() -> list[str]:
    rows = [
        (clock.name, str(clock.days), str(clock.grace_days), str(clock.stop_days or "none"), clock.says) for clock in clocks.CLOCKS.values()
    ]
    text = (
        "Business days on the partner's calendar (no weekends, no federal holidays); due at 5 pm where the partner is; an urgent"
        " referral is answered and contacted the same day. `hold` stops the clock, `resume` gives back the business days that were"
        " left. Reminders go out half way and when due, after the grace to the partner's lead and the coordinator."
    )
    check_ins = " and day ".join(str(day) for day in clocks.CHECK_IN_DAYS)
    limits = [
        f"- the partner undoes an accept: {_span(clocks.UNDO_ACCEPT)}; reopens: {_span(clocks.PARTNER_REOPEN)}",
        f"- the author marks an error: {_span(clocks.MARK_ERROR)}",
        f"- quality alarm: {clocks.ALARM_DAYS} calendar days without a first referral; patient check-ins on day {check_ins}",
    ]
    return ["## Clocks", "", text, "", *_table(("clock", "days", "grace", "hard stop", "what is due"), rows), *limits, ""]


def _span(span: timedelta) -> str:
    return f"{span.days} days" if span.days > 1 else f"{int(span.total_seconds() // 3600)} hours"


def _reasons() -> list[str]:
    rows = [
        (
            row.side,
            f"`{row.code}`",
            row.care_manager,
            ", ".join(row.must) or "nothing",
            row.consequence.replace("_", " "),
            "private" if row.private else "system only" if row.system_only else "",
        )
        for row in reasons.REASONS.values()
    ]
    return ["## Reasons", "", *_table(("side", "code", "in words", "must carry", "consequence", ""), rows)]


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows), ""]


def main(arguments: list[str]) -> int:
    """Write the page to a file, or to standard output."""
    if arguments:
        Path(arguments[0]).write_text(draw_lifecycle(), encoding="utf-8")
    else:
        sys.stdout.write(draw_lifecycle())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
