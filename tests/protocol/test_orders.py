"""The fold of messages and events, whatever comes, in whatever order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.protocol import orders
from node.protocol.escrow import DAY, How, State
from node.protocol.orders import Stage, Talk, fold
from tests.protocol import sale
from tests.protocol.sale import (
    ACCEPTED,
    ACCOUNT,
    BUYER,
    DECLINED,
    NOW,
    ORDER,
    PLACE,
    PLACED,
    RELEASED,
    SELLER,
    SHIPPED,
    STRANGER,
    TERMS,
    changed,
    delivered,
    disputed,
    funded,
    paid,
    refund,
    say,
)

PAID = NOW + 3_600  # after the money's events in `sale`, before every deadline


def state(messages=(), events=(), now=PAID, **more):
    return fold(ORDER, SELLER.public, messages, events, now, account=ACCOUNT, **more)


class TestStages:
    @pytest.mark.parametrize(
        ("messages", "events", "now", "stage"),
        [
            ([PLACED], [], NOW, Stage.PLACED),
            ([PLACED], [], PLACE["fund_by"], Stage.PLACED),
            ([PLACED], [], PLACE["fund_by"] + 1, Stage.EXPIRED),
            ([PLACED], [funded()], PAID, Stage.FUNDED),
            ([], [funded()], PAID, Stage.FUNDED),
            ([PLACED], [funded(6 * 3_600 + 1)], PAID, Stage.LATE),
            ([PLACED, ACCEPTED], [funded(6 * 3_600 + 1)], PAID, Stage.ACCEPTED),
            ([PLACED, ACCEPTED], [funded()], PAID, Stage.ACCEPTED),
            ([PLACED, ACCEPTED], [], NOW, Stage.PLACED),
            ([PLACED, ACCEPTED, SHIPPED], [funded()], PAID, Stage.SHIPPED),
            ([PLACED, ACCEPTED, SHIPPED], [funded(), delivered()], PAID, Stage.SHIPPED),
            ([PLACED], [funded(), delivered()], PAID, Stage.SHIPPED),
            ([PLACED, DECLINED], [funded()], PAID, Stage.DECLINED),
            ([PLACED, DECLINED], [], PAID, Stage.DECLINED),
            ([PLACED, ACCEPTED], [funded(), disputed()], PAID, Stage.DISPUTED),
            ([PLACED, SHIPPED], [funded(), delivered(), disputed()], PAID, Stage.DISPUTED),
            ([PLACED, SHIPPED], [funded(), delivered(), RELEASED], PAID, Stage.RELEASED),
            (
                [PLACED, DECLINED],
                [funded(), paid(to_buyer=1, how=How.REFUND)],
                PAID,
                Stage.REFUNDED,
            ),
            ([PLACED], [funded(), paid(to_buyer=1, how=How.TIMEOUT)], PAID, Stage.LAPSED),
            ([PLACED], [funded(), paid(to_buyer=1, to_seller=1, how=3)], PAID, Stage.SETTLED),
        ],
    )
    def test_stage(self, messages, events, now, stage):
        assert state(messages, events, now).stage is stage

    def test_funding_is_what_the_buyers_node_saw(self):
        assert state([PLACED], funding=True).stage is Stage.FUNDING
        assert state([PLACED], [funded()], funding=True).stage is Stage.FUNDED
        assert "fund" not in state([PLACED], funding=True).buyer

    def test_without_money(self):
        block = changed(PLACE, terms=None, fund_by=None)
        place = say("place", block, BUYER, None)
        accept = say("accept", {}, SELLER, place)
        ship = say("ship", {}, SELLER, accept)
        stages = [state([place, accept, ship][:n], now=NOW + 90 * DAY).stage for n in (1, 2, 3)]
        assert stages == [Stage.PLACED, Stage.ACCEPTED, Stage.SHIPPED]
        assert state([place]).seller == ("accept", "decline", "ship", "message")
        assert state([place]).buyer == ("message",)


class TestNextSteps:
    def test_an_unpaid_order(self):
        order = state([PLACED], now=NOW)
        assert order.buyer == ("fund", "message")
        assert order.seller == ("decline", "message")
        assert order.deadlines == {"fund_by": PLACE["fund_by"]}

    def test_a_paid_order(self):
        order = state([PLACED], [funded()])
        assert order.buyer == ("release", "message")
        assert order.seller == ("accept", "decline", "ship", "refund", "message")
        assert order.deadlines == {"ship_by": TERMS.ship_by, "take_back_after": TERMS.ship_by}

    def test_take_back_comes_with_time(self):
        assert "take_back" not in state([PLACED], [funded()], TERMS.ship_by - 1).buyer
        order = state([PLACED, ACCEPTED], [funded()], TERMS.ship_by)
        assert "take_back" in order.buyer
        assert "ship" not in order.seller

    def test_a_shipped_order(self):
        until = NOW + 200 + TERMS.review
        order = state([PLACED, ACCEPTED, SHIPPED], [funded(), delivered()])
        assert order.buyer == ("release", "message")
        assert order.seller == ("refund", "message")
        assert order.deadlines == {"release_by": until}
        late = state([PLACED, ACCEPTED, SHIPPED], [funded(), delivered()], until)
        assert late.seller == ("refund", "timeout", "message")

    def test_shipping_can_be_repeated_until_the_chain_shows_it(self):
        assert "ship" in state([PLACED, ACCEPTED, SHIPPED], [funded()]).seller

    def test_a_deposit_is_never_shipped_on_chain(self):
        place = say("place", changed(PLACE, terms__review=0), BUYER, None)
        assert "ship" not in state([place], [funded(review=0)]).seller

    def test_disputes_need_an_arbiter(self):
        place = say(
            "place", changed(PLACE, terms__arbiter=b"\x0f" * 20, terms__ruling=DAY), BUYER, None
        )
        order = state([place], [funded(arbiter=b"\x0f" * 20, ruling=DAY)])
        assert "dispute" in order.buyer and "dispute" in order.seller
        assert "dispute" not in state([PLACED], [funded()]).buyer

    def test_a_closed_order(self):
        order = state([PLACED, SHIPPED], [funded(), delivered(), RELEASED])
        assert order.buyer == ("review", "message")
        assert order.seller == ("message",)
        assert order.deadlines == {}
        assert order.paid == {"buyer": 0, "seller": TERMS.amount, "arbiter": 0}


class TestRefunds:
    def test_a_declined_order_is_taken_back_at_once(self):
        order = state([PLACED, DECLINED], [funded()])
        assert order.buyer == ("release", "take_back", "message")
        assert order.facts.refund.to_buyer == TERMS.amount
        assert order.facts.refund_signature == refund()["signature"]
        assert order.deadlines["refund_until"] == NOW + 30 * DAY
        assert "refund" not in order.seller

    @pytest.mark.parametrize(
        "settlement",
        [
            refund(secret=b"\x06" * 32),
            refund(since=NOW + 99),
            refund(held=TERMS.amount - 1),
            refund(expiry=PAID),
            {**refund(), "expiry": NOW + 31 * DAY},
            {**refund(), "signature": bytes(65)},
        ],
        ids=["another key", "another funding", "another sum", "expired", "changed", "nonsense"],
    )
    def test_a_refund_that_the_escrow_would_refuse_is_not_offered(self, settlement):
        message = say("settle", {"settlement": settlement}, SELLER, PLACED)
        assert "take_back" not in state([PLACED, message], [funded()]).buyer

    def test_a_refund_can_come_in_a_settle_message(self):
        message = say("settle", {"settlement": refund()}, SELLER, PLACED)
        assert "take_back" in state([PLACED, message], [funded()]).buyer
        by_buyer = say("settle", {"settlement": refund()}, BUYER, PLACED)
        assert "take_back" not in state([PLACED, by_buyer], [funded()]).buyer

    def test_without_the_contract_no_signature_is_believed(self):
        order = fold(ORDER, SELLER.public, [PLACED, DECLINED], [funded()], PAID)
        assert order.facts.refund is None


class TestHostileMessages:
    """Kept, in order, and without effect."""

    def idle(self, message, *others):
        order = state([PLACED, *others, message], [funded()])
        assert message.id in order.without_effect
        assert message in order.messages
        assert order.talk is state([PLACED, *others], [funded()]).talk

    def test_by_a_stranger(self):
        self.idle(say("accept", {}, STRANGER, PLACED))

    def test_by_the_wrong_side(self):
        self.idle(say("accept", {}, BUYER, PLACED))
        self.idle(say("ship", {}, BUYER, PLACED))

    def test_at_the_wrong_time(self):
        self.idle(say("accept", {}, SELLER, SHIPPED, after=900), ACCEPTED, SHIPPED)
        self.idle(say("decline", {"reason": "other"}, SELLER, SHIPPED, after=900), SHIPPED)
        self.idle(say("accept", {}, SELLER, DECLINED, after=900), DECLINED)

    def test_an_unknown_step(self):
        self.idle(say("haggle", None, BUYER, PLACED))

    def test_of_another_order(self):
        self.idle(say("accept", {}, SELLER, PLACED, order=bytes(32)))

    def test_with_another_steps_block(self):
        message = sale.sign(
            "order",
            {"step": "accept", "order": ORDER, "prev": PLACED.id, "accept": {}, "ship": {}},
            SELLER,
        )
        self.idle(message)

    def test_of_another_kind(self):
        self.idle(sale.LISTING)

    def test_a_second_place_with_other_terms(self):
        cheap = say("place", changed(PLACE, terms__amount=1), BUYER, None, after=1)
        self.idle(cheap)
        order = state([cheap, PLACED], [funded()])
        assert order.money.terms == TERMS and order.stage is Stage.FUNDED

    @pytest.mark.parametrize("after", [-900, 900])
    def test_a_promise_is_not_put_off(self, after):
        again = say("place", changed(PLACE, fund_by=PLACE["fund_by"] + DAY), BUYER, None, after)
        order = state([again, PLACED], [funded(6 * 3_600 + 1)])
        assert order.stage is Stage.LATE
        assert order.without_effect == {again.id}
        assert state([again, PLACED], now=NOW).deadlines == {"fund_by": PLACE["fund_by"]}

    def test_a_place_of_somebody_elses_parts(self):
        copy = say("place", PLACE, STRANGER, None)
        assert state([copy]).talk is Talk.NONE

    def test_too_many(self):
        notes = [say("note", {"text": str(n)}, BUYER, PLACED, after=1) for n in range(300)]
        order = state([PLACED, *notes, ACCEPTED], [funded()])
        assert len(order.without_effect) == 301 - orders.MAX_MESSAGES
        assert order.talk is Talk.ACCEPTED


class TestEvents:
    def test_only_the_first_funding_counts(self):
        again = funded(500)
        order = state([PLACED], [again, funded(), RELEASED])
        assert order.stage is Stage.RELEASED

    def test_a_pot_with_other_terms_is_not_this_order(self):
        assert state([PLACED], [funded(amount=1)]).stage is Stage.PLACED
        assert state([PLACED], [funded(order=bytes(32))]).stage is Stage.PLACED

    def test_a_strangers_earlier_pot_does_not_stand_in_the_way(self):
        assert state([PLACED], [funded(50, buyer=b"\x01" * 20), funded()]).money.since == NOW + 100

    def test_a_partial_payment_leaves_it_open(self):
        order = state([PLACED, ACCEPTED], [funded(), paid(to_seller=5, left=TERMS.amount - 5)])
        assert order.money.state is State.FUNDED
        assert order.paid["seller"] == 5


class TestOrder:
    def test_follows_prev_and_not_the_clock(self):
        early = say("ship", {}, SELLER, ACCEPTED, after=-600)
        assert orders.in_order([early, ACCEPTED, PLACED]) == [PLACED, ACCEPTED, early]
        assert state([early, ACCEPTED, PLACED], [funded()]).talk is Talk.SHIPPED

    def test_head_is_what_comes_last(self):
        assert state([SHIPPED, PLACED, ACCEPTED]).head == SHIPPED.id
        assert state([]).head is None

    def test_said_is_the_last_word(self):
        order = state([PLACED, ACCEPTED, SHIPPED], [funded()])
        assert order.said("ship") == {"carrier": "Post", "tracking": "X1"}
        assert order.said("decline") is None

    MESSAGES = (
        PLACED,
        ACCEPTED,
        SHIPPED,
        DECLINED,
        say("note", {"text": "Hello"}, BUYER, PLACED),
        say("note", {"text": "Hello"}, SELLER, b"\x77" * 32, after=10),
        say("accept", {}, STRANGER, PLACED),
        say("haggle", None, SELLER, ACCEPTED),
        say("place", changed(PLACE, terms__amount=1), BUYER, None, after=-5),
        sale.LISTING,
    )
    EVENTS = (funded(), delivered(), disputed(), RELEASED, funded(500), funded(50, amount=1))

    @settings(max_examples=60, deadline=None)
    @given(
        messages=st.lists(st.sampled_from(MESSAGES), max_size=12),
        events=st.lists(st.sampled_from(EVENTS), max_size=8),
        random=st.randoms(use_true_random=False),
        now=st.sampled_from([NOW, PAID, NOW + 10 * DAY, NOW + 60 * DAY]),
    )
    def test_arrival_does_not_matter(self, messages, events, random, now):
        shuffled = random.sample(messages, len(messages)) + messages[:2]
        mixed = random.sample(events, len(events)) + events[:1]
        assert state(messages, events, now) == state(shuffled, mixed, now)


class TestTables:
    def test_every_state_has_a_row_and_every_row_leads_to_a_state(self):
        assert set(orders.TRANSITIONS) == set(Talk)
        reached = {after for steps in orders.TRANSITIONS.values() for after in steps.values()}
        assert reached == set(Talk) - {Talk.NONE}

    def test_nobody_can_answer_for_the_other(self):
        for steps in orders.TRANSITIONS.values():
            assert (orders.BUYER, "accept") not in steps and (orders.SELLER, "place") not in steps
