import pytest

from node.peer import deals, unpaid
from node.protocol.encoding import id_from_text
from node.protocol.errors import Ignored, Rejected
from node.protocol.keys import SigningKey
from node.protocol.kinds.order import KIND
from node.protocol.record import Draft, sign
from tests.peer.market import market, until
from tests.peer.sales import order, paid, place, put_up, stage


def message(signer, id, step, block, prev=None, created=None, m=None):
    body = {"step": step, "order": id_from_text(id), step: block}
    if step != "place":
        body["prev"] = prev or bytes(32)
    now = created or m.seller.world.now()
    draft = Draft("order", 1, KIND.fields.write(body), now, now + 86_400)
    return sign(draft, signer, "etal-test")


def take(side, signed):
    side.peer._deals.take(signed, KIND.fields.read(signed.body))


def placed(m, id):
    """The buyer's own first message and its block."""
    first = m.buyer.store.messages(id_from_text(id))[0]
    return first, dict(KIND.fields.read(first.body)["place"])


async def test_a_stranger_cannot_speak_in_an_order(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        with pytest.raises(Ignored, match="isn't part"):
            take(m.seller, message(SigningKey(b"\x77" * 32), id, "note", {"text": "Hi"}, m=m))
        assert len(m.seller.peer.order(id).messages) == 1


async def test_a_message_of_an_unknown_order_waits_for_its_beginning(autojump_clock):
    async with market() as m:
        await put_up(m)
        with pytest.raises(Ignored, match="not known"):
            signed = message(m.buyer.world.keyring.persona, "a" * 52, "note", {"text": "Hi"}, m=m)
            take(m.seller, signed)


async def test_placing_again_without_terms_makes_nothing_free(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        first, block = placed(m, id)
        free = {name: block[name] for name in block if name not in ("terms", "fund_by")}
        earlier = first.created - 1
        signed = message(m.buyer.world.keyring.persona, id, "place", free, created=earlier)
        with pytest.raises(Rejected, match=r"terms\.absent"):
            take(m.seller, signed)
        assert m.seller.peer.order(id).terms is not None
        assert "accept" not in m.seller.peer.order(id).actions


async def test_placing_again_with_other_terms_changes_nothing(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        first, block = placed(m, id)
        more = {**block, "terms": {**block["terms"], "amount": block["terms"]["amount"] + 1}}
        signed = message(m.buyer.world.keyring.persona, id, "place", more, created=first.created)
        with pytest.raises(Ignored, match="don't change"):
            take(m.seller, signed)
        assert m.seller.peer.order(id).terms == m.buyer.peer.order(id).terms


async def test_what_is_cheaper_than_offered_is_refused(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        m.hub.cut(m.seller.network, m.buyer.network)
        id = await place(m, listing)
        _, block = placed(m, id)
        block["terms"] = {**block["terms"], "amount": 1}
        with pytest.raises(Rejected, match=r"terms\.amount"):
            take(m.seller, message(m.buyer.world.keyring.persona, id, "place", block, m=m))
        assert m.seller.store.orders() == []


async def test_an_order_of_something_that_is_not_ours_is_refused(autojump_clock):
    async with market() as m:
        other = await m.join("other")
        listing = await put_up(m)
        id = await order(m, listing)
        await until(lambda: other.store.get(id_from_text(listing.id)))
        first, _ = placed(m, id)
        with pytest.raises(Ignored, match="isn't ours"):
            take(other, first)


async def test_messages_out_of_order_make_the_same_order(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        await paid(m, id)
        m.hub.cut(m.seller.network, m.buyer.network)
        await m.seller.peer.accept(id)
        await m.seller.peer.ship(id, "La Poste", "6A1")
        said = m.seller.store.messages(id_from_text(id))[1:]
        take(m.buyer, said[1])
        take(m.buyer, said[0])
        view = m.buyer.peer.order(id)
        assert view.stage == "shipped"
        assert [each.step for each in view.messages] == ["place", "accept", "ship"]


async def test_one_buyer_has_so_many_unpaid_orders_and_no_more(autojump_clock, monkeypatch):
    monkeypatch.setattr(unpaid, "MAX_OPEN_OF_ONE", 2)
    async with market() as m:
        listing = await put_up(m, availability={"goods": {"stock": {"": 9}}})
        first = await order(m, listing)
        await order(m, listing)
        third = await place(m, listing)
        await paid(m, first)  # makes room
        await until(lambda: m.buyer.peer.order(third).delivered_to_seller, 1300)
        fourth = await place(m, listing)
        with pytest.raises(Ignored, match="too many"):
            take(m.seller, placed(m, fourth)[0])


async def test_all_buyers_together_have_so_many_unpaid_orders_and_no_more(
    autojump_clock, monkeypatch
):
    monkeypatch.setattr(unpaid, "MAX_OPEN", 1)
    async with market() as m:
        listing = await put_up(m)
        await order(m, listing)
        second = await place(m, listing)
        with pytest.raises(Ignored, match="too many"):
            take(m.seller, placed(m, second)[0])
        await m.seller.restart()  # the count is made again
        with pytest.raises(Ignored, match="too many"):
            take(m.seller, placed(m, second)[0])


@pytest.mark.parametrize("most", ["MAX_OPEN", "MAX_OPEN_OF_ONE", "MAX_KEPT"])
async def test_who_has_paid_is_kept_out_by_nobody_who_has_not(autojump_clock, monkeypatch, most):
    async with market() as m:
        listing = await put_up(m)
        await order(m, listing)
        monkeypatch.setattr(unpaid, most, 1)
        second = await place(m, listing)
        await m.pay(second)
        await until(lambda: m.buyer.peer.order(second).delivered_to_seller, 3600)


async def test_unpaid_orders_take_no_room_for_ever(autojump_clock, monkeypatch):
    monkeypatch.setattr(unpaid, "MAX_OPEN_OF_ONE", 1)
    async with market() as m:
        listing = await put_up(m)
        await order(m, listing)
        m.chain.pass_time(3 * 86_400)
        m.chain.mine()
        await order(m, listing)


async def test_one_side_has_so_many_messages_and_a_lost_receipt_is_given_again(
    autojump_clock, monkeypatch
):
    monkeypatch.setattr(unpaid, "MAX_MESSAGES", 2)
    async with market() as m:
        id = await order(m, await put_up(m))
        buyer = m.buyer.world.keyring.persona
        last = message(buyer, id, "note", {"text": "One"}, m=m)
        take(m.seller, last)
        with pytest.raises(Ignored, match="at most 2"):
            take(m.seller, message(buyer, id, "note", {"text": "Two"}, m=m))
        take(m.seller, last)  # came before
        await m.seller.peer.message(id, "We may still answer.")


async def test_more_than_a_thousand_orders_are_all_there(autojump_clock, monkeypatch):
    async with market() as m:
        id = await order(m, await put_up(m))
        row = m.buyer.store.order(id_from_text(id))
        for number in range(1200):
            copy = number.to_bytes(32, "big")
            m.buyer.store.rows[copy] = deals.OrderRow(
                copy, "buyer", row.offer, row.counterparty, None, row.created + 1
            )
        assert len(m.buyer.peer._deals.all()) == 1201
        assert stage(m.buyer, id) == "placed"
