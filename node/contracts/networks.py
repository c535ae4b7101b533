"""The chains that this node accepts. Until the escrow is proven there are only test networks among them."""

from dataclasses import dataclass

from node.protocol.errors import RuleError


@dataclass(frozen=True)
class Network:
    """`safe_depth` and `final_depth` in blocks stand in where the chain's node has no tags of its own;
    `poll` is the pause in seconds between looks at the chain."""

    chain_id: int
    name: str
    coin: str = "ETH"
    safe_depth: int = 32
    final_depth: int = 64
    poll: float = 4.0


LOCAL = (31_337, 1_337)
# Each demo takes another one: wallets remember the nonces of a chain that they have seen.
DEMO = range(1_337_000_000, 1_338_000_000)

NETWORKS = {
    network.chain_id: network
    for network in (
        *(Network(id, "a chain on this machine", "ETH", 2, 4, 0.5) for id in LOCAL),
        Network(11_155_111, "Sepolia"),
        Network(17_000, "Holesky"),
        Network(560_048, "Hoodi"),
        Network(84_532, "Base Sepolia", "ETH", 60, 600, 2.0),
        Network(421_614, "Arbitrum Sepolia", "ETH", 240, 4_800, 2.0),
        Network(11_155_420, "OP Sepolia", "ETH", 60, 600, 2.0),
        Network(80_002, "Polygon Amoy", "POL", 16, 64, 2.0),
        Network(10_200, "Gnosis Chiado", "xDAI", 16, 64, 4.0),
    )
}


def network(chain_id: int) -> Network:
    """The network of this id. Raises RuleError "chain.network" for one that isn't accepted."""
    if chain_id in DEMO:
        return Network(chain_id, "the demo's chain", "ETH", 2, 4, 0.5)
    if chain_id not in NETWORKS:
        names = ", ".join(f"{one.name} ({one.chain_id})" for one in NETWORKS.values())
        raise RuleError(
            "chain.network",
            f"Chain {chain_id} is not accepted: until the escrow is proven, only test networks are. Those are {names}",
        )
    return NETWORKS[chain_id]


def caip2(chain_id: int) -> str:
    return f"eip155:{chain_id}"


def caip19(chain_id: int, token: bytes) -> str:
    """The asset's name; a zero token is the chain's own coin (SLIP-44 60, which stands for Ether on test chains)."""
    asset = f"erc20:0x{token.hex()}" if any(token) else "slip44:60"
    return f"eip155:{chain_id}/{asset}"
