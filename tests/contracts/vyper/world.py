"""A chain with the escrow, tokens and people, and one way to call it. Addresses are 20 bytes, as in the protocol."""

import itertools
import sys
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import boa
from boa.util.abi import Address
from eth.db.backends.memory import MemoryDB
from eth.db.journal import JournalDB
from eth_abi import decode, encode
from eth_account import Account
from eth_utils import keccak

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT))

from node.protocol.escrow import (  # noqa: E402
    DAY,
    MARK_MEMBERS,
    NOBODY,
    NOWHERE,
    SETTLEMENT_MEMBERS,
    TERMS_MEMBERS,
    Claimable,
    Delivered,
    Disputed,
    Event,
    Funded,
    Paid,
    Payees,
    Terms,
    Withdrawn,
    address_of,
    payees_hash,
)

CONTRACTS = ROOT / "contracts"
START = 1_800_000_000
NEVER = 2**40 - 1
RICH = 10**24
CURVE = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # order of secp256k1
AMOUNT = 1_000_003  # a prime: every division leaves a rest
TERMS = f"({','.join(kind for kind, _ in TERMS_MEMBERS)})"
PAYEES = "(address,uint16)[]"
ORDERS = f"({TERMS},{PAYEES})[]"
FUNCTIONS = {
    "fund": (TERMS, PAYEES),
    "fundMany": (ORDERS,),
    "fundWithPermit": (TERMS, PAYEES, "uint256", "uint8", "bytes32", "bytes32"),
    "fundWithAuthorization": (TERMS, PAYEES, "uint256", "uint256", "bytes"),
    "deliver": (TERMS, "uint40", "bytes"),
    "dispute": (TERMS, "address", "uint40", "bytes"),
    "release": (TERMS, PAYEES),
    "releaseMany": (ORDERS,),
    "settle": (TERMS, "uint128", "uint128", "uint40", "bytes", "bytes", PAYEES),
    "timeout": (TERMS, PAYEES),
    "rule": (TERMS, "uint128", PAYEES),
    "withdraw": ("address", "address", "address"),
    "idOf": (TERMS,),
    "pots": ("bytes32",),
    "claims": ("address", "address"),
}
"""What the escrow takes, by the names of its functions."""
EVENTS = {
    "Funded": ("bytes32", "address", "address", TERMS),
    "Payees": ("bytes32", PAYEES),
    "Delivered": ("bytes32", "uint256"),
    "Disputed": ("bytes32", "address", "uint256"),
    "Paid": ("bytes32", *["uint256"] * 5),
    "Claimable": ("address", "address", "uint256"),
    "Withdrawn": ("address", "address", "address", "uint256"),
}
"""What it logs; the first are topics."""
INDEXED = {"Funded": 3, "Claimable": 2, "Withdrawn": 2}
TOPICS = {
    int.from_bytes(keccak(text=f"{name}({','.join(kinds)})"), "big"): name
    for name, kinds in EVENTS.items()
}
MESSAGES = {
    name: [{"name": member, "type": kind} for kind, member in members]
    for name, members in (
        ("Settlement", SETTLEMENT_MEMBERS),
        ("Delivery", MARK_MEMBERS),
        ("Dispute", MARK_MEMBERS),
    )
}


@cache
def compiled(path):
    return boa.load_partial(str(path))


@cache
def selector(name):
    return keccak(text=f"{name}({','.join(FUNCTIONS[name])})")[:4]


def shown(value):
    """As the tool wants it: an address is text."""
    if isinstance(value, bytes) and len(value) == 20:
        return Address(value)
    if isinstance(value, list | tuple):
        return [shown(part) for part in value]
    return value


def plain(value):
    """As the protocol has it: an address is 20 bytes."""
    if isinstance(value, str) and len(value) == 42:
        return bytes.fromhex(value[2:])
    if isinstance(value, list | tuple):
        return tuple(plain(part) for part in value)
    return value


class Deployed:
    """A contract of the tests. Whatever is called goes through `shown`, whatever it answers through `plain`."""

    def __init__(self, made):
        self.made = made
        self.address = made.address.canonical_address
        # Of a contract that it knows, the tool reads all the storage whenever a call fails: that takes longer than the call.
        boa.env._contracts.pop(self.address, None)

    def __getattr__(self, name):
        def call(*args, **options):
            options = {key: shown(value) for key, value in options.items()}
            return plain(getattr(self.made, name)(*shown(args), **options))

        return call

    @property
    def computation(self):
        """Of the last call."""
        return self.made._computation


