"""A deposit: nothing is sent for it, and every page says so."""

from dataclasses import replace

from tests.web.made import DAY, JUDITH, NOW, dispute, id_of, offered, order
from tests.web.pages.test_checkout import ORDER
from tests.web.pages.test_sell import LISTING
from tests.web.settling import settling


def deposit(peer, stage: str, side: str, **changes):
    goods = peer.goods[0] if side == "buyer" else peer.mine[0]
    made = settling(order(goods, stage, side))
    made = replace(made, id=id_of(230), terms={**made.terms, "review": 0}, **changes)
    peer.deals.append(made)
    return f"/orders/{made.id}"


async def test_it_is_said_before_anything_is_ordered(site, peer):
    peer.goods[0] = replace(peer.goods[0], review=0)
    listing = peer.goods[0]
    page = await site.page(f"/l/{listing.author.id}/{listing.slug}")
    assert "Pay the deposit" in page and "You take it back 3 days after your time to pay" in page
    assert "How escrow protects you" not in page
    page = await site.page(f"/checkout/{listing.id}")
    assert "This is a deposit: nothing is sent for it." in page
    assert "No arbiter takes part" not in page


async def test_a_buyer_knows_when_it_comes_back_and_can_leave_it(site, peer):
    page = await site.page(deposit(peer, "accepted", "buyer"))
    assert "The contract holds the deposit" in page
    assert "It is yours to take back from" in page
    assert "Leave it to the seller" in page and 'data-wallet-verb="release"' in page
    assert "To be sent" not in page


async def test_a_seller_is_not_asked_to_send_and_can_propose_to_keep_a_part(site, peer):
    page = await site.page(deposit(peer, "accepted", "seller", actions=("refund", "settle")))
    assert "I have sent it" not in page and "Send the goods" not in page
    assert "it needs the buyer’s consent" in page
    assert "Propose how to share it" in page and "Give the money back" in page


async def test_when_its_time_is_over_it_goes_back(site, peer):
    past = {"ship_by": NOW - DAY, "take_back_after": NOW - DAY}
    page = await site.page(
        deposit(peer, "accepted", "buyer", deadlines=past, actions=("take_back", "message"))
    )
    assert "The deposit goes back" in page and 'data-wallet-verb="take_back"' in page
    assert "marked as sent" not in page


async def test_a_seller_says_so_in_the_form(site, peer):
    given = {**LISTING, "deposit": "on", "review_days": ""}
    assert (await site.post("/sell/new", given)).status_code == 303
    assert peer.calls[-1][1]["offer"]["review"] == 0


async def test_who_may_decide_about_it_is_not_kept_from_its_buyer(site, peer):
    decided = dispute(peer.goods[0].price)
    page = await site.page(deposit(peer, "accepted", "buyer", dispute=decided))
    assert "only if you agree, or if the arbiter is asked before that" in page
    assert "only if you agree. You" not in page


async def test_no_arbiter_is_chosen_silently(site, peer):
    """No choice is offered, and it is said that what the seller keeps needs the buyer's consent."""
    peer.goods[0] = replace(peer.goods[0], review=0, arbiters=(offered(chosen=True),))
    assert 'name="arbiter"' not in await site.page(f"/checkout/{peer.goods[0].id}")
    answer = await site.post(f"/checkout/{peer.goods[0].id}", ORDER)
    assert answer.status_code == 303
    assert JUDITH.id not in peer.calls[0]
