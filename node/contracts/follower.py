"""Follow the escrow's events through reorganisations.

What was told so far is remembered as a window of (number, hash). Each step finds the highest remembered block that
still stands, unwinds to it and goes forward: old blocks in ranges, young ones one by one and by hash (EIP-234), so that
logs and block can't come from different branches. The window may have gaps: of a range only its last block and those
with events are remembered, and of the whole chain the first.

A head below ours is only believed where the chain's node has another block in place of one that is remembered. Else it lags,
such as one that is set up anew: then nothing is undone, however long that takes.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial

import trio

from node.contracts import answers
from node.contracts.answers import Header, malformed
from node.contracts.blocks import Blocks
from node.contracts.rpc import Caller
from node.ports import ChainUpdate
from node.protocol.errors import Unavailable
from node.protocol.escrow import EscrowEvent

WINDOW = 512  # remembered blocks, beside the first
YOUNG = 64  # blocks below the head that are followed one by one
STEP = 16  # young blocks in one update
MAX_SPAN = 5_000  # old blocks in one request for logs
FIRST_SPAN = 2_000
MAX_LOGS = 10_000  # in one answer; a range with more is halved
AT_ONCE = 8  # requests under way
LAG_PATIENCE = 5  # looks at a head below ours before asking whether the chain's node lags
MOVED_PATIENCE = 10  # looks in a row at a chain that moves meanwhile, before that counts as trouble
FIRST_PAUSE = 1.0  # seconds after trouble; doubles
LAST_PAUSE = 60.0


class Moved(Exception):
    """The chain was reorganised while we looked: look again."""


class Follower:
    """`since` is the number of the block in which the contract was deployed; `decode(log, time)` makes an event of a log
    or raises Unavailable; depths are in blocks and stand in for the tags "safe" and "finalized" where a node lacks them.

    `trouble` is None while all is well, else a sentence about what is wrong with the chain's node.
    """

    def __init__(
        self,
        rpc: Caller,
        contract: bytes,
        topics: Sequence[bytes],
        decode: Callable[[object, int], EscrowEvent],
        *,
        since: int,
        safe_depth: int,
        final_depth: int,
        poll: float,
    ):
        self.trouble: str | None = None
        self._rpc = rpc
        self._filter = {
            "address": "0x" + contract.hex(),
            "topics": [["0x" + topic.hex() for topic in topics]],
        }
        self._decode = decode
        self._since = since
        self._blocks = Blocks(rpc, safe_depth, final_depth)
        self._poll = poll
        self._span = FIRST_SPAN
        self._window: list[tuple[int, bytes]] = []
        self._told: tuple | None = None
        self._behind = 0

    def begin_at(self, since: int) -> None:
        """The block of the deployment, found after all; before the first update."""
        self._since = since

    async def updates(self, window: Sequence[tuple[int, bytes]]) -> AsyncIterator[ChainUpdate]:
        """Never ends and never raises for what the chain's node does: trouble is retried with growing pauses."""
        self._window = _bounded(sorted(window))
        self._told, self._behind = None, 0
        pause, moved = FIRST_PAUSE, 0
        while True:
            try:
                update = await self._step()
            except Moved:
                moved += 1
                if moved > MOVED_PATIENCE:
                    self.trouble = "The chain's node contradicts itself."
                await trio.sleep(self._poll)
                continue
            except Unavailable as error:
                self.trouble = str(error)
                await trio.sleep(pause)
                pause = min(pause * 2, LAST_PAUSE)
                continue
            self.trouble, pause, moved = None, FIRST_PAUSE, 0
            if update is None:
                await trio.sleep(self._poll)
                continue
            self._remember(update)
            yield update

    def _remember(self, update: ChainUpdate) -> None:
        kept = [one for one in self._window if one[0] <= update.keep_to and not update.reset]
        self._window = _bounded([*kept, *((block.number, block.hash) for block in update.blocks)])

    async def read(self, first: int, last: int) -> tuple[int, list[EscrowEvent]]:
        """Final blocks once more: (the last that one request gave, events). Raises Unavailable."""
        try:
            headers, events = await self._old(first, last)
        except Moved:
            raise malformed("a final block has changed") from None
        return headers[-1].number, events

    async def block_at(self, time: int) -> int:
        """Number of the last block whose time isn't after this one, `since` at least; by bisection. Raises Unavailable."""
        return await self._blocks.at(time, self._since)

    # ---- one step

    async def _step(self) -> ChainUpdate | None:
        head = await self._blocks.latest()
        if self._window and head.number < self._window[-1][0]:
            # Behind a load balancer some nodes lag, perhaps on a branch that is over; only a lasting step back matters.
            self._behind += 1
            if self._behind <= LAG_PATIENCE:
                return None
            if await self._lags(head):
                raise Unavailable(
                    "chain.behind",
                    f"The chain's node is at block {head.number}, but was at {self._window[-1][0]} before: it has yet to catch up.",
                )
        else:
            self._behind = 0
        keep_to, parent = await self._ancestor(head)
        reset = bool(self._window) and parent is None
        if keep_to + 1 <= head.number - YOUNG:
            blocks, events = await self._old(keep_to + 1, head.number - YOUNG)
        else:
            blocks, events = await self._young(keep_to + 1, head, parent)
        safe, final = await self._marks(head)
        state = (head.hash, safe, final)
        undone = bool(self._window) and self._window[-1][0] > keep_to
        if not blocks and not undone and not reset and state == self._told:
            return None
        self._told = state
        return ChainUpdate(
            keep_to=keep_to,
            blocks=tuple(header.block for header in blocks),
            events=tuple(events),
            head=head.block,
            safe=safe,
            final=final,
            reset=reset,
        )

    async def _lags(self, head: Header) -> bool:
        """Whether nothing but its age is wrong with a head below ours. A reorganisation puts other blocks in the place of ours."""
        number, hash = next(self._remembered_below(head), (0, None))
        return hash is None or (await self._named(number, head)).hash == hash

    async def _ancestor(self, head: Header) -> tuple[int, bytes | None]:
        """The highest remembered block that still stands; (since - 1, None) when there is none."""
        for number, hash in self._remembered_below(head):
            if (await self._named(number, head)).hash == hash:
                return number, hash
        return self._since - 1, None

    def _remembered_below(self, head: Header) -> Iterator[tuple[int, bytes]]:
        """Highest first, the head's own number included."""
        return (one for one in reversed(self._window) if one[0] <= head.number)

    async def _named(self, number: int, head: Header) -> Header:
        """The block of this number, which isn't above the head. Raises Moved where there is none: that proves nothing of ours wrong."""
        found = await self._header_at(number, head)
        if found is None:
            raise Moved
        return found

    async def _marks(self, head: Header) -> tuple[int, int]:
        safe = await self._blocks.mark("safe", head)
        return safe, min(safe, await self._blocks.mark("finalized", head))

    # ---- young blocks: whole, linked, by hash

    async def _young(
        self, first: int, head: Header, parent: bytes | None
    ) -> tuple[list[Header], list[EscrowEvent]]:
        last = min(head.number, first + STEP - 1)
        numbers = range(first, last + 1)
        found = await _gather(
            [partial(self._header_at, number, head) for number in numbers],
        )
        linked: list[Header] = []
        for header in found:
            if header is None or (parent is not None and header.parent != parent):
                raise Moved
            linked.append(header)
            parent = header.hash
        logs = await _gather([partial(self._logs_in, header) for header in linked])
        return linked, [event for events in logs for event in events]

    async def _header_at(self, number: int, head: Header) -> Header | None:
        return head if number == head.number else await self._blocks.named(hex(number))

    async def _logs_in(self, header: Header) -> list[EscrowEvent]:
        logs = await self._logs({"blockHash": "0x" + header.hash.hex()})
        events = [self._decode(log, header.time) for log in logs]
        for event in events:
            if (event.where.block, event.where.block_hash) != (header.number, header.hash):
                raise malformed("a log of another block")
        return _in_order(events)

    # ---- old blocks: in ranges

    async def _old(self, first: int, bound: int) -> tuple[list[Header], list[EscrowEvent]]:
        while True:
            last = min(bound, first + self._span - 1)
            try:
                headers, events = await self._range(first, last)
            except Unavailable as error:
                narrow = self._span == 1
                self._span = max(1, self._span // 2)
                if narrow or error.rule != "chain.refused":
                    raise
                continue
            self._span = min(self._span * 2, MAX_SPAN)
            return headers, events

    async def _range(self, first: int, last: int) -> tuple[list[Header], list[EscrowEvent]]:
        before = await self._blocks.named(hex(last))
        if before is None:
            raise Moved
        logs = await self._logs({"fromBlock": hex(first), "toBlock": hex(last)})
        hashes = {answers.data(answers.member(log, "blockHash"), 32) for log in logs}
        found = await _gather([partial(self._by_hash, hash) for hash in sorted(hashes)])
        beginning = None if self._window else await self._blocks.named(hex(first))
        headers = {header.hash: header for header in found}
        events = []
        for log in logs:
            header = headers[answers.data(log["blockHash"], 32)]
            event = self._decode(log, header.time)
            if event.where.block != header.number or not first <= header.number <= last:
                raise malformed("a log of another block")
            events.append(event)
        if len({header.number for header in found}) != len(found):
            raise Moved
        after = await self._blocks.named(hex(last))
        if after is None or after.hash != before.hash:
            raise Moved
        headers[after.hash] = after
        if beginning is not None:
            headers[beginning.hash] = beginning
        return sorted(headers.values(), key=lambda header: header.number), _in_order(events)

    # ---- asking

    async def _by_hash(self, hash: bytes) -> Header:
        found = await self._rpc.call("eth_getBlockByHash", "0x" + hash.hex(), False)
        if found is None:
            raise Moved
        header = answers.header(found)
        if header.hash != hash:
            raise malformed("another block than asked for")
        return header

    async def _logs(self, where: dict) -> list:
        logs = await self._rpc.call("eth_getLogs", self._filter | where)
        if not isinstance(logs, list):
            raise malformed("logs are not a list")
        if len(logs) > MAX_LOGS:
            raise Unavailable("chain.refused", f"more than {MAX_LOGS} logs in one answer")
        contract = self._filter["address"]
        for log in logs:
            address = answers.member(log, "address")
            if not isinstance(address, str) or address.lower() != contract:
                raise malformed("a log of another contract")
        return logs


def _bounded(window: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """The first block ever followed stays: it tells a node that syncs from the start from a chain begun anew."""
    return window[:1] + window[1:][-WINDOW:]


def _in_order(events: list[EscrowEvent]) -> list[EscrowEvent]:
    places = {(event.where.block, event.where.index) for event in events}
    if len(places) != len(events):
        raise malformed("two logs in one place")
    return sorted(events, key=lambda event: (event.where.block, event.where.index))


async def _gather(jobs: list[Callable]) -> list:
    """Results in the order of the jobs; the first error alone is raised."""
    results: list = [None] * len(jobs)
    limit = trio.CapacityLimiter(AT_ONCE)

    async def one(index: int) -> None:
        async with limit:
            results[index] = await jobs[index]()

    failed: BaseException | None = None
    try:
        async with trio.open_nursery() as nursery:
            for index in range(len(jobs)):
                nursery.start_soon(one, index)
    except* (Unavailable, Moved) as group:
        failed = group
    while isinstance(failed, BaseExceptionGroup):
        failed = failed.exceptions[0]
    if failed is not None:
        raise failed
    return results
