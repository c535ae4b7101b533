"""What every `node.ports.Escrow` does, whatever chain is behind it. A world fixture says how to push that chain about."""

from contextlib import AbstractContextManager, aclosing
from typing import Protocol

import pytest
import trio
from eth_account import Account
from eth_account.messages import encode_typed_data

from node.ports import Escrow, Transaction
from node.protocol.errors import RuleError, StateError, Unavailable
from node.protocol.escrow import (
    DAY,
    NO_PAYEES,
    NOBODY,
    Delivered,
    Funded,
    How,
    Paid,
    State,
    Terms,
    address_of,
    escrow_id,
)

LIMIT = 20.0  # seconds in which a chain must have answered


class World(Protocol):
    """`secrets` are keys with coins, and tokens for the first; `token` an ERC-20 with permit that the escrows know."""

    secrets: tuple[bytes, ...]
    token: bytes
    no_receiver: bytes  # an address that takes no coins

    def escrow(self, secret: bytes | None = None) -> Escrow: ...
    def now(self) -> int: ...
    def head(self) -> int: ...
    def mine(self, count: int = 1) -> None: ...
    def pass_time(self, seconds: int) -> None: ...
    def reorg(self, depth: int) -> None: ...
    def held(self) -> AbstractContextManager[None]: ...
    def forgetful(self) -> AbstractContextManager[None]:
        """Meanwhile the chain's node leaves out every log."""

    def unreachable(self) -> Escrow: ...


class Seen:
    """A follower's memory, as a store keeps it."""

    def __init__(self, escrow: Escrow):
        self.escrow = escrow
        self.window: list[tuple[int, bytes]] = []
        self.events: list = []
        self.resets = 0
        self.undone = 0
        self.update = None

    def apply(self, update) -> None:
        keep_to = -1 if update.reset else update.keep_to
        self.resets += update.reset
        before = len(self.events)
        self.window = [one for one in self.window if one[0] <= keep_to]
        self.events = [event for event in self.events if event.where.block <= keep_to]
        self.undone += before - len(self.events)
        self.window += [(block.number, block.hash) for block in update.blocks]
        self.events += update.events
        self.update = update

    def of(self, id: bytes) -> list:
        return [event for event in self.events if event.id == id]

    async def until(self, condition) -> "Seen":
        with trio.fail_after(LIMIT):
            async with aclosing(self.escrow.follow(self.window)) as updates:
                async for update in updates:
                    self.apply(update)
                    if condition(self):
                        return self
        raise AssertionError("following ended")


async def settled(escrow: Escrow, sent: str, status: str = "mined") -> None:
    with trio.fail_after(LIMIT):
        while await escrow.status(sent) != status:
            await trio.sleep(0.02)


