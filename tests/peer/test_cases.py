"""The arbiter's side of a dispute: found on the chain, heard from the parties, decided, and paid."""

import pytest
import trio

from node.peer import docket, hearing
from node.peer.case_views import CasePage
from node.peer.signing import signed
from node.protocol.encoding import id_from_text
from node.protocol.errors import Conflict, Ignored, InputError, NotFound, Rejected
from node.protocol.kinds.case import KIND
from node.protocol.record import Draft
from tests.peer.judged import judged_market, listed, persona
from tests.peer.market import until
from tests.peer.sales import order, paid, stage
from tests.peer.test_disputes import bought, disputed, pass_time


async def asked(m, arbiter, **how) -> tuple[str, str]:
    """(order, case) of a dispute that the arbiter sees."""
    id = await bought(m, arbiter, **how)
    await disputed(m, id)
    return id, (await until(lambda: arbiter.peer.cases().cases))[0].id


def case(arbiter):
    return arbiter.peer.cases().cases[0]


def heard(arbiter, what, by=None):
    return [s for s in case(arbiter).shown if s.what == what and by in (None, s.by)]


def answers(side, id):
    return [s for s in side.peer.order(id).shown if s.what == "answer"]


class TestTheChainAlone:
    async def test_tells_an_arbiter_of_its_cases(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            id, _ = await asked(m, arbiter)
            order, seen = m.buyer.peer.order(id), case(arbiter)
            assert seen.id == order.escrow_id
            assert (seen.stage, seen.by, seen.sent) == ("open", "buyer", True)
            assert seen.until == order.deadlines["ruling_by"]
            assert seen.held.amount == order.quote.total.amount
            assert seen.fee == order.dispute.fee
            assert seen.actions == ("rule",)
            assert (seen.buyer, seen.seller, seen.title, seen.shown) == (None, None, "", ())
            assert m.buyer.peer.cases() == m.seller.peer.cases() == CasePage(())

    async def test_is_enough_to_decide_by(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            id, case_id = await asked(m, arbiter)
            held = case(arbiter).held.amount
            fee = held * 500 // 10_000
            seen = arbiter.peer.preview_ruling(case_id, share_bps=2_500)
            to_seller = (held - fee) // 4
            assert (seen.seller.amount, seen.arbiter.amount) == (to_seller, fee)
            assert seen.buyer.amount == held - fee - to_seller
            before = m.chain.ledger.balances[bytes(20), arbiter.account]
            assert arbiter.peer.cases_waiting() == 1
            await arbiter.peer.rule(case_id[:10], share_bps=2_500)
            assert case(arbiter).actions == ()
            assert arbiter.peer.cases_waiting() == 0
            await until(lambda: case(arbiter).stage == "ruled")
            paid = {"buyer": held - fee - to_seller, "seller": to_seller, "arbiter": fee}
            assert case(arbiter).paid_out == paid
            assert m.chain.ledger.balances[bytes(20), arbiter.account] == before + fee
            for side in (m.buyer, m.seller):
                await until(lambda side=side: stage(side, id) == "settled")
                assert side.peer.order(id).paid_out == paid
                assert side.peer.order(id).dispute.ruled
            assert "review" in m.buyer.peer.order(id).actions

    @pytest.mark.parametrize(("share", "end"), [(0, "refunded"), (10_000, "released")])
    async def test_whole_for_one_side(self, autojump_clock, share, end):
        async with judged_market() as (m, arbiter):
            id, case_id = await asked(m, arbiter)
            await arbiter.peer.rule(case_id, share_bps=share)
            await until(lambda: stage(m.buyer, id) == end)
            assert m.buyer.peer.order(id).dispute.ruled


async def test_an_amount_is_bounded_and_one_is_needed(autojump_clock):
    async with judged_market() as (m, arbiter):
        _, case_id = await asked(m, arbiter)
        seen = case(arbiter)
        for wrong in (
            {},
            {"to_seller": seen.held.amount - seen.fee.amount + 1},
            {"to_seller": -1},
            {"share_bps": 10_001},
            {"to_seller": 1, "share_bps": 1},
        ):
            with pytest.raises(InputError):
                await arbiter.peer.rule(case_id, **wrong)
        await arbiter.peer.rule(case_id, to_seller=seen.held.amount - seen.fee.amount)
        await until(lambda: case(arbiter).stage == "ruled")


async def test_a_ruling_survives_a_crash_and_is_sent_once(autojump_clock):
    async with judged_market() as (m, arbiter):
        id, case_id = await asked(m, arbiter)
        m.chain.set_down(True)
        await arbiter.peer.rule(case_id, share_bps=5_000)
        await arbiter.stop()
        m.chain.set_down(False)
        await arbiter.start()
        await until(lambda: stage(m.buyer, id) == "settled")
        assert arbiter.sent.count("rule") == 1


async def test_a_silent_arbiter_can_decide_no_more(autojump_clock):
    async with judged_market() as (m, arbiter):
        id, case_id = await asked(m, arbiter)
        await pass_time(m, case(arbiter).until)
        await until(lambda: case(arbiter).stage == "silent")
        with pytest.raises(Conflict):
            await arbiter.peer.rule(case_id, share_bps=5_000)
        await m.seller.peer.timeout(id)
        await until(lambda: case(arbiter).stage == "lapsed")


async def test_two_who_agree_close_the_case(autojump_clock):
    async with judged_market() as (m, arbiter):
        id, _ = await asked(m, arbiter)
        await m.seller.peer.refund(id)
        await until(lambda: case(arbiter).stage == "settled")
        assert case(arbiter).paid_out["arbiter"] == 0


async def test_what_is_no_case_is_not_found(autojump_clock):
    async with judged_market() as (m, arbiter):
        _, case_id = await asked(m, arbiter)
        for wrong in ("0x", "0xff" if not case_id.startswith("0xff") else "0x00", "nonsense"):
            with pytest.raises(NotFound):
                arbiter.peer.case(wrong)
        with pytest.raises(NotFound):
            m.buyer.peer.case(case_id)


async def test_small_disputes_hide_no_larger_one(autojump_clock, monkeypatch):
    """Of as many as are looked through, those that hold most are seen; the others are found by their whole id."""
    monkeypatch.setattr(docket, "MAX_CASES", 1)
    async with judged_market() as (m, arbiter):
        stock = {"goods": {"stock": {"": 3}}}
        listing, found = await listed(m, arbiter, availability=stock), {}
        for quantity in (2, 1):
            id = await order(m, listing, quantity, arbiter=persona(arbiter))
            await paid(m, id)
            await disputed(m, id)
            found[quantity] = m.buyer.peer.order(id).escrow_id
        large, small = found[2], found[1]
        await until(lambda: arbiter.peer.case(small))
        page = arbiter.peer.cases()
        assert [each.id for each in page.cases] == [large] and page.cut
        assert arbiter.peer.case(large[:10]).id == large


class TestShowing:
    async def test_nothing_is_shown_unasked(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            await asked(m, arbiter)
            await trio.sleep(60)
            assert case(arbiter).shown == ()

    async def test_a_message_is_shown_whole_and_proven(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            id = await bought(m, arbiter)
            await m.buyer.peer.message(id, "It came broken.")
            await until(lambda: len(m.seller.peer.order(id).messages) == 4)
            await m.seller.peer.message(id, "It was whole when I sent it.")
            await until(lambda: len(m.buyer.peer.order(id).messages) == 5)
            await disputed(m, id)
            await until(lambda: arbiter.peer.cases().cases)
            *_, mine, theirs = m.buyer.peer.order(id).messages
            await m.buyer.peer.show_message(id, theirs.id)
            (seen,) = await until(lambda: heard(arbiter, "message"))
            assert (seen.by, seen.said_by) == ("buyer", "seller")
            assert seen.text == "It was whole when I sent it."
            assert not seen.follows  # the message before it wasn't shown
            await m.buyer.peer.show_message(id, mine.id)
            seen = await until(
                lambda: len(heard(arbiter, "message")) == 2 and heard(arbiter, "message")
            )
            assert seen[0].follows and not seen[1].follows
            found = case(arbiter)
            assert found.title == "Stoneware mug"
            assert found.buyer.id == persona(m.buyer) and found.seller.id == persona(m.seller)
            assert found.seller_proven
            assert (found.lines, found.delivery) == ((), {})
            marked = [s.message for s in m.buyer.peer.order(id).shown if s.what == "message"]
            assert marked == [theirs.id, mine.id]
            assert m.seller.peer.order(id).shown == ()

    async def test_what_was_ordered_can_be_shown_without_the_address(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            id, _ = await asked(m, arbiter)
            await m.seller.peer.show_parts(id, ["lines"])
            await until(lambda: case(arbiter).lines)
            assert case(arbiter).lines == ({"quantity": 1},)
            assert case(arbiter).delivery == {}
            raw = b"".join(
                record.raw
                for record in arbiter.store.case_records(bytes.fromhex(case(arbiter).id[2:]))
            )
            assert b"rue des Lilas" not in raw
            await m.buyer.peer.show_parts(id, ["delivery"])
            await until(lambda: case(arbiter).delivery)
            assert case(arbiter).delivery["name"] == "Camille Martin"
            with pytest.raises(InputError):
                await m.buyer.peer.show_parts(id, ["review"])

    async def test_a_picture_arrives_whole(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            id, case_id = await asked(m, arbiter)
            picture = bytes(range(256)) * 300  # more than three pieces
            await m.buyer.peer.show_picture(id, picture, "The crack")
            await until(lambda: any(s.picture for s in heard(arbiter, "picture")))
            (seen,) = heard(arbiter, "picture")
            assert (seen.by, seen.text) == ("buyer", "The crack")
            assert arbiter.peer.case_picture(case_id, seen.picture) == picture
            assert m.buyer.peer.shown_picture(id, seen.picture) == picture
            with pytest.raises(InputError):
                await m.buyer.peer.show_picture(id, bytes(8 * 24_576 + 1))

    async def test_words_go_both_ways_and_to_one_side_each(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            id, case_id = await asked(m, arbiter)
            with pytest.raises(Conflict):
                await arbiter.peer.write_to_party(case_id, "What happened?", "buyer")
            await m.buyer.peer.tell_arbiter(id, "It came broken.")
            await until(lambda: heard(arbiter, "text"))
            assert case(arbiter).reachable == ("buyer", "seller")  # the seller by its profile
            await arbiter.peer.write_to_party(case_id, "Have you a picture?", "buyer")
            await arbiter.peer.write_to_party(case_id, "How was it packed?", "seller")
            for side, text in ((m.buyer, "Have you a picture?"), (m.seller, "How was it packed?")):
                await until(lambda side=side: answers(side, id))
                assert [(s.by, s.text) for s in answers(side, id)] == [("arbiter", text)]

    async def test_what_was_sent_survives_crashes_on_both_sides(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            id, case_id = await asked(m, arbiter)
            await arbiter.stop()
            await m.buyer.peer.tell_arbiter(id, "It came broken.")
            await m.buyer.stop()
            await m.buyer.start()
            await arbiter.start()
            await until(lambda: arbiter.peer.cases().cases and heard(arbiter, "text"), 3_000)
            await arbiter.restart()
            await until(lambda: arbiter.peer.cases().cases)
            await arbiter.peer.write_to_party(case_id, "I see.", "buyer")
            await until(
                lambda: any(s.what == "answer" for s in m.buyer.peer.order(id).shown), 3_000
            )

    async def test_nothing_can_be_shown_before_or_after(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            id = await bought(m, arbiter)
            with pytest.raises(Conflict):
                await m.buyer.peer.tell_arbiter(id, "Hello")
            await disputed(m, id)
            assert "show" in m.buyer.peer.order(id).actions
            await m.seller.peer.refund(id)
            await until(lambda: stage(m.buyer, id) == "refunded")
            with pytest.raises(Conflict):
                await m.buyer.peer.tell_arbiter(id, "Hello")
            assert "show" not in m.buyer.peer.order(id).actions


class TestStrangers:
    async def records(self, m, arbiter, id) -> list:
        """What the buyer has sent, as it lies in its store."""
        await m.buyer.peer.tell_arbiter(id, "It came broken.")
        await until(lambda: heard(arbiter, "text"))
        return m.buyer.store.case_records(bytes.fromhex(case(arbiter).id[2:]))

    def resign(self, side, record, **changes):
        """The same by somebody else, or changed."""
        body = {**KIND.fields.read(record.body), **changes}
        wire = KIND.fields.write({n: v for n, v in body.items() if v is not None})
        return signed(side.world, Draft("case", 1, wire, record.created + 7, record.until))

    def take(self, arbiter, record) -> None:
        arbiter.peer._hearing.take(record, KIND.fields.read(record.body))

    async def test_are_not_heard_although_they_show_a_genuine_proof(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            id, _ = await asked(m, arbiter)
            stranger = await m.join("stranger")
            *_, word = await self.records(m, arbiter, id)
            with pytest.raises(Ignored, match="author"):
                self.take(arbiter, self.resign(stranger, word))

    async def test_a_made_up_proof_is_refused(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            id, _ = await asked(m, arbiter)
            *_, word = await self.records(m, arbiter, id)
            stranger = await m.join("stranger")
            proof = KIND.fields.read(word.body)["proof"]
            forged = {**proof["opened"]["buyer"], "value": stranger.world.me}
            made = {**proof, "opened": {**proof["opened"], "buyer": forged}}
            with pytest.raises(Rejected, match="commit"):
                self.take(arbiter, self.resign(stranger, word, proof=made))

    async def test_a_message_of_another_order_is_refused(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            id, _ = await asked(m, arbiter)
            *_, word = await self.records(m, arbiter, id)
            other = await bought(m, arbiter)
            foreign = m.buyer.store.messages(id_from_text(other))[0].raw
            made = self.resign(m.buyer, word, text=None, message=foreign)
            with pytest.raises(Rejected, match="of this order"):
                self.take(arbiter, made)

    async def test_what_is_not_disputed_is_not_heard(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            id, _ = await asked(m, arbiter)
            *_, word = await self.records(m, arbiter, id)
            with pytest.raises(Ignored, match="not disputed"):
                self.take(arbiter, self.resign(m.buyer, word, order=b"\x01" * 32))

    async def test_a_party_gets_no_more_room_than_its_own(self, autojump_clock, monkeypatch):
        async with judged_market() as (m, arbiter):
            id, _ = await asked(m, arbiter)
            *_, word = await self.records(m, arbiter, id)
            monkeypatch.setattr(hearing, "MAX_RECORDS", 2)
            with pytest.raises(Ignored, match="fits"):
                self.take(arbiter, self.resign(m.buyer, word))
            monkeypatch.undo()
            monkeypatch.setattr(hearing, "MAX_ALL_BYTES", 100)
            with pytest.raises(Ignored, match="of this node"):
                self.take(arbiter, self.resign(m.buyer, word))

    async def test_only_the_orders_arbiter_can_answer(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            id, case_id = await asked(m, arbiter)
            await self.records(m, arbiter, id)
            await arbiter.peer.write_to_party(case_id, "I see.", "buyer")
            await until(lambda: len(m.buyer.peer.order(id).shown) == 3)
            answer = m.buyer.store.case_records(bytes.fromhex(case_id[2:]))[-1]
            stranger = await m.join("stranger")
            for made in (self.resign(stranger, answer), self.resign(arbiter, answer, to="seller")):
                with pytest.raises(Ignored, match="isn't the arbiter"):
                    self.take(m.buyer, made)


async def test_what_was_shown_is_forgotten_long_after_the_end(autojump_clock):
    async with judged_market() as (m, arbiter):
        id, case_id = await asked(m, arbiter)
        await m.buyer.peer.tell_arbiter(id, "It came broken.")
        await until(lambda: heard(arbiter, "text"))
        await arbiter.peer.rule(case_id, share_bps=0)
        await until(lambda: case(arbiter).stage == "ruled")
        await pass_time(m, m.chain.head.time + 91 * 86_400)
        arbiter.peer._cases.forget()
        assert arbiter.store.cases() == []
