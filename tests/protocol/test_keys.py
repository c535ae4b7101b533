import copy
import pickle

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from node.protocol import keys
from node.protocol.errors import Rejected, StateError
from node.protocol.keys import SigningKey

SECRET = bytes(range(32))


def test_hkdf_is_that_of_rfc_5869():
    # Appendix A.1 and A.3
    okm = keys.hkdf(b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)), 42)
    assert okm.hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )
    okm = keys.hkdf(b"\x0b" * 22, b"", b"", 42)
    assert okm.hex() == (
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )


@given(st.binary(min_size=32, max_size=32))
def test_purposes_give_unrelated_keys(seed):
    made = {keys.derive(seed, purpose) for purpose in ("persona", "node", "encryption/0")}
    assert len(made) == 3
    assert seed not in made


@pytest.mark.parametrize("purpose", ["", "Persona", "a//b", "a b", "persona\n", "/a"])
def test_a_purpose_has_a_shape(purpose):
    with pytest.raises(StateError):
        keys.derive(SECRET, purpose)


def test_ed25519_is_that_of_rfc_8032():
    # §7.1, test 1
    secret = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = SigningKey(secret)
    assert key.public.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert key.sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_a_signature_is_of_one_message(message, other):
    key = SigningKey(SECRET)
    signature = key.sign(message)
    assert keys.verify(key.public, message, signature)
    assert keys.verify(key.public, other, signature) == (message == other)


@given(st.binary(max_size=40), st.binary(max_size=70))
def test_garbage_never_verifies_and_never_raises(public, signature):
    assert keys.verify(public, b"message", signature) is False


def test_a_signing_key_shows_and_gives_away_nothing():
    key = SigningKey(SECRET)
    assert SECRET.hex() not in repr(key)
    assert key.public.hex() in repr(key)
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(StateError):
            leak(key)


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(64)])
def test_secrets_have_32_bytes(secret):
    with pytest.raises(StateError):
        SigningKey(secret)
    with pytest.raises(StateError):
        keys.encryption_public(secret)


def test_x25519_is_that_of_rfc_7748():
    # §5.2: once around from the base point
    base = b"\x09" + bytes(31)
    assert keys.encryption_public(base).hex() == (
        "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"
    )


# ---- wallet binding

WALLET = Account.from_key(b"\x07" * 32)
TERMS = (SigningKey(SECRET).public, "etal-test", 1_900_000_000, 31_337)


def wallet_signature(persona: bytes, network: str, until: int, chain_id: int) -> bytes:
    """Signed by a library of other origin, from the statement as docs/spec/persona.md writes it."""
    members = [("bytes32", "persona"), ("string", "network"), ("uint40", "until")]
    signable = encode_typed_data(
        {"name": "Etal", "version": "1", "chainId": chain_id},
        {"Binding": [{"type": kind, "name": name} for kind, name in members]},
        {"persona": persona, "network": network, "until": until},
    )
    return WALLET.sign_message(signable).signature


def test_a_wallet_that_signs_the_typed_data_is_recovered():
    address = keys.check_binding(*TERMS, wallet_signature(*TERMS))
    assert address == bytes.fromhex(WALLET.address[2:])


@pytest.mark.parametrize(
    "other",
    [
        (SigningKey(bytes(32)).public, *TERMS[1:]),
        (TERMS[0], "etal-other", *TERMS[2:]),
        (*TERMS[:2], TERMS[2] + 1, TERMS[3]),
        (*TERMS[:3], 1),
    ],
)
def test_a_binding_is_for_its_own_terms(other):
    address = bytes.fromhex(WALLET.address[2:])
    try:
        assert keys.check_binding(*other, wallet_signature(*TERMS)) != address
    except Rejected as rejected:
        assert rejected.rule == "binding.signature"


@given(st.binary(max_size=70))
def test_garbage_binds_nothing(signature):
    try:
        address = keys.check_binding(*TERMS, signature)
    except Rejected as rejected:
        assert rejected.rule == "binding.signature"
    else:
        assert address != bytes.fromhex(WALLET.address[2:])


PERSONA, ON, UNTIL, CHAIN_ID = TERMS
ACCOUNT = f"eip155:{CHAIN_ID}:{WALLET.address}"


def entry(account=ACCOUNT, until=UNTIL, terms=TERMS) -> dict:
    return {"account": account.lower(), "until": until, "signature": wallet_signature(*terms)}


def test_an_account_is_bound_by_what_its_own_key_has_signed():
    wallets = [entry(), entry()]
    assert keys.bound_accounts(PERSONA, ON, wallets, UNTIL - 1) == (ACCOUNT,)


@pytest.mark.parametrize(
    "wrong",
    [
        entry(account=f"eip155:1:{WALLET.address}"),
        entry(account=f"eip155:{CHAIN_ID}:0x{'0b' * 20}"),
        entry(until=UNTIL + 1),
        entry(terms=(bytes(32), ON, UNTIL, CHAIN_ID)),
        entry(terms=(PERSONA, "etal-other", UNTIL, CHAIN_ID)),
        {**entry(), "signature": bytes(65)},
        {**entry(), "until": 2**40},
        entry(account=f"eip155:{'9' * 32}:{WALLET.address}"),
    ],
)
def test_what_fits_no_signature_binds_nothing_and_spoils_nothing(wrong):
    assert keys.bound_accounts(PERSONA, ON, [wrong, entry()], UNTIL - 1) == (ACCOUNT,)


def test_a_binding_ends():
    assert keys.bound_accounts(PERSONA, ON, [entry()], UNTIL) == ()


@pytest.mark.parametrize(
    "terms",
    [
        (bytes(31), *TERMS[1:]),
        (*TERMS[:2], -1, TERMS[3]),
        (*TERMS[:2], 2**40, TERMS[3]),
        (*TERMS[:3], 0),
        (*TERMS[:3], 2**256),
    ],
)
def test_binding_values_are_bounded(terms):
    with pytest.raises(Rejected, match=r"binding\.values"):
        keys.wallet_binding_digest(*terms)
