"""What the browser's wallet asks before an order is paid: how often, and what a person can compare there with the page."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from node.peer.views import Money, OrderView
from node.ports import Token
from node.web.pages.money import exact

COIN = "/slip44:"


@dataclass(frozen=True)
class Prompt:
    """One request of the wallet, as the wallet can show it.

    `kind`: "permit" (a signature) or "approve" (a transaction), by which the escrow may take an amount of a token, or "fund", the
    payment. `to` is the contract that it is meant for. `raw` is the token's amount in its smallest unit, "" where no token is named.
    `coins` is what the transaction itself moves, "" for a signature."""

    kind: str
    to: str
    spender: str = ""
    raw: str = ""
    coins: str = ""


def of(order: OrderView, tokens: Iterable[Token]) -> tuple[Prompt, ...]:
    """Of a payment that the browser's wallet is to make now; nothing where none is."""
    if "fund" not in order.actions or order.wallet_is_node or order.contract is None:
        return ()
    total, known = order.quote.total, {token.asset: token for token in tokens}
    address = token_address(total)
    if not address:
        return (Prompt("fund", order.contract, coins=exact(total)),)
    permission = {"spender": order.contract, "raw": str(total.amount)}
    nothing = exact(_nothing(known.values(), total))
    if total.unit in known and known[total.unit].permit:
        first = Prompt("permit", address, **permission)
    else:
        first = Prompt("approve", address, coins=nothing, **permission)
    return (first, Prompt("fund", order.contract, coins=nothing))


def _nothing(tokens: Iterable[Token], total: Money) -> Money:
    """None of the chain's own coin."""
    coin = next((each for each in tokens if COIN in each.asset), None)
    return replace(total, amount=0, symbol=coin.symbol if coin else "ETH")


def token_address(total: Money) -> str:
    """The token that is paid with, "" for the chain's own coin."""
    _, _, asset = total.unit.partition("/")
    return asset.removeprefix("erc20:") if asset.startswith("erc20:") else ""
