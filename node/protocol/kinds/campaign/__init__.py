"""A pre-order: everything that the campaign contract enforces for one edition of a listing, and the creator's consent to it.

Amounts are in the smallest unit of `asset`, times are Unix seconds. Terms and id follow from the body alone.
"""

import itertools
from typing import Any

from node.protocol.campaign import (
    MAX_AMOUNT,
    MAX_CAMPAIGN_TIME,
    MAX_STOP_BPS,
    MAX_TRANCHE_TIME,
    MAX_TRANCHES,
    NOBODY,
    WHOLE,
    Terms,
    Tranche,
    campaign_id,
    tranches_hash,
)
from node.protocol.eip712 import recover_signer
from node.protocol.errors import Rejected
from node.protocol.fields import (
    Account,
    Address,
    Amount,
    Asset,
    Block,
    Bytes,
    FieldSet,
    Integer,
    ListOf,
    Ref,
    Time,
)
from node.protocol.registry import Keeping, Kind, Rule, Verdict
from node.protocol.units import account_parts, asset_chain, asset_token

SIGNATURE_BYTES = 65  # r, s, v

TRANCHE = FieldSet(
    {
        "at": Time(title="From", help="The creator's from then on."),
        "bps": Integer(1, WHOLE, title="Share", help="In 1/10,000 of what was raised."),
    }
)
FIELDS = FieldSet(
    {
        "listing": Ref(title="Edition", help="The listing that says what is made."),
        "account": Account(title="Contract", help="It holds the pledges."),
        "creator": Address(title="Shop key", help="Opens and cancels; it can't take any money."),
        "payout": Address(title="Payout", help="Gets the tranches."),
        "asset": Asset(title="Asset", help="What pledges are made in."),
        "goal": Amount(title="Goal", help="Less than that, and all goes back."),
        "until": Time(title="Until", help="Pledges are taken before this."),
        "stop_bps": Integer(
            1,
            MAX_STOP_BPS,
            title="Share that stops it",
            help="In 1/10,000 of what was raised: objections of so much stop what is still to be paid.",
        ),
        "tranches": ListOf(Block(TRANCHE), 1, MAX_TRANCHES, title="Tranches"),
        "signature": Bytes(
            SIGNATURE_BYTES, title="Signature", help="By the shop key, of the terms (EIP-712)."
        ),
    }
)


# ---- what follows from a body


def tranches_of(body: dict[str, Any]) -> tuple[Tranche, ...]:
    """In the order of the record."""
    return tuple(Tranche(each["at"], each["bps"]) for each in body["tranches"])


def terms_of(body: dict[str, Any]) -> Terms:
    """What the contract is to enforce."""
    return Terms(
        creator=body["creator"],
        payout=body["payout"],
        token=asset_token(body["asset"]),
        goal=body["goal"],
        until=body["until"],
        stop_bps=body["stop_bps"],
        tranches=tranches_hash(tranches_of(body)),
        about=body["listing"],
    )


def id_of(body: dict[str, Any]) -> bytes:
    """By which the contract of `account` knows it: 32 bytes, what the creator signs."""
    chain, contract = account_parts(body["account"])
    return campaign_id(terms_of(body), int(chain.partition(":")[2]), contract)


# ---- rules


def _dates_ascend(record, body) -> bool:
    dates = [each["at"] for each in body["tranches"]]
    apart = all(before < after for before, after in itertools.pairwise(dates))
    return apart and body["until"] <= dates[0] and dates[-1] <= body["until"] + MAX_TRANCHE_TIME


def _is_signed(record, body) -> bool:
    try:
        return recover_signer(id_of(body), body["signature"]) == body["creator"]
    except Rejected:
        return False


def _reject(id: str, text: str, holds) -> Rule:
    return Rule(f"campaign.{id}", Verdict.REJECT, text, holds)


RULES = (
    _reject(
        "chain",
        "The asset is on the contract's chain.",
        lambda record, body: asset_chain(body["asset"]) == account_parts(body["account"])[0],
    ),
    _reject(
        "roles",
        "Shop key and payout are real, and payout isn't the contract.",
        lambda record, body: (
            body["creator"] != NOBODY
            and body["payout"] not in (NOBODY, account_parts(body["account"])[1])
        ),
    ),
    _reject(
        "goal",
        "The goal is from 1 to 2^112 − 1.",
        lambda record, body: 1 <= body["goal"] <= MAX_AMOUNT,
    ),
    _reject(
        "until",
        f"It ends at most {MAX_CAMPAIGN_TIME} s after the record was made.",
        lambda record, body: body["until"] <= record.created + MAX_CAMPAIGN_TIME,
    ),
    _reject(
        "dates",
        f"Tranches are in strictly ascending order of time, from `until` to {MAX_TRANCHE_TIME} s after it.",
        _dates_ascend,
    ),
    _reject(
        "shares",
        "The tranches come to exactly 10,000.",
        lambda record, body: sum(each["bps"] for each in body["tranches"]) == WHOLE,
    ),
    _reject("signature", "The shop key has signed the terms.", _is_signed),
)

KIND = Kind("campaign", 1, Keeping.ADDRESSABLE, FIELDS, RULES)
