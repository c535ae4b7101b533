"""The campaign contract's model, behind the bytes that a transaction carries."""

import copy
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from node.contracts import campaign_abi, tokens
from node.contracts.abi import APPROVE, address, decode
from node.ports import Pledged, Transaction
from node.protocol import eip712
from node.protocol.campaign import (
    COIN,
    Authorization,
    Terms,
    authorization_nonce,
    campaign_id,
    cancellation_digest,
    objection_digest,
)
from node.protocol.campaign_model import Campaign, Campaigns
from node.protocol.errors import RuleError
from node.protocol.escrow import Ledger

CAMPAIGNS = bytes.fromhex("ca3b" * 10)
FUNCTIONS = {function.selector: function for function in campaign_abi.CAMPAIGN_FUNCTIONS}

Signed = Callable[[bytes, bytes, bytes], bool]
"""(account, digest, signature) -> whether it is the account's."""


@dataclass(frozen=True)
class CampaignState:
    """After one block. Nothing in it is ever changed: `copied` makes the next one."""

    campaigns: dict[bytes, Campaign] = field(default_factory=dict)
    claims: Counter = field(default_factory=Counter)
    used: set = field(default_factory=set)
    allowances: dict[tuple[bytes, bytes], int] = field(default_factory=dict)  # (token, owner)
    pledged: tuple[tuple[bytes, Pledged], ...] = ()  # (campaign, what it got), in order

    def copied(self) -> "CampaignState":
        return CampaignState(*copy.deepcopy(self._changing()), self.pledged)

    def _changing(self) -> tuple:
        return self.campaigns, self.claims, self.used, self.allowances


