"""Typed data that wallets sign and the escrow hashes (EIP-712), and plain secp256k1 signatures by one strict rule."""

import functools
from collections.abc import Sequence
from typing import NamedTuple

from eth_hash.auto import keccak
from eth_keys import keys as eth_keys
from eth_keys.exceptions import BadSignature, ValidationError

from node.protocol.errors import Rejected, StateError

WORD = 32
ADDRESS_BYTES = 20
SIGNATURE_BYTES = 65
HALF_CURVE = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0

Members = tuple[tuple[str, str], ...]  # (type, name) of a struct without nested structs

DOMAIN_MEMBERS = (
    ("string", "name"),
    ("string", "version"),
    ("uint256", "chainId"),
    ("address", "verifyingContract"),
)


class Domain(NamedTuple):
    """Where a signature counts: this contract (20 bytes) on this chain."""

    name: str
    version: str
    chain_id: int
    contract: bytes


def encode_type(name: str, members: Members) -> bytes:
    return f"{name}({','.join(f'{kind} {member}' for kind, member in members)})".encode()


@functools.lru_cache(maxsize=16)
def _type_hash(name: str, members: Members) -> bytes:
    return keccak(encode_type(name, members))


def word(kind: str, value: bytes | int | str) -> bytes:
    """One static value as the ABI lays it out, 32 bytes; text as EIP-712 does, by its hash. Raises StateError out of range."""
    if kind == "string":
        return keccak(value.encode())
    if kind == "bool":
        return int(value).to_bytes(WORD, "big")
    if kind.startswith("uint"):
        if not 0 <= value < 2 ** int(kind[4:]):
            raise StateError("eip712.value", f"{value} is no {kind}")
        return value.to_bytes(WORD, "big")
    if len(value) != {"address": ADDRESS_BYTES, "bytes32": WORD}[kind]:
        raise StateError("eip712.value", f"{len(value)} bytes are no {kind}")
    return value.rjust(WORD, b"\0")


def struct_hash(name: str, members: Members, values: Sequence) -> bytes:
    words = [word(kind, value) for (kind, _), value in zip(members, values, strict=True)]
    return keccak(_type_hash(name, members) + b"".join(words))


def digest(domain: Domain, name: str, members: Members, values: Sequence) -> bytes:
    """What is signed, 32 bytes."""
    return keccak(b"\x19\x01" + _separator(domain) + struct_hash(name, members, values))


@functools.lru_cache(maxsize=16)
def _separator(domain: Domain) -> bytes:
    return struct_hash("EIP712Domain", DOMAIN_MEMBERS, domain)


def sign_digest(digest: bytes, secret: bytes) -> bytes:
    """r ‖ s ‖ v with low s and v 27 or 28 (deterministic, RFC 6979), 65 bytes."""
    signature = eth_keys.PrivateKey(secret).sign_msg_hash(digest).to_bytes()
    return signature[:64] + bytes([signature[64] + 27])


def recover_signer(digest: bytes, signature: bytes) -> bytes:
    """The 20-byte address that signed.

    Raises Rejected "escrow.signature": wrong length, high s (EIP-2), v not 27 or 28, or no key.
    """
    well_formed = (
        len(signature) == SIGNATURE_BYTES
        and signature[64] in (27, 28)
        and int.from_bytes(signature[32:64], "big") <= HALF_CURVE
    )
    if not well_formed:
        raise Rejected("escrow.signature", "not a canonical 65-byte signature")
    try:
        inner = eth_keys.Signature(signature[:64] + bytes([signature[64] - 27]))
        return inner.recover_public_key_from_msg_hash(digest).to_canonical_address()
    except (BadSignature, ValidationError, ValueError) as error:
        raise Rejected("escrow.signature", "no key fits this signature") from error


def address_of(secret: bytes) -> bytes:
    """The 20-byte address of a secp256k1 secret key."""
    return eth_keys.PrivateKey(secret).public_key.to_canonical_address()
