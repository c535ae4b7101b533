"""The page about arbiters, and what is said of them where something is bought or sold."""

from dataclasses import replace

import pytest

from node.protocol.errors import Conflict, NotFound
from tests.web.made import JUDITH, arbiter, dispute, offered
from tests.web.pages.test_checkout import ORDER

OFFER = {"fee": "2,5", "days": "10", "language": "fr", "about": "Cups."}


async def test_it_tells_what_each_asks(site):
    page = await site.page("/arbiters")
    for part in ("Judith", "Fee 5% of the money", "within 7 days", "English, French", "Ceramics"):
        assert part in page
    assert "Trust it to decide" in page and "Trust it no longer" not in page


async def test_what_is_not_proven_is_said(site, peer):
    peer.deciders = (arbiter(chosen=True, proven=False),)
    page = await site.page("/arbiters")
    assert "proven that this account" in page and "Trust it no longer" in page
    peer.deciders = (arbiter(chosen=True, here=False),)
    assert "another chain" in await site.page("/arbiters")


@pytest.mark.parametrize(("no", "verb"), [("", "trust_arbiter"), ("1", "distrust_arbiter")])
async def test_trust_is_given_and_taken_back(site, peer, no, verb):
    answer = await site.post("/arbiters/trust", {"persona": JUDITH.id, "no": no})
    assert answer.status_code == 303
    assert peer.calls == [(verb, JUDITH.id)]


async def test_who_is_unknown_is_said_on_the_page(site, peer):
    peer.refuse = NotFound("arbiter.unknown", "This node knows no such arbiter.")
    answer = await site.post("/arbiters/trust", {"persona": "x"})
    assert answer.status_code == 404
    assert "no such arbiter" in answer.text and "Settle disputes" in answer.text


async def test_an_offer_is_published_exactly_as_typed(site, peer):
    answer = await site.post("/arbiters/offer", OFFER)
    assert answer.status_code == 303
    given = {"fee_bps": 250, "ruling": 10 * 86_400, "languages": ["fr"], "about": "Cups."}
    assert peer.calls == [("offer_to_decide", given)]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [("fee", "21", "at most 20 percent"), ("fee", "2.505", "2.5"), ("days", "91", "from 1 to 90")],
)
async def test_what_is_typed_wrong_stands_beside_its_input(site, peer, field, typed, said):
    answer = await site.post("/arbiters/offer", OFFER | {field: typed})
    assert answer.status_code == 422
    assert said in answer.text and f'value="{typed}"' in answer.text and "Cups." in answer.text
    assert f'aria-describedby="{field}-error"' in answer.text
    assert peer.calls == []


async def test_ones_own_offer_can_be_changed_and_withdrawn(site, peer):
    peer.decides = arbiter(fee_bps=250)
    page = await site.page("/arbiters")
    assert 'value="2.5"' in page and "Decide no more" in page
    assert (await site.post("/arbiters/withdraw")).status_code == 303
    assert peer.calls == [("decide_no_more",)]


async def test_a_node_without_a_chain_cannot_decide(site, peer):
    peer.wallet = None
    assert "no chain in its settings" in await site.page("/arbiters")
    peer.wallet, peer.refuse = "0x1", Conflict("arbiter.wallet", "This node has no chain.")
    assert (await site.post("/arbiters/offer", OFFER)).status_code == 409


class TestBuying:
    def name(self, peer, *arbiters):
        peer.goods[0] = replace(peer.goods[0], arbiters=arbiters, lapse_bps=5_000)
        return peer.goods[0]

    async def test_a_listing_tells_who_may_decide(self, site, peer):
        goods = self.name(peer, offered())
        page = await site.page(f"/l/{goods.author.id}/{goods.slug}")
        assert "names 1 arbiter who may decide" in page and "Judith" in page
        for untrue in ("nobody else decides", "No arbiter takes part"):
            assert untrue not in page

    async def test_the_first_whom_the_buyer_trusts_is_proposed(self, site, peer):
        first = offered(persona=replace(JUDITH, id="x" * 52, name="Max"), chosen=False)
        goods = self.name(peer, first, offered())
        page = await site.page(f"/checkout/{goods.id}")
        assert f'value="{JUDITH.id}" checked' in page
        assert "You trust none" not in page and "No arbiter takes part" not in page
        assert "50% goes to the seller and the rest back to you" in page

    async def test_nobody_is_proposed_whom_the_buyer_does_not_trust(self, site, peer):
        goods = self.name(peer, offered(chosen=False))
        page = await site.page(f"/checkout/{goods.id}")
        assert "You trust none of the arbiters" in page
        assert 'value="none" checked' in page

    @pytest.mark.parametrize(
        ("trouble", "said"),
        [("unproven", "hasn’t proven|hasn&#39;t proven"), ("changed", "asks for")],
    )
    async def test_one_that_cannot_be_relied_on_cannot_be_chosen(self, site, peer, trouble, said):
        goods = self.name(peer, offered(trouble=trouble))
        page = await site.page(f"/checkout/{goods.id}")
        assert any(each in page for each in said.split("|"))
        assert f'value="{JUDITH.id}" disabled' in page
        assert 'value="none" checked' in page

    async def test_the_choice_goes_with_the_order(self, site, peer):
        goods = self.name(peer, offered())
        for arbiter_ in (JUDITH.id, "none"):
            peer.calls.clear()
            answer = await site.post(f"/checkout/{goods.id}", ORDER | {"arbiter": arbiter_})
            assert answer.status_code == 303, answer.text
            assert peer.calls[0][-1] == arbiter_


