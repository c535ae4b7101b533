"""What follows from the facts: stages, deadlines, and who can do what."""

import pytest

from node.protocol.escrow import DAY, How
from node.protocol.orders import Stage, fold
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


class TestStages:
    @pytest.mark.parametrize(
        ("messages", "events", "now", "stage"),
        [
            ([PLACED], [], NOW, Stage.PLACED),
            ([PLACED], [], PLACE["fund_by"], Stage.PLACED),
            ([PLACED], [], PLACE["fund_by"] + 1, Stage.EXPIRED),
            ([PLACED], [funded()], SOON, Stage.FUNDED),
            ([], [funded()], SOON, Stage.FUNDED),
            ([PLACED], [funded(6 * 3_600)], SOON, Stage.FUNDED),
            ([PLACED], [funded(6 * 3_600 + 1)], SOON, Stage.LATE),
            ([PLACED, ACCEPTED], [funded(6 * 3_600 + 1)], SOON, Stage.ACCEPTED),
            ([PLACED, ACCEPTED], [funded()], SOON, Stage.ACCEPTED),
            ([PLACED, ACCEPTED], [], NOW, Stage.PLACED),
            ([PLACED, ACCEPTED, SHIPPED], [funded()], SOON, Stage.SHIPPED),
            ([PLACED, ACCEPTED, SHIPPED], [funded(), delivered()], SOON, Stage.SHIPPED),
            ([PLACED], [funded(), delivered()], SOON, Stage.SHIPPED),
            ([PLACED, DECLINED], [funded()], SOON, Stage.DECLINED),
            ([PLACED, DECLINED], [], SOON, Stage.DECLINED),
            ([PLACED, CANCELLED], [], SOON, Stage.CANCELLED),
            ([PLACED, CANCELLED], [], PLACE["fund_by"] + 1, Stage.CANCELLED),
            ([PLACED, CANCELLED], [funded()], SOON, Stage.CANCELLED),
            ([PLACED, CANCELLED], [funded(), delivered()], SOON, Stage.SHIPPED),
            ([PLACED, ACCEPTED], [funded(), disputed()], SOON, Stage.DISPUTED),
            ([PLACED, SHIPPED], [funded(), delivered(), disputed()], SOON, Stage.DISPUTED),
            ([PLACED, SHIPPED], [funded(), delivered(), RELEASED], SOON, Stage.RELEASED),
            (
                [PLACED, DECLINED],
                [funded(), paid(to_buyer=1, how=How.REFUND)],
                SOON,
                Stage.REFUNDED,
            ),
            ([PLACED], [funded(), paid(to_buyer=1, how=How.TIMEOUT)], SOON, Stage.LAPSED),
            ([PLACED], [funded(), paid(to_buyer=1, to_seller=1, how=3)], SOON, Stage.SETTLED),
        ],
    )
    def test_stage(self, messages, events, now, stage):
        assert state(messages, events, now).stage is stage

    def test_funding_is_what_the_buyers_node_saw(self):
        assert state([PLACED], funding=True).stage is Stage.FUNDING
        assert state([PLACED], [funded()], funding=True).stage is Stage.FUNDED
        assert state([PLACED], funding=True).buyer == ("message",)
        assert state([PLACED, CANCELLED], funding=True).stage is Stage.CANCELLED

    def test_without_money(self):
        block = changed(PLACE, terms=None, fund_by=None)
        place = say("place", block, BUYER, None)
        accept = say("accept", {}, SELLER, place)
        ship = say("ship", {}, SELLER, accept)
        stages = [state([place, accept, ship][:n], now=NOW + 90 * DAY).stage for n in (1, 2, 3)]
        assert stages == [Stage.PLACED, Stage.ACCEPTED, Stage.SHIPPED]
        assert state([place]).seller == ("accept", "decline", "ship", "message")
        assert state([place]).buyer == ("cancel", "message")


class TestNextSteps:
    def test_an_unpaid_order(self):
        order = state([PLACED], now=NOW)
        assert order.buyer == ("fund", "authorize", "cancel", "message")
        assert state([PLACED], now=PLACE["fund_by"] + 1).buyer == ("message",)
        assert state([]).buyer == ()
        assert order.seller == ("decline", "message")
        assert order.deadlines == {"fund_by": PLACE["fund_by"]}

    def test_a_paid_order(self):
        order = state([PLACED], [funded()])
        assert order.buyer == ("release", "sign_release", "settle", "message")
        assert order.seller == ("accept", "decline", "ship", "refund", "settle", "message")
        assert order.deadlines == {"ship_by": TERMS.ship_by, "take_back_after": TERMS.ship_by}

    def test_take_back_comes_with_time(self):
        assert "take_back" not in state([PLACED], [funded()], TERMS.ship_by - 1).buyer
        order = state([PLACED, ACCEPTED], [funded()], TERMS.ship_by)
        assert "take_back" in order.buyer
        assert "ship" not in order.seller

    def test_a_shipped_order(self):
        until = NOW + 200 + TERMS.review
        order = state([PLACED, ACCEPTED, SHIPPED], [funded(), delivered()])
        assert order.buyer == ("release", "sign_release", "settle", "message")
        assert order.seller == ("refund", "settle", "message")
        assert order.deadlines == {"release_by": until}
        late = state([PLACED, ACCEPTED, SHIPPED], [funded(), delivered()], until)
        assert late.seller == ("refund", "settle", "timeout", "message")

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

    def test_a_silent_arbiter(self):
        until = NOW + 300 + DAY
        before = [PLACED, ACCEPTED], [funded(), disputed()]
        assert "take_back" not in state(*before, until - 1).buyer
        assert state(*before).deadlines == {"ruling_by": until, "take_back_after": until}
        assert "take_back" in state(*before, until).buyer
        assert "timeout" not in state(*before, until).seller
        after = [PLACED, SHIPPED], [funded(), delivered(), disputed()]
        assert "timeout" not in state(*after, until - 1).seller
        assert "timeout" in state(*after, until).seller
        assert "take_back" not in state(*after, until).buyer

    def test_a_closed_order(self):
        order = state([PLACED, SHIPPED], [funded(), delivered(), RELEASED])
        assert order.buyer == ("review", "message")
        assert order.seller == ("message",)
        assert order.deadlines == {}
        assert order.paid == {"buyer": 0, "seller": TERMS.amount, "arbiter": 0}


class TestRefunds:
    def test_a_declined_order_is_taken_back_at_once(self):
        order = state([PLACED, DECLINED], [funded()])
        assert order.buyer == ("release", "sign_release", "settle", "take_back", "message")
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
            refund(to_buyer=TERMS.amount - 1),
            refund(expiry=SOON),
            {**refund(), "expiry": NOW + 31 * DAY},
            {**refund(), "signature": bytes(65)},
        ],
        ids=[
            "another key",
            "another funding",
            "another sum",
            "a part",
            "expired",
            "changed",
            "nonsense",
        ],
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
        order = fold(ORDER, SELLER.public, [PLACED, DECLINED], [funded()], SOON)
        assert order.facts.refund is None
