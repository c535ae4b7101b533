"""One strict rule for secp256k1 signatures. The hashes are tested with what they are for, in test_escrow.py."""

import pytest
from eth_abi import encode as abi_encode
from hypothesis import given
from hypothesis import strategies as st

from node.protocol import eip712
from node.protocol.errors import Rejected, StateError


@given(
    st.one_of(
        st.tuples(st.just("address"), st.binary(min_size=20, max_size=20)),
        st.tuples(st.just("bytes32"), st.binary(min_size=32, max_size=32)),
        *(
            st.tuples(st.just(f"uint{bits}"), st.integers(0, 2**bits - 1))
            for bits in (16, 32, 40, 128, 256)
        ),
    )
)
def test_words_are_those_of_another_implementation(typed):
    kind, value = typed
    assert eip712.word(kind, value) == abi_encode([kind], [value])


@pytest.mark.parametrize(
    ("kind", "value"),
    [("uint16", 2**16), ("uint40", -1), ("address", bytes(21)), ("bytes32", bytes(31))],
)
def test_what_does_not_fit_is_our_own_mistake(kind, value):
    with pytest.raises(StateError):
        eip712.word(kind, value)


class TestSignatures:
    SECRET = b"\x11" * 32
    DIGEST = b"\x22" * 32
    N = 2 * eip712.HALF_CURVE + 1

    def refused(self, signature: bytes) -> None:
        with pytest.raises(Rejected) as caught:
            eip712.recover_signer(self.DIGEST, signature)
        assert caught.value.rule == "escrow.signature"

    def test_signs_low_s_with_v_27_or_28(self):
        for n in range(1, 30):
            signature = eip712.sign_digest(bytes([n]) * 32, self.SECRET)
            assert signature[64] in (27, 28)
            assert int.from_bytes(signature[32:64], "big") <= eip712.HALF_CURVE
            signer = eip712.recover_signer(bytes([n]) * 32, signature)
            assert signer == eip712.address_of(self.SECRET)

    def test_high_s_is_refused(self):
        signature = eip712.sign_digest(self.DIGEST, self.SECRET)
        high = (self.N - int.from_bytes(signature[32:64], "big")).to_bytes(32, "big")
        self.refused(signature[:32] + high + bytes([55 - signature[64]]))

    @pytest.mark.parametrize("v", [0, 1, 26, 29, 255])
    def test_other_v_is_refused(self, v):
        self.refused(eip712.sign_digest(self.DIGEST, self.SECRET)[:64] + bytes([v]))

    @pytest.mark.parametrize(
        "signature", [b"", bytes(64), bytes(64) + b"\x1b", b"\xff" * 32 + bytes(31) + b"\x01\x1b"]
    )
    def test_nonsense_is_refused(self, signature):
        self.refused(signature)
