"""What the product ships is what the sources compile to, and what a chain then holds."""

import json
import subprocess
import sys

import boa
import pytest
from world import CONTRACTS

ARTIFACTS = CONTRACTS.parent / "node" / "contracts" / "artifacts"


def artifact(name):
    return json.loads((ARTIFACTS / f"{name}.json").read_text())


@pytest.mark.parametrize("script", ["build.py", "vectors.py", "campaign_vectors.py"])
def test_committed_files_are_fresh(script):
    done = subprocess.run([sys.executable, CONTRACTS / script, "--check"], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def masked(code, made):
    code = bytearray(code)
    for place in made["immutableReferences"].values():
        start, end = place["start"], place["start"] + place["length"]
        code[start:end] = bytes(place["length"])
    return "0x" + code.hex()


@pytest.mark.parametrize("name", ["Escrow", "Campaign"])
def test_code_on_a_chain_is_the_artifacts_but_for_immutables(name):
    made = artifact(name)
    codes = set()
    for chain in (1, 31_337):
        with boa.env.anchor():
            boa.env.evm.patch.chain_id = chain
            _, code = boa.env.deploy_code(bytecode=bytes.fromhex(made["bytecode"][2:]))
            assert masked(code, made) == made["deployedBytecode"]
            where = made["immutableReferences"]["CHAIN"]
            word = code[where["start"] : where["start"] + where["length"]]
            assert int.from_bytes(word, "big") == chain
            codes.add(code)
    assert len(codes) == 2
    assert set(made["immutableReferences"]) == {"CHAIN", "SEPARATOR"}


def test_the_test_token_is_marked_as_such_and_named_in_utf_8(world):
    token = world.token
    assert (token.name(), token.symbol(), token.decimals()) == ("Étal Test Dollar", "tUSD", 6)
    assert "TEST ONLY" in (CONTRACTS / "TestToken.vy").read_text()
    assert artifact("TestToken")["immutableReferences"] == {}
