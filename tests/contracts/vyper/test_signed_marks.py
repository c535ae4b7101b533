"""deliver and dispute by anyone who shows the party's signature: for one order, funding, call, chain and time."""

import boa
import pytest
from test_settle import other_forms
from world import AMOUNT, NEVER, START

from node.protocol.escrow import NOBODY, State

MARKS = {
    # function: kind of message, who signs, reason without it
    "deliver": ("Delivery", "seller", "not the seller"),
    "dispute": ("Dispute", "buyer", "no consent of the party"),
}
KINDS = {"Delivery": "Dispute", "Dispute": "Delivery"}
marks = pytest.mark.parametrize("function", MARKS)


def show(world, function, terms, signature, expiry=NEVER, sender="stranger"):
    party = getattr(terms, MARKS[function][1])
    by = (party,) if function == "dispute" else ()
    return world.do(sender, function, terms, *by, expiry, signature).reason


def sign(world, function, terms, expiry=NEVER, domain=None, kind=None, role=None, **changed):
    known, party, _ = MARKS[function]
    message = world.mark(terms, expiry, **changed)
    return world.signed(role or party, message, kind or known, **(domain or {}))[0]


@marks
@pytest.mark.parametrize("sender", ["stranger", "buyer", "seller", "arbiter", "payout"])
def test_anyone_may_show_it(world, function, sender):
    terms = world.funded()
    signature = sign(world, function, terms)
    if sender == MARKS[function][1]:
        signature = b"none is needed"
    assert show(world, function, terms, signature, sender=sender) is None
    done = State.DELIVERED if function == "deliver" else State.DISPUTED
    assert world.pot(terms)[3] == done


def test_either_party_may_sign_a_dispute_in_either_state(world):
    for state, end in (("funded", State.DISPUTED), ("delivered", State.CONTESTED)):
        for role in ("buyer", "seller"):
            terms = world.brought_to(state)
            signature, _ = world.signed(role, world.mark(terms), "Dispute")
            who = world.people[role]
            [event] = world.ok("stranger", "dispute", terms, who, NEVER, signature).logs
            assert (event.by, world.pot(terms)[3]) == (who, end)


def test_one_party_does_not_sign_for_the_other(world):
    terms = world.funded()
    for role, other in (("buyer", "seller"), ("seller", "buyer")):
        signature, _ = world.signed(role, world.mark(terms), "Dispute")
        done = world.do("stranger", "dispute", terms, world.people[other], NEVER, signature)
        assert done.reason == "no consent of the party"
        done = world.do(other, "dispute", terms, world.people[role], NEVER, b"")
        assert done.reason == "no consent of the party"
    for party in (world.stranger, terms.arbiter, terms.payout, NOBODY):
        done = world.do("stranger", "dispute", terms, party, NEVER, bytes(65))
        assert done.reason == "not a party"
    assert show(world, "deliver", terms, sign(world, "deliver", terms, role="buyer")) == (
        "not the seller"
    )


@marks
def test_it_counts_before_its_expiry(world, function):
    terms = world.funded()
    for expiry, reason in ((START, "expired"), (START + 1, None)):
        signature = sign(world, function, terms, expiry)
        assert show(world, function, terms, signature, expiry) == reason
    terms = world.funded()
    signature = sign(world, function, terms, START + 1)
    assert show(world, function, terms, signature, START + 2) == MARKS[function][2]


@marks
def test_the_party_itself_needs_no_expiry(world, function):
    terms = world.funded()
    party = MARKS[function][1]
    assert show(world, function, terms, b"", expiry=0, sender=party) is None


@marks
def test_every_word_is_signed(world, function):
    terms, other = world.funded(), world.funded()
    bad = [
        sign(world, function, other),
        sign(world, function, terms, id=bytes(32)),
        sign(world, function, terms, since=START + 1),
        sign(world, function, terms, since=0),
        sign(world, function, terms, NEVER - 1),
        sign(world, function, terms, kind=KINDS[MARKS[function][0]]),
        sign(world, function, terms, role="stranger"),
        *(
            sign(world, function, terms, domain=domain)
            for domain in (
                {"chainId": 2},
                {"verifyingContract": world.token.address},
                {"name": "Etal escrow"},
                {"version": "2"},
            )
        ),
    ]
    reason = MARKS[function][2]
    assert [show(world, function, terms, one) for one in bad] == [reason] * len(bad)
    assert show(world, function, terms, sign(world, function, terms)) is None


@marks
def test_a_settlement_is_no_mark_and_a_mark_no_settlement(world, function):
    terms = world.funded()
    role = MARKS[function][1]
    settlement, _ = world.signed(role, world.settlement(terms, 0, 5))
    assert show(world, function, terms, settlement) == MARKS[function][2]
    pair = (sign(world, function, terms),) * 2
    done = world.do("stranger", "settle", terms, 5, 5, NEVER, *pair, [])
    assert done.reason == "no consent of the buyer"


@marks
def test_it_works_once(world, function):
    terms = world.funded()
    signature = sign(world, function, terms)
    assert show(world, function, terms, signature) is None
    assert show(world, function, terms, signature) == "wrong state"
    world.ok("buyer", "release", terms, [])
    assert show(world, function, terms, signature) == "no such order"
    world.pass_time(1)
    world.ok("buyer", "fund", terms, [], value=AMOUNT)
    assert show(world, function, terms, signature) == MARKS[function][2]


@marks
def test_after_a_chain_split_it_counts_on_its_own_side(world, function):
    terms = world.funded()
    before = sign(world, function, terms)
    boa.env.evm.patch.chain_id = 31_337
    assert show(world, function, terms, before) == MARKS[function][2]
    assert show(world, function, terms, sign(world, function, terms)) is None


@marks
def test_a_part_that_was_paid_leaves_it_good(world, function):
    """It names no amount: unlike a settlement, it doesn't move any."""
    terms = world.funded()
    signature = sign(world, function, terms)
    world.ok("buyer", "settle", terms, 0, 5, NEVER, b"", b"", [])
    assert show(world, function, terms, signature) is None


@marks
def test_only_the_one_form_of_a_signature_works(world, function):
    terms = world.funded()
    signature = sign(world, function, terms)
    for what, form in other_forms(signature):
        assert show(world, function, terms, form) == MARKS[function][2], what
    assert show(world, function, terms, bytes(2_048)) == MARKS[function][2]
    assert show(world, function, terms, bytes(2_049)) == ""
    assert show(world, function, terms, signature) is None


@marks
@pytest.mark.parametrize("signing", range(6))
def test_a_contract_wallet_is_asked(world, function, signing):
    wallet = world.account()
    kind, role, reason = MARKS[function]
    terms = world.terms(**{role: wallet.address})
    world.ok(terms.buyer, "fund", terms, [], value=AMOUNT)
    assert show(world, function, terms, b"any") == reason
    digest = world.signed("stranger", world.mark(terms), kind)[1]
    wallet.sign_as(signing, digest)
    assert show(world, function, terms, b"any", NEVER - 1) == reason
    assert show(world, function, terms, b"any") == (reason if signing else None)


@marks
def test_an_account_with_code_that_signs_with_its_key(world, function):
    """EIP-7702: the plain key is asked first."""
    terms = world.funded()
    signature = sign(world, function, terms)
    party = getattr(terms, MARKS[function][1])
    boa.env.set_code(party, bytes.fromhex("60006000fd"))
    assert show(world, function, terms, signature) is None
