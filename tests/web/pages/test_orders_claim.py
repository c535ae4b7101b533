"""What waits in the contract: said where one would think to be paid, with the way to it."""

from dataclasses import replace

import pytest

from node.peer.views import ClaimView, TransactionView
from node.protocol.errors import InputError
from tests.web.made import BUYER, SHOP, money, order
from tests.web.market import CONTRACT, DOLLAR, ETHER
from tests.web.pages.deals import change, get, post

WAITS = money(3 * 10**6, DOLLAR)


def waiting(peer, stage, side, account=SHOP, by_node=True, **changes):
    claim = ClaimView(WAITS, account, by_node)
    made = order(peer.goods[0], stage, side, claim=claim, **changes)
    peer.deals = [made]
    return made


@pytest.mark.parametrize(
    ("stage", "side", "told"),
    [
        ("released", "seller", "Done: you are paid"),
        ("refunded", "buyer", "You have your money back"),
        ("lapsed", "buyer", "You have your money back"),
        ("settled", "seller", "Done: the money is shared out"),
    ],
)
async def test_nobody_is_told_to_be_paid_while_the_money_waits(site, peer, stage, side, told):
    waits = waiting(peer, stage, side)
    page = await get(site, waits)
    assert told not in page and "The contract has paid you" not in page
    assert "Your money waits in the contract" in page
    assert "3.00\u00a0tUSD to withdraw" in page
    assert told in await get(site, change(peer, waits, claim=None))


async def test_the_list_of_orders_says_it(site, peer):
    waiting(peer, "released", "seller")
    page = await site.page("/orders?side=seller")
    assert '<span class="tag warn">To be withdrawn</span>' in page


async def test_the_nodes_wallet_withdraws_by_a_form(site, peer):
    waits = waiting(peer, "released", "seller", actions=("withdraw", "message"))
    page = await get(site, waits)
    assert f'action="/orders/{waits.id}/withdraw"' in page and SHOP in page
    assert "data-wallet-verb" not in page and "by its own means" not in page
    for given, asked in (("", None), (" 0x12 ", "0x12")):
        answer = await post(site, waits, "withdraw", to=given)
        assert answer.headers["location"] == f"/orders/{waits.id}"
        assert peer.calls[-1] == ("withdraw", waits.id, asked)


async def test_another_account_withdraws_with_its_wallet_or_by_its_own_means(site, peer):
    waits = waiting(peer, "released", "seller", BUYER, by_node=False)
    page = await get(site, waits)
    assert 'data-wallet-verb="withdraw"' in page
    assert f'data-payer="{BUYER}"' in page
    for part in (CONTRACT, "withdraw(address token, address who, address to)", "0x" + "5d" * 20):
        assert part in page[page.index("by its own means") : page.index("</details>")]


async def test_the_chains_own_coin_is_token_zero(site, peer):
    waits = waiting(peer, "released", "seller", BUYER, by_node=False)
    coins = replace(waits.quote, total=money(10**16, ETHER))
    page = await get(site, change(peer, waits, quote=coins))
    assert f'<dt>token</dt><dd class="mono">0x{"0" * 40}</dd>' in page


async def test_an_address_that_is_none_is_said_beside_it_and_kept(site, peer):
    waits = waiting(peer, "released", "seller")
    peer.refuse = InputError("wallet.account", "That isn't an account's address.", "to")
    answer = await post(site, waits, "withdraw", to="0x12")
    assert answer.status_code == 422
    assert 'value="0x12" aria-invalid="true" aria-describedby="refusal-withdraw"' in answer.text
    assert "That isn&#39;t an account&#39;s address." in answer.text


async def test_while_it_is_withdrawn_nothing_is_asked_twice(site, peer):
    sent = TransactionView("withdraw", "0x" + "12" * 32, "pending")
    page = await get(site, waiting(peer, "released", "seller", transactions=(sent,)))
    assert 'id="claim"' in page and '/withdraw"' not in page
    assert "Sent to the network, waiting for it to be seen." in page


async def test_what_failed_is_tried_again_where_it_is_said(site, peer):
    advice = ("The contract refused it.", "You can try again.")
    failed = TransactionView("withdraw", "", "given_up", "x", "chain.reverted", advice)
    shown = waiting(peer, "released", "seller", actions=("withdraw",), transactions=(failed,))
    page = await get(site, shown)
    assert "Trouble with the withdrawal" in page
    assert page.count('/withdraw"') == 1
