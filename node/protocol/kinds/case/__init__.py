"""What a party of a disputed order shows its arbiter, and what the arbiter writes back; sealed, never spread."""

from node.protocol.commitment import PARTS
from node.protocol.fields import (
    Account,
    Block,
    Bytes,
    Choice,
    FieldSet,
    Integer,
    ListOf,
    MapOf,
    Ref,
    Slug,
    Text,
)
from node.protocol.kinds.listing.shares import REFERRER
from node.protocol.kinds.profile import MAX_ADDRESS, MAX_NODES
from node.protocol.kinds.review import OPENED
from node.protocol.registry import Keeping, Kind, Rule, Verdict

MAX_TEXT = 4_000  # characters
MAX_ALT = 300  # characters
MAX_SHOWN = 28_672
"""Bytes of a record that is shown whole: what is around it fits into a record too."""

PIECE = 24_576
MAX_PIECES = 8
MUST_OPEN = {"buyer", "offer"}
BRINGS = ("listing", "message", "picture", "text")

PROOF = FieldSet(
    {
        "leaves": MapOf(Slug(), Bytes(32), 0, len(PARTS), title="Leaves of what stays hidden"),
        "opened": MapOf(
            Slug(), Block(OPENED), len(MUST_OPEN), len(PARTS), title="Parts that are shown"
        ),
        "referrer": Block(
            REFERRER, required=False, title="Referrer", help="Of the order, if it has one."
        ),
        "reply_key": Bytes(32, title="Reply key", help="X25519 key to seal answers to."),
        "nodes": ListOf(
            Text(1, MAX_ADDRESS), 0, MAX_NODES, title="Nodes", help="Where answers are taken."
        ),
    }
)
PICTURE = FieldSet(
    {
        "blob": Ref(title="Content id", help="SHA-256 of the whole picture."),
        "size": Integer(1, PIECE * MAX_PIECES, title="Size", help="Bytes of the whole, WebP."),
        "piece": Integer(0, MAX_PIECES - 1, title="Piece", help="Which of it, counted from 0."),
        "data": Bytes(PIECE, low=1, title="Data", help=f"{PIECE:,} bytes, or the rest."),
        "alt": Text(0, MAX_ALT, title="Description", help="For those who can't see it."),
    }
)
FIELDS = FieldSet(
    {
        "escrow": Account(title="Escrow", help="The contract that holds the money."),
        "order": Bytes(32, title="Escrow id", help="The order's name on chain."),
        "proof": Block(
            PROOF, required=False, title="Proof", help="That the author is a party of the order."
        ),
        "listing": Bytes(
            MAX_SHOWN, low=1, required=False, title="Listing", help="The edition ordered, whole."
        ),
        "message": Bytes(
            MAX_SHOWN, low=1, required=False, title="Message", help="Of the order, whole."
        ),
        "picture": Block(PICTURE, required=False, title="A piece of a picture"),
        "text": Text(1, MAX_TEXT, multiline=True, required=False, title="Word"),
        "to": Choice(
            {"buyer": "Buyer", "seller": "Seller"},
            required=False,
            title="To",
            help="Whom the arbiter writes to.",
        ),
    }
)


def _brings_one(record, body) -> bool:
    brought = [name for name in BRINGS if name in body]
    return len(brought) == 1 or (not brought and "proof" in body)


def _parts_are_whole(record, body) -> bool:
    if "proof" not in body:
        return True
    leaves, opened = set(body["proof"]["leaves"]), set(body["proof"]["opened"])
    return opened >= MUST_OPEN and not leaves & opened and leaves | opened == set(PARTS)


def _piece_fits(record, body) -> bool:
    if "picture" not in body:
        return True
    picture = body["picture"]
    return len(picture["data"]) == min(PIECE, picture["size"] - picture["piece"] * PIECE)


def _reject(id: str, text: str, holds) -> Rule:
    return Rule(f"case.{id}", Verdict.REJECT, text, holds)


RULES = (
    _reject(
        "one",
        "It brings one of `listing`, `message`, `picture` and `text`, or a `proof` alone.",
        _brings_one,
    ),
    _reject(
        "parts",
        "`buyer` and `offer` are opened, and every other part of the order is opened or shown as a leaf.",
        _parts_are_whole,
    ),
    _reject(
        "word",
        "Who proves nothing is the arbiter, and brings a `text` that names whom it is `to`; nobody else names that.",
        lambda record, body: (
            ("proof" in body) != ("to" in body) and ("text" in body or "proof" in body)
        ),
    ),
    _reject("picture", "A piece of a picture is as long as its place makes it.", _piece_fits),
)

KIND = Kind("case", 1, Keeping.PRIVATE, FIELDS, RULES)
