"""`etal contract …` against the dev chain."""

import json

import pytest
import trio
from eth_hash.auto import keccak

from node import config
from node.cli.chain import _deployed_text
from node.cli.client import Client
from node.contracts.artifacts import artifact
from node.contracts.create2 import PROXY, PROXY_CODE, address_everywhere
from node.contracts.deploy import deploy_market
from node.contracts.deployments import first_block
from node.contracts.rpc import Rpc
from node.contracts.wallet import checksummed
from node.demo.market import wait_until
from node.devchain import start_devchain
from node.protocol import keys
from node.protocol.escrow import address_of
from tests.chains import post
from tests.cli.conftest import refusal, typed
from tests.cli.nodes import PASSWORD, SEED, found, running
from tests.web.conftest import free_port

WALLET = "0x" + address_of(keys.derive(SEED, "wallet")).hex()
ESCROW = "0x" + "ab" * 20


@pytest.fixture(scope="module")
def chain():
    with start_devchain() as running:
        yield running


@pytest.fixture(autouse=True)
def known_password(monkeypatch):
    monkeypatch.setenv("ETAL_PASSWORD", PASSWORD)


def test_the_escrow_is_deployed_into_the_settings_and_verified(tmp_path, chain):
    folder = found(tmp_path / "ann", rpc=chain.url)
    poor = typed(folder, "contract", "deploy")
    assert poor.exit_code == 1
    assert WALLET in refusal(poor).lower()  # so that one knows whom to send some coin

    account = post(chain.url, "eth_accounts")[0]
    gift = {"from": account, "to": WALLET, "value": hex(10**18)}
    post(chain.url, "eth_sendTransaction", gift)
    result = typed(folder, "contract", "deploy", "--json")
    assert result.exit_code == 0, result.output
    settings = config.load(folder, {})
    assert json.loads(result.stdout) == {
        "chain_id": settings.chain_id,
        "escrow": settings.escrow,
        "escrow_since": settings.escrow_since,
        "campaign": settings.campaign,
        "deployed": ["escrow", "campaign"],
    }
    assert settings.escrow == checksummed(address_everywhere("Escrow"))
    assert settings.campaign == checksummed(address_everywhere("Campaign"))
    assert (settings.chain_id, settings.name) == (31337, "Ann")
    receipt_block = int(post(chain.url, "eth_blockNumber"), 16)
    assert 0 < settings.escrow_since <= receipt_block

    assert typed(folder, "contract", "deploy").exit_code == 1  # they are there already
    result = typed(folder, "contract", "verify")
    assert result.exit_code == 0, result.output
    assert settings.escrow in result.stdout and settings.campaign in result.stdout

    second = found(tmp_path / "bob", rpc=chain.url)
    result = typed(second, "contract", "deploy")
    assert result.exit_code == 0, result.output
    assert "nothing was paid" in result.stdout
    assert config.load(second, {}).escrow_since == settings.escrow_since


def test_who_has_an_escrow_deploys_the_campaign_contract_alone(tmp_path):
    with start_devchain() as chain:
        rich = {"from": post(chain.url, "eth_accounts")[0], "to": WALLET, "value": hex(10**18)}
        post(chain.url, "eth_sendTransaction", rich)
        folder = found(tmp_path / "ann", rpc=chain.url, escrow=ESCROW, escrow_since=1)
        missing = typed(folder, "contract", "verify")
        assert "The campaign contract isn't at 0x" in refusal(missing)
        result = typed(folder, "contract", "deploy", "--json")
        assert result.exit_code == 0, result.output
        told = json.loads(result.stdout)
        assert (told["deployed"], told["escrow"]) == (["campaign"], ESCROW)
        settings = config.load(folder, {})
        assert (settings.escrow, settings.escrow_since) == (ESCROW, 1)
        assert settings.campaign == told["campaign"]
        asked = ("contract", "verify", "--address", told["campaign"])
        assert "is the campaign contract that" in typed(folder, *asked).stdout


def test_a_chain_without_old_states_leaves_the_block_to_the_person():
    found = {"chain_id": 31337, "escrow": ESCROW, "escrow_since": None, "campaign": ESCROW}
    text = _deployed_text({**found, "deployed": []})
    assert f"{ESCROW} on chain 31337.\n" in text
    assert "as escrow_since" in text


