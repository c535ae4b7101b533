"""What both agree on about the money: exact figures before anything is accepted, and a way to do it for each side."""

from dataclasses import replace

import pytest

from node.protocol.errors import InputError
from tests.web.settling import proposal, settling

SPACE = "\u00a0"


async def shown(site, peer, name: str, **changes) -> str:
    made = peer.settling[name]
    peer.deals = [replace(each, **changes) if each.id == made.id else each for each in peer.deals]
    return await site.page(f"/orders/{made.id}")


async def test_a_buyer_reads_what_they_get_and_what_stays_before_they_take_it(site, peer):
    page = await shown(site, peer, "buyer settling")
    part = page[page.index('id="proposal-1"') : page.index('aria-label="Progress"')]
    for text in (
        "The seller gives you a part back",
        f"14.80{SPACE}tUSD",
        f"59.20{SPACE}tUSD",
        "you can take it until",
        'data-wallet-verb="accept_settlement"',
        f'name="proposal" value="{peer.settling["buyer settling"].proposals[0].id}"',
    ):
        assert text in part
    own = page[page.index('id="agree"') : page.index('id="messages"')]
    assert "You have proposed" in own and f"51.80{SPACE}tUSD" in own


async def test_who_has_signed_something_knows_that_it_can_come_on_top_of_what_they_pay(site, peer):
    made, said = peer.settling["buyer settling"], "may come on top of it"
    gives, asks = proposal(made, "buyer", 0, 30), proposal(made, "buyer", 30, 0)
    assert said in await shown(site, peer, "buyer settling", proposals=(gives,))
    assert said not in await shown(site, peer, "buyer settling", proposals=(asks,))


async def test_a_seller_agrees_by_the_nodes_wallet(site, peer):
    made = peer.settling["seller settling"]
    page = await shown(site, peer, "seller settling")
    assert "It happens only if you agree" in page
    assert "data-wallet-verb" not in page
    asked = next(each for each in made.proposals if not each.mine)
    answer = await site.post(f"/orders/{made.id}/accept_settlement", {"proposal": asked.id})
    assert answer.status_code == 303
    assert peer.calls == [("accept_settlement", made.id, asked.id)]


async def test_a_draft_says_what_the_wallet_is_asked_for(site, peer):
    page = await shown(site, peer, "buyer drafting")
    draft = page[page.index('id="draft"') : page.index('aria-label="Progress"')]
    assert f"Pay 22.20{SPACE}tUSD now" in draft and 'data-wallet-verb="release_part"' in draft
    made = peer.settling["buyer drafting"]
    await site.post(f"/orders/{made.id}/drop_draft", {})
    assert peer.calls == [("drop_draft", made.id)]


@pytest.mark.parametrize(
    ("name", "verb", "form", "called"),
    [
        ("buyer settling", "release_part", {"amount": "12,5"}, ("release", 12_500_000)),
        ("seller settling", "refund_part", {"amount": "12.50"}, ("refund", 125 * 10**5)),
        (
            "buyer settling",
            "settle",
            {"to_buyer": "20", "to_seller": "", "text": "A scratch."},
            ("settle", 20_000_000, 0, "A scratch."),
        ),
    ],
)
async def test_amounts_are_typed_in_the_money_of_the_order(site, peer, name, verb, form, called):
    made = peer.settling[name]
    answer = await site.post(f"/orders/{made.id}/{verb}", form)
    assert answer.status_code == 303, answer.text
    assert peer.calls == [(called[0], made.id, *called[1:])]


async def test_what_is_refused_is_said_beside_what_was_typed(site, peer):
    made = peer.settling["buyer settling"]
    peer.refuse = InputError("order.amount", "That is more than the contract holds.", "amount")
    answer = await site.post(f"/orders/{made.id}/release_part", {"amount": "9000"})
    assert answer.status_code == 422
    page = answer.text[answer.text.index('id="agree"') :]
    assert "That is more than the contract holds." in page and 'value="9000"' in page
    assert 'id="ask-release_part" open' in page


async def test_nothing_is_offered_while_a_part_is_under_way(site, peer):
    from node.peer.views import TransactionView

    sent = TransactionView("accept_settlement", "0x" + "ab" * 32, "pending")
    page = await shown(site, peer, "buyer settling", transactions=(sent,))
    assert 'id="settling"' in page
    assert 'data-wallet-verb="accept_settlement"' not in page
    assert "Pay a part now" not in page


async def test_a_full_refund_is_taken_back_and_not_accepted_a_second_time(site, peer):
    made = peer.settling["buyer settling"]
    whole = proposal(made, "seller", 100, 0)
    page = await shown(
        site, peer, "buyer settling", proposals=(whole,), actions=settling(made).actions
    )
    assert 'data-wallet-verb="accept_settlement"' not in page


async def test_what_is_left_stands_in_the_summary_and_on_the_buttons(site, peer):
    made = peer.settling["buyer settling"]
    left = replace(made.held, amount=made.held.amount // 2)
    page = await shown(site, peer, "buyer settling", held=left, proposals=())
    assert "Still in the contract" in page
    assert f"37.00{SPACE}tUSD is in the contract" in page
