import html
import re
from dataclasses import replace

import pytest

from node.peer.troubles import TRY_AGAIN
from node.peer.views import Balance, TransactionView
from node.protocol.errors import Conflict, InputError
from node.web.pages.orders import VERBS
from tests.web.made import review
from tests.web.pages.deals import change, deal, get, post

GIVEN = {
    "decline": ({"text": "Broken"}, ("Broken",)),
    "cancel": ({"text": "Twice"}, ("Twice",)),
    "ship": ({"carrier": "La Poste", "number": "6A"}, ("La Poste", "6A")),
    "withdraw": ({"to": ""}, (None,)),
    "message": ({"text": " Hello "}, ("Hello",)),
    "review": ({"rating": "4", "text": "Fine", "language": "fr"}, (4, "Fine", "fr")),
    "change_review": ({"rating": "2", "text": "Hm", "language": "de"}, (2, "Hm", "de")),
}

APART = {"refund_part", "release_part", "settle", "accept_settlement", "drop_draft"} | {
    "show_message", "show_parts", "show_picture", "tell_arbiter",
}  # fmt: skip
"""In test_agree.py and test_cases.py, with what their forms bring."""


@pytest.mark.parametrize("verb", sorted(set(VERBS) - APART))
async def test_every_verb_reaches_the_peer(site, peer, verb):
    order = deal(peer, "funded")
    data, arguments = GIVEN.get(verb, ({}, ()))
    answer = await post(site, order, verb, **data)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/orders/{order.id}"
    name = "write_review" if verb == "review" else verb
    assert peer.calls == [(name, order.id, *arguments)]


async def test_a_refusal_is_said_on_the_page(site, peer):
    peer.refuse = Conflict("order.verb", "Accept isn't possible: the order is refunded.")
    answer = await post(site, deal(peer, "funded", "seller"), "accept")
    assert answer.status_code == 409
    assert "possible at this stage of the order" in answer.text


async def test_a_blank_message_is_refused_in_plain_words(site, peer):
    answer = await post(site, deal(peer, "funded"), "message", text=" \n ")
    assert answer.status_code == 422
    assert "Write something first." in answer.text
    assert not peer.calls


async def test_what_is_refused_has_one_place_that_is_always_there(site, peer):
    order = deal(peer, "funded", "seller")
    page = await get(site, order)
    places = re.findall(r'class="(?:note bad )?refusal"[^>]*id="(refusal[^"]*)"([^>]*)>', page)
    assert {"refusal", "refusal-accept", "refusal-message"} <= {id for id, _ in places}
    assert len(places) == len({id for id, _ in places})
    assert {hidden for _, hidden in places} == {" hidden"}
    peer.refuse = Conflict("order.verb", "No.")
    refused = (await post(site, order, "accept")).text
    assert 'id="refusal-accept">' in refused and 'id="refusal" hidden>' in refused
    peer.refuse = Conflict("order.verb", "No.")
    assert 'id="refusal">' in (await post(site, order, "release")).text


async def test_a_review_can_be_changed_or_taken_back(site, peer):
    order = deal(peer, "released")
    page = await get(site, order)
    assert "How was it?" in page and "Take my review back" not in page and " checked" not in page
    mine, can = review(3, text="So <so>"), ("change_review", "withdraw_review")
    change(peer, order, review=mine, actions=can)
    page = await get(site, order)
    assert "How was it?" not in page and "So &lt;so&gt;</textarea>" in page
    assert 'value="3" required checked' in page and page.count(" checked>") == 1
    assert "/change_review" in page and "/withdraw_review" in page


@pytest.mark.parametrize("lang", ["en", "fr"])
async def test_a_review_is_in_the_readers_language_unless_they_choose_another(site, peer, lang):
    order = deal(peer, "released")
    chosen = re.compile('<option value="([^"]*)" selected>')
    path = f"/orders/{order.id}"
    assert chosen.findall(await site.page(path, lang)) == [lang]
    can = ("change_review", "withdraw_review")
    change(peer, order, review=replace(review(3), language="pt-BR"), actions=can)
    assert chosen.findall(await site.page(path, lang)) == ["pt-BR"]
    answer = await post(site, order, "change_review", rating="9", language="de")
    assert chosen.findall(answer.text) == ["de"]


