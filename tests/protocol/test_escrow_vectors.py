"""tests/vectors/escrow.json was written by the compiled contract: what is computed here is what it does."""

import pytest

from node.contracts.tokens import AUTHORIZATION, AUTHORIZATION_MEMBERS
from node.protocol import eip712, escrow
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


@pytest.mark.parametrize("row", each("escrow", "marks"))
def test_mark(row):
    digest_of = {"Delivery": escrow.delivery_digest, "Dispute": escrow.dispute_digest}[row["kind"]]
    id, since, expiry = row["mark"].values()
    digest = digest_of(octets(id), since, expiry, row["chainId"], octets(row["contract"]))
    assert digest == octets(row["digest"])
    assert escrow.recover_signer(digest, octets(row["signature"])) == octets(row["signer"])


@pytest.mark.parametrize("row", each("escrow", "authorizations"))
def test_authorization(row):
    """The nonce is the order's id; what is signed is EIP-3009's."""
    terms, given = terms_of(row), row["authorization"]
    id = escrow.escrow_id(terms, row["chainId"], octets(row["contract"]))
    assert octets(given["nonce"]) == id
    assert (octets(given["from"]), octets(given["to"])) == (terms.buyer, octets(row["contract"]))
    assert given["value"] == terms.amount
    domain = eip712.Domain(*row["domain"].values(), row["chainId"], terms.token)
    values = [octets(each) if isinstance(each, str) else each for each in given.values()]
    digest = eip712.digest(domain, AUTHORIZATION, AUTHORIZATION_MEMBERS, values)
    assert digest == octets(row["digest"])
    assert escrow.recover_signer(digest, octets(row["signature"])) == terms.buyer


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
