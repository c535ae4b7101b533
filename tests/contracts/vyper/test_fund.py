"""Money in: who may pay, which terms are taken, what the logs say."""

from dataclasses import replace

import boa
import pytest
from eth_abi import encode
from eth_account import Account
from eth_utils import keccak
from world import AMOUNT, FUNCTIONS, RICH, START

from node.protocol.escrow import DAY, HOUR, NOBODY, NOWHERE, Funded, Payees, State

SHIP = START + 7 * DAY


def test_coin_is_held_and_the_word_is_written(world):
    terms = world.funded()
    assert world.pot(terms) == (AMOUNT, START, SHIP, State.FUNDED)
    assert world.balance(NOBODY, world.escrow.address) == AMOUNT
    assert world.balance(NOBODY, "buyer") == RICH - AMOUNT


def test_a_token_is_held_by_exact_balance(world):
    world.funded(token=world.token.address)
    assert world.balance(world.token.address, world.escrow.address) == AMOUNT
    assert world.balance(world.token.address, "buyer") == RICH - AMOUNT


def test_the_log_holds_the_terms_whole(world):
    terms = world.terms()
    done = world.ok("buyer", "fund", terms, [], value=AMOUNT)
    assert done.logs == [Funded(world.id(terms), terms, START, NOWHERE)]


def test_the_log_holds_the_payees(world):
    payees = world.payees()
    done = world.ok("buyer", "fund", world.terms(payees), payees, value=AMOUNT)
    funded, listed = done.logs
    assert listed == Payees(funded.id, tuple(payees))


def test_funding_buried_in_a_wallet_is_logged_all_the_same(world):
    wallet = world.account()
    terms = world.terms(buyer=wallet.address)
    data = world.calldata("buyer", "fund", terms, [])
    wallet.execute(world.escrow.address, AMOUNT, data, sender=world.stranger)
    [event] = world.logs(wallet.computation)
    assert event == Funded(world.id(terms), terms, START, NOWHERE)
    assert world.pot(terms)[0] == AMOUNT


@pytest.mark.parametrize("role", ["seller", "payout", "arbiter", "stranger"])
@pytest.mark.parametrize("coin", [True, False])
def test_nobody_but_the_buyer_pays(world, role, coin):
    terms = world.terms(token=NOBODY if coin else world.token.address)
    value = AMOUNT if coin else 0
    assert world.do(role, "fund", terms, [], value=value).reason == "not the buyer"
    permit = world.do(role, "fundWithPermit", terms, [], 2**255, 27, bytes(32), bytes(32))
    assert permit.reason == "not the buyer"


@pytest.mark.parametrize("state", ["funded", "delivered", "disputed", "contested"])
def test_a_live_order_is_not_funded_again(world, state):
    terms = world.brought_to(state)
    assert world.do("buyer", "fund", terms, [], value=AMOUNT).reason == "funded already"


def test_a_closed_order_can_be_funded_again_by_its_buyer_alone(world):
    terms = world.brought_to("closed")
    assert world.do("stranger", "fund", terms, [], value=AMOUNT).reason == "not the buyer"
    world.ok("buyer", "fund", terms, [], value=AMOUNT)


@pytest.mark.parametrize("value", [0, 1, AMOUNT - 1, AMOUNT + 1])
def test_the_value_is_the_amount(world, value):
    assert world.do("buyer", "fund", world.terms(), [], value=value).reason == (
        "value is not the amount"
    )


def test_no_value_beside_a_token(world):
    terms = world.terms(token=world.token.address)
    assert world.do("buyer", "fund", terms, [], value=1).reason == "value beside a token"
    permit = (terms, [], 2**255, 27, bytes(32), bytes(32))
    assert world.do("buyer", "fundWithPermit", *permit, value=1).reason is not None


