"""Blocks by number and by tag, checked; and where a tag stands on a chain's node that lacks it."""

from node.contracts import answers
from node.contracts.answers import Header, malformed
from node.contracts.rpc import Caller, RpcError

NO_TAG = (-32602, -39001)  # invalid params; unknown block


class Blocks:
    """Depths are in blocks and stand in for the tags "safe" and "finalized" where a node lacks them."""

    def __init__(self, rpc: Caller, safe_depth: int, final_depth: int):
        self._rpc = rpc
        self._depths = {"safe": safe_depth, "finalized": final_depth}
        self._tagged: set[str] = set()  # tags that the chain's node has known once

    async def named(self, tag: str) -> Header | None:
        """By a tag, or a number in hexadecimal; None where there is none. Raises Unavailable."""
        found = await self._rpc.call("eth_getBlockByNumber", tag, False)
        if found is None:
            return None
        header = answers.header(found)
        if tag.startswith("0x") and header.number != int(tag, 16):
            raise malformed("another block than asked for")
        return header

    async def latest(self) -> Header:
        head = await self.named("latest")
        if head is None:
            raise malformed("no latest block")
        return head

    async def mark(self, tag: str, head: Header) -> int:
        """Number of the block that the chain calls "safe" or "finalized", never above this head."""
        try:
            block = await self.named(tag)
        except RpcError as error:
            if tag in self._tagged or not lacks_tag(error, tag):
                raise
            block = None
        if block is None and tag in self._tagged:
            raise malformed(f"no {tag} block, where there was one")
        if block is not None:
            self._tagged.add(tag)
        number = head.number - self._depths[tag] if block is None else block.number
        return max(0, min(number, head.number))

    async def at(self, time: int, low: int) -> int:
        """Number of the last block whose time isn't after this one, `low` at least; by bisection. Raises Unavailable."""
        head = await self.named("latest")
        high = head.number if head else low
        while low < high:
            middle = (low + high + 1) // 2
            header = await self.named(hex(middle))
            if header is None:
                raise malformed(f"no block {middle} below the latest")
            low, high = (middle, high) if header.time <= time else (low, middle - 1)
        return low


def lacks_tag(error: RpcError, tag: str) -> bool:
    """Whether this refusal says that there is no block of this tag, and not that the question came at a bad moment.

    geth: -32000 "safe block not found"; besu and older erigon: -39001 "Unknown block"; erigon: 'block "safe" not available';
    before the tags: -32602 "invalid argument 0: hex string without 0x prefix". Others answer null.
    """
    low = error.reason.lower()
    return (
        error.code in NO_TAG or "unknown block" in low or f"{tag} block" in low or f'"{tag}"' in low
    )
