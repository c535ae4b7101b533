import trio

from node.peer.world import ENCRYPTION_EPOCH
from node.protocol import mail
from node.protocol.encoding import id_from_text
from tests.peer.market import ADDRESS, market, until
from tests.peer.market import BUYER_ACCOUNT as ACCOUNT
from tests.peer.sales import order, paid, place, put_up, sold, stage


def count_mail(side):
    """How often the node was asked to take a message, and a way to lose its answers."""
    protocol = mail.protocol("etal-test")
    handler, limit = side.network.handlers[protocol]
    seen = {"asked": 0, "lose": 0}

    async def counted(peer, request):
        seen["asked"] += 1
        answer = await handler(peer, request)
        if seen["lose"]:
            seen["lose"] -= 1
            raise ConnectionError
        return answer

    side.network.handlers[protocol] = (counted, limit)
    return seen


async def test_a_message_is_sent_until_it_is_receipted_and_no_more(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        seen = count_mail(m.seller)
        await order(m, listing)
        await trio.sleep(700)
        assert seen["asked"] == 1
        assert m.buyer.store.mail == {}


async def test_a_lost_receipt_brings_the_message_again_and_it_is_taken_once(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        seen = count_mail(m.seller)
        seen["lose"] = 2
        id = await order(m, listing)
        assert seen["asked"] == 3
        assert len(m.seller.store.orders()) == 1
        assert len(m.seller.peer.order(id).messages) == 1


async def test_what_waits_survives_a_restart(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        m.hub.cut(m.seller.network, m.buyer.network)
        id = await place(m, listing)
        await m.buyer.restart()
        assert not m.buyer.peer.order(id).delivered_to_seller
        m.hub.heal(m.seller.network, m.buyer.network)
        await until(lambda: m.buyer.peer.order(id).delivered_to_seller)


async def test_what_waits_goes_at_once_when_the_other_side_comes_back(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        m.hub.cut(m.seller.network, m.buyer.network)
        id = await place(m, listing)
        await trio.sleep(2000)  # by now attempts are ten minutes apart
        m.hub.heal(m.seller.network, m.buyer.network)
        await until(lambda: m.buyer.peer.order(id).delivered_to_seller, 30)


async def test_a_seller_who_restarts_still_knows_where_the_buyer_is(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        await paid(m, id)
        await m.seller.restart()
        await m.seller.peer.accept(id)
        await until(lambda: stage(m.buyer, id) == "accepted")


async def test_one_recipient_out_of_reach_holds_up_no_other(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        first = await order(m, listing)
        other = await m.join("other")
        await until(
            lambda: other.peer.listing_by_id(listing.id) if listing_held(other, listing) else 0
        )
        placed = await other.peer.place_order(
            listing.id, [{"quantity": 1}], ADDRESS, account=ACCOUNT
        )
        await until(lambda: other.peer.order(placed.id).delivered_to_seller)

        reach = m.seller.network.connect

        async def stalled(address):
            if address.endswith(m.buyer.network.peer_id):
                await trio.sleep(60)
            return await reach(address)

        m.seller.network.connect = stalled
        await m.seller.peer.message(first, "Nobody hears me.")
        await trio.sleep(1)
        await m.seller.peer.message(placed.id, "Hello.")
        await until(lambda: len(other.peer.order(placed.id).messages) == 2, 20)


async def test_mail_sealed_to_the_key_before_still_opens(autojump_clock):
    async with market() as m:
        id = await sold(m)
        key = m.buyer.peer._deals.key_of(m.seller.world.me)
        m.chain.pass_time(ENCRYPTION_EPOCH + 86_400)
        m.chain.mine()
        deal = m.buyer.peer._deals.deal(m.buyer.store.order(id_from_text(id)))
        m.buyer.peer._deals.key_of = lambda persona: key  # it hasn't heard of the new one
        m.buyer.peer._deals.say(deal, "note", {"text": "Still there?"})
        await until(lambda: len(m.seller.peer.order(id).messages) == 2)


async def test_a_letter_for_somebody_else_gets_no_receipt(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        assert id
        letter = mail.envelope(b"\x01" * 32, b"\x00" * 500)
        answer = await m.buyer.network.request(
            m.seller.network.peer_id, mail.protocol("etal-test"), letter, limit=mail.MAX_ANSWER
        )
        assert answer == mail.answer(None)


async def test_a_mistake_of_ours_while_taking_a_message_is_no_receipt(autojump_clock, monkeypatch):
    async with market() as m:
        listing = await put_up(m)

        def broken(message, body):
            raise ZeroDivisionError

        monkeypatch.setattr(m.seller.peer._deals, "take", broken)
        id = await place(m, listing)
        await trio.sleep(5)
        assert not m.buyer.peer.order(id).delivered_to_seller
        monkeypatch.undo()
        await until(lambda: m.buyer.peer.order(id).delivered_to_seller)


def listing_held(side, listing):
    return side.store.get(id_from_text(listing.id)) is not None
