"""Words for orders: their stages, steps, verbs and transactions."""

from collections.abc import Sequence
from typing import Any

from node.peer.troubles import ACTION, TRY_AGAIN
from node.peer.views import ListingView, MessageView, OrderView, ProposalView, TransactionView
from node.protocol import chains
from node.protocol.chains import Chain
from node.protocol.extensions.goods import ID as GOODS
from node.protocol.extensions.goods import PICKUP
from node.web.i18n import Language
from node.web.pages import progress


def _known(chain: str) -> Chain | None:
    """By its CAIP-2 name."""
    number = chain.partition(":")[2]
    return chains.chain(int(number)) if number.isdecimal() else None


class OrderWords:
    """One part of `Show`."""

    _language: Language

    def _(self, text: str) -> str:
        raise NotImplementedError

    def country(self, code: str) -> str:
        raise NotImplementedError

    def delivery(self, order: OrderView) -> list[tuple[str, str]]:
        """(title, text) of where an order goes."""
        _ = self._
        given = dict(order.delivery)
        option = given.pop("option", "")
        block = next((b.data for b in order.listing.blocks if b.extension == GOODS), {})
        labels = {each["id"]: each["label"] for each in block.get("shipping", ())}
        rows = []
        if option:
            label = _("Pick-up") if option == PICKUP else labels.get(option, option)
            rows.append((_("How"), label))
        titles = {
            "name": _("Name"),
            "address": _("Address"),
            "country": _("Country"),
            "contact": _("Contact"),
        }
        for name, value in given.items():
            text = "\n".join(map(str, value)) if isinstance(value, list) else str(value)
            rows.append((titles.get(name, name), self.country(text) if name == "country" else text))
        return rows

    def paid_to(self, who: str, side: str) -> str:
        _ = self._
        if who == side:
            return _("Paid to you")
        labels = {"buyer": _("Paid to the buyer"), "seller": _("Paid to the seller")}
        return labels.get(who, _("Paid to the arbiter"))

    def chain(self, chain: str | None) -> str:
        """A chain's name (CAIP-2), where it is one that people know."""
        if not chain:
            return self._("none")
        number = chain.partition(":")[2]
        known = _known(chain)
        if known is None:
            return self._("Chain %(number)s") % {"number": number}
        if known.id in chains.LOCAL or known.id in chains.DEMO:
            return self._("Test chain %(number)s") % {"number": number}
        return known.name

    def worth(self, chain: str | None) -> str:
        """Whether money there is real: "real", "test", or "" for what isn't known."""
        known = _known(chain or "")
        return "" if known is None else "real" if known.real else "test"

    def stage(self, stage: str) -> tuple[str, str]:
        """(kind of tag, label)"""
        _ = self._
        labels = {
            "placed": ("warn", _("To be paid")),
            "funding": ("info", _("Confirming")),
            "funded": ("info", _("Paid, to be accepted")),
            "accepted": ("info", _("To be sent")),
            "shipped": ("info", _("On its way")),
            "disputed": ("bad", _("Disputed")),
            "released": ("ok", _("Complete")),
            "refunded": ("", _("Refunded")),
            "settled": ("", _("Settled")),
            "lapsed": ("", _("Money returned")),
            "declined": ("bad", _("Declined")),
            "cancelled": ("", _("Cancelled")),
            "late": ("warn", _("Paid late")),
            "expired": ("", _("Not paid")),
        }
        return labels.get(stage, ("", stage))

    def waiting(self, count: int) -> str:
        text = self._language.translations.ngettext(
            "%(num)d order waits for you", "%(num)d orders wait for you", count
        )
        return text % {"num": count}

    def progress(self, order: OrderView) -> tuple[int, int]:
        return progress.count(order)

    def deposit(self, order: OrderView) -> bool:
        return progress.is_deposit(order)

    def called_off(self, order: OrderView) -> bool:
        return progress.called_off(order)

    def under_way(self, order: OrderView, step: str) -> bool:
        return progress.under_way(order, step)

    def lines(self, order_lines: Sequence[dict[str, Any]], listing: ListingView) -> str:
        """Order lines in a few words: "2 × Ash glaze"."""
        block = next((b.data for b in listing.blocks if b.extension == GOODS), {})
        labels = {each["id"]: each["label"] for each in block.get("variants", ())}
        described = []
        for line in order_lines:
            variant, quantity = labels.get(line.get("variant", "")), int(line.get("quantity", 1))
            pieces = self._language.translations.ngettext(
                "%(num)d piece", "%(num)d pieces", quantity
            )
            described.append(
                f"{quantity}\u00a0×\u00a0{variant}" if variant else pieces % {"num": quantity}
            )
        return ", ".join(described)

    def verb(self, verb: str) -> str:
        _ = self._
        return {
            "approve": _("permission"),
            "permit": _("permission"),
            "fund": _("payment"),
            "open": _("opening of the campaign"),
            "pledge": _("pledge"),
            "relay": _("sending the signed payment"),
            "deliver": _("marking as sent"),
            "release": _("release"),
            "timeout": _("collection"),
            "take_back": _("taking back"),
            "refund": _("refund"),
            "dispute": _("dispute"),
            "withdraw": _("withdrawal"),
            "release_part": _("payment of a part"),
            "refund_part": _("refund of a part"),
            "accept_settlement": _("settlement"),
        }.get(verb, verb)

    def transaction(self, status: str) -> str:
        _ = self._
        return {
            "waiting": _("to be sent"),
            "given_up": _("given up"),
            "sent": _("sent"),
            "unknown": _("not seen yet"),
            "pending": _("waiting"),
            "failed": _("failed"),
            "mined": _("done"),
        }.get(status, status)

    def again(self, transaction: TransactionView) -> str:
        """The verb by which a person tries again what didn't get on; "" where there is nothing to try."""
        verb = transaction.verb
        return ACTION.get(verb, verb) if TRY_AGAIN in transaction.advice else ""

    def trouble_title(self, transaction: TransactionView) -> str:
        _ = self._
        return {
            "fund": _("Trouble with the payment"),
            "open": _("Trouble with opening the campaign"),
            "pledge": _("Trouble with the pledge"),
            "relay": _("Trouble with sending the signed payment"),
            "approve": _("Trouble with the permission to pay"),
            "deliver": _("Trouble with marking it as sent"),
            "release": _("Trouble with the release"),
            "timeout": _("Trouble with the collection"),
            "take_back": _("Trouble with taking the money back"),
            "refund": _("Trouble with the refund"),
            "dispute": _("Trouble with the dispute"),
            "withdraw": _("Trouble with the withdrawal"),
            "release_part": _("Trouble with the payment of a part"),
            "refund_part": _("Trouble with the refund of a part"),
            "accept_settlement": _("Trouble with the settlement"),
        }.get(transaction.verb, _("Trouble with a transaction"))

    def proposal(self, proposal: ProposalView) -> str:
        """The heading of what the other side proposes."""
        _ = self._
        if proposal.by == "seller":
            if proposal.binding:
                return _("The seller gives you a part back")
            return _("The seller proposes how to share the money")
        if proposal.binding:
            return _("The buyer pays you a part")
        return _("The buyer proposes how to share the money")

    def event(self, message: MessageView, order: OrderView) -> str:
        """One line about a step in the talk of an order."""
        _ = self._
        by_buyer = message.mine == (order.side == "buyer")
        return {
            "place": _("The order was placed"),
            "accept": _("The seller accepted"),
            "decline": _("The seller declined"),
            "cancel": _("The buyer cancelled"),
            "authorize": _("The buyer signed the payment"),
            "refuse": _("The seller’s node didn’t send the signature"),
            "ship": _("The seller sent it"),
            "settle": _("The buyer proposed a settlement")
            if by_buyer
            else _("The seller proposed a settlement"),
        }.get(message.step, message.step)

    def reason(self, reason: str) -> str:
        """A decline's reason, one of those that the order kind knows; "" for one that says nothing."""
        _ = self._
        return {
            "sold_out": _("The last piece has just been sold."),
            "cannot_ship": _("It can’t be sent there."),
            "wrong_price": _("The price was a mistake."),
            "too_late": _("The payment came after the offer was over."),
            "closed": _("The stall is closed."),
        }.get(reason, "")
