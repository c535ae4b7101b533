"""The buyer's side of pledges by signature: what may be signed when, and that nobody pays twice."""

import pytest
import trio

from node.protocol.errors import Conflict, InputError, Unavailable
from node.protocol.escrow import sign_digest
from tests import contract_wallet
from tests.peer.campaigning import order, pledge, started
from tests.peer.market import BUYER_ACCOUNT, market, until
from tests.peer.sales import heal, part
from tests.peer.test_relaying import asked, pauper, sign
from tests.peer.test_sponsoring import ON, backed, begun, seen, tokens, wish
from tests.peer.test_wallet_requests import digest_of


async def test_the_nodes_own_wallet_signs_too(autojump_clock):
    async with market(**ON) as m:
        m.chain.give(m.buyer.account, 1_000_000_000, m.chain.token)
        id = await order(m, await begun(m), account=m.buyer.address)
        pauper(m, m.buyer.address)
        await m.buyer.peer.authorize(id)
        await until(lambda: seen(m.buyer, id).amount)
        assert m.buyer.sent == []


async def test_it_is_offered_only_where_the_creator_pays_and_the_money_can_be_signed_for(
    autojump_clock,
):
    async with market() as m:
        id = await order(m, await begun(m))
        view = m.buyer.peer.order(id)
        assert not view.pays_fees and "authorize" not in view.actions
        with pytest.raises(Conflict) as refused:
            await asked(m, id)
        assert refused.value.rule == "campaign.unsponsored"
    async with market(**ON) as m:
        id = await order(m, await started(m))
        assert "authorize" not in m.buyer.peer.order(id).actions
        with pytest.raises(Conflict) as refused:
            await asked(m, id)
        assert refused.value.rule == "order.authorization"


async def test_a_signature_of_somebody_else_is_refused_before_it_is_sent(autojump_clock):
    async with market(**ON) as m:
        id = await order(m, await begun(m))
        typed = await asked(m, id)
        assert typed["message"]["nonce"] == seen(m.buyer, id).nonce
        for bad in (sign_digest(digest_of(typed), b"\x0c" * 32), b"\1", b"\1" * 1_025):
            with pytest.raises(InputError):
                await m.buyer.peer.wallet_request(id, "authorize", BUYER_ACCOUNT, "0x" + bad.hex())
        assert seen(m.buyer, id).signed == ""


async def test_who_doesnt_want_to_wait_sends_the_same_signature_and_never_pays_twice(
    autojump_clock,
):
    async with backed() as (m, campaign, id):
        before = tokens(m)
        part(m)
        await sign(m, id)
        steps = (await m.buyer.peer.wallet_request(id, "pledge", BUYER_ACCOUNT)).steps
        assert [step.verb for step in steps] == ["open", "pledge"]  # and no permission for a token
        m.chain.automine = False
        heal(m)
        await until(lambda: m.chain.pool)
        m.chain.mine()  # the creator's node has opened it
        await until(lambda: m.chain.pool)
        (step,) = (await m.buyer.peer.wallet_request(id, "pledge", BUYER_ACCOUNT)).steps
        await m.send(step.request)
        m.chain.pool.reverse()  # the backer's own comes first
        m.chain.automine = True
        m.chain.mine()
        await until(lambda: seen(m.buyer, id).amount)
        await until(lambda: not wish(m, campaign))
        assert before - tokens(m) == seen(m.buyer, id).price.amount
        with pytest.raises(Conflict):
            await m.buyer.peer.wallet_request(id, "pledge", BUYER_ACCOUNT)


async def test_once_it_is_over_another_way_to_pledge_is_open(autojump_clock):
    async with backed() as (m, campaign, id):
        part(m)
        await sign(m, id)
        until_then = seen(m.buyer, id).signed_until
        assert until_then < campaign.until
        m.chain.pass_time(until_then - m.chain.head.time)
        m.chain.mine()
        await until(lambda: seen(m.buyer, id).signed == "expired")
        with pytest.raises(Unavailable) as refused:  # a reorganisation could still let it in
            await m.buyer.peer.wallet_request(id, "pledge", BUYER_ACCOUNT)
        assert refused.value.rule == "campaign.signed"
        m.chain.mine(5)
        await pledge(m, id)
        heal(m)
        await until(lambda: seen(m.seller, id).amount)
        assert "pledgeWithAuthorizations" not in m.seller.sent


