import json
from dataclasses import replace

import pytest

from node.peer.funds import SENTENCES
from node.peer.views import (
    ClaimView,
    MessageView,
    PayeeView,
    ProposalView,
    ReviewView,
    TransactionView,
)
from node.protocol.errors import Conflict
from tests.cli.conftest import refusal
from tests.fakes.peer import BIG, ORDER, money, order


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (("fund",), ("fund", ORDER)),
        (("authorize",), ("authorize", ORDER)),
        (("pledge",), ("pledge", ORDER)),
        (("pledge", "--without-fees"), ("authorize", ORDER)),
        (("relay",), ("relay", ORDER)),
        (("sign-release",), ("sign_release", ORDER)),
        (("accept",), ("accept", ORDER)),
        (("decline", "--text", "Sold out"), ("decline", ORDER, "Sold out")),
        (("cancel",), ("cancel", ORDER, "")),
        (("cancel", "--text", "Ordered twice"), ("cancel", ORDER, "Ordered twice")),
        (("ship", "--carrier", "Post", "--tracking", "7"), ("ship", ORDER, "Post", "7")),
        (("ship",), ("ship", ORDER, "", "")),
        (("release",), ("release", ORDER)),
        (("refund",), ("refund", ORDER)),
        (("release", "--amount", "1.5"), ("release", ORDER, 15 * 10**17)),
        (("refund", "--amount", "0.25 ETH"), ("refund", ORDER, 25 * 10**16)),
        (("settle", "--to-buyer", "1"), ("settle", ORDER, 10**18, 0, "", 14)),
        (
            ("settle", "--to-buyer", "1", "--to-seller", "2", "--text", "Fair?", "--days", "3"),
            ("settle", ORDER, 10**18, 2 * 10**18, "Fair?", 3),
        ),
        (("accept-settlement",), ("accept_settlement", ORDER, None)),
        (("accept-settlement", "--proposal", "abc"), ("accept_settlement", ORDER, "abc")),
        (("drop-draft",), ("drop_draft", ORDER)),
        (("timeout",), ("timeout", ORDER)),
        (("dispute",), ("dispute", ORDER)),
        (("take-back",), ("take_back", ORDER)),
        (("review", "--rating", "4", "--text", "Fine"), ("write_review", ORDER, 4, "Fine", "en")),
        (("review", "--rating", "4", "--language", "fr"), ("write_review", ORDER, 4, "", "fr")),
        (
            ("change-review", "--rating", "2", "--text", "Hm"),
            ("change_review", ORDER, 2, "Hm", None),
        ),
        (
            ("change-review", "--rating", "2", "--language", "fr"),
            ("change_review", ORDER, 2, "", "fr"),
        ),
        (("withdraw-review",), ("withdraw_review", ORDER)),
        (("withdraw",), ("withdraw", ORDER, None)),
        (("withdraw", "--to", "0x1"), ("withdraw", ORDER, "0x1")),
        (("message", "--text", "Hello"), ("message", ORDER, "Hello")),
    ],
)
def test_each_verb_moves_the_order_on(type_, peer, words, asked):
    result = type_("order", words[0], ORDER, *words[1:])
    assert result.exit_code == 0, result.stderr
    assert peer.asked == [asked]
    assert ORDER in result.stdout
    assert json.loads(type_("order", words[0], ORDER, *words[1:], "--json").stdout)["id"] == ORDER


@pytest.mark.parametrize("amount", ["1 EUR", "-1", "1.0000000000000000001", "much", ""])
def test_an_amount_is_in_the_money_of_the_order(type_, peer, amount):
    result = type_("order", "release", ORDER, "--amount", amount)
    assert result.exit_code != 0
    assert "ETH, such as 12.50" in result.stderr
    assert peer.asked == []


def test_an_order_says_what_is_held_and_proposed(type_, peer):
    sums = {"to_buyer": money(10**18), "to_seller": money(0), "left": money(24 * 10**18)}
    theirs = ProposalView("p" * 52, "seller", False, **sums, until=1_900_000_000, binding=True)
    mine = replace(theirs, by="buyer", mine=True, binding=False)
    peer.placed[ORDER] = replace(
        order(), held=money(), proposals=(theirs, mine), draft=replace(mine, id="")
    )
    shown = type_("order", "show", ORDER).stdout
    assert "25.00 ETH in the contract" in shown
    assert "1.00 ETH to the buyer, 24.00 ETH stays in escrow; `accept-settlement` takes it" in shown
    assert "you, until" in shown and "it needs their consent" in shown
    assert "Sign it on the page" in shown


