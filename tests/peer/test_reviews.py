import pytest

from node.protocol import record
from node.protocol.errors import Conflict
from node.protocol.keys import SigningKey
from node.protocol.record import Draft
from tests.fakes.records import key, profile, review
from tests.peer.market import market, until
from tests.peer.sales import put_up, sold

SLUG = "stoneware-mug"


async def bought(m, **changes):
    """A purchase that is over for good; returns its id."""
    id = await sold(m, **changes)
    await m.pay(id, "release")
    m.chain.mine(6)
    await until(lambda: "review" in m.buyer.peer.order(id).actions)
    return id


def shown(side, m):
    found = side.peer.listing(m.seller.peer.identity().persona, SLUG)
    return [(one.verdict, one.text) for one in found.reviews] if found else []


async def test_a_review_is_verified_by_a_node_that_took_no_part(autojump_clock):
    async with market() as m:
        third = await m.join("third")
        id = await bought(m)
        await m.buyer.peer.write_review(id, 5, "Lovely.")
        await until(lambda: shown(third, m) == [("verified", "Lovely.")])
        body = third.store.reviews_of(m.seller.world.me)[0].body
        told = str(body)
        assert "Camille" not in told and m.buyer.world.me not in body["proof"]["leaves"].values()


async def test_one_purchase_is_reviewed_once_also_after_a_restart(autojump_clock):
    async with market() as m:
        id = await bought(m)
        await m.buyer.peer.write_review(id, 4, "Good.")
        await m.buyer.restart()
        assert m.buyer.peer.order(id).review.text == "Good."
        assert "review" not in m.buyer.peer.order(id).actions
        assert "change_review" in m.buyer.peer.order(id).actions
        with pytest.raises(Conflict):
            await m.buyer.peer.write_review(id, 1, "Or not.")


async def test_what_was_refunded_is_a_class_apart(autojump_clock):
    async with market() as m:
        id = await sold(m)
        await m.seller.peer.refund(id)
        m.chain.mine(6)
        await until(lambda: "review" in m.buyer.peer.order(id).actions)
        await m.buyer.peer.write_review(id, 1, "Never came.")
        await until(lambda: shown(m.seller, m) == [("refunded", "Never came.")])


async def test_a_made_up_review_proves_nothing_and_stands_behind_those_that_do(autojump_clock):
    async with market() as m:
        id = await bought(m)
        await m.buyer.peer.write_review(id, 5, "Lovely.")
        later = m.chain.head.time + 100
        fake = review(key(77), m.seller.world.me, SLUG, "Awful!", created=later)
        await m.seller.peer._intake.records([fake.raw])
        await until(lambda: len(shown(m.seller, m)) == 2)
        assert shown(m.seller, m) == [("verified", "Lovely."), ("unverified", "Awful!")]


async def test_any_number_of_made_up_reviews_hides_none_that_money_stands_behind(autojump_clock):
    async with market() as m:
        id = await bought(m)
        await m.buyer.peer.write_review(id, 5, "Lovely.")
        await until(lambda: shown(m.seller, m) == [("verified", "Lovely.")])
        genuine = m.seller.store.reviews_of(m.seller.world.me)[0]
        later = m.chain.head.time + 100
        fakes = []
        for number in range(150):
            signer = SigningKey((1000 + number).to_bytes(32, "big"))
            proof = genuine.body["proof"]  # a copy, but for the key: that must be the author's
            opened = {**proof["opened"], "review": {"value": signer.public, "salt": bytes(32)}}
            body = {**genuine.body, "text": "Awful!", "proof": {**proof, "opened": opened}}
            draft = Draft("review", 1, body, later, genuine.until + 50)
            fakes.append(record.sign(draft, signer, "etal-test").raw)
        await m.seller.peer._intake.records(fakes)
        assert len(m.seller.store.reviews_of(m.seller.world.me, None, 1000)) == 151
        assert shown(m.seller, m)[0] == ("verified", "Lovely.")


async def test_a_review_of_something_that_is_no_listing_breaks_no_page(autojump_clock):
    async with market() as m:
        await put_up(m)
        no_listing = profile(key(5), "Eve", created=m.chain.head.time)
        made = review(key(77), m.seller.world.me, SLUG, created=m.chain.head.time)
        opened = {**made.body["proof"]["opened"]}
        opened["offer"] = {**opened["offer"], "value": no_listing.id}
        body = {
            **made.body,
            "offer": no_listing.id,
            "proof": {**made.body["proof"], "opened": opened},
        }
        signer = SigningKey((77).to_bytes(32, "big"))
        draft = Draft("review", 1, body, made.created, made.until)
        hostile = record.sign(draft, signer, "etal-test")
        await m.seller.peer._intake.records([no_listing.raw, hostile.raw])
        assert m.seller.store.has(hostile.id) and m.seller.store.has(no_listing.id)
        assert shown(m.seller, m) == [("unverified", "Good.")]


async def test_a_look_at_a_review_costs_the_same_however_much_happened_to_the_money_it_cites(
    autojump_clock, monkeypatch
):
    """Anyone can make reviews for nothing that cite an escrow id with ten thousand events."""
    async with market() as m:
        id = await bought(m)
        await m.buyer.peer.write_review(id, 5)
        (written,) = await until(lambda: m.seller.store.reviews_of(m.seller.world.me))
        read, events = [], m.seller.store.events

        def counted(*asked):
            found = events(*asked)
            read.extend(found)
            return found

        monkeypatch.setattr(m.seller.store, "events", counted)
        assert m.seller.peer._reviews.is_backed(written)
        assert len(read) == 1
