"""What goes wrong in a sale ends on a page that says what happened and what to do. Real browser, nodes, chain and wallet."""

import secrets
from contextlib import closing

import pytest
from playwright.sync_api import expect

from node.devchain.accounts import KEYS
from tests.end_to_end.bench import bench, wait_for
from tests.end_to_end.conftest import ACCOUNT, person, wallet_of
from tests.end_to_end.test_sale import (
    SETTLE,
    accept_and_ship,
    check_out,
    find,
    pay,
    release_and_review,
    stage,
)
from tests.end_to_end.wallet import Wallet
from tests.samples import MUG

ELSEWHERE = 11155111  # Sepolia
A_WEEK = 7 * 86_400


def error(buyer) -> str:
    """What the page says went wrong at the wallet."""
    place = buyer.page.locator("#wallet-error")
    expect(place).to_be_visible(timeout=SETTLE)
    return place.inner_text()


def cancel(buyer) -> None:
    """What nobody pays: else the next who orders the same is asked whether it is meant twice."""
    stage(buyer, "placed")
    buyer.page.get_by_text("Cancel this order").click()
    buyer.page.get_by_role("button", name="Cancel the order").click()
    stage(buyer, "cancelled")


def test_declining_in_the_wallet_moves_nothing_and_can_be_tried_again(buyer, wallet):
    find(buyer, "Olive oil soap")
    check_out(buyer)
    wallet.declines = {"eth_sendTransaction"}
    pay(buyer)
    assert "declined" in error(buyer)
    stage(buyer, "placed")
    wallet.declines = set()
    pay(buyer)
    stage(buyer, "funded")


PERMIT, SEND = "eth_signTypedData_v4", "eth_sendTransaction"
FOR_TOKENS = "Three stitched notebooks"


@pytest.mark.parametrize("code", [4200, -32601, -32004])
def test_a_wallet_that_signs_no_permission_sends_it(buyer, wallet, code):
    find(buyer, FOR_TOKENS)
    check_out(buyer)
    wallet.lacks = {PERMIT: code}
    wallet.asked.clear()
    said = said_by_the_page(buyer)
    pay(buyer)
    stage(buyer, "funded")
    assert [m for m in wallet.asked if m in (PERMIT, SEND)] == [PERMIT, SEND, SEND]
    assert "a transaction in its place" in " ".join(said())


def test_who_declines_to_sign_a_permission_is_asked_for_nothing_in_its_place(buyer, wallet):
    find(buyer, FOR_TOKENS)
    check_out(buyer)
    wallet.declines = {PERMIT}
    pay(buyer)
    assert "declined" in error(buyer)
    assert SEND not in wallet.asked
    cancel(buyer)


def said_by_the_page(buyer):
    """From now on; returns what asks for all that was said beside the button."""
    buyer.page.evaluate(
        """() => {
          window.said = [];
          const note = () => window.said.push(document.getElementById('wallet-message')?.textContent ?? '');
          new MutationObserver(note).observe(document.body, { childList: true, subtree: true, characterData: true });
        }"""
    )
    return lambda: buyer.page.evaluate("window.said")


def test_an_account_that_cannot_pay_is_told_before_the_wallet_opens(chromium, market):
    nobodys = "0x" + secrets.token_hex(32)
    with closing(Wallet(nobodys, (market.chain.chain_id, market.chain.url))) as poor:
        buyer = person(chromium, market.buyer, poor)
        find(buyer, "Olive oil soap")
        check_out(buyer)
        poor.asked.clear()
        pay(buyer)
        assert "doesn't hold enough" in error(buyer).replace("’", "'")
        assert "eth_sendTransaction" not in poor.asked
        cancel(buyer)
        buyer.page.context.close()


def test_a_wallet_on_another_chain_is_asked_to_switch(chromium, market):
    key = "0x" + KEYS[ACCOUNT + 1].hex()
    right = (market.chain.chain_id, market.chain.url)
    with closing(Wallet(key, (ELSEWHERE, market.chain.url), right)) as strayed:
        buyer = person(chromium, market.buyer, strayed)
        find(buyer, "Olive oil soap")
        check_out(buyer)
        pay(buyer)
        assert error(buyer)
        assert "eth_sendTransaction" not in strayed.asked
        buyer.page.locator("#wallet-switch button").click()
        stage(buyer, "funded")
        buyer.page.context.close()


