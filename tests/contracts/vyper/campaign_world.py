"""A chain with the campaign contract, a token and people, and beside it the reference: every call is made on both."""

import itertools
import sys
from functools import cache

import authorizations
import boa
import world
from authorizations import reason_of
from boa.contracts.event_decoder import RawLogEntry
from eth_account import Account
from eth_utils import keccak, to_canonical_address, to_checksum_address
from world import AMOUNT, CONTRACTS, HERE, RICH, START, Outcome, compiled

sys.path.append(str(HERE.parents[2]))
from node.protocol import campaign as protocol
from node.protocol.campaign import COIN, DAY, Authorization, Phase, Terms, Tranche
from node.protocol.campaign_model import Campaigns
from node.protocol.errors import RuleError

GOAL = AMOUNT
ROLES = ("creator", "ann", "ben", "cyd", "stranger")  # they have keys
UNTIL = START + 30 * DAY
LATER = 2**40 - 1


checksummed = cache(to_checksum_address)


def hexed(value):
    """As the contract's ABI wants it: addresses in hex, everything else as it is."""
    if isinstance(value, bytes) and len(value) == 20:
        return checksummed(value)
    if isinstance(value, Terms | Authorization):
        return tuple(hexed(part) for part in vars(value).values())
    if isinstance(value, list | tuple):
        return [hexed(part) for part in value]
    return value


def plain(name, value):
    """As the reference has it."""
    if name == "terms":
        return Terms(*(plain("", part) for part in value))
    if name == "tranches":
        return tuple(Tranche(*one) for one in value)
    return to_canonical_address(value) if isinstance(value, str) else value


def spelled(name):
    """The contract's spelling of a call."""
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)


