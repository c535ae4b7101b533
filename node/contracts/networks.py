"""How the known chains are followed."""

from dataclasses import dataclass

from node.protocol import chains
from node.protocol.errors import RuleError


@dataclass(frozen=True)
class Network:
    """`safe_depth` and `final_depth` in blocks stand in where the chain's node has no tags of its own;
    `poll` is the pause in seconds between looks at the chain."""

    chain_id: int
    name: str
    coin: str
    safe_depth: int = 32
    final_depth: int = 64
    poll: float = 4.0


HERE = (2, 4, 0.5)
OP_STACK = (
    60,
    600,
    2.0,
)  # blocks of two seconds, of which batches reach the chain below after minutes
ARBITRUM = (240, 4_800, 2.0)  # blocks of a quarter of a second
POLYGON = (64, 256, 2.0)
GNOSIS = (16, 64, 4.0)

PACE = {
    **dict.fromkeys(chains.LOCAL, HERE),
    **dict.fromkeys((10, 8_453, 84_532, 11_155_420), OP_STACK),
    **dict.fromkeys((42_161, 421_614), ARBITRUM),
    **dict.fromkeys((137, 80_002), POLYGON),
    **dict.fromkeys((100, 10_200), GNOSIS),
}
"""chain id -> (safe_depth, final_depth, poll); the others have Ethereum's, of which 64 blocks are two epochs."""


def network(chain_id: int) -> Network:
    """The network of this id, whether or not it may be traded on: `chains.admit` says that. Raises RuleError "chain.network" for
    one that isn't known."""
    chain = chains.chain(chain_id)
    if chain is None:
        raise RuleError("chain.network", f"Chain {chain_id} is not known.")
    pace = HERE if chain_id in chains.DEMO else PACE.get(chain_id, ())
    return Network(chain_id, chain.name, chain.coin, *pace)


def caip2(chain_id: int) -> str:
    return f"eip155:{chain_id}"


def caip19(chain_id: int, token: bytes) -> str:
    """The asset's name; a zero token is the chain's own coin (SLIP-44 60, which stands for Ether on test chains)."""
    asset = f"erc20:0x{token.hex()}" if any(token) else "slip44:60"
    return f"eip155:{chain_id}/{asset}"
