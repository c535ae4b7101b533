"""fundWithAuthorization: the buyer signs to the token (EIP-3009), anyone submits, and only the order that it names is opened."""

from dataclasses import replace

import boa
import pytest
from authorizations import authorization
from test_money_out import Gains
from world import AMOUNT, RICH, START

from node.protocol.escrow import DAY, NOBODY, NOWHERE, Funded, Payees

FALSE_IN, FEE, REENTER_IN, LYING_IN, GIFT = 2, 3, 4, 10, 11
ALWAYS = (0, 2**256 - 1)


def signed(world, terms, role="buyer", **changed):
    """The buyer's authorization of what these terms need, 65 bytes."""
    given = {"taker": world.escrow.address, "value": terms.amount, "nonce": world.id(terms)}
    key = world.keys[role]
    return authorization(world.token, key, **(given | changed)).signature


def submit(world, terms, signature, payees=(), window=ALWAYS, sender="stranger"):
    given = (terms, payees, *window, signature)
    return world.do(sender, "fundWithAuthorization", *given).reason


@pytest.fixture
def terms(world):
    """Of an order whose buyer has approved nothing."""
    world.token.approve(world.escrow.address, 0, sender=world.buyer)
    return world.terms(token=world.token.address)


@pytest.mark.parametrize("sender", ["stranger", "buyer", "seller", "arbiter"])
def test_anyone_may_submit_it(world, terms, sender):
    gains = Gains(world, terms.token)
    assert submit(world, terms, signed(world, terms), sender=sender) is None
    assert world.pot(terms)[:2] == (AMOUNT, START)
    assert gains == {"buyer": -AMOUNT}
    assert world.balance(terms.token, world.escrow.address) == AMOUNT


def test_it_is_logged_like_any_funding(world):
    payees = world.payees()
    terms = world.terms(payees, token=world.token.address)
    given = (terms, payees, *ALWAYS, signed(world, terms))
    id = world.id(terms)
    assert world.ok("stranger", "fundWithAuthorization", *given).logs == [
        Funded(id, terms, START, NOWHERE),
        Payees(id, tuple(payees)),
    ]


def test_a_buyer_without_coin_does_all_that_a_buyer_does(world, terms):
    """Fund, dispute, settle: nothing is sent by the buyer."""
    boa.env.set_balance(world.buyer, 0)
    assert submit(world, terms, signed(world, terms)) is None
    dispute, _ = world.signed("buyer", world.mark(terms), "Dispute")
    world.ok("stranger", "dispute", terms, world.buyer, 2**40 - 1, dispute)
    release, _ = world.signed("buyer", world.settlement(terms, 0, AMOUNT))
    world.ok("stranger", "settle", terms, 0, AMOUNT, 2**40 - 1, release, b"", [])
    assert world.balance(terms.token, "payout") == RICH + AMOUNT


@pytest.mark.parametrize(
    "changed",
    [
        {"nonce": bytes(32)},
        {"nonce": b"\x01" * 32},
        {"value": AMOUNT - 1},
        {"value": AMOUNT + 1},
        {"taker": b"\x11" * 20},
        {"after": 1},
        {"before": 2**256 - 2},
        {"role": "stranger"},
        {"role": "seller"},
    ],
    ids=str,
)
def test_it_must_say_exactly_this(world, terms, changed):
    assert submit(world, terms, signed(world, terms, **changed)) == "bad signature"
    assert world.pot(terms) == (0, 0, 0, 0)


def test_it_opens_no_other_order(world, terms):
    """A stranger can't turn it to an order in which the buyer pays somebody else."""
    signature = signed(world, terms)
    for field in ("seller", "payout", "arbiter"):
        other = world.terms(token=terms.token, order=terms.order, **{field: world.stranger})
        assert submit(world, other, signature) == "bad signature", field
    assert submit(world, terms, signature) is None


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        ((START - 1, START + 1), None),
        ((START, START + 1), "authorization too early"),
        ((START - 1, START), "authorization expired"),
    ],
)
def test_it_counts_within_its_times(world, terms, window, reason):
    after, before = window
    signature = signed(world, terms, after=after, before=before)
    assert submit(world, terms, signature, window=window) == reason


def test_it_works_once_even_for_the_same_order(world, terms):
    signature = signed(world, terms)
    assert submit(world, terms, signature) is None
    assert submit(world, terms, signature) == "funded already"
    world.ok("buyer", "release", terms, [])
    assert submit(world, terms, signature) == "authorization used"
    assert world.pot(terms) == (0, 0, 0, 0)


