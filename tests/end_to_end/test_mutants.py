"""What the siege sends is hostile indeed, and the same for the same seed."""

import random

import pytest

from node.protocol import blobs, encoding, gossip, mail, sealed, sync
from node.protocol.admission import Verdict, admit
from node.protocol.errors import RuleError
from node.protocol.keys import encryption_public
from tests.end_to_end.mutants import REGISTRY, Mutants
from tests.protocol import sale
from tests.samples import NETWORK, NOW, Holding

SECRET = b"\x0e" * 32
PROFILE = sale.sign(
    "profile",
    {
        "name": "Ann",
        "language": "en",
        "encryption": [{"id": "e1", "key": encryption_public(SECRET), "until": NOW + 9}],
        "wallets": [],
        "nodes": [],
    },
)
RAWS = [PROFILE.raw, sale.LISTING.raw]
MANY = 200


@pytest.fixture
def mutants() -> Mutants:
    return made(1)


def made(seed: int) -> Mutants:
    return Mutants(random.Random(seed), RAWS, PROFILE, NETWORK, NOW)


def verdict(raw: bytes) -> Verdict:
    return admit(raw, NETWORK, REGISTRY, Holding(), NOW).verdict


def test_the_same_for_the_same_seed():
    def everything(mutants: Mutants) -> list:
        return [
            made
            for _ in range(20)
            for made in (mutants.batch(), mutants.request(), mutants.letter(), mutants.forged())
        ]

    assert everything(made(5)) == everything(made(5)) != everything(made(6))


def test_no_mutated_or_forged_record_is_admitted(mutants):
    for _ in range(MANY):
        assert verdict(mutants.mutated()) is not Verdict.ACCEPT
        assert verdict(mutants.forged()) is not Verdict.ACCEPT


def test_forged_records_get_as_far_as_the_rules(mutants):
    rules = {admit(mutants.forged(), NETWORK, REGISTRY, Holding(), NOW).rule for _ in range(MANY)}
    assert rules - {"record.signature"} >= {"field.required", "field.type"}


def test_a_batch_has_a_bad_record_or_is_none(mutants):
    for _ in range(MANY):
        try:
            raws = gossip.unpack(mutants.batch())
        except RuleError:
            continue
        assert any(verdict(raw) is not Verdict.ACCEPT for raw in raws)


def test_requests_are_for_the_protocols_of_a_node(mutants):
    asked = {mutants.request()[0] for _ in range(MANY)}
    assert asked == {sync.protocol(NETWORK), blobs.protocol(NETWORK), mail.protocol(NETWORK)}


def test_some_letters_open_and_say_what_nobody_may(mutants):
    opened = 0
    for _ in range(MANY):
        letter = mail.read_envelope(mutants.letter())
        assert letter.to == PROFILE.author
        try:
            plain, _ = sealed.unseal(letter.box, SECRET)
        except RuleError:
            continue
        opened += 1
        with_private = admit(plain, NETWORK, REGISTRY, Holding(), NOW, private=True)
        assert with_private.verdict is not Verdict.ACCEPT or with_private.record.kind in (
            "order",  # against an order that doesn't exist
            "listing",  # public: no letter
            "profile",
        )
    assert opened > MANY // 4


def test_the_pieces_are_bounded(mutants):
    for _ in range(MANY):
        assert len(mutants.batch()) <= gossip.MAX_BATCH
        assert len(encoding.encode(mutants.mutated())) < gossip.MAX_BATCH
