"""Guards of the campaign that its proofs rest on, as in `breakages.py`."""

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

# One row, one line: a table is read by its columns.
# fmt: off
OPEN = "CampaignOpening.check_open"
OPEN_WALLET = "CampaignSignatures.check_open_wallet"
COIN = "CampaignPledging.check_coin"
TOKEN = "CampaignPledging.check_token"
AUTHORIZED = "CampaignPledging.check_authorized"
CANCEL = "CampaignMarks.check_cancel"
CANCEL_WALLET = "CampaignSignatures.check_cancel_wallet"
OBJECT_WALLET = "CampaignSignatures.check_object_wallet"
COLLECT = ("CampaignMoneyInCoin.check_collect", "CampaignMoneyInToken.check_collect")
REFUND = ("CampaignMoneyInCoin.check_refund", "CampaignMoneyInToken.check_refund")
OBJECT = ("CampaignMoneyInCoin.check_object", "CampaignMoneyInToken.check_object")
WITHDRAW = ("CampaignMoneyInCoin.check_withdraw", "CampaignMoneyInToken.check_withdraw")
EXIT_COLLECT = ("CampaignExitsInCoin.check_collect", "CampaignExitsInToken.check_collect")
EXIT_REFUND = ("CampaignExitsInCoin.check_refund", "CampaignExitsInToken.check_refund")
EXIT_WITHDRAW = ("CampaignExitsInCoin.check_withdraw", "CampaignExitsInToken.check_withdraw")

CREATOR = 'assert self._signed(terms.creator, self._digest(content), signature), "not the creator"'
BACKER = 'assert self._signed(backer, self._digest(content), signature), "no consent of the backer"'
EXPIRED = '\n        assert block.timestamp < convert(expiry, uint256), "expired"'
EARLY = 'assert block.timestamp >= convert(terms.until, uint256), "too early"\n'
LIVE = 'assert (campaign & BYTE) == LIVE, "wrong state"\n'
LISTED = 'assert keccak256(abi_encode(tranches)) == terms.tranches, "tranches differ"\n'
DUE = "if block.timestamp < convert(tranches[i].at, uint256):"

OPENING = (
    ("a stranger opens", 'assert msg.sender == terms.creator or self._signed(terms.creator, id, signature), "no consent of the creator"', "pass", (OPEN, OPEN_WALLET)),
    ("opened again", 'assert self._campaigns[id] == 0, "opened already"', "pass", (OPEN,)),
    ("nobody creates", 'assert terms.creator != empty(address), "bad creator"', "pass", (OPEN,)),
    ("the contract is paid", "assert terms.payout != empty(address) and terms.payout != self", "assert True", (OPEN,)),
    ("a token that isn't there", 'assert terms.token == empty(address) or terms.token.is_contract, "no such token"', "pass", (OPEN,)),
    ("no goal", 'assert terms.goal != 0, "goal is zero"', "pass", (OPEN,)),
    ("over before it begins", "assert block.timestamp < until and ", "assert ", (OPEN,)),
    ("any end", " and until <= block.timestamp + MAX_CAMPAIGN_TIME", "", (OPEN,)),
    ("stopped by nobody", "assert terms.stopBps != 0 and ", "assert ", (OPEN,)),
    ("stopped by hardly anybody", " and terms.stopBps <= MAX_STOP_BPS", "", (OPEN,)),
    ("any tranches are opened", LISTED + "    earliest", "pass\n    earliest", (OPEN,)),
    ("tranches in any order", "assert earliest <= at and ", "assert ", (OPEN,)),
    ("a tranche at any time", " and at <= until + MAX_TRANCHE_TIME", "", (OPEN,)),
    ("a tranche of nothing", 'assert tranche.bps != 0, "bad share"', "pass", (OPEN,)),
    ("tranches of any sum", 'assert shared == WHOLE, "shares are not the whole"', "pass", (OPEN,)),
)

