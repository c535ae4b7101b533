"""Where the contracts are: the list of known deployments, what is at an address, and since when it is there."""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from eth_hash.auto import keccak

from node.contracts import answers
from node.contracts.artifacts import DOMAINS, artifact, genuine_code
from node.contracts.create2 import PROXY, address_everywhere
from node.contracts.networks import caip2
from node.contracts.rpc import Caller, RpcError
from node.contracts.wallet import checksummed
from node.protocol.errors import RuleError, Unavailable

MAX_CODE = 49_152  # bytes of code at an address
SPOKEN = {"Escrow": "escrow", "Campaign": "campaign contract"}


@dataclass(frozen=True)
class Known:
    """A deployment that is on our list. `since` is its block."""

    address: bytes
    since: int
    name: str


@cache
def listed() -> dict[str, Known]:
    """The escrows that this version knows, by CAIP-2 chain: artifacts/deployments.json."""
    path = files("node.contracts").joinpath("artifacts", "deployments.json")
    return {
        chain: Known(bytes.fromhex(each["address"][2:]), each["since"], each["name"])
        for chain, each in json.loads(path.read_text("utf-8"))["deployments"].items()
    }


def place(chain_id: int, address: str, since: int) -> tuple[bytes, int | None]:
    """(address, block since which the escrow is there) by the settings, else by the list, else the address that it has on every
    chain; None: the chain must be asked. `address` "" and `since` 0 are settings that say nothing."""
    known = listed().get(caip2(chain_id))
    usual = known.address if known else address_everywhere("Escrow")
    contract = bytes.fromhex(address[2:]) if address else usual
    if known and not since and contract == known.address:
        return contract, known.since
    return contract, since or None


def campaign_place(address: str) -> bytes:
    """Where the campaign contract is by the settings, else the address that it has on every chain."""
    return bytes.fromhex(address[2:]) if address else address_everywhere("Campaign")


class Verdict(StrEnum):
    """What was found at an address."""

    SAME = "same"  # the contract that this node knows, whole
    ELSEWHERE = "elsewhere"  # its code, but with the immutables of another chain or address: it names other orders
    OTHER = "other"  # other code
    NOTHING = "nothing"  # no code


@dataclass(frozen=True)
class Finding:
    """`code` is what is there, `name` the artifact that it was compared with: Escrow or Campaign."""

    chain_id: int
    address: bytes
    verdict: Verdict
    code: bytes
    name: str = "Escrow"

    @property
    def problem(self) -> str:
        """Why this isn't the contract that this node knows, "" if it is."""
        place = f"{checksummed(self.address)} on chain {self.chain_id}"
        what = SPOKEN[self.name]
        if self.verdict is Verdict.NOTHING and self.address == address_everywhere(self.name):
            return f"The {what} isn't at {place} yet: `etal contract deploy` puts it there."
        return {
            Verdict.SAME: "",
            Verdict.NOTHING: f"There is no contract at {place}.",
            Verdict.ELSEWHERE: f"The code at {place} is the {what}'s, but made for another chain or address.",
            Verdict.OTHER: f"The code at {place} is not the {what} that this node knows.",
        }[self.verdict]

    def need_ours(self) -> None:
        """Raises RuleError "chain.code" unless this is the contract that this node knows."""
        if self.problem:
            raise RuleError("chain.code", self.problem)


def described(finding: Finding) -> dict:
    """As JSON: what was found, and what it was compared with."""
    known = artifact(finding.name)
    return {
        "name": finding.name,
        "address": checksummed(finding.address),
        "found": finding.verdict.value,
        "same": finding.verdict is Verdict.SAME,
        "problem": finding.problem,
        "code": _hash(finding.code) if finding.code else None,
        "expected": {
            "version": DOMAINS[finding.name][1],
            "compiler": known.compiler,
            "creation": _hash(known.creation),
            "code": _hash(genuine_code(finding.chain_id, finding.address, finding.name)),
        },
    }


def _hash(code: bytes) -> str:
    """keccak256, as EXTCODEHASH has it."""
    return "0x" + keccak(code).hex()


async def need_chain(rpc: Caller, chain_id: int) -> None:
    """Raises RuleError "chain.network" where the chain's node is on another chain, or Unavailable."""
    theirs = answers.quantity(await rpc.call("eth_chainId"))
    if theirs != chain_id:
        raise RuleError(
            "chain.network",
            f"The chain's node is on chain {theirs}, the configuration says {chain_id}.",
        )


async def examine(rpc: Caller, chain_id: int, address: bytes, name: str = "Escrow") -> Finding:
    """Compare the whole code there with ours, immutables filled in. Raises Unavailable."""
    return _finding(await code_at(rpc, address), chain_id, address, name)


async def recognised(rpc: Caller, chain_id: int, address: bytes) -> Finding:
    """The same beside the contract of ours whose code it has, the escrow where it has that of none."""
    code = await code_at(rpc, address)
    found = [_finding(code, chain_id, address, name) for name in DOMAINS]
    alike = (Verdict.SAME, Verdict.ELSEWHERE)
    return next((one for one in found if one.verdict in alike), found[0])


def _finding(code: bytes, chain_id: int, address: bytes, name: str) -> Finding:
    return Finding(chain_id, address, _verdict(code, chain_id, address, name), code, name)


def _verdict(code: bytes, chain_id: int, address: bytes, name: str) -> Verdict:
    if not code:
        return Verdict.NOTHING
    if code == genuine_code(chain_id, address, name):
        return Verdict.SAME
    return Verdict.ELSEWHERE if _is_alike(code, name) else Verdict.OTHER


def _is_alike(code: bytes, name: str) -> bool:
    """Whether it is the contract's but for the immutables, which are zeros in what is compiled."""
    known, masked = artifact(name), bytearray(code)
    if len(code) != len(known.deployed):
        return False
    for start, length in known.immutables.values():
        masked[start : start + length] = bytes(length)
    return masked == known.deployed


async def code_at(rpc: Caller, address: bytes, block: str = "latest") -> bytes:
    found = await rpc.call("eth_getCode", "0x" + address.hex(), block)
    return answers.data(found, most=MAX_CODE)


async def first_block(rpc: Caller, address: bytes) -> int:
    """Number of the first block after which there is code at this address, by bisection.

    Raises RuleError "chain.code" where there is none, Unavailable, and that as "chain.history" where the chain's node has no
    states of old blocks."""
    found = await rpc.call("eth_getBlockByNumber", "latest", False)
    low, high = 0, answers.header(found).number
    if not await code_at(rpc, address):
        raise RuleError("chain.code", f"There is no contract at {checksummed(address)} any more.")
    try:
        while low < high:
            middle = (low + high) // 2
            there = await code_at(rpc, address, hex(middle))
            low, high = (low, middle) if there else (middle + 1, high)
        # Some answer "no code" for states that they have forgotten: the deployer must have been there before what it made.
        forgets = (
            low > 0
            and address == address_everywhere("Escrow")
            and not await code_at(rpc, PROXY, hex(low - 1))
        )
    except RpcError:
        forgets = True
    if forgets:
        raise Unavailable(
            "chain.history",
            "The chain's node has no states of old blocks, so it can't tell since when the escrow is there. "
            "Write the block of its deployment into config.toml as escrow_since.",
        )
    return low
