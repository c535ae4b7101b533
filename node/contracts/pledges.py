"""The pledges of campaigns from the contract's logs, read when somebody asks and remembered as far as the chain calls it safe.

Each pledge tells the sum of all with it, and nothing is refunded while pledges are taken: so a log that was left out shows.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from node.contracts import campaign_abi as abi
from node.contracts.answers import malformed
from node.contracts.blocks import Blocks
from node.contracts.logs import Logs
from node.ports import Pledged
from node.protocol.errors import Unavailable

MAX_PLEDGES = 100_000  # that are told of one campaign; to hide one behind so many of dust costs seven thousand million gas
MAX_QUESTIONS = 64  # for logs, until the answer is "not yet"
MAX_REMEMBERED = 32  # campaigns
MAX_HELD = 200_000  # pledges of all of them, some hundred bytes each


@dataclass(frozen=True)
class Reading:
    """How far one campaign's pledges were read: `next` is the first block that wasn't."""

    next: int
    found: tuple[Pledged, ...] = ()


class Pledges:
    def __init__(self, blocks: Blocks, logs: Logs):
        self._blocks = blocks
        self._logs = logs
        self._readings: OrderedDict[bytes, Reading] = OrderedDict()

    async def read(self, id: bytes, limit: int, since: int) -> Sequence[Pledged]:
        """As `node.ports.Campaigns.pledged`; at most MAX_PLEDGES."""
        limit = min(limit, MAX_PLEDGES)
        head = await self._blocks.latest()
        safe = await self._blocks.mark("safe", head)
        reading = self._readings.get(id) or Reading(await self._blocks.at(since, 0) if since else 0)
        for _ in range(MAX_QUESTIONS):
            if reading.next > head.number or len(reading.found) >= limit:
                return reading.found[:limit]
            bound = safe if reading.next <= safe else head.number
            try:
                reading = await self._further(id, reading, bound)
            except Unavailable as fault:
                if fault.rule == "chain.answer":
                    self._readings.pop(id, None)  # what was safe may have been replaced after all
                raise
            if reading.next <= safe + 1:
                self._remember(id, reading)
        raise Unavailable(
            "chain.reading",
            "The pledges of this campaign are still being read. Ask again in a moment.",
        )

    async def _further(self, id: bytes, reading: Reading, bound: int) -> Reading:
        last, logs = await self._logs.read((abi.PLEDGED, id), reading.next, bound)
        found = list(reading.found)
        for log in logs:
            pledge = abi.pledged(log, id)
            before = found[-1].raised if found else 0
            if pledge.raised != before + pledge.amount:
                raise malformed("a pledge was left out")
            found.append(pledge)
        return Reading(last + 1, tuple(found))

    def _remember(self, id: bytes, reading: Reading) -> None:
        self._readings[id] = reading
        self._readings.move_to_end(id)
        while len(self._readings) > MAX_REMEMBERED or self._held() > MAX_HELD:
            self._readings.popitem(last=False)

    def _held(self) -> int:
        return sum(len(each.found) for each in self._readings.values())