@contextmanager
def cold():
    """Every account and storage slot costs what it costs at the start of a transaction."""
    database = boa.env.evm.vm.state._account_db
    warm = database._journal_accessed_state
    database._journal_accessed_state = JournalDB(MemoryDB())
    try:
        yield
    finally:
        database._journal_accessed_state = warm


class Outcome(NamedTuple):
    """`reason` is None on success, "" for a revert without one. `logs` are the escrow's own."""

    reason: str | None
    logs: list[Event]
    gas: int


class World:
    """`people` by role; buyer, seller and stranger have keys. Every token and coin balance starts RICH, all is approved."""

    def __init__(self):
        boa.env.timestamp = START
        self.escrow = Deployed(compiled(CONTRACTS / "Escrow.vy").deploy())
        self.token = Deployed(compiled(CONTRACTS / "TestToken.vy").deploy())
        self.keys = {name: keccak(text=name) for name in ("buyer", "seller", "stranger")}
        self.people = {name: address_of(key) for name, key in self.keys.items()}
        for name in ("payout", "arbiter", "payee_a", "payee_b"):
            self.people[name] = keccak(text=name)[:20]
        for who in self.people.values():
            self.enrich(who)
        self.orders = itertools.count(1)

    def __getattr__(self, name):
        if name.startswith("_") or name not in self.__dict__.get("people", {}):
            raise AttributeError(name)
        return self.people[name]

    # ---- making things

    def enrich(self, who):
        boa.env.set_balance(shown(who), RICH)
        self.token.mint(who, RICH)
        self.token.approve(self.escrow.address, 2**256 - 1, sender=who)

    def account(self, mode=0, waste=0, target=NOBODY, payload=b""):
        """A contract account (hostile/Account.vy)."""
        made = Deployed(compiled(HERE / "hostile" / "Account.vy").deploy())
        made.receive_as(mode, waste, target, payload)
        self.enrich(made.address)
        return made

    def odd_token(self, name="Token", mode=0):
        """A token of hostile/, with everybody rich in it."""
        made = Deployed(compiled(HERE / "hostile" / f"{name}.vy").deploy())
        for who in self.people.values():
            made.mint(who, RICH)
        if mode:
            made.behave(mode, NOBODY, b"")
        return made

    def terms(self, payees=(), **changed):
        fields = {
            "buyer": self.buyer,
            "seller": self.seller,
            "payout": self.payout,
            "arbiter": self.arbiter,
            "token": NOBODY,
            "amount": AMOUNT,
            "ship_by": boa.env.timestamp + 7 * DAY,
            "review": 14 * DAY,
            "ruling": 21 * DAY,
            "arbiter_bps": 333,
            "lapse_bps": 4_567,
            "payees": payees_hash(payees),
            "order": next(self.orders).to_bytes(32, "big"),
        }
        return Terms(**(fields | changed))

    def payees(self):
        return [(self.payee_a, 1_234), (self.payee_b, 77)]

    # ---- calling

    def whole(self, sender, name, *args):
        """All arguments of a call. A party that calls itself needs to show no signature: where that is left out, none is shown."""
        sender = self.people.get(sender, sender)
        if name == "deliver" and len(args) == 1:
            return (*args, 0, b"")
        if name == "dispute" and len(args) == 1:
            return (*args, sender, 0, b"")
        if name == "withdraw" and len(args) == 2:
            return (args[0], sender, args[1])
        return args

    def calldata(self, sender, name, *args):
        """What `sender` (a role or an address) sends."""
        values = [abi_values(each) for each in self.whole(sender, name, *args)]
        return selector(name) + encode(FUNCTIONS[name], values)

    def do(self, sender, name, *args, value=0, gas=None):
        """Calls the escrow as `sender` (a role or an address)."""
        data = self.calldata(sender, name, *args)
        return self.send(self.people.get(sender, sender), data, value=value, gas=gas)

    def send(self, sender, data, value=0, gas=None):
        done = boa.env.execute_code(
            to_address=shown(self.escrow.address),
            sender=shown(sender),
            data=data,
            value=value,
            gas=gas,
        )
        if done.is_error:
            text = done.output
            reason = decode(["string"], text[4:])[0] if text[:4] == b"\x08\xc3y\xa0" else ""
            return Outcome(reason, [], done.get_gas_used())
        return Outcome(None, self.logs(done), done.get_gas_used())

    def logs(self, computation):
        """What the escrow logged, in order."""
        return [
            event_of(topics, data)
            for _, address, topics, data in sorted(computation.get_raw_log_entries())
            if address == self.escrow.address
        ]

    def ok(self, sender, name, *args, **options):
        outcome = self.do(sender, name, *args, **options)
        assert outcome.reason is None, f"{name}: {outcome.reason!r}"
        return outcome

    def funded(self, payees=(), **changed):
        terms = self.terms(payees, **changed)
        value = terms.amount if terms.token == NOBODY else 0
        self.ok(terms.buyer, "fund", terms, payees, value=value)
        return terms

    def brought_to(self, state, payees=(), **changed):
        """An order in this state: none | funded | delivered | disputed | contested | closed."""
        if state == "none":
            return self.terms(payees, **changed)
        terms = self.funded(payees, **changed)
        if state in ("delivered", "contested"):
            self.ok(terms.seller, "deliver", terms)
        if state in ("disputed", "contested"):
            self.ok(terms.buyer, "dispute", terms)
        if state == "closed":
            self.ok(terms.buyer, "release", terms, payees)
        return terms

    def pass_time(self, seconds):
        boa.env.timestamp += seconds

    # ---- looking

    def id(self, terms):
        return self.escrow.idOf(terms.abi())

    def pot(self, terms):
        """(held, since, until, state)"""
        return self.escrow.pots(self.id(terms))

    def balance(self, token, who):
        who = self.people.get(who, who)
        if token == NOBODY:
            return boa.env.get_balance(shown(who))
        data = keccak(text="balanceOf(address)")[:4] + encode(["address"], [who])
        return int.from_bytes(boa.env.execute_code(shown(token), data=data).output, "big")

    def claim(self, token, who):
        return self.escrow.claims(token, self.people.get(who, who))

    # ---- signing, by a library of other origin

    def settlement(self, terms, to_buyer, to_seller, expiry=NEVER, **changed):
        """The message of a settlement of the order as it stands."""
        held, since, _, _ = self.pot(terms)
        message = {"id": self.id(terms), "since": since, "held": held}
        return message | {"toBuyer": to_buyer, "toSeller": to_seller, "expiry": expiry} | changed

    def mark(self, terms, expiry=NEVER, **changed):
        """The message of a delivery or of a dispute of the order as it stands."""
        _, since, _, _ = self.pot(terms)
        return {"id": self.id(terms), "since": since, "expiry": expiry} | changed

    def signed(self, role, message, kind="Settlement", **domain):
        """A 65-byte signature of the role's key, and its digest."""
        where = {
            "name": "Etal Escrow",
            "version": "1",
            "chainId": boa.env.evm.patch.chain_id,
            "verifyingContract": self.escrow.address,
        }
        kinds = {kind: MESSAGES[kind]}
        done = Account.sign_typed_data(self.keys[role], where | domain, kinds, message)
        return bytes(done.signature), bytes(done.message_hash)


def abi_values(value):
    """As the ABI takes it."""
    if isinstance(value, Terms):
        return value.abi()
    if isinstance(value, list | tuple):
        return [abi_values(part) for part in value]
    return value


def event_of(topics, data):
    """A raw log of the escrow as the model has it."""
    name = TOPICS[topics[0]]
    kinds, split = EVENTS[name], INDEXED.get(name, 1)
    words = b"".join(topic.to_bytes(32, "big") for topic in topics[1:])
    values = plain([*decode(kinds[:split], words), *decode(kinds[split:], data)])
    if name == "Funded":
        terms = Terms(*values[3])
        assert values[1:3] == (terms.buyer, terms.seller)
        return Funded(values[0], terms, boa.env.timestamp, NOWHERE)
    if name == "Paid":
        id, how, *sums = values
        return Paid(id, *sums, how, NOWHERE)
    kind = {"Payees": Payees, "Claimable": Claimable, "Withdrawn": Withdrawn}.get(name)
    if kind:
        return kind(*values)
    return {"Delivered": Delivered, "Disputed": Disputed}[name](*values, NOWHERE)
