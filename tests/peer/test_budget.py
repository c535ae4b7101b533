import pytest

from node.peer import budget
from node.peer.budget import Budget
from tests.fakes.records import NOW, availability, key, listing, profile, revocation
from tests.fakes.store import MemoryStore

ME, ANNA, BEN = key(9), key(1), key(2)


class World:
    def __init__(self):
        self.store = MemoryStore()
        self.registry = self.store.registry
        self.me = ME.public


@pytest.fixture
def world():
    return World()


@pytest.fixture
def holding(world):
    """Keep these and count them."""
    counted = Budget(world)

    def keep(*records):
        for record in records:
            counted.took(record)
            world.store.put([record])
        return counted

    return keep


def test_one_persona_has_so_many_records(holding, monkeypatch):
    monkeypatch.setattr(budget, "MAX_RECORDS_OF_ONE", 2)
    counted = holding(listing(ANNA), availability(ANNA))
    assert counted.refusal(listing(ANNA, "chair")) == "budget.author"
    assert counted.refusal(listing(BEN)) is None


def test_one_persona_has_so_many_bytes(holding, monkeypatch):
    big = listing(ANNA, "chair", text="x" * 5_000)
    monkeypatch.setattr(budget, "MAX_BYTES_OF_ONE", len(listing(ANNA).raw) + len(big.raw) - 1)
    counted = holding(listing(ANNA))
    assert counted.refusal(big) == "budget.author"
    assert counted.refusal(listing(ANNA, "chair")) is None


def test_what_replaces_a_record_no_smaller_always_fits(holding, monkeypatch):
    monkeypatch.setattr(budget, "MAX_RECORDS_OF_ONE", 2)
    counted = holding(listing(ANNA), profile(ANNA, "Anna"))
    assert counted.refusal(listing(ANNA, created=NOW + 1)) is None
    assert counted.refusal(profile(ANNA, "Anne", created=NOW + 1)) is None
    assert counted.refusal(listing(ANNA, created=NOW + 1, text="x" * 5_000)) == "budget.author"


def test_what_is_added_beside_a_record_replaces_none(holding, monkeypatch):
    monkeypatch.setattr(budget, "MAX_RECORDS_OF_ONE", 1)
    counted = holding(listing(ANNA, created=NOW + 1))
    assert counted.refusal(listing(ANNA)) is None
    assert counted.refusal(listing(ANNA), added=True) == "budget.author"
    assert counted.refusal(listing(ME), added=True) is None


def test_withdrawing_and_revoking_have_room_of_their_own(holding, monkeypatch):
    monkeypatch.setattr(budget, "MAX_RECORDS_OF_ONE", 1)
    monkeypatch.setattr(budget, "LAST_WORDS", 1)
    counted = holding(listing(ANNA))
    assert counted.refusal(listing(ANNA, "chair", gone=True)) is None
    assert counted.refusal(revocation(ANNA, BEN)) is None
    counted = holding(revocation(ANNA, BEN))
    assert counted.refusal(revocation(ANNA, key(3))) == "budget.author"


def test_when_little_is_left_newcomers_are_not_taken_in(holding, monkeypatch):
    monkeypatch.setattr(budget, "MAX_RECORDS", 10)
    counted = holding(*(listing(key(n)) for n in range(20, 29)))
    assert counted.refusal(listing(ANNA)) == "budget.newcomer"
    assert counted.refusal(listing(key(20), "chair")) is None
    counted = holding(listing(key(20), "chair"))
    assert counted.refusal(listing(key(21), "chair")) == "budget.total"


def test_all_together_have_so_many_bytes(holding, monkeypatch):
    size = len(listing(ANNA).raw)
    monkeypatch.setattr(budget, "MAX_BYTES", size * 2)
    counted = holding(listing(ANNA))
    assert counted.refusal(listing(BEN)) == "budget.newcomer"
    assert counted.refusal(availability(ANNA)) is None
    assert counted.refusal(listing(ANNA, "chair", text="x" * 5_000)) == "budget.total"


def test_ones_own_records_always_fit(holding, monkeypatch):
    monkeypatch.setattr(budget, "MAX_RECORDS", 0)
    assert holding().refusal(listing(ME)) is None


def test_what_replaces_a_record_counts_once(holding, monkeypatch):
    monkeypatch.setattr(budget, "MAX_RECORDS_OF_ONE", 2)
    counted = holding(*(listing(ANNA, created=NOW + n, text="x" * 9 * n) for n in range(5)))
    assert counted.refusal(listing(ANNA, "chair")) is None
    size = len(listing(ANNA, text="x" * 36).raw) + len(listing(ANNA, "chair").raw)
    monkeypatch.setattr(budget, "MAX_BYTES_OF_ONE", size)
    assert counted.refusal(listing(ANNA, "chair")) is None
    monkeypatch.setattr(budget, "MAX_BYTES_OF_ONE", size - 1)
    assert counted.refusal(listing(ANNA, "chair")) == "budget.author"


def test_what_is_given_back_leaves_no_trace(holding, monkeypatch):
    monkeypatch.setattr(budget, "MAX_RECORDS", 10)
    counted = holding(*(listing(key(n)) for n in range(20, 29)))
    taken = counted.took(listing(ANNA))
    counted.give_back(ANNA.public, taken)
    assert counted.refusal(listing(ANNA)) == "budget.newcomer"
    assert counted.refusal(listing(key(20), "chair")) is None


def test_counting_anew_forgets_what_has_gone(holding, world, monkeypatch):
    monkeypatch.setattr(budget, "MAX_RECORDS_OF_ONE", 2)
    counted = holding(listing(ANNA), listing(ANNA, "vase", created=NOW - 10))
    assert counted.refusal(listing(ANNA, "chair")) == "budget.author"
    world.store.sweep(NOW + 90 * 86_400 - 1)
    counted.recount()
    assert counted.refusal(listing(ANNA, "chair")) is None