GOOD = [
    {"amount": 1},
    {"ship_by": START + 1},
    {"ship_by": START + 180 * DAY},
    {"review": 0},
    {"review": HOUR},
    {"review": 90 * DAY},
    {"ruling": DAY},
    {"ruling": 90 * DAY},
    {"arbiter": NOBODY, "ruling": 0},
    {"arbiter_bps": 0},
    {"arbiter_bps": 2_000},
    {"lapse_bps": 0},
    {"lapse_bps": 10_000},
    {"payout": "seller"},
    {"payout": "buyer"},
    {"seller": "buyer"},
]
BAD = [
    ({"amount": 0}, "amount is zero"),
    ({"seller": NOBODY}, "bad seller"),
    ({"payout": NOBODY}, "bad payout"),
    ({"payout": "escrow"}, "bad payout"),
    ({"ship_by": 0}, "bad ship date"),
    ({"ship_by": START}, "bad ship date"),
    ({"ship_by": START + 180 * DAY + 1}, "bad ship date"),
    ({"ship_by": 2**40 - 1}, "bad ship date"),
    ({"review": 1}, "bad review time"),
    ({"review": HOUR - 1}, "bad review time"),
    ({"review": 90 * DAY + 1}, "bad review time"),
    ({"review": 2**32 - 1}, "bad review time"),
    ({"ruling": 0}, "bad ruling time"),
    ({"ruling": DAY - 1}, "bad ruling time"),
    ({"ruling": 90 * DAY + 1}, "bad ruling time"),
    ({"ruling": 2**32 - 1}, "bad ruling time"),
    ({"arbiter": NOBODY}, "bad ruling time"),
    ({"arbiter": "buyer"}, "bad arbiter"),
    ({"arbiter": "seller"}, "bad arbiter"),
    ({"arbiter": "payout"}, "bad arbiter"),
    ({"arbiter": "escrow"}, "bad arbiter"),
    ({"arbiter_bps": 2_001}, "bad arbiter fee"),
    ({"lapse_bps": 10_001}, "bad lapse share"),
    ({"payees": b"\x01" * 32}, "payees differ"),
]


def named(world, fields):
    people = world.people | {"escrow": world.escrow.address}
    return {k: people.get(v, v) if isinstance(v, str) else v for k, v in fields.items()}


@pytest.mark.parametrize("fields", GOOD, ids=str)
def test_terms_at_their_bounds_are_taken(world, fields):
    world.funded(**named(world, fields))


@pytest.mark.parametrize(("fields", "reason"), BAD, ids=str)
def test_terms_out_of_bounds_are_refused(world, fields, reason):
    terms = replace(world.terms(), **named(world, fields))
    assert world.do("buyer", "fund", terms, [], value=terms.amount).reason == reason
    token = replace(terms, token=world.token.address)
    assert world.do("buyer", "fund", token, []).reason == reason
    permit = world.do("buyer", "fundWithPermit", token, [], 2**255, 27, bytes(32), bytes(32))
    assert permit.reason == reason


def bad_lists(world):
    a, b = world.payee_a, world.payee_b
    yield [(NOBODY, 1)], "bad payee"
    yield [(a, 1), (NOBODY, 1)], "bad payee"
    yield [(world.escrow.address, 1)], "bad payee"
    yield [(world.arbiter, 1)], "arbiter as payee"
    yield [(a, 0)], "bad share"
    yield [(a, 10_001)], "shares above the whole"
    yield [(a, 5_000), (b, 5_001)], "shares above the whole"
    yield [(a, 65_535)] * 16, "shares above the whole"


def test_bad_lists_of_payees_are_refused_when_funding(world):
    for payees, reason in bad_lists(world):
        terms = world.terms(payees)
        assert world.do("buyer", "fund", terms, payees, value=AMOUNT).reason == reason


def test_a_list_must_be_the_one_that_the_terms_name(world):
    payees = world.payees()
    terms = world.terms(payees)
    for other in ([], payees[:1], payees[::-1], [(payees[0][0], 1_235), payees[1]]):
        assert world.do("buyer", "fund", terms, other, value=AMOUNT).reason == "payees differ"
    plain = world.terms()
    assert world.do("buyer", "fund", plain, payees, value=AMOUNT).reason == "payees differ"


def test_the_hash_of_an_empty_list_is_no_second_spelling_of_nobody(world):
    terms = replace(world.terms(), payees=keccak(encode(["(address,uint16)[]"], [[]])))
    assert world.do("buyer", "fund", terms, [], value=AMOUNT).reason == "payees differ"


