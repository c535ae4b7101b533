"""Who shares the price: typed by the seller, read by the buyer before anything is signed, refused where the buyer likes."""

from dataclasses import replace

import pytest

from node.protocol.errors import InputError
from node.web.pages.shares import referrer
from tests.web.made import BUYER, CO_OP, FRIEND, id_of
from tests.web.market import SHARED, order
from tests.web.pages.test_checkout import ORDER
from tests.web.pages.test_sell import LISTING

SHARES = {
    "shares.payees.0.who": "Co-operative",
    "shares.payees.0.to": CO_OP.account,
    "shares.payees.0.share": "15",
    "shares.payees.1.who": "Designer",
    "shares.payees.1.to": FRIEND,
    "shares.payees.1.share": "2,5",
    "shares.referral": "5",
}


async def save(site, **changes):
    return await site.post("/sell/new", {**LISTING, **SHARES, **changes})


# ---- the seller's form


async def test_shares_are_typed_in_percent(site, peer):
    assert (await save(site)).status_code == 303
    offer = peer.calls[-1][1]["offer"]
    assert offer["payees"] == [
        {"to": CO_OP.account, "bps": 1_500, "name": "Co-operative"},
        {"to": FRIEND, "bps": 250, "name": "Designer"},
    ]
    assert offer["referral_bps"] == 500


async def test_nobody_need_share(site, peer):
    assert (await site.post("/sell/new", LISTING)).status_code == 303
    assert not {"payees", "referral_bps"} & set(peer.calls[-1][1]["offer"])


async def test_a_form_of_what_is_shared_shows_it(site, peer, monkeypatch):
    given = peer.editable(peer.mine[0].slug)
    payee = {"to": CO_OP.account, "bps": 1_550, "name": "Co-operative"}
    given["offer"] |= {"payees": [payee], "referral_bps": 500}
    monkeypatch.setattr(peer, "editable", lambda slug: given)
    page = await site.page(f"/sell/{peer.mine[0].slug}")
    for value in ("Co-operative", CO_OP.account, "15.50", "5.00"):
        assert f'value="{value}"' in page
    assert '<details class="panel form" id="shares" open>' in page


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("payees.0.share", "0", "A number from 0.01 to 100 is expected."),
        ("payees.0.share", "101", "A number from 0.01 to 100 is expected."),
        ("payees.0.share", "1.234", "At most 2 decimals"),
        ("payees.0.to", "0x12", "address"),
        ("payees.0.who", "", "This is needed."),
        ("referral", "20.01", "A number from 0.01 to 20 is expected."),
    ],
)
async def test_what_is_wrong_is_said_beside_it(site, peer, name, typed, says):
    answer = await save(site, **{f"shares.{name}": typed})
    assert answer.status_code == 422
    assert not peer.calls
    spot = f"field-shares-{name.replace('.', '-')}-error"
    assert says in answer.text[answer.text.index(f'id="{spot}"') :][:700]


async def test_what_the_peer_refuses_is_said_where_it_belongs(site, peer):
    for rule, field in (("listing.shares", None), ("field.range", "offer.payees.0.bps")):
        peer.refuse = InputError(rule, "Payees share at most everything.", field)
        answer = await save(site)
        assert answer.status_code == 422
        assert "Payees share at most everything." in answer.text


async def test_a_row_more_is_open_and_has_the_focus(site):
    page = await save(site, _add="shares.payees")
    assert '<details class="panel form" id="shares" open>' in page.text
    row = page.text[page.text.index('name="shares.payees.2.who"') :][:40]
    assert "autofocus" in row


# ---- the buyer


def address(listing, ref: str) -> str:
    return f"/l/{listing.author.id}/{listing.slug}?ref={ref}"


async def test_a_listing_says_who_shares_its_price(site, peer):
    listing = peer.goods[SHARED]
    page = await site.page(f"/l/{listing.author.id}/{listing.slug}")
    assert "The price is shared: 15% to Co-operative of Alsace, 2.5% to Designer." in page
    assert CO_OP.account in page
    assert "sent you" not in page


async def test_who_sent_the_buyer_is_named_and_goes_on_to_the_checkout(site, peer):
    listing = peer.goods[SHARED]
    page = await site.page(address(listing, FRIEND))
    assert "0xF0F0…F0F0 sent you: 5% of the price goes to them".lower() in page.lower()
    assert f'name="ref" value="{FRIEND}"'.lower() in page.lower()
    checkout = await site.page(f"/checkout/{listing.id}?ref={FRIEND}")
    assert 'name="refer" value="on" checked' in checkout
    assert CO_OP.account in checkout
    assert "5% of it goes to who sent you here" in checkout


@pytest.mark.parametrize("ref", ["0x12", "Anna", "0x" + "00" * 20, "<script>"])
async def test_what_is_no_account_names_nobody(site, peer, ref):
    assert "sent you" not in await site.page(address(peer.goods[SHARED], ref))


async def test_an_offer_without_such_a_share_names_nobody(site, peer):
    assert referrer(peer.goods[0], {"ref": FRIEND}) == ""
    assert "sent you" not in await site.page(address(peer.goods[0], FRIEND))


async def ordered(site, peer, **more):
    listing = peer.goods[SHARED]
    variant = listing.blocks[0].data["variants"][0]["id"]
    data = {**ORDER, "line.variant": variant, "line.quantity": "1", "referrer": FRIEND, **more}
    answer = await site.post(f"/checkout/{listing.id}", data)
    assert answer.status_code == 303, answer.text
    return peer.calls[-1]


async def test_the_referrer_is_named_in_the_order_unless_the_buyer_refuses(site, peer):
    assert (await ordered(site, peer, refer="on"))[-1].lower() == FRIEND.lower()
    assert (await ordered(site, peer))[-1] == BUYER  # the account that pays: nobody after it


async def test_an_order_shows_the_shares_before_it_is_paid_and_what_came_of_them(site, peer):
    unpaid = replace(order(peer.goods[SHARED], "placed"), id=id_of(201))
    paid = replace(order(peer.goods[SHARED], "released"), id=id_of(202))
    peer.deals += [unpaid, paid]
    page = await site.page(f"/orders/{unpaid.id}")
    compare = page[page.index('id="compare"') : page.index('aria-label="Summary"')]
    assert "15% to Co-operative of Alsace" in compare
    assert CO_OP.account in compare
    assert "5% to whoever sent the buyer" in compare
    assert "9.75\u00a0tUSD paid" in await site.page(f"/orders/{paid.id}")


async def test_the_owner_is_told_the_link_that_names_them(site, peer):
    listing = peer.goods[SHARED]
    page = await site.page(f"/l/{listing.author.id}/{listing.slug}")
    assert f"?ref={peer.wallet}" in page
