"""What the escrow couldn't push: noticed, shown, withdrawn, whatever happens meanwhile."""

import pytest
import trio

from node.protocol.errors import Conflict, InputError
from node.protocol.escrow import NOBODY, address_of
from node.protocol.patterns import address_to_text
from tests.peer.market import BUYER_ACCOUNT, BUYER_WALLET, market, until
from tests.peer.sales import order, paid, sold, stage, transaction

PRICE = 10**16 + 1_000  # what a mug costs, sent
COLD = b"\xc0" * 20  # an account whose key isn't on the seller's node
ELSEWHERE = b"\xe1" * 20


def claim(side, id):
    return side.peer.order(id).claim


async def refused(m, account, id=None):
    """An order that is released to an account which refuses it; returns its id."""
    m.chain.refusing.add(account)
    id = id or await sold(m)
    await m.pay(id, "release")
    await until(lambda: claim(m.seller, id))
    return id


async def test_a_seller_sees_what_waits_and_takes_it_with_the_nodes_wallet(autojump_clock):
    async with market() as m:
        id = await refused(m, m.seller.account)
        shown = m.seller.peer.order(id)
        assert (shown.stage, shown.claim.amount.amount) == ("released", PRICE)
        assert (shown.claim.account, shown.claim.wallet_is_node) == (m.seller.address, True)
        assert "withdraw" in shown.actions
        assert claim(m.buyer, id) is None
        m.chain.mine(10)
        await trio.sleep(60)
        assert not m.seller.notes(id).get("closed")  # however final the payment is
        m.chain.refusing.clear()
        before = m.chain.ledger.balances[NOBODY, m.seller.account]
        await m.seller.peer.withdraw(id)
        await until(lambda: claim(m.seller, id) is None)
        assert m.chain.ledger.balances[NOBODY, m.seller.account] == before + PRICE
        assert "withdraw" not in m.seller.peer.order(id).actions
        await until(lambda: not m.seller.notes(id)["wishes"])
        assert transaction(m.seller, id, "withdraw").status == "mined"
        m.chain.mine(8)
        await until(lambda: m.seller.notes(id).get("closed"))
        assert m.seller.sent.count("withdraw") == 1


async def test_what_is_refused_again_is_said_and_goes_elsewhere_if_told_to(autojump_clock):
    async with market() as m:
        id = await refused(m, m.seller.account)
        await m.seller.peer.withdraw(id)
        await until(lambda: transaction(m.seller, id, "withdraw").trouble)
        advice = transaction(m.seller, id, "withdraw").advice
        assert "Withdraw it to another address." in advice
        await m.seller.peer.withdraw(id, address_to_text(ELSEWHERE))
        await until(lambda: claim(m.seller, id) is None)
        assert m.chain.ledger.balances[NOBODY, ELSEWHERE] == PRICE


async def test_one_withdrawal_takes_what_waits_of_all_orders(autojump_clock):
    async with market() as m:
        first = await refused(m, m.seller.account)
        second = await order(m, m.buyer.peer.listing_by_id(m.buyer.peer.order(first).listing.id))
        await paid(m, second)
        await m.pay(second, "release")
        for id in (first, second):
            await until(lambda id=id: claim(m.seller, id).amount.amount == 2 * PRICE)
        (problem,) = m.seller.peer.status().problems
        assert "Money waits in the contract" in problem
        assert any(id[:8] in problem for id in (first, second))
        m.chain.refusing.clear()
        await m.seller.peer.withdraw(second)
        await m.seller.peer.withdraw(first)
        for id in (first, second):
            await until(lambda id=id: claim(m.seller, id) is None)
            await until(lambda id=id: not m.seller.notes(id)["wishes"])
        assert m.seller.peer.status().problems == ()


async def test_where_another_account_was_paid_that_one_withdraws(autojump_clock):
    async with market(payout=COLD) as m:
        id = await refused(m, COLD)
        assert claim(m.seller, id).account == address_to_text(COLD)
        assert not claim(m.seller, id).wallet_is_node
        with pytest.raises(Conflict) as conflict:
            await m.seller.peer.withdraw(id)
        assert conflict.value.rule == "order.wallet"
        with pytest.raises(Conflict, match="Only"):
            await m.seller.peer.wallet_request(id, "withdraw", m.seller.address)
        asked = await m.seller.peer.wallet_request(id, "withdraw", to=address_to_text(ELSEWHERE))
        assert asked.account == address_to_text(COLD)
        call = m.transaction(asked.steps[0].request)
        assert call == m.seller.escrow.withdraw(NOBODY, COLD, ELSEWHERE)


