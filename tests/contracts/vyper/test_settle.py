"""settle: whoever gives must consent, as sender or by signature, and a consent works once."""

import boa
import pytest
from eth_utils import keccak
from test_money_out import Gains, paid
from world import AMOUNT, CURVE, NEVER, START

from node.protocol.escrow import DAY, NOBODY, How, State, address_of

NO_BUYER, NO_SELLER = "no consent of the buyer", "no consent of the seller"


def settle(world, sender, terms, to_buyer, to_seller, marks=(b"", b""), payees=(), expiry=NEVER):
    return world.do(sender, "settle", terms, to_buyer, to_seller, expiry, *marks, payees)


def marks(world, terms, to_buyer, to_seller, roles=("buyer", "seller"), **changed):
    """The signatures of these roles in the order of the call's arguments."""
    message = world.settlement(terms, to_buyer, to_seller, **changed)
    return tuple(
        world.signed(role, message)[0] if role in roles else b"" for role in ("buyer", "seller")
    )


# ---- who must consent: the giver

CONSENTS = [
    # sender, signatures, to the buyer, to the seller, reason
    ("buyer", (), 0, 5, None),
    ("seller", (), 0, 5, NO_BUYER),
    ("seller", ("seller",), 0, 5, NO_BUYER),
    ("stranger", (), 0, 5, NO_BUYER),
    ("arbiter", (), 0, 5, NO_BUYER),
    ("payout", (), 0, 5, NO_BUYER),
    ("stranger", ("buyer",), 0, 5, None),
    ("seller", (), 5, 0, None),
    ("buyer", (), 5, 0, NO_SELLER),
    ("buyer", ("buyer",), 5, 0, NO_SELLER),
    ("stranger", (), 5, 0, NO_SELLER),
    ("arbiter", (), 5, 0, NO_SELLER),
    ("payout", (), 5, 0, NO_SELLER),
    ("stranger", ("seller",), 5, 0, None),
    ("stranger", (), 5, 5, NO_BUYER),
    ("stranger", ("buyer",), 5, 5, NO_SELLER),
    ("stranger", ("seller",), 5, 5, NO_BUYER),
    ("stranger", ("buyer", "seller"), 5, 5, None),
    ("buyer", (), 5, 5, NO_SELLER),
    ("buyer", ("seller",), 5, 5, None),
    ("seller", (), 5, 5, NO_BUYER),
    ("seller", ("buyer",), 5, 5, None),
]


@pytest.mark.parametrize("state", ["funded", "delivered", "disputed", "contested"])
@pytest.mark.parametrize(("sender", "roles", "to_buyer", "to_seller", "reason"), CONSENTS)
def test_the_giver_consents(world, state, sender, roles, to_buyer, to_seller, reason):
    terms = world.brought_to(state)
    shown = marks(world, terms, to_buyer, to_seller, roles)
    gains = Gains(world, NOBODY)
    done = settle(world, sender, terms, to_buyer, to_seller, shown)
    assert done.reason == reason
    expected = {"buyer": to_buyer, "payout": to_seller} if reason is None else {}
    assert gains == {role: gain for role, gain in expected.items() if gain}
    if reason is None:
        how = How.SETTLEMENT if to_buyer and to_seller else How.RELEASE if to_seller else How.REFUND
        left = AMOUNT - to_buyer - to_seller
        assert paid(done) == (how, to_buyer, to_seller, 0, left)


def test_signatures_in_each_others_place_are_refused(world):
    terms = world.funded()
    buyer, seller = marks(world, terms, 5, 5)
    assert settle(world, "stranger", terms, 5, 5, (seller, buyer)).reason == NO_BUYER


# ---- amounts

AMOUNTS = [
    (0, 0, "nothing to pay"),
    (AMOUNT + 1, 0, "more than is held"),
    (0, AMOUNT + 1, "more than is held"),
    (AMOUNT, 1, "more than is held"),
    (2**128 - 1, 2**128 - 1, "more than is held"),
    (AMOUNT, 0, None),
    (0, AMOUNT, None),
    (AMOUNT - 1, 1, None),
    (1, 1, None),
]


@pytest.mark.parametrize(("to_buyer", "to_seller", "reason"), AMOUNTS)
def test_at_most_what_is_held(world, to_buyer, to_seller, reason):
    terms = world.funded()
    shown = marks(world, terms, to_buyer, to_seller)
    assert settle(world, "stranger", terms, to_buyer, to_seller, shown).reason == reason


