"""A buyer with a token and no coin: signed by the buyer, sent by the seller's node, which spends no more than it may."""

import json

import pytest
import trio

from node.peer.world import Relay
from node.protocol.encoding import id_from_text
from node.protocol.errors import Conflict, InputError, RuleError
from node.protocol.escrow import sign_digest
from tests import contract_wallet
from tests.peer.market import BUYER_ACCOUNT, BUYER_WALLET, market, until
from tests.peer.sales import heal, order, part, put_up, stage, transaction
from tests.peer.test_wallet_requests import DOLLARS, digest_of, free_post

FEE = 10**9 * 200_000  # of any transaction on the chain in memory
ON = {"relay": Relay(fee=2 * FEE, daily=10 * FEE, price=5)}
TOKENS = 1_000_000_000


def pauper(m, account: str = BUYER_ACCOUNT) -> None:
    """Not one wei for the account."""
    m.chain.ledger.balances[bytes(20), bytes.fromhex(account[2:])] = 0


async def asked(m, id, account=BUYER_ACCOUNT):
    (step,) = (await m.buyer.peer.wallet_request(id, "authorize", account)).steps
    assert (step.kind, step.verb) == ("typed", "authorize")
    return step.request


async def sign(m, id, secret=BUYER_WALLET):
    """With the wallet in the browser."""
    signature = sign_digest(digest_of(await asked(m, id)), secret)
    then = await m.buyer.peer.wallet_request(id, "authorize", BUYER_ACCOUNT, "0x" + signature.hex())
    assert then.steps == ()


async def dollars(m, **more):
    return await put_up(m, price=DOLLARS, **free_post(), **more)


def spent(m) -> int:
    return int(json.loads(m.seller.store.fact("relay.spent") or b'{"wei": "0"}')["wei"])


def trouble(side, id) -> str:
    sent = transaction(side, id, "relay")
    return sent.trouble if sent else ""


async def test_who_has_no_coin_signs_and_the_sellers_node_pays_the_fee(autojump_clock):
    async with market(**ON) as m:
        listing = await dollars(m)
        assert listing.pays_fees
        id = await order(m, listing)
        pauper(m)
        view = m.buyer.peer.order(id)
        assert view.pays_fees and "authorize" in view.actions
        request = await m.buyer.peer.wallet_request(id, "fund", BUYER_ACCOUNT)
        assert request.obstacle == "funds.gas" and "Sign instead" in request.message
        await sign(m, id)
        view = m.buyer.peer.order(id)
        assert view.authorized_until == view.deadlines["fund_by"]
        assert "authorize" not in view.actions and "fund" in view.actions
        await until(lambda: stage(m.buyer, id) == "funded")
        m.chain.mine(3)
        await until(lambda: "accept" in m.seller.peer.order(id).actions)
        assert m.seller.sent == ["fundWithAuthorization"]
        assert m.buyer.peer.order(id).authorized_until is None
        assert spent(m) == FEE


async def test_coin_and_tokens_without_authorizations_are_not_offered_it(autojump_clock):
    async with market(**ON) as m:
        listing = await put_up(m)
        id = await order(m, listing)
        view = m.buyer.peer.order(id)
        assert not listing.pays_fees and not view.pays_fees and "authorize" not in view.actions
        with pytest.raises(Conflict):
            await m.buyer.peer.wallet_request(id, "authorize", BUYER_ACCOUNT)


async def test_a_signature_of_somebody_else_is_refused_before_it_is_sent(autojump_clock):
    async with market(**ON) as m:
        id = await order(m, await dollars(m))
        typed = await asked(m, id)
        for bad in (sign_digest(digest_of(typed), b"\x0c" * 32), b"\1", b"\1" * 65):
            with pytest.raises(InputError):
                await m.buyer.peer.wallet_request(id, "authorize", BUYER_ACCOUNT, "0x" + bad.hex())
        with pytest.raises(InputError):
            await m.buyer.peer.wallet_request(id, "authorize", BUYER_ACCOUNT, "0x" + "11" * 2_049)
        assert m.buyer.peer.order(id).authorized_until is None


async def test_a_wallet_that_counts_from_zero_is_understood(autojump_clock):
    async with market(**ON) as m:
        id = await order(m, await dollars(m))
        signature = sign_digest(digest_of(await asked(m, id)), BUYER_WALLET)
        old = signature[:64] + bytes([signature[64] - 27])
        await m.buyer.peer.wallet_request(id, "authorize", BUYER_ACCOUNT, "0x" + old.hex())
        await until(lambda: stage(m.seller, id) == "funded")


async def test_a_contract_wallet_signs_as_it_does(autojump_clock):
    async with market(**ON) as m:
        account = "0x" + "08" * 20
        wallet = bytes.fromhex(account[2:])
        m.chain.contracts[wallet] = m.buyer.account
        m.chain.give(wallet, TOKENS, m.chain.token)
        id = await order(m, await dollars(m), account=account)
        digest = digest_of(await asked(m, id, account))
        signature = contract_wallet.signature(digest, m.buyer.secret)
        await m.buyer.peer.wallet_request(id, "authorize", account, "0x" + signature.hex())
        await until(lambda: stage(m.buyer, id) == "funded")


