"""Where the money of an order goes: exactly what the contract pays, to the last unit."""

from collections.abc import Sequence
from dataclasses import dataclass

from node.protocol.errors import RuleError
from node.protocol.escrow.states import How, State
from node.protocol.escrow.terms import WHOLE, Payee, Terms, payees_hash


@dataclass(frozen=True)
class Payout:
    """One payment out of a pot. `shares` are the transfers in the contract's order, (address, amount), none of zero."""

    how: How
    to_buyer: int
    to_seller: int
    to_arbiter: int
    left: int
    shares: tuple[tuple[bytes, int], ...]


def split(
    terms: Terms,
    held: int,
    verb: str,
    *,
    state: State = State.FUNDED,
    to_buyer: int = 0,
    to_seller: int = 0,
    payees: Sequence[Payee] = (),
) -> Payout:
    """Exactly what the contract would pay. `verb` is release | settle | timeout | rule; amounts are for settle and rule.

    Raises RuleError "escrow.split" with the contract's reason where it would revert (consent and time aside).
    """
    to_arbiter = 0
    if state is State.NONE or held == 0:
        raise RuleError("escrow.split", "no such order")
    match verb:
        case "release":
            how, to_buyer, to_seller = How.RELEASE, 0, held
        case "settle":
            check_settlement(held, to_buyer, to_seller)
            how = How.REFUND if to_seller == 0 else How.SETTLEMENT
            how = How.RELEASE if to_buyer == 0 else how
        case "timeout":
            how = How.TIMEOUT
            to_seller = {
                State.DELIVERED: held,
                State.CONTESTED: held * terms.lapse_bps // WHOLE,
            }.get(state, 0)
            to_buyer = held - to_seller
        case "rule":
            if state not in (State.DISPUTED, State.CONTESTED):
                raise RuleError("escrow.split", "wrong state")
            how = How.RULING
            to_arbiter = held * terms.arbiter_bps // WHOLE
            to_seller = min(to_seller, held - to_arbiter)
            to_buyer = held - to_arbiter - to_seller
        case _:
            raise RuleError("escrow.split", f"no such verb: {verb}")
    left = held - to_buyer - to_seller - to_arbiter
    shares = [(terms.buyer, to_buyer), (terms.arbiter, to_arbiter)]
    shares += _sellers_side(terms, to_seller, payees)
    return Payout(how, to_buyer, to_seller, to_arbiter, left, tuple(s for s in shares if s[1]))


def check_settlement(held: int, to_buyer: int, to_seller: int) -> None:
    """Raises RuleError "escrow.split" unless something is paid, and no more than is held."""
    if to_buyer == 0 and to_seller == 0:
        raise RuleError("escrow.split", "nothing to pay")
    if to_buyer + to_seller > held:
        raise RuleError("escrow.split", "more than is held")


def _sellers_side(terms: Terms, amount: int, payees: Sequence[Payee]) -> list[tuple[bytes, int]]:
    if amount and payees_hash(payees) != terms.payees:
        raise RuleError("escrow.split", "payees differ")
    shares = [(to, amount * bps // WHOLE) for to, bps in payees]
    return [*shares, (terms.payout, amount - sum(share for _, share in shares))]
