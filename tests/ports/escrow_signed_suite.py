"""What every `node.ports.Escrow` does with signatures of those who send nothing themselves, and with several orders at once."""

import pytest
import trio
from eth_account import Account
from eth_account.messages import encode_typed_data

from node.ports import Escrow
from node.protocol.errors import RuleError, StateError
from node.protocol.escrow import (
    DAY,
    NOBODY,
    Funded,
    How,
    Settlement,
    address_of,
    delivery_digest,
    dispute_digest,
    escrow_id,
    settlement_digest,
)

from .escrow_bench import EscrowBench, Seen


def sign(secret: bytes, typed: dict) -> bytes:
    """As a wallet does, from the typed data alone."""
    return bytes(Account.sign_message(encode_typed_data(full_message=typed), secret).signature)


class EscrowSignedSuite(EscrowBench):
    @pytest.fixture
    async def stranger(self, world) -> Escrow:
        return await self.ready(world, world.secrets[2])

    async def since(self, escrow: Escrow, terms) -> int:
        id = escrow_id(terms, escrow.chain_id, escrow.contract)
        return (await Seen(escrow).until(lambda seen: seen.of(id))).of(id)[0].at

    async def release_of(self, world, escrow: Escrow, terms) -> Settlement:
        id = escrow_id(terms, escrow.chain_id, escrow.contract)
        since = await self.since(escrow, terms)
        return Settlement(id, since, terms.amount, 0, terms.amount, world.now() + DAY)

    # ---- without coin

    async def test_the_token_takes_authorizations(self, world, buyer):
        coin, token = buyer.tokens()
        assert (coin.authorization, token.authorization) == (False, True)
        with pytest.raises(RuleError):
            buyer.authorization(self.terms(world), world.now() + DAY)

    async def test_a_sale_for_which_the_buyer_sends_nothing(self, world, buyer, stranger):
        terms = self.terms(world, world.token)
        before = world.now() + DAY
        signature = sign(world.secrets[0], buyer.authorization(terms, before))
        assert signature == buyer.sign_authorization(terms, before)
        assert await stranger.is_authorized(terms, before, signature)
        assert not await stranger.is_authorized(terms, before + 1, signature)
        owned = await buyer.balance(terms.buyer, world.token)
        await self.do(stranger, stranger.fund_with_authorization(terms, before, signature))
        assert await buyer.balance(terms.buyer, world.token) == owned - terms.amount
        release = await self.release_of(world, buyer, terms)
        given = sign(world.secrets[0], buyer.settlement(release))
        assert given == buyer.sign_settlement(release)
        await self.do(stranger, stranger.settle(terms, release, buyer=given))
        assert await buyer.balance(terms.payout, world.token) == terms.amount

    async def test_an_authorization_opens_one_order_and_once(self, world, buyer, stranger):
        terms, other = self.terms(world, world.token), self.terms(world, world.token)
        before = world.now() + DAY
        signature = buyer.sign_authorization(terms, before)
        for wrong, valid_before in ((other, before), (terms, before + 1)):
            funding = stranger.fund_with_authorization(wrong, valid_before, signature)
            with pytest.raises(RuleError, match="bad signature"):
                await stranger.send(funding)
        await self.do(stranger, stranger.fund_with_authorization(terms, before, signature))
        with pytest.raises(RuleError, match="funded already"):
            await stranger.send(stranger.fund_with_authorization(terms, before, signature))
        await self.do(buyer, buyer.release(terms))
        with pytest.raises(RuleError, match="authorization used"):
            await stranger.send(stranger.fund_with_authorization(terms, before, signature))

    async def test_paid_by_the_buyer_meanwhile_an_authorization_moves_nothing(
        self, world, buyer, stranger
    ):
        terms = self.terms(world, world.token)
        before = world.now() + DAY
        signature = buyer.sign_authorization(terms, before)
        await self.do(buyer, buyer.approve(world.token, terms.amount))
        with world.held():
            paying = await buyer.send(buyer.fund(terms))
            late = await stranger.send(stranger.fund_with_authorization(terms, before, signature))
        with trio.fail_after(20):
            while {await buyer.status(paying), await buyer.status(late)} != {"mined", "failed"}:
                await trio.sleep(0.02)
        id = escrow_id(terms, buyer.chain_id, buyer.contract)
        seen = await Seen(buyer).until(lambda seen: seen.of(id))
        assert [type(event) for event in seen.of(id)] == [Funded]

    async def test_one_that_is_over_is_refused(self, world, buyer, stranger):
        terms = self.terms(world, world.token)
        before = world.now() + 100
        signature = buyer.sign_authorization(terms, before)
        world.pass_time(200)
        with pytest.raises(RuleError, match="authorization expired"):
            await stranger.send(stranger.fund_with_authorization(terms, before, signature))

    async def test_marks_by_signature(self, world, buyer, seller, stranger):
        terms = self.terms(world, arbiter=bytes([9]) * 20, ruling=DAY)
        await self.do(buyer, buyer.fund(terms))
        since, expiry = await self.since(buyer, terms), world.now() + DAY
        sent = sign(world.secrets[1], seller.delivery(terms, since, expiry))
        assert sent == seller.sign_delivery(terms, since, expiry)
        with pytest.raises(RuleError, match="not the seller"):
            await stranger.send(stranger.deliver(terms, expiry + 1, sent))
        await self.do(stranger, stranger.deliver(terms, expiry, sent))
        complaint = sign(world.secrets[0], buyer.disputing(terms, since, expiry))
        assert complaint == buyer.sign_dispute(terms, since, expiry)
        await self.do(stranger, stranger.dispute(terms, terms.buyer, expiry, complaint))
        id = escrow_id(terms, buyer.chain_id, buyer.contract)
        assert (await buyer.pot(id, world.head()))[0] == 4  # contested

    async def test_whose_signature_it_is(self, world, buyer, seller, stranger):
        terms = self.terms(world)
        here = (buyer.chain_id, buyer.contract)
        id, me = escrow_id(terms, *here), address_of(world.secrets[1])
        for digest, signature in (
            (delivery_digest(id, 1, 2, *here), seller.sign_delivery(terms, 1, 2)),
            (dispute_digest(id, 1, 2, *here), seller.sign_dispute(terms, 1, 2)),
        ):
            assert await buyer.is_signed(me, digest, signature)
            assert not await buyer.is_signed(terms.buyer, digest, signature)
            for junk in (b"", signature[:64], signature + b"\0", b"\0" * 3_000):
                assert not await buyer.is_signed(me, digest, junk)

    async def test_a_fee_is_told_before_anything_is_sent(self, world, buyer):
        terms = self.terms(world)
        assert 0 < await buyer.fee(buyer.fund(terms)) < 10**18
        with pytest.raises(RuleError, match="no such order"):
            await buyer.fee(buyer.release(terms))
        with pytest.raises(StateError):
            await world.escrow(None).fee(buyer.fund(terms))

    # ---- several at once

    async def test_a_cart_is_paid_and_released_in_one_transaction_each(self, world, buyer):
        terms = [self.terms(world), self.terms(world, world.token), self.terms(world)]
        cart = [(each, ()) for each in terms]
        await self.do(buyer, buyer.approve(world.token, terms[1].amount))
        funding = buyer.fund_many(cart)
        assert funding.value == terms[0].amount + terms[2].amount
        hash = await self.do(buyer, funding)
        ids = [escrow_id(each, buyer.chain_id, buyer.contract) for each in terms]
        seen = await Seen(buyer).until(lambda seen: all(map(seen.of, ids)))
        assert {seen.of(id)[0].where.tx.hex() for id in ids} == {hash[2:]}
        await self.do(buyer, buyer.release_many(cart))
        for each in terms:
            assert await buyer.balance(each.payout, each.token) == each.amount

    async def test_all_or_none_of_a_cart(self, world, buyer):
        good, sold = self.terms(world), self.terms(world)
        await self.do(buyer, buyer.fund(sold))
        with pytest.raises(RuleError, match="funded already"):
            await buyer.send(buyer.fund_many([(good, ()), (sold, ())]))
        id = escrow_id(good, buyer.chain_id, buyer.contract)
        assert await buyer.pot(id, world.head()) == (0, 0)
        for several in ([], [(self.terms(world), ()) for _ in range(17)]):
            with pytest.raises(RuleError) as refused:
                buyer.fund_many(several)
            assert refused.value.rule == "chain.orders"

    # ---- wallets that are contracts

    async def test_a_contract_wallet_buys_by_itself_and_is_given_back_to(
        self, world, buyer, seller
    ):
        terms = self.terms(world, buyer=world.contract_wallet)
        world.by_contract_wallet(buyer.fund(terms))
        id = escrow_id(terms, buyer.chain_id, buyer.contract)
        since = await self.since(buyer, terms)
        refund = Settlement(id, since, terms.amount, terms.amount, 0, world.now() + DAY)
        before = await buyer.balance(terms.buyer, NOBODY)
        await self.do(seller, seller.settle(terms, refund))
        assert await buyer.balance(terms.buyer, NOBODY) == before + terms.amount

    async def test_a_contract_wallet_buys_by_signatures_alone(self, world, buyer, stranger):
        terms = self.terms(world, world.token, buyer=world.contract_wallet)
        before = world.now() + DAY
        typed = buyer.authorization(terms, before)
        signature = world.contract_signature(digest_of(typed))
        assert len(signature) != 65
        assert await stranger.is_authorized(terms, before, signature)
        assert not await stranger.is_authorized(terms, before, sign(world.secrets[0], typed))
        await self.do(stranger, stranger.fund_with_authorization(terms, before, signature))
        release = await self.release_of(world, buyer, terms)
        given = world.contract_signature(settlement_digest(release, *self.here(buyer)))
        await self.do(stranger, stranger.settle(terms, release, buyer=given))
        assert await buyer.balance(terms.payout, world.token) == terms.amount

    async def test_a_contract_wallet_sells_and_is_paid(self, world, buyer, stranger):
        wallet = world.contract_wallet
        terms = self.terms(world, seller=wallet, payout=wallet)
        await self.do(buyer, buyer.fund(terms))
        since, expiry = await self.since(buyer, terms), world.now() + DAY
        id = escrow_id(terms, *self.here(buyer))
        digest = delivery_digest(id, since, expiry, *self.here(buyer))
        signature = world.contract_signature(digest)
        assert await buyer.is_signed(wallet, digest, signature)
        await self.do(stranger, stranger.deliver(terms, expiry, signature))
        before = await buyer.balance(wallet, NOBODY)
        await self.do(buyer, buyer.release(terms))
        assert await buyer.balance(wallet, NOBODY) == before + terms.amount

    async def test_a_contract_wallets_refund_is_taken(self, world, buyer):
        terms = self.terms(world, seller=world.contract_wallet)
        await self.do(buyer, buyer.fund(terms))
        id, since = escrow_id(terms, *self.here(buyer)), await self.since(buyer, terms)
        refund = Settlement(id, since, terms.amount, terms.amount, 0, world.now() + DAY)
        given = world.contract_signature(settlement_digest(refund, *self.here(buyer)))
        await self.do(buyer, buyer.settle(terms, refund, seller=given))
        seen = await Seen(buyer).until(lambda seen: len(seen.of(id)) == 2)
        assert seen.of(id)[1].how == How.REFUND

    def here(self, escrow: Escrow) -> tuple[int, bytes]:
        return escrow.chain_id, escrow.contract


def digest_of(typed: dict) -> bytes:
    from eth_account.messages import _hash_eip191_message

    return _hash_eip191_message(encode_typed_data(full_message=typed))