async def test_the_nodes_own_wallet_signs_too(autojump_clock):
    async with market(**ON) as m:
        m.chain.give(m.buyer.account, TOKENS, m.chain.token)
        id = await order(m, await dollars(m), account=m.buyer.address)
        pauper(m, m.buyer.address)
        await m.buyer.peer.authorize(id)
        await until(lambda: stage(m.buyer, id) == "funded")
        assert m.buyer.sent == []
        other = await order(m, await dollars(m, title="Another"))
        with pytest.raises(Conflict, match="Another wallet"):
            await m.buyer.peer.authorize(other)


async def test_where_the_seller_pays_nothing_anybody_else_may_send_it(autojump_clock):
    async with market() as m:
        id = await order(m, await dollars(m))
        assert not m.buyer.peer.order(id).pays_fees
        await sign(m, id)
        await until(lambda: "relay" in m.seller.peer.order(id).actions)
        assert m.seller.sent == []
        await m.buyer.peer.relay(id)
        await until(lambda: stage(m.seller, id) == "funded")
        assert m.buyer.sent == ["fundWithAuthorization"]


async def test_paid_by_the_buyer_meanwhile_nothing_is_paid_twice(autojump_clock):
    async with market(**ON) as m:
        listing = await dollars(m)
        id = await order(m, listing)
        await sign(m, id)
        m.chain.automine = False
        await until(lambda: m.chain.pool)
        wallet, token = m.wallet, m.chain.token
        terms = m.buyer.peer._deals.deal(m.buyer.store.order(id_from_text(id))).terms
        m.chain.ledger.allowances[token, terms.buyer] = terms.amount
        before = m.chain.ledger.balances[token, terms.buyer]
        await wallet.send(wallet.fund(terms))
        m.chain.pool.reverse()  # the buyer's own comes first
        m.chain.automine = True
        m.chain.mine()
        await until(lambda: stage(m.seller, id) == "funded")
        await until(lambda: not m.seller.notes(id).get("wishes"))
        assert m.chain.ledger.balances[token, terms.buyer] == before - terms.amount


# ---- what it costs the seller


async def test_one_balance_promised_to_two_orders_costs_one_fee(autojump_clock):
    async with market(**ON) as m:
        listing = await dollars(m)
        ids = [await order(m, listing) for _ in range(2)]
        account = bytes.fromhex(BUYER_ACCOUNT[2:])
        m.chain.ledger.balances[m.chain.token, account] = 60_000_000  # enough for one
        m.chain.automine = False
        for id in ids:
            await sign(m, id)
        await until(lambda: m.chain.pool)
        await until(lambda: any("under way" in trouble(m.seller, id) for id in ids))
        assert len(m.chain.pool) == 1
        m.chain.automine = True
        m.chain.mine()
        await until(lambda: any("balance too low" in trouble(m.seller, id) for id in ids))
        assert len(m.seller.sent) == 1


async def test_one_balance_is_not_promised_again_after_a_crash(autojump_clock):
    async with market(**ON) as m:
        listing = await dollars(m)
        ids = [await order(m, listing) for _ in range(2)]
        m.chain.automine = False
        for id in ids:
            await sign(m, id)
        await until(lambda: m.chain.pool)
        await until(lambda: any("under way" in trouble(m.seller, id) for id in ids))
        await m.seller.restart()
        await trio.sleep(60)
        assert len(m.chain.pool) == 1
        m.chain.automine = True
        m.chain.mine()
        await until(lambda: all(stage(m.seller, id) == "funded" for id in ids))


async def test_what_failed_in_a_block_is_not_sent_again(autojump_clock):
    async with market(**ON) as m:
        id = await order(m, await dollars(m))
        m.chain.failing = True
        await sign(m, id)
        await until(lambda: "failed" in trouble(m.seller, id), 2_000)
        assert m.seller.sent == ["fundWithAuthorization"]


async def test_nothing_is_sent_for_what_has_been_sold(autojump_clock):
    async with market(**ON) as m:
        listing = await dollars(m)
        id = await order(m, listing)
        part(m)
        await sign(m, id)
        await m.seller.peer.set_availability(listing.slug, {"goods": {"stock": {"": 0}}})
        heal(m)
        await until(lambda: "not so many left" in trouble(m.seller, id))
        assert m.seller.sent == []


async def test_a_cancelled_order_is_not_paid(autojump_clock):
    async with market(relay=Relay(fee=FEE - 1, daily=FEE, price=5)) as m:
        id = await order(m, await dollars(m))
        await sign(m, id)
        await until(lambda: trouble(m.seller, id))
        await m.buyer.peer.cancel(id)
        m.chain.gas_price = 1
        await until(lambda: stage(m.seller, id) == "cancelled")
        await until(lambda: transaction(m.seller, id, "relay") is None)
        assert m.seller.sent == []


