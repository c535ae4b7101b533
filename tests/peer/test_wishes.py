import pytest
import trio

from node.peer import wishes
from node.protocol.encoding import id_from_text
from node.protocol.errors import Conflict, Unavailable
from node.protocol.offers import FUND_WITHIN
from tests.peer.market import market, until
from tests.peer.sales import order, paid_too_late, put_up, sold, stage, transaction, waiting


async def test_what_the_node_wants_is_sent_once_and_forgotten_when_the_chain_shows_it(
    autojump_clock,
):
    async with market() as m:
        id = await sold(m)
        await m.seller.peer.ship(id)
        await until(lambda: not m.seller.notes(id)["wishes"])
        m.chain.mine(10)
        await trio.sleep(60)
        assert m.seller.sent == ["deliver"]
        assert transaction(m.seller, id, "deliver").status == "mined"


async def test_a_wish_survives_a_restart(autojump_clock):
    async with market() as m:
        id = await sold(m)
        m.chain.set_down(True)
        await m.seller.peer.ship(id)
        await m.seller.stop()
        m.chain.set_down(False)
        await m.seller.start()
        await until(lambda: stage(m.seller, id) == "shipped" and not m.seller.notes(id)["wishes"])
        assert m.seller.sent == ["deliver"]


async def test_after_a_crash_before_the_hash_was_noted_nothing_is_done_twice(autojump_clock):
    async with market() as m:
        id, _ = await waiting(m, "ship")
        await m.seller.stop()
        nothing = {"wishes": {"deliver": {"tries": 0}}, "transactions": {}, "statuses": {}}
        m.seller.store.update_order(id_from_text(id), notes=nothing)
        m.chain.mine(3)
        await m.seller.start()
        await until(lambda: not m.seller.notes(id)["wishes"])
        await trio.sleep(60)
        assert m.seller.sent == ["deliver"]


async def test_a_mined_transaction_is_not_sent_again_before_its_event_is_followed(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m), account=m.buyer.address)
        m.buyer.escrow.blind = True
        await m.buyer.peer.fund(id)
        await until(lambda: m.buyer.sent)
        await trio.sleep(60)
        assert transaction(m.buyer, id, "fund").status == "mined"
        assert transaction(m.buyer, id, "fund").trouble == ""
        assert m.buyer.sent == ["fund"]


@pytest.mark.parametrize("by_node", [True, False])
async def test_what_was_paid_and_given_back_unseen_is_not_paid_again(autojump_clock, by_node):
    """The contract takes a closed order's money a second time, and then nobody can get it back."""
    async with market() as m:
        account = {"account": m.buyer.address} if by_node else {}
        id = await order(m, await put_up(m), **account)
        m.buyer.escrow.blind = True
        await (m.buyer.peer.fund(id) if by_node else m.pay(id))
        await until(lambda: stage(m.seller, id) == "funded")
        m.chain.mine(3)
        await m.seller.peer.refund(id)
        await until(lambda: stage(m.seller, id) == "refunded")
        await trio.sleep(wishes.FORGOTTEN_AFTER + 120)
        assert m.buyer.sent == ["fund"] * by_node
        assert stage(m.buyer, id) == "funding"
        assert not {"fund", "cancel"} & set(m.buyer.peer.order(id).actions)
        m.buyer.escrow.blind = False
        m.chain.mine()
        await until(lambda: stage(m.buyer, id) == "refunded")
        assert m.buyer.sent == ["fund"] * by_node


async def test_what_is_seen_to_be_paid_at_the_last_moment_is_not_paid(autojump_clock):
    async with market() as m:
        deals, id = m.buyer.peer._deals, id_from_text(await sold(m))
        with pytest.raises(Conflict) as refused:
            await m.buyer.peer._buying.funding(deals.deal(deals.row(id)))
        assert refused.value.rule == "order.paid"


def test_a_payment_without_effect_is_waited_for_no_longer_than_it_could_be_made():
    day = wishes.PAYMENT_FORGOTTEN_AFTER
    assert day > FUND_WITHIN
    assert not wishes.is_lost("fund", "mined", 0, day)
    assert wishes.is_lost("fund", "mined", 0, day + 1)
    assert wishes.is_lost("fund", "unknown", 0, wishes.FORGOTTEN_AFTER + 1)