def test_a_reload_in_the_middle_of_each_step_loses_nothing(buyer, seller):
    find(buyer, "Olive oil soap")
    buyer.page.reload()
    id = check_out(buyer)
    buyer.page.reload()
    stage(buyer, "placed")
    pay(buyer)
    buyer.page.wait_for_timeout(
        300
    )  # the transaction is sent, the page may not have told the node yet
    buyer.page.reload()
    stage(buyer, "funded")
    seller.open(f"/orders/{id}")
    seller.page.get_by_role("button", name="Accept").wait_for(timeout=SETTLE)
    seller.page.reload()
    accept_and_ship(seller, id)
    seller.page.reload()
    stage(buyer, "shipped")
    buyer.page.reload()
    buyer.page.locator("[data-wallet-verb=release]").click()
    buyer.page.wait_for_timeout(300)
    buyer.page.reload()
    stage(buyer, "released")


def test_the_sale_goes_on_after_the_sellers_node_restarts_between_payment_and_shipping(
    buyer, chromium, market
):
    find(buyer, "Olive oil soap")
    id = check_out(buyer)
    market.stop("seller")
    pay(buyer)
    stage(buyer, "funded")
    market.start_again("seller")
    seller = person(chromium, market.seller)
    wait_for(
        lambda: "accept" in market.seller.api.call("GET", f"/orders/{id}")["actions"],
        "the payment isn't seen after the restart",
    )
    accept_and_ship(seller, id)
    stage(buyer, "shipped")
    release_and_review(buyer, "Worth the wait")
    seller.page.context.close()


def test_who_pays_second_for_the_last_piece_takes_the_money_back(buyer, market):
    title = "35 mm rangefinder"
    orders = []
    for again in (False, True):
        find(buyer, title)
        orders.append(check_out(buyer, again=again))
    market.stop("seller")  # else the second is told that it is sold before it can pay
    for id in orders:
        buyer.open(f"/orders/{id}")
        pay(buyer)
        stage(buyer, "funded")
    market.start_again("seller")
    stage(buyer, "declined")
    expect(buyer.page.locator("[data-say]")).not_to_be_empty()
    buyer.page.locator("[data-wallet-verb=take_back]").click()
    stage(buyer, "refunded")
    buyer.open(f"/orders/{orders[0]}")
    stage(buyer, "funded")


def test_money_that_the_seller_does_not_answer_comes_back_by_time(chromium):
    with bench() as market:
        market.seller.api.call("POST", "/listings", {**MUG, "slug": "mug"})
        wait_for(lambda: market.buyer.api.call("GET", "/search")["total"], "no mug")
        with closing(wallet_of(market)) as wallet:
            buyer = person(chromium, market.buyer, wallet)
            find(buyer, MUG["title"])
            check_out(buyer)
            pay(buyer)
            stage(buyer, "funded")
            market.rpc("evm_increaseTime", A_WEEK)
            market.rpc("evm_mine")
            id = buyer.page.url.rsplit("/", 1)[1]
            wait_for(
                lambda: "take_back" in market.buyer.api.call("GET", f"/orders/{id}")["actions"],
                "the deadline isn't noticed",
            )
            buyer.page.reload()
            buyer.page.locator("[data-wallet-verb=take_back]").click()
            stage(buyer, "lapsed")
            expect(buyer.page.locator("[data-say]")).not_to_be_empty()
            buyer.page.context.close()


@pytest.mark.parametrize("path", ["/l/nobody/nothing", "/orders/none", "/nowhere"])
def test_what_is_not_there_says_so_and_shows_a_way_on(buyer, path):
    buyer.open(path)
    expect(buyer.page.get_by_role("heading", level=1)).to_be_visible()
    assert buyer.page.locator("main a").count()
