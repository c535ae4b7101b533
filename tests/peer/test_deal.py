import pytest

from node.peer.deal import need
from node.protocol.encoding import id_from_text
from node.protocol.errors import Conflict
from tests.peer.market import market, until
from tests.peer.sales import order, put_up, sold, stage


def deal(side, id):
    return side.peer._deals.deal(side.store.order(id_from_text(id)))


async def test_a_verb_is_done_once_the_chain_shows_its_effect_or_needs_it_no_more(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        assert not deal(m.buyer, id).has_done("fund")
        await m.pay(id)
        await until(lambda: stage(m.buyer, id) == "funded")
        for verb, done in {"fund": True, "deliver": False, "release": False}.items():
            assert deal(m.buyer, id).has_done(verb) is done, verb
        await m.pay(id, "release")
        await until(lambda: stage(m.buyer, id) == "released")
        for verb in ("fund", "deliver", "release", "refund"):
            assert deal(m.buyer, id).has_done(verb), verb


async def test_what_a_side_cannot_do_now_is_a_conflict_that_says_where_the_order_is(autojump_clock):
    async with market() as m:
        id = await sold(m)
        need(deal(m.seller, id), "accept")
        with pytest.raises(Conflict, match="Release isn't possible: the order is funded"):
            need(deal(m.seller, id), "release")