async def test_a_wish_made_while_another_is_being_sent_is_not_lost(autojump_clock):
    async with market() as m:
        id = await sold(m)
        m.seller.escrow.gate = trio.Event()
        await m.seller.peer.ship(id)
        await m.seller.escrow.entered.wait()
        await m.seller.peer.refund(id)
        m.seller.escrow.gate.set()
        await until(lambda: stage(m.seller, id) == "refunded")


async def test_what_the_contract_refuses_is_given_up_shown_and_can_be_tried_again(autojump_clock):
    async with market() as m:
        id = await sold(m)
        seller = m.seller
        seller.escrow.refuse = "not today"
        await seller.peer.ship(id)
        assert "ship" not in seller.peer.order(id).actions  # under way
        await until(lambda: transaction(seller, id, "deliver").status == "given_up", 600)
        assert "not today" in transaction(seller, id, "deliver").trouble
        assert any("not today" in problem for problem in seller.peer.status().problems)
        await trio.sleep(300)
        assert seller.escrow.refused == wishes.MAX_ATTEMPTS

        seller.escrow.refuse = None
        assert "ship" in seller.peer.order(id).actions
        said = len(seller.peer.order(id).messages)
        await seller.peer.ship(id)
        await until(lambda: transaction(seller, id, "deliver").status == "mined")
        assert len(seller.peer.order(id).messages) == said
        await until(lambda: not any("not today" in p for p in seller.peer.status().problems))


async def test_what_fails_in_a_block_is_sent_only_a_few_times(autojump_clock):
    """Each of them takes its fee, and a receiver of money may make them fail on purpose."""
    async with market() as m:
        id = await sold(m)
        m.chain.failing = True
        await m.seller.peer.refund(id)
        await until(lambda: transaction(m.seller, id, "refund").status == "given_up")
        assert transaction(m.seller, id, "refund").rule == wishes.FAILED
        await trio.sleep(3600)
        assert m.seller.sent == ["settle"] * wishes.MAX_FAILED
        assert any("failed" in problem for problem in m.seller.peer.status().problems)

        await m.seller.peer.refund(id)  # tried again by hand, it has as many chances again
        await until(lambda: len(m.seller.sent) == 2 * wishes.MAX_FAILED)
        await until(lambda: transaction(m.seller, id, "refund").status == "given_up")
        m.chain.failing = False
        await m.seller.peer.refund(id)
        await until(lambda: stage(m.seller, id) == "refunded")


async def test_a_failure_is_counted_once_however_long_the_next_attempt_takes(autojump_clock):
    async with market() as m:
        id = await sold(m)
        m.chain.failing, m.chain.automine = True, False
        await m.seller.peer.refund(id)
        await until(lambda: m.chain.pool)
        m.seller.escrow.poor = True
        m.chain.mine()
        await trio.sleep(300)
        assert len(m.seller.notes(id)["wishes"]["refund"]["failed"]) == 1
        m.seller.escrow.poor, m.chain.failing, m.chain.automine = False, False, True
        await until(lambda: stage(m.seller, id) == "refunded")


async def test_what_was_given_up_is_still_shown_after_a_restart(autojump_clock):
    async with market() as m:
        id = await sold(m)
        m.seller.escrow.refuse = "not today"
        await m.seller.peer.ship(id)
        await until(lambda: transaction(m.seller, id, "deliver").status == "given_up", 600)
        await m.seller.restart()
        await until(lambda: any("not today" in p for p in m.seller.peer.status().problems))


async def test_an_empty_wallet_is_no_reason_to_give_up(autojump_clock):
    async with market() as m:
        id = await sold(m)
        m.seller.escrow.poor = True
        await m.seller.peer.ship(id)
        await trio.sleep(3600)
        assert "enough" in transaction(m.seller, id, "deliver").trouble
        m.seller.escrow.poor = False
        await until(lambda: transaction(m.seller, id, "deliver").status == "mined")


async def ordered_in_the_token(m):
    """An order in the test token, which the buyer's node can pay; returns its id."""
    token = next(t.asset for t in m.buyer.escrow.tokens() if "erc20" in t.asset)
    listing = await put_up(m, price={"amount": "5000000", "unit": token})
    m.chain.give(m.buyer.account, 10**9, m.chain.token)
    return await order(m, listing, account=m.buyer.address)


