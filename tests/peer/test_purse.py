"""What is spent on others' fees, by the order and by the day."""

from types import SimpleNamespace

import pytest

from node.peer.purse import DAY, Purse
from node.peer.world import Relay, Settings
from node.protocol.errors import RuleError


class World:
    """As much of one as a purse looks at."""

    def __init__(self, **relay: int) -> None:
        self.settings = Settings("etal-test", relay=Relay(**relay))
        self.facts: dict[str, bytes] = {}
        self.store = SimpleNamespace(fact=self.facts.get, set_fact=self.facts.__setitem__)
        self.time = 20 * DAY

    def now(self) -> int:
        return self.time


def refused(purse: Purse, *given: int) -> str:
    with pytest.raises(RuleError) as fault:
        purse.spend(*given)
    return fault.value.rule


def test_an_order_has_its_limit_and_several_together_have_theirs():
    purse = Purse(World(fee=10, daily=100))
    assert purse.spend(10) == 10
    assert refused(purse, 11) == "relay.fee"
    assert purse.spend(20, 0, 2) == 20
    assert refused(purse, 21, 0, 2) == "relay.fee"


def test_a_day_has_its_limit_and_the_next_day_another():
    world = World(fee=10, daily=15)
    purse = Purse(world)
    purse.spend(10)
    assert refused(purse, 10) == "relay.daily"
    assert Purse(world).spend(5) == 5  # it is kept
    world.time += DAY
    assert purse.spend(10) == 10


def test_what_was_counted_is_not_counted_again():
    world = World(fee=10, daily=10)
    purse = Purse(world)
    assert purse.spend(6) == 6
    assert purse.spend(8, 6) == 8
    assert purse.spend(4, 8) == 8
    assert refused(purse, 3) == "relay.daily"


def test_what_was_counted_by_hand_doesnt_raise_the_limit():
    purse = Purse(World(fee=10, daily=100))
    assert purse.most(purse.spend(4, 50)) == 10
    assert purse.most(purse.spend(4)) == 4
    assert purse.most(purse.spend(15, 0, 3), 2) == 15
    assert purse.most(purse.spend(15, 0, 3), 1) == 10
