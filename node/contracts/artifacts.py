"""The compiled contracts that this node knows, and what their code must be on a chain."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from eth_abi import encode as abi_encode
from eth_hash.auto import keccak

from node.protocol.escrow import DOMAIN_MEMBERS, DOMAIN_NAME, DOMAIN_VERSION

DOMAIN_TYPE = keccak(
    f"EIP712Domain({','.join(f'{kind} {name}' for kind, name in DOMAIN_MEMBERS)})".encode()
)


@dataclass(frozen=True)
class Artifact:
    """`immutables` are (start, length) within the deployed code, by name."""

    abi: list
    creation: bytes
    deployed: bytes
    immutables: dict[str, tuple[int, int]]


@cache
def artifact(name: str) -> Artifact:
    """Escrow or TestToken."""
    path = files("node.contracts").joinpath("artifacts", f"{name}.json")
    raw = json.loads(path.read_text())
    return Artifact(
        raw["abi"],
        bytes.fromhex(raw["bytecode"][2:]),
        bytes.fromhex(raw["deployedBytecode"][2:]),
        {
            name: (place["start"], place["length"])
            for name, place in raw["immutableReferences"].items()
        },
    )


def domain_separator(chain_id: int, contract: bytes) -> bytes:
    """The EIP-712 domain of the escrow at this address."""
    values = [DOMAIN_TYPE, keccak(DOMAIN_NAME.encode()), keccak(DOMAIN_VERSION.encode())]
    kinds = ["bytes32", "bytes32", "bytes32", "uint256", "address"]
    return keccak(abi_encode(kinds, [*values, chain_id, contract]))


def escrow_code(chain_id: int, contract: bytes) -> bytes:
    """The whole code of a genuine escrow at this address, its immutables filled in: code that differs in a chain id or
    a domain of its own would name other orders than ours."""
    known = artifact("Escrow")
    code = bytearray(known.deployed)
    values = {
        "CHAIN": chain_id.to_bytes(32, "big"),
        "SEPARATOR": domain_separator(chain_id, contract),
    }
    for name, (start, length) in known.immutables.items():
        code[start : start + length] = values[name]
    return bytes(code)
