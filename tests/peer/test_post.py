from dataclasses import replace

import pytest
import trio

from node.peer import post
from node.peer.world import ENCRYPTION_EPOCH
from node.protocol import mail
from node.protocol.encoding import id_from_text, id_to_text
from node.protocol.errors import Unavailable
from tests.peer.market import ADDRESS, market, until
from tests.peer.market import BUYER_ACCOUNT as ACCOUNT
from tests.peer.sales import heal, order, paid, part, place, put_up, sold, stage


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


async def test_what_has_expired_is_sent_no_more_and_shown_as_never_delivered(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        await paid(m, id)
        m.hub.cut(m.seller.network, m.buyer.network)
        await m.seller.peer.message(id, "Are you there?")
        await trio.sleep(3600)
        mine = m.seller.peer.order(id).messages[-1]
        assert (mine.delivered, mine.given_up) == (False, None)
        assert m.seller.peer.status().outbox == 1
        expires = m.seller.store.messages(id_from_text(id))[-1].until
        m.chain.pass_time(expires - m.chain.head.time)
        m.chain.mine()
        await until(lambda: not m.seller.store.mail, 2 * post.LAST_RETRY)
        m.hub.heal(m.seller.network, m.buyer.network)
        await m.seller.restart()
        mine = m.seller.peer.order(id).messages[-1]
        assert (mine.delivered, mine.given_up) == (False, expires)
        assert m.seller.peer.status().outbox == 0
        assert len(m.buyer.peer.order(id).messages) == 1


@pytest.mark.parametrize("expired", [True, False])
async def test_a_full_disk_ends_nothing_and_nothing_is_sent_each_second(
    autojump_clock, monkeypatch, expired
):
    async with market() as m:
        id = id_from_text(await order(m, await put_up(m)))
        part(m)
        await m.buyer.peer.message(id_to_text(id), "Are you there?")
        (letter,) = m.buyer.store.mail.values()
        if expired:
            m.buyer.store.mail[letter.id] = replace(letter, until=m.buyer.world.now())

        def full(*given):
            raise Unavailable("store.full", "the disk is full: nothing was stored")

        for change in ("give_up", "receipted"):
            monkeypatch.setattr(m.buyer.store, change, full)
        seen = count_mail(m.seller)
        heal(m)
        await trio.sleep(5 * post.PAUSE)
        assert seen["asked"] == 0 if expired else 0 < seen["asked"] <= 5
        monkeypatch.undo()
        await until(lambda: not m.buyer.store.mail)
        assert m.buyer.store.undelivered(id) == ({letter.id} if expired else set())


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
        m.hub.cut(m.seller.network, m.buyer.network)
        await m.seller.peer.message(first, "Nobody hears me.")
        await trio.sleep(1)
        await m.seller.peer.message(placed.id, "Hello.")
        await until(lambda: len(other.peer.order(placed.id).messages) == 2, 20)


async def test_eight_addresses_where_nobody_answers_hold_a_place_for_a_while_only(
    autojump_clock, monkeypatch
):
    monkeypatch.setattr(post, "MAX_SERVED", 1)
    async with market() as m:
        listing = await put_up(m)
        other = await m.join("other")
        await until(lambda: listing_held(other, listing))
        id = await order(m, listing)
        dead = [f"/ip4/127.0.0.1/tcp/{port}/p2p/Nobody" for port in range(1, 9)]
        m.seller.peer._post.remember_route(other.world.me, dead)
        tried, reach = [], m.seller.network.connect

        async def stalled(address):
            if address in dead:
                tried.append(address)
                await trio.sleep_forever()
            return await reach(address)

        m.seller.network.connect = stalled
        letter = m.seller.peer._post.seal(
            record_of(m, id), other.world.me, m.buyer.peer._post.reply_address()[0]
        )
        m.seller.store.update_order(id_from_text(id), outgoing=[letter])
        await trio.sleep(2)
        before = trio.current_time()
        await m.seller.peer.message(id, "Hello.")
        await until(lambda: len(m.buyer.peer.order(id).messages) == 2)
        assert tried == dead
        assert trio.current_time() - before < post.SEND_LIMIT


async def test_the_address_that_worked_is_tried_first_the_next_time(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        dead = f"/ip4/127.0.0.1/tcp/1/p2p/{m.buyer.network.peer_id[:-1]}"
        here = m.buyer.network.addresses()
        m.buyer.network.addresses = lambda: [dead, *here]
        id = await order(m, listing)
        tried, reach = [], m.seller.network.connect

        async def counted(address):
            tried.append(address)
            return await reach(address)

        m.seller.network.connect = counted
        for text in ("One.", "Two."):
            await m.seller.peer.message(id, text)
            await until(lambda: not m.seller.store.mail)
        assert tried == [dead]


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


def record_of(m, id):
    """The first message of an order."""
    return m.seller.store.messages(id_from_text(id))[0]
