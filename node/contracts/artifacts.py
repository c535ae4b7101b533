"""The compiled contracts that this node knows, and what their code must be on a chain."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from node.protocol import eip712
from node.protocol.escrow import DOMAIN_NAME, DOMAIN_VERSION


@dataclass(frozen=True)
class Artifact:
    """`immutables` are (start, length) within the deployed code, by name."""

    abi: list
    creation: bytes
    deployed: bytes
    immutables: dict[str, tuple[int, int]]
    compiler: str


@cache
def artifact(name: str) -> Artifact:
    """Escrow, Campaign or TestToken."""
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
        raw["compiler"],
    )


def domain_separator(chain_id: int, contract: bytes) -> bytes:
    """The EIP-712 domain of the escrow at this address."""
    domain = eip712.Domain(DOMAIN_NAME, DOMAIN_VERSION, chain_id, contract)
    return eip712.struct_hash("EIP712Domain", eip712.DOMAIN_MEMBERS, domain)


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
