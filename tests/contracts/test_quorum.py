"""Several endpoints of one chain, one of which lies, lags, is ahead or is silent."""

import pytest
import trio

from node.contracts.endpoint import ANSWER_WITHIN, CONTRADICTED_FOR, DOWN_FOR
from node.contracts.endpoints import BEHIND, Endpoints
from node.contracts.quorum import PROBE_EVERY
from node.contracts.rpc import Rpc, RpcError
from node.protocol.errors import Unavailable

BY_NUMBER = "eth_getBlockByNumber"
ADDRESS = "0x" + "e5" * 20


def block(number: int, branch: str = "a", **changes) -> dict:
    return {
        "number": hex(number),
        "hash": "0x" + f"{branch}{number:x}".rjust(64, "0"),
        "parentHash": "0x" + f"{branch}{number - 1:x}".rjust(64, "0"),
        "timestamp": hex(1_800_000_000 + number),
        "extraData": "0x01",
        **changes,
    }


def log(number: int, index: int = 0, data: str = "0x07", **changes) -> dict:
    return {
        "address": ADDRESS,
        "topics": ["0x" + "ab" * 32],
        "data": data,
        "blockNumber": hex(number),
        "blockHash": block(number)["hash"],
        "transactionHash": "0x" + "cd" * 32,
        "logIndex": hex(index),
        "removed": False,
        **changes,
    }


class Node(Rpc):
    """One endpoint in memory. `answers` of the test win over its blocks; `waits` are seconds before each answer."""

    def __init__(self, host: str, head: int = 100, branch: str = "a", **answers):
        super().__init__(f"http://{host}")
        self.head, self.branch, self.answers = head, branch, answers
        self.waits = 0.0
        self.down = False
        self.asked: list[str] = []

    async def request(self, method, params):
        self.asked.append(method)
        await trio.sleep(self.waits)
        if self.down:
            raise Unavailable(
                "chain.unreachable", f"The chain's node at {self.host} doesn't answer."
            )
        answer = self.answers.get(method, self._block)
        if callable(answer):
            answer = answer(*params)
        if isinstance(answer, RpcError):
            return {"error": {"code": answer.code, "message": answer.reason}}
        return {"result": answer}

    def _block(self, tag, *_):
        depths = {"latest": 0, "safe": 10, "finalized": 20}
        number = self.head - depths[tag] if tag in depths else int(tag, 16)
        return block(number, self.branch) if number <= self.head else None


def three(**last) -> list[Node]:
    return [Node("one"), Node("two"), Node("three", **last)]


async def number(chain, tag: str) -> int:
    return int((await chain.agreed.call(BY_NUMBER, tag, False))["number"], 16)


# ---- agreeing


async def test_what_is_passed_on_is_what_was_compared(autojump_clock):
    """Two spellings of one block are the same, and what only one of them says goes no further."""
    spelled = block(7, extraData="0xbeef")
    spelled["hash"] = spelled["hash"].upper().replace("X", "x")
    chain = Endpoints([Node("one"), Node("two", **{BY_NUMBER: spelled})])
    found = await chain.agreed.call(BY_NUMBER, "0x7", False)
    assert found == {k: block(7)[k] for k in ("number", "hash", "parentHash", "timestamp")}
    logs = [log(3, 1), log(3, 0)]
    chain = Endpoints(
        [Node("one", eth_getLogs=logs), Node("two", eth_getLogs=list(reversed(logs)))]
    )
    found = await chain.agreed.call("eth_getLogs", {"blockHash": block(3)["hash"]})
    assert [one["logIndex"] for one in found] == ["0x0", "0x1"]
    assert "removed" not in found[0]
    assert chain.troubles == ()


MADE_UP = [
    ([], [log(5)], "1 event"),  # a payment that never was
    ([log(5)], [log(5), log(5, 1)], "2 events"),
    ([log(5)], [log(5, data="0x08")], "1 event"),  # of another amount
    ([log(5)], [log(5, topics=["0x" + "ee" * 32])], "1 event"),  # of another order
    ([log(5)], [log(5, index=1)], "1 event"),
]


@pytest.mark.parametrize("true, made_up, gist", MADE_UP)
@pytest.mark.parametrize("first", [True, False])
async def test_an_event_that_one_has_made_up_counts_for_nothing(
    autojump_clock, true, made_up, gist, first
):
    """Its block is a true one, so that no comparing of hashes would tell."""
    nodes = [Node("honest", eth_getLogs=true), Node("liar", eth_getLogs=made_up)]
    chain = Endpoints(nodes if first else nodes[::-1])
    with pytest.raises(Unavailable) as refused:
        await chain.agreed.call("eth_getLogs", {"blockHash": block(5)["hash"]})
    assert refused.value.rule == "chain.contradiction"
    assert f"liar: {gist}" in refused.value.message
    assert "honest: " in refused.value.message
    # a third that is honest settles it, and says who is not
    chain = Endpoints([*nodes, Node("third", eth_getLogs=true)])
    assert len(await chain.agreed.call("eth_getLogs", {"fromBlock": "0x1"})) == len(true)
    assert chain.troubles == (
        "The chain's node at liar contradicts the others about a contract's events.",
    )
    await trio.sleep(CONTRADICTED_FOR)
    assert chain.troubles == ()


