"""Terms of a campaign, hashes and shares, against another EIP-712 implementation, by properties and by the contract's vectors."""

import re
from dataclasses import replace
from math import prod
from pathlib import Path

import pytest
from eth_abi import encode
from eth_account.messages import _hash_eip191_message, encode_typed_data
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from node.protocol import campaign, eip712
from node.protocol.campaign import DAY, Terms, Tranche
from node.protocol.errors import StateError
from tests.protocol.sale import CONTRACT
from tests.samples import CHAIN_ID, NOW
from tests.vectors.rows import each

UNTIL = NOW + 30 * DAY
TRANCHES = [Tranche(UNTIL, 3_000), Tranche(UNTIL + 30 * DAY, 7_000)]


def address(n: int) -> bytes:
    return n.to_bytes(20, "big")


TERMS = Terms(
    creator=address(1),
    payout=address(2),
    token=address(3),
    goal=1_000,
    until=UNTIL,
    stop_bps=4_000,
    tranches=campaign.tranches_hash(TRANCHES),
    about=bytes(range(32)),
)


def octets(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def terms_of(row: dict) -> Terms:
    values = (row["terms"][name] for _, name in campaign.TERMS_MEMBERS)
    return Terms(*(octets(value) if isinstance(value, str) else value for value in values))


def tranches_of(row: dict) -> list[Tranche]:
    return [Tranche(*each) for each in row["tranches"]]


class TestHashes:
    @pytest.mark.parametrize(
        ("name", "members", "values", "ours"),
        [
            (
                "Campaign",
                campaign.TERMS_MEMBERS,
                TERMS.abi(),
                campaign.campaign_id(TERMS, CHAIN_ID, CONTRACT),
            ),
            (
                "Objection",
                campaign.OBJECTION_MEMBERS,
                (bytes(32), True, 3, NOW),
                campaign.objection_digest(bytes(32), True, 3, NOW, CHAIN_ID, CONTRACT),
            ),
            (
                "Cancellation",
                campaign.CANCELLATION_MEMBERS,
                (bytes(32), NOW),
                campaign.cancellation_digest(bytes(32), NOW, CHAIN_ID, CONTRACT),
            ),
        ],
    )
    def test_digests_are_what_another_implementation_computes(self, name, members, values, ours):
        message = {
            member: "0x" + value.hex() if isinstance(value, bytes) else value
            for (_, member), value in zip(members, values, strict=True)
        }
        data = {
            "types": {
                "EIP712Domain": [{"name": n, "type": t} for t, n in eip712.DOMAIN_MEMBERS],
                name: [{"name": n, "type": t} for t, n in members],
            },
            "primaryType": name,
            "domain": {
                "name": "Etal Campaign",
                "version": "1",
                "chainId": CHAIN_ID,
                "verifyingContract": "0x" + CONTRACT.hex(),
            },
            "message": message,
        }
        assert ours == _hash_eip191_message(encode_typed_data(full_message=data))

    def test_the_type_is_the_contracts(self):
        assert eip712.encode_type("Campaign", campaign.TERMS_MEMBERS) == (
            b"Campaign(address creator,address payout,address token,uint112 goal,uint40 until,"
            b"uint16 stopBps,bytes32 tranches,bytes32 about)"
        )

    def test_the_id_depends_on_chain_contract_and_every_term(self):
        others = {
            "creator": address(9),
            "payout": address(9),
            "token": address(9),
            "goal": 9,
            "until": 9,
            "stop_bps": 9,
            "tranches": bytes(32),
            "about": bytes(32),
        }
        ids = {
            campaign.campaign_id(TERMS, CHAIN_ID, CONTRACT),
            campaign.campaign_id(TERMS, CHAIN_ID + 1, CONTRACT),
            campaign.campaign_id(TERMS, CHAIN_ID, address(9)),
            *(
                campaign.campaign_id(replace(TERMS, **{name: other}), CHAIN_ID, CONTRACT)
                for name, other in others.items()
            ),
        }
        assert len(ids) == 3 + len(campaign.TERMS_MEMBERS)

    @given(st.lists(st.tuples(st.integers(0, 2**40 - 1), st.integers(0, 2**16 - 1)), max_size=8))
    def test_the_hash_of_tranches_is_that_of_their_abi(self, pairs):
        assert campaign.tranches_hash(pairs) == keccak(encode(["(uint40,uint16)[]"], [pairs]))

    def test_the_nonce_is_the_hash_of_the_abi_of_id_and_order(self):
        id, order = b"\x01" * 32, b"\x02" * 32
        assert campaign.authorization_nonce(id, order) == keccak(
            encode(["bytes32", "bytes32"], [id, order])
        )

    def test_what_fits_no_type_is_refused(self):
        with pytest.raises(StateError):
            campaign.campaign_id(replace(TERMS, goal=2**112), CHAIN_ID, CONTRACT)
        with pytest.raises(StateError):
            campaign.tranches_hash([(2**40, 1)])


class TestRefusal:
    def test_good_terms_are_taken(self):
        assert campaign.refusal(TERMS, NOW, CONTRACT, TRANCHES) is None

    def test_a_token_needs_code_and_coin_does_not(self):
        coin = replace(TERMS, token=campaign.COIN)
        found = [campaign.refusal(one, NOW, CONTRACT, TRANCHES, False) for one in (TERMS, coin)]
        assert found == ["no such token", None]

    def test_more_than_eight_tranches_fit_in_no_call(self):
        nine = [Tranche(UNTIL + n, 1_000) for n in range(9)]
        terms = replace(TERMS, tranches=campaign.tranches_hash(nine))
        assert campaign.refusal(terms, NOW, CONTRACT, nine) == "too many tranches"

    @pytest.mark.parametrize("row", each("campaign", "refusals"))
    def test_vector(self, row):
        found = campaign.refusal(
            terms_of(row), row["at"], octets(row["contract"]), tranches_of(row)
        )
        assert found == row["refusal"]


class TestDue:
    @pytest.mark.parametrize(
        ("now", "paid", "money", "expected"),
        [
            (UNTIL - 1, 0, 1_001, (0, 0)),
            (UNTIL, 0, 1_001, (300, 1)),
            (UNTIL, 1, 701, (0, 1)),
            (UNTIL + 30 * DAY - 1, 1, 701, (0, 1)),
            (UNTIL + 30 * DAY, 1, 701, (701, 2)),
            (UNTIL + 900 * DAY, 0, 1_001, (1_001, 2)),
        ],
    )
    def test_tranches_come_due_and_the_last_is_the_rest(self, now, paid, money, expected):
        assert campaign.due(TRANCHES, 1_001, money, paid, now) == expected

    @given(
        st.integers(1, campaign.MAX_AMOUNT),
        st.lists(st.integers(1, 1_250), min_size=1, max_size=7),
        st.lists(st.integers(0, 10), max_size=9),
    )
    def test_however_they_are_collected_the_whole_is_paid(self, raised, shares, days):
        shares = [*shares, campaign.WHOLE - sum(shares)]
        tranches = [Tranche(UNTIL + n, bps) for n, bps in enumerate(shares)]
        money, paid = raised, 0
        for day in [*sorted(days), 10]:
            owed, paid = campaign.due(tranches, raised, money, paid, UNTIL + day)
            assert 0 <= owed <= money
            money -= owed
        assert (money, paid) == (0, len(tranches))


class TestShare:
    @given(
        st.lists(st.integers(1, 2**100), min_size=1, max_size=8),
        st.integers(0, campaign.WHOLE),
    )
    def test_in_any_order_nobody_loses_a_unit_more_or_gains(self, pledges, left_bps):
        """The list is the order of refunds; each gets its share rounded down at least, its pledge at most."""
        raised = sum(pledges)
        left = raised * left_bps // campaign.WHOLE
        money, open_ = left, raised
        for pledge in pledges:
            share = campaign.share_of(pledge, money, open_)
            assert pledge * left // raised <= share <= pledge
            money, open_ = money - share, open_ - pledge
        assert money == 0


def test_the_bounds_are_those_of_the_contract():
    source = (Path(__file__).parents[2] / "contracts" / "Campaign.vy").read_text("utf-8")
    theirs = dict(
        re.findall(r"^(MAX_\w+|WHOLE): constant\(\w+\) = (\d[\d_* ]*)", source, re.MULTILINE)
    )
    del theirs["MAX_SIGNATURE"]  # the escrow's
    for name, value in theirs.items():
        assert getattr(campaign, name) == prod(int(part) for part in value.split("*")), name
    assert len(theirs) == 8
    assert campaign.MAX_AMOUNT == 2**112 - 1


@pytest.mark.parametrize("row", each("campaign", "ids"))
def test_id(row):
    found = campaign.campaign_id(terms_of(row), row["chainId"], octets(row["contract"]))
    assert found == octets(row["id"])


@pytest.mark.parametrize("row", each("campaign", "tranches"))
def test_tranches(row):
    assert campaign.tranches_hash(tranches_of(row)) == octets(row["hash"])


@pytest.mark.parametrize("row", each("campaign", "nonces"))
def test_nonce(row):
    found = campaign.authorization_nonce(octets(row["id"]), octets(row["order"]))
    assert found == octets(row["nonce"])


@pytest.mark.parametrize("row", each("campaign", "consents"))
def test_consent(row):
    place = (row["chainId"], octets(row["contract"]))
    if "terms" in row:
        digest = campaign.campaign_id(terms_of(row), *place)
    elif "objection" in row:
        said = row["objection"]
        digest = campaign.objection_digest(
            octets(said["id"]), said["objects"], said["turn"], said["expiry"], *place
        )
    else:
        said = row["cancellation"]
        digest = campaign.cancellation_digest(octets(said["id"]), said["expiry"], *place)
    assert digest == octets(row["digest"])
    assert eip712.recover_signer(digest, octets(row["signature"])) == octets(row["signer"])
