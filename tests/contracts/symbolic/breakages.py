"""Guards that the proofs rest on: each taken out of the source, which must turn the named proofs red."""

from dataclasses import dataclass
from pathlib import Path

import campaign_breakages
from guards import (
    ANOTHER_PAYS,
    ANY_ANSWER,
    ANY_CHAIN,
    ANY_CONTRACT,
    BLOCKS,
    BY_ANYONE,
    BY_ITS_OWNER,
    CHAINS_NUMBER,
    EXACT,
    FALSE_PAYS,
    FOR_EVER,
    LOST,
)


@dataclass(frozen=True)
class Breakage:
    name: str
    old: str  # occurs once in the source
    new: str
    proofs: tuple[str, ...]
    contract: str = "Escrow"

    def applied(self, source: Path) -> str:
        """The source without the guard. ValueError if the guard isn't there, once."""
        text = source.read_text()
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: in {text.count(self.old)} places of {source.name}")
        return text.replace(self.old, self.new)


# One row, one line: a table is read by its columns.
# fmt: off
FUND = "Funding.check_fund_coin"
BUYER = 'assert msg.sender == terms.buyer, "not the buyer"\n    '
MANY = 'assert msg.sender == order.terms.buyer, "not the buyer"\n        '
OPENS = "id: bytes32 = self._open(terms, payees)\n    "
RELEASES = "self._pay(terms, id, pot, RELEASE, 0, pot >> 96"
LATE = 'assert block.timestamp < ((pot >> 16) & TIME), "too late"\n    '
SIGNED_SELLER = "assert self._signed(terms.seller, self._markDigest(DELIVERY, id, pot, expiry), signature)"
SIGNED_PARTY = "assert self._signed(by, self._markDigest(DISPUTE, id, pot, expiry), signature)"
EXPIRED = 'assert block.timestamp < convert(expiry, uint256), "expired"'
LISTED = 'assert keccak256(abi_encode(payees)) == terms.payees, "payees differ"\n'

FUNDING = (
    ("a stranger funds", BUYER + OPENS + "if", OPENS + "if", (FUND, "Funding.check_fund_token")),
    ("a stranger funds with a permit", BUYER + OPENS + "# W", OPENS + "# W", ("Funding.check_fundWithPermit",)),
    ("a stranger funds several", MANY + "id: bytes32 = self._open", "id: bytes32 = self._open", ("Funding.check_fundMany",)),
    ("written over", 'assert self._pots[id] == 0, "funded already"', "pass", (FUND, "Funding.check_fundMany")),
    ("any value", 'assert msg.value == convert(terms.amount, uint256), "value is not the amount"', "pass", (FUND,)),
    ("value beside a token", 'assert msg.value == 0, "value beside a token"', "pass", ("Funding.check_fund_token",)),
    ("any value for several", 'assert msg.value == due, "value is not the amount"', "pass", ("Funding.check_fundMany",)),
    ("a token takes a fee", *EXACT, ("Funding.check_fund_token", "Funding.check_fundWithPermit")),
    ("somebody else pays", *ANOTHER_PAYS, ("Funding.check_fund_token", "Funding.check_fundWithPermit", "Funding.check_fundMany")),
    ("a token takes a fee of an authorization", "balanceOf(self) == before + amount", "balanceOf(self) >= before", ("Funding.check_fundWithAuthorization",)),
    ("an authorization of any order", "validBefore, id,\n", "validBefore, terms.order,\n", ("Funding.check_fundWithAuthorization",)),
    ("an authorization of any order by a wallet", "validBefore, id, signature", "validBefore, terms.order, signature", ("Funding.check_fundWithAuthorization",)),
    ("nothing funded", 'assert terms.amount != 0, "amount is zero"', "pass", (FUND,)),
    ("no seller", 'assert terms.seller != empty(address), "bad seller"', "pass", (FUND,)),
    ("the escrow is paid", "assert terms.payout != empty(address) and terms.payout != self", "assert True", (FUND,)),
    ("any ship date", " and shipBy <= block.timestamp + MAX_SHIP_TIME", "", (FUND,)),
    ("a review without end", " and terms.review <= MAX_REVIEW", "", (FUND,)),
    ("a ruling without end", " and terms.ruling <= MAX_RULING", "", (FUND,)),
    ("a ruling of no time", "terms.ruling >= MIN_RULING and ", "", (FUND,)),
    ("a party rules", "terms.arbiter != terms.buyer and ", "", (FUND,)),
    ("any fee", 'assert terms.arbiterBps <= MAX_ARBITER_BPS, "bad arbiter fee"', "pass", (FUND,)),
    ("any lapse", 'assert terms.lapseBps <= MAX_LAPSE_BPS, "bad lapse share"', "pass", (FUND,)),
    ("any list", LISTED + "        shared", "pass\n        shared", (FUND,)),
    ("the escrow shares", "payee.to != empty(address) and payee.to != self", "payee.to != empty(address)", (FUND,)),
    ("the arbiter shares", 'assert payee.to != terms.arbiter, "arbiter as payee"', "pass", (FUND,)),
    ("no share", 'assert payee.bps != 0, "bad share"', "pass", (FUND,)),
    ("shares above the whole", 'assert shared <= WHOLE, "shares above the whole"', "pass", (FUND, "ExitsInCoin.check_fund_release")),
)