class EscrowSuite:
    orders = 0

    @pytest.fixture
    async def buyer(self, world) -> Escrow:
        return await self.ready(world, world.secrets[0])

    @pytest.fixture
    async def seller(self, world) -> Escrow:
        return await self.ready(world, world.secrets[1])

    async def ready(self, world, secret) -> Escrow:
        escrow = world.escrow(secret)
        await escrow.verify()
        return escrow

    def terms(self, world, token: bytes = NOBODY, **changes) -> Terms:
        EscrowSuite.orders += 1
        order = EscrowSuite.orders.to_bytes(32, "big")
        return Terms(
            **{
                "buyer": address_of(world.secrets[0]),
                "seller": address_of(world.secrets[1]),
                # nobody else's, so that sums are exact
                "payout": bytes([7]) * 12 + EscrowSuite.orders.to_bytes(8, "big"),
                "arbiter": NOBODY,
                "token": token,
                "amount": 1_234_567,
                "ship_by": world.now() + 7 * DAY,
                "review": DAY,
                "ruling": 0,
                "arbiter_bps": 0,
                "lapse_bps": 0,
                "payees": NO_PAYEES,
                "order": order,
                **changes,
            }
        )

    async def do(self, escrow: Escrow, transaction: Transaction) -> str:
        sent = await escrow.send(transaction)
        await settled(escrow, sent)
        return sent

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
        expiry = world.now() + DAY
        values = (terms.amount, 0, expiry)
        signature = seller.sign_settlement(id, seen.of(id)[0].at, terms.amount, *values)
        await self.do(buyer, buyer.settle(terms, *values, b"", signature))
        seen = await Seen(buyer).until(lambda seen: len(seen.of(id)) == 2)
        assert seen.of(id)[1].how == How.REFUND
        assert seen.of(id)[1].to_buyer == terms.amount

    async def test_a_split_that_both_signed(self, world, buyer, seller):
        terms = self.terms(world)
        id = escrow_id(terms, buyer.chain_id, buyer.contract)
        await self.do(buyer, buyer.fund(terms))
        seen = await Seen(seller).until(lambda seen: seen.of(id))
        values = (terms.amount // 5, terms.amount // 4, world.now() + DAY)
        asked = (id, seen.of(id)[0].at, terms.amount, *values)
        signatures = (buyer.sign_settlement(*asked), seller.sign_settlement(*asked))
        stranger = await self.ready(world, world.secrets[2])
        await self.do(stranger, stranger.settle(terms, *values, *signatures))
        paid = (await seen.until(lambda seen: len(seen.of(id)) == 2)).of(id)[1]
        left = terms.amount - terms.amount // 5 - terms.amount // 4
        assert (paid.how, paid.left) == (How.SETTLEMENT, left)
        with pytest.raises(RuleError, match="no consent"):  # each signature works once
            await stranger.send(stranger.settle(terms, *values, *signatures))

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
            await buyer.send(buyer.withdraw(NOBODY, terms.buyer))

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
            watcher.sign_settlement(bytes(32), 0, 0, 0, 0, 0)

    # ---- transactions under way

    async def test_status_of_a_transaction(self, world, buyer):
        terms = self.terms(world)
        with world.held():
            sent = await buyer.send(buyer.fund(terms))
            assert await buyer.status(sent) == "pending"
        await settled(buyer, sent)
        assert await buyer.status("0x" + "11" * 32) == "unknown"
        assert await buyer.status("garbage") == "unknown"

    async def test_the_same_asked_twice_is_sent_once(self, world, buyer):
        transaction = buyer.fund(self.terms(world))
        with world.held():
            sent = await buyer.send(transaction)
            assert await buyer.send(transaction) == sent
        await settled(buyer, sent)
        with pytest.raises(RuleError, match="funded already"):
            await buyer.send(transaction)

    async def test_one_that_waits_is_replaced_and_one_of_both_is_mined(self, world, buyer):
        transaction, noted = buyer.fund(self.terms(world)), []
        with world.held():
            first = await buyer.send(transaction, note=noted.append)
            restarted = await self.ready(world, world.secrets[0])
            second = await restarted.send(transaction, [first], noted.append)
            assert noted == [first, second] and first != second
            assert await buyer.status(second) == "pending"
            assert await buyer.status(first) == "unknown"
        await settled(buyer, second)
        assert await buyer.status(first) == "unknown"
        with pytest.raises(RuleError, match="funded already"):
            await buyer.send(transaction, [second, first])

    async def test_several_tasks_send_at_once(self, world, buyer):
        sent = []

        async def one(terms):
            sent.append(await buyer.send(buyer.fund(terms)))

        async with trio.open_nursery() as nursery:
            for _ in range(6):
                nursery.start_soon(one, self.terms(world))
        assert len(set(sent)) == 6
        for hash in sent:
            await settled(buyer, hash)

    # ---- following

    async def test_following_goes_on_from_a_window(self, world, buyer):
        first, second = self.terms(world), self.terms(world)
        await self.do(buyer, buyer.fund(first))
        id = escrow_id(first, buyer.chain_id, buyer.contract)
        seen = await Seen(buyer).until(lambda seen: seen.of(id))
        await self.do(buyer, buyer.fund(second))
        later = Seen(world.escrow(None))
        later.window = list(seen.window)
        id = escrow_id(second, buyer.chain_id, buyer.contract)
        await later.until(lambda seen: seen.of(id))
        assert [event.id for event in later.events] == [id]
        assert later.resets == 0

    async def test_a_reorganisation_takes_events_back(self, world, buyer):
        kept, lost = self.terms(world), self.terms(world)
        ids = [escrow_id(terms, buyer.chain_id, buyer.contract) for terms in (kept, lost)]
        await self.do(buyer, buyer.fund(kept))
        await self.do(buyer, buyer.fund(lost))
        world.mine()
        seen = await Seen(buyer).until(lambda seen: seen.of(ids[1]))
        world.reorg(2)
        await seen.until(lambda seen: seen.undone)
        assert seen.of(ids[0])
        assert not seen.of(ids[1])
        assert seen.resets == 0
        await self.do(buyer, buyer.fund(lost))
        await seen.until(lambda seen: seen.of(ids[1]))

    async def test_a_window_of_another_past_is_forgotten(self, world, buyer):
        terms = self.terms(world)
        await self.do(buyer, buyer.fund(terms))
        id = escrow_id(terms, buyer.chain_id, buyer.contract)
        seen = Seen(buyer)
        seen.window = [(1, bytes([1]) * 32), (2, bytes([2]) * 32)]
        await seen.until(lambda seen: seen.of(id))
        assert seen.resets == 1
        assert not {bytes([1]) * 32, bytes([2]) * 32} & {hash for _, hash in seen.window}

    async def test_blocks_become_safe_and_final(self, world, buyer):
        terms = self.terms(world)
        await self.do(buyer, buyer.fund(terms))
        id = escrow_id(terms, buyer.chain_id, buyer.contract)
        seen = await Seen(buyer).until(lambda seen: seen.of(id))
        block = seen.of(id)[0].where.block
        assert seen.update.final <= seen.update.safe <= seen.update.head.number
        world.mine(130)
        await seen.until(lambda seen: seen.update.final >= block)
        assert seen.update.final <= seen.update.safe <= seen.update.head.number
        assert seen.of(id)

    # ---- the second reading

    async def read_all(self, escrow: Escrow, first: int, last: int) -> list:
        found = []
        while first <= last:
            covered, events = await escrow.read(first, last)
            assert first <= covered <= last
            assert all(first <= event.where.block <= covered for event in events)
            found += events
            first = covered + 1
        return found

    async def test_what_was_left_out_while_following_is_there_when_read_again(self, world, buyer):
        terms = self.terms(world)
        id = escrow_id(terms, buyer.chain_id, buyer.contract)
        with world.forgetful():
            await self.do(buyer, buyer.fund(terms))
            world.mine(5)
            head = world.head()
            seen = await Seen(buyer).until(lambda seen: seen.update.head.number >= head)
            assert not seen.of(id)
            assert not [e for e in await self.read_all(buyer, buyer.since, head) if e.id == id]
        await self.do(buyer, buyer.release(terms))
        last = world.head()
        found = [e for e in await self.read_all(buyer, buyer.since, last) if e.id == id]
        assert [type(event) for event in found] == [Funded, Paid]
        assert found[0].terms == terms
        followed = await Seen(buyer).until(lambda seen: len(seen.of(id)) == 2)
        assert followed.of(id) == found

    async def test_the_contract_itself_says_what_it_holds(self, world, buyer, seller):
        terms = self.terms(world)
        id = escrow_id(terms, buyer.chain_id, buyer.contract)
        blocks = [world.head()]
        for escrow, transaction in (
            (buyer, buyer.fund(terms)),
            (seller, seller.deliver(terms)),
            (buyer, buyer.release(terms)),
        ):
            await self.do(escrow, transaction)
            blocks.append(world.head())
        assert [await buyer.pot(id, block) for block in blocks] == [
            (State.NONE, 0),
            (State.FUNDED, terms.amount),
            (State.DELIVERED, terms.amount),
            (State.NONE, 0),
        ]
        assert await buyer.pot(id, 0) == (State.NONE, 0)

    async def test_the_block_at_a_time(self, world, buyer):
        world.mine()
        world.pass_time(1000)
        before, time = world.head(), world.now()
        world.pass_time(1000)
        assert await buyer.block_at(time) == before
        assert await buyer.block_at(time + 999) == before
        assert await buyer.block_at(time - 1) == before - 1
        assert await buyer.block_at(0) == buyer.since
        assert await buyer.block_at(world.now() + 10**6) == world.head()

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
