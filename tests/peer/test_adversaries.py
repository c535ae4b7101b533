"""Others who would make a node pay, wait or decide wrongly."""

import json

import trio

from node.peer.wishes import MAX_APPROVED
from node.protocol.encoding import id_from_text
from node.protocol.errors import Unavailable
from node.protocol.escrow import address_of
from tests.fakes.contract import Signed
from tests.peer.judged import judged_market
from tests.peer.market import BUYER_ACCOUNT, BUYER_WALLET, ETH, market, until
from tests.peer.sales import order, put_up, stage, transaction
from tests.peer.test_cases import asked as asked_arbiter
from tests.peer.test_cases import case
from tests.peer.test_relaying import FEE, ON, dollars, pauper, sign, trouble


def deal_of(side, id):
    """(the order as this node's own code sees it, the orders of this node): for messages that no page lets a person write."""
    deals = side.peer._deals
    return deals.deal(deals.row(id_from_text(id))), deals


async def test_a_buyer_who_signs_anew_has_no_second_failing_payment_sent(autojump_clock):
    """Whoever moves the money away in the same block makes the seller's node pay a fee: once, and no oftener by other signatures."""
    async with market(**ON) as m:
        id = await order(m, await dollars(m))
        pauper(m)
        m.chain.failing = True
        await sign(m, id)
        await until(lambda: "failed" in trouble(m.seller, id), 2_000)
        for earlier in (60, 120, 180):
            deal, deals = deal_of(m.buyer, id)
            before = deal.state.facts.fund_by - earlier
            signature = m.wallet.sign_authorization(deal.terms, before)
            deals.say(deal, "authorize", {"valid_before": before, "signature": signature})
            await trio.sleep(1_000)
        assert len(m.seller.store.messages(id_from_text(id))) == 5
        assert m.seller.sent == ["fundWithAuthorization"]
        assert int(json.loads(m.seller.store.fact("relay.spent"))["wei"]) == FEE
        assert "failed" in trouble(m.seller, id)
        m.chain.failing = False
        await m.seller.peer.relay(id)  # a person may
        await until(lambda: stage(m.seller, id) == "funded")


async def test_a_contract_wallet_about_which_the_chain_gives_no_answer_holds_nothing_up(
    autojump_clock,
):
    async with market() as m:
        wallet = bytes([9]) * 20
        m.chain.contracts[wallet] = address_of(BUYER_WALLET)
        m.chain.give(wallet, 10 * ETH)
        account = "0x" + wallet.hex()
        id = await order(m, await put_up(m), account=account)
        request = await m.buyer.peer.wallet_request(id, "fund", account)
        m.chain.submit(Signed(b"\x01" * 32, wallet, m.transaction(request.steps[0].request)))
        m.chain.mine(3)
        await until(lambda: "accept" in m.seller.peer.order(id).actions)

        async def puzzling(account, digest, signature):
            raise Unavailable("chain.contradiction", "The chain's nodes contradict each other.")

        m.seller.escrow.accepts = puzzling
        deal, deals = deal_of(m.buyer, id)
        pot = deal.state.money
        block = {
            "since": pot.since,
            "held": pot.held,
            "to_buyer": 0,
            "to_seller": 1,
            "expiry": m.chain.head.time + 80 * 86_400,
            "signature": b"\x05" * 70,
        }
        deals.say(deal, "settle", {"settlement": block})
        await until(lambda: len(m.seller.store.messages(id_from_text(id))) > 1)
        await m.seller.peer.accept(id)
        await m.seller.peer.ship(id)
        await until(lambda: "deliver" in m.seller.sent, 600)


async def test_an_endpoint_that_hides_a_permission_doesnt_have_it_paid_for_for_ever(autojump_clock):
    async with market() as m:
        m.chain.give(m.buyer.account, 1_000_000_000, m.chain.token)
        id = await order(m, await dollars(m), account=m.buyer.address)

        told, honest = 0, m.buyer.escrow.allowance

        async def none(owner, token):
            nonlocal told
            told += 1
            return 0 if told < 50 else await honest(owner, token)

        m.buyer.escrow.allowance = none
        await m.buyer.peer.fund(id)
        await until(lambda: transaction(m.buyer, id, "fund").status == "given_up" or told == 50)
        assert m.buyer.sent == ["approve"] * MAX_APPROVED
        assert transaction(m.buyer, id, "fund").status == "given_up"
        assert "permission" in transaction(m.buyer, id, "fund").trouble


async def test_a_ruling_that_waits_gives_each_what_was_decided(autojump_clock):
    async with judged_market() as (m, arbiter):
        id, case_id = await asked_arbiter(m, arbiter, account=BUYER_ACCOUNT)
        held = case(arbiter).held.amount
        arbiter.escrow.poor = True
        preview = arbiter.peer.preview_ruling(case_id, share_bps=5_000)
        await arbiter.peer.rule(case_id, share_bps=5_000)
        await trio.sleep(30)
        # the buyer gives a part meanwhile
        await m.buyer.peer.release(id, held // 4)
        await m.pay(id, "release_part")
        await until(lambda: m.buyer.peer.order(id).held.amount == held - held // 4)
        arbiter.escrow.poor = False
        await until(lambda: case(arbiter).stage == "ruled")
        paid = case(arbiter).paid_out
        assert paid["seller"] == preview.seller.amount
