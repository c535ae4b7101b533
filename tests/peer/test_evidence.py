import pytest
import trio

from node.peer import budget, evidence
from node.protocol import record, sync
from node.protocol.encoding import decode, encode
from node.protocol.keys import SigningKey
from node.protocol.record import Draft
from tests.fakes.records import key, review
from tests.peer.market import market, until
from tests.peer.test_reviews import SLUG, bought, shown

VERIFIED = [("verified", "Lovely.")]
UNVERIFIED = [("unverified", "Lovely.")]


async def edited(m, title="A much better mug"):
    changed = {**m.seller.peer.editable(SLUG), "title": title}
    await m.seller.peer.save_listing(changed, SLUG)


async def reviewed_then_edited(m):
    """A purchase of an edition that the seller has replaced before it was reviewed; returns the edition's id."""
    id = await bought(m)
    offer = m.buyer.store.orders()[0].offer
    await edited(m)
    await until(lambda: not m.buyer.store.has(offer))
    await m.buyer.peer.write_review(id, 5, "Lovely.")
    await until(lambda: shown(m.seller, m) == VERIFIED)
    return offer


def answered(side, answer):
    """From now on `side` answers who asks it for what is no record of its store; what was wanted is noted."""
    wanted, protocol = [], sync.protocol("etal-test")
    genuine = side.network.handlers[protocol][0]

    async def respond(peer, request):
        asked = decode(request, sync.MAX_REQUEST)
        if "want" not in asked or side.store.has(asked["want"][:32]):
            return await genuine(peer, request)
        wanted.append(asked["want"])
        return await answer(peer, request)

    side.network.handlers[protocol] = (respond, sync.MAX_REQUEST)
    return wanted


async def nothing(peer, request):
    return encode({"records": []})


async def test_who_has_never_held_the_edition_can_verify_its_review(autojump_clock):
    async with market() as m:
        there = await m.join("third")
        offer = await reviewed_then_edited(m)
        await until(lambda: shown(there, m) == VERIFIED)
        newcomer = await m.join("newcomer")
        await until(lambda: shown(newcomer, m) == VERIFIED)
        assert (
            newcomer.peer.listing(m.seller.peer.identity().persona, SLUG).title
            == "A much better mug"
        )
        assert not newcomer.store.has(offer) and newcomer.store.evidence(offer)


async def test_an_edition_replaced_after_its_review_is_kept_where_it_was_seen(autojump_clock):
    async with market() as m:
        third = await m.join("third")
        id = await bought(m)
        await m.buyer.peer.write_review(id, 5, "Lovely.")
        await until(lambda: shown(third, m) == VERIFIED)
        await trio.sleep(evidence.AGAIN_AFTER + 5)
        await m.seller.stop()
        await m.buyer.stop()
        await third.restart()
        await m.seller.start()
        await edited(m)
        await until(lambda: third.peer.listing(m.seller.peer.identity().persona, SLUG).stock)
        await until(
            lambda: (
                third.peer.listing(m.seller.peer.identity().persona, SLUG).title
                == "A much better mug"
            )
        )
        assert shown(third, m) == VERIFIED


async def test_evidence_passes_from_node_to_node_when_both_parties_are_gone(autojump_clock):
    async with market() as m:
        third = await m.join("third")
        await reviewed_then_edited(m)
        await until(lambda: shown(third, m) == VERIFIED)
        await m.seller.stop()
        await m.buyer.stop()
        await third.restart()
        late = await m.join("late")
        late.network.wanted.append(third.network.address)
        m.hub.settle()
        await until(lambda: shown(late, m) == VERIFIED)
        await late.restart()
        assert shown(late, m) == VERIFIED


@pytest.mark.parametrize("silent", ["seller", "buyer"])
async def test_either_party_alone_can_show_it(autojump_clock, silent):
    async with market() as m:
        answered(getattr(m, silent), nothing)
        offer = await reviewed_then_edited(m)
        third = await m.join("third")
        third.network.wanted.append(m.buyer.network.address)
        m.hub.settle()
        await until(lambda: shown(third, m) == VERIFIED)
        assert third.store.evidence(offer)


async def test_a_party_to_another_order_gives_nothing_of_its_own(autojump_clock, monkeypatch):
    """Also where the review that cites the edition is a paid one, of somebody else."""
    async with market() as m:
        monkeypatch.setattr(m.buyer.peer._evidence, "_is_ours", lambda review: False)
        answered(m.seller, nothing)
        offer = await reviewed_then_edited(m)
        await trio.sleep(2 * evidence.AGAIN_AFTER)
        assert m.buyer.store.get(offer) and m.buyer.store.evidence(offer) is None
        assert shown(m.buyer, m) == VERIFIED


async def test_what_somebody_bought_is_not_given_away_before_it_is_reviewed(autojump_clock):
    """A stranger makes a review that cites the replaced edition, and asks who holds that."""
    async with market() as m:
        await bought(m)
        offer = m.buyer.store.orders()[0].offer
        await edited(m)
        await until(lambda: not m.buyer.store.has(offer))
        made = review(key(77), m.seller.world.me, SLUG, offer=offer, created=m.chain.head.time)
        await m.buyer.peer._intake.records([made.raw])
        await trio.sleep(2 * evidence.AGAIN_AFTER)
        assert m.buyer.store.get(offer)
        response = await m.seller.network.request(
            m.buyer.network.peer_id,
            sync.protocol("etal-test"),
            sync.want([offer]),
            limit=sync.MAX_RESPONSE,
        )
        assert sync.given(response, [offer], "etal-test") == {}


