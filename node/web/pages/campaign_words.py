"""Words for campaigns, and for orders that are paid by a pledge."""

from node.peer.campaign_views import CampaignView
from node.peer.views import Money, OrderView
from node.web.i18n import Language


class CampaignWords:
    """One part of `Show`."""

    _language: Language

    def _(self, text: str) -> str:
        raise NotImplementedError

    def when(self, timestamp: int) -> str:
        raise NotImplementedError

    def percent(self, bps: int) -> str:
        raise NotImplementedError

    def campaign_stage(self, stage: str) -> tuple[str, str]:
        """(kind of tag, label)"""
        _ = self._
        return {
            "unopened": ("info", _("No pledge yet")),
            "open": ("info", _("Open")),
            "reached": ("ok", _("Goal reached")),
            "failed": ("bad", _("Goal missed")),
            "cancelled": ("", _("Called off")),
            "stopped": ("warn", _("Stopped by backers")),
            "paid": ("ok", _("Paid out")),
        }.get(stage, ("", _("Not known now")))

    def campaign_headline(self, campaign: CampaignView) -> str:
        _ = self._
        return {
            "unopened": _("Nobody has pledged yet"),
            "open": _("Pledges are taken"),
            "reached": _("The goal was reached"),
            "failed": _("The goal was missed"),
            "cancelled": _("Its creator has called it off"),
            "stopped": _("Its backers have stopped it"),
            "paid": _("Everything is paid out"),
        }.get(campaign.stage, _("The chain doesn’t say how it stands"))

    def campaign_advice(self, campaign: CampaignView) -> str:
        """What follows, in a sentence or two."""
        _ = self._
        end = self.when(campaign.until)
        if campaign.stage == "unopened":
            return _(
                "Whoever pledges first opens it in the contract as well. It ends on %(end)s."
            ) % {"end": end}
        if campaign.stage == "open":
            return _(
                "If the goal isn’t reached by %(end)s, everybody has all of their money back."
            ) % {"end": end}
        if campaign.stage == "unknown":
            if not campaign.here:
                return _("Its money is in a contract that your node doesn’t use.")
            return _("Your node can’t ask the chain now. Try again in a moment.")
        return {
            "reached": _(
                "The creator is paid part by part, on the dates below, unless backers stop it."
            ),
            "failed": _(
                "Everybody gets all of their money back: anyone can have it sent to all of them, here."
            ),
            "cancelled": _(
                "What is left goes back to the backers: anyone can have it sent to all of them, here."
            ),
            "stopped": _(
                "What wasn’t due by then goes back to the backers: anyone can have it sent to all of them, here."
            ),
            "paid": _(
                "The creator has got every part. What was ordered is followed on the page of each order."
            ),
        }[campaign.stage]

    def campaign_share(self, campaign: CampaignView) -> int:
        """How much of the goal is there, in percent, rounded down."""
        raised = campaign.raised.amount if campaign.raised else 0
        return raised * 100 // campaign.goal.amount

    def biggest_share(self, campaign: CampaignView) -> str:
        """What of all came from the account that gave most."""
        if not campaign.biggest or not campaign.raised or not campaign.raised.amount:
            return ""
        return self.percent(campaign.biggest.amount * 100 // campaign.raised.amount * 100)

    def tranche_state(self, state: str) -> tuple[str, str]:
        _ = self._
        return {
            "paid": ("ok", _("Paid")),
            "due": ("warn", _("Due")),
            "coming": ("", _("To come")),
            "void": ("", _("Not paid")),
        }[state]

    def parts(self, campaign: CampaignView) -> str:
        """ "40% on 3 May, 60% on 2 July" """
        _ = self._
        told = [
            _("%(share)s on %(date)s")
            % {"share": self.percent(each.bps), "date": self._language.date(each.at)}
            for each in campaign.tranches
        ]
        return ", ".join(told)

    def campaign_verb(self, verb: str) -> str:
        _ = self._
        return {
            "cancel": _("calling it off"),
            "collect": _("payment to the creator"),
            "refund": _("sending money back"),
            "object": _("objection"),
            "unobject": _("taking back the objection"),
            "withdraw": _("withdrawal"),
            "open": _("opening of the campaign"),
            "sponsor": _("sending signed pledges"),
        }.get(verb, verb)

    def refusal(self, reason: str) -> str:
        """Why the seller's node doesn't send what its buyer has signed."""
        _ = self._
        return {
            "signature": _("It isn’t the account’s signature for this order."),
            "spent": _("It was used already, or taken back at the token."),
            "funds": _("The account doesn’t hold the money."),
            "small": _("The price is below what the seller’s node pays fees for."),
            "time": _("It was too near its end."),
            "campaign": _("The campaign takes no pledge by it."),
            "failed": _("It was sent, and the network pledged nothing by it."),
        }.get(reason, "")

    def pledge_stage(self, order: OrderView) -> tuple[str, str]:
        """(kind of tag, label) of an order that is paid by a pledge; empty where the order's own stage says more."""
        _ = self._
        pledge = order.pledge
        if pledge is None or order.stage not in ("placed", "accepted"):
            return "", ""
        if pledge.amount is None and pledge.signed == "waiting":
            return "info", _("Signed")
        if pledge.amount is None:
            return ("warn", _("To be pledged")) if order.side == "buyer" else ("", _("Not pledged"))
        if pledge.stage in ("failed", "cancelled", "stopped"):
            return self.campaign_stage(pledge.stage)
        if order.stage == "placed" and pledge.stage in ("open", "unopened", "unknown"):
            return "info", _("Pledged")
        return ("info", _("Pledged, to be accepted")) if order.stage == "placed" else ("", "")

    def money_of(self, amount: int, like: Money) -> Money:
        return Money(amount, like.unit, like.symbol, like.decimals)
