import re
from dataclasses import replace

import pytest

from tests.web.conftest import Site
from tests.web.made import NOW, review
from tests.web.market import SELLER, id_of


async def shown(site: Site, listing) -> str:
    return await site.page(f"/l/{listing.author.id}/{listing.slug}")


async def test_variants_quantity_and_what_pays(site, peer):
    page = await shown(site, peer.goods[0])
    assert 'name="variant" value="iron" checked' in page
    assert "You pay in tUSD, exactly the price shown." in page


async def test_who_has_no_coin_for_the_fee_is_told_that_it_can_be_signed(site, peer):
    said = "You sign, and the seller’s node pays the fee."
    assert said not in await shown(site, peer.goods[0])
    peer.goods[0] = replace(peer.goods[0], pays_fees=True)
    assert said in await shown(site, peer.goods[0])


async def test_headline_stock_and_quantity_are_those_of_the_variant(site, peer):
    page = await shown(site, peer.goods[0])
    left = peer.goods[0].blocks[0].left["stock"]
    assert '<span class="price" data-shows="price">$28.00</span>' in page
    assert f'data-shows="stock">{left["iron"]} left<' in page
    assert f'min="1" max="{left["iron"]}" value="1"' in page
    assert f'data-price="$31.00" data-most="{left["ash"]}" data-stock="{left["ash"]} left"' in page


async def test_both_times_are_numbers_before_anything_is_bought(site, peer):
    page = await shown(site, peer.goods[0])
    assert "You have 6 hours to pay, and the seller 3 days after that to send it." in page
    assert "You have 21 days after it was sent" in page
    assert "even if nothing arrived: nobody else decides" in page


async def test_deliveries_have_prices_and_every_country_can_be_seen(site, peer):
    page = await shown(site, peer.goods[0])
    table = page[page.index("<h2>Delivery</h2>") : page.index("<h2>Details</h2>")]
    for text in ("Colissimo, France", "$4.90", "about ", "Free", "<details", "and 9 more"):
        assert text in table
    assert "Ireland" in table or "Portugal" in table


async def test_the_key_stands_beside_every_name(site, peer):
    twin = replace(peer.goods[1].author, id=id_of(77))
    peer.goods[1] = replace(peer.goods[1], author=twin)
    cards = await site.page("/")
    checkout = await site.page(f"/checkout/{peer.goods[1].id}")
    order = await site.page(f"/orders/{peer.deals[0].id}")
    orders = await site.page("/orders?side=buyer")
    assert f">{SELLER.id[:8]}</span>" in orders
    for author, page in (
        (SELLER, order),
        (SELLER, await shown(site, peer.goods[0])),
        (twin, await shown(site, peer.goods[1])),
        (twin, checkout),
    ):
        assert author.name == SELLER.name
        assert f">{author.id[:12]}</span>" in page
    assert f">{SELLER.id[:8]}</span>" in cards and f">{twin.id[:8]}</span>" in cards


async def test_reviews_say_in_words_what_they_prove(site, peer):
    page = await shown(site, peer.goods[0])
    for verdict in ("Purchase proven", "Bought, then refunded", "Purchase not proven"):
        assert verdict in page


async def test_one_that_the_chain_hasnt_been_asked_about_is_not_called_unproven(site, peer):
    waits = replace(review(4, "unverified"), checked=False)
    peer.listing = lambda author, slug: replace(peer.goods[0], reviews=(waits,))
    page = await shown(site, peer.goods[0])
    assert "Not checked yet" in page and "Purchase not proven" not in page


async def test_a_changed_review_says_when(site, peer):
    mine = review(5)
    peer.listing = lambda author, slug: replace(peer.goods[0], reviews=(mine,))
    assert "changed on" not in await shown(site, peer.goods[0])
    mine = replace(mine, changed=NOW)
    assert "changed on" in await shown(site, peer.goods[0])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "sold_out", "stock": 0, "obstacle": "sold_out"}, "The last piece is gone."),
        ({"state": "expired", "obstacle": "expired"}, "The offer has run out"),
        ({"obstacle": "chain"}, "It never pays into a contract that it doesn’t know."),
    ],
)
async def test_what_cannot_be_bought_says_why(site, peer, changes, said):
    peer.goods[0] = replace(peer.goods[0], buyable=False, **changes)
    page = await shown(site, peer.goods[0])
    assert said in page
    assert "Buy with escrow" not in page


async def test_ones_own_listing_leads_to_its_form(site, peer):
    page = await shown(site, peer.mine[0])
    assert f'href="/sell/{peer.mine[0].slug}"' in page
    assert "Buy with escrow" not in page


async def test_a_listing_without_pictures_says_so(site, peer):
    peer.goods[0] = replace(peer.goods[0], pictures=())
    assert "The seller gave no picture" in await shown(site, peer.goods[0])


async def test_a_variant_that_is_sold_out_can_be_seen_and_not_chosen(site, peer):
    block = replace(peer.goods[0].blocks[0], left={"stock": {"ash": 3}})
    peer.goods[0] = replace(peer.goods[0], blocks=(block,))
    page = await shown(site, peer.goods[0])
    iron, ash = re.findall(
        r'<label class="option"><input type="radio" name="variant".*?</label>', page
    )
    assert 'value="iron" disabled' in iron and "Sold out" in iron
    assert 'value="ash" checked required' in ash and "3 left" in ash


async def test_a_sold_out_variant_is_not_checked_out(site, peer):
    listing = peer.goods[0]
    block = replace(listing.blocks[0], left={"stock": {"ash": 3}})
    peer.goods[0] = replace(listing, blocks=(block,))
    async with site.browser(accept="text/html") as browser:
        answer = await browser.get(f"/checkout/{listing.id}?variant=iron")
        assert (answer.status_code, answer.headers["location"][:3]) == (303, "/l/")
        assert (await browser.get(f"/checkout/{listing.id}?variant=ash")).status_code == 200