@pytest.mark.parametrize("to", ["0x12", address_to_text(NOBODY), "the contract"])
async def test_it_goes_to_no_address_from_which_nobody_can_fetch_it(autojump_clock, to):
    async with market() as m:
        id = await refused(m, m.seller.account)
        to = address_to_text(m.chain.contract) if to == "the contract" else to
        for act in (
            m.seller.peer.withdraw(id, to),
            m.seller.peer.wallet_request(id, "withdraw", to=to),
        ):
            with pytest.raises(InputError) as wrong:
                await act
            assert wrong.value.field == "to"


async def test_a_buyer_withdraws_a_refund_with_the_wallet_that_paid(autojump_clock):
    async with market() as m:
        id = await sold(m)
        m.chain.refusing.add(address_of(BUYER_WALLET))
        await m.seller.peer.refund(id)
        await until(lambda: claim(m.buyer, id))
        assert (claim(m.buyer, id).account, claim(m.seller, id)) == (BUYER_ACCOUNT, None)
        m.chain.refusing.clear()
        await m.pay(id, "withdraw")
        await until(lambda: claim(m.buyer, id) is None)
        with pytest.raises(Conflict, match="Withdraw isn't possible"):
            await m.buyer.peer.wallet_request(id, "withdraw", BUYER_ACCOUNT)


async def test_a_withdrawal_that_the_chain_undoes_is_offered_again(autojump_clock):
    async with market() as m:
        id = await refused(m, m.seller.account)
        m.chain.refusing.clear()
        m.chain.mine(10)  # the payment is final, the withdrawal not yet
        await m.seller.peer.withdraw(id)
        await until(lambda: claim(m.seller, id) is None)
        m.chain.reorg(1)
        await until(lambda: claim(m.seller, id))
        await m.seller.peer.withdraw(id)
        await until(lambda: claim(m.seller, id) is None)
        m.chain.mine(8)
        await until(lambda: m.seller.notes(id).get("closed"))


async def test_a_payment_that_the_chain_undoes_leaves_no_claim(autojump_clock):
    async with market() as m:
        id = await refused(m, m.seller.account)
        m.chain.reorg(1)
        await until(lambda: stage(m.seller, id) == "funded")
        assert claim(m.seller, id) is None
        m.chain.refusing.clear()
        await m.pay(id, "release")
        await until(lambda: stage(m.seller, id) == "released")
        await until(lambda: claim(m.seller, id) is None)


async def test_what_happened_while_the_node_was_off_or_the_chain_silent_is_found(autojump_clock):
    async with market() as m:
        id = await sold(m)
        await m.seller.stop()
        m.chain.refusing.add(m.seller.account)
        await m.pay(id, "release")
        m.chain.mine(10)
        await m.seller.start()
        await until(lambda: claim(m.seller, id))
        await m.seller.stop()
        m.chain.set_down(True)
        await m.seller.start()
        assert claim(m.seller, id).amount.amount == PRICE  # as it was last known
        m.chain.refusing.clear()
        await m.seller.peer.withdraw(id)
        await trio.sleep(60)
        assert m.seller.sent == []
        m.chain.set_down(False)
        m.chain.mine()
        await until(lambda: claim(m.seller, id) is None)


async def test_what_is_mined_is_not_sent_again_while_the_chains_node_lags(autojump_clock):
    async with market() as m:
        id = await refused(m, m.seller.account)
        m.chain.refusing.clear()
        ask = m.seller.escrow.claims

        async def lagging(account, token):
            return PRICE

        m.seller.escrow.claims = lagging
        await m.seller.peer.withdraw(id)
        await until(lambda: transaction(m.seller, id, "withdraw").status == "mined")
        await trio.sleep(60)
        assert m.seller.sent.count("withdraw") == 1
        assert not transaction(m.seller, id, "withdraw").trouble
        m.seller.escrow.claims = ask
        await until(lambda: claim(m.seller, id) is None)


async def test_the_chain_is_asked_once_for_all_orders_that_are_paid_alike(autojump_clock):
    async with market() as m:
        await refused(m, m.seller.account)
        peer, asked = m.seller.peer, []
        ask = m.seller.escrow.claims

        async def counted(*key):
            asked.append(key)
            return await ask(*key)

        m.seller.escrow.claims = counted
        deal = peer._deals.deal(m.seller.store.orders()[0])
        peer._claims.begin_round()
        for _ in range(3):
            await peer._claims.look(deal)
        assert asked == [(m.seller.account, NOBODY)]
