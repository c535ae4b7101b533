"""Several endpoints of one chain: what any of them can answer is asked of one, what money hangs on of all (`quorum`).

An endpoint that doesn't answer is left alone for a while, and the next is asked. Transactions are given to all, so that none can keep one back.
"""

from collections.abc import Sequence

from node.contracts.endpoint import Endpoint, gather
from node.contracts.quorum import Voting
from node.contracts.rpc import Rpc, RpcError, result_of
from node.protocol.errors import Unavailable

GRACE = 1.0  # seconds that slower endpoints get once a transaction was taken
BEHIND = 90  # seconds between the newest blocks of two endpoints, from which on a person is told
SEND = "eth_sendRawTransaction"


class Endpoints:
    """`node.contracts.rpc.Access` over several. At least two."""

    def __init__(self, rpcs: Sequence[Rpc]):
        self.all = tuple(Endpoint(rpc) for rpc in rpcs)
        self.agreed = Voting(self.all)

    def __repr__(self) -> str:
        return f"Endpoints({', '.join(each.host for each in self.all)})"

    async def aclose(self) -> None:
        for each in self.all:
            await each.rpc.aclose()

    @property
    def troubles(self) -> tuple[str, ...]:
        found = []
        for each in self.all:
            if each.fault:
                found.append(each.fault)
            if each.contradicts:
                found.append(
                    f"The chain's node at {each.host} contradicts the others about {each.contradicts}."
                )
        return (*found, *self._behind())

    def _behind(self) -> list[str]:
        known = [each for each in self.all if each.newest is not None and not each.fault]
        first = max(known, key=lambda each: each.newest.time, default=None)
        return [
            f"The chain's node at {each.host} is at block {each.newest.number} while the one at {first.host} is at block "
            f"{first.newest.number}."
            for each in known
            if first.newest.time - each.newest.time > BEHIND
        ]

    async def call(self, method: str, *params: object) -> object:
        return result_of(await self.request(method, list(params)))

    async def request(self, method: str, params: list) -> dict:
        """The answer of the first that gives one. Raises RpcError for an answer too large, Unavailable where none answers."""
        if method == SEND:
            return await self._send(params)
        for each in sorted(self.all, key=lambda each: each.is_down):
            try:
                return await each.ask(method, params)
            except RpcError:
                raise
            except Unavailable as error:
                fault = error
        raise fault

    async def _send(self, params: list) -> dict:
        """To all that aren't known to be down: the first answer of one that has taken it, else of the first that said why not."""
        up = [each for each in self.all if not each.is_down] or self.all

        def taken(answers: list) -> bool:
            return any(isinstance(each, dict) and "error" not in each for each in answers)

        asked = [(lambda each=each: each.ask(SEND, params)) for each in up]
        found = await gather(asked, taken, GRACE)
        told = [answer for answer in found if isinstance(answer, dict)]
        if not told:
            raise next(answer for answer in found if isinstance(answer, Unavailable))
        return next((answer for answer in told if "error" not in answer), told[0])