@dataclass
class CampaignCall:
    """One transaction to the contract in block `number`. Raises RuleError "chain.reverted" with the contract's reasons."""

    chain_id: int
    token: bytes
    refusing: set[bytes]
    signed: Signed
    ledger: Ledger
    state: CampaignState
    now: int
    number: int

    def run(self, sender: bytes, asked: Transaction, hash: bytes) -> CampaignState:
        """The ledger is changed."""
        if self.ledger.balances.get((COIN, sender), 0) < asked.value:
            raise RuleError("chain.funds", "This wallet doesn't hold enough to pay that.")
        state, raw = self.state.copied(), bytes.fromhex(asked.data[2:])
        if raw[:4] == APPROVE.selector:
            state.allowances[self.token, sender] = decode(APPROVE.kinds, raw[4:])[1]
            return state
        function = FUNCTIONS.get(raw[:4])
        if function is None:
            raise RuleError("chain.reverted", "no such function")
        values = decode(function.kinds, raw[4:])
        model = Campaigns(CAMPAIGNS, self.chain_id, state.campaigns, claims=state.claims)
        model.used = state.used
        model.balances = Counter(self.ledger.balances)
        model.refusing = {(token, who) for token in (COIN, self.token) for who in self.refusing}
        try:
            if function.name != "pledge" and asked.value:
                raise RuleError("campaign.call", "")
            getattr(self, f"_{function.name}")(model, state, sender, asked.value, values)
        except RuleError as error:
            raise RuleError("chain.reverted", error.message) from None
        self.ledger.balances.clear()
        self.ledger.balances.update(model.balances)
        return CampaignState(*state._changing(), (*state.pledged, *self._pledges(model, hash)))

    def _pledges(self, model: Campaigns, hash: bytes) -> list[tuple[bytes, Pledged]]:
        place = ("0x" + hash.hex(), self.number)
        names = ("backer", "order", "amount", "raised")
        return [
            (logged["id"], Pledged(*(logged[name] for name in names), *place))
            for kind, logged in model.logs
            if kind == "Pledged"
        ]

    # ---- the functions, by their names in the contract

    def _open(self, model: Campaigns, state: CampaignState, sender: bytes, value: int, given):
        terms, tranches = campaign_abi.terms_of(given[0]), campaign_abi.tranches_of(given[1])
        signed = self.signed(terms.creator, self._id(terms), given[2])
        model.open(self.now, sender, terms, tranches, signed)

    def _pledge(self, model: Campaigns, state: CampaignState, sender: bytes, value: int, given):
        terms, amount, order = campaign_abi.terms_of(given[0]), *given[1:]
        model.pledge(self.now, sender, terms, amount, order, value)
        if terms.token != COIN:
            left = state.allowances.get((terms.token, sender), 0) - amount
            if left < 0:
                raise RuleError("campaign.call", "allowance too low")  # the token's own
            state.allowances[terms.token, sender] = left

    def _pledgeWithAuthorizations(self, model: Campaigns, state, sender: bytes, value: int, given):
        terms = campaign_abi.terms_of(given[0])
        all_given = [Authorization(address(each[0]), *each[1:]) for each in given[1]]
        for each in all_given:
            if not self._authorized(terms, each):
                model.forged.add(each.signature)
        model.pledge_with_authorizations(self.now, sender, terms, all_given)

    def _object(self, model: Campaigns, state: CampaignState, sender: bytes, value: int, given):
        terms, tranches = campaign_abi.terms_of(given[0]), campaign_abi.tranches_of(given[1])
        backer, objects, expiry, signature = address(given[2]), *given[3:]
        campaign = state.campaigns.get(self._id(terms))
        turn = campaign.turns[backer] + 1 if campaign else 1
        digest = objection_digest(self._id(terms), objects, turn, expiry, *self._here)
        signed = self.signed(backer, digest, signature)
        model.object(self.now, sender, terms, tranches, backer, objects, signed, expiry)

    def _cancel(self, model: Campaigns, state: CampaignState, sender: bytes, value: int, given):
        terms, expiry, signature = campaign_abi.terms_of(given[0]), *given[1:]
        digest = cancellation_digest(self._id(terms), expiry, *self._here)
        model.cancel(self.now, sender, terms, self.signed(terms.creator, digest, signature), expiry)

    def _collect(self, model: Campaigns, state: CampaignState, sender: bytes, value: int, given):
        terms, tranches = campaign_abi.terms_of(given[0]), campaign_abi.tranches_of(given[1])
        model.collect(self.now, sender, terms, tranches)

    def _refund(self, model: Campaigns, state: CampaignState, sender: bytes, value: int, given):
        backers = [address(each) for each in given[1]]
        model.refund(self.now, sender, campaign_abi.terms_of(given[0]), backers)

    def _withdraw(self, model: Campaigns, state: CampaignState, sender: bytes, value: int, given):
        model.withdraw(self.now, sender, *(address(each) for each in given))

    # ---- inside

    @property
    def _here(self) -> tuple[int, bytes]:
        return self.chain_id, CAMPAIGNS

    def _id(self, terms: Terms) -> bytes:
        return campaign_id(terms, *self._here)

    def _authorized(self, terms: Terms, each: Authorization) -> bool:
        nonce = authorization_nonce(self._id(terms), each.order)
        values = (each.backer, CAMPAIGNS, each.amount, each.valid_after, each.valid_before, nonce)
        domain = eip712.Domain("Memory Dollar", "1", self.chain_id, self.token)
        members = (tokens.AUTHORIZATION, tokens.AUTHORIZATION_MEMBERS)
        digest = eip712.digest(domain, *members, values)
        return self.signed(each.backer, digest, each.signature)


def concerns(asked: Transaction, token: bytes) -> bool:
    """Whether this transaction is the contract's, or lets it take a token."""
    to, raw = bytes.fromhex(asked.to[2:]), bytes.fromhex(asked.data[2:])
    if to == token and raw[:4] == APPROVE.selector:
        return address(decode(APPROVE.kinds, raw[4:])[0]) == CAMPAIGNS
    return to == CAMPAIGNS
