"""The contract on an EVM and its reference model, through the same calls: every verdict, event, balance, claim and pot compared."""

from collections import Counter
from functools import cache, lru_cache
from pathlib import Path

import boa
import world as bench
from eth_utils import keccak
from world import HERE, RICH, START, World

from node.protocol import eip712
from node.protocol.errors import RuleError
from node.protocol.escrow import (
    NOBODY,
    Authorizing,
    Call,
    Ledger,
    Model,
    Terms,
    Token,
    address_of,
    sign_digest,
)

ACCEPT, REFUSE, BURN, REENTER, WASTE, REENTER_OR_REFUSE = range(6)
(
    HONEST,
    FALSE_OUT,
    FALSE_IN,
    FEE,
    REENTER_IN,
    REENTER_OUT,
    REVERT_OUT,
    LONG_OUT,
    TWO_OUT,
    BURN_OUT,
    LYING_IN,
    GIFT,
    SHORT_OUT,
    LYING_OUT,
) = range(14)
UNSIGNED = {"allowances": False, "authorizing": Authorizing.NOTHING}
MODES = {
    HONEST: Token(**UNSIGNED),
    FALSE_IN: Token(takes=False, **UNSIGNED),
    FEE: Token(fee_in=100, fee_out=100, **UNSIGNED),
    LYING_IN: Token(lies_in=True, **UNSIGNED),
    LYING_OUT: Token(lies_out=True, **UNSIGNED),
    GIFT: Token(extra_in=1, **UNSIGNED),
    **dict.fromkeys((REENTER_IN, REENTER_OUT, LONG_OUT), Token(**UNSIGNED)),
    **dict.fromkeys(
        (FALSE_OUT, REVERT_OUT, TWO_OUT, BURN_OUT, SHORT_OUT), Token(pays=False, **UNSIGNED)
    ),
}
"""What the model must be told of hostile/Token.vy in each of its modes."""

GAS = 3_000_000
STARVED = 70_000
"""Less than a push of coin must find, and enough for a whole call whose only receiver refuses at once."""

PERMIT = (
    *(("address", "owner"), ("address", "spender"), ("uint256", "value")),
    *(("uint256", "nonce"), ("uint256", "deadline")),
)
AUTHORIZATION = (
    *(("address", "from"), ("address", "to"), ("uint256", "value")),
    *(("uint256", "validAfter"), ("uint256", "validBefore"), ("bytes32", "nonce")),
)


@lru_cache(maxsize=4_096)
def signature(key: bytes, digest: bytes) -> bytes:
    return sign_digest(digest, key)


class Pen:
    """Signs for people and contract wallets, and remembers who has signed what: all that the model needs to know of keys."""

    def __init__(self, world: World, wallets: dict[bytes, object]):
        self.world, self.wallets = world, wallets
        self.keys = {address_of(key): key for key in world.keys.values()}
        self.made: set[tuple[bytes, bytes, bytes]] = set()
        self.approved: set[tuple[bytes, bytes]] = set()
        """What wallets say yes to; it stands on the chain, and is taken back with it."""

    def sign(self, who: bytes, digest: bytes) -> bytes:
        """65 bytes by a key; of a wallet, which now approves the digest, any; of whoever can't sign, those of a stranger."""
        if who in self.wallets:
            self.wallets[who].sign_as(0, digest)
            self.approved.add((who, digest))
            return b"any bytes"
        made = signature(self.keys.get(who, self.world.keys["stranger"]), digest)
        if who in self.keys:
            self.made.add((who, digest, made))
        return made

    def signed(self, who, digest, signature):
        return (who, digest, signature) in self.made or (who, digest) in self.approved

    def permit_digest(self, token, owner, amount, nonce, expiry):
        values = (owner, self.world.escrow.address, amount, nonce, expiry)
        return eip712.digest(self._domain(token), "Permit", PERMIT, values)

    def permitted(self, token, owner, amount, nonce, expiry, signature):
        digest = self.permit_digest(token, owner, amount, nonce, expiry)
        return (owner, digest, signature) in self.made

    def authorization_digest(self, token, giver, amount, after, before, nonce):
        values = (giver, self.world.escrow.address, amount, after, before, nonce)
        name = "ReceiveWithAuthorization"
        return eip712.digest(self._domain(token), name, AUTHORIZATION, values)

    def authorized(self, token, giver, amount, after, before, nonce, signature):
        digest = self.authorization_digest(token, giver, amount, after, before, nonce)
        return self.signed(giver, digest, signature)

    def _domain(self, token):
        return eip712.Domain("Étal Test Dollar", "1", boa.env.evm.patch.chain_id, token)


@cache
def slots(path: Path) -> dict[str, int]:
    """Where a contract keeps its state: name of the variable -> storage slot."""
    layout = bench.compiled(path).compiler_data.storage_layout["storage_layout"]
    return {name: place["slot"] for name, place in layout.items()}


