"""What of an answer is compared between endpoints: the members that this node uses, in one form for all spellings.

Nothing else of an answer is passed on: what wasn't compared can't deceive.
"""

from collections.abc import Callable
from typing import NamedTuple

from node.contracts import answers
from node.contracts.answers import malformed

LOG_MEMBERS = (
    *("address", "blockHash", "blockNumber", "data", "logIndex", "topics", "transactionHash"),
)


class Essence(NamedTuple):
    """`key` is equal where two answers say the same; `value` is what is passed on; `gist` shows it to a person."""

    key: object
    value: object
    gist: str


def essence(method: str, result: object) -> Essence:
    """Raises Unavailable "chain.answer" for what isn't of the method's form."""
    return FORMS.get(method, _text)(result)


def _header(result: object) -> Essence:
    if result is None:
        return Essence(None, None, "no such block")
    header = answers.header(result)
    value = {
        "number": hex(header.number),
        "hash": _hexadecimal(header.hash),
        "parentHash": _hexadecimal(header.parent),
        "timestamp": hex(header.time),
    }
    return Essence(header, value, f"block {header.number} is {_short(header.hash)}")


def _logs(result: object) -> Essence:
    if not isinstance(result, list):
        raise malformed("logs are not a list")
    logs = sorted((_log(each) for each in result), key=_place)
    return Essence(
        tuple(tuple(str(each[name]) for name in LOG_MEMBERS) for each in logs),
        logs,
        f"{len(logs)} events" if len(logs) != 1 else "1 event",
    )


def _log(log: object) -> dict:
    topics = answers.member(log, "topics")
    if not isinstance(topics, list):
        raise malformed("a log's topics")
    return {
        "address": _hexadecimal(answers.data(answers.member(log, "address"), 20)),
        "blockHash": _hexadecimal(answers.data(answers.member(log, "blockHash"), 32)),
        "blockNumber": _number(answers.member(log, "blockNumber")),
        "data": _hexadecimal(answers.data(answers.member(log, "data"))),
        "logIndex": _number(answers.member(log, "logIndex")),
        "topics": [_hexadecimal(answers.data(topic, 32)) for topic in topics],
        "transactionHash": _hexadecimal(answers.data(answers.member(log, "transactionHash"), 32)),
    }


def _place(log: dict) -> tuple:
    return int(log["blockNumber"], 16), log["blockHash"], int(log["logIndex"], 16)


def _text(result: object) -> Essence:
    """Data or a quantity, as calls, code and ids are."""
    if not isinstance(result, str):
        raise malformed("not data")
    low = result.lower()
    return Essence(low, low, low if len(low) <= 20 else f"{low[:18]}…")


def _number(value: object) -> str:
    return hex(answers.quantity(value, answers.MAX_NUMBER))


def _hexadecimal(data: bytes) -> str:
    return "0x" + data.hex()


def _short(hash: bytes) -> str:
    return f"0x{hash.hex()[:8]}…"


FORMS: dict[str, Callable[[object], Essence]] = {
    "eth_getBlockByNumber": _header,
    "eth_getBlockByHash": _header,
    "eth_getLogs": _logs,
}

SUBJECTS = {
    "eth_chainId": "the chain's id",
    "eth_getBlockByNumber": "a block",
    "eth_getBlockByHash": "a block",
    "eth_getLogs": "a contract's events",
    "eth_getCode": "a contract's code",
    "eth_call": "what a contract holds",
}
"""method -> what the answer is about, for a person."""
