import pytest

from node.peer import routes
from node.peer.routes import Routes, scope
from node.ports import Contact
from node.protocol.errors import Unavailable
from tests.fakes.records import key, make
from tests.fakes.store import MemoryStore

ANNA, BEN = key(1).public, key(2)
PUBLIC = "/ip4/93.184.215.14/tcp/4243/p2p/Anna"
LAN = "/ip4/192.168.1.7/tcp/4243/p2p/Anna"
HERE = "/ip4/127.0.0.1/tcp/4243/p2p/Anna"


class Network:
    def __init__(self):
        self.remembered, self.present, self.dialled = [], [], []
        self.own = [HERE.replace("Anna", "Me"), LAN.replace("Anna", "Me")]

    def addresses(self):
        return self.own

    def known(self):
        return self.remembered

    def contacts(self):
        return self.present

    async def connect(self, address):
        self.dialled.append(address)
        raise Unavailable("network.dial", "nobody there")


class World:
    def __init__(self):
        self.store, self.network = MemoryStore(), Network()


@pytest.fixture
def world():
    return World()


@pytest.fixture
def known(world):
    return Routes(world)


@pytest.mark.parametrize(
    ("host", "where"),
    [
        ("ip4/93.184.215.14", "public"),
        ("ip6/2606:2800:21f:cb07:6820:80da:af6b:8b2c", "public"),
        ("ip4/127.0.0.1", "loopback"),
        ("ip4/127.9.9.9", "loopback"),
        ("ip6/::1", "loopback"),
        ("ip6/::ffff:127.0.0.1", "loopback"),
        ("ip4/192.168.1.7", "private"),
        ("ip4/10.0.0.1", "private"),
        ("ip4/100.64.0.1", "private"),
        ("ip4/169.254.169.254", "private"),
        ("ip6/fe80::1", "private"),
        ("ip6/fd00::1", "private"),
        ("ip6/::ffff:10.0.0.1", "private"),
        ("ip4/0.0.0.0", None),
        ("ip6/::", None),
        ("ip4/224.0.0.1", None),
        ("dns4/example.org", None),
        ("dns/localhost", None),
        ("ip4/nonsense", None),
        ("ip4", None),
    ],
)
def test_where_an_address_leads(host, where):
    assert scope(f"/{host}/tcp/4243/p2p/Anna") == (None if host == "ip4" else where)


def test_a_stranger_sends_us_to_public_addresses_only(world, known):
    known.remember(ANNA, [LAN, HERE, PUBLIC, "/dns4/example.org/tcp/1/p2p/Anna"])
    assert known.to(ANNA) == [PUBLIC]


def test_so_does_a_stall_by_its_profile(world, known):
    body = {"name": "Ben", "language": "en", "encryption": [], "wallets": []}
    world.store.put([make("profile", BEN, {**body, "nodes": [LAN, PUBLIC]})])
    assert known.to(BEN.public) == [PUBLIC]


@pytest.mark.parametrize("mine", [LAN, HERE])
def test_where_we_have_friends_in_our_own_network_we_look_for_others(world, known, mine):
    known.remember(ANNA, [LAN, HERE])
    friend = mine.replace("Anna", "Friend")
    world.network.remembered = [friend]
    assert known.to(ANNA) == [mine]
    world.network.remembered = []
    world.network.present = [Contact("Friend", friend.partition("/p2p")[0], True)]
    assert known.to(ANNA) == [mine]


def test_who_listens_on_this_machine_alone_sends_to_others_on_it(world, known):
    known.remember(ANNA, [LAN, HERE])
    assert known.to(ANNA) == []
    world.network.own = [HERE.replace("Anna", "Me")]
    assert known.to(ANNA) == [HERE]


async def test_who_is_here_is_reached_without_dialling_whatever_it_calls_itself(world, known):
    known.remember(ANNA, [LAN, PUBLIC])
    world.network.present = [Contact("Anna", "/ip4/93.184.215.14/tcp/50000", True)]
    assert known.to(ANNA) == [LAN, PUBLIC] and known.leads_to(ANNA, "Anna")
    assert await known.reach(LAN) == "Anna" and world.network.dialled == []
    world.network.present = []
    with pytest.raises(Unavailable):
        await known.reach(PUBLIC)
    assert world.network.dialled == [PUBLIC]


def test_what_worked_comes_first_and_no_more_than_eight_are_tried(known):
    many = [f"/ip4/93.184.215.{n}/tcp/4243/p2p/Anna" for n in range(1, 9)]
    known.remember(ANNA, many)
    known.worked(ANNA, many[5])
    assert known.to(ANNA) == [many[5], *many[:5], *many[6:]]
    known.remember(ANNA, many)
    assert known.to(ANNA)[0] == many[5]
    known.worked(ANNA, PUBLIC)
    assert known.to(ANNA) == [PUBLIC, many[5], *many[:5], many[6]]


def test_addresses_of_so_many_are_remembered(known, monkeypatch):
    monkeypatch.setattr(routes, "MAX_ROUTES", 1)
    known.remember(ANNA, [PUBLIC])
    known.remember(BEN.public, [PUBLIC])
    assert known.to(ANNA) == [] and known.to(BEN.public) == [PUBLIC]


def test_a_route_in_use_is_not_pushed_out_by_many_others(known):
    known.remember(ANNA, [PUBLIC])
    for number in range(routes.MAX_ROUTES):
        if number % 1_000 == 0:
            assert known.to(ANNA) == [PUBLIC]  # as for mail that is tried again
        known.remember(number.to_bytes(32, "big"), [])
    assert known.to(ANNA) == [PUBLIC]