async def test_what_was_taken_back_at_the_token_counts_once_that_is_safe(
    autojump_clock, monkeypatch
):
    async with backed() as (m, _, id):
        part(m)
        await sign(m, id)
        is_safe = False

        async def is_used(token, account, nonce, safe):
            return is_safe or not safe

        monkeypatch.setattr(m.buyer.world.campaigns, "is_used", is_used)
        with pytest.raises(Unavailable) as refused:  # undone, it would be a second pledge
            await m.buyer.peer.wallet_request(id, "pledge", BUYER_ACCOUNT)
        assert refused.value.rule == "campaign.signed"
        is_safe = True
        await pledge(m, id)
        await until(lambda: seen(m.buyer, id).amount)


async def test_while_a_transaction_of_ones_own_may_come_nothing_is_signed(autojump_clock):
    async with market(**ON) as m:
        id = await order(m, await begun(m))
        await m.buyer.peer.note_transaction(id, "pledge", "0x" + "11" * 32)
        assert not {"authorize", "pledge"} & set(m.buyer.peer.order(id).actions)
        with pytest.raises(Conflict):
            await asked(m, id)
        await until(lambda: "unknown" in str(m.buyer.notes(id)["statuses"]))
        m.chain.pass_time(700)
        m.chain.mine()
        await until(lambda: "pledge" in m.buyer.peer.order(id).actions)  # it is thought lost
        assert "authorize" not in m.buyer.peer.order(id).actions  # and may come all the same
        with pytest.raises(Conflict):
            await asked(m, id)


async def test_a_contract_wallet_signs_as_it_does(autojump_clock):
    async with market(**ON) as m:
        account = "0x" + "08" * 20
        wallet = bytes.fromhex(account[2:])
        m.chain.contracts[wallet] = m.buyer.account
        m.chain.give(wallet, 1_000_000_000, m.chain.token)
        id = await order(m, await begun(m), account=account)
        digest = digest_of(await asked(m, id, account))
        signature = contract_wallet.signature(digest, m.buyer.secret)
        await m.buyer.peer.wallet_request(id, "authorize", account, "0x" + signature.hex())
        await until(lambda: seen(m.buyer, id).amount)


async def test_after_a_transaction_of_ones_own_nothing_is_signed_again(autojump_clock):
    """An ordinary pledge may follow what was signed once that is over; it may be taken long after it is thought lost."""
    async with market(**ON) as m:
        id = await order(m, await begun(m))
        part(m)
        await sign(m, id)
        m.chain.pass_time(seen(m.buyer, id).signed_until - m.chain.head.time)
        m.chain.mine(5)
        await until(lambda: "authorize" in m.buyer.peer.order(id).actions)
        await m.buyer.peer.note_transaction(id, "pledge", "0x" + "11" * 32)
        await until(lambda: "unknown" in str(m.buyer.notes(id)["statuses"]))
        m.chain.pass_time(700)
        m.chain.mine()
        await until(lambda: "pledge" in m.buyer.peer.order(id).actions)
        with pytest.raises(Conflict):
            await asked(m, id)


async def test_among_more_pledges_than_are_read_nobody_pays_twice(autojump_clock, monkeypatch):
    async with market(**ON) as m:
        campaign = await begun(m)
        first, second = await order(m, campaign), await order(m, campaign)
        await sign(m, first)
        await until(lambda: seen(m.buyer, first).amount)
        contract = m.buyer.world.campaigns
        pledged = contract.pledged

        async def few(id, limit, since=0):
            return (await pledged(id, limit, since))[:1]

        monkeypatch.setattr(contract, "pledged", few)
        before = tokens(m)
        await sign(m, second)
        await until(lambda: tokens(m) < before)
        await trio.sleep(60)
        with pytest.raises(Unavailable) as refused:
            await m.buyer.peer.wallet_request(second, "pledge", BUYER_ACCOUNT)
        assert refused.value.rule == "campaign.signed"
        m.chain.pass_time(seen(m.buyer, second).signed_until - m.chain.head.time)
        m.chain.mine(5)  # nobody can use it any more, and somebody has
        with pytest.raises(Unavailable):
            await m.buyer.peer.wallet_request(second, "pledge", BUYER_ACCOUNT)
