"""One of several endpoints of a chain, how it does, and asking many at once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import trio

from node.contracts.answers import Header
from node.contracts.rpc import Rpc, RpcError
from node.protocol.errors import Unavailable

ANSWER_WITHIN = 20.0  # seconds that one endpoint gets, its own repetitions included
DOWN_FOR = 15.0  # seconds for which one that didn't answer isn't asked, where others can be
CONTRADICTED_FOR = 300.0  # seconds for which a person is told about it

NEVER = float("-inf")


@dataclass(eq=False)
class Endpoint:
    """`fault` says why it doesn't answer; `newest` is the last block that it called the latest."""

    rpc: Rpc
    fault: str = ""
    newest: Header | None = None
    _down_until: float = NEVER
    _subject: str = ""
    _told_until: float = NEVER

    @property
    def host(self) -> str:
        return self.rpc.host

    @property
    def is_down(self) -> bool:
        return trio.current_time() < self._down_until

    @property
    def contradicts(self) -> str:
        """About what it contradicted most of the others lately, "" where it didn't."""
        return self._subject if trio.current_time() < self._told_until else ""

    def note_contradiction(self, subject: str) -> None:
        self._subject, self._told_until = subject, trio.current_time() + CONTRADICTED_FOR

    def note_silence(self) -> Unavailable:
        """It doesn't answer in time."""
        return self._note(
            Unavailable("chain.unreachable", f"The chain's node at {self.host} doesn't answer.")
        )

    def _note(self, fault: Unavailable) -> Unavailable:
        self.fault, self._down_until = fault.message, trio.current_time() + DOWN_FOR
        return fault

    async def ask(self, method: str, params: list) -> dict:
        """A JSON-RPC answer. Raises Unavailable, and notes it."""
        try:
            with trio.fail_after(ANSWER_WITHIN):
                answer = await self.rpc.request(method, params)
        except RpcError:
            raise
        except Unavailable as fault:
            raise self._note(fault) from None
        except trio.TooSlowError:
            raise self.note_silence() from None
        self.fault, self._down_until = "", NEVER
        return answer


async def gather(
    jobs: Sequence[Callable[[], Awaitable[object]]],
    is_enough: Callable[[list], bool],
    grace: float,
) -> list:
    """Results or Unavailable in the order of the jobs, all at once; those that are out `grace` seconds after it was enough are
    given up and None."""
    results: list = [None] * len(jobs)
    async with trio.open_nursery() as nursery:

        async def one(index: int) -> None:
            try:
                results[index] = await jobs[index]()
            except Unavailable as error:
                results[index] = error
            if is_enough([each for each in results if each is not None]):
                scope = nursery.cancel_scope
                scope.deadline = min(scope.deadline, trio.current_time() + grace)

        for index in range(len(jobs)):
            nursery.start_soon(one, index)
    return results