def test_nobody_can_spend_it_before(world, terms):
    """A front-runner can submit it as it is, which opens the order; the token takes it from the escrow alone."""
    given = authorization(
        world.token, world.keys["buyer"], world.escrow.address, AMOUNT, world.id(terms)
    )
    with boa.reverts("not the receiver"):
        world.token.receiveWithAuthorization(*given.words(), given.signature, sender=world.stranger)
    assert submit(world, terms, given.signature, sender="arbiter") is None
    assert submit(world, terms, given.signature) == "funded already"
    assert world.pot(terms)[0] == AMOUNT


def test_terms_are_checked_as_ever(world, terms):
    signature = signed(world, terms)
    for bad, reason in (
        (world.terms(token=terms.token, amount=0), "amount is zero"),
        (world.terms(token=terms.token, ship_by=START), "bad ship date"),
        (replace(terms, payees=b"\x01" * 32), "payees differ"),
    ):
        assert submit(world, bad, signature) == reason
    assert submit(world, terms, signature, world.payees()) == "payees differ"
    world.pass_time(7 * DAY)
    assert submit(world, terms, signature) == "bad ship date"


def test_too_little_money(world):
    terms = world.terms(token=world.token.address, amount=RICH + 1)
    assert submit(world, terms, signed(world, terms)) == "balance too low"


@pytest.mark.parametrize("length", [0, 64, 66, 2_048])
def test_bytes_that_are_no_signature(world, terms, length):
    assert submit(world, terms, bytes(length)) == "bad signature"


def test_bytes_beyond_the_longest_signature(world, terms):
    assert submit(world, terms, bytes(2_049)) == ""


def test_no_coin_is_taken(world, terms):
    given = (terms, [], *ALWAYS, signed(world, terms))
    assert world.do("buyer", "fundWithAuthorization", *given, value=1).reason == ""


@pytest.mark.parametrize("signature", [b"", b"any bytes", bytes(65), bytes(2_048)], ids=len)
def test_a_contract_wallets_signature_has_any_length(world, signature):
    wallet = world.account()
    terms = world.terms(token=world.token.address, buyer=wallet.address)
    assert submit(world, terms, signature) == "bad signature"
    given = authorization(
        *(world.token, world.keys["buyer"], world.escrow.address, AMOUNT, world.id(terms)),
        giver=wallet.address,
    )
    wallet.sign_as(0, given.digest)
    assert submit(world, terms, signature) is None
    assert world.balance(terms.token, wallet.address) == RICH - AMOUNT


def test_what_is_no_token_is_refused(world):
    for token in (NOBODY, world.stranger):
        terms = world.terms(token=token)
        assert submit(world, terms, bytes(65)) == "no such token"
        assert submit(world, terms, b"") == "no such token"


def test_a_signature_of_65_bytes_goes_to_a_token_that_knows_the_form_of_the_eip_alone(world):
    """`v, r, s`; the form with bytes is an addition, which not every token has."""
    token = world.odd_token("AuthorizedToken")
    terms, other = (world.terms(token=token.address) for _ in range(2))
    assert submit(world, terms, bytes(65)) is None
    assert world.balance(token.address, world.escrow.address) == AMOUNT
    assert submit(world, other, bytes(64)) == ""


@pytest.mark.parametrize("length", [64, 65])
def test_a_token_that_knows_no_authorizations_is_refused(world, length):
    quiet = world.odd_token("QuietToken")
    assert submit(world, world.terms(token=quiet.address), bytes(length)) == ""


@pytest.mark.parametrize("length", [64, 65])
@pytest.mark.parametrize("mode", [FALSE_IN, FEE, LYING_IN, GIFT])
def test_a_token_that_does_not_move_exactly_the_amount_is_refused(world, mode, length):
    token = world.odd_token(mode=mode)
    terms = world.terms(token=token.address)
    assert submit(world, terms, bytes(length)) == "token took a fee"
    assert world.pot(terms) == (0, 0, 0, 0)


@pytest.mark.parametrize("length", [64, 65])
def test_a_token_that_calls_back_is_locked_out(world, length):
    token = world.odd_token()
    terms, again = (world.terms(token=token.address) for _ in range(2))
    inner = (again, [], *ALWAYS, bytes(length))
    data = world.calldata("stranger", "fundWithAuthorization", *inner)
    token.behave(REENTER_IN, world.escrow.address, data)
    assert submit(world, terms, bytes(length)) is None
    assert not token.entered()
    assert world.pot(again) == (0, 0, 0, 0)
    assert world.balance(token.address, world.escrow.address) == AMOUNT