def test_a_review_is_in_the_language_of_the_locale(type_, peer, monkeypatch):
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    type_("order", "review", ORDER, "--rating", "5")
    assert peer.asked == [("write_review", ORDER, 5, "", "fr-FR")]


def test_a_buyer_may_name_who_sent_them(type_, peer):
    friend = "0x" + "f0" * 20
    result = type_(
        *("order", "place", "d" * 52, "--line", "quantity=1", "--delivery", "option=pickup"),
        *("--referrer", friend),
    )
    assert result.exit_code == 0, result.stderr
    assert peer.asked[0][-1] == friend


def test_an_order_says_who_shares_and_what_they_got(type_, peer):
    payee = PayeeView("0x" + "c0" * 20, 250, "Designer", money(5 * 10**17))
    friend = PayeeView("0x" + "f0" * 20, 500, "", money(0))
    peer.placed[ORDER] = replace(order(), payees=(payee, friend))
    shown = type_("order", "show", ORDER).stdout
    assert f"2.5 % of what the seller gets, to {payee.account} (Designer): 0.50 ETH so far" in shown
    assert f"5 % of what the seller gets, to {friend.account} (the referrer)\n" in shown


def test_place_reads_the_fields_of_lines_and_delivery(type_, peer):
    result = type_(
        *("order", "place", "d" * 52, "--line", "variant=blue", "--line", "quantity=2"),
        *("--delivery", "option=post", "--delivery", 'address:=["12 rue des Lilas", "67000 X"]'),
        *("--delivery", "contact=0612", "--delivery", "name=a=b", "--asset", "eip155:1/slip44:60"),
        *("--account", "0x" + "11" * 20, "--text", "Please wrap it"),
    )
    assert result.exit_code == 0, result.stderr
    delivery = {
        "option": "post",
        "address": ["12 rue des Lilas", "67000 X"],
        "contact": "0612",
        "name": "a=b",
    }
    assert peer.asked == [
        (
            "place_order",
            "d" * 52,
            [{"variant": "blue", "quantity": 2}],
            delivery,
            "eip155:1/slip44:60",
            "0x" + "11" * 20,
            "Please wrap it",
        )
    ]


@pytest.mark.parametrize("value", ["quantity", "=2", ":=2", "address:=[1"])
def test_what_is_no_field_is_wrong_usage(type_, peer, value):
    assert type_("order", "place", "d" * 52, "--delivery", value).exit_code == 2
    assert peer.asked == []


def test_the_list_can_be_narrowed(type_, peer):
    result = type_("order", "list", "--side", "seller", "--stage", "funded")
    assert peer.asked == [("orders", "seller", "funded", None, 50)]
    assert "placed" in result.stdout
    peer.placed = {}
    assert type_("order", "list").stdout == "No orders.\n"
    assert json.loads(type_("order", "list", "--json").stdout)["orders"] == []


def test_a_long_list_is_asked_for_in_parts_and_says_how_to_go_on(type_, peer):
    peer.placed = {f"{n:052}": order(f"{n:052}") for n in range(250)}
    shown = type_("order", "list", "--limit", "240").stdout
    assert [asked[3:] for asked in peer.asked] == [(None, 100), ("100", 100), ("200", 40)]
    *rows, hint = shown.splitlines()
    assert len(rows) == 241
    assert hint.endswith("--after 240")
    rest = type_("order", "list", "--after", "240").stdout
    assert len(rest.splitlines()) == 11
    assert "--after" not in rest
    answer = json.loads(type_("order", "list", "--limit", "3", "--json").stdout)
    assert (len(answer["orders"]), answer["next"]) == (3, "3")


@pytest.mark.parametrize("limit", ["0", "10001", "few"])
def test_a_list_has_a_sensible_length(type_, peer, limit):
    assert type_("order", "list", "--limit", limit).exit_code == 2
    assert peer.asked == []


def test_the_node_completes_the_first_letters_of_an_id(type_, peer):
    other = "cd" + "e" * 50
    peer.placed[other] = order(other)
    assert other in type_("order", "show", "cd").stdout
    assert type_("order", "accept", "cd").exit_code == 0
    assert peer.asked == [("accept", other)]


