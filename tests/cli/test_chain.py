"""`etal contract …` against the dev chain."""

import json

import pytest

from node import config
from node.devchain import start_devchain
from node.protocol import keys
from node.protocol.escrow import address_of
from tests.chains import post
from tests.cli.conftest import refusal, typed
from tests.cli.nodes import PASSWORD, SEED, found
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
    }
    assert (settings.chain_id, settings.name) == (31337, "Ann")
    receipt_block = int(post(chain.url, "eth_blockNumber"), 16)
    assert 0 < settings.escrow_since <= receipt_block

    assert typed(folder, "contract", "deploy").exit_code == 1  # there is one already
    result = typed(folder, "contract", "verify")
    assert result.exit_code == 0, result.output
    assert settings.escrow in result.stdout


def test_another_contract_is_not_the_escrow(tmp_path, chain):
    folder = found(tmp_path / "ann", rpc=chain.url, escrow=ESCROW)
    result = typed(folder, "contract", "verify")
    assert result.exit_code == 1
    assert refusal(result).startswith("chain.code: ")


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
