"""Patience, on a fake clock and a fake swarm."""

import itertools
from types import SimpleNamespace

import pytest
import trio
from libp2p.peer.id import ID

from node.network.dialling import FORGET_AFTER, STEADY, Dialler
from node.network.limits import MAX_ADDRESSES, MAX_KNOWN, Limits
from node.protocol.errors import InputError, Unavailable

LIMITS = Limits(redial_first=1.0, redial_longest=256.0, redial_bootstrap=64.0, dial=5.0)
ME = ID(b"\x00\x02me")


class Swarm:
    """Reaches the addresses in `up`; notes each try with its time."""

    def __init__(self):
        self.up: set[str] = set()
        self.hanging: set[str] = set()
        self.tries: list[tuple[float, str]] = []
        self.connections: dict[ID, list] = {}

    def get_peer_id(self) -> ID:
        return ME

    def get_connections(self, peer: ID | None = None) -> list:
        if peer is None:
            return [c for connections in self.connections.values() for c in connections]
        return self.connections.get(peer, [])

    async def dial_addr(self, address, peer: ID) -> None:
        self.tries.append((trio.current_time(), str(address)))
        await trio.lowlevel.checkpoint()
        if str(address) in self.hanging:
            await trio.sleep_forever()
        if str(address) not in self.up:
            raise OSError
        connection = SimpleNamespace(is_closed=False, direction=SimpleNamespace(name="OUTBOUND"))
        self.connections[peer] = [connection]
        self.dialler.came(peer)

    def lose(self, peer: ID) -> None:
        if self.connections.pop(peer, None):
            self.dialler.went(peer)


@pytest.fixture
def swarm():
    return Swarm()


@pytest.fixture
def dialler(swarm):
    swarm.dialler = Dialler(swarm, LIMITS, banned=lambda peer: False)
    return swarm.dialler


def peer(number: int) -> ID:
    return ID(b"\x00\x02" + number.to_bytes(2, "big"))


def address(number: int, port: int = 1) -> str:
    return f"/ip4/127.0.0.1/tcp/{port}/p2p/{peer(number)}"


async def test_waits_longer_after_each_failure_and_never_gives_up_a_bootstrap_peer(
    swarm, dialler, autojump_clock
):
    dialler.remember(address(1), permanent=True)
    with trio.move_on_after(3600):
        await dialler.run()
    times = [time for time, _ in swarm.tries]
    waits = [b - a for a, b in itertools.pairwise(times)]
    assert waits[0] < 4
    assert all(wait >= 64 * 0.5 for wait in waits[6:])
    assert max(waits) <= 64 * 1.5 + 1
    assert len(times) >= 3600 / 64 / 1.5
    assert peer(1) in dialler.known


async def test_tries_others_less_often_and_forgets_them_after_many_failures(
    swarm, dialler, autojump_clock
):
    dialler.remember(address(1))
    with trio.move_on_after(24 * 3600):
        await dialler.run()
    assert len(swarm.tries) == FORGET_AFTER
    assert swarm.tries[-1][0] - swarm.tries[-2][0] >= 256 * 0.5
    assert dialler.known == {}


async def test_tries_the_addresses_in_turn_newest_first(swarm, dialler, autojump_clock):
    for port in (3, 2, 1):
        dialler.remember(address(1, port))
    swarm.hanging.add("/ip4/127.0.0.1/tcp/1")
    swarm.up.add("/ip4/127.0.0.1/tcp/3")
    await dialler.reach_known(peer(1))
    assert [where[-1] for _, where in swarm.tries] == ["1", "2", "3"]
    assert dialler.connected(peer(1))


async def test_comes_back_when_a_connection_is_lost(swarm, dialler, autojump_clock):
    swarm.up.add("/ip4/127.0.0.1/tcp/1")
    dialler.remember(address(1))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(dialler.run)
        await trio.sleep(100)
        assert len(swarm.tries) == 1
        swarm.lose(peer(1))
        await trio.sleep(10)
        assert len(swarm.tries) == 2
        nursery.cancel_scope.cancel()


async def test_a_connection_that_lasted_makes_good_all_failures_before(
    swarm, dialler, autojump_clock
):
    dialler.remember(address(1), permanent=True)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(dialler.run)
        await trio.sleep(1000)  # so often in vain that it waits long between two tries
        swarm.up.add("/ip4/127.0.0.1/tcp/1")
        while not swarm.connections:
            await trio.sleep(0.1)
        for _ in range(9):
            await trio.sleep(STEADY + 1)
            swarm.lose(peer(1))
            await trio.sleep(3)
            assert dialler.connected(peer(1))
        nursery.cancel_scope.cancel()


async def test_a_peer_that_hangs_up_at_once_is_not_hammered(swarm, dialler, autojump_clock):
    swarm.up.add("/ip4/127.0.0.1/tcp/1")
    dialler.remember(address(1), permanent=True)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(dialler.run)
        for _ in range(6000):
            await trio.sleep(0.1)
            swarm.lose(peer(1))
        nursery.cancel_scope.cancel()
    assert len(swarm.tries) < 30


async def test_two_callers_share_a_dial(swarm, dialler, autojump_clock):
    swarm.up.add("/ip4/127.0.0.1/tcp/1")
    dialler.remember(address(1))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(dialler.reach_known, peer(1))
        nursery.start_soon(dialler.reach_known, peer(1))
    assert len(swarm.tries) == 1


async def test_whom_nobody_knows_is_unavailable(dialler):
    with pytest.raises(Unavailable, match="no address"):
        await dialler.reach_known(peer(9))


async def test_who_is_banned_is_not_called(swarm):
    dialler = Dialler(swarm, LIMITS, banned=lambda peer: True)
    dialler.remember(address(1))
    with pytest.raises(Unavailable, match="misbehaved"):
        await dialler.reach_known(peer(1))
    assert swarm.tries == []


def test_remembers_a_bounded_number_and_bootstrap_peers_always(dialler):
    dialler.remember(address(0), permanent=True)
    for number in range(1, MAX_KNOWN + 10):
        dialler.remember(address(number))
    for port in range(1, 30):
        dialler.remember(address(0, port))
    assert len(dialler.known) == MAX_KNOWN
    assert len(dialler.known[peer(0)].addresses) == MAX_ADDRESSES
    assert dialler.known[peer(0)].permanent


def test_does_not_remember_itself_nor_nonsense(dialler):
    dialler.remember(f"/ip4/127.0.0.1/tcp/1/p2p/{ME}")
    with pytest.raises(InputError):
        dialler.remember("nonsense")
    assert dialler.known == {}


def test_what_it_tells_it_can_be_told_again(swarm, dialler):
    for number, port in ((1, 1), (2, 1), (1, 2), (1, 1)):
        dialler.remember(address(number, port))
    told = dialler.addresses()
    again = Dialler(swarm, LIMITS, banned=lambda peer: False)
    for text in told:
        again.remember(text)
    assert again.addresses() == told
    assert again.known.keys() == dialler.known.keys()
