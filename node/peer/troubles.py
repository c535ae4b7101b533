"""What it means for a person that a transaction doesn't get on: what happened, where the money is, what to do.

The sentences are English; pages translate them.
"""

from dataclasses import dataclass

from node.peer.deal import PLEDGE, RELAY, Deal
from node.peer.wishes import APPROVE, FAILED, OPEN, REVERTED, WITHOUT_EVENT, is_lost

TOLD_AFTER = 30 * 60
"""Seconds that a transaction may wait for the network before a person is told."""

ACTION = {"deliver": "ship", APPROVE: "fund"}
"""What a person does to try again, where it isn't called as the transaction is."""


@dataclass(frozen=True)
class Trouble:
    """`moved` is for what says itself where the money is; `again` False where trying again leads nowhere."""

    happened: str
    todo: str = ""
    moved: bool = False
    again: bool = True


GONE = Trouble(
    "The contract holds nothing for this order any more, or not yet.",
    "The steps on the order's page show where the money is.",
    moved=True,
    again=False,
)
TERMS = Trouble(
    "The contract doesn't take the terms of this order.",
    "Order it again, or write to the seller.",
    again=False,
)
SIGNED = Trouble(
    "The signed refund no longer fits what the contract holds.",
    "The seller can give the money back once more; else it can be taken back when the time to send is over.",
)
OTHER_KEY = Trouble(
    "The order names another account than this node's wallet.",
    "Start the node with the keys that it had when the order was placed.",
)
TOKEN = Trouble("The token refused the payment.", "Choose another money, or another account.")
RECEIVER = Trouble(
    "The address that it was to be sent to, or the token, refused it.",
    "Withdraw it to another address.",
)
ELSEWHERE = Trouble("This account has no part in what was asked.", again=False)

REASONS = {
    "no such order": GONE,
    "too late": Trouble(
        "The time to mark it as sent was over.",
        "The buyer can take the money back now. If it is on its way already, ask them to release it instead.",
        again=False,
    ),
    "too early": Trouble(
        "By the network's clock the time isn't over yet.", "Try again after the deadline."
    ),
    "wrong state": Trouble(
        "The order was marked as sent or disputed already.", "Reload the order's page.", again=False
    ),
    "funded already": Trouble(
        "This order was paid already.", "Don't pay again.", moved=True, again=False
    ),
    "bad ship date": Trouble(
        "The order is too old to be paid: the time to send it is over.",
        "Order it again if you still want it.",
        again=False,
    ),
    "a deposit": Trouble("This is a deposit: nothing is to be sent for it.", again=False),
    "not the seller": OTHER_KEY,
    "not the buyer": OTHER_KEY,
    "expired": SIGNED,
    "nothing to pay": SIGNED,
    "more than is held": SIGNED,
    "no consent of the buyer": SIGNED,
    "no consent of the seller": SIGNED,
    "no consent of the party": SIGNED,
    "not enough gas": Trouble("The network's fee for it was set too low."),
    "no such token": TOKEN,
    "token took a fee": TOKEN,
    "token refused": TOKEN,
    "receiver or token refused": RECEIVER,
    "nothing to withdraw": Trouble(
        "Nothing is put aside for this account.", moved=True, again=False
    ),
    **dict.fromkeys(
        (
            *("value is not the amount", "value beside a token", "amount is zero", "bad seller"),
            *("bad payout", "bad arbiter", "bad review time", "bad ruling time", "bad arbiter fee"),
            *("bad lapse share", "payees differ", "bad payee", "arbiter as payee", "bad share"),
            "shares above the whole",
        ),
        TERMS,
    ),
    **dict.fromkeys(
        (
            *("not a party", "no arbiter", "not the arbiter", "bad receiver"),
            "not yours to send elsewhere",
        ),
        ELSEWHERE,
    ),
}
"""What the contract says when it refuses -> what that means."""

OVER = Trouble(
    "By the network's clock this campaign takes no more pledges.",
    "Cancel the order; another campaign may begin later.",
    again=False,
)

OF_VERB = {
    ("pledge", "too late"): OVER,
    ("pledge", "bad end date"): OVER,
    ("pledge", "wrong state"): Trouble(
        "The campaign was called off before the pledge reached it.", again=False
    ),
    ("pledge", "opened already"): Trouble("Somebody else opened the campaign a moment ago."),
    ("dispute", "too late"): Trouble(
        "The time in which it could be disputed was over.",
        "Write to the other side: what you both sign still counts.",
        again=False,
    ),
    ("dispute", "wrong state"): Trouble(
        "The order was disputed already.", "Reload the order's page.", again=False
    ),
}
"""What the contract says to one verb alone, where that means something else."""

REFUSED = Trouble("The contract refused it.")
OFFLINE = Trouble("The chain's node can't be reached, or doesn't take the transaction.")