@pytest.mark.parametrize("id", ["zzz", "z" * 52, "../status", "C", "", "c" * 53])
def test_an_unknown_order_is_exit_code_4(type_, id):
    assert type_("order", "show", id).exit_code == 4


def test_an_order_is_shown_with_all_that_matters(type_, peer):
    peer.placed[ORDER] = replace(
        order(stage="shipped"),
        assurance="safe",
        tracking={"carrier": "La Poste", "number": "6A1"},
        messages=(MessageView("m", False, "note", "On its way", 1_700_000_000, True),),
        actions=("release", "take_back"),
        transactions=(
            TransactionView(
                "take_back", "", "given_up", "x", "chain.reverted", ("Refused.", "Wait.")
            ),
            TransactionView("fund", "0x", "mined"),
        ),
    )
    shown = type_("order", "show", ORDER).stdout
    for text in (
        *(
            "25.00 ETH",
            "stage       shipped",
            "La Poste",
            "6A1",
            "On its way",
            "2023-11-14 22:13 UTC",
        ),
        *("fund by", "2027-01-15 08:00 UTC", "0x" + "22" * 32, "release, take-back", "Bob"),
        "trouble     take-back: Refused. Wait.",
    ):
        assert text in shown


@pytest.mark.parametrize(
    "assurance, blocks, said",
    [
        ("seen", 1, "money       seen, in 1 block: the network could still undo it"),
        ("seen", 3, "money       seen, in 3 blocks: "),
        ("safe", 9, "money       safe, in 9 blocks: "),
        ("final", 99, "money       final: it can't be undone"),
    ],
)
def test_how_settled_the_money_is_is_said(type_, peer, assurance, blocks, said):
    peer.placed[ORDER] = replace(order(stage="funded"), assurance=assurance, confirmations=blocks)
    assert said in type_("order", "show", ORDER).stdout
    peer.placed[ORDER] = order()
    assert "money  " not in type_("order", "show", ORDER).stdout


def test_what_was_ordered_and_where_it_goes_is_shown(type_, peer):
    written = ReviewView("r", 4, "Well packed.", "en", 1_700_000_000, "verified", "")
    peer.placed[ORDER] = replace(
        order(side="seller"),
        lines=({"variant": "blue", "quantity": 2},),
        delivery={"option": "post", "name": "Anna", "address": ["12 rue des Lilas", "67000 X"]},
        review=written,
    )
    shown = type_("order", "show", ORDER).stdout
    assert "variant blue; quantity 2" in shown
    assert "option post; name Anna; address 12 rue des Lilas, 67000 X" in shown
    assert "4 of 5. Well packed." in shown


def test_the_account_of_the_seller_is_named_to_the_buyer_if_it_is_proven(type_, peer):
    said = "0xabc, which the stall has proven to be its own"
    shown = {"terms": {"seller": "0xabc"}, "seller_proven": True}
    assert said not in type_("order", "show", ORDER).stdout
    peer.placed[ORDER] = replace(order(), **shown)
    assert said in type_("order", "show", ORDER).stdout
    peer.placed[ORDER] = replace(order(side="seller"), **shown)
    assert said not in type_("order", "show", ORDER).stdout


def test_an_order_of_another_chain_says_so(type_, peer):
    assert "doesn't follow" not in type_("order", "show", ORDER).stdout
    peer.placed[ORDER] = replace(order(), followed=False)
    assert "doesn't follow that contract now" in type_("order", "show", ORDER).stdout


@pytest.mark.parametrize(
    ("by_node", "who"), [(True, "the node's own wallet"), (False, "0x" + "44" * 20)]
)
def test_what_waits_in_the_contract_is_said_with_who_can_withdraw_it(type_, peer, by_node, who):
    claim = ClaimView(money(), "0x" + "44" * 20, by_node)
    peer.placed[ORDER] = replace(order(stage="released"), claim=claim)
    shown = type_("order", "show", ORDER).stdout
    assert (
        f"25.00 ETH in the contract, which couldn't be paid out: only {who} can withdraw" in shown
    )
    told = json.loads(type_("order", "show", ORDER, "--json").stdout)["claim"]
    assert (told["amount"]["amount"], told["wallet_is_node"]) == (str(BIG), by_node)


