"""What every `node.ports.Escrow` tells of its chain: transactions under way, following, the second reading."""

import pytest
import trio

from node.ports import Escrow
from node.protocol.errors import RuleError
from node.protocol.escrow import (
    Funded,
    Paid,
    State,
    escrow_id,
)

from .escrow_bench import LIMIT, EscrowBench, Seen, settled


class EscrowFollowingSuite(EscrowBench):
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

    async def test_a_chains_node_that_is_set_up_anew_takes_nothing_back(self, world, buyer):
        first, second = self.terms(world), self.terms(world)
        ids = [escrow_id(terms, buyer.chain_id, buyer.contract) for terms in (first, second)]
        await self.do(buyer, buyer.fund(first))
        seen = await Seen(buyer).until(lambda seen: seen.of(ids[0]))
        with world.syncing(), trio.fail_after(LIMIT):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(seen.until, lambda seen: seen.undone)
                while "catch up" not in (buyer.trouble or ""):
                    await trio.sleep(0.02)
                nursery.cancel_scope.cancel()
        assert seen.of(ids[0]) and not seen.undone
        await self.do(buyer, buyer.fund(second))
        await seen.until(lambda seen: seen.of(ids[1]))
        assert seen.of(ids[0]) and not seen.resets

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