RULES = {
    "chain.funds": Trouble(
        "The node's wallet doesn't hold enough for this and the network's fee.",
        "Send it some coins: its address, the shop key, is on the page of your node.",
    ),
    "chain.fees": Trouble("The network's fee is so high now that your node didn't send it."),
    "chain.underpriced": Trouble(
        "The network asks for a higher fee than your node offers for this."
    ),
    "chain.network": Trouble(
        "The node's wallet is on another network than this order.",
        "Check the chain in the node's settings.",
    ),
    "chain.nonce": Trouble("Another transaction of the same wallet came first."),
    FAILED: Trouble(
        "The network took the transaction several times, and each time it failed and took the network's fee."
    ),
    "chain.permission": Trouble(
        "The permission for the token was given several times and isn't seen. One of the chain's nodes may be wrong."
    ),
    "relay.over": Trouble("The buyer's signature is over, or the order is.", again=False),
    "relay.signature": Trouble(
        "The signature isn't one of the account that is to pay.", again=False
    ),
    "relay.small": Trouble("The price is below what this node pays fees for."),
    "relay.fee": Trouble("The network's fee is above what this node pays for an order."),
    "relay.daily": Trouble("This node has paid as much in fees for buyers today as it may."),
    "relay.busy": Trouble("Another payment of the same account is under way."),
    "goods.stock": Trouble("The piece has just been sold.", again=False),
    "order.declined": Trouble("The seller declined the order before it was paid.", again=False),
    "order.cancelled": Trouble("You cancelled the order before it was paid.", again=False),
    "order.late": Trouble(
        "The time to pay was over before the payment could be sent.",
        "Order it again if you still want it.",
        again=False,
    ),
    "order.money": GONE,
    "campaign.over": OVER,
    "order.paid": REASONS["funded already"],
}

FAILED_ONCE = "A transaction failed on the network, and took only the network's fee."
LOST = "The network has lost this transaction."
SLOW = (
    "The network hasn't taken this transaction for a long time: perhaps its fee is too low for now."
)
NOT_PAID = "Nothing was paid: the money is still in the wallet."
NOT_MOVED = "Nothing was moved: the money is where it was."
NOT_YET = "Until it is taken, nothing moves. Don't send it twice."
KEEPS_TRYING = "Your node keeps trying by itself."
TRY_AGAIN = "You can try again."


def explained(wish: dict, verb: str = "") -> Trouble:
    """Why the node's wallet couldn't send what was wished."""
    rule, trouble = wish.get("rule", ""), wish.get("trouble", "")
    if rule == REVERTED:
        return OF_VERB.get((verb, said(wish))) or REASONS.get(said(wish), REFUSED)
    if rule in RULES:
        return RULES[rule]
    return OFFLINE if rule.startswith("chain.") else Trouble(trouble)


def said(wish: dict) -> str:
    """The reason in its own words, without the rule's name."""
    return wish.get("trouble", "").removeprefix(f"{wish.get('rule', '')}: ")


def advice(deal: Deal, verb: str, actions: tuple[str, ...], now: int) -> tuple[str, ...]:
    """Sentences for a person about one transaction of an order; none while all is well."""
    notes = deal.row.notes
    if deal.has_done("fund" if verb == APPROVE else verb):
        return ()
    wish = notes.get("wishes", {}).get(verb, {})
    again = ACTION.get(verb, verb) in actions
    if wish.get("trouble"):
        return _of_wish(wish, verb, again)
    hash = notes.get("transactions", {}).get(verb)
    status, since = notes.get("statuses", {}).get(hash, ("", now))
    retry = KEEPS_TRYING if wish else TRY_AGAIN if again else ""
    if status == "failed":
        return _sentences(FAILED_ONCE, _money(verb), retry)
    if status == "mined" and verb in WITHOUT_EVENT:
        return ()
    if is_lost(verb, status, since, now):
        return _sentences(LOST, _money(verb), retry)
    begun = min(since, wish.get("since", since))  # raised fees make another transaction of it
    if status in ("sent", "unknown", "pending") and now > begun + TOLD_AFTER:
        return _sentences(SLOW, NOT_YET, KEEPS_TRYING if wish else "")
    return ()


def _of_wish(wish: dict, verb: str, again: bool) -> tuple[str, ...]:
    trouble = explained(wish, verb)
    words = f"“{said(wish)}”" if trouble is REFUSED else ""
    retry = ""
    if not wish.get("given_up"):
        retry = KEEPS_TRYING
    elif again and trouble.again:
        retry = TRY_AGAIN
    money = "" if trouble.moved else _money(verb)
    return _sentences(trouble.happened, words, money, trouble.todo, retry)


def _money(verb: str) -> str:
    return NOT_PAID if verb in ("fund", PLEDGE, RELAY, APPROVE, OPEN) else NOT_MOVED


def _sentences(*sentences: str) -> tuple[str, ...]:
    return tuple(filter(None, sentences))
