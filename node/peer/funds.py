"""Whether an account can pay for an order: asked before a wallet is opened, before a wish is made, and before it is sent."""

from dataclasses import dataclass

from node.ports import Escrow
from node.protocol.errors import RuleError
from node.protocol.escrow import NOBODY, Terms


@dataclass(frozen=True)
class Payment:
    """Who is to pay what, where no escrow's terms say it. `token` is zero for the chain's own coin."""

    buyer: bytes
    token: bytes
    amount: int


GAS_RESERVE = 10**14
"""Wei that an account must have beside the amount, so that it is told before the wallet refuses: about one cheap transaction."""

RULE = "chain.funds"

SENTENCES = {
    "token": "The account that pays doesn't hold enough of this token to pay the price.",
    "coin": "The account that pays doesn't hold enough of the network's coin to pay the price.",
    "gas": "The account that pays has too little of the network's coin to pay the network's fee on top.",
}
"""What is missing, in words. English; pages translate them."""

SIGN_INSTEAD = "The account that pays has too little of the network's coin for the network's fee. Sign instead: the seller's node means to pay it."
"""In place of "gas", where that is so."""


async def shortage(escrow: Escrow, terms: Terms | Payment, fee: int = GAS_RESERVE) -> str:
    """What the buyer of these terms lacks to fund them: a key of SENTENCES, "" for nothing. `fee` is in wei.

    Raises Unavailable."""
    if terms.token != NOBODY and await escrow.balance(terms.buyer, terms.token) < terms.amount:
        return "token"
    price = terms.amount if terms.token == NOBODY else 0
    coins = await escrow.balance(terms.buyer, NOBODY)
    if coins < price:
        return "coin"
    return "gas" if coins < price + fee else ""


async def need_price(escrow: Escrow, terms: Terms) -> None:
    """Raise RuleError "chain.funds" unless the buyer of these terms holds the price; the fee is the wallet's to judge."""
    lacking = await shortage(escrow, terms, fee=0)
    if lacking:
        raise RuleError(RULE, SENTENCES[lacking])