async def test_stars_are_checked(site, peer):
    answer = await post(site, deal(peer, "released"), "review", rating="9")
    assert answer.status_code == 422
    assert "Choose one to five stars." in answer.text
    assert not peer.calls


@pytest.mark.parametrize(
    ("verb", "stage", "side", "typed", "kept"),
    [
        ("message", "funded", "buyer", {"text": "One\r\n<two>"}, ["One\n&lt;two&gt;</textarea>"]),
        (
            "review",
            "released",
            "buyer",
            {"rating": "4", "text": "One\r\ntwo"},
            ["One\ntwo</textarea>", 'value="4" required checked'],
        ),
        (
            "ship",
            "accepted",
            "seller",
            {"carrier": "La Poste", "number": "6A"},
            ['value="La Poste"', 'value="6A"'],
        ),
        (
            "decline",
            "funded",
            "seller",
            {"text": "It broke"},
            ['value="It broke"', 'id="ask-decline" open'],
        ),
        ("cancel", "placed", "buyer", {"text": "Twice"}, ['value="Twice"', 'id="ask-cancel" open']),
    ],
)
async def test_a_refused_form_comes_back_as_it_was_typed(
    site, peer, verb, stage, side, typed, kept
):
    order = deal(peer, stage, side)
    peer.refuse = InputError(
        "field.length", "Note: 1 to 4000 characters are allowed; this has 0", "text"
    )
    answer = await post(site, order, verb, **typed)
    assert answer.status_code == 422
    for each in kept:
        assert each in answer.text
    form = re.search(rf'<form[^>]*action="/orders/{order.id}/{verb}".*?</form>', answer.text, re.S)
    assert f'id="refusal-{verb}">' in form[0] and "4000 characters are allowed" in form[0]
    assert answer.text.count("4000 characters are allowed") == 1


async def test_what_is_too_long_is_refused_and_never_cut(site, peer):
    for verb, stage, side, name, most in (
        ("message", "funded", "buyer", "text", 4000),
        ("ship", "accepted", "seller", "carrier", 80),
        ("ship", "accepted", "seller", "number", 120),
        ("decline", "funded", "seller", "text", 500),
    ):
        answer = await post(site, deal(peer, stage, side), verb, **{name: "x" * (most + 1)})
        assert answer.status_code == 422
        assert f"at most {most} characters are allowed" in answer.text.lower()
        assert "x" * (most + 1) in answer.text
    assert not peer.calls


async def test_two_lines_are_sent_as_two_lines(site, peer):
    order = deal(peer, "released")
    await post(site, order, "message", text="One\r\ntwo")
    await post(site, order, "review", rating="5", text="One\r\n\r\ntwo")
    assert peer.calls[0][2] == "One\ntwo"
    assert peer.calls[1][3] == "One\n\ntwo"


async def test_a_refusal_without_a_form_of_its_own_is_said_at_the_top(site, peer):
    peer.refuse = Conflict("order.verb2", "Too late for that.")
    order = deal(peer, "refunded", "seller")
    text = (await post(site, order, "accept")).text
    assert text.index("Too late for that.") < text.index("<h1")


async def test_the_address_of_a_refused_form_leads_back_to_the_order(site, peer):
    order = deal(peer, "released")
    async with site.browser(accept="text/html") as browser:
        answer = await browser.get(f"/orders/{order.id}/review")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/orders/{order.id}")
        assert (await browser.get(f"/orders/{order.id}/steal")).status_code == 404


async def test_an_unknown_verb_is_nothing(site, peer):
    assert (await post(site, deal(peer, "placed"), "steal")).status_code == 404


def compared(page: str) -> str:
    return page[
        page.index('id="compare"') : page.index(
            'id="review"' if 'id="review"' in page else 'id="messages"'
        )
    ]


async def test_the_page_shows_what_the_wallet_can_show_of_a_payment(site, peer):
    order = deal(peer, "placed")
    page = await get(site, order)
    assert "Your wallet asks twice: for a permission, which you sign" in page
    panel = compared(page)
    for shown in (
        order.contract,
        order.buyer_account,
        ">28000000<",
        ">0 ETH<",
        "5d" * 20,
    ):
        assert shown in panel
    assert order.escrow_id not in page and order.terms["seller"] not in panel
    paid = await get(site, deal(peer, "funded"))
    assert 'id="compare"' not in paid
    assert order.escrow_id in paid and order.terms["seller"] in paid


