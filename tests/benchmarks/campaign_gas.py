"""What a campaign costs in gas, from receipts of a real EVM (py-evm, rules of the Prague fork).

    python tests/benchmarks/campaign_gas.py

Prints every path in coin and in ERC-20. Exits 1 when a pledge or a refund is above its bar. Conditions, the everyday
ones: others have pledged before, the receivers have an account, and the contract already holds tokens.
"""

import sys
from dataclasses import replace
from pathlib import Path

from eth_account import Account
from web3 import Web3

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from node.protocol import campaign as protocol
from node.protocol.campaign import COIN, Terms, Tranche
from tests.benchmarks.gas import DAY, Chain

PLEDGE_BARS = (57_000, 79_000)  # coin, ERC-20
REFUND_BARS = (43_000, 52_000)
LATER = 2**40 - 1
THREE = ((0, 3_000), (30, 3_333), (60, 3_667))
MANY = 32


def raw(address):
    return bytes.fromhex(address[2:])


class Fair(Chain):
    """The campaign contract, backers with money, and one that has keys to sign with."""

    def __init__(self):
        super().__init__()
        self.code = self.deploy("Campaign")
        self.creation = self.deployed
        self.do = self.code.functions
        self.backers = [*self.others, self.buyer, self.seller]
        for who in self.backers:
            self.send(self.miner, self.token.functions.mint(who, 10**15))
            self.send(who, self.token.functions.approve(self.code.address, 10**30))
        self.keys = [Web3.keccak(text=f"backer {n} of campaign_gas.py") for n in range(MANY)]
        for key in self.keys:
            self.send(self.miner, self.token.functions.mint(Account.from_key(key).address, 10**15))

    def send(self, sender, call, value=0):
        sent = call.transact({"from": sender, "value": value, "gas": 15_000_000})
        receipt = self.web3.eth.get_transaction_receipt(sent)
        if receipt["status"] != 1:
            raise RuntimeError(f"{call.fn_name} failed")
        return receipt["gasUsed"]

    def fair(self, token, **changed):
        """(terms, tranches, gas of opening)"""
        until = self.now() + 30 * DAY
        tranches = [Tranche(until + days * DAY, bps) for days, bps in THREE]
        terms = Terms(
            raw(self.miner),
            raw(self.payout),
            token,
            self.amount(token),
            until,
            2_500,
            protocol.tranches_hash(tranches),
            Web3.keccak(text=f"listing {next(self.orders)}"),
        )
        terms = replace(terms, **changed)
        return terms, tranches, self.send(self.miner, self.do.open(terms.abi(), tranches, b""))

    def amount(self, token):
        return 51_234_567_890_123_456 if token == COIN else 51_234_567

    def pledge(self, who, terms):
        amount = self.amount(terms.token)
        order = Web3.keccak(text=f"order {next(self.orders)}")
        value = amount if terms.token == COIN else 0
        return self.send(who, self.do.pledge(terms.abi(), amount, order), value)

    def authorized(self, terms, count):
        """As many authorizations, each of another backer."""
        id = protocol.campaign_id(terms, self.web3.eth.chain_id, raw(self.code.address))
        made = []
        for key in self.keys[:count]:
            order = Web3.keccak(text=f"order {next(self.orders)}")
            message = {
                "from": Account.from_key(key).address,
                "to": self.code.address,
                "value": self.amount(terms.token),
                "validAfter": 0,
                "validBefore": LATER,
                "nonce": protocol.authorization_nonce(id, bytes(order)),
            }
            kinds = ("address", "address", "uint256", "uint256", "uint256", "bytes32")
            signed = Account.sign_typed_data(
                key,
                domain_data={
                    "name": "Étal Test Dollar",
                    "version": "1",
                    "chainId": self.web3.eth.chain_id,
                    "verifyingContract": self.token.address,
                },
                message_types={
                    "ReceiveWithAuthorization": [
                        {"name": name, "type": kind}
                        for name, kind in zip(message, kinds, strict=True)
                    ]
                },
                message_data=message,
            )
            made.append(
                (message["from"], message["value"], 0, LATER, order, bytes(signed.signature))
            )
        return made


def measure(chain, token):
    """Every path in one asset: {name: gas}."""
    do, gas = chain.do, {}
    first, second, third, *_ = chain.backers
    terms, tranches, gas["open, three tranches"] = chain.fair(token, stop_bps=4_000)
    gas["pledge, the campaign's first"] = chain.pledge(first, terms)
    gas["pledge"] = chain.pledge(second, terms)
    gas["pledge, again by the same"] = chain.pledge(second, terms)
    chain.pledge(third, terms)
    chain.pass_time(30 * DAY)
    gas["collect, first of three"] = chain.send(third, do.collect(terms.abi(), tranches))
    mark = (terms.abi(), tranches, third, True, 0, b"")
    gas["object, the first to"] = chain.send(third, do.object(*mark))
    gas["object, taken back"] = chain.send(third, do.object(*mark[:3], False, 0, b""))
    chain.pass_time(30 * DAY)
    chain.send(third, do.collect(terms.abi(), tranches))
    chain.pass_time(30 * DAY)
    gas["collect, last of three"] = chain.send(third, do.collect(terms.abi(), tranches))

    terms, tranches, _ = chain.fair(token)
    for who in (first, second, third):
        chain.pledge(who, terms)
    chain.pass_time(60 * DAY)
    mark = (terms.abi(), tranches, third, True, 0, b"")
    gas["object and stop, two tranches due"] = chain.send(third, do.object(*mark))
    gas["refund of one"] = chain.send(third, do.refund(terms.abi(), [third]))

    terms, tranches, _ = chain.fair(token)
    for who in chain.backers:
        chain.pledge(who, terms)
    gas["cancel"] = chain.send(chain.miner, do.cancel(terms.abi(), 0, b""))
    batch = chain.send(first, do.refund(terms.abi(), chain.backers[1:]))
    gas[f"refund, each of {len(chain.backers) - 1}"] = batch // (len(chain.backers) - 1)
    gas["refund of the last"] = chain.send(first, do.refund(terms.abi(), [first]))
    if token != COIN:
        for count in (1, 8, MANY):
            terms, _, _ = chain.fair(token)
            chain.pledge(first, terms)
            given = chain.authorized(terms, count)
            sent = chain.send(third, do.pledgeWithAuthorizations(terms.abi(), given))
            gas[f"pledge by authorization, each of {count}"] = sent // count
    return gas


def main():
    chain = Fair()
    terms, _, _ = chain.fair(raw(chain.token.address))
    chain.pledge(chain.backers[0], terms)
    coin = measure(chain, COIN)
    token = measure(chain, raw(chain.token.address))
    print(f"{'gas':36}{'coin':>10}{'ERC-20':>10}")
    for name in token:
        shown = f"{coin[name]:,}" if name in coin else ""
        print(f"{name:36}{shown:>10}{token[name]:>10,}")
    print(f"{'deployment':36}{chain.creation:>10,}")
    high = [
        name
        for name, bars in (("pledge", PLEDGE_BARS), ("refund of one", REFUND_BARS))
        for sums, bar in zip((coin, token), bars, strict=True)
        if sums[name] > bar
    ]
    if high:
        print(f"above the bar: {', '.join(high)}", file=sys.stderr)
    return 1 if high else 0


if __name__ == "__main__":
    sys.exit(main())
