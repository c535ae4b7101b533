"""What both contracts do alike is the same text in both files: each is one file, so nothing else keeps them alike."""

import re

import pytest
from world import CONTRACTS

FUNCTIONS = ("withdraw", "_take", "_push", "_send", "_digest", "_signed")
CONSTANTS = (
    *("WHOLE", "MAX_SIGNATURE", "COIN_PUSH_GAS", "TOKEN_PUSH_GAS", "CALL_GAS"),
    *("HALF_CURVE", "IS_VALID_SIGNATURE", "DOMAIN", "CHAIN", "SEPARATOR"),
)


def text(contract):
    return (CONTRACTS / f"{contract}.vy").read_text("utf-8")


def pieces(contract):
    """Functions with what is above them, sections and events, parted by empty lines."""
    return re.split(r"\n\n\n|\n\n(?=event |struct |interface |# ---- )", text(contract))


def function(contract, name):
    [found] = [piece for piece in pieces(contract) if re.search(rf"^def {name}\(", piece, re.M)]
    return found[re.search(r"^@", found, re.M).start() :].strip()


def event(contract, name):
    [found] = [piece for piece in pieces(contract) if piece.startswith(f"event {name}:")]
    return found.partition("\n\n")[0].strip()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_the_same_text(name):
    assert function("Campaign", name) == function("Escrow", name)
    assert len(function("Campaign", name).splitlines()) > 5


@pytest.mark.parametrize("name", ["Claimable", "Withdrawn"])
def test_events_are_the_same_text(name):
    assert event("Campaign", name) == event("Escrow", name)
    assert event("Campaign", name).count("\n") > 2


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants_are_the_same_text(name):
    lines = [re.findall(rf"^{name}: .*$", text(one), re.M) for one in ("Campaign", "Escrow")]
    assert lines[0] == lines[1]
    assert len(lines[0]) == 1


def test_the_pragmas_are_the_same():
    heads = [text(one).partition('"""')[0] for one in ("Campaign", "Escrow")]
    assert heads[0] == heads[1]
    assert heads[0].count("# pragma ") == 4


def test_claims_are_kept_alike():
    line = "claims: public(reentrant(HashMap[address, HashMap[address, uint256]]))"
    assert all(text(one).count(line) == 1 for one in ("Campaign", "Escrow"))


def test_nobody_holds_power_over_the_contract(campaigns):
    names = {entry["name"] for entry in campaigns.code.abi if entry["type"] == "function"}
    assert names == {
        *("open", "pledge", "pledgeWithAuthorizations", "object", "cancel", "collect"),
        *("refund", "withdraw", "idOf", "campaigns", "pledges", "claims"),
    }
