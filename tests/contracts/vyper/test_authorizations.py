"""The test token moves money by authorization as EIP-3009 says, in both forms."""

from dataclasses import replace

import boa
import pytest
from authorizations import BYTES, NEVER, PLAIN, TYPES, authorization, calldata, receive, sign, split
from eth_utils import keccak
from world import AMOUNT, CONTRACTS, CURVE, RICH, START

NONCE = keccak(text="a nonce")

forms = pytest.mark.parametrize("form", [PLAIN, BYTES], ids=["v, r, s", "bytes"])


@pytest.fixture
def token(world):
    return world.token


def made(world, **changed):
    args = {"taker": world.stranger, "value": AMOUNT, "nonce": NONCE} | changed
    return authorization(world.token, world.keys["buyer"], **args)


@forms
def test_it_moves_the_value_once_and_says_so(world, token, form):
    given = made(world)
    assert not token.authorizationState(world.buyer, NONCE)
    assert receive(token, form, given) is None
    assert token.balanceOf(world.buyer) == RICH - AMOUNT
    assert token.balanceOf(world.stranger) == RICH + AMOUNT
    assert token.authorizationState(world.buyer, NONCE)
    assert receive(token, PLAIN, given) == receive(token, BYTES, given) == "authorization used"


@forms
def test_its_logs_are_the_standards(world, token, form):
    given = made(world)
    done = boa.env.execute_code(token.address, sender=given.taker, data=calldata(form, given))
    used, moved = [entry[2] for entry in sorted(done.get_raw_log_entries())]
    assert used[0] == int.from_bytes(keccak(text="AuthorizationUsed(address,bytes32)"), "big")
    assert (used[1], used[2]) == (int.from_bytes(world.buyer, "big"), int.from_bytes(NONCE, "big"))
    assert moved[0] == int.from_bytes(keccak(text="Transfer(address,address,uint256)"), "big")


def test_the_types_are_the_standards(token):
    """The hashes are printed in EIP-3009."""
    known = {
        "ReceiveWithAuthorization": "d099cc98ef71107a616c4f0f941f04c322d8e254fe26b3c6668db87aae413de8",
        "CancelAuthorization": "158b0a9edf7a828aad02f63cd515c68ef2f50ba807396f6d12842833a1597429",
    }
    source = (CONTRACTS / "TestToken.vy").read_text()
    for kind, members in TYPES.items():
        listed = ",".join(f"{one['type']} {one['name']}" for one in members)
        text = f"{kind}({listed})"
        assert keccak(text=text).hex() == known[kind]
        assert f'keccak256("{text}")' in source


@forms
def test_nobody_but_the_receiver_may_call(world, token, form):
    assert receive(token, form, made(world), world.seller) == "not the receiver"


@forms
@pytest.mark.parametrize(
    ("after", "before", "reason"),
    [
        (START - 1, START + 1, None),
        (START, NEVER, "authorization too early"),
        (0, START, "authorization expired"),
    ],
)
def test_it_counts_strictly_after_and_before_its_times(world, token, form, after, before, reason):
    assert receive(token, form, made(world, after=after, before=before)) == reason


@forms
def test_every_word_is_signed(world, token, form):
    given = made(world)
    others = [
        replace(given, giver=world.seller),
        replace(given, taker=world.seller),
        replace(given, value=AMOUNT + 1),
        replace(given, after=1),
        replace(given, before=NEVER - 1),
        replace(given, nonce=bytes(32)),
    ]
    assert [receive(token, form, other) for other in others] == ["bad signature"] * 6


@forms
def test_a_signature_has_one_form(world, token, form):
    given = made(world)
    v, r, s = split(given.signature)
    high = (CURVE - int.from_bytes(s, "big")).to_bytes(32, "big")
    bad = [r + high + bytes([55 - v]), r + s + bytes([v - 27]), r + s + bytes([55 - v]), bytes(65)]
    assert {receive(token, form, replace(given, signature=one)) for one in bad} == {"bad signature"}
    nobody = replace(given, giver=bytes(20), signature=bytes(65))
    assert receive(token, form, nobody) == "bad signature"


def test_bytes_of_another_length_are_no_signature(world, token):
    given = made(world)
    for signature in (b"", given.signature[:64], given.signature + b"\0", bytes(2048)):
        assert receive(token, BYTES, replace(given, signature=signature)) == "bad signature"
    assert receive(token, BYTES, replace(given, signature=bytes(2049))) == ""


@forms
def test_who_has_no_money_cannot_give_it(world, token, form):
    assert receive(token, form, made(world, value=RICH + 1)) == "balance too low"
    assert not token.authorizationState(world.buyer, NONCE)


@pytest.mark.parametrize(("signing", "good"), [(0, True), (1, False), (2, False), (3, False)])
def test_a_contract_wallet_is_asked(world, token, signing, good):
    wallet = world.account()
    given = made(world, giver=wallet.address)
    assert receive(token, BYTES, given) == "bad signature"
    wallet.sign_as(signing, given.digest)
    short = replace(given, signature=b"any bytes")
    assert receive(token, BYTES, short) == (None if good else "bad signature")


@forms
def test_a_cancelled_authorization_is_worthless(world, token, form):
    given = made(world)
    message = {"authorizer": world.buyer, "nonce": NONCE}
    signature, _ = sign(token, world.keys["buyer"], "CancelAuthorization", message)
    with boa.reverts("bad signature"):
        token.cancelAuthorization(world.seller, NONCE, *split(signature))
    token.cancelAuthorization(world.buyer, NONCE, *split(signature), sender=world.seller)
    assert receive(token, form, given) == "authorization used"
    with boa.reverts("authorization used"):
        token.cancelAuthorization(world.buyer, NONCE, *split(signature))


def test_a_used_authorization_cannot_be_cancelled(world, token):
    assert receive(token, PLAIN, made(world)) is None
    message = {"authorizer": world.buyer, "nonce": NONCE}
    signature, _ = sign(token, world.keys["buyer"], "CancelAuthorization", message)
    with boa.reverts("authorization used"):
        token.cancelAuthorization(world.buyer, NONCE, *split(signature))


def test_other_calls_are_refused(world, token):
    for data in (b"", b"\x01", b"\x12\x34\x56\x78", keccak(text=PLAIN)[:4], bytes(292)):
        assert boa.env.execute_code(token.address, sender=world.buyer, data=data).is_error
    coin = boa.env.execute_code(token.address, sender=world.buyer, data=b"", value=1)
    assert coin.is_error
