"""The reference model by itself. That it says what the contract does is shown beside the contract, in tests/contracts/vyper."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.protocol import escrow
from node.protocol.errors import RuleError
from node.protocol.escrow import DAY, NOBODY, Call, Ledger, Model, State, Terms, Token

NOW = 1_800_000_000
CONTRACT, TOKEN = b"\xee" * 20, b"\x70" * 20
BUYER, SELLER, PAYOUT, ARBITER, STRANGER, FRIEND = (bytes([n]) * 20 for n in range(1, 7))
EVERYONE = (BUYER, SELLER, PAYOUT, ARBITER, STRANGER, FRIEND, CONTRACT)
RICH, AMOUNT = 10**9, 1_000_003
SIGNED = b"signed"


class Everybody:
    """Whoever shows SIGNED has signed."""

    def signed(self, who, digest, signature):
        return signature == SIGNED

    def permitted(self, token, owner, amount, nonce, expiry, signature):
        return signature == SIGNED.ljust(65)

    def authorized(self, token, giver, amount, after, before, nonce, signature):
        return signature == SIGNED


@pytest.fixture
def model() -> Model:
    ledger = Ledger(tokens={TOKEN: Token()})
    for who in EVERYONE[:-1]:
        ledger.balances |= {(NOBODY, who): RICH, (TOKEN, who): RICH}
        ledger.allowances[TOKEN, who] = 2**256 - 1
    return Model(CONTRACT, 1, Everybody(), ledger)


def terms(**changed) -> Terms:
    roles = (BUYER, SELLER, PAYOUT, ARBITER, NOBODY)
    numbers = (AMOUNT, NOW + 7 * DAY, 14 * DAY, 21 * DAY, 333, 4_567)
    return replace(Terms(*roles, *numbers, bytes(32), b"\x0e" * 32), **changed)


def fund(model: Model, which: Terms, payees=()) -> None:
    value = which.amount if which.token == NOBODY else 0
    model.run("fund", Call(which.buyer, NOW, value), which, payees)


def refused(model: Model, function: str, *args, rule="escrow.call") -> str:
    """The reason; nothing changes."""
    before = model.ledger.copy()
    with pytest.raises(RuleError) as caught:
        model.run(function, *args)
    assert model.ledger == before
    assert caught.value.rule == rule
    return caught.value.message


def gains(model: Model, token: bytes) -> dict[bytes, int]:
    now = {who: model.ledger.balances.get((token, who), 0) for who in EVERYONE}
    start = dict.fromkeys(EVERYONE[:-1], RICH) | {CONTRACT: 0}
    return {who: now[who] - start[who] for who in EVERYONE if now[who] != start[who]}


@pytest.mark.parametrize("token", [NOBODY, TOKEN])
def test_a_sale(model, token):
    which = terms(token=token)
    fund(model, which)
    assert gains(model, token) == {BUYER: -AMOUNT, CONTRACT: AMOUNT}
    [delivered] = model.run("deliver", Call(SELLER, NOW + 1), which, 0, b"")
    assert delivered.until == NOW + 1 + which.review
    [paid] = model.run("timeout", Call(STRANGER, delivered.until), which, ())
    assert (paid.how, paid.to_seller, paid.left) == (escrow.How.TIMEOUT, AMOUNT, 0)
    assert gains(model, token) == {BUYER: -AMOUNT, PAYOUT: AMOUNT}
    assert model.pot(model.id_of(which)).state is State.NONE


def test_a_closed_id_is_funded_again(model):
    which = terms()
    fund(model, which)
    assert refused(model, "fund", Call(BUYER, NOW, AMOUNT), which, ()) == "funded already"
    model.run("release", Call(BUYER, NOW), which, ())
    fund(model, which)
    assert gains(model, NOBODY) == {BUYER: -2 * AMOUNT, PAYOUT: AMOUNT, CONTRACT: AMOUNT}


def test_several_orders_or_none(model):
    orders = [(terms(order=bytes([n]) * 32), ()) for n in range(3)]
    short = refused(model, "fundMany", Call(BUYER, NOW, 3 * AMOUNT - 1), orders)
    assert short == "value is not the amount"
    model.run("fundMany", Call(BUYER, NOW, 3 * AMOUNT), orders)
    twice = refused(model, "releaseMany", Call(BUYER, NOW), [*orders, orders[0]])
    assert twice == "no such order"
    model.run("releaseMany", Call(BUYER, NOW), orders)
    assert gains(model, NOBODY) == {BUYER: -3 * AMOUNT, PAYOUT: 3 * AMOUNT}


def test_an_authorization_works_for_anyone_and_once(model):
    which = terms(token=TOKEN)
    given = (which, (), 0, NOW + 1, SIGNED)
    model.run("fundWithAuthorization", Call(STRANGER, NOW), *given)
    model.run("release", Call(BUYER, NOW), which, ())
    again = refused(
        model, "fundWithAuthorization", Call(STRANGER, NOW), *given, rule="escrow.token"
    )
    assert again == "authorization used"


def test_what_is_refused_is_withdrawn_by_its_owner_or_to_it(model):
    which = terms()
    fund(model, which)
    model.ledger.refusing.add(PAYOUT)
    _, claimable = model.run("release", Call(BUYER, NOW), which, ())
    assert (claimable.who, claimable.amount) == (PAYOUT, AMOUNT)
    call = Call(STRANGER, NOW)
    elsewhere = refused(model, "withdraw", call, NOBODY, PAYOUT, STRANGER)
    assert elsewhere == "not yours to send elsewhere"
    again = refused(model, "withdraw", call, NOBODY, PAYOUT, PAYOUT)
    assert again == "receiver or token refused"
    assert model.claim(NOBODY, PAYOUT) == AMOUNT
    model.run("withdraw", Call(PAYOUT, NOW), NOBODY, PAYOUT, FRIEND)
    assert gains(model, NOBODY) == {BUYER: -AMOUNT, FRIEND: AMOUNT}


def test_what_does_not_fit_is_refused_without_a_reason(model):
    which = terms()
    fund(model, which)
    crowd = [(FRIEND, 1)] * 17
    assert refused(model, "release", Call(BUYER, NOW), which, crowd) == ""
    assert refused(model, "release", Call(BUYER, NOW, 1), which, ()) == ""
    assert refused(model, "releaseMany", Call(BUYER, NOW), [(which, ())] * 17) == ""
    assert refused(model, "deliver", Call(BUYER, NOW), which, 0, bytes(2_049)) == ""


BEHAVIOURS = {
    "no such token": Token(code=False),
    "token refused": Token(takes=False),
    "token took a fee": Token(fee_in=100),
}


@pytest.mark.parametrize(("reason", "behaviour"), BEHAVIOURS.items())
def test_tokens_that_do_not_take_the_amount(model, reason, behaviour):
    model.ledger.tokens[TOKEN] = behaviour
    assert refused(model, "fund", Call(BUYER, NOW), terms(token=TOKEN), ()) == reason


def test_a_token_takes_no_more_than_it_is_allowed(model):
    model.ledger.allowances[TOKEN, BUYER] = AMOUNT
    which = terms(token=TOKEN)
    fund(model, which)
    model.run("release", Call(BUYER, NOW), which, ())
    reason = refused(model, "fund", Call(BUYER, NOW), which, (), rule="escrow.token")
    assert reason == "allowance too low"


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["fund", "deliver", "dispute", "release", "settle", "timeout", "rule"]),
            st.sampled_from(EVERYONE[:-1]),
            st.integers(0, 20 * DAY),
        ),
        max_size=12,
    ),
    refusing=st.sets(st.sampled_from(EVERYONE[:-1])),
)
def test_no_coin_is_made_or_lost(steps, refusing):
    balances = {(NOBODY, who): RICH for who in EVERYONE[:-1]}
    model = Model(CONTRACT, 1, Everybody(), Ledger(balances=balances, refusing=refusing))
    payees = ((FRIEND, 1_234),)
    which = terms(payees=escrow.payees_hash(payees))
    now = NOW
    for function, who, seconds in steps:
        given = {
            "deliver": (0, SIGNED),
            "dispute": (BUYER, now + 1, SIGNED),
            "settle": (7, 5, now + DAY, SIGNED, SIGNED, payees),
            "rule": (AMOUNT // 2, payees),
        }.get(function, (payees,))
        value = AMOUNT if function == "fund" else 0
        try:
            model.run(function, Call(who, now, value), which, *given)
        except RuleError as error:
            assert error.message
        else:
            now += seconds
        held = sum(pot.held for pot in model.ledger.pots.values())
        owed = Counter(model.ledger.claims)
        assert model.ledger.balances.get((NOBODY, CONTRACT), 0) == held + owed.total()
        assert sum(model.ledger.balances.values()) == RICH * len(EVERYONE[:-1])
