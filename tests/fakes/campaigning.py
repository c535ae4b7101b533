"""The verbs of a peer about campaigns, in memory: what tests of pages, API and command line speak to."""

from node.peer.campaign_views import CampaignPage, CampaignView
from node.peer.views import WalletRequest, WalletStep
from node.protocol.errors import NotFound


class FakeCampaigns:
    """Campaigns are in `running`: own ones, those pledged to, others."""

    running: tuple[tuple[CampaignView, ...], ...] = ((), (), ())

    async def campaigns(self) -> CampaignPage:
        return CampaignPage(*self.running)

    async def campaign(self, id: str) -> CampaignView:
        for each in sum(self.running, ()):
            if each.id == id:
                return each
        raise NotFound("campaign.unknown", "This node knows no such campaign.")

    async def start_campaign(self, slug: str, given: dict) -> CampaignView:
        self._note("start_campaign", slug, given)
        return sum(self.running, ())[0]

    async def pledge(self, id: str) -> None:
        self._note("pledge", id)

    async def cancel_campaign(self, id: str) -> None:
        self._note("cancel_campaign", id)

    async def collect_campaign(self, id: str) -> None:
        self._note("collect_campaign", id)

    async def refund_campaign(self, id: str) -> None:
        self._note("refund_campaign", id)

    async def object_to_campaign(self, id: str, objects: bool = True) -> None:
        self._note("object_to_campaign", id, objects)

    async def withdraw_campaign(self, id: str, to: str | None = None) -> None:
        self._note("withdraw_campaign", id, to)

    async def campaign_request(self, id: str, verb: str, account=None, to=None) -> WalletRequest:
        self._note("campaign_request", id, verb, account, to)
        step = WalletStep("transaction", verb, {"to": "0x" + "11" * 20, "value": "0x0"})
        return WalletRequest({"chainId": "0x7a69"}, account or "0x" + "33" * 20, (step,))

    async def note_campaign_transaction(self, id: str, verb: str, hash: str) -> None:
        self._note("note_campaign_transaction", id, verb, hash)