def test_what_has_not_arrived_is_said(type_, peer):
    waiting = MessageView("m", True, "note", "Hello", 1_700_000_000, False)
    lost = replace(waiting, text="Are you there?", given_up=1_700_000_000)
    peer.placed[ORDER] = replace(order(stage="shipped"), messages=(waiting, lost))
    shown = type_("order", "show", ORDER).stdout
    assert "Hello (not delivered yet)" in shown
    assert "Are you there? (sent in vain until 2023-11-14 22:13 UTC)" in shown


def test_a_rating_is_one_to_five(type_, peer):
    assert type_("order", "review", ORDER, "--rating", "6").exit_code == 2
    assert type_("order", "review", ORDER).exit_code == 2
    assert type_("order", "change-review", ORDER, "--text", "Better").exit_code == 2
    assert peer.asked == []


def began(status: str = "waiting", **more) -> object:
    return replace(order(), transactions=(TransactionView("fund", "", status, **more),))


@pytest.mark.parametrize(
    "verb", ["fund", "ship", "release", "refund", "timeout", "take-back", "withdraw"]
)
def test_what_the_chain_needs_is_said_to_be_only_begun(type_, peer, verb):
    peer.placed[ORDER] = began()
    last = type_("order", verb, ORDER).stdout.splitlines()[-1]
    assert (
        last == "The node is sending it to the chain; `etal order show cccccccc` tells how it goes."
    )
    peer.placed[ORDER] = began("mined")
    assert "is sending it" not in type_("order", verb, ORDER).stdout
    json.loads(type_("order", verb, ORDER, "--json").stdout)


def test_one_can_wait_for_the_chain(type_, peer, monkeypatch):
    steps = [began("sent"), began("pending"), replace(began("mined"), stage="funded")]
    monkeypatch.setattr("time.sleep", lambda seconds: peer.placed.update({ORDER: steps.pop(0)}))
    peer.placed[ORDER] = began()
    result = type_("order", "fund", ORDER, "--wait")
    assert (result.exit_code, steps) == (0, [])
    assert "funded" in result.stdout


def test_what_is_waited_for_may_be_refused_or_take_too_long(type_, peer, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    peer.placed[ORDER] = began(
        "given_up", trouble="x", rule="chain.reverted", advice=("Refused.", "Wait.")
    )
    result = type_("order", "fund", ORDER, "--wait")
    assert (result.exit_code, refusal(result)) == (1, "Refused. Wait.")
    monkeypatch.setattr("node.cli.moving.WAIT_LIMIT", 0.0)
    peer.placed[ORDER] = began()
    result = type_("order", "fund", ORDER, "--wait")
    assert (result.exit_code, "goes on trying" in refusal(result)) == (5, True)


def test_an_empty_message_is_refused_in_words(type_, peer):
    result = type_("order", "message", ORDER, "--text", "")
    assert (result.exit_code, refusal(result)) == (1, "text: It must not be empty.")


def test_a_wallet_that_lacks_something_is_exit_code_1(type_, peer):
    peer.fails = Conflict("chain.funds", SENTENCES["token"])
    result = type_("order", "fund", ORDER)
    assert (result.exit_code, refusal(result)) == (1, SENTENCES["token"])


def test_several_orders_are_paid_or_released_by_one_transaction(type_, peer):
    other = "e" * 52
    peer.placed[other] = order(other)
    for verb in ("fund", "release"):
        peer.asked.clear()
        peer.placed = {id: replace(each, actions=(verb,)) for id, each in peer.placed.items()}
        result = type_("order", verb, ORDER, other)
        assert result.exit_code == 0, result.stderr
        assert peer.asked == [("together", [ORDER, other], verb)]
        assert ORDER in result.stdout and other in result.stdout


def test_what_is_left_out_of_several_is_said(type_, peer):
    other = "e" * 52
    peer.placed[other] = replace(order(other), actions=())
    shown = type_("order", "fund", ORDER, other).stdout
    assert f"Left out: {other[:12]}: This has just been sold." in shown
    answer = json.loads(type_("order", "fund", ORDER, other, "--json").stdout)
    assert [each["id"] for each in answer["left_out"]] == [other]
    peer.placed[ORDER] = replace(order(), actions=())
    assert type_("order", "fund", ORDER, other).exit_code == 1