async def test_reviews_that_no_money_stands_behind_make_nobody_ask(autojump_clock):
    async with market() as m:
        await bought(m)
        wanted = answered(m.seller, nothing)
        genuine = m.buyer.store.events(
            m.buyer.peer._ledger.account, m.buyer.store.orders()[0].escrow_id
        )
        now = m.chain.head.time
        made = []
        for number in range(30):
            author = key(100 + number)
            one = review(author, m.seller.world.me, SLUG, offer=bytes([number]) * 32, created=now)
            proof = {**one.body["proof"], "order": genuine[0].id}
            proof["escrow"] = m.buyer.peer._ledger.account
            draft = Draft("review", 1, {**one.body, "proof": proof}, now, one.until)
            signer = SigningKey((100 + number).to_bytes(32, "big"))
            made.append(record.sign(draft, signer, "etal-test"))
        await m.buyer.peer._intake.records([one.raw for one in made])
        assert len(m.buyer.store.reviews_of(m.seller.world.me)) == 30
        await trio.sleep(3 * evidence.AGAIN_AFTER)
        assert wanted == []


def spoilt(raw):
    return raw[:-1] + bytes([raw[-1] ^ 1])


@pytest.mark.parametrize("lie", ["other", "spoilt", "huge", "junk", "twice", "nothing"])
async def test_a_liar_is_left_alone_and_another_contact_asked(autojump_clock, lie):
    async with market() as m:
        offer = await reviewed_then_edited(m)
        edition = m.seller.store.get(offer)
        current = m.seller.store.latest("listing", m.seller.world.me, SLUG).raw
        answers = {
            "other": encode({"records": [current]}),
            "spoilt": encode({"records": [spoilt(edition)]}),
            "huge": bytes(sync.MAX_RESPONSE + 1),
            "junk": b"junk",
            "twice": encode({"records": [edition, edition]}),
            "nothing": encode({"records": []}),
        }
        liar = await m.join("liar")

        async def answer(peer, request):
            return answers[lie]

        wanted = answered(liar, answer)
        third = await m.join("third")
        third.network.wanted.append(liar.network.address)
        m.hub.cut(third.network, m.seller.network)
        m.hub.settle()
        await until(lambda: third.store.reviews_of(m.seller.world.me))
        await until(lambda: wanted)
        await trio.sleep(200)
        assert shown(third, m) == UNVERIFIED and third.store.evidence(offer) is None
        assert len(wanted) == 1 or lie == "nothing"
        assert not m.hub.blamed
        m.hub.heal(third.network, m.seller.network)
        await until(lambda: shown(third, m) == VERIFIED, 2 * evidence.RESTING)


async def test_what_nobody_has_is_asked_for_less_and_less_often(autojump_clock):
    async with market() as m:
        await reviewed_then_edited(m)
        wanted = answered(m.seller, nothing)
        answered(m.buyer, nothing)
        third = await m.join("third")
        await until(lambda: third.store.reviews_of(m.seller.world.me))
        await trio.sleep(4 * 3_600)
        assert 5 <= len(wanted) <= 15
        assert len(set(wanted)) == 1


async def test_what_was_missed_is_remembered_within_bounds(autojump_clock, monkeypatch):
    monkeypatch.setattr(evidence, "MAX_MISSED", 3)
    monkeypatch.setattr(evidence, "MAX_RESTING", 3)
    async with market() as m:
        part = m.seller.peer._evidence
        for number in range(9):
            part._miss(bytes([number]) * 32)
            part._rest(f"peer {number}")
        assert len(part._missed) == len(part._resting) == 3


async def test_evidence_stays_within_the_budget_of_its_author(autojump_clock, monkeypatch):
    async with market() as m:
        offer = await reviewed_then_edited(m)
        monkeypatch.setattr(budget, "MAX_RECORDS_OF_ONE", 3)
        third = await m.join("third")
        await until(lambda: third.store.reviews_of(m.seller.world.me))
        await trio.sleep(100)
        assert len(third.store.by_author("listing", m.seller.world.me)) == 1
        assert third.store.evidence(offer) is None


async def test_a_mistake_in_one_look_ends_nothing(autojump_clock, monkeypatch):
    async with market() as m:
        part = evidence.Evidence

        async def broken(*given):
            raise ZeroDivisionError

        with monkeypatch.context() as patch:
            patch.setattr(part, "_look", broken)
            await trio.sleep(10)
        await reviewed_then_edited(m)
        third = await m.join("third")
        await until(lambda: shown(third, m) == VERIFIED)


async def test_an_edition_that_two_reviews_cite_takes_its_room_once(autojump_clock):
    async with market() as m:
        offer = await reviewed_then_edited(m)
        keeper, shares = m.buyer.peer._evidence, m.buyer.peer._intake.budget._shares
        await until(lambda: m.buyer.store.evidence(offer))
        edition = record.parse(m.buyer.store.get(offer), "etal-test")
        (written,) = m.buyer.store.reviews_of(m.seller.world.me)
        before = shares[edition.author].records
        assert keeper._keep(edition, [written])
        assert shares[edition.author].records == before
