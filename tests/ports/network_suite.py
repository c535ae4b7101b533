"""What every implementation of node.ports.Network does. Subclass and give `world`, a fixture with `make(*bootstrap, **options)`
(an async context manager of a running network, registered by `setup(network)` before it runs), `address(network)` and
`eventually(condition)`."""

import pytest
import trio

from node.protocol.errors import InputError, Rejected, StateError, Unavailable

TOPIC = "goods"
ECHO = "/echo/1"


class Log:
    """Registers an echo, a collector of batches and of contacts on a network."""

    def __init__(self):
        self.batches: list[tuple[str, bytes]] = []
        self.contacts: list[tuple[str, bool]] = []

    def setup(self, network) -> None:
        async def echo(peer: str, request: bytes) -> bytes:
            if request == b"refuse":
                raise Rejected("test.rule", "refused")
            if request == b"break":
                raise ZeroDivisionError
            if request == b"sleep":
                await trio.sleep_forever()
            return request

        async def receive(peer: str, batch: bytes) -> bool:
            self.batches.append((peer, batch))
            return not batch.startswith(b"bad")

        async def notice(contact, present: bool) -> None:
            self.contacts.append((contact.peer, present))

        network.handle(ECHO, echo, request_limit=100_000)
        network.on_gossip(TOPIC, receive)
        network.on_contact(notice)


class NetworkSuite:
    async def test_answers_requests(self, world):
        async with world.make() as a, world.make(a) as b:
            await world.together(a, b)
            assert await b.request(a.peer_id, ECHO, b"", limit=0) == b""
            big = bytes(100_000)
            assert await b.request(a.peer_id, ECHO, big, limit=100_000) == big
            assert await a.request(b.peer_id, ECHO, b"back", limit=10) == b"back"

    async def test_refuses_a_request_above_the_limit(self, world):
        async with world.make() as a, world.make(a) as b:
            await world.together(a, b)
            with pytest.raises(Unavailable):
                await b.request(a.peer_id, ECHO, bytes(100_001), limit=200_000)
            assert await b.request(a.peer_id, ECHO, b"still here", limit=10) == b"still here"

    async def test_refuses_an_answer_above_the_limit(self, world):
        async with world.make() as a, world.make(a) as b:
            await world.together(a, b)
            with pytest.raises(Unavailable):
                await b.request(a.peer_id, ECHO, b"four", limit=3)
            assert await b.request(a.peer_id, ECHO, b"four", limit=4) == b"four"

    @pytest.mark.parametrize("request_", [b"refuse", b"break"])
    async def test_a_handler_that_raises_costs_only_the_request(self, world, request_):
        async with world.make() as a, world.make(a) as b:
            await world.together(a, b)
            with pytest.raises(Unavailable):
                await b.request(a.peer_id, ECHO, request_, limit=100)
            assert await b.request(a.peer_id, ECHO, b"well", limit=100) == b"well"

    async def test_gives_up_waiting_for_an_answer(self, world):
        async with world.make() as a, world.make(a) as b:
            await world.together(a, b)
            with pytest.raises(Unavailable):
                await b.request(a.peer_id, ECHO, b"sleep", limit=100, timeout=0.2)
            assert await b.request(a.peer_id, ECHO, b"well", limit=100) == b"well"

    async def test_unknown_protocols_and_peers_are_unavailable(self, world):
        async with world.make() as a, world.make(a) as b:
            await world.together(a, b)
            with pytest.raises(Unavailable):
                await b.request(a.peer_id, "/nothing/1", b"", limit=100)
            stranger = "12D3KooWHCJbJKGDfCgHSoCuK9q4STyRnVveqLoXAPBbXHTZx9Cv"
            for peer in (stranger, "nonsense"):
                with pytest.raises(Unavailable):
                    await b.request(peer, ECHO, b"", limit=100, timeout=1)

    async def test_gossip_reaches_nodes_that_are_not_neighbours_once(self, world):
        async with world.make() as a, world.make(a) as b, world.make(b) as c:
            await world.together(a, b)
            await world.together(b, c)
            await a.publish(TOPIC, b"a chair")
            await a.publish(TOPIC, b"a table")
            await world.eventually(lambda: len(world.log(c).batches) == 2)
            assert {batch for _, batch in world.log(c).batches} == {b"a chair", b"a table"}
            assert {peer for peer, _ in world.log(c).batches} == {b.peer_id}
            assert len(world.log(b).batches) == 2
            assert world.log(a).batches == []

    async def test_the_same_batch_is_judged_once(self, world):
        async with world.make() as a, world.make(a) as b:
            await world.together(a, b)
            for _ in range(3):
                await a.publish(TOPIC, b"a chair")
            await a.publish(TOPIC, b"the end")
            await world.eventually(lambda: (a.peer_id, b"the end") in world.log(b).batches)
            assert len(world.log(b).batches) == 2

    async def test_a_rejected_batch_goes_no_further(self, world):
        async with world.make() as a, world.make(a) as b, world.make(b) as c:
            await world.together(a, b)
            await world.together(b, c)
            await a.publish(TOPIC, b"bad")
            await a.publish(TOPIC, b"good")
            await world.eventually(lambda: world.log(c).batches)
            assert [batch for _, batch in world.log(c).batches] == [b"good"]

    async def test_a_batch_may_be_256_KiB_and_no_more(self, world):
        async with world.make() as a, world.make(a) as b:
            await world.together(a, b)
            with pytest.raises(StateError):
                await a.publish(TOPIC, bytes(256 * 1024 + 1))
            await a.publish(TOPIC, bytes(256 * 1024))
            await world.eventually(lambda: world.log(b).batches)
            assert len(world.log(b).batches[0][1]) == 256 * 1024

    async def test_tells_who_comes_and_goes(self, world):
        async with world.make() as a:
            async with world.make(a) as b:
                await world.eventually(lambda: world.log(a).contacts == [(b.peer_id, True)])
                await world.eventually(lambda: world.log(b).contacts == [(a.peer_id, True)])
                (contact,) = a.contacts()
                assert contact.peer == b.peer_id
                assert contact.inbound
                (contact,) = b.contacts()
                assert contact.peer == a.peer_id
                assert not contact.inbound
            gone = [(b.peer_id, True), (b.peer_id, False)]
            await world.eventually(lambda: world.log(a).contacts == gone)
            assert a.contacts() == []

    async def test_connects_to_an_address(self, world):
        async with world.make() as a, world.make() as b:
            assert await b.connect(a.addresses()[0]) == a.peer_id
            assert await b.request(a.peer_id, ECHO, b"hello", limit=10) == b"hello"
            assert b.known() == a.addresses()

    async def test_refuses_addresses_without_a_peer(self, world):
        async with world.make() as a:
            with pytest.raises(InputError):
                await a.connect("/ip4/127.0.0.1/tcp/4001")

    async def test_nobody_at_an_address_is_unavailable(self, world):
        async with world.make() as a:
            async with world.make() as b:
                (address,) = b.addresses()
            with pytest.raises(Unavailable):
                await a.connect(address)
