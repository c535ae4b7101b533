"""tests/vectors/escrow.json was written by the compiled contract: what is computed here is what it does."""

import pytest

from node.protocol import escrow
from node.protocol.errors import Rejected
from node.protocol.escrow import State, Terms
from tests.vectors.rows import each


def octets(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def terms_of(row: dict) -> Terms:
    values = (row["terms"][name] for _, name in escrow.TERMS_MEMBERS)
    return Terms(*(octets(value) if isinstance(value, str) else value for value in values))


def payees_of(row: dict) -> list:
    return [(octets(to), bps) for to, bps in row["payees"]]


@pytest.mark.parametrize("row", each("escrow", "ids"))
def test_id(row):
    assert escrow.escrow_id(terms_of(row), row["chainId"], octets(row["contract"])) == octets(
        row["id"]
    )


@pytest.mark.parametrize("row", each("escrow", "payees"))
def test_payees(row):
    assert escrow.payees_hash(payees_of(row)) == octets(row["hash"])


@pytest.mark.parametrize("row", each("escrow", "settlements"))
def test_settlement(row):
    values = {n: octets(v) if n == "id" else v for n, v in row["settlement"].items()}
    settlement = escrow.Settlement(*values.values())
    digest = escrow.settlement_digest(settlement, row["chainId"], octets(row["contract"]))
    assert digest == octets(row["digest"])
    for signer, signature in row["signatures"].items():
        assert escrow.recover_signer(digest, octets(signature)) == octets(signer)


@pytest.mark.parametrize("row", each("escrow", "signatures"))
def test_signature(row):
    try:
        valid = escrow.recover_signer(octets(row["digest"]), octets(row["signature"])) == octets(
            row["signer"]
        )
    except Rejected:
        valid = False
    assert valid is row["valid"]


@pytest.mark.parametrize("row", each("escrow", "refusals"))
def test_refusal(row):
    found = escrow.refusal(terms_of(row), row["at"], octets(row["contract"]), payees_of(row))
    assert found == row["refusal"]


@pytest.mark.parametrize("row", each("escrow", "payments"))
def test_payment(row):
    names = {"toBuyer": "to_buyer", "toSeller": "to_seller"}
    payout = escrow.split(
        terms_of(row),
        row["held"],
        row["verb"],
        state=State(row["state"]),
        payees=payees_of(row),
        **{names[name]: amount for name, amount in row["given"].items()},
    )
    gains: dict[str, int] = {}
    for who, amount in payout.shares:
        gains["0x" + who.hex()] = gains.get("0x" + who.hex(), 0) + amount
    assert gains == {name.lower(): amount for name, amount in row["gains"].items()}
    assert payout.left == row["left"]
