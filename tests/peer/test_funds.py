import pytest
import trio

from node.peer.funds import GAS_RESERVE, SENTENCES, need_price, shortage
from node.peer.wishes import live
from node.protocol.encoding import id_from_text
from node.protocol.errors import Conflict, RuleError
from node.protocol.escrow import NOBODY
from tests.peer.market import BUYER_ACCOUNT, ETH, market, until
from tests.peer.sales import order, put_up, stage, transaction

PRICE = ETH // 100 + 1000  # of the mug and its post


async def token_order(m) -> str:
    """An order in the test token, to be paid by the node's own wallet."""
    token = next(t.asset for t in m.buyer.escrow.tokens() if "erc20" in t.asset)
    listing = await put_up(m, price={"amount": "5000000", "unit": token})
    return await order(m, listing, account=m.buyer.address)


def terms_of(side, id):
    deals = side.peer._deals
    return deals.deal(deals.row(id_from_text(id))).terms


def wished(side, id) -> set[str]:
    return live(side.store.order(id_from_text(id)))


@pytest.mark.parametrize(
    ("coins", "lacking"),
    [(0, "coin"), (PRICE - 1, "coin"), (PRICE, "gas"), (PRICE + GAS_RESERVE, "")],
)
async def test_the_nodes_wallet_is_not_wished_to_pay_what_it_lacks(autojump_clock, coins, lacking):
    async with market() as m:
        id = await order(m, await put_up(m), account=m.buyer.address)
        m.chain.ledger.balances[NOBODY, m.buyer.account] = coins
        assert await shortage(m.buyer.escrow, terms_of(m.buyer, id)) == lacking
        if not lacking:
            return await m.buyer.peer.fund(id)
        with pytest.raises(Conflict) as refused:
            await m.buyer.peer.fund(id)
        assert (refused.value.rule, refused.value.message) == ("chain.funds", SENTENCES[lacking])
        assert wished(m.buyer, id) == set()
        await trio.sleep(60)
        assert m.buyer.sent == []


async def test_coins_alone_pay_no_token(autojump_clock):
    async with market() as m:
        id = await token_order(m)
        with pytest.raises(Conflict) as refused:
            await m.buyer.peer.fund(id)
        assert refused.value.message == SENTENCES["token"]
        assert wished(m.buyer, id) == set()
        m.chain.give(m.buyer.account, 10**9, m.chain.token)
        m.chain.ledger.balances[NOBODY, m.buyer.account] = 0
        with pytest.raises(Conflict) as refused:
            await m.buyer.peer.fund(id)
        assert refused.value.message == SENTENCES["gas"]
        m.chain.give(m.buyer.account, ETH)
        await m.buyer.peer.fund(id)
        await until(lambda: stage(m.buyer, id) == "funded")


async def test_what_was_spent_after_the_wish_is_named_and_not_given_up(autojump_clock):
    async with market() as m:
        id = await token_order(m)
        m.chain.give(m.buyer.account, 5_001_000, m.chain.token)
        m.chain.set_down(True)
        with pytest.raises(Exception, match="answer"):
            await m.buyer.peer.fund(id)
        m.chain.set_down(False)
        m.buyer.escrow.poor = True
        await m.buyer.peer.fund(id)
        del m.chain.ledger.balances[m.chain.token, m.buyer.account]
        m.buyer.escrow.poor = False
        with pytest.raises(RuleError):
            await need_price(m.buyer.escrow, terms_of(m.buyer, id))
        await trio.sleep(600)
        assert transaction(m.buyer, id, "fund").rule == "chain.funds"
        assert (wished(m.buyer, id), m.buyer.sent) == ({"fund"}, [])
        m.chain.give(m.buyer.account, 5_001_000, m.chain.token)
        await until(lambda: stage(m.buyer, id) == "funded")


async def test_another_wallets_order_is_not_blamed_on_the_nodes_funds(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m), account=BUYER_ACCOUNT)
        m.chain.ledger.balances[NOBODY, m.buyer.account] = 0
        with pytest.raises(Conflict) as refused:
            await m.buyer.peer.fund(id)
        assert refused.value.rule == "order.wallet"


async def test_the_nodes_wallet_pays_nothing_that_has_just_been_sold(autojump_clock):
    async with market() as m:
        view = await put_up(m, availability={"goods": {"stock": {"": 1}}})
        first, second = [await order(m, view, account=m.buyer.address) for _ in range(2)]
        await m.buyer.peer.fund(first)
        await until(lambda: stage(m.buyer, first) == "funded")
        m.chain.mine(3)
        await until(lambda: m.buyer.peer.order(second).listing.stock == 0)
        with pytest.raises(Conflict) as refused:
            await m.buyer.peer.fund(second)
        assert refused.value.rule == "order.sold_out"