async def test_one_that_lies_slowly_is_told_as_well(autojump_clock):
    """It changes nothing, but a person should look for another one."""
    liar = Node("liar", eth_getLogs=[log(5)])
    liar.waits = 0.4
    chain = Endpoints([liar, Node("one", eth_getLogs=[]), Node("two", eth_getLogs=[])])
    assert await chain.agreed.call("eth_getLogs", {"fromBlock": "0x1"}) == []
    assert "liar contradicts the others" in chain.troubles[0]


@pytest.mark.parametrize("changes", [{"timestamp": "0x1"}, {"hash": "0x" + "ff" * 32}])
async def test_a_block_must_be_the_same_in_all_that_is_used(autojump_clock, changes):
    chain = Endpoints([Node("one"), Node("two", **{BY_NUMBER: block(9, **changes)})])
    with pytest.raises(Unavailable) as refused:
        await chain.agreed.call(BY_NUMBER, "0x9", False)
    assert refused.value.rule == "chain.contradiction"
    assert "block 9 is 0x" in refused.value.message


async def test_a_moment_of_two_branches_at_the_head_is_waited_out(autojump_clock):
    late = Node("two", branch="b")
    chain = Endpoints([Node("one"), late])
    async with trio.open_nursery() as nursery:

        async def follow_suit():
            await trio.sleep(1.0)
            late.branch = "a"

        nursery.start_soon(follow_suit)
        assert await number(chain, "0x64") == 100


async def test_more_than_half_must_say_the_same():
    for count, need in ((2, 2), (3, 2), (4, 3), (5, 3)):
        assert Endpoints([Node(f"n{n}") for n in range(count)]).agreed.need == need


async def test_the_code_of_a_contract_is_compared_too(autojump_clock):
    chain = Endpoints([Node("one", eth_getCode="0x01"), Node("two", eth_getCode="0x02")])
    with pytest.raises(Unavailable, match="a contract's code") as refused:
        await chain.agreed.call("eth_getCode", ADDRESS, "latest")
    assert refused.value.rule == "chain.contradiction"


# ---- which block is the latest


@pytest.mark.parametrize("tag, reached", [("latest", 100), ("safe", 90), ("finalized", 80)])
@pytest.mark.parametrize("ahead", [1, 10**9])
async def test_one_that_is_ahead_moves_nothing(autojump_clock, tag, reached, ahead):
    """One that calls everything final would pass a payment off as settled that can still be undone."""
    assert await number(Endpoints([Node("one"), Node("two", 100 + ahead)]), tag) == reached
    assert await number(Endpoints(three(head=100 + ahead)), tag) == reached


async def test_one_that_lags_holds_two_up_and_not_three(autojump_clock):
    assert await number(Endpoints([Node("one"), Node("two", 40)]), "latest") == 40
    assert await number(Endpoints(three(head=40)), "latest") == 100


async def test_a_person_is_told_who_lags(autojump_clock):
    chain = Endpoints([Node("one", 200 + BEHIND), Node("two", 200)])
    assert await number(chain, "latest") == 200
    assert chain.troubles == ()
    chain.all[0].rpc.head += 1
    await number(chain, "latest")
    assert chain.troubles == (
        f"The chain's node at two is at block 200 while the one at one is at block {201 + BEHIND}.",
    )


async def test_a_tag_that_most_lack(autojump_clock):
    lacking = RpcError(-39001, "Unknown block")

    def untagged(tag, *_):
        return lacking if tag == "safe" else block(100)

    nodes = [Node("one"), Node("two", **{BY_NUMBER: untagged})]
    with pytest.raises(RpcError, match="Unknown block") as refused:
        await number(Endpoints(nodes), "safe")
    assert refused.value.code == -39001
    assert await number(Endpoints([*nodes, Node("three")]), "safe") == 90
    nothing = [Node("one"), Node("two", **{BY_NUMBER: None})]
    assert await Endpoints(nothing).agreed.call(BY_NUMBER, "safe", False) is None


# ---- refusing, silent


async def test_a_range_that_one_refuses_is_refused(autojump_clock):
    """So that whoever asks takes a smaller one. Nothing is waited for."""
    refusal = RpcError(-32005, "too many results")
    chain = Endpoints([Node("one", eth_getLogs=[]), Node("two", eth_getLogs=refusal)])
    before = trio.current_time()
    with pytest.raises(RpcError, match=r"too many results \(two\)") as refused:
        await chain.agreed.call("eth_getLogs", {"fromBlock": "0x1", "toBlock": "0x9"})
    assert (refused.value.code, trio.current_time()) == (-32005, before)


