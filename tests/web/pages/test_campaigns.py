"""The pages of campaigns: what they say at each stage, what can be done, and the form that starts one."""

from dataclasses import replace

import pytest

from node.protocol.errors import Conflict, InputError
from node.web.pages import routes
from tests.web.campaigning import campaign, pledged, refused
from tests.web.conftest import Site
from tests.web.made import BUYER
from tests.web.market import Market

HEAD = {"accept": "text/html", "accept-language": "en"}
FORM = {"goal": "1200", "days": "30", "stop": "30", "share.0": "40", "after.0": "0"}
FORM |= {"share.1": "60", "after.1": "60"}


@pytest.fixture
def peer() -> Market:
    return Market()


@pytest.fixture
def site(peer) -> Site:
    return Site(peer, pages_routes=routes)


async def get(site: Site, path: str) -> str:
    async with site.browser(**HEAD) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200
    return answer.text


async def post(site: Site, path: str, form: dict):
    async with site.browser(**HEAD) as browser:
        return await browser.post(path, data=form, headers={"origin": site.origin})


async def test_the_list_has_each_under_its_heading(site, peer):
    text = await get(site, "/campaigns")
    places = [text.index(f'id="{name}"') for name in ("mine", "joined", "others")]
    assert places == sorted(places)
    assert text.count('href="/campaign/') == sum(map(len, peer.running))


async def test_with_none_it_says_what_to_do(site, peer):
    peer.running = ((), (), ())
    text = await get(site, "/campaigns")
    assert "No campaign has reached your node yet" in text and 'href="/sell/new"' in text


async def test_before_pledging_a_person_is_told_what_binds_them(site, peer):
    open_ = peer.running[2][0]
    told = ("there is no way out before", "nobody can stop it", "the seller can pledge too")
    for path in (f"/campaign/{open_.id}", f"/l/{open_.listing.author.id}/{open_.listing.slug}"):
        text = await get(site, path)
        assert all(each in text for each in told)
    checkout = await get(site, f"/checkout/{open_.listing.id}")
    assert all(each in checkout for each in told)


async def test_how_much_came_from_how_many_is_shown(site, peer):
    text = await get(site, f"/campaign/{peer.running[2][0].id}")
    assert '<progress max="100" value="70"' in text
    assert "5 backers; one of them gave 57% of it" in text


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("open", ()),
        ("reached", ("Send what is due", "Object to the rest")),
        ("failed", ("Send everybody’s money back",)),
        ("stopped", ("Send everybody’s money back",)),
        ("paid", ()),
    ],
)
async def test_only_what_can_be_done_is_offered(site, peer, stage, words):
    made = pledged(campaign(peer.goods[0], stage, 0xD1))
    peer.running = ((), (made,), ())
    text = await get(site, f"/campaign/{made.id}")
    every = ("Send what is due", "Object to the rest", "Send everybody’s money back")
    assert tuple(each for each in every if each in text) == words


async def test_a_wallet_of_the_browser_objects_for_its_own_pledge(site, peer):
    made = pledged(campaign(peer.goods[0], "reached", 0xD1))
    peer.running = ((), (made,), ())
    text = await get(site, f"/campaign/{made.id}")
    assert f'data-wallet-verb="object" data-order="campaign:{made.id}"' in text
    assert f'data-payer="{made.pledges[0].account}"' in text


@pytest.mark.parametrize("verb", ["cancel", "collect", "refund", "object"])
async def test_the_wallet_of_the_node_does_it(site, peer, verb):
    id = peer.running[1][0].id
    answer = await post(site, f"/campaign/{id}/{verb}", {})
    assert answer.status_code == 303 and answer.headers["location"] == f"/campaign/{id}?done={verb}"
    assert peer.calls[-1][1] == id


async def test_what_is_refused_stands_beside_its_button(site, peer):
    failed = next(each for each in peer.running[1] if each.stage == "failed")
    peer.refuse = Conflict("campaign.verb", "Everybody has their money back.")
    answer = await post(site, f"/campaign/{failed.id}/refund", {})
    assert answer.status_code == 409
    place = answer.text.index('id="refusal-refund"')
    assert "Everybody has their money back." in answer.text[place : place + 400]


