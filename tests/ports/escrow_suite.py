"""What every `node.ports.Escrow` does with money, whatever chain is behind it."""

from dataclasses import replace

import pytest
import trio
from eth_account import Account
from eth_account.messages import encode_typed_data

from node.ports import Transaction
from node.protocol.errors import RuleError, StateError, Unavailable
from node.protocol.escrow import (
    DAY,
    NOBODY,
    WHOLE,
    Delivered,
    Funded,
    How,
    Paid,
    Settlement,
    address_of,
    escrow_id,
    payees_hash,
)
from node.protocol.keys import check_binding

from .escrow_bench import EscrowBench, Seen


class EscrowSuite(EscrowBench):
    # ---- what it is

    async def test_names_its_chain_and_wallet(self, world, buyer):
        assert buyer.chain == f"eip155:{buyer.chain_id}"
        assert len(buyer.contract) == 20
        assert bytes.fromhex(buyer.wallet[2:]) == address_of(world.secrets[0])
        assert world.escrow(None).wallet is None

    async def test_knows_the_coin_and_the_configured_tokens(self, world, buyer):
        coin, token = buyer.tokens()
        assert (coin.asset, coin.decimals) == (f"{buyer.chain}/slip44:60", 18)
        assert not coin.permit
        assert token.asset == f"{buyer.chain}/erc20:0x{world.token.hex()}"
        assert (token.symbol, token.decimals, token.permit) == ("tUSD", 6, True)
        assert token.currency == "USD"

    async def test_secrets_are_not_shown(self, world, buyer):
        assert world.secrets[0].hex() not in repr(buyer) + repr(vars(buyer))

    async def test_its_wallet_says_that_a_persona_speaks_for_it(self, world, buyer):
        terms = (bytes([3]) * 32, "etal-test", 1_900_000_000)
        signature = buyer.sign_binding(*terms)
        signer = check_binding(*terms, buyer.chain_id, signature)
        assert signer == address_of(world.secrets[0])

    # ---- a sale

    async def test_a_sale_in_coins(self, world, buyer, seller):
        terms = self.terms(world)
        id = escrow_id(terms, buyer.chain_id, buyer.contract)
        transaction = buyer.fund(terms)
        assert transaction.value == terms.amount
        funded = await self.do(buyer, transaction)
        await self.do(seller, seller.deliver(terms))
        await self.do(buyer, buyer.release(terms))
        assert await buyer.balance(terms.payout, NOBODY) == terms.amount
        seen = await Seen(seller).until(lambda seen: len(seen.of(id)) == 3)
        first, second, third = seen.of(id)
        assert isinstance(first, Funded)
        assert first.terms == terms
        assert first.at == first.where.time
        assert first.where.tx == bytes.fromhex(funded[2:])
        assert (first.where.block, first.where.block_hash) in seen.window
        assert isinstance(second, Delivered)
        assert second.until == second.where.time + terms.review
        assert isinstance(third, Paid)
        sums = (third.to_buyer, third.to_seller, third.to_arbiter, third.left, third.how)
        assert sums == (0, terms.amount, 0, 0, How.RELEASE)
        assert first.where.block < second.where.block < third.where.block

    async def test_a_sale_in_tokens_by_approval(self, world, buyer):
        terms = self.terms(world, world.token)
        await self.do(buyer, buyer.approve(world.token, terms.amount))
        assert await buyer.allowance(terms.buyer, world.token) == terms.amount
        before = await buyer.balance(terms.buyer, world.token)
        transaction = buyer.fund(terms)
        assert transaction.value == 0
        await self.do(buyer, transaction)
        assert await buyer.allowance(terms.buyer, world.token) == 0
        assert await buyer.balance(terms.buyer, world.token) == before - terms.amount
        await self.do(buyer, buyer.release(terms))
        assert await buyer.balance(terms.payout, world.token) == terms.amount

    async def test_a_sale_in_tokens_by_permit(self, world, buyer):
        for _ in range(2):  # the second needs the next nonce
            terms = self.terms(world, world.token)
            deadline = world.now() + DAY
            typed = await buyer.permit(terms, deadline)
            signature = self.sign(world.secrets[0], typed)
            await self.do(buyer, buyer.fund_with_permit(terms, deadline, signature))
            await self.do(buyer, buyer.release(terms))
            assert await buyer.balance(terms.payout, world.token) == terms.amount

    async def test_a_permit_by_somebody_else_is_refused(self, world, buyer):
        terms = self.terms(world, world.token)
        typed = await buyer.permit(terms, world.now() + DAY)
        signature = self.sign(world.secrets[2], typed)
        with pytest.raises(RuleError) as refused:
            await buyer.send(buyer.fund_with_permit(terms, world.now() + DAY, signature))
        assert (refused.value.rule, refused.value.message) == (
            "chain.reverted",
            "allowance too low",
        )

    def sign(self, secret: bytes, typed: dict) -> bytes:
        return bytes(Account.sign_message(encode_typed_data(full_message=typed), secret).signature)

    # ---- other ends

    async def test_a_refund_that_the_seller_signed_and_the_buyer_submits(
        self, world, buyer, seller
    ):
        terms = self.terms(world)
        id = escrow_id(terms, buyer.chain_id, buyer.contract)
        await self.do(buyer, buyer.fund(terms))
        seen = await Seen(seller).until(lambda seen: seen.of(id))
        values = (seen.of(id)[0].at, terms.amount, terms.amount, 0, world.now() + DAY)
        refund = Settlement(id, *values)
        signature = seller.sign_settlement(refund)
        await self.do(buyer, buyer.settle(terms, refund, seller=signature))
        seen = await Seen(buyer).until(lambda seen: len(seen.of(id)) == 2)
        assert seen.of(id)[1].how == How.REFUND
        assert seen.of(id)[1].to_buyer == terms.amount

    async def test_a_split_that_both_signed(self, world, buyer, seller):
        terms = self.terms(world)
        id = escrow_id(terms, buyer.chain_id, buyer.contract)
        await self.do(buyer, buyer.fund(terms))
        seen = await Seen(seller).until(lambda seen: seen.of(id))
        amounts = (terms.amount // 5, terms.amount // 4)
        agreed = Settlement(id, seen.of(id)[0].at, terms.amount, *amounts, world.now() + DAY)
        signed = {
            "buyer": buyer.sign_settlement(agreed),
            "seller": seller.sign_settlement(agreed),
        }
        stranger = await self.ready(world, world.secrets[2])
        await self.do(stranger, stranger.settle(terms, agreed, **signed))
        paid = (await seen.until(lambda seen: len(seen.of(id)) == 2)).of(id)[1]
        left = terms.amount - sum(amounts)
        assert (paid.how, paid.left) == (How.SETTLEMENT, left)
        with pytest.raises(RuleError, match="no consent"):  # each signature works once
            await stranger.send(stranger.settle(terms, agreed, **signed))

    async def test_the_payees_of_the_terms_get_their_shares(self, world, buyer, seller):
        payees = [
            (bytes([0xC0 + n]) * 12 + world.now().to_bytes(8, "big"), 333 * n) for n in (1, 2)
        ]
        for token in (NOBODY, world.token):
            terms = self.terms(world, token, payees=payees_hash(payees))
            if token != NOBODY:
                await self.do(buyer, buyer.approve(token, terms.amount))
            await self.do(buyer, buyer.fund(terms, payees))
            since = (await Seen(buyer).until(lambda seen: seen.events)).events[-1].at
            id = escrow_id(terms, buyer.chain_id, buyer.contract)
            part = Settlement(id, since, terms.amount, 0, 1_000_001, world.now() + DAY)
            await self.do(buyer, buyer.settle(terms, part, payees))
            await self.do(buyer, buyer.release(terms, payees))
            for to, bps in payees:  # rounded down at each payment
                share = sum(
                    amount * bps // WHOLE for amount in (1_000_001, terms.amount - 1_000_001)
                )
                assert await buyer.balance(to, token) == share
            shared = sum([await buyer.balance(to, token) for to, _ in payees])
            assert await buyer.balance(terms.payout, token) == terms.amount - shared

    async def test_a_refund_by_timeout(self, world, buyer):
        terms = self.terms(world)
        await self.do(buyer, buyer.fund(terms))
        with pytest.raises(RuleError, match="too early"):
            await buyer.send(buyer.timeout(terms))
        world.pass_time(8 * DAY)
        stranger = await self.ready(world, world.secrets[2])
        await self.do(stranger, stranger.timeout(terms))
        id = escrow_id(terms, buyer.chain_id, buyer.contract)
        paid = (await Seen(buyer).until(lambda seen: len(seen.of(id)) == 2)).of(id)[1]
        assert (paid.how, paid.to_buyer) == (How.TIMEOUT, terms.amount)

    async def test_what_a_receiver_refuses_becomes_a_claim(self, world, buyer):
        terms = self.terms(world, payout=world.no_receiver)
        before = await buyer.claims(terms.payout, NOBODY)
        await self.do(buyer, buyer.fund(terms))
        await self.do(buyer, buyer.release(terms))
        assert await buyer.claims(terms.payout, NOBODY) == before + terms.amount
        assert await buyer.claims(terms.buyer, NOBODY) == 0
        with pytest.raises(RuleError, match="nothing to withdraw"):
            await buyer.send(buyer.withdraw(NOBODY, terms.buyer, terms.buyer))

    async def test_a_claim_is_withdrawn_by_its_account_alone_to_an_address_that_takes_it(
        self, world, buyer
    ):
        terms = self.terms(world, payout=world.no_receiver)
        await self.do(buyer, buyer.fund(terms))
        await self.do(buyer, buyer.release(terms))
        waits, elsewhere = await buyer.claims(terms.payout, NOBODY), b"\x77" * 20
        assert waits >= terms.amount
        before = await buyer.balance(elsewhere, NOBODY)
        world.by_no_receiver(buyer.withdraw(NOBODY, terms.payout, elsewhere))
        assert await buyer.claims(terms.payout, NOBODY) == 0
        assert await buyer.balance(elsewhere, NOBODY) == before + waits

    async def test_who_burns_its_gas_in_the_block_alone_stops_nobody(self, world, buyer):
        terms = self.terms(world, payout=world.two_faced)
        before = await buyer.claims(terms.payout, NOBODY)
        await self.do(buyer, buyer.fund(terms))
        await self.do(buyer, buyer.release(terms))
        assert await buyer.claims(terms.payout, NOBODY) == before + terms.amount

    # ---- what is refused

    async def test_the_contract_says_why_it_refuses(self, world, buyer, seller):
        terms = self.terms(world)
        await self.do(buyer, buyer.fund(terms))
        for escrow, transaction, reason in (
            (buyer, buyer.fund(terms), "funded already"),
            (seller, seller.release(terms), "not the buyer"),
            (buyer, buyer.deliver(terms), "not the seller"),
            (buyer, buyer.release(self.terms(world)), "no such order"),
            (buyer, buyer.fund(self.terms(world, ship_by=world.now())), "bad ship date"),
        ):
            with pytest.raises(RuleError) as refused:
                await escrow.send(transaction)
            assert (refused.value.rule, refused.value.message) == ("chain.reverted", reason)

    async def test_too_little_money(self, world, buyer):
        with pytest.raises(RuleError) as refused:
            await buyer.send(buyer.fund(self.terms(world, amount=10**30)))
        assert refused.value.rule == "chain.funds"

    async def test_too_few_tokens(self, world, buyer):
        terms = self.terms(world, world.token, amount=10**30)
        await self.do(buyer, buyer.approve(world.token, terms.amount))
        with pytest.raises(RuleError) as refused:
            await buyer.send(buyer.fund(terms))
        assert (refused.value.rule, refused.value.message) == ("chain.reverted", "balance too low")

    async def test_what_may_cost_less_than_it_does_is_refused(self, world, buyer):
        transaction = buyer.fund(self.terms(world))
        with pytest.raises(RuleError) as refused:
            await buyer.send(replace(transaction, most_fee=1))
        assert refused.value.rule == "chain.fees"
        await self.do(buyer, replace(transaction, most_fee=await buyer.fee(transaction)))

    async def test_another_chain_is_refused(self, world, buyer):
        transaction = buyer.fund(self.terms(world))
        other = Transaction(transaction.to, transaction.data, transaction.value, 1)
        with pytest.raises(RuleError) as refused:
            await buyer.send(other)
        assert refused.value.rule == "chain.network"

    async def test_unknown_tokens_and_shared_proceeds_are_refused(self, world, buyer):
        strange = self.terms(world, bytes([9]) * 20)
        with pytest.raises(RuleError) as refused:
            buyer.approve(strange.token, 1)
        assert refused.value.rule == "chain.token"
        with pytest.raises(RuleError):
            await buyer.permit(strange, 1)
        with pytest.raises(RuleError) as refused:
            buyer.fund(self.terms(world, payees=bytes([1]) * 32))
        assert refused.value.rule == "chain.payees"

    async def test_without_a_wallet_nothing_is_signed(self, world, buyer):
        watcher = world.escrow(None)
        await watcher.verify()
        with pytest.raises(StateError):
            await watcher.send(watcher.fund(self.terms(world)))
        with pytest.raises(StateError):
            watcher.sign_settlement(Settlement(bytes(32), 0, 0, 0, 0, 0))
        with pytest.raises(StateError):
            watcher.sign_binding(bytes(32), "etal-test", 1_900_000_000)

    async def test_an_unreachable_chain_is_unavailable(self, world):
        lost = world.unreachable()

        async def refused(question) -> None:
            with pytest.raises(Unavailable):
                await question

        async with trio.open_nursery() as nursery:
            for question in (
                lost.verify(),
                lost.balance(bytes(20), NOBODY),
                lost.claims(bytes(20), NOBODY),
                lost.read(1, 2),
                lost.block_at(1),
                lost.pot(bytes(32), 1 << 40),
                lost.status("0x" + "11" * 32),
                lost.send(Transaction("0x" + "00" * 20, "0x", 0, lost.chain_id)),
            ):
                nursery.start_soon(refused, question)