def test_sixteen_payees_and_the_whole_are_taken_and_seventeen_not(world):
    many = [(world.payee_a, 625)] * 16
    world.ok("buyer", "fund", world.terms(many), many, value=AMOUNT)
    more = [(world.payee_a, 1)] * 17
    assert world.do("buyer", "fund", world.terms(more), more, value=AMOUNT).reason == ""


def test_the_arbiter_may_be_left_out_with_payees(world):
    payees = world.payees()
    terms = world.terms(payees, arbiter=NOBODY, ruling=0)
    world.ok("buyer", "fund", terms, payees, value=AMOUNT)


def test_values_too_wide_for_their_type_are_refused(world):
    terms = world.terms()
    data = bytearray(world.calldata("buyer", "fund", terms, []))
    for word in range(11):  # every field but the two hashes
        wide = bytearray(data)
        wide[4 + 32 * word] = 1
        done = boa.env.execute_code(
            to_address=world.escrow.address, sender=world.buyer, data=bytes(wide), value=AMOUNT
        )
        assert done.is_error, word


def permit(world, deadline=2**255, amount=AMOUNT, nonce=0):
    types = {
        "Permit": [
            {"name": "owner", "type": "address"},
            {"name": "spender", "type": "address"},
            {"name": "value", "type": "uint256"},
            {"name": "nonce", "type": "uint256"},
            {"name": "deadline", "type": "uint256"},
        ]
    }
    domain = {
        "name": "Étal Test Dollar",
        "version": "1",
        "chainId": boa.env.evm.patch.chain_id,
        "verifyingContract": world.token.address,
    }
    message = {
        "owner": world.buyer,
        "spender": world.escrow.address,
        "value": amount,
        "nonce": nonce,
        "deadline": deadline,
    }
    done = Account.sign_typed_data(world.keys["buyer"], domain, types, message)
    return deadline, done.v, done.r.to_bytes(32, "big"), done.s.to_bytes(32, "big")


@pytest.fixture
def unapproved(world):
    world.token.approve(world.escrow.address, 0, sender=world.buyer)
    return world


def test_a_permit_replaces_the_approval(unapproved):
    world = unapproved
    terms = world.terms(token=world.token.address)
    assert world.do("buyer", "fund", terms, []).reason == "allowance too low"
    world.ok("buyer", "fundWithPermit", terms, [], *permit(world))
    assert world.pot(terms)[0] == AMOUNT
    assert world.balance(world.token.address, world.escrow.address) == AMOUNT


def test_a_permit_spent_by_a_front_runner_still_funds(unapproved):
    world = unapproved
    terms = world.terms(token=world.token.address)
    spent = permit(world)
    deadline, v, r, s = spent
    world.token.permit(
        world.buyer, world.escrow.address, AMOUNT, deadline, v, r, s, sender=world.stranger
    )
    world.ok("buyer", "fundWithPermit", terms, [], *spent)
    assert world.pot(terms)[0] == AMOUNT


def test_a_bad_permit_moves_nothing(unapproved):
    world = unapproved
    terms = world.terms(token=world.token.address)
    for bad in (permit(world, amount=1), permit(world, deadline=1), permit(world, nonce=7)):
        done = world.do("buyer", "fundWithPermit", terms, [], *bad)
        assert done.reason == "allowance too low"
    assert world.pot(terms) == (0, 0, 0, 0)


def test_a_permit_for_coin_is_refused(world):
    terms = world.terms()
    done = world.do("buyer", "fundWithPermit", terms, [], *permit(world))
    assert done.reason == "no such token"


def test_an_address_without_code_is_no_token(world):
    terms = world.terms(token=world.stranger)
    assert world.do("buyer", "fund", terms, []).reason == "no such token"


def test_coin_sent_without_a_call_is_refused(world):
    for data in (b"", b"\x12\x34\x56\x78"):
        done = boa.env.execute_code(
            to_address=world.escrow.address, sender=world.buyer, data=data, value=1
        )
        assert done.is_error


def test_nobody_holds_power_over_the_contract(world):
    names = {entry["name"] for entry in world.escrow.made.abi if entry["type"] == "function"}
    assert names == set(FUNCTIONS)