PLEDGING = (
    ("any value is a pledge", 'assert msg.value == convert(amount, uint256), "value is not the amount"', "pass", (COIN,)),
    ("value beside a token", 'assert msg.value == 0, "value beside a token"', "pass", (TOKEN,)),
    ("nothing is a pledge", 'assert amount != 0, "amount is zero"', "pass", (COIN, TOKEN)),
    ("pledged late", 'assert block.timestamp < convert(terms.until, uint256), "too late"', "pass", (COIN, TOKEN, AUTHORIZED)),
    ("pledged to what is cancelled", LIVE + '    assert block.timestamp < convert(terms.until, uint256), "too late"', 'assert block.timestamp < convert(terms.until, uint256), "too late"', (COIN, TOKEN, AUTHORIZED)),
    ("a token takes a fee", *EXACT, (TOKEN,)),
    ("a token takes a fee of an authorization", 'assert now == before + amount, "token took a fee"', "pass", (AUTHORIZED,)),
    ("nobody authorizes", "given.backer == empty(address) or ", "", (AUTHORIZED,)),
    ("an authorization of any order", "keccak256(abi_encode(id, given.order))", "keccak256(abi_encode(id, id))", (AUTHORIZED,)),
    ("an authorization of any campaign", "keccak256(abi_encode(id, given.order))", "given.order", (AUTHORIZED,)),
    ("who submits is the backer", "self._credit(id, campaign, given.backer", "self._credit(id, campaign, msg.sender", (AUTHORIZED,)),
    ("a pledge is owed as well", "self._pledges[id][backer] += amount << 32", "self._pledges[id][backer] += amount << 32\n    self.claims[empty(address)][backer] += amount", (COIN, TOKEN, AUTHORIZED)),
    ("somebody else pays", *ANOTHER_PAYS, (TOKEN,)),
    ("a pledge replaces another", "self._pledges[id][backer] += amount << 32", "self._pledges[id][backer] = amount << 32", (COIN, TOKEN, AUTHORIZED)),
)

MARKS = (
    ("a stranger cancels", CREATOR, "pass", (CANCEL, CANCEL_WALLET)),
    ("cancelled after expiry", CREATOR + EXPIRED, CREATOR, (CANCEL, CANCEL_WALLET)),
    ("cancelled when it failed", "self._succeeded(terms, campaign)\n    self._campaigns", "pass\n    self._campaigns", (CANCEL,)),
    ("cancelled twice", "        " + LIVE + "    else", "        pass\n    else", (CANCEL,)),
    ("a cancellation is owed", "(campaign - LIVE) | CANCELLED", "(campaign - LIVE) | CANCELLED\n    self.claims[terms.token][terms.creator] += 1", (CANCEL,)),
    ("a cancellation loses money", "(campaign - LIVE) | CANCELLED", "(campaign & ABOVE_MONEY) | CANCELLED", (CANCEL,)),
)

