import pytest
import trio

from node.peer import claim, known_addresses
from node.peer.housekeeping import HOUSEKEEPING
from node.protocol.errors import InputError
from node.protocol.registry import standard
from tests.fakes.records import certificate, key, profile
from tests.fakes.store import MemoryStore
from tests.peer.market import market


async def test_other_nodes_are_remembered_for_the_next_start(autojump_clock):
    async with market() as m:
        await trio.sleep(2 * HOUSEKEEPING)
        assert known_addresses(m.buyer.store) == [m.seller.network.address]


async def test_what_has_expired_is_forgotten(autojump_clock):
    async with market() as m:
        now = m.chain.head.time
        soon = certificate(key(9), key(8), created=now, until=now + 2 * int(HOUSEKEEPING))
        await m.seller.peer._intake.records([soon.raw])
        assert m.seller.store.has(soon.id)
        await trio.sleep(4 * HOUSEKEEPING)
        assert not m.seller.store.has(soon.id)


async def test_trouble_of_one_round_does_not_end_the_next(autojump_clock, monkeypatch):
    async with market() as m:
        rounds = []

        def sweep(now):
            rounds.append(now)
            raise RuntimeError("the disk is on fire")

        monkeypatch.setattr(m.seller.store, "sweep", sweep)
        await trio.sleep(8 * HOUSEKEEPING)
        assert len(rounds) >= 3


def test_what_is_kept_belongs_to_one_network():
    store = MemoryStore(standard())
    claim(store, "etal-test")
    claim(store, "etal-demo")  # nothing is kept yet
    store.put([profile(key(6), "Ann", created=1_700_000_000)])
    claim(store, "etal-demo")
    with pytest.raises(InputError) as refused:
        claim(store, "etal-test")
    assert (refused.value.rule, refused.value.field) == ("config.network", "network")
    assert "etal-demo" in refused.value.message
    claim(store, "etal-demo")
