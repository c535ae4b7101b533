"""How orders are drawn: what a person needs first stands first, and what is over looks over."""

import re
from dataclasses import replace

import pytest

from node.web.pages import routes
from tests.web.conftest import Site
from tests.web.made import SHOP, order
from tests.web.market import Market


@pytest.fixture
def peer() -> Market:
    return Market()


@pytest.fixture
def site(peer) -> Site:
    return Site(peer, pages_routes=routes)


async def shown(site, peer, stage, side="buyer", **changes) -> str:
    peer.deals = [order(peer.goods[0], stage, side, **changes)]
    async with site.browser(accept="text/html") as browser:
        return (await browser.get(f"/orders/{peer.deals[0].id}")).text


async def listed(site, peer, stage) -> str:
    peer.deals = [order(peer.goods[0], stage)]
    async with site.browser(accept="text/html") as browser:
        return (await browser.get("/orders?side=buyer")).text


async def test_a_seller_reads_the_address_right_after_the_steps(site, peer):
    page = await shown(site, peer, "accepted", "seller")
    places = [page.index(f'id="{part}"') for part in ("delivery", "messages", "summary-title")]
    assert places == sorted(places)
    assert page.count("12 rue des Lilas") == 1


async def test_a_buyer_knows_the_address_already(site, peer):
    page = await shown(site, peer, "accepted")
    assert page.index('id="messages"') < page.index('id="delivery"')


@pytest.mark.parametrize("side", ["buyer", "seller"])
async def test_addresses_of_the_contract_are_folded(site, peer, side):
    page = await shown(site, peer, "accepted", side)
    folded = re.search(r'<details class="panel" id="contract">.*?</details>', page, re.DOTALL)
    assert folded and peer.deals[0].contract in folded[0]


async def test_what_is_taken_back_is_said_with_its_amount_and_once(site, peer):
    page = await shown(site, peer, "declined", wallet_is_node=True, buyer_account=SHOP)
    total = peer.deals[0].quote.total
    assert f"Take {total.amount / 10**total.decimals:.2f}\u00a0{total.symbol} back" in page
    assert "The seller has signed your refund: you can fetch it now." in page
    assert "The seller’s refund is signed and waits for you." not in page


@pytest.mark.parametrize("stage", ["cancelled", "refunded", "lapsed", "settled", "expired"])
async def test_what_ended_is_drawn_as_ended(site, peer, stage):
    page = await listed(site, peer, stage)
    assert 'aria-label="Ended"><i class="ended"></i></div>' in page


@pytest.mark.parametrize(
    ("stage", "side", "named"),
    [
        ("cancelled", "buyer", "Cancelled by you"),
        ("cancelled", "seller", "Cancelled by the buyer"),
        ("declined", "buyer", "Declined by the seller"),
        ("declined", "seller", "Declined by you"),
        ("lapsed", "buyer", "Not sent in time"),
        ("expired", "buyer", "Not paid"),
    ],
)
async def test_the_step_that_ended_an_order_names_what_happened(site, peer, stage, side, named):
    order = peer.deals[0] = next(
        each for each in peer.deals if (each.stage, each.side) == (stage, side)
    )
    page = await site.page(f"/orders/{order.id}")
    (failed,) = re.findall(r'<li class="fail">.*?<h2 class="title">(.*?)</h2>', page, re.S)
    assert failed == named


async def test_no_words_are_put_into_a_sellers_mouth(site, peer):
    page = await declined(site, peer, {"reason": "other"})
    assert "<q" not in page and "nother reason" not in page
    page = await declined(site, peer, {"reason": "sold_out"})
    assert page.count("The last piece has just been sold.") == 2 and "<q" not in page
    page = await declined(site, peer, {"reason": "other"}, "It broke")
    assert page.count('<q class="plain-text">It broke</q>') == 2


async def declined(site, peer, data: dict[str, str], text: str = "") -> str:
    """The page of a declined order, with this as the seller's last word."""
    order = next(each for each in peer.deals if each.stage == "declined")
    messages = [
        replace(each, data=data, text=text) if each.step == "decline" else each
        for each in order.messages
    ]
    peer.deals = [
        replace(order, messages=tuple(messages), decline={**data, "text": "Another reason."})
    ]
    return await site.page(f"/orders/{order.id}")


async def test_the_seller_waits_for_the_network_only_until_it_has_confirmed(site, peer):
    waits = "The seller answers once the network has confirmed the payment."
    order = next(each for each in peer.deals if (each.stage, each.side) == ("funded", "buyer"))
    for assurance, said in (("seen", True), ("safe", False), ("final", False)):
        peer.deals = [replace(order, assurance=assurance)]
        assert (waits in await site.page(f"/orders/{order.id}")) is said


@pytest.mark.parametrize(
    "assurance, said",
    [
        ("seen", "Seen, with 3 blocks on it. The network could still undo it."),
        ("safe", "Safe: undoing it would take a failure of the network."),
        ("final", "Final: it can’t be undone."),
    ],
)
async def test_how_settled_the_money_is_is_said_at_every_stage(site, peer, assurance, said):
    paid = [each for each in peer.deals if each.assurance != "none"]
    assert {"funded", "accepted", "shipped", "released"} <= {each.stage for each in paid}
    for each in paid:
        peer.deals = [replace(each, assurance=assurance, confirmations=3)]
        shown = await site.page(f"/orders/{each.id}")
        assert said in shown.partition('id="settled"')[2].partition("</div>")[0], each.stage


async def test_who_speaks_stands_with_a_capital(site, peer):
    order = next(each for each in peer.deals if each.side == "seller")
    note = replace(order.messages[-1], mine=False)
    nobody = replace(order.counterparty, name="")
    peer.deals = [replace(order, counterparty=nobody, messages=(note,))]
    assert '<p class="small">The buyer · ' in await site.page(f"/orders/{order.id}")


async def test_what_is_compared_stands_in_the_step_that_pays_below_its_button(site, peer):
    page = await site.page(f"/orders/{peer.deals[0].id}")
    (step,) = re.findall(r'<li class="now".*?</div></div></li>', page, re.S)
    assert 0 < step.index('data-wallet-verb="fund"') < step.index('id="compare"')


async def test_a_sale_is_whole_without_a_review(site, peer):
    page = await listed(site, peer, "released")
    assert 'aria-label="Step 5 of 5"' in page


async def test_a_payment_that_is_still_to_come_back_is_not_over(site, peer):
    assert '<i class="ended">' not in await listed(site, peer, "declined")


async def test_another_refund_says_why_it_can_be_taken(site, peer):
    page = await shown(site, peer, "shipped")
    peer.deals = [replace(peer.deals[0], actions=("take_back",), deadlines={"refund_until": 1})]
    async with site.browser(accept="text/html") as browser:
        page = (await browser.get(f"/orders/{peer.deals[0].id}")).text
    assert "The seller’s refund is signed and waits for you." in page
