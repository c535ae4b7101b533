"""What most endpoints of a chain say alike. Nothing else is believed: see docs/decisions/two-must-say-the-same.md

Every question is asked of all, and what is compared is the whole answer, not a block's hash alone: that commits to the logs, but
whoever makes logs up can hang them on a true block.
"""

from collections import defaultdict
from collections.abc import Sequence

import trio

from node.contracts.endpoint import NEVER, Endpoint, gather
from node.contracts.essence import SUBJECTS, Essence, essence
from node.contracts.rpc import RpcError, result_of
from node.protocol.errors import Unavailable

PAUSES = (
    0.5,
    1.0,
    2.0,
)  # seconds before asking again: at the head of a chain honest nodes differ for a moment
GRACE = 0.5  # seconds that slower endpoints get once enough have said the same: one that lies may well be slow
PROBE = 5.0  # seconds that they get now and then, so that a person learns of those that the others go on without
PROBE_EVERY = 60.0
TAGS = ("latest", "safe", "finalized")
BY_NUMBER = "eth_getBlockByNumber"
PATIENT = ("eth_getBlockByNumber", "eth_getBlockByHash", "eth_getLogs")
CONTRADICTION = "chain.contradiction"

Heard = list[tuple[Endpoint, Essence | Unavailable | None]]


class Voting:
    """`node.contracts.rpc.Caller`. `need` endpoints must say the same: more than half, so that two answers never both win."""

    def __init__(self, endpoints: Sequence[Endpoint]):
        self._all = endpoints
        self.need = len(endpoints) // 2 + 1
        self._next_probe = NEVER

    async def call(self, method: str, *params: object) -> object:
        """What most say, with the members that this node uses and no others.

        Raises RpcError where they refuse, Unavailable "chain.contradiction" where they say different things also when asked again, and
        "chain.quorum" where too few answer."""
        if method == BY_NUMBER and params[0] in TAGS:
            return await self._tagged(str(params[0]))
        for pause in PAUSES:
            try:
                return await self._vote(method, list(params))
            except RpcError:
                if not _is_of_the_head(method, params):
                    raise
            except Unavailable as fault:
                if fault.rule != CONTRADICTION:
                    raise
            await trio.sleep(pause)
        return await self._vote(method, list(params))

    async def _vote(self, method: str, params: list) -> object:
        heard = await self._ask(method, params, self._is_won, GRACE)
        groups = _groups(each for _, each in heard)
        won = next((group for group in groups.values() if len(group) >= self.need), None)
        if won is None:
            raise self._undecided(method, heard)
        for endpoint, told in heard:
            if isinstance(told, Essence) and told.key not in (won[0].key, None):
                endpoint.note_contradiction(SUBJECTS.get(method, method))
        return won[0].value

    async def _tagged(self, tag: str) -> object:
        """The block that most endpoints have reached by this tag: one that is ahead of the others, or says so, moves nothing."""

        def enough(answers: list) -> bool:
            return len([each for each in answers if _is_block(each)]) >= self.need

        probing = tag == "latest" and trio.current_time() >= self._next_probe
        heard = await self._ask(BY_NUMBER, [tag, False], enough, PROBE if probing else GRACE)
        blocks = [(endpoint, told) for endpoint, told in heard if _is_block(told)]
        if tag == "latest":
            for endpoint, told in heard:
                endpoint.newest = told.key if _is_block(told) else None
                if probing and told is None:
                    endpoint.note_silence()
        if probing:
            self._next_probe = trio.current_time() + PROBE_EVERY
        if len(blocks) < self.need:
            if any(isinstance(told, Essence) and told.key is None for _, told in heard):
                return None
            raise self._undecided(BY_NUMBER, heard)
        numbers = sorted((told.key.number for _, told in blocks), reverse=True)
        reached = numbers[self.need - 1]
        for group in _groups(told for _, told in blocks).values():
            if group[0].key.number == reached and len(group) >= self.need:
                return group[0].value
        return await self.call(BY_NUMBER, hex(reached), False)

    async def _ask(self, method: str, params: list, is_enough, grace: float) -> Heard:
        """Of all that aren't known to be down; answers in the order of the endpoints."""
        up = [each for each in self._all if not each.is_down]
        if len(up) < self.need:
            raise self._too_few(len(up))

        async def one(endpoint: Endpoint) -> Essence:
            result = result_of(await endpoint.ask(method, params))
            try:
                return essence(method, result)
            except Unavailable as fault:
                endpoint.fault = f"{fault.message.rstrip('.')} ({endpoint.host})."
                raise

        jobs = [(lambda each=each: one(each)) for each in up]
        return list(zip(up, await gather(jobs, is_enough, grace), strict=True))

    def _is_won(self, answers: list) -> bool:
        return any(len(group) >= self.need for group in _groups(answers).values())

    def _undecided(self, method: str, heard: Heard) -> Unavailable:
        """Why there is no answer that most have given."""
        refused = [(each, told) for each, told in heard if isinstance(told, RpcError)]
        said = [(each, told) for each, told in heard if isinstance(told, Essence)]
        if refused and (len(refused) >= self.need or len(_groups(told for _, told in said)) <= 1):
            endpoint, error = refused[0]
            return RpcError(error.code, f"{error.reason} ({endpoint.host})", error.data)
        if len(_groups(told for _, told in said)) > 1:
            says = "; ".join(f"{each.host}: {told.gist}" for each, told in said)
            return Unavailable(
                CONTRADICTION,
                f"The chain's nodes contradict each other about {SUBJECTS.get(method, method)} ({says}). Until they agree, nothing new "
                "counts.",
            )
        return self._too_few(len(said))

    def _too_few(self, count: int) -> Unavailable:
        return Unavailable(
            "chain.quorum",
            f"Of the chain's {len(self._all)} nodes {count} answer, and {self.need} must say the same: until then nothing new counts.",
        )


def _is_of_the_head(method: str, params: Sequence) -> bool:
    """Whether a refusal may only mean that an endpoint hasn't the block yet, and not that this is too much, or too old."""
    return method in PATIENT and not (isinstance(params[0], dict) and "fromBlock" in params[0])


def _is_block(told: object) -> bool:
    return isinstance(told, Essence) and told.key is not None


def _groups(answers) -> dict[object, list[Essence]]:
    groups: dict[object, list[Essence]] = defaultdict(list)
    for each in answers:
        if isinstance(each, Essence):
            groups[each.key].append(each)
    return groups