async def test_one_that_is_over_is_let_go(autojump_clock):
    async with market(relay=Relay(fee=FEE - 1, daily=FEE, price=5)) as m:
        id = await order(m, await dollars(m))
        await sign(m, id)
        await until(lambda: trouble(m.seller, id))
        m.chain.pass_time(7 * 3_600)
        m.chain.mine()
        m.chain.gas_price = 1
        await until(lambda: transaction(m.seller, id, "relay") is None)
        assert m.buyer.peer.order(id).authorized_until is None
        assert m.seller.sent == []


# ---- released


async def funded_and_sent(m, account=BUYER_ACCOUNT):
    id = await order(m, await dollars(m), account=account)
    pauper(m, account)
    if account == BUYER_ACCOUNT:
        await sign(m, id)
    else:
        await m.buyer.peer.authorize(id)
    await until(lambda: stage(m.seller, id) == "funded")
    m.chain.mine(3)
    await until(lambda: "ship" in m.seller.peer.order(id).actions)
    await m.seller.peer.ship(id)
    await until(lambda: stage(m.buyer, id) == "shipped")
    return id


async def test_a_whole_sale_for_which_the_buyer_sends_nothing(autojump_clock):
    async with market(**ON) as m:
        id = await funded_and_sent(m)
        (step,) = (await m.buyer.peer.wallet_request(id, "sign_release", BUYER_ACCOUNT)).steps
        assert step.request["primaryType"] == "Settlement"
        signature = sign_digest(digest_of(step.request), BUYER_WALLET)
        done = await m.buyer.peer.wallet_request(
            id, "sign_release", BUYER_ACCOUNT, "0x" + signature.hex()
        )
        assert done.steps == () and "sign_release" not in m.buyer.peer.order(id).actions
        await until(lambda: stage(m.buyer, id) == "released")
        assert m.seller.sent == ["fundWithAuthorization", "deliver", "settle"]
        assert m.buyer.sent == []


async def test_the_nodes_wallet_releases_by_a_signature(autojump_clock):
    async with market(**ON) as m:
        m.chain.give(m.buyer.account, TOKENS, m.chain.token)
        id = await funded_and_sent(m, m.buyer.address)
        await m.buyer.peer.sign_release(id)
        await until(lambda: stage(m.seller, id) == "released")
        assert m.buyer.sent == []
        with pytest.raises(Conflict):
            await m.buyer.peer.sign_release(id)


async def test_a_contract_wallet_releases_by_a_signature(autojump_clock):
    async with market(**ON) as m:
        account = "0x" + "08" * 20
        wallet = bytes.fromhex(account[2:])
        m.chain.contracts[wallet] = m.buyer.account
        m.chain.give(wallet, TOKENS, m.chain.token)
        id = await order(m, await dollars(m), account=account)
        for verb in ("authorize", "sign_release"):
            if verb == "sign_release":
                await until(lambda: stage(m.buyer, id) == "funded")
            (step,) = (await m.buyer.peer.wallet_request(id, verb, account)).steps
            signature = contract_wallet.signature(digest_of(step.request), m.buyer.secret)
            await m.buyer.peer.wallet_request(id, verb, account, "0x" + signature.hex())
        await until(lambda: stage(m.seller, id) == "released")
        assert m.seller.sent == ["fundWithAuthorization", "settle"]


# ---- back again


async def test_who_has_no_coin_is_given_the_money_back_without_asking(autojump_clock):
    async with market(**ON) as m:
        id = await order(m, await dollars(m))
        pauper(m)
        await sign(m, id)
        await until(lambda: stage(m.seller, id) == "funded")
        m.chain.mine(3)
        await until(lambda: "decline" in m.seller.peer.order(id).actions)
        await m.seller.peer.decline(id, "It broke, sorry")
        await until(lambda: stage(m.buyer, id) == "refunded")
        assert m.chain.ledger.balances[m.chain.token, bytes.fromhex(BUYER_ACCOUNT[2:])] == TOKENS


async def test_what_was_not_sent_in_time_goes_back_by_itself(autojump_clock):
    async with market(**ON) as m:
        id = await order(m, await dollars(m))
        pauper(m)
        await sign(m, id)
        await until(lambda: stage(m.seller, id) == "funded")
        m.chain.pass_time(30 * 86_400)
        m.chain.mine()
        await until(lambda: stage(m.buyer, id) == "lapsed")
        assert m.seller.sent == ["fundWithAuthorization", "timeout"]


async def test_nothing_is_lost_by_a_crash(autojump_clock):
    async with market(**ON) as m:
        id = await order(m, await dollars(m))
        m.chain.automine = False
        await sign(m, id)
        await until(lambda: m.chain.pool)
        await m.seller.restart()
        m.chain.automine = True
        m.chain.mine()
        await until(lambda: stage(m.seller, id) == "funded")
        assert spent(m) == FEE


async def test_without_a_wish_there_is_nothing_to_build(autojump_clock):
    async with market() as m:
        id = await order(m, await dollars(m))
        for side in (m.buyer, m.seller):
            with pytest.raises((Conflict, RuleError)):
                await side.peer.relay(id)
