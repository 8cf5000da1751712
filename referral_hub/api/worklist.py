"""GET /api/worklist: what needs the asker today."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency

from referral_hub.actors import Actor
from referral_hub.referrals import actions
from referral_hub.unit_of_work import Hub


@get("/worklist", sync_to_thread=True)
def show_worklist(hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> actions.Worklist:
    """What needs you today, in order, with the reason."""
    with hub.read(actor) as work:
        return actions.worklist(work)


handlers = [show_worklist]