def test_milestones_leave_the_rest_and_the_last_closes(world):
    payees = world.payees()
    terms = world.funded(payees)
    gains = Gains(world, NOBODY)
    for part, left in ((300_000, 700_003), (700_002, 1)):
        done = settle(world, "buyer", terms, 0, part, payees=payees)
        assert paid(done) == (How.RELEASE, 0, part, 0, left)
        assert world.pot(terms) == (left, START, START + 7 * DAY, State.FUNDED)
    done = settle(world, "seller", terms, 1, 0)
    assert paid(done) == (How.REFUND, 1, 0, 0, 0)
    assert world.pot(terms) == (0, 0, 0, 0)
    a = 300_000 * 1_234 // 10_000 + 700_002 * 1_234 // 10_000
    b = 300_000 * 77 // 10_000 + 700_002 * 77 // 10_000
    assert gains == {"buyer": 1, "payee_a": a, "payee_b": b, "payout": AMOUNT - 1 - a - b}


def test_a_refund_needs_no_list_and_money_for_the_seller_does(world):
    payees = world.payees()
    terms = world.funded(payees)
    assert settle(world, "seller", terms, 5, 0).reason is None
    assert settle(world, "buyer", terms, 0, 5).reason == "payees differ"


def test_a_stolen_shop_key_can_only_give_back(world):
    terms = world.brought_to("delivered")
    for to_buyer, to_seller in ((0, AMOUNT), (1, AMOUNT - 1), (0, 1)):
        shown = marks(world, terms, to_buyer, to_seller, ("seller",))
        done = settle(world, "seller", terms, to_buyer, to_seller, shown)
        assert done.reason == NO_BUYER
    gains = Gains(world, NOBODY)
    assert settle(world, "seller", terms, AMOUNT, 0).reason is None
    assert gains == {"buyer": AMOUNT}


# ---- a consent is for one funding, sum, time, contract and chain


def test_a_consent_expires(world):
    terms = world.funded()
    shown = marks(world, terms, 0, 5, expiry=START + 10)
    world.pass_time(10)
    done = settle(world, "stranger", terms, 0, 5, shown, expiry=START + 10)
    assert done.reason == "expired"
    assert settle(world, "stranger", terms, 0, 5, shown).reason == NO_BUYER
    boa.env.timestamp = START + 9
    assert settle(world, "stranger", terms, 0, 5, shown, expiry=START + 10).reason is None


def test_a_consent_works_once(world):
    terms = world.funded()
    shown = marks(world, terms, 5, 5)
    assert settle(world, "stranger", terms, 5, 5, shown).reason is None
    assert settle(world, "stranger", terms, 5, 5, shown).reason == NO_BUYER


@pytest.mark.parametrize(
    "changed",
    [
        {"id": b"\x01" * 32},
        {"since": START + 1},
        {"held": AMOUNT - 1},
        {"toBuyer": 4},
        {"toSeller": 4},
        {"expiry": NEVER - 1},
    ],
    ids=str,
)
def test_a_consent_covers_every_field(world, changed):
    terms = world.funded()
    message = world.settlement(terms, 5, 5) | changed
    shown = tuple(world.signed(role, message)[0] for role in ("buyer", "seller"))
    assert settle(world, "stranger", terms, 5, 5, shown).reason == NO_BUYER


@pytest.mark.parametrize(
    "domain",
    [
        {"name": "Etal escrow"},
        {"version": "2"},
        {"chainId": 2},
        {"verifyingContract": b"\x11" * 20},
    ],
    ids=str,
)
def test_a_consent_for_another_contract_or_chain_is_refused(world, domain):
    terms = world.funded()
    message = world.settlement(terms, 5, 5)
    shown = tuple(world.signed(role, message, **domain)[0] for role in ("buyer", "seller"))
    assert settle(world, "stranger", terms, 5, 5, shown).reason == NO_BUYER


def test_a_consent_to_an_earlier_funding_of_the_same_terms_is_refused(world):
    terms = world.funded()
    shown = marks(world, terms, 0, AMOUNT)
    assert settle(world, "stranger", terms, 0, AMOUNT, shown).reason is None
    world.pass_time(1)
    world.ok("buyer", "fund", terms, [], value=AMOUNT)
    assert settle(world, "stranger", terms, 0, AMOUNT, shown).reason == NO_BUYER


def test_after_a_chain_split_orders_stay_payable_and_old_signatures_do_not_cross(world):
    terms = world.funded()
    before = marks(world, terms, 5, 5)
    boa.env.evm.patch.chain_id = 31_337
    assert world.pot(terms)[0] == AMOUNT
    assert settle(world, "stranger", terms, 5, 5, before).reason == NO_BUYER
    assert settle(world, "stranger", terms, 5, 5, marks(world, terms, 5, 5)).reason is None
    world.ok("buyer", "release", terms, [])


# ---- the form of signatures


