"""Keys: derivation from one seed, Ed25519 signing by one strict rule, and the binding of a persona to a wallet (EIP-712)."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping

import nacl.bindings as sodium
from eth_hash.auto import keccak
from nacl.exceptions import CryptoError

from node.protocol.eip712 import recover_signer, struct_hash
from node.protocol.errors import Rejected, StateError
from node.protocol.patterns import address_to_text
from node.protocol.units import account_parts

SEED_BYTES = 32
KEY_BYTES = 32
SIGNATURE_BYTES = 64
PURPOSE = re.compile(r"[a-z0-9]+(?:[/.-][a-z0-9]+)*")


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

RULES = {
    "binding.values": "The persona has 32 bytes, `until` lies below 2^40, and the chain's id is at least 1.",
    "binding.signature": "The signature has 65 bytes r, s, v, with v 27 or 28 and s in the lower half (EIP-2), and some key made it.",
}
"""What must hold of a binding, by rule; one that breaks a rule is rejected."""

_DOMAIN = (("string", "name"), ("string", "version"), ("uint256", "chainId"))
_BINDING = (("bytes32", "persona"), ("string", "network"), ("uint40", "until"))


def wallet_binding_digest(persona: bytes, network: str, until: int, chain_id: int) -> bytes:
    """The EIP-712 digest that a wallet signs to say "this persona speaks for me on this network until then".

    Raises Rejected "binding.values" for what such a statement can't hold.
    """
    if chain_id < 1:
        raise Rejected("binding.values", "a chain id is at least 1")
    try:
        domain = struct_hash("EIP712Domain", _DOMAIN, ("Etal", "1", chain_id))
        return keccak(
            b"\x19\x01" + domain + struct_hash("Binding", _BINDING, (persona, network, until))
        )
    except StateError as error:
        raise Rejected("binding.values", "persona, end or chain is out of range") from error


def check_binding(
    persona: bytes, network: str, until: int, chain_id: int, signature: bytes
) -> bytes:
    """The address (20 bytes) of the wallet that signed the binding.

    Raises Rejected: binding.values, binding.signature (65 bytes r, s, v with low s and v 27 or 28, EIP-2).
    """
    digest = wallet_binding_digest(persona, network, until, chain_id)
    try:
        return recover_signer(digest, signature)
    except Rejected as wrong:
        raise Rejected("binding.signature", wrong.message) from None


def bound_accounts(
    persona: bytes, network: str, wallets: Iterable[Mapping], now: int
) -> tuple[str, ...]:
    """The accounts (CAIP-10, EIP-55) of a profile's `wallets` that have themselves signed, for this network and until after
    `now`, that this persona speaks for them. Entries that don't say so are passed over, as docs/spec/kinds.md asks."""
    bound = {}
    for entry in wallets:
        chain, address = account_parts(entry["account"])
        terms = (persona, network, entry["until"], int(chain.partition(":")[2]))
        if entry["until"] > now and _signer(*terms, entry["signature"]) == address:
            bound[f"{chain}:{address_to_text(address)}"] = None
    return tuple(bound)


def _signer(*binding) -> bytes | None:
    try:
        return check_binding(*binding)
    except Rejected:
        return None