class TestSelling:
    async def test_arbiters_are_ticked(self, site, peer):
        page = await site.page(f"/sell/{peer.mine[0].slug}")
        assert f'name="arbiter" value="{JUDITH.id}"' in page and "Judith" in page

    async def test_what_is_ticked_is_offered(self, site, peer):
        answer = await self.save(site, arbiter=JUDITH.id, lapse="30")
        assert answer.status_code == 303, answer.text
        offer = peer.calls[0][1]["offer"]
        assert (offer["arbiters"], offer["lapse_bps"]) == ([JUDITH.id], 3_000)

    async def test_nobody_is_offered_unasked(self, site, peer):
        await self.save(site)
        assert "arbiters" not in peer.calls[0][1]["offer"]

    async def test_a_share_that_is_none_is_said(self, site, peer):
        answer = await self.save(site, arbiter=JUDITH.id, lapse="101")
        assert answer.status_code == 422
        assert "from 0 to 100 percent" in answer.text and peer.calls == []

    async def save(self, site, **more):
        form = {
            "kind": "goods",
            "title": "Cup",
            "text": "A cup.",
            "category": "home",
            "language": "en",
            "price_amount": "10",
            "price_unit": "USD",
            "ship_days": "3",
            "review_days": "21",
            "extensions.goods.condition": "new",
            "extensions.goods.pickup": "on",
        }
        return await site.post("/sell/new", form | more)


class TestOrders:
    def show(self, peer, side, stage, **changes):
        position = next(
            n for n, each in enumerate(peer.deals) if (each.side, each.stage) == (side, stage)
        )
        found = peer.deals[position]
        made = dispute(found.quote.total, **changes.pop("dispute", {}))
        peer.deals[position] = replace(found, dispute=made, **changes)
        return peer.deals[position]

    async def test_who_would_decide_is_said_before_it_is_paid(self, site, peer):
        found = self.show(peer, "buyer", "placed")
        page = await site.page(f"/orders/{found.id}")
        assert "If you two disagree, Judith decides." in page
        assert "No arbiter takes part" not in page

    @pytest.mark.parametrize("side", ["buyer", "seller"])
    async def test_agreeing_comes_before_asking(self, site, peer, side):
        actions = ("dispute", "release", "refund", "message")
        found = self.show(peer, side, "shipped", actions=actions)
        page = await site.page(f"/orders/{found.id}")
        other = "seller" if side == "buyer" else "buyer"
        assert f"Write to the {other} first" in page
        assert page.index("first") < page.index("Ask the arbiter to decide")
        assert "nobody else decides" not in page
        browser = 'data-wallet-verb="dispute"' in page
        assert browser == (side == "buyer")
        assert (f'action="/orders/{found.id}/dispute"' in page) != browser

    async def test_the_form_asks_the_node(self, site, peer):
        found = self.show(peer, "seller", "shipped", actions=("dispute",))
        assert (await site.post(f"/orders/{found.id}/dispute")).status_code == 303
        assert peer.calls == [("dispute", found.id)]

    @pytest.mark.parametrize("side", ["buyer", "seller"])
    async def test_while_it_is_decided_both_can_still_give(self, site, peer, side):
        given = {"by": "buyer", "until": 2_000_000_000}
        actions = ("release", "message") if side == "buyer" else ("refund", "message")
        found = self.show(peer, side, "disputed", dispute=given, actions=actions)
        page = await site.page(f"/orders/{found.id}")
        said = "You have asked" if side == "buyer" else "The buyer has asked"
        assert f"{said} the arbiter to decide." in page
        assert "If the arbiter is silent," in page
        assert ("Release the payment after all" in page) == (side == "buyer")
        assert ("Give the money back" in page) == (side == "seller")

    @pytest.mark.parametrize("side", ["buyer", "seller"])
    async def test_silence_is_said_and_can_be_acted_on(self, site, peer, side):
        given = {"by": "seller", "until": 1, "silent": True}
        found = self.show(peer, side, "disputed", dispute=given, actions=("timeout",))
        page = await site.page(f"/orders/{found.id}")
        assert "The arbiter was silent" in page and "Divide the money as agreed" in page
        unsent = given | {"sent": False}
        found = self.show(peer, side, "disputed", dispute=unsent, actions=("take_back",))
        page = await site.page(f"/orders/{found.id}")
        assert "marked as sent, so" in page

    async def test_a_decision_is_said(self, site, peer):
        given = {"by": "buyer", "ruled": True}
        found = self.show(peer, "buyer", "settled", dispute=given)
        assert "The arbiter has decided" in await site.page(f"/orders/{found.id}")