MARKS = (
    ("a stranger delivers", SIGNED_SELLER + ', "not the seller"', "pass", ("Strangers.check_deliver", "Marks.check_deliver", "Signatures.check_deliver_wallet")),
    ("a stranger disputes", SIGNED_PARTY + ', "no consent of the party"', "pass", ("Strangers.check_dispute", "Marks.check_dispute", "Signatures.check_dispute_wallet")),
    ("anyone is a party", 'assert by == terms.buyer or by == terms.seller, "not a party"', "pass", ("Strangers.check_dispute", "Marks.check_dispute")),
    ("a deposit is delivered", 'assert terms.review != 0, "a deposit"', "pass", ("Marks.check_deliver",)),
    ("delivered twice", 'assert (pot & STATE) == FUNDED, "wrong state"', "pass", ("Marks.check_deliver",)),
    ("delivered late", LATE + "until: uint256 = block.timestamp + convert(terms.review", "until: uint256 = block.timestamp + convert(terms.review", ("Marks.check_deliver",)),
    ("disputed late", LATE + "until: uint256 = block.timestamp + convert(terms.ruling", "until: uint256 = block.timestamp + convert(terms.ruling", ("Marks.check_dispute",)),
    ("disputed without an arbiter", 'assert terms.arbiter != empty(address), "no arbiter"', "pass", ("Marks.check_dispute",)),
    ("disputed twice", 'assert state == FUNDED or state == DELIVERED, "wrong state"', "pass", ("Marks.check_dispute",)),
    ("a mark loses money", "((pot >> 56) << 56) | (until << 16)", "((pot >> 57) << 56) | (until << 16)", ("Marks.check_deliver", "Marks.check_dispute")),
)

MONEY = (
    ("a stranger releases", BUYER + RELEASES, RELEASES, ("Strangers.check_release", "MoneyInCoin.check_release")),
    ("a stranger releases several", MANY + "self._pay", "self._pay", ("Strangers.check_releaseMany", "MoneyInCoin.check_releaseMany")),
    ("early", 'assert block.timestamp >= ((pot >> 16) & TIME), "too early"', "pass", ("Strangers.check_timeout", "MoneyInCoin.check_timeout")),
    ("never at the deadline", "assert block.timestamp >= ((pot >> 16)", "assert block.timestamp > ((pot >> 16)", ("ExitsInCoin.check_timeout", "ExitsInToken.check_timeout")),
    ("a dispute pays", "    if state == DELIVERED:\n", "    if state == DELIVERED or state == DISPUTED:\n", ("MoneyInCoin.check_timeout", "MoneyInToken.check_timeout")),
    ("paid for ever", "        self._pots[id] = 0\n", "        pass\n", ("MoneyInCoin.check_release", "MoneyInToken.check_release", "MoneyInCoin.check_releaseMany")),
    ("the rest is whole", "            rest -= share\n", "", ("MoneyInCoin.check_release", "MoneyInToken.check_settle")),
    ("any list is paid", LISTED + "    left", "pass\n    left", ("MoneyInCoin.check_release", "MoneyInToken.check_timeout")),
    ("what is refused is lost", *LOST, ("MoneyInCoin.check_timeout", "MoneyInToken.check_release", "MoneyInToken.check_releaseMany")),
    ("a refusal blocks", *BLOCKS, ("ExitsInCoin.check_timeout", "ExitsInCoin.check_release", "ExitsInCoin.check_settle", "ExitsInCoin.check_rule", "ExitsInCoin.check_fund_release", "ExitsInToken.check_timeout", "ExitsInToken.check_release", "ExitsInToken.check_settle", "ExitsInToken.check_rule", "ExitsInToken.check_fund_release")),
    ("false is a payment", *FALSE_PAYS, ("MoneyInToken.check_release", "MoneyInToken.check_withdraw", "RulingsInToken.check_rule")),
    ("what is left dies", "(left << 96) | (pot & BELOW_HELD)", "left << 96", ("MoneyInCoin.check_settle", "MoneyInToken.check_settle")),
    ("fetched by anyone", *BY_ANYONE, ("Strangers.check_withdraw", "MoneyInCoin.check_withdraw")),
    ("fetched for ever", *FOR_EVER, ("MoneyInCoin.check_withdraw", "MoneyInToken.check_withdraw")),
    ("fetched by its owner alone", *BY_ITS_OWNER, ("ExitsInCoin.check_withdraw", "ExitsInToken.check_withdraw")),
    ("a stranger rules", 'assert msg.sender == terms.arbiter, "not the arbiter"', "pass", ("Strangers.check_rule", "RulingsInCoin.check_rule")),
    ("ruled without a dispute", 'assert state == DISPUTED or state == CONTESTED, "wrong state"', "pass", ("RulingsInCoin.check_rule",)),
    ("ruled late", LATE + "held: uint256 = pot >> 96\n    fee", "held: uint256 = pot >> 96\n    fee", ("RulingsInToken.check_rule",)),
    ("a ruling above what is left fails", "min(convert(toSeller, uint256), held - fee)", "convert(toSeller, uint256)", ("ExitsInCoin.check_rule", "ExitsInToken.check_rule")),
    ("a ruling pays more than is held", "self._push(terms.token, terms.arbiter, toArbiter)", "self._push(terms.token, terms.arbiter, toArbiter * 2)", ("RulingsInCoin.check_rule", "RulingsInToken.check_rule")),
)

