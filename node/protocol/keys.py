"""Keys: derivation from one seed, Ed25519 signing by one strict rule, and the binding of a persona to a wallet (EIP-712)."""

import hashlib
import hmac
import re

import nacl.bindings as sodium
from eth_hash.auto import keccak
from eth_keys import keys as eth
from eth_keys.exceptions import BadSignature, ValidationError
from nacl.exceptions import CryptoError

from node.protocol.errors import Rejected, StateError

SEED_BYTES = 32
KEY_BYTES = 32
SIGNATURE_BYTES = 64
WALLET_SIGNATURE_BYTES = 65
MAX_BINDING_UNTIL = 2**40 - 1  # uint40
PURPOSE = re.compile(r"[a-z0-9]+(?:[/.-][a-z0-9]+)*")

_HALF_CURVE_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_DOMAIN_TYPE = b"EIP712Domain(string name,string version,uint256 chainId)"
_BINDING_TYPE = b"Binding(bytes32 persona,string network,uint40 until)"


def hkdf(secret: bytes, salt: bytes, info: bytes, length: int = KEY_BYTES) -> bytes:
    """HKDF-SHA256 (RFC 5869)."""
    extracted = hmac.digest(salt or bytes(32), secret, hashlib.sha256)
    output = block = b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(extracted, block + info + bytes([counter]), hashlib.sha256)
        output += block
    return output[:length]


def derive(seed: bytes, purpose: str) -> bytes:
    """A secret of 32 bytes for one purpose: "persona", "node", "wallet", "encryption/0", "review/…"."""
    if len(seed) != SEED_BYTES or not PURPOSE.fullmatch(purpose):
        raise StateError(
            "keys.misuse", "a seed has 32 bytes, a purpose is lower-case words joined by / . or -"
        )
    return hkdf(seed, b"", b"etal/1/derive/" + purpose.encode())


def encryption_public(secret: bytes) -> bytes:
    """The X25519 public key (RFC 7748) of a secret of 32 bytes."""
    if len(secret) != KEY_BYTES:
        raise StateError("keys.misuse", "an encryption secret has 32 bytes")
    return sodium.crypto_scalarmult_base(secret)


class SigningKey:
    """An Ed25519 key (RFC 8032) made from a secret of 32 bytes. Its text never shows the secret."""

    __slots__ = ("_pair", "public")

    def __init__(self, secret: bytes):
        if len(secret) != KEY_BYTES:
            raise StateError("keys.misuse", "a signing secret has 32 bytes")
        self.public, self._pair = sodium.crypto_sign_seed_keypair(secret)

    def sign(self, message: bytes) -> bytes:
        return sodium.crypto_sign(message, self._pair)[:SIGNATURE_BYTES]

    def __repr__(self) -> str:
        return f"SigningKey(public={self.public.hex()})"

    def __reduce__(self):
        raise StateError("keys.misuse", "a signing key is never copied or stored")


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this is a valid signature by the strict rule of docs/spec/persona.md."""
    if len(public) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        sodium.crypto_sign_open(signature + message, public)
    except CryptoError:
        return False
    return True


# ------------------------------------------------------------------------------- wallet binding


def wallet_binding_digest(persona: bytes, network: str, until: int, chain_id: int) -> bytes:
    """The EIP-712 digest that a wallet signs to say "this persona speaks for me on this network until then"."""
    if (
        len(persona) != KEY_BYTES
        or not 0 <= until <= MAX_BINDING_UNTIL
        or not 0 < chain_id < 2**256
    ):
        raise Rejected("binding.values", "persona, end or chain is out of range")
    domain = keccak(
        keccak(_DOMAIN_TYPE) + keccak(b"Etal") + keccak(b"1") + chain_id.to_bytes(32, "big")
    )
    message = keccak(
        keccak(_BINDING_TYPE) + persona + keccak(network.encode()) + until.to_bytes(32, "big")
    )
    return keccak(b"\x19\x01" + domain + message)


def wallet_binding_typed_data(persona: bytes, network: str, until: int, chain_id: int) -> dict:
    """The same as JSON for eth_signTypedData_v4."""
    return {
        "domain": {"name": "Etal", "version": "1", "chainId": chain_id},
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
            ],
            "Binding": [
                {"name": "persona", "type": "bytes32"},
                {"name": "network", "type": "string"},
                {"name": "until", "type": "uint40"},
            ],
        },
        "primaryType": "Binding",
        "message": {"persona": "0x" + persona.hex(), "network": network, "until": until},
    }


def check_binding(
    persona: bytes, network: str, until: int, chain_id: int, signature: bytes
) -> bytes:
    """The address (20 bytes) of the wallet that signed the binding.

    Raises Rejected: binding.values, binding.signature (65 bytes r, s, v with low s and v 27 or 28, EIP-2).
    """
    digest = wallet_binding_digest(persona, network, until, chain_id)
    if len(signature) != WALLET_SIGNATURE_BYTES or signature[64] not in (27, 28):
        raise Rejected("binding.signature", "a wallet signature has 65 bytes and ends in 27 or 28")
    if int.from_bytes(signature[32:64], "big") > _HALF_CURVE_ORDER:
        raise Rejected("binding.signature", "the s of a wallet signature must be low")
    try:
        parsed = eth.Signature(signature[:64] + bytes([signature[64] - 27]))
        return parsed.recover_public_key_from_msg_hash(digest).to_canonical_address()
    except (BadSignature, ValidationError, ValueError) as error:
        raise Rejected("binding.signature", "not a signature of any wallet") from error