async def test_starting_one_sends_exact_terms(site, peer):
    mine = peer.preorders[1]
    form = FORM | {"asset": mine.pay_with[0].unit, "goal": "0.5"}
    answer = await post(site, f"/sell/{mine.slug}/campaign", form)
    assert answer.status_code == 303
    verb, slug, terms = peer.calls[-1]
    assert (verb, slug) == ("start_campaign", mine.slug)
    assert terms["goal"] == str(5 * 10 ** (mine.pay_with[0].decimals - 1))
    assert [each["bps"] for each in terms["tranches"]] == [4_000, 6_000]
    assert terms["tranches"][0]["at"] == terms["until"] and terms["stop_bps"] == 3_000


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"goal": "0"}, "goal"),
        ({"goal": "much"}, "goal"),
        ({"days": "0"}, "days"),
        ({"stop": "-1"}, "stop_bps"),
        ({"after.1": "9999"}, "tranches"),
        ({"share.0": "x"}, "tranches"),
    ],
)
async def test_what_is_wrong_stands_beside_its_input_and_nothing_is_lost(
    site, peer, changed, field
):
    mine = peer.preorders[1]
    form = FORM | {"asset": mine.pay_with[0].unit} | changed
    answer = await post(site, f"/sell/{mine.slug}/campaign", form)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text and 'value="60"' in answer.text
    assert not [call for call in peer.calls if call[0] == "start_campaign"]


async def test_what_the_node_finds_wrong_stands_there_too(site, peer):
    mine = peer.preorders[1]
    peer.refuse = InputError(
        "campaign.shares", "The parts must come to exactly 100 percent.", "tranches"
    )
    answer = await post(
        site, f"/sell/{mine.slug}/campaign", FORM | {"asset": mine.pay_with[0].unit}
    )
    assert answer.status_code == 422 and "exactly 100 percent" in answer.text


async def test_an_ordinary_listing_is_made_a_preorder_first(site, peer):
    text = await get(site, f"/sell/{peer.mine[0].slug}/campaign")
    assert "isn’t a pre-order yet" in text and 'id="campaign-form"' not in text


async def test_a_chain_that_does_not_answer_is_said_and_nothing_is_offered(site, peer):
    made = replace(campaign(peer.goods[0], "unknown", 0xD1))
    peer.running = ((), (), (made,))
    text = await get(site, f"/campaign/{made.id}")
    assert "The chain doesn’t say how it stands" in text and "<progress" not in text


async def test_an_order_says_how_its_pledge_stands(site, peer):
    for name, words in {
        "buyer to pledge": "Pledge to complete your order",
        "buyer to pledge first": "You are the first",
        "buyer pledged": "Nothing is to be done until the campaign ends",
        "buyer goal missed": "The goal was missed",
        "seller pledged": "only if its goal is reached",
        "seller goal reached": "accept the order",
        "seller goal missed": "Nothing is owed for this order",
    }.items():
        assert words in await get(site, f"/orders/{peer.pledges[name].id}"), name


@pytest.mark.parametrize("mine", [True, False])
async def test_what_waits_is_shown_and_withdrawn_by_whom_it_belongs_to(site, peer, mine):
    made = refused(pledged(campaign(peer.goods[0], "failed", 0xD1)), BUYER, mine)
    peer.running = ((), (made,), ())
    text = await get(site, f"/campaign/{made.id}")
    assert 'id="claim"' in text and BUYER in text
    by_browser = f'data-wallet-verb="withdraw" data-order="campaign:{made.id}"'
    assert (by_browser in text) is not mine
    answer = await post(site, f"/campaign/{made.id}/withdraw", {"to": " 0xabc "})
    assert answer.headers["location"] == f"/campaign/{made.id}?done=withdraw"
    assert peer.calls[-1] == ("withdraw_campaign", made.id, "0xabc")


async def test_what_is_no_address_stays_beside_what_is_said_of_it(site, peer):
    made = peer.running[0][1]
    peer.refuse = InputError("wallet.account", "That isn't an account's address.", "to")
    answer = await post(site, f"/campaign/{made.id}/withdraw", {"to": "0xabc"})
    assert answer.status_code == 422 and 'value="0xabc"' in answer.text
    place = answer.text.index('id="refusal-withdraw"')
    assert "an account&#39;s address" in answer.text[place : place + 500]


async def test_an_order_leads_to_what_waits_of_its_pledge(site, peer):
    made = peer.pledges["buyer to withdraw"]
    text = await get(site, f"/orders/{made.id}")
    assert f'href="/campaign/{made.pledge.campaign}#claim"' in text


@pytest.mark.parametrize(("reason", "surely"), [("funds", True), ("spent", False)])
async def test_a_sellers_word_doesnt_show_that_nothing_was_paid(site, peer, reason, surely):
    order = next(each for each in peer.deals if each.pledge and each.pledge.signed == "refused")
    about = replace(order.pledge, refused=reason)
    peer.deals = [replace(order, pledge=about) if each is order else each for each in peer.deals]
    page = await get(site, f"/orders/{order.id}")
    assert ("Nothing was paid. Sign again" in " ".join(page.split())) == surely
