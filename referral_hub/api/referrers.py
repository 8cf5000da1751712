"""Which kind of organization each sender is: what rules about who refers are judged by."""

from __future__ import annotations

from typing import Annotated

from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from referral_hub.actors import Actor
from referral_hub.matching import referrer_table
from referral_hub.matching.referrer_table import MOST_REFERRERS, ReferrerKinds, ReferrerTable
from referral_hub.unit_of_work import Hub


class SetReferrers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole table; `version` is the one that was read."""

    version: Annotated[int, Meta(ge=0)]
    referrers: Annotated[list[ReferrerKinds], Meta(max_length=MOST_REFERRERS, description="Each sender once; one left out: not known.")]


@get("/referrers", sync_to_thread=True)
def read(hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> ReferrerTable:
    """Every sender with what it is, for whoever may run a match."""
    with hub.read(actor) as work:
        return referrer_table.get_referrers(work)


@put("/referrers", sync_to_thread=True)
def change(hub: NamedDependency[Hub], actor: NamedDependency[Actor], data: JSONBody[SetReferrers]) -> ReferrerTable:
    """Say what every sender is; for the coordinator. The next match of its care managers knows it."""
    with hub.begin(actor) as work:
        return referrer_table.set_referrers(work, data.referrers, data.version)


handlers = [read, change]