def test_another_contract_is_not_the_escrow(tmp_path, chain):
    folder = found(tmp_path / "ann", rpc=chain.url, escrow=ESCROW)
    result = typed(folder, "contract", "verify")
    assert result.exit_code == 1
    assert refusal(result).startswith("chain.code: There is no contract at 0x")

    proxy = "0x" + PROXY.hex()
    trio.run(deploy_market, chain.url, [])
    result = typed(folder, "contract", "verify", "--address", proxy)
    assert result.exit_code == 1
    assert "is not the escrow that this node knows" in refusal(result)
    result = typed(folder, "contract", "verify", "--address", proxy, "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)["contracts"][0]
    assert (told["found"], told["same"], told["code"]) == (
        "other",
        False,
        "0x" + keccak(PROXY_CODE).hex(),
    )


def test_any_chain_can_be_asked_without_a_node(tmp_path, chain):
    """By the address that it has everywhere, where none is named."""
    trio.run(deploy_market, chain.url, [])
    asked = ("contract", "verify", "--rpc", chain.url)
    result = typed(tmp_path / "nobody", *asked, "--json")
    assert result.exit_code == 0, result.output
    everything = json.loads(result.stdout)
    told, campaign = everything.pop("contracts")
    assert everything == {"chain": "eip155:31337", "chain_id": 31337, "same": True}
    expected = {
        "version": "1",
        "compiler": artifact("Escrow").compiler,
        "creation": "0x" + keccak(artifact("Escrow").creation).hex(),
        "code": told["code"],
    }
    assert told == {
        "name": "Escrow",
        "address": checksummed(address_everywhere("Escrow")),
        "found": "same",
        "same": True,
        "problem": "",
        "code": told["code"],
        "expected": expected,
    }
    assert (campaign["name"], campaign["same"]) == ("Campaign", True)
    assert campaign["address"] == checksummed(address_everywhere("Campaign"))
    result = typed(tmp_path / "nobody", *asked)
    for said in (told["address"], "chain 31337", "version   1", expected["creation"], told["code"]):
        assert said in result.stdout
    result = typed(tmp_path / "nobody", *asked, "--address", "0x12")
    assert result.exit_code == 1
    assert "--address" in refusal(result)


@pytest.mark.parametrize("verb", ["deploy", "verify"])
def test_another_chain_than_the_configured_one(tmp_path, chain, verb):
    escrow = {"escrow": ESCROW} if verb == "verify" else {}
    folder = found(tmp_path / "ann", rpc=chain.url, chain_id=1337, **escrow)
    result = typed(folder, "contract", verb)
    assert result.exit_code == 1
    assert "31337" in refusal(result)


@pytest.mark.parametrize("verb", ["deploy", "verify"])
def test_a_chain_that_doesnt_answer(tmp_path, verb):
    escrow = {"escrow": ESCROW} if verb == "verify" else {}
    folder = found(tmp_path / "ann", rpc=f"http://127.0.0.1:{free_port()}", **escrow)
    assert typed(folder, "contract", verb).exit_code == 5


@pytest.mark.parametrize("verb", ["deploy", "verify"])
def test_without_a_chain_there_is_no_contract(tmp_path, verb):
    result = typed(found(tmp_path / "ann"), "contract", verb)
    assert result.exit_code == 1
    assert refusal(result).startswith("rpc: ")


def test_a_node_finds_the_escrow_by_itself_once_it_is_deployed(tmp_path):
    with start_devchain() as chain:
        folder = found(tmp_path / "ann", rpc=chain.url, chain_id=31337)
        with running(folder):
            client = Client(str(folder))
            wait_until(lambda: "etal contract deploy" in told(client)["state"], "no advice", 30)
            market = trio.run(deploy_market, chain.url, [])
            wait_until(lambda: told(client)["state"] == "following", "it doesn't follow", 30)
            assert told(client)["contract"] == market["escrow"].lower()
        # the block that the chain told is the one in which it was deployed
        assert trio.run(first, chain.url) == market["since"]


def test_the_code_is_compared_at_all_of_several_nodes(tmp_path, chain):
    trio.run(deploy_market, chain.url, [])
    with start_devchain() as empty:
        folder = found(tmp_path / "ann", rpc=[chain.url, empty.url])
        result = typed(folder, "contract", "verify")
        assert result.exit_code == 5
        assert "contradict each other about a contract's code" in refusal(result)


def told(client) -> dict:
    return client.call("GET", "/status")["chain"]


async def first(url: str) -> int:
    return await first_block(Rpc(url), address_everywhere("Escrow"))