async def test_one_of_two_that_is_down(autojump_clock):
    """Money counts no more until it is back; everything else is asked of the other, without waiting for the dead one."""
    dead = Node("dead", eth_gasPrice="0x1")
    dead.down = True
    chain = Endpoints([dead, Node("alive", eth_gasPrice="0x2")])
    with pytest.raises(Unavailable) as refused:
        await number(chain, "latest")
    assert refused.value.rule == "chain.quorum"
    assert "Of the chain's 2 nodes 1 answer, and 2 must say the same" in refused.value.message
    assert await chain.call("eth_gasPrice") == "0x2"
    assert chain.troubles == ("The chain's node at dead doesn't answer.",)
    asked = len(dead.asked)
    with pytest.raises(Unavailable):
        await number(chain, "latest")
    assert await chain.call("eth_gasPrice") == "0x2"
    assert len(dead.asked) == asked  # it is left alone for a while
    await trio.sleep(DOWN_FOR)
    dead.down = False
    assert await number(chain, "latest") == 100
    assert chain.troubles == ()


async def test_one_of_three_that_is_down_is_missed_by_nobody(autojump_clock):
    nodes = three()
    nodes[2].down = True
    assert await number(Endpoints(nodes), "latest") == 100
    nodes[2].down, nodes[2].waits = False, 10_000.0
    chain = Endpoints(nodes)
    before = trio.current_time()
    assert await number(chain, "0x5") == 5
    assert trio.current_time() - before < 1  # two have said so


async def test_a_person_learns_of_one_that_the_others_go_on_without(autojump_clock):
    """Also where two have agreed before the third could fail."""
    nodes = three()
    nodes[2].waits = 10_000.0
    chain = Endpoints(nodes)
    assert await number(chain, "latest") == 100
    told = ("The chain's node at three doesn't answer.",)
    assert chain.troubles == told
    await trio.sleep(DOWN_FOR)
    before = trio.current_time()
    assert await number(chain, "latest") == 100
    assert trio.current_time() - before < 1  # it isn't waited for each time
    assert chain.troubles == told
    nodes[2].waits = 2.0  # alive again, though slower than the others
    await trio.sleep(PROBE_EVERY)
    for each in nodes:
        each.head += 1_000
    assert await number(chain, "latest") == 1_100
    assert chain.troubles == ()
    for each in nodes[:2]:
        each.head += 1_000
    assert await number(chain, "latest") == 2_100
    assert chain.troubles == ()  # what it said a while ago doesn't make it lag


async def test_one_that_never_answers_is_given_up(autojump_clock):
    slow = Node("slow", eth_gasPrice="0x1")
    slow.waits = 10_000.0
    chain = Endpoints([slow, Node("fast", eth_gasPrice="0x2")])
    with trio.fail_after(ANSWER_WITHIN + 1):
        assert await chain.call("eth_gasPrice") == "0x2"
    assert "slow doesn't answer" in chain.troubles[0]


async def test_nonsense_is_no_vote(autojump_clock):
    chain = Endpoints([Node("one"), Node("two", **{BY_NUMBER: {"number": "soon"}})])
    with pytest.raises(Unavailable) as refused:
        await number(chain, "0x5")
    assert refused.value.rule == "chain.quorum"
    assert "malformed answer: no hash (two)" in chain.troubles[0] or "(two)" in chain.troubles[0]


async def test_where_nobody_answers(autojump_clock):
    nodes = [Node("one"), Node("two")]
    for each in nodes:
        each.down = True
    with pytest.raises(Unavailable, match="doesn't answer"):
        await Endpoints(nodes).call("eth_gasPrice")
    with pytest.raises(Unavailable, match="doesn't answer"):
        await Endpoints(nodes).call("eth_sendRawTransaction", "0x01")


# ---- sending


async def test_a_transaction_is_given_to_all(autojump_clock):
    """One that keeps it back, or lags and refuses it, is of no consequence."""
    refusal = RpcError(-32000, "nonce too low")
    for answers in (("0xaa", "0xaa"), (refusal, "0xaa"), ("0xaa", refusal)):
        nodes = [
            Node(host, eth_sendRawTransaction=answer)
            for host, answer in zip(("one", "two"), answers, strict=True)
        ]
        assert await Endpoints(nodes).call("eth_sendRawTransaction", "0x01") == "0xaa"
        assert all(each.asked == ["eth_sendRawTransaction"] for each in nodes)
    nodes = [
        Node("one", eth_sendRawTransaction=refusal),
        Node("two", eth_sendRawTransaction=refusal),
    ]
    with pytest.raises(RpcError, match="nonce too low"):
        await Endpoints(nodes).call("eth_sendRawTransaction", "0x01")
    nodes[0].waits = 10_000.0
    nodes[1].answers = {"eth_sendRawTransaction": "0xaa"}
    with trio.fail_after(5):
        assert await Endpoints(nodes).call("eth_sendRawTransaction", "0x01") == "0xaa"


async def test_urls_are_never_shown():
    nodes = [Rpc("https://me:secret@one.example:8545/key"), Rpc("https://two.example/other-key")]
    chain = Endpoints(nodes)
    shown = repr(chain) + repr(chain.all)
    assert "one.example:8545" in shown
    assert not any(word in shown for word in ("secret", "key"))
    await chain.aclose()