class CampaignWorld:
    """People by role, as 20 bytes. Every balance of coin and token starts RICH, all is approved."""

    def __init__(self):
        boa.env.timestamp = START
        # by its module, where a mutant takes its place
        self.code = world.compiled(CONTRACTS / "Campaign.vy").deploy()
        self.token_code = compiled(CONTRACTS / "TestToken.vy").deploy()
        self.contract = self.code.address.canonical_address
        self.token = self.token_code.address.canonical_address
        self.keys = {role: keccak(text=f"{role} of a campaign") for role in ROLES}
        self.people = {
            role: to_canonical_address(Account.from_key(key).address)
            for role, key in self.keys.items()
        } | {"payout": keccak(text="payout of a campaign")[:20]}
        for who in self.people.values():
            self.enrich(who)
        self.numbers = itertools.count(1)

    def __getattr__(self, name):
        if name.startswith("_") or name not in self.__dict__.get("people", {}):
            raise AttributeError(name)
        return self.people[name]

    def enrich(self, who):
        boa.env.set_balance(hexed(who), RICH)
        self.token_code.mint(hexed(who), RICH)
        self.token_code.approve(self.code.address, 2**256 - 1, sender=hexed(who))

    def begin(self):
        """A reference that knows this chain as it is now."""
        self.model = Campaigns(self.contract, boa.env.evm.patch.chain_id)
        self.tokens = [COIN, self.token]
        self.everyone = [*self.people.values(), self.contract]
        self.known = []
        for token, who in itertools.product(self.tokens, self.everyone):
            self.model.balances[token, who] = self.balance(token, who)

    def account(self, mode=0, waste=0, target=COIN, payload=b""):
        """A contract account (hostile/Account.vy), known to the reference."""
        made = compiled(HERE / "hostile" / "Account.vy").deploy()
        made.receive_as(mode, waste, hexed(target), payload)
        who = made.address.canonical_address
        self.enrich(who)
        self.everyone.append(who)
        for token in self.tokens:
            self.model.balances[token, who] = self.balance(token, who)
        return made, who

    # ---- making things

    def tranches(self, *parts):
        """(days after the end, share) each."""
        parts = parts or ((0, 3_000), (30, 3_333), (60, 3_667))
        return [Tranche(UNTIL + days * DAY, bps) for days, bps in parts]

    def terms(self, tranches=None, **changed):
        fields = {
            "creator": self.creator,
            "payout": self.payout,
            "token": COIN,
            "goal": GOAL,
            "until": UNTIL,
            "stop_bps": 4_000,
            "tranches": protocol.tranches_hash(self.tranches() if tranches is None else tranches),
            "about": next(self.numbers).to_bytes(32, "big"),
        }
        return Terms(**(fields | changed))

    def order(self):
        """A fresh commitment to a private order."""
        return keccak(text=f"order {next(self.numbers)}")

    def id(self, terms):
        return self.model.id_of(terms)

    def authorization(self, role, terms, amount, order=None, after=0, before=LATER, giver=None):
        """(authorization, digest): a backer's, signed by the key of this role."""
        order = order or self.order()
        nonce = protocol.authorization_nonce(self.id(terms), order)
        made = authorizations.authorization(
            self.token_code, self.keys[role], self.code.address, amount, nonce, after, before,
            giver and hexed(giver),
        )  # fmt: skip
        given = Authorization(
            giver or self.people[role], amount, after, before, order, made.signature
        )
        return given, made.digest

    def signed(self, role, kind, message, **domain):
        """A 65-byte signature, by a library of other origin. `kind`: Campaign, Objection or Cancellation."""
        types = {
            "Campaign": protocol.TERMS_MEMBERS,
            "Objection": protocol.OBJECTION_MEMBERS,
            "Cancellation": protocol.CANCELLATION_MEMBERS,
        }[kind]
        where = {
            "name": "Etal Campaign",
            "version": "1",
            "chainId": boa.env.evm.patch.chain_id,
            "verifyingContract": self.code.address,
        }
        named = {name: hexed(value) for (_, name), value in zip(types, message, strict=True)}
        shown = {kind: [{"type": type, "name": name} for type, name in types]}
        return bytes(
            Account.sign_typed_data(self.keys[role], where | domain, shown, named).signature
        )

    # ---- calling

    def who(self, sender):
        return self.people.get(sender, sender)

    def calldata(self, name, *args):
        return getattr(self.code, name).prepare_calldata(*hexed(args))

    def raw(self, sender, name, *args, value=0, gas=None):
        """Calls the contract alone, as `sender` (a role or an address), by the ABI."""
        done = boa.env.execute_code(
            to_address=self.code.address,
            sender=hexed(self.who(sender)),
            data=self.calldata(name, *args),
            value=value,
            gas=gas,
        )
        logs = [] if done.is_error else self.logs(done)
        return Outcome(reason_of(done), logs, done.get_gas_used())

    def logs(self, computation):
        """(name, fields) of what the contract logged, as the reference writes them."""
        logs = []
        for entry in (RawLogEntry(*raw) for raw in sorted(computation.get_raw_log_entries())):
            if entry.address == self.contract:
                event = self.code.decode_log(entry)
                fields = {name: plain(name, value) for name, value in event._asdict().items()}
                fields.pop("address", None)  # whose log it is
                logs.append((type(event).__name__, fields))
        return logs

    def do(self, sender, name, *args, value=0, gas=None, shown=None):
        """Calls contract and reference; fails unless verdict, logs and every balance are the same.

        `args` are the reference's; `shown` are the contract's where they differ.
        """
        mine = {"value": value} if name == "pledge" else {}
        reason, before = None, len(self.model.logs)
        try:
            getattr(self.model, name)(boa.env.timestamp, self.who(sender), *args, **mine)
        except RuleError as error:
            reason = error.message
        args = args if shown is None else shown
        outcome = self.raw(sender, spelled(name), *args, value=value, gas=gas)
        assert outcome.reason == reason, (name, outcome.reason, reason)
        if reason is None:
            assert outcome.logs == self.model.logs[before:], name
            if name == "open":
                self.known.append(args[0])
        self.agree()
        return outcome

    def ok(self, sender, name, *args, **options):
        outcome = self.do(sender, name, *args, **options)
        assert outcome.reason is None, f"{name}: {outcome.reason!r}"
        return outcome

    # ---- calls whose signatures the reference doesn't see

    def open(self, terms, tranches=None, sender="creator", signature=b"", signed=False, **options):
        tranches = self.tranches() if tranches is None else tranches
        shown = (terms, tranches, signature)
        return self.do(sender, "open", terms, tranches, signed, shown=shown, **options)

    def object(self, terms, role, objects=True, tranches=None, **relayed):
        """`relayed`: sender, expiry, signature, signed."""
        tranches = self.tranches() if tranches is None else tranches
        backer = self.who(role)
        expiry = relayed.get("expiry", 0)
        args = (terms, tranches, backer, objects)
        shown = (*args, expiry, relayed.get("signature", b""))
        args = (*args, relayed.get("signed", False), expiry)
        return self.do(relayed.get("sender", role), "object", *args, shown=shown)

    def cancel(self, terms, sender="creator", expiry=0, signature=b"", signed=False):
        shown = (terms, expiry, signature)
        return self.do(sender, "cancel", terms, signed, expiry, shown=shown)

    def pledge(self, role, terms, amount):
        value = amount if terms.token == COIN else 0
        return self.do(role, "pledge", terms, amount, self.order(), value=value)

    # ---- whole stories

    def opened(self, tranches=None, **changed):
        terms = self.terms(tranches, **changed)
        assert self.open(terms, tranches).reason is None
        return terms

    def backed(self, tranches=None, pledges=None, **changed):
        """Open, with pledges by role; by default they pass the goal, in thirds that leave rests."""
        terms = self.opened(tranches, **changed)
        third = AMOUNT // 3 + 5
        for role, amount in (pledges or {"ann": third, "ben": third, "cyd": third}).items():
            assert self.pledge(role, terms, amount).reason is None
        return terms

    def brought_to(self, state, **changed):
        """A campaign in this state, some time before anything else happens to it by time.

        none | open | failed | succeeded | begun (one tranche paid) | stopped | cancelled | paid
        """
        if state == "none":
            return self.terms(**changed)
        if state == "failed":
            changed["pledges"] = {"ann": GOAL // 2, "ben": GOAL // 2}
        terms = self.backed(**changed)
        if state != "open":
            boa.env.timestamp = UNTIL
        if state in ("begun", "stopped"):
            self.ok("stranger", "collect", terms, self.tranches())
        if state == "stopped":
            assert self.object(terms, "ann").reason is None
            assert self.object(terms, "ben").reason is None
        if state == "cancelled":
            assert self.cancel(terms).reason is None
        if state == "paid":
            boa.env.timestamp = UNTIL + 60 * DAY
            self.ok("stranger", "collect", terms, self.tranches())
        return terms

    # ---- looking

    def balance(self, token, who):
        who = hexed(self.who(who))
        return boa.env.get_balance(who) if token == COIN else self.token_code.balanceOf(who)

    def campaign(self, terms):
        """(pledges, money, objections, tranches paid, phase)"""
        return tuple(self.code.campaigns(self.id(terms)))

    def state(self, terms):
        return Phase(self.campaign(terms)[4])

    def agree(self):
        """Contract and reference hold the same, but of tokens that the reference doesn't know."""
        for token, who in itertools.product(self.tokens, self.everyone):
            assert self.balance(token, who) == self.model.balances[token, who]
        # of all others the balance would be short
        for token, who in {*self.model.claims, *self.model.refusing}:
            assert self.code.claims(hexed(token), hexed(who)) == self.model.claims[token, who]
        for terms in (one for one in self.known if one.token in self.tokens):
            known = self.model.campaigns[self.id(terms)]
            assert self.campaign(terms) == (
                known.raised, known.money, known.objections, known.paid, known.phase
            )  # fmt: skip
            for who in self.everyone:
                pledged = (known.pledges.get(who, 0), known.turns[who])
                assert tuple(self.code.pledges(self.id(terms), hexed(who))) == pledged
