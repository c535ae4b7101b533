import pytest

from node.contracts.networks import DEMO, NETWORKS, caip2, caip19, network
from node.protocol.errors import RuleError

LIVE = (1, 10, 56, 100, 137, 324, 8_453, 42_161, 43_114, 59_144)


def test_test_networks_are_accepted():
    for chain_id in (31_337, 11_155_111, 17_000, 560_048, 84_532, 421_614, 11_155_420, 80_002):
        assert network(chain_id).chain_id == chain_id
    assert network(DEMO[5]).chain_id == DEMO[5]


@pytest.mark.parametrize("chain_id", [*LIVE, 0, -1, 2**64])
def test_others_are_refused_with_a_sentence(chain_id):
    with pytest.raises(RuleError) as refused:
        network(chain_id)
    assert refused.value.rule == "chain.network"
    assert "only test networks" in refused.value.message
    assert "Sepolia (11155111)" in refused.value.message


def test_depths_make_sense():
    assert all(0 < one.safe_depth <= one.final_depth for one in NETWORKS.values())


def test_names_of_chains_and_assets():
    assert caip2(31_337) == "eip155:31337"
    assert caip19(31_337, bytes(20)) == "eip155:31337/slip44:60"
    assert caip19(1_337, b"\xab" * 20) == "eip155:1337/erc20:0x" + "ab" * 20
