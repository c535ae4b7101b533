import trio

from node.peer.report import BALANCES_EVERY
from node.protocol.escrow import NOBODY
from tests.peer.market import ETH, market, until
from tests.peer.sales import order, put_up


async def test_a_node_says_who_it_is_and_how_it_is_doing(autojump_clock):
    async with market() as m:
        await put_up(m)
        status = await until(lambda: m.seller.peer.status())
        assert status.identity.name == "Atelier"
        assert status.identity.payout == status.identity.wallet == m.seller.address
        assert status.records["listing"] == 1
        assert [contact["peer"] for contact in status.contacts] == [m.buyer.network.peer_id]
        await until(lambda: m.seller.peer.status().chain["head"] == m.chain.head.number)
        assert m.seller.peer.status().problems == ()


async def test_what_a_person_should_know_is_said_and_unsaid(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        m.hub.cut(m.seller.network, m.buyer.network)
        assert any("No other node" in each for each in m.seller.peer.status().problems)
        placed = await m.buyer.peer.place_order(
            listing.id,
            [{"quantity": 1}],
            {"option": "post", "name": "A", "address": ["B"], "country": "FR"},
            account=m.buyer.address,
        )
        await m.buyer.peer.fund(placed.id)
        await until(lambda: m.buyer.sent)
        m.chain.mine(3)
        await until(lambda: any("paid" in each for each in m.seller.peer.status().problems))
        assert m.buyer.peer.status().outbox == 1
        m.hub.heal(m.seller.network, m.buyer.network)
        await until(lambda: m.seller.peer.status().problems == (), 2000)
        assert m.buyer.peer.status().outbox == 0


async def test_a_chain_that_does_not_answer_is_said(autojump_clock):
    async with market() as m:
        await order(m, await put_up(m))
        m.chain.set_down(True)
        await until(
            lambda: any("chain" in each.lower() for each in m.seller.peer.status().problems)
        )
        m.chain.set_down(False)
        m.chain.mine()
        await until(lambda: m.seller.peer.status().problems == ())


def held(side) -> list[tuple]:
    return [(each.symbol, each.decimals, each.amount) for each in side.peer.status().balances]


async def test_what_the_nodes_wallet_holds_is_told_without_asking_the_chain(autojump_clock):
    async with market() as m:
        await until(lambda: held(m.buyer) == [("ETH", 18, 10 * ETH), ("tUSD", 6, 0)])
        m.chain.give(m.buyer.account, 5_000_000, m.chain.token)
        m.chain.ledger.balances[NOBODY, m.buyer.account] = 7
        await until(lambda: held(m.buyer) == [("ETH", 18, 7), ("tUSD", 6, 5_000_000)])
        m.chain.set_down(True)
        await until(lambda: held(m.buyer) == [("ETH", 18, None), ("tUSD", 6, None)])
        m.chain.set_down(False)
        await until(lambda: held(m.buyer)[0][2] == 7)


async def test_a_chain_that_is_silent_keeps_no_status_waiting(autojump_clock):
    async with market() as m:
        await until(lambda: held(m.buyer)[0][2])

        async def silent(account, token):
            await trio.sleep_forever()

        m.buyer.escrow.balance = silent
        await trio.sleep(3 * BALANCES_EVERY)
        assert [amount for _, _, amount in held(m.buyer)] == [None, None]


async def test_a_token_that_can_not_be_used_is_said_and_asked_again(autojump_clock, monkeypatch):
    async with market() as m:
        asked = []

        async def read_tokens():
            asked.append(1)
            m.seller.escrow.token_troubles = ("The token 0x1 doesn't say what it is.",)[
                len(asked) - 1 :
            ]

        monkeypatch.setattr(m.seller.escrow, "read_tokens", read_tokens)
        await until(lambda: "The token 0x1" in str(m.seller.peer.status().problems))
        await until(lambda: m.seller.peer.status().problems == ())
        assert m.seller.peer.status().chain["state"] == "following"