async def test_the_harsh_truth_stands_before_the_button_that_pays(site, peer):
    page = await get(site, deal(peer, "placed"))
    assert page.index("No arbiter takes part") < page.index('data-wallet-verb="fund"')


async def test_the_nodes_wallet_asks_once_and_says_what_it_pays_from(site, peer):
    order = change(peer, deal(peer, "placed"), wallet_is_node=True)
    status = peer.status()
    balance = Balance(order.quote.total.unit, "tUSD", 6, 31_000_000)
    peer.status = lambda: replace(status, balances=(balance,))
    page = await get(site, order)
    assert 'id="compare"' not in page
    form = re.search(r'<details class="inline" id="ask-fund">.*?</details>', page, re.S)[0]
    assert f'action="/orders/{order.id}/fund"' in form
    assert order.buyer_account in form and "31" in form
    peer.refuse = Conflict("chain.funds", "The account holds too little.")
    refused = (await post(site, order, "fund")).text
    form = re.search(r'<details class="inline" id="ask-fund" open>.*?</details>', refused, re.S)[0]
    assert "The account holds too little." in form


async def test_a_seller_does_the_next_thing_in_its_step(site, peer):
    page = await get(site, deal(peer, "accepted", "seller"))
    step = re.search(r'<li class="now".*?</li>', page, re.S)[0]
    assert step.index("I have sent it") < step.index("Give the money back…")
    assert page.count("I have sent it") == 1


async def test_who_has_paid_reads_what_happens_if_nothing_is_sent(site, peer):
    page = await get(site, deal(peer, "funded"))
    assert "If it isn’t marked as sent by" in page and "you take everything back here" in page


async def test_who_has_paid_reads_whether_the_order_has_arrived(site, peer):
    order = deal(peer, "funded")
    told, going = "The seller was told", "Your order hasn’t reached the seller yet"
    page = await get(site, order)
    assert told in page and going not in page
    change(peer, order, delivered_to_seller=False)
    page = await get(site, order)
    assert told not in page and going in page


async def test_everything_that_depends_on_the_state_is_swapped_at_once(site, peer):
    order = deal(peer, "released")
    page = await get(site, order)
    live = re.search(r'<div class="stack" id="order".*', page, re.S)[0]
    assert f'data-live="order:{order.id} mail:{order.counterparty.id}"' in live
    assert page[page.index("<main") :].count("data-live=") == 1
    for each in ("review", "messages", "contract"):
        assert f'id="{each}"' in live


async def test_the_wallet_pays_by_the_browser_unless_it_is_the_nodes(site, peer):
    order = deal(peer, "placed")
    assert 'data-wallet-verb="fund"' in await get(site, order)
    page = await get(site, change(peer, order, wallet_is_node=True))
    assert 'data-wallet-verb="fund"' not in page
    assert f'action="/orders/{order.id}/fund"' in page


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("declined", "Somebody else was faster"),
        ("expired", "Nothing was paid, so nothing is lost"),
        ("lapsed", "You have your money back"),
        ("late", "after the time to pay was over"),
        ("funding", "The network confirms your payment"),
        ("released", "Done: the seller is paid"),
    ],
)
async def test_each_ending_says_what_happened(site, peer, stage, said):
    assert said in await get(site, deal(peer, stage))


async def test_an_unpaid_order_can_be_cancelled_beside_paying_it(site, peer):
    order = deal(peer, "placed")
    page = await get(site, order)
    assert f'action="/orders/{order.id}/cancel"' in page
    for changes in ({"terms": None, "stage": "accepted"}, {"actions": ("cancel", "message")}):
        change(peer, order, **{"actions": ("cancel",), **changes})
        assert f'action="/orders/{order.id}/cancel"' in await get(site, order)
    for stage, side in (("funding", "buyer"), ("funded", "buyer"), ("placed", "seller")):
        assert "/cancel" not in await get(site, deal(peer, stage, side))


async def test_a_payment_that_the_node_is_about_to_send_is_not_denied(site, peer):
    order = deal(peer, "placed")
    waiting = TransactionView("fund", "", "waiting")
    change(peer, order, wallet_is_node=True, transactions=(waiting,))
    page = await get(site, order)
    assert "The network confirms your payment" in page
    assert "Nothing has been paid" not in page and "/cancel" not in page
    refused = replace(waiting, trouble="too little", rule="chain.funds")
    change(peer, order, wallet_is_node=True, transactions=(refused,))
    assert "Pay to complete your order" in await get(site, order)


