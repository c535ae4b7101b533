"""What the campaign contract says: asked when somebody looks, and remembered for a moment."""

from collections import OrderedDict

import trio

from node.peer.campaign_book import Campaign, CampaignBook
from node.peer.world import World
from node.ports import Campaigns, CampaignState, Pledged
from node.protocol.errors import Unavailable

FRESH = 5.0
"""Seconds for which an answer of the chain does."""

WITHIN = 10.0
"""Seconds that the chain gets to answer somebody who looks."""

MAX_ANSWERS = 1_000
MAX_PLEDGES = 100_000
"""Pledges of one campaign that are read. Each has cost its maker a transaction and a bit of money that it can't have back before the end."""


class CampaignLedger:
    """Asks, and remembers."""

    def __init__(self, world: World, book: CampaignBook) -> None:
        self._world = world
        self._book = book
        self._verified = False
        self._states: OrderedDict[bytes, tuple[float, CampaignState]] = OrderedDict()
        self._pledges: OrderedDict[bytes, tuple[float, tuple[Pledged, ...]]] = OrderedDict()

    async def contract(self) -> Campaigns:
        """After its code was found to be ours. Raises Unavailable where there is none or it can't be checked, or RuleError."""
        campaigns = self._world.campaigns
        if campaigns is None:
            raise Unavailable(
                "campaign.none",
                "This node uses no contract for campaigns, so it can neither pledge nor be pledged to.",
            )
        if not self._verified:
            await campaigns.verify()
            self._verified = True
        return campaigns

    async def state(self, id: bytes, fresh: bool = False) -> CampaignState:
        """Raises Unavailable."""
        known = self._states.get(id)
        if known is not None and not fresh and trio.current_time() < known[0] + FRESH:
            return known[1]
        state = await (await self.contract()).state(id)
        return _keep(self._states, id, state)

    async def pledges(self, campaign: Campaign, fresh: bool = False) -> tuple[Pledged, ...]:
        """All that were ever made, in the order of the chain. Raises Unavailable, also while there is more to read than one
        question may."""
        id, known = campaign.id, self._pledges.get(campaign.id)
        if known is not None and not fresh and trio.current_time() < known[0] + FRESH:
            return known[1]
        contract = await self.contract()
        found = tuple(await contract.pledged(id, MAX_PLEDGES, self._book.since(campaign)))
        return _keep(self._pledges, id, found)

    def last(self, id: bytes) -> CampaignState | None:
        """What the chain said last, however long ago."""
        known = self._states.get(id)
        return known[1] if known else None

    def forget(self, id: bytes) -> None:
        """Something was sent: ask anew."""
        self._states.pop(id, None)
        self._pledges.pop(id, None)


def _keep(answers: OrderedDict, id: bytes, answer):
    answers[id] = (trio.current_time(), answer)
    answers.move_to_end(id)
    if len(answers) > MAX_ANSWERS:
        answers.popitem(last=False)
    return answer
