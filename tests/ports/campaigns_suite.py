"""What a node may rely on of a campaign contract, whichever adapter is behind the port."""

from typing import Protocol

import pytest
import trio

from node.ports import Campaigns, Escrow, Transaction
from node.protocol.campaign import (
    COIN,
    DAY,
    MAX_AUTHORIZATIONS,
    MAX_REFUNDS,
    Authorization,
    Phase,
    Terms,
    Tranche,
    campaign_id,
    objection_digest,
    tranches_hash,
)
from node.protocol.errors import RuleError, Unavailable
from node.protocol.escrow import address_of, sign_digest

from .escrow_bench import World as Chain
from .escrow_bench import settled
from .judging_suite import JudgingSuite, digest_of

GOAL = 1_000_000


class World(Chain, Protocol):
    def campaigns(self, escrow: Escrow) -> Campaigns: ...
    def without_campaigns(self, escrow: Escrow) -> Campaigns:
        """Of a chain that has no such contract."""


class CampaignsSuite(JudgingSuite):
    made = 0

    @pytest.fixture
    async def escrows(self, world) -> list[Escrow]:
        """Of a creator, a backer, another backer."""
        found = [world.escrow(secret) for secret in world.secrets]
        for escrow in found:
            await escrow.verify()
        return found

    @pytest.fixture
    async def sides(self, world, escrows) -> list[Campaigns]:
        found = [world.campaigns(escrow) for escrow in escrows]
        for campaigns in found:
            await campaigns.verify()
        return found

    @pytest.fixture
    def creator(self, sides) -> Campaigns:
        return sides[0]

    @pytest.fixture
    def backer(self, sides) -> Campaigns:
        return sides[1]

    def planned(self, world, token: bytes = COIN, **changes) -> tuple[Terms, tuple[Tranche, ...]]:
        CampaignsSuite.made += 1
        until = world.now() + DAY
        tranches = (Tranche(until, 4_000), Tranche(until + 10 * DAY, 6_000))
        terms = Terms(
            **{
                "creator": address_of(world.secrets[0]),
                # nobody else's, so that sums are exact
                "payout": bytes([9]) * 12 + CampaignsSuite.made.to_bytes(8, "big"),
                "token": token,
                "goal": GOAL,
                "until": until,
                "stop_bps": 5_000,
                "tranches": tranches_hash(tranches),
                "about": CampaignsSuite.made.to_bytes(32, "big"),
                **changes,
            }
        )
        return terms, tranches

    async def do(self, side, escrow: Escrow, transaction: Transaction) -> str:
        sent = await side.send(transaction)
        await settled(escrow, sent)
        return sent

    async def opened(self, world, creator, escrow, token: bytes = COIN) -> tuple:
        terms, tranches = self.planned(world, token)
        await self.do(creator, escrow, creator.open(terms, tranches))
        return terms, tranches, campaign_id(terms, creator.chain_id, creator.contract)

    def end(self, world, terms: Terms) -> None:
        self.wait(world, terms.until)

    def wait(self, world, time: int) -> None:
        """A chain may count what passes from a clock of its own."""
        while world.now() < time:
            world.pass_time(time - world.now())

    # ---- opening

    async def test_who_was_never_opened_is_nothing(self, world, creator):
        state = await creator.state(b"\xee" * 32)
        assert (state.phase, state.pledges, state.money, state.paid) == (Phase.NONE, 0, 0, 0)
        assert state.block == world.head() and state.time == world.now()
        assert await creator.pledge_of(b"\xee" * 32, b"\x01" * 20) == (0, 0)
        assert list(await creator.pledged(b"\xee" * 32, 5)) == []

    async def test_anybody_opens_by_the_creators_signature(self, world, creator, backer, escrows):
        terms, tranches = self.planned(world)
        signature = creator.sign_opening(terms)
        id = campaign_id(terms, creator.chain_id, creator.contract)
        assert await escrows[1].is_signed(terms.creator, id, signature)
        with pytest.raises(RuleError, match="no consent of the creator") as refused:
            await backer.send(backer.open(terms, tranches))
        assert refused.value.rule == "chain.reverted"
        await self.do(backer, escrows[1], backer.open(terms, tranches, signature))
        assert (await backer.state(id)).phase is Phase.LIVE
        with pytest.raises(RuleError, match="opened already"):
            await backer.send(backer.open(terms, tranches, signature))

    async def test_the_terms_are_shown_to_who_signs_them(self, world, creator):
        terms, _ = self.planned(world)
        asked = creator.opening(terms)
        assert asked["primaryType"] == "Campaign"
        assert asked["domain"]["verifyingContract"] == "0x" + creator.contract.hex()
        assert asked["message"]["goal"] == str(GOAL)

    # ---- pledging

    async def test_pledges_in_coin_add_up_and_are_listed(self, world, sides, escrows):
        creator, backer, other = sides
        terms, _, id = await self.opened(world, creator, escrows[0])
        await self.do(backer, escrows[1], backer.pledge(terms, 300_000, b"\x01" * 32))
        await self.do(other, escrows[2], other.pledge(terms, 200_000, b"\x02" * 32))
        sent = await self.do(backer, escrows[1], backer.pledge(terms, 100_000, b"\x03" * 32))
        state = await creator.state(id)
        assert (state.pledges, state.money, state.objections) == (600_000, 600_000, 0)
        first = address_of(world.secrets[1])
        assert await creator.pledge_of(id, first) == (400_000, 0)
        found = list(await creator.pledged(id, 10, world.now() - 60))
        assert [(one.backer, one.order, one.amount, one.raised) for one in found] == [
            (first, b"\x01" * 32, 300_000, 300_000),
            (address_of(world.secrets[2]), b"\x02" * 32, 200_000, 500_000),
            (first, b"\x03" * 32, 100_000, 600_000),
        ]
        assert found[2].transaction == sent and found[2].block == world.head()
        assert list(await creator.pledged(id, 2)) == found[:2]
        assert list(await creator.pledged(id, 10)) == found  # what was read before is told again

    async def test_a_pledge_in_a_token_is_approved_first(self, world, creator, backer, escrows):
        terms, _, id = await self.opened(world, creator, escrows[0], world.token)
        pledge = backer.pledge(terms, 500, b"\x01" * 32)
        owner = address_of(world.secrets[1])
        await self.do(backer, escrows[1], backer.approve(world.token, 0))
        with pytest.raises(RuleError) as refused:
            await backer.send(pledge)
        assert refused.value.rule == "chain.reverted"
        await self.do(backer, escrows[1], backer.approve(world.token, 700))
        assert await backer.allowance(owner, world.token) == 700
        await self.do(backer, escrows[1], pledge)
        assert await backer.allowance(owner, world.token) == 200
        assert await backer.pledge_of(id, owner) == (500, 0)

    async def test_anybody_pledges_by_a_backers_authorization(
        self, world, creator, escrows, backer
    ):
        terms, _, id = await self.opened(world, creator, escrows[0], world.token)
        given = self.authorization(world, backer, terms, 700)
        await self.do(creator, escrows[0], creator.pledge_with_authorizations(terms, [given]))
        assert await creator.pledge_of(id, given.backer) == (700, 0)
        assert [one.order for one in await creator.pledged(id, 5)] == [given.order]
        with pytest.raises(RuleError, match="nothing pledged"):
            await creator.send(creator.pledge_with_authorizations(terms, [given]))

    def authorization(
        self, world, side, terms: Terms, amount: int, order: bytes = b"\x07" * 32
    ) -> Authorization:
        secret, before = world.secrets[1], world.now() + DAY
        who = address_of(secret)
        asked = side.authorization(terms, who, amount, before, order)
        signature = sign_digest(digest_of(asked), secret)
        return Authorization(who, amount, 0, before, order, signature)

    async def test_coin_takes_no_authorization(self, world, backer):
        terms, _ = self.planned(world)
        with pytest.raises(RuleError):
            backer.authorization(terms, b"\x01" * 20, 1, world.now() + DAY, bytes(32))

    async def test_too_little_is_refused_with_the_reason(self, world, creator, backer, escrows):
        terms, _, _ = await self.opened(world, creator, escrows[0])
        with pytest.raises(RuleError, match="amount is zero"):
            await backer.send(backer.pledge(terms, 0, bytes(32)))
        self.end(world, terms)
        with pytest.raises(RuleError, match="too late"):
            await backer.send(backer.pledge(terms, 1, bytes(32)))

    # ---- how it ends

    async def test_a_goal_that_is_missed_gives_all_back(self, world, sides, escrows):
        creator, backer, other = sides
        terms, tranches, id = await self.opened(world, creator, escrows[0])
        await self.do(backer, escrows[1], backer.pledge(terms, 300, b"\x01" * 32))
        await self.do(other, escrows[2], other.pledge(terms, 200, b"\x02" * 32))
        backers = [address_of(secret) for secret in world.secrets[1:3]]
        with pytest.raises(RuleError, match="too early"):
            await creator.send(creator.refund(terms, backers))
        self.end(world, terms)
        with pytest.raises(RuleError, match="goal not reached"):
            await creator.send(creator.collect(terms, tranches))
        await self.do(creator, escrows[0], creator.refund(terms, backers))
        state = await creator.state(id)
        assert (state.phase, state.pledges, state.money) == (Phase.LIVE, 0, 0)
        assert await creator.pledge_of(id, backers[0]) == (0, 0)
        assert len(await creator.pledged(id, 5)) == 2  # what was pledged once stays told

    async def test_a_goal_that_is_reached_pays_by_tranches(self, world, creator, backer, escrows):
        terms, tranches, id = await self.opened(world, creator, escrows[0])
        await self.do(backer, escrows[1], backer.pledge(terms, GOAL, b"\x01" * 32))
        self.end(world, terms)
        await self.do(backer, escrows[1], backer.collect(terms, tranches))
        state = await creator.state(id)
        assert (state.money, state.paid, state.pledges) == (600_000, 1, GOAL)
        assert await escrows[0].balance(terms.payout, COIN) == 400_000
        self.wait(world, tranches[1].at)
        await self.do(creator, escrows[0], creator.collect(terms, tranches))
        state = await creator.state(id)
        assert (state.phase, state.money, state.paid) == (Phase.PAID, 0, 2)
        assert await escrows[0].balance(terms.payout, COIN) == GOAL
        assert await creator.claims(terms.payout, COIN) == 0

    async def test_enough_objections_stop_it(self, world, sides, escrows):
        creator, backer, other = sides
        terms, tranches, id = await self.opened(world, creator, escrows[0])
        await self.do(backer, escrows[1], backer.pledge(terms, 400_000, b"\x01" * 32))
        await self.do(other, escrows[2], other.pledge(terms, 600_000, b"\x02" * 32))
        self.end(world, terms)
        first, second = (address_of(secret) for secret in world.secrets[1:3])
        await self.do(backer, escrows[1], backer.object(terms, tranches, first, True))
        assert (await creator.state(id)).objections == 400_000
        assert await creator.pledge_of(id, first) == (400_000, 1)
        await self.do(backer, escrows[1], backer.object(terms, tranches, first, False))
        assert (await creator.state(id)).objections == 0
        # by another's hand, with the backer's signature
        expiry = world.now() + DAY
        asked = other.objection(terms, True, 1, expiry)
        digest = objection_digest(id, True, 1, expiry, other.chain_id, other.contract)
        assert digest_of(asked) == digest
        signature = sign_digest(digest, world.secrets[2])
        signed = creator.object(terms, tranches, second, True, expiry, signature)
        await self.do(creator, escrows[0], signed)
        state = await creator.state(id)
        assert (state.phase, state.money) == (Phase.STOPPED, 600_000)  # what was due is paid
        await self.do(other, escrows[2], other.refund(terms, [second]))
        assert (await other.state(id)).money == 240_000

    async def test_the_creator_cancels(self, world, creator, backer, escrows):
        terms, _, id = await self.opened(world, creator, escrows[0])
        with pytest.raises(RuleError, match="not the creator"):
            await backer.send(backer.cancel(terms))
        await self.do(creator, escrows[0], creator.cancel(terms))
        assert (await creator.state(id)).phase is Phase.CANCELLED

    async def test_what_a_receiver_does_not_take_waits(self, world, creator, backer, escrows):
        terms, tranches = self.planned(world, payout=world.no_receiver)
        before = await creator.claims(world.no_receiver, COIN)
        await self.do(creator, escrows[0], creator.open(terms, tranches))
        await self.do(backer, escrows[1], backer.pledge(terms, GOAL, b"\x01" * 32))
        self.end(world, terms)
        await self.do(backer, escrows[1], backer.collect(terms, tranches))
        assert await creator.claims(world.no_receiver, COIN) == before + 400_000

    # ---- what is told of

    async def test_what_is_safe_lags(self, world, creator, escrows):
        _, _, id = await self.opened(world, creator, escrows[0])
        assert (await creator.state(id)).phase is Phase.LIVE
        safe = await creator.safe_state(id)
        assert safe.block < world.head() and safe.phase is Phase.NONE
        world.mine(100)
        assert (await creator.safe_state(id)).phase is Phase.LIVE

    async def test_a_reorganisation_takes_pledges_back(self, world, creator, backer, escrows):
        terms, _, id = await self.opened(world, creator, escrows[0])
        world.mine(5)
        await self.do(backer, escrows[1], backer.pledge(terms, 300, b"\x01" * 32))
        assert len(await creator.pledged(id, 5)) == 1
        world.reorg(1)
        assert len(await creator.pledged(id, 5)) == 0
        assert (await creator.state(id)).pledges == 0

    async def test_one_wallet_sends_to_both_contracts_at_once(self, world, creator, escrows):
        """Two that count its transactions by themselves would give two the same number."""
        found = [self.planned(world) for _ in range(3)]
        hashes: set[str] = set()

        async def send(side, transaction: Transaction) -> None:
            hashes.add(await side.send(transaction))

        with world.held():
            async with trio.open_nursery() as nursery:
                for n, (terms, tranches) in enumerate(found):
                    nursery.start_soon(send, creator, creator.open(terms, tranches))
                    nursery.start_soon(send, escrows[0], escrows[0].approve(world.token, n))
        assert len(hashes) == 6
        for hash in hashes:
            await settled(escrows[0], hash)
        for terms, _ in found:
            id = campaign_id(terms, creator.chain_id, creator.contract)
            assert (await creator.state(id)).phase is Phase.LIVE

    # ---- trouble

    async def test_more_than_one_call_takes_is_refused_before_it_is_sent(self, world, backer):
        terms, tranches = self.planned(world, world.token)
        given = self.authorization(world, backer, terms, 1)
        for count in (0, MAX_AUTHORIZATIONS + 1):
            with pytest.raises(RuleError) as refused:
                backer.pledge_with_authorizations(terms, [given] * count)
            assert refused.value.rule == "chain.pledges"
        for count in (0, MAX_REFUNDS + 1):
            with pytest.raises(RuleError) as refused:
                backer.refund(terms, [given.backer] * count)
            assert refused.value.rule == "chain.backers"
        with pytest.raises(RuleError) as refused:
            backer.collect(terms, tranches[:1])
        assert refused.value.rule == "chain.tranches"
        with pytest.raises(RuleError) as refused:
            backer.approve(b"\x44" * 20, 1)
        assert refused.value.rule == "chain.token"

    async def test_a_node_that_is_down_is_unavailable(self, world):
        campaigns = world.campaigns(world.unreachable())
        with pytest.raises(Unavailable):
            await campaigns.verify()
        with pytest.raises(Unavailable):
            await campaigns.state(bytes(32))

    async def test_a_chain_without_the_contract_says_so(self, world, escrows):
        campaigns = world.without_campaigns(escrows[0])
        terms, _ = self.planned(world)
        with pytest.raises(RuleError) as refused:
            await campaigns.verify()
        assert refused.value.rule == "chain.code" and campaigns.trouble
        with pytest.raises(Unavailable) as refused:
            await campaigns.state(bytes(32))
        assert refused.value.rule == "chain.campaigns"
        with pytest.raises(RuleError) as refused:  # coins would go to nobody
            await campaigns.send(campaigns.pledge(terms, 1_000, bytes(32)))
        assert refused.value.rule == "chain.code"
