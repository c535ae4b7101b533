"""What this node does by itself for its own side because time has decided it, by its own wallet. A setting turns it off.

Who only risks a second look waits for a person: the money of an order that its seller says to have sent isn't taken back by itself.
"""

from node.peer.deal import Deal
from node.peer.ledger import Ledger
from node.protocol.escrow import WHOLE, State
from node.protocol.order_state import BUYER, CALLED_OFF, Talk


def verb_of(deal: Deal, ledger: Ledger) -> str | None:
    """What is to be wished now; None where nothing is, or it was wished before: what was given up is left to a person."""
    verb = _favoured(deal, ledger)
    wished = deal.row.notes.get("wishes", {})
    if verb is None or verb not in deal.verbs or {"release", "refund", verb} & set(wished):
        return None
    # the contract goes by the chain's clock, and so does this: ours may be ahead
    return verb if _is_offered(deal) or ledger.has_passed(deal.state.money.until) else None


def waits(deal: Deal, ledger: Ledger) -> bool:
    """Whether it is due by our clock, and the chain's has yet to get there."""
    verb = _favoured(deal, ledger)
    if verb is None or verb not in deal.verbs or verb in deal.row.notes.get("wishes", {}):
        return False
    return not ledger.has_passed(deal.state.money.until)


def _favoured(deal: Deal, ledger: Ledger) -> str | None:
    """The verb by which this side would get its money, where the node's own wallet acts for it."""
    pot, terms = deal.state.money, deal.terms
    if pot is None or terms is None or not deal.followed:
        return None
    if deal.row.side == BUYER:
        if not ledger.pays(terms):
            return None
        if pot.state is State.CONTESTED:
            return "timeout" if terms.lapse_bps * 2 < WHOLE else None
        said_sent = deal.state.talk is Talk.SHIPPED and pot.state is State.FUNDED
        return "take_back" if _is_offered(deal) or not said_sent else None
    if not ledger.owns(terms.seller):
        return None
    to_us = pot.state is State.DELIVERED or (
        pot.state is State.CONTESTED and terms.lapse_bps * 2 >= WHOLE
    )
    return "timeout" if to_us else None


def _is_offered(deal: Deal) -> bool:
    """Whether the seller gives everything back of an order that is off."""
    facts = deal.state.facts
    return deal.row.side == BUYER and facts.talk in CALLED_OFF and facts.refund is not None