@lru_cache(maxsize=100_000)
def entry(slot: int, *keys: bytes) -> int:
    """The storage slot of a mapping's entry."""
    for key in keys:
        slot = int.from_bytes(keccak(slot.to_bytes(32, "big") + key.rjust(32, b"\0")), "big")
    return slot


class SideBySide:
    """A world, its model, and how often each function did or said what."""

    def __init__(self, world: World):
        self.world = world
        self.escrow = world.escrow.address
        self.odd = world.odd_token()
        self.quiet = world.odd_token("QuietToken")
        self.accounts = {
            "refuser": world.account(REFUSE),
            "burner": world.account(BURN),
            "slow": world.account(WASTE, 60_000),
            "thief": world.account(REENTER),
            "touchy": world.account(REENTER_OR_REFUSE),
            "wallet": world.account(),
        }
        for name in ("thief", "touchy"):
            self.arm(name, "withdraw", NOBODY, self.accounts[name].address, world.stranger)
        self.people = world.people | {name: a.address for name, a in self.accounts.items()}
        self.tokens = (NOBODY, world.token.address, self.quiet.address, self.odd.address)
        for token in (self.odd, self.quiet):
            for account in self.accounts.values():
                token.mint(account.address, RICH)
        self.parties = (*self.people.values(), self.escrow)
        self._places = self._find_places()
        self.counts: Counter[tuple[str, str | None]] = Counter()
        self.operations = self.histories = self.reorganised = 0
        self.state = boa.env.evm.vm.state

    # ---- beginnings and reorganisations

    def begin(self) -> None:
        """A new chain with nothing on it but contracts and rich people."""
        self.histories += 1
        boa.env.timestamp = START
        named = {name: self.people[name] for name in self.accounts}
        ledger = Ledger(
            tokens={
                self.tokens[1]: Token(),
                self.tokens[2]: Token(allowances=False, authorizing=Authorizing.NEVER),
                self.tokens[3]: MODES[HONEST],
            },
            refusing={named["refuser"], named["burner"], named["touchy"]},
            slow={named["slow"]},
        )
        for who in self.people.values():
            ledger.balances |= dict.fromkeys([(token, who) for token in self.tokens], RICH)
            ledger.allowances[self.tokens[1], who] = 2**256 - 1
        self.pen = Pen(self.world, {named["wallet"]: self.accounts["wallet"]})
        chain = boa.env.evm.patch.chain_id
        self.model = Model(self.escrow, chain, self.pen, ledger)
        self.orders: dict[bytes, tuple[Terms, list]] = {}
        """Every order that was ever tried, by its id, also on a branch that was taken back."""
        self.ids: dict[bytes, tuple[bytes, int]] = {}
        self.branches: list[tuple] = []
        self.compare(afresh=True)

    def fork(self) -> None:
        """From here the chain may be taken back."""
        anchor = boa.env.anchor()
        anchor.__enter__()
        self.branches.append((anchor, self.model.ledger.copy(), set(self.pen.approved)))

    def reorganise(self) -> None:
        """Takes the latest branch back: what was done on it never happened, but what was signed stays signed."""
        self.reorganised += 1
        anchor, self.model.ledger, self.pen.approved = self.branches.pop()
        anchor.__exit__(None, None, None)
        self.compare(afresh=True)

    def end(self) -> None:
        while self.branches:
            self.reorganise()

    # ---- calls

    @property
    def now(self) -> int:
        return boa.env.timestamp

    def run(self, function: str, sender: bytes, *args, value: int = 0, starved: bool = False):
        """Calls both. AssertionError on any difference; else the reason, None on success."""
        data = self.world.calldata(sender, function, *args)
        gas = STARVED if starved else GAS
        outcome = self.world.send(sender, data, value=value, gas=gas)
        call = Call(sender, self.now, value, boa.env.evm.patch.chain_id, starved)
        reason, events = None, []
        try:
            events = self.model.run(function, call, *args)
        except RuleError as error:
            reason = error.message
        self.operations += 1
        self.counts[function, reason] += 1
        assert outcome.reason == reason, (
            f"{function}: contract {outcome.reason!r}, model {reason!r}"
        )
        assert outcome.logs == events, f"{function}: {outcome.logs} is not {events}"
        self.compare()
        return reason

    def behave(self, mode: int, target: bytes = NOBODY, payload: bytes = b"") -> None:
        """The odd token does so from now on."""
        blocked = self.model.ledger.token(self.odd.address).blocked
        self.odd.behave(mode, target, payload)
        known = vars(MODES[mode]) | {"blocked": blocked}
        self.model.ledger.tokens[self.odd.address] = Token(**known)

    def block(self, who: bytes, yes: bool) -> None:
        """The odd token has somebody on its blocking list, or not any more."""
        self.odd.set_blocked(who, yes)
        known = vars(self.model.ledger.token(self.odd.address))
        blocked = known["blocked"] | {who} if yes else known["blocked"] - {who}
        self.model.ledger.tokens[self.odd.address] = Token(**(known | {"blocked": blocked}))

    def allow(self, who: bytes, amount: int) -> None:
        """What the escrow may take of the honest token."""
        self.world.token.approve(self.escrow, amount, sender=who)
        self.model.ledger.allowances[self.tokens[1], who] = amount

    # ---- comparing

    def compare(self, afresh: bool = False) -> None:
        """Every party's balance and claim in every token, every pot, and that nobody got in by calling back.

        What stands in storage is read again where something was written since, or `afresh` all of it: reading is slow.
        """
        written, boa.env.sstore_trace, boa.env.sha3_trace = boa.env.sstore_trace, {}, {}
        if afresh:
            self._seen = {}
        for contract, slots in written.items():
            for slot in slots:
                self._seen.pop((contract.canonical_address, slot), None)
        ledger, state, seen = self.model.ledger, self.state, self._seen
        for who in self.parties:
            found, known = state.get_balance(who), ledger.balances.get((NOBODY, who), 0)
            assert found == known, self._differ("coin", who, found, known)
        for what, place, kind, key in self._places:
            if place not in seen:
                seen[place] = state.get_storage(*place)
            known = getattr(ledger, kind).get(key, 0)
            assert seen[place] == known, self._differ(what, key, seen[place], known)
        for id, place in self.ids.items():
            if place not in seen:
                seen[place] = state.get_storage(*place)
            pot = ledger.pots.get(id)
            known = pot and pot.held << 96 | pot.since << 56 | pot.until << 16 | pot.state
            assert seen[place] == (known or 0), self._differ("pot", id, seen[place], pot)
        for place in self._entered:
            if place not in seen:
                seen[place] = state.get_storage(*place)
            assert seen[place] == 0, "somebody got in by calling back"

    def know(self, terms: Terms, payees: list) -> None:
        """An order whose pot is compared from now on."""
        id = self.model.id_of(terms)
        if id not in self.ids:
            self.ids[id] = (
                self.escrow,
                entry(slots(bench.CONTRACTS / "Escrow.vy")["_pots"], id),
            )
            self.orders[id] = (terms, payees)

    def _find_places(self) -> list[tuple]:
        """(what, (contract, slot), part of the ledger, key in it) of all that is kept in storage and compared."""
        escrow, honest = (slots(bench.CONTRACTS / f"{name}.vy") for name in ("Escrow", "TestToken"))
        odd, quiet, account = (
            slots(HERE / "hostile" / f"{name}.vy") for name in ("Token", "QuietToken", "Account")
        )
        self._entered = [(self.odd.address, odd["entered"])]
        self._entered += [(each.address, account["entered"]) for each in self.accounts.values()]
        kept = dict(zip(self.tokens[1:], (honest, quiet, odd), strict=True))
        places = []
        for token in self.tokens:
            for who in self.parties:
                key = (token, who)
                if token in kept:
                    slot = entry(kept[token]["balanceOf"], who)
                    places.append(("balance", (token, slot), "balances", key))
                slot = entry(escrow["claims"], token, who)
                places.append(("claim", (self.escrow, slot), "claims", key))
        for who in self.people.values():
            slot = entry(honest["allowance"], who, self.escrow)
            key = (self.tokens[1], who)
            places.append(("allowance", (self.tokens[1], slot), "allowances", key))
        return places

    def _differ(self, what, whose, found, known) -> str:
        return f"{what} of {whose}: contract {found}, model {known}"

    def check_places(self) -> None:
        """That the storage which is compared is what the contracts themselves answer."""
        for token, who in ((t, w) for t in self.tokens[1:] for w in self.people.values()):
            assert self.world.balance(token, who) == self.model.ledger.balances[token, who]
        for token, who in ((t, w) for t in self.tokens for w in self.people.values()):
            assert self.world.claim(token, who) == self.model.claim(token, who)
        for terms, _ in self.orders.values():
            pot = self.model.pot(self.model.id_of(terms))
            assert self.world.pot(terms) == (pot.held, pot.since, pot.until, pot.state)
            assert self.world.id(terms) == self.model.id_of(terms)

    def arm(self, name: str, function: str, *args) -> None:
        """What a re-entrant account calls back with, when it is paid."""
        account = self.accounts[name]
        mode = REENTER if name == "thief" else REENTER_OR_REFUSE
        data = self.world.calldata(account.address, function, *args)
        account.receive_as(mode, 0, self.escrow, data)