MONEY = (
    ("collected early", DUE, "if False:", COLLECT),
    ("stopped before the end", EARLY + "    assert campaign", "assert campaign", OBJECT),
    ("collected though it failed", 'assert campaign >> 144 >= convert(terms.goal, uint256), "goal not reached"', "pass", (*COLLECT, *OBJECT, CANCEL)),
    ("collected when it was stopped", "    " + LIVE + "    " + EARLY + "    assert campaign", "    " + EARLY + "    assert campaign", (*COLLECT, *OBJECT)),
    ("any tranches are paid", LISTED + "    owed", "pass\n    owed", (*COLLECT, *OBJECT)),
    ("the last leaves something", "        owed = (campaign >> 32) & AMOUNT", "        pass", COLLECT),
    ("collecting silences", "assert paid != (campaign >> 8) & BYTE, \"nothing due\"", "self._objections[id] = 0\n    assert paid != (campaign >> 8) & BYTE", COLLECT),
    ("a tranche for ever", "(left << 32) | (paid << 8) | phase", "(left << 32) | (campaign & (BYTE << 8)) | phase", COLLECT),
    ("the money isn't lowered", "((campaign >> 32) & AMOUNT) - owed", "((campaign >> 32) & AMOUNT)", COLLECT),
    ("refunded early", EARLY + "        assert pledges", "assert pledges", REFUND),
    ("refunded though it succeeded", 'assert pledges < convert(terms.goal, uint256), "goal reached"', "pass", REFUND),
    ("refunded for ever", "            self._pledges[id][backer] = 0\n", "", REFUND),
    ("the sum isn't lowered", "            pledges -= pledged\n", "", REFUND),
    ("the money of others is refunded", "            money -= share\n", "", REFUND),
    ("each gets its whole pledge", "share = pledged * money // pledges", "share = pledged", REFUND),
    ("nobody is refunded", 'assert done, "nothing to refund"', "pass", REFUND),
    ("what is refused is lost", *LOST, (*COLLECT, *REFUND)),
    ("false is a payment", *FALSE_PAYS, (COLLECT[1], REFUND[1], WITHDRAW[1])),
    ("whoever has pledged nothing objects", 'assert weight != 0, "not a backer"', "pass", OBJECT),
    ("a stranger objects", BACKER, "pass", (*OBJECT, OBJECT_WALLET)),
    ("objected after expiry", BACKER + EXPIRED, BACKER, (*OBJECT, OBJECT_WALLET)),
    ("objected when all is due", 'assert paid != len(tranches), "too late"', "pass", OBJECT),
    ("said twice", 'assert objects == (turn & 1 == 1), "said already"', "pass", OBJECT),
    ("an objection outlives itself", "        objections -= weight\n", "        pass\n", OBJECT),
    ("any objection stops", "if objects and objections * WHOLE >= (campaign >> 144) * convert(terms.stopBps, uint256):", "if objects:", OBJECT),
    ("what is due is stopped", "log Stopped(id=id, left=left)\n        if owed != 0:\n", "log Stopped(id=id, left=left)\n        if False:\n", OBJECT),
    ("fetched by anyone", *BY_ANYONE, WITHDRAW),
    ("fetched for ever", *FOR_EVER, WITHDRAW),
)

EXITS = (
    ("a refusal blocks", *BLOCKS, EXIT_COLLECT + EXIT_REFUND),
    ("never on the day", DUE, DUE.replace("<", "<="), EXIT_COLLECT),
    ("never at the end", EARLY + "        assert pledges", EARLY.replace(">=", ">") + "        assert pledges", EXIT_REFUND),
    ("who has nothing blocks others", "        if pledged != 0:\n", "        assert pledged != 0\n        if True:\n", EXIT_REFUND),
    ("fetched by its owner alone", *BY_ITS_OWNER, EXIT_WITHDRAW),
)

SIGNATURES = (
    ("any chain", *ANY_CHAIN, (OBJECT_WALLET, CANCEL_WALLET)),
    ("any contract", *ANY_CONTRACT, (OPEN_WALLET, OBJECT_WALLET, CANCEL_WALLET)),
    ("any campaign", "abi_encode(OBJECTION, id,", "abi_encode(OBJECTION, empty(bytes32),", (OBJECT_WALLET,)),
    ("any campaign to cancel", "abi_encode(CANCELLATION, id,", "abi_encode(CANCELLATION, empty(bytes32),", (CANCEL_WALLET,)),
    ("for or against", "abi_encode(OBJECTION, id, objects,", "abi_encode(OBJECTION, id, True,", (OBJECT_WALLET,)),
    ("an objection cancels", "keccak256(abi_encode(CANCELLATION, id, expiry))", "keccak256(abi_encode(OBJECTION, id, True, empty(uint256), expiry))", (CANCEL_WALLET,)),
    ("any turn", "objects, turn, expiry)", "objects, empty(uint256), expiry)", (OBJECT_WALLET,)),
    ("any answer of a wallet", *ANY_ANSWER, (OPEN_WALLET, OBJECT_WALLET, CANCEL_WALLET)),
    ("one id for all", "abi_encode(TERMS, terms)", "abi_encode(TERMS, terms.creator, terms.goal)", ("CampaignSignatures.check_ids", "CampaignApart.check_others")),
    ("called back", "@external\ndef collect(", "@external\n@reentrant\ndef collect(", ("CampaignApart.check_callback",)),
    ("ids of the chain's number", *CHAINS_NUMBER, ("CampaignSignatures.check_id_after_a_split",)),
)
# fmt: on

ROWS = OPENING + PLEDGING + MARKS + MONEY + EXITS + SIGNATURES
