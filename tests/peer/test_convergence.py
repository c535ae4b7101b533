"""Records of every kind reach who joins later and who was away for a day, byte for byte, also when their author is gone."""

from collections import Counter

import pytest
import trio

from node.ports import Query
from node.protocol import record
from node.store import open_store
from tests.fakes.records import (
    DAY,
    NETWORK,
    REGISTRY,
    availability,
    key,
    listing,
    profile,
    revocation,
)
from tests.peer.market import market, mug, until
from tests.peer.test_reviews import SLUG, bought, shown
from tests.peer.test_spread import joining

OWNER, PHONE = key(50), key(51)
SOON = 10
"""Seconds in which a newcomer has it all."""


def held(side) -> dict[bytes, bytes]:
    return {id: side.store.get(id) for id in side.store.ids_after(b"", 10_000)}


def kinds(side) -> Counter:
    parsed = [record.parse(raw, NETWORK) for raw in held(side).values()]
    return Counter("tombstone" if each.gone else each.kind for each in parsed)


def titles(side) -> set[str]:
    return {view.title for view in side.peer.search(Query()).hits}


async def another_stall(m, now: int) -> None:
    """A persona with a device: what both have signed comes to the seller's node from somewhere."""
    made = [
        profile(OWNER, "Another stall", created=now),
        listing(OWNER, "vase", "A vase", created=now),
        availability(OWNER, "vase", stock=4, created=now),
        listing(PHONE, "bowl", "A bowl by phone", owner=OWNER, created=now),
    ]
    await m.seller.peer._intake.records([each.raw for each in made])


async def happenings(m, order: str) -> None:
    """What the absent misses: a review, editions, tombstones, a lost device."""
    await m.buyer.peer.write_review(order, 5, "Lovely.")
    seller = m.seller.peer
    await seller.withdraw_listing("doomed")
    await seller.publish_profile("Atelier, renamed")
    await seller.save_listing({**seller.editable(SLUG), "title": "A much better mug"}, SLUG)
    await seller.set_availability(SLUG, {"goods": {"stock": {"": 7}}})
    await seller.save_listing(mug(title="A new bowl"))
    now = m.seller.world.now()
    made = [
        revocation(OWNER, PHONE, created=now),
        listing(OWNER, "vase", "A glued vase", created=now),
    ]
    await m.seller.peer._intake.records([each.raw for each in made])


@pytest.mark.parametrize("gossip", ["heard", "lost"])
async def test_who_joins_later_and_who_was_away_for_a_day_hold_the_same(
    autojump_clock, tmp_path, gossip
):
    async with market() as m:
        m.hub.lose = lambda source, target, batch: gossip == "lost"
        stores = []

        def node(name):
            side = joining(m, name)
            side.store = open_store(tmp_path / f"{name}.sqlite", REGISTRY, side.seed)
            stores.append(side.store)
            side.bootstrap += (m.buyer.network.address,)
            side.build()
            return side

        away = node("away")
        order = await bought(m)
        await m.seller.peer.save_listing(mug(title="Doomed"))
        await another_stall(m, m.seller.world.now() - 60)
        await away.start()
        await until(lambda: {"Doomed", "A bowl by phone"} <= titles(away))
        await away.stop()

        await happenings(m, order)
        await until(lambda: held(m.buyer) == held(m.seller), 200)
        m.chain.pass_time(DAY)
        m.chain.mine(5)
        await trio.sleep(10)
        await m.seller.stop()  # from now on they only have the buyer

        late = node("late")
        await late.start()
        await until(lambda: held(late) == held(m.buyer), SOON)
        await away.start()
        await until(lambda: held(away) == held(m.buyer), SOON)

        for side in (m.buyer, late, away):
            assert held(side) == held(m.seller)
            assert titles(side) == {"A much better mug", "A new bowl", "A glued vase"}
            assert side.peer.search(Query(text="doomed")).total == 0
            persona = m.seller.peer.identity().persona
            assert side.peer.persona(persona).name == "Atelier, renamed"
            assert side.peer.listing(persona, SLUG).stock == 7
            await until(lambda side=side: shown(side, m) == [("verified", "Lovely.")])
        assert kinds(late) == {
            "profile": 2,
            "listing": 3,
            "availability": 3,
            "review": 1,
            "revocation": 1,
            "tombstone": 2,
        }
        assert not m.hub.blamed
        for side in (late, away):
            await side.stop()
        for store in stores:
            store.close()
