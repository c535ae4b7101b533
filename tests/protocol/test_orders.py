"""The fold of messages and events, whatever comes, in whatever order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.protocol import orders
from node.protocol.escrow import DAY, State
from node.protocol.orders import Stage, Talk
from tests.protocol import sale
from tests.protocol.sale import (
    ACCEPTED,
    BUYER,
    CANCELLED,
    DECLINED,
    NOW,
    ORDER,
    PLACE,
    PLACED,
    RELEASED,
    SELLER,
    SHIPPED,
    SOON,
    STRANGER,
    TERMS,
    changed,
    delivered,
    disputed,
    funded,
    paid,
    refund,
    say,
    state,
)


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
        assert state([], [funded(order=bytes(32))]).money is None

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
        CANCELLED,
        say("cancel", {}, BUYER, ACCEPTED, after=-10),
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
        now=st.sampled_from([NOW, SOON, NOW + 10 * DAY, NOW + 60 * DAY]),
    )
    def test_arrival_does_not_matter(self, messages, events, random, now):
        shuffled = random.sample(messages, len(messages)) + messages[:2]
        mixed = random.sample(events, len(events)) + events[:1]
        assert state(messages, events, now) == state(shuffled, mixed, now)


class TestCancel:
    DATES = st.integers(-DAY, DAY)

    def test_what_is_paid_afterwards_goes_back(self):
        order = state([PLACED, CANCELLED], [funded()])
        assert order.stage is Stage.CANCELLED and order.seller == ("refund", "settle", "message")
        back = say("settle", {"settlement": refund()}, SELLER, CANCELLED, after=200)
        assert "take_back" in state([PLACED, CANCELLED, back], [funded()]).buyer

    @given(after=DATES)
    def test_takes_back_no_payment_made_before(self, after):
        order = state([PLACED, say("cancel", {}, BUYER, PLACED, after)], [funded()])
        assert order.stage is (Stage.CANCELLED if after < 100 else Stage.FUNDED)

    @given(after=DATES, prev=st.sampled_from([PLACED, ACCEPTED, SHIPPED, b"\x77" * 32]))
    def test_no_date_undoes_what_the_seller_answered_a_payment_with(self, after, prev):
        cancel = say("cancel", {}, BUYER, prev, after)
        assert state([PLACED, ACCEPTED, cancel], [funded()]).stage is Stage.ACCEPTED
        shipped = state([PLACED, ACCEPTED, SHIPPED, cancel], [funded(), delivered()])
        assert shipped.stage is Stage.SHIPPED
        at_once = say("ship", {}, SELLER, PLACED)
        assert state([PLACED, at_once, cancel], [funded()]).stage is Stage.SHIPPED

    def test_a_payment_that_the_chain_undoes_and_takes_again_is_paid_afterwards(self):
        late = say("cancel", {}, BUYER, PLACED, after=120)
        stages = [state([PLACED, late], events).stage for events in ([funded()], [], [funded(130)])]
        assert stages == [Stage.FUNDED, Stage.CANCELLED, Stage.CANCELLED]

    def test_nobody_revives_an_unpaid_order(self):
        for step in ("accept", "ship"):
            order = state([PLACED, CANCELLED, say(step, {}, SELLER, CANCELLED)], now=NOW + 90)
            assert order.stage is Stage.CANCELLED and order.buyer == ("message",)

    def test_without_money_until_it_is_handed_over(self):
        free = say("place", changed(PLACE, terms=None, fund_by=None), BUYER, None)
        kept = say("accept", {}, SELLER, free)
        sent = say("ship", {}, SELLER, kept)
        for before in ([free], [free, kept]):
            assert "cancel" in state(before).buyer
            for after in (30, 90):  # the later one has seen the accept
                cancel = say("cancel", {}, BUYER, free, after)
                assert state([*before, cancel]).stage is Stage.CANCELLED
                assert state([free, kept, sent, cancel]).stage is Stage.SHIPPED


class TestTables:
    def test_every_state_has_a_row_and_every_row_leads_to_a_state(self):
        assert set(orders.TRANSITIONS) == set(Talk)
        reached = {after for steps in orders.TRANSITIONS.values() for after in steps.values()}
        assert reached == set(Talk) - {Talk.NONE}

    def test_nobody_can_answer_for_the_other(self):
        for steps in orders.TRANSITIONS.values():
            assert (orders.BUYER, "accept") not in steps and (orders.SELLER, "place") not in steps
            assert (orders.SELLER, "cancel") not in steps
