"""Rows of the vectors of kinds: pledges by a signature, and what a seller's node won't send."""

from tests.protocol.sale import BUYER, NOW, ORDER, PLACED, SELLER, sign
from tests.vectors.rows import Invalid, Valid

PLEDGE = {"campaign": b"\x0c" * 32, "account": b"\x0a" * 20}


def _pledging(length: int):
    block = {"valid_before": NOW + 3_600, "signature": b"\1" * length, "pledge": PLEDGE}
    return _said(BUYER, "authorize", block)


def _said(by, step: str, block: dict):
    body = {"order": ORDER, "prev": PLACED.id, "step": step, step: block}
    return sign("order", body, by)


def valid() -> list[Valid]:
    return [
        Valid(
            "order-authorize-pledge",
            "a pledge by the longest signature that the contract takes",
            _pledging(1_024),
        ),
        Valid(
            "order-refuse",
            "the seller's node won't send it",
            _said(SELLER, "refuse", {"authorization": PLACED.id, "reason": "funds"}),
        ),
    ]


def invalid() -> list[Invalid]:
    return [
        Invalid(
            "order-pledge-signature",
            "a pledge by a signature that is longer than the contract takes",
            "order.pledge-signature",
            _pledging(1_025).raw,
        ),
        Invalid(
            "order-refuse-nothing",
            "a refusal that names no authorization",
            "field.required",
            _said(SELLER, "refuse", {"reason": "funds"}).raw,
        ),
    ]