async def test_the_nodes_wallet_approves_then_funds_each_once(autojump_clock):
    async with market() as m:
        id = await ordered_in_the_token(m)
        m.chain.automine = False
        await m.buyer.peer.fund(id)
        for _ in range(4):
            await trio.sleep(30)
            m.chain.mine()
        await until(lambda: stage(m.seller, id) == "funded")
        assert m.buyer.sent == ["approve", "fund"]


async def test_nothing_is_paid_after_the_promised_time(autojump_clock):
    async with market() as m:
        await paid_too_late(m)
        assert m.buyer.sent == []


async def test_a_payment_that_the_chain_forgot_can_be_made_again(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        await m.pay(id)
        await until(lambda: stage(m.buyer, id) == "funded")
        await until(lambda: transaction(m.buyer, id, "fund").status == "mined")
        m.chain.reorg(1)
        await until(lambda: stage(m.buyer, id) == "funding")
        assert "fund" not in m.buyer.peer.order(id).actions  # it may come back
        await trio.sleep(wishes.FORGOTTEN_AFTER + 60)
        assert "fund" in m.buyer.peer.order(id).actions
        await m.pay(id)
        await until(lambda: stage(m.buyer, id) == "funded")


async def test_a_transaction_that_waits_too_long_is_replaced_and_noted_with_those_before(
    autojump_clock,
):
    async with market() as m:
        id, _ = await waiting(m, "ship")
        first = transaction(m.seller, id, "deliver").hash
        await trio.sleep(wishes.RAISED_AFTER - 10)
        assert m.seller.sent == ["deliver"]
        await until(lambda: transaction(m.seller, id, "deliver").hash != first)
        assert len(m.chain.pool) == 1
        await trio.sleep(wishes.RAISED_AFTER + 60)
        assert m.seller.sent == ["deliver"] * 3
        assert m.seller.notes(id)["earlier"]["deliver"][-1] == first
        m.chain.mine()
        await until(lambda: stage(m.seller, id) == "shipped" and not m.seller.notes(id)["wishes"])


async def test_it_is_replaced_after_a_restart_too(autojump_clock):
    async with market() as m:
        _, first = await waiting(m, "ship")
        await m.seller.restart()
        await until(lambda: first not in m.chain.pool, wishes.RAISED_AFTER + 60)
        assert len(m.chain.pool) == 1


async def test_the_first_may_be_mined_although_it_was_replaced(autojump_clock):
    async with market() as m:
        id, first = await waiting(m, "ship")
        await until(lambda: first not in m.chain.pool, wishes.RAISED_AFTER + 60)
        m.seller.escrow.blind = True
        m.chain.pool = [first]
        m.chain.mine()
        await trio.sleep(60)
        assert transaction(m.seller, id, "deliver").status == "mined"
        assert m.seller.sent == ["deliver"] * 2 and not m.chain.pool


async def test_a_hash_is_noted_before_anybody_has_the_transaction(autojump_clock):
    """So that a crash just after it was sent forgets nothing."""
    async with market() as m:
        id = await sold(m)
        m.chain.automine = False
        noted = []
        submit = m.chain.submit

        def overhear(signed) -> None:
            noted.append(m.seller.notes(id)["transactions"]["deliver"] == "0x" + signed.hash.hex())
            submit(signed)

        m.chain.submit = overhear
        await m.seller.peer.ship(id)
        await until(lambda: m.chain.pool)
        await until(lambda: len(noted) == 2, wishes.RAISED_AFTER + 60)
        assert noted == [True, True]


async def test_a_payment_that_may_still_be_mined_is_not_given_up(autojump_clock):
    """Else its buyer would be told that nothing was paid, order again, and pay twice."""
    async with market() as m:
        id = await order(m, await put_up(m), account=m.buyer.address)
        m.chain.automine = False
        await m.buyer.peer.fund(id)
        await until(lambda: m.chain.pool)
        (waiting,) = m.chain.pool
        m.chain.pool = []
        m.chain.pass_time(m.buyer.peer.order(id).deadlines["fund_by"] - m.chain.head.time + 10)
        m.chain.mine()
        m.chain.pool = [waiting]
        await trio.sleep(2 * wishes.RAISED_AFTER)
        told = transaction(m.buyer, id, "fund")
        assert (told.status, told.trouble) == ("pending", "")
        m.chain.mine()
        await until(lambda: stage(m.seller, id) == "late")
        assert m.buyer.sent == ["fund"]


async def test_what_happened_while_others_were_looked_at_counts_when_it_is_sent(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m), account=m.buyer.address)
        chores = m.buyer.peer._chores
        pick, declined = chores._pick, []

        async def slow(ids):
            deals = await pick(ids)
            if m.buyer.notes(id).get("wishes") and not declined:
                declined.append(id)
                await m.seller.peer.decline(id)
                await until(lambda: stage(m.buyer, id) == "declined")
            return deals

        chores._pick = slow
        await m.buyer.peer.fund(id)
        await until(lambda: transaction(m.buyer, id, "fund").status == "given_up")
        assert declined and m.buyer.sent == []