def other_forms(signature):
    r, s, v = signature[:32], signature[32:64], signature[64]
    high = (CURVE - int.from_bytes(s, "big")).to_bytes(32, "big")
    yield "high s", r + high + bytes([55 - v])
    yield "v of 0 or 1", r + s + bytes([v - 27])
    yield "v + 8", r + s + bytes([v + 8])
    yield "wrong v", r + s + bytes([55 - v])
    yield "compact", r + ((v - 27) << 255 | int.from_bytes(s, "big")).to_bytes(32, "big")
    yield "short", signature[:64]
    yield "long", signature + b"\x00"
    yield "empty", b""
    yield "zeros", bytes(65)
    yield "r of zero", bytes(32) + s + bytes([v])
    yield "s of zero", r + bytes(32) + bytes([v])
    yield "wrong r", keccak(r) + s + bytes([v])


def test_only_the_one_form_of_a_signature_works(world):
    terms = world.funded()
    [signature, _] = marks(world, terms, 0, 5)
    for what, form in other_forms(signature):
        done = settle(world, "stranger", terms, 0, 5, (form, b""))
        assert done.reason == NO_BUYER, what
    assert settle(world, "stranger", terms, 0, 5, (signature, b"")).reason is None


def test_a_signature_is_at_most_2048_bytes(world):
    terms = world.funded()
    assert settle(world, "stranger", terms, 0, 5, (bytes(2048), b"")).reason == NO_BUYER
    data = world.calldata("stranger", "settle", terms, 0, 5, NEVER, bytes(2048), b"", [])
    length = (2048).to_bytes(32, "big")
    assert data.count(length) == 1
    longer = data.replace(length, (2049).to_bytes(32, "big")) + bytes(32)
    done = boa.env.execute_code(world.escrow.address, sender=world.stranger, data=longer)
    assert done.is_error


# ---- contract wallets (EIP-1271)


def wallet_order(world, **changed):
    wallet = world.account()
    terms = world.terms(buyer=wallet.address, **changed)
    data = world.calldata(terms.buyer, "fund", terms, [])
    value = AMOUNT if terms.token == NOBODY else 0
    wallet.execute(world.escrow.address, value, data)
    return wallet, terms


def digest(world, terms, to_buyer, to_seller):
    return world.signed("stranger", world.settlement(terms, to_buyer, to_seller))[1]


@pytest.mark.parametrize("signature", [b"", b"any", bytes(65), bytes(2048)], ids=len)
def test_a_contract_wallet_consents_by_eip_1271(world, signature):
    wallet, terms = wallet_order(world)
    wallet.sign_as(0, digest(world, terms, 0, 5))
    assert settle(world, "stranger", terms, 0, 5, (signature, b"")).reason is None
    assert settle(world, "stranger", terms, 0, 5, (signature, b"")).reason == NO_BUYER


@pytest.mark.parametrize("signing", [1, 2, 3, 4, 5])
def test_a_contract_wallet_that_does_not_say_the_word_does_not_consent(world, signing):
    wallet, terms = wallet_order(world)
    wallet.sign_as(signing, digest(world, terms, 0, 5))
    assert settle(world, "stranger", terms, 0, 5, (b"x", b"")).reason == NO_BUYER


def test_a_contract_wallet_as_seller(world):
    wallet = world.account()
    terms = world.funded(seller=wallet.address)
    assert settle(world, "stranger", terms, 5, 0, (b"", b"x")).reason == NO_SELLER
    wallet.sign_as(0, digest(world, terms, 5, 0))
    assert settle(world, "stranger", terms, 5, 0, (b"", b"x")).reason is None


def test_an_account_with_code_that_signs_with_its_key_consents(world):
    """EIP-7702: the plain key is asked first."""
    terms = world.funded()
    shown = marks(world, terms, 0, 5)
    boa.env.set_code(world.buyer, bytes.fromhex("60006000fd"))
    assert settle(world, "stranger", terms, 0, 5, shown).reason is None


def test_consent_of_a_key_that_is_not_a_party_is_nothing(world):
    terms = world.funded()
    fake = address_of(keccak(text="nobody"))
    world.people["nobody"], world.keys["nobody"] = fake, keccak(text="nobody")
    message = world.settlement(terms, 0, 5)
    shown = (world.signed("nobody", message)[0], b"")
    assert settle(world, "stranger", terms, 0, 5, shown).reason == NO_BUYER


def test_deadlines_do_not_end_consent(world):
    terms = world.funded()
    world.pass_time(400 * DAY)
    assert settle(world, "buyer", terms, 0, 5).reason is None
    assert settle(world, "seller", terms, AMOUNT - 5, 0).reason is None
