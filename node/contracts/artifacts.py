"""The compiled contracts that this node knows, and what their code must be on a chain."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from node.protocol import campaign, eip712, escrow

DOMAINS = {
    "Escrow": (escrow.DOMAIN_NAME, escrow.DOMAIN_VERSION),
    "Campaign": (campaign.DOMAIN_NAME, campaign.DOMAIN_VERSION),
}
"""Of the contracts that hold money: the name and version in their EIP-712 domain."""


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


def domain_separator(chain_id: int, contract: bytes, name: str = "Escrow") -> bytes:
    """The EIP-712 domain of this contract at this address."""
    domain = eip712.Domain(*DOMAINS[name], chain_id, contract)
    return eip712.struct_hash("EIP712Domain", eip712.DOMAIN_MEMBERS, domain)


def genuine_code(chain_id: int, contract: bytes, name: str = "Escrow") -> bytes:
    """The whole code of a genuine contract at this address, its immutables filled in: code that differs in a chain id or
    a domain of its own would name other orders or campaigns than ours."""
    known = artifact(name)
    code = bytearray(known.deployed)
    values = {
        "CHAIN": chain_id.to_bytes(32, "big"),
        "SEPARATOR": domain_separator(chain_id, contract, name),
    }
    for immutable, (start, length) in known.immutables.items():
        code[start : start + length] = values[immutable]
    return bytes(code)