SETTLE_WALLET = "Signatures.check_settle_wallet"
SETTLE_KEY = "Signatures.check_settle_key"
SIGNATURES = (
    ("the buyer isn't asked", 'assert msg.sender == terms.buyer or self._signed(terms.buyer, digest, buyerSig), "no consent of the buyer"', "pass", ("Strangers.check_settle", SETTLE_WALLET)),
    ("the seller isn't asked", 'assert msg.sender == terms.seller or self._signed(terms.seller, digest, sellerSig), "no consent of the seller"', "pass", ("Strangers.check_settle", SETTLE_KEY)),
    ("any chain", *ANY_CHAIN, (SETTLE_WALLET, SETTLE_KEY, "Signatures.check_deliver_wallet", "Signatures.check_dispute_wallet")),
    ("any contract", *ANY_CONTRACT, (SETTLE_WALLET, SETTLE_KEY)),
    ("any funding", "abi_encode(SETTLEMENT_TYPE, id, (pot >> 56) & TIME", "abi_encode(SETTLEMENT_TYPE, id, empty(uint256)", (SETTLE_WALLET, SETTLE_KEY)),
    ("any order", "abi_encode(SETTLEMENT_TYPE, id,", "abi_encode(SETTLEMENT_TYPE, empty(bytes32),", (SETTLE_WALLET, SETTLE_KEY)),
    ("any sum held", "pot >> 96, toBuyer, toSeller, expiry))", "empty(uint256), toBuyer, toSeller, expiry))", (SETTLE_WALLET, SETTLE_KEY)),
    ("any funding to mark", "abi_encode(kind, id, (pot >> 56) & TIME, expiry)", "abi_encode(kind, id, empty(uint256), expiry)", ("Signatures.check_deliver_wallet", "Signatures.check_dispute_wallet")),
    ("a delivery disputes", "self._markDigest(DISPUTE, id", "self._markDigest(DELIVERY, id", ("Signatures.check_dispute_wallet",)),
    ("settled after expiry", EXPIRED + "\n    assert toBuyer", "assert toBuyer", (SETTLE_WALLET,)),
    ("delivered after expiry", EXPIRED + "\n    assert terms.review", "pass\n    assert terms.review", ("Signatures.check_deliver_wallet", "Marks.check_deliver")),
    ("disputed after expiry", EXPIRED + "\n    assert terms.arbiter", "pass\n    assert terms.arbiter", ("Signatures.check_dispute_wallet", "Marks.check_dispute")),
    ("any form", "if s <= convert(HALF_CURVE, uint256) and ecrecover", "if ecrecover", ("Signatures.check_settle_form",)),
    ("any answer of a wallet", *ANY_ANSWER, (SETTLE_WALLET, "Signatures.check_deliver_wallet")),
    ("one id for all", "abi_encode(TERMS, terms)", "abi_encode(TERMS, terms.buyer, terms.amount)", ("Signatures.check_ids", "Apart.check_others")),
    ("ids of the chain's number", *CHAINS_NUMBER, ("Signatures.check_id_after_a_split",)),
    ("called back", "@external\ndef release(", "@external\n@reentrant\ndef release(", ("Apart.check_callback",)),
)
# fmt: on

BREAKAGES = (
    *(Breakage(*row) for row in FUNDING + MARKS + MONEY + SIGNATURES),
    *(Breakage(*row, contract="Campaign") for row in campaign_breakages.ROWS),
)
