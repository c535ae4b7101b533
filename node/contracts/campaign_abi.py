"""Calls to the campaign contract as calldata, and what it answers and logs. Pure; nothing here waits.

Layouts are those of the contract's ABI (Solidity ABI specification); a test compares the selectors with the artifact.
"""

from collections.abc import Sequence
from dataclasses import astuple

from node.contracts.abi import Function, decode, place, topic
from node.contracts.answers import data, malformed, member
from node.ports.campaigns import CampaignState, Pledged
from node.protocol.campaign import (
    MAX_AMOUNT,
    MAX_TRANCHES,
    TERMS_MEMBERS,
    Authorization,
    Phase,
    Terms,
    Tranche,
)

TERMS = f"({','.join(kind for kind, _ in TERMS_MEMBERS)})"
TRANCHES = "(uint40,uint16)[]"
AUTHORIZATIONS = "(address,uint112,uint256,uint256,bytes32,bytes)[]"

OPEN = Function("open", TERMS, TRANCHES, "bytes")
PLEDGE = Function("pledge", TERMS, "uint112", "bytes32")
PLEDGE_WITH_AUTHORIZATIONS = Function("pledgeWithAuthorizations", TERMS, AUTHORIZATIONS)
OBJECT = Function("object", TERMS, TRANCHES, "address", "bool", "uint40", "bytes")
CANCEL = Function("cancel", TERMS, "uint40", "bytes")
COLLECT = Function("collect", TERMS, TRANCHES)
REFUND = Function("refund", TERMS, "address[]")
WITHDRAW = Function("withdraw", "address", "address", "address")
CAMPAIGNS = Function("campaigns", "bytes32")
PLEDGES = Function("pledges", "bytes32", "address")

CAMPAIGN_FUNCTIONS = (
    *(OPEN, PLEDGE, PLEDGE_WITH_AUTHORIZATIONS, OBJECT, CANCEL, COLLECT, REFUND, WITHDRAW),
    *(CAMPAIGNS, PLEDGES),
)

STATE = ("uint112", "uint112", "uint112", "uint8", "uint8")  # what `campaigns` answers
STATE_SIZE = 32 * len(STATE)
MARK = ("uint112", "uint32")  # what `pledges` answers
MARK_SIZE = 32 * len(MARK)

PLEDGED = topic("Pledged", "bytes32", "address", "bytes32", "uint256", "uint256")
PLEDGED_SIZE = 64  # bytes of data


def given(authorizations: Sequence[Authorization]) -> list[tuple]:
    """As the contract takes them."""
    return [astuple(each) for each in authorizations]


def state(raw: bytes, block: int, time: int) -> CampaignState:
    """What `campaigns` answered after this block. Raises Unavailable "chain.answer" for what the contract can't hold."""
    pledges, money, objections, paid, phase = decode(STATE, raw)
    if phase not in set(Phase) or paid > MAX_TRANCHES or money > pledges or objections > MAX_AMOUNT:
        raise malformed("a campaign that the contract can't hold")
    if phase == Phase.NONE and (pledges or money or objections or paid):
        raise malformed("a campaign that was never opened")
    return CampaignState(Phase(phase), pledges, money, paid, objections, block, time)


def pledged(log: object, id: bytes) -> Pledged:
    """One log of the contract as a pledge to this campaign. Raises Unavailable "chain.answer"."""
    topics = member(log, "topics")
    if not isinstance(topics, list) or len(topics) != 4:
        raise malformed("a log's topics")
    kind, campaign, backer, order = (data(one, 32) for one in topics)
    if kind != PLEDGED or campaign != id or any(backer[:12]):
        raise malformed("a log that wasn't asked for")
    amount, raised = decode(("uint256", "uint256"), data(member(log, "data"), PLEDGED_SIZE))
    if not 0 < amount <= raised <= MAX_AMOUNT:
        raise malformed("a pledge that the contract can't hold")
    where = place(log, 0)
    return Pledged(backer[12:], order, amount, raised, "0x" + where.tx.hex(), where.block)


def terms_of(values: Sequence) -> Terms:
    """Terms from the decoded members of the contract's struct."""
    return Terms(*(bytes.fromhex(one[2:]) if isinstance(one, str) else one for one in values))


def tranches_of(values: Sequence) -> list[Tranche]:
    return [Tranche(*each) for each in values]
