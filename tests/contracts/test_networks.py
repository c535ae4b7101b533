import pytest

from node.contracts.networks import caip2, caip19, network
from node.protocol.chains import CHAINS, DEMO
from node.protocol.errors import RuleError


def test_every_known_chain_has_a_pace():
    for chain in CHAINS.values():
        found = network(chain.id)
        assert (found.chain_id, found.name, found.coin) == (chain.id, chain.name, chain.coin)
        assert 0 < found.safe_depth <= found.final_depth
        assert 0 < found.poll <= 12
    assert network(DEMO[5]).chain_id == DEMO[5]
    assert (network(31_337).safe_depth, network(31_337).final_depth) == (2, 4)
    assert (network(1).safe_depth, network(1).final_depth) == (32, 64)


@pytest.mark.parametrize("chain_id", [0, -1, 56, 2**64])
def test_others_are_not_known(chain_id):
    with pytest.raises(RuleError) as refused:
        network(chain_id)
    assert refused.value.rule == "chain.network"


def test_names_of_chains_and_assets():
    assert caip2(31_337) == "eip155:31337"
    assert caip19(31_337, bytes(20)) == "eip155:31337/slip44:60"
    assert caip19(1_337, b"\xab" * 20) == "eip155:1337/erc20:0x" + "ab" * 20
