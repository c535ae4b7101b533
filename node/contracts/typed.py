"""Typed data as a wallet is asked to sign it (EIP-712, eth_signTypedData_v4), and the digest that it signs."""

from collections.abc import Mapping, Sequence

from eth_hash.auto import keccak

from node.protocol import eip712

KINDS = {
    "name": "string",
    "version": "string",
    "chainId": "uint256",
    "verifyingContract": "address",
}
"""Of the members that a domain may have."""


def separator(domain: Mapping[str, object]) -> bytes:
    """The hash of a domain with these members, in this order."""
    members = tuple((KINDS[name], name) for name in domain)
    return eip712.struct_hash("EIP712Domain", members, list(domain.values()))


def digest(
    domain: Mapping[str, object], name: str, members: eip712.Members, values: Sequence
) -> bytes:
    """What is signed, 32 bytes."""
    return keccak(b"\x19\x01" + separator(domain) + eip712.struct_hash(name, members, values))


def typed_data(
    domain: Mapping[str, object], name: str, members: eip712.Members, values: Sequence
) -> dict:
    """JSON with numbers as decimal text (the chain's id excepted), bytes and addresses as hex."""
    return {
        "types": {
            "EIP712Domain": [{"name": one, "type": KINDS[one]} for one in domain],
            name: [{"name": one, "type": kind} for kind, one in members],
        },
        "primaryType": name,
        "domain": {one: _hex(value) for one, value in domain.items()},
        "message": {one: _json(value) for (_, one), value in zip(members, values, strict=True)},
    }


def _json(value: object) -> object:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number else _hex(value)


def _hex(value: object) -> object:
    return "0x" + value.hex() if isinstance(value, bytes) else value
