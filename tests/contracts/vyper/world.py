"""A chain with the escrow, tokens and people, and one way to call it."""

import itertools
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import boa
from boa.contracts.event_decoder import RawLogEntry
from eth.db.backends.memory import MemoryDB
from eth.db.journal import JournalDB
from eth_abi import decode
from eth_account import Account
from eth_utils import keccak, to_checksum_address
from reference import DAY, ZERO, Terms, list_hash

HERE = Path(__file__).resolve().parent
CONTRACTS = HERE.parents[2] / "contracts"
START = 1_800_000_000
NEVER = 2**40 - 1
RICH = 10**24
AMOUNT = 1_000_003  # a prime: every division leaves a rest
SETTLEMENT = {
    "Settlement": [
        {"name": "id", "type": "bytes32"},
        {"name": "since", "type": "uint40"},
        {"name": "held", "type": "uint128"},
        {"name": "toBuyer", "type": "uint128"},
        {"name": "toSeller", "type": "uint128"},
        {"name": "expiry", "type": "uint40"},
    ]
}


@cache
def compiled(path):
    return boa.load_partial(str(path))


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
    """`reason` is None on success, "" for a revert without one. `logs`: (name, values) of the escrow's own."""

    reason: str | None
    logs: list
    gas: int


class World:
    """`people` by role; buyer and seller have keys. Every token and coin balance starts RICH, all is approved."""

    def __init__(self):
        boa.env.timestamp = START
        self.escrow = compiled(CONTRACTS / "Escrow.vy").deploy()
        self.token = compiled(CONTRACTS / "TestToken.vy").deploy()
        self.keys = {name: keccak(text=name) for name in ("buyer", "seller", "stranger")}
        self.people = {name: Account.from_key(key).address for name, key in self.keys.items()}
        for name in ("payout", "arbiter", "payee_a", "payee_b"):
            self.people[name] = to_checksum_address(keccak(text=name)[:20])
        for who in self.people.values():
            boa.env.set_balance(who, RICH)
            self.token.mint(who, RICH)
            self.token.approve(self.escrow.address, 2**256 - 1, sender=who)
        self.orders = itertools.count(1)

    def __getattr__(self, name):
        if name.startswith("_") or name not in self.__dict__.get("people", {}):
            raise AttributeError(name)
        return self.people[name]

    # ---- making things

    def account(self, mode=0, waste=0, target=ZERO, payload=b""):
        """A contract account (hostile/Account.vy)."""
        made = compiled(HERE / "hostile" / "Account.vy").deploy()
        made.receive_as(mode, waste, target, payload)
        boa.env.set_balance(made.address, RICH)
        self.token.mint(made.address, RICH)
        self.token.approve(self.escrow.address, 2**256 - 1, sender=made.address)
        return made

    def odd_token(self, name="Token", mode=0):
        """A token of hostile/, with everybody rich in it."""
        made = compiled(HERE / "hostile" / f"{name}.vy").deploy()
        for who in self.people.values():
            made.mint(who, RICH)
        if mode:
            made.behave(mode, ZERO, b"")
        return made

    def terms(self, payees=(), **changed):
        fields = {
            "buyer": self.buyer,
            "seller": self.seller,
            "payout": self.payout,
            "arbiter": self.arbiter,
            "token": ZERO,
            "amount": AMOUNT,
            "shipBy": boa.env.timestamp + 7 * DAY,
            "review": 14 * DAY,
            "ruling": 21 * DAY,
            "arbiterBps": 333,
            "lapseBps": 4_567,
            "payees": list_hash(payees),
            "order": next(self.orders).to_bytes(32, "big"),
        }
        return Terms(**(fields | changed))

    def payees(self):
        return [(self.payee_a, 1_234), (self.payee_b, 77)]

    # ---- calling

    def calldata(self, name, *args):
        return getattr(self.escrow, name).prepare_calldata(*args)

    def do(self, sender, name, *args, value=0, gas=None):
        """Calls the escrow as `sender` (a role or an address)."""
        sender = self.people.get(sender, sender)
        data = self.calldata(name, *args)
        done = boa.env.execute_code(
            to_address=self.escrow.address, sender=sender, data=data, value=value, gas=gas
        )
        if done.is_error:
            text = done.output
            reason = decode(["string"], text[4:])[0] if text[:4] == b"\x08\xc3y\xa0" else ""
            return Outcome(reason, [], done.get_gas_used())
        return Outcome(None, self.logs(done), done.get_gas_used())

    def logs(self, computation):
        """(name, values) of what the escrow logged, in order."""
        logs = []
        for raw in sorted(computation.get_raw_log_entries()):
            entry = RawLogEntry(*raw)
            if entry.address == self.escrow.address.canonical_address:
                event = self.escrow.decode_log(entry)
                logs.append((type(event).__name__, event._asdict()))
        return logs

    def ok(self, sender, name, *args, **options):
        outcome = self.do(sender, name, *args, **options)
        assert outcome.reason is None, f"{name}: {outcome.reason!r}"
        return outcome

    def funded(self, payees=(), **changed):
        terms = self.terms(payees, **changed)
        value = terms.amount if terms.token == ZERO else 0
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

    def pot(self, terms):
        """(held, since, until, state)"""
        return tuple(self.escrow.pots(self.escrow.idOf(terms)))

    def balance(self, token, who):
        who = self.people.get(who, who)
        if token == ZERO:
            return boa.env.get_balance(who)
        return compiled(CONTRACTS / "TestToken.vy").at(token).balanceOf(who)

    def claim(self, token, who):
        return self.escrow.claims(token, self.people.get(who, who))

    # ---- signing

    def settlement(self, terms, to_buyer, to_seller, expiry=NEVER, **changed):
        """The message of a settlement of the order as it stands."""
        held, since, _, _ = self.pot(terms)
        message = {
            "id": self.escrow.idOf(terms),
            "since": since,
            "held": held,
            "toBuyer": to_buyer,
            "toSeller": to_seller,
            "expiry": expiry,
        }
        return message | changed

    def signed(self, role, message, **domain):
        """A 65-byte signature of the role's key, and its digest."""
        where = {
            "name": "Etal Escrow",
            "version": "1",
            "chainId": boa.env.evm.patch.chain_id,
            "verifyingContract": self.escrow.address,
        }
        done = Account.sign_typed_data(self.keys[role], where | domain, SETTLEMENT, message)
        return bytes(done.signature), bytes(done.message_hash)