async def test_a_cancelled_order_says_what_follows(site, peer):
    page = await get(site, deal(peer, "cancelled", "seller"))
    assert "The buyer cancelled this order" in page
    assert "Don’t send anything" in page and "gives it back by itself" in page
    order = deal(peer, "cancelled")
    page = await get(site, order)
    assert "You cancelled this order" in page and "Nothing was paid, so nothing is lost" in page
    assert "Cancelled before it was paid" in page
    held = change(peer, order, deadlines={"take_back_after": 9}, assurance="safe")
    page = await get(site, order)
    assert "As soon as the seller’s refund arrives" in page
    assert "It wasn’t marked as sent in time" not in page
    change(peer, held, actions=("take_back",))
    page = await get(site, order)
    assert "signed your refund" in page and 'data-wallet-verb="take_back"' in page


async def test_money_can_be_taken_back_where_it_is_due(site, peer):
    assert 'data-wallet-verb="take_back"' in await get(site, deal(peer, "declined"))
    assert 'data-wallet-verb="take_back"' not in await get(site, deal(peer, "refunded"))


REASON = "The contract doesn't take the terms of this order."


@pytest.mark.parametrize(
    ("verb", "stage", "side", "action"),
    [
        ("fund", "placed", "buyer", 'data-wallet-verb="fund"'),
        ("approve", "placed", "buyer", 'data-wallet-verb="fund"'),
        ("release", "shipped", "buyer", 'data-wallet-verb="release"'),
        ("deliver", "accepted", "seller", "/ship"),
        ("refund", "accepted", "seller", "/refund"),
    ],
)
async def test_trouble_is_said_with_a_button_to_try_again(site, peer, verb, stage, side, action):
    order = deal(peer, stage, side)
    told = TransactionView(verb, "", "given_up", REASON, "chain.reverted", (REASON, TRY_AGAIN))
    change(peer, order, transactions=(told,))
    page = await get(site, order)
    (note,) = re.findall(r'<div class="note bad">.*?Trouble with.*?</div></div>', page, re.S)
    assert html.escape(REASON, quote=False).replace("'", "&#39;") in note
    assert action in note
    assert "Try again" in note
    change(peer, order, transactions=(replace(told, advice=(REASON,)),))
    assert "Try again" not in await get(site, order)
    change(peer, order, transactions=(replace(told, advice=()),))
    assert "Trouble with" not in await get(site, order)


async def test_words_of_the_chain_are_text_and_nothing_else(site, peer):
    hostile = "“100% <b id=x>free</b> %(n)s”"
    told = TransactionView("fund", "", "given_up", hostile, "chain.reverted", (hostile,))
    page = await get(site, change(peer, peer.deals[0], transactions=(told,)))
    assert "<b id=x>" not in page
    assert "“100% &lt;b id=x&gt;" in page


async def test_an_order_of_another_chain_says_so(site, peer):
    order = deal(peer, "funded", "seller")
    assert "doesn’t follow now" not in await get(site, order)
    change(peer, order, followed=False, actions=("message",))
    page = html.unescape(await get(site, order))
    assert f"the contract {order.contract} on " in page and "doesn’t follow now" in page
    assert f"/orders/{order.id}/accept" not in page


async def test_what_never_arrived_is_said(site, peer):
    order = deal(peer, "funded")
    assert "not delivered yet" in await get(site, order)
    lost = replace(order.messages[-1], given_up=order.created + 90 * 86_400)
    change(peer, order, messages=(*order.messages[:-1], lost))
    page = await get(site, order)
    assert "sent in vain until" in page and "not delivered yet" not in page


@pytest.mark.parametrize("stage", ["placed", "funded"])
async def test_a_buyer_sees_whether_the_account_of_the_seller_is_proven_to_be_the_stalls(
    site, peer, stage
):
    said = "The stall has proven that the account which acts for it in the contract is its own."
    order = deal(peer, stage)
    assert said in await get(site, order)
    change(peer, order, seller_proven=False)
    assert said not in await get(site, order)
    assert said not in await get(site, deal(peer, "funded", "seller"))