async def test_what_was_cancelled_at_the_last_moment_is_not_sent(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m), account=m.buyer.address)
        m.buyer.escrow.gate = trio.Event()
        await m.buyer.peer.fund(id)
        await m.buyer.escrow.entered.wait()
        await m.buyer.peer.cancel(id)
        m.buyer.escrow.gate.set()
        await trio.sleep(60)
        assert m.buyer.sent == [] and not m.chain.pool
        assert stage(m.buyer, id) == "cancelled"
        assert not m.buyer.notes(id)["wishes"]


async def test_what_was_cancelled_while_its_approval_was_sent_does_not_come_back(autojump_clock):
    async with market() as m:
        id = await ordered_in_the_token(m)
        send = m.buyer.escrow.send

        async def overtaken(*given) -> str:
            hash = await send(*given)
            await m.buyer.peer.cancel(id)
            return hash

        m.buyer.escrow.send = overtaken
        await m.buyer.peer.fund(id)
        await until(lambda: stage(m.buyer, id) == "cancelled")
        await trio.sleep(60)
        assert m.buyer.sent == ["approve"] and not m.buyer.notes(id)["wishes"]
        assert transaction(m.buyer, id, "approve").status == "mined"
        assert not m.buyer.peer.status().problems


ANOTHER = {"tries": 0, "to": "0x" + "ab" * 20}
"""What somebody wishes anew, by the same verb."""


async def test_what_was_wished_anew_at_the_last_moment_is_sent_in_the_place_of_the_old(
    autojump_clock,
):
    async with market() as m:
        id = await order(m, await put_up(m), account=m.buyer.address)
        m.buyer.escrow.gate = trio.Event()
        await m.buyer.peer.fund(id)
        await m.buyer.escrow.entered.wait()
        m.buyer.store.update_order(id_from_text(id), notes={"wishes": {"fund": ANOTHER}})
        m.buyer.escrow.gate.set()
        await trio.sleep(1)
        assert m.buyer.sent == []
        assert m.buyer.notes(id)["wishes"] == {"fund": ANOTHER}
        await until(lambda: m.buyer.sent == ["fund"])


@pytest.mark.parametrize("fails", [False, True])
async def test_what_is_wished_anew_while_the_old_is_broadcast_is_kept(autojump_clock, fails):
    async with market() as m:
        id = await order(m, await put_up(m), account=m.buyer.address)
        send = m.buyer.escrow.send

        async def overtaken(*given) -> str:
            m.buyer.escrow.send = send
            hash = await send(*given)
            m.buyer.store.update_order(id_from_text(id), notes={"wishes": {"fund": ANOTHER}})
            if fails:
                raise Unavailable("chain.unreachable", "No answer.")
            return hash

        m.buyer.escrow.blind = True
        m.buyer.escrow.send = overtaken
        await m.buyer.peer.fund(id)
        await until(lambda: m.buyer.sent)
        await trio.sleep(1)
        assert m.buyer.notes(id)["wishes"]["fund"]["to"] == ANOTHER["to"]
        assert "trouble" not in m.buyer.notes(id)["wishes"]["fund"]
        assert m.buyer.notes(id)["transactions"]["fund"]
