"""What a trade costs in gas, from receipts of a real EVM (py-evm, rules of the Prague fork).

    python tests/benchmarks/gas.py

Prints every path of the escrow and the lifetime (fund + release) in coin and in ERC-20 beside the floor.
Exits 1 when a lifetime is above its bar. Conditions, the everyday ones: the terms name an arbiter, the receivers
have an account, and the escrow already holds other orders' tokens. "Cold" rows have none of the last two.
"""

import itertools
import json
import sys
from pathlib import Path

from eth_account import Account
from eth_tester import EthereumTester, PyEVMBackend
from web3 import EthereumTesterProvider, Web3

ARTIFACTS = Path(__file__).resolve().parents[2] / "node" / "contracts" / "artifacts"
FLOOR = 77_847  # one storage word written and cleared, one call out, with logs
COIN_BAR, TOKEN_BAR = 95_000, 124_000
ZERO = "0x" + "00" * 20
COIN_AMOUNT = 51_234_567_890_123_456  # 0.05 of a coin with 18 decimals
TOKEN_AMOUNT = 51_234_567  # 51 of a token with 6
DAY = 86_400
NEVER = 2**40 - 1


class Chain:
    """The escrow, a token and three parties on an embedded chain; `send` gives a transaction's gas."""

    def __init__(self):
        self.tester = EthereumTester(PyEVMBackend())
        self.web3 = Web3(EthereumTesterProvider(self.tester))
        accounts = self.web3.eth.accounts
        self.miner, self.buyer, self.seller, self.payout, self.arbiter, *self.others = accounts
        self.escrow = self.deploy("Escrow")
        self.token = self.deploy("TestToken")
        for who in (self.miner, self.buyer, self.payout):
            self.send(self.miner, self.token.functions.mint(who, 10**15))
            self.send(who, self.token.functions.approve(self.escrow.address, 10**30))
        self.orders = itertools.count(1)
        self.send(self.miner, *self.fund(self.terms(self.token.address, buyer=self.miner)))

    def deploy(self, name):
        made = json.loads((ARTIFACTS / f"{name}.json").read_text())
        contract = self.web3.eth.contract(abi=made["abi"], bytecode=made["bytecode"])
        sent = contract.constructor().transact({"from": self.miner})
        receipt = self.web3.eth.get_transaction_receipt(sent)
        self.deployed = receipt["gasUsed"]
        return self.web3.eth.contract(address=receipt["contractAddress"], abi=made["abi"])

    def send(self, sender, call, value=0):
        sent = call.transact({"from": sender, "value": value, "gas": 3_000_000})
        receipt = self.web3.eth.get_transaction_receipt(sent)
        if receipt["status"] != 1:
            raise RuntimeError(f"{call.fn_name} failed")
        return receipt["gasUsed"]

    def now(self):
        return self.web3.eth.get_block("latest")["timestamp"]

    def pass_time(self, seconds):
        self.tester.time_travel(self.now() + seconds)
        self.tester.mine_block()

    def terms(self, token=ZERO, payees=(), **changed):
        order = Web3.keccak(text=f"order {next(self.orders)}")
        fields = {
            "buyer": self.buyer,
            "seller": self.seller,
            "payout": self.payout,
            "arbiter": self.arbiter,
            "token": token,
            "amount": COIN_AMOUNT if token == ZERO else TOKEN_AMOUNT,
            "shipBy": self.now() + 7 * DAY,
            "review": 14 * DAY,
            "ruling": 14 * DAY,
            "arbiterBps": 500,
            "lapseBps": 5_000,
            "payees": self.list_hash(payees),
            "order": order,
        }
        return tuple((fields | changed).values())

    def list_hash(self, payees):
        if not payees:
            return bytes(32)
        return Web3.keccak(self.web3.codec.encode(["(address,uint16)[]"], [payees]))

    def fund(self, terms, payees=()):
        call = self.escrow.functions.fund(terms, payees)
        return (call, terms[5] if terms[4] == ZERO else 0)

    def funded(self, terms, payees=()):
        self.send(terms[0], *self.fund(terms, payees))
        return terms

    def settlement(self, account, terms, to_buyer, to_seller):
        held, since, _, _ = self.escrow.functions.pots(self.id(terms)).call()
        message = {"id": self.id(terms), "since": since, "held": held}
        message |= {"toBuyer": to_buyer, "toSeller": to_seller, "expiry": NEVER}
        names = (
            "bytes32 id",
            "uint40 since",
            "uint128 held",
            "uint128 toBuyer",
            "uint128 toSeller",
        )
        pairs = [text.split() for text in (*names, "uint40 expiry")]
        return Account.sign_typed_data(
            account.key,
            domain_data={
                "name": "Etal Escrow",
                "version": "1",
                "chainId": self.web3.eth.chain_id,
                "verifyingContract": self.escrow.address,
            },
            message_types={"Settlement": [{"type": t, "name": n} for t, n in pairs]},
            message_data=message,
        ).signature

    def id(self, terms):
        return self.escrow.functions.idOf(terms).call()


def lifetime(chain, token, **changed):
    """A trade in one asset, the everyday one unless its terms are changed: {"fund": gas, "release": gas}."""
    terms = chain.terms(token, **changed)
    fund = chain.send(chain.buyer, *chain.fund(terms))
    release = chain.send(chain.buyer, chain.escrow.functions.release(terms, []))
    return {"fund": fund, "release": release}


def measure(chain, token):
    """Every path in one asset: {name: gas}."""
    gas = lifetime(chain, token)
    do = chain.escrow.functions
    asset = {"token": token}
    amount = chain.terms(**asset)[5]

    terms = chain.funded(chain.terms(**asset))
    gas["deliver"] = chain.send(chain.seller, do.deliver(terms))
    gas["dispute"] = chain.send(chain.buyer, do.dispute(terms))
    gas["rule, half and half"] = chain.send(chain.arbiter, do.rule(terms, amount // 2, []))

    terms = chain.funded(chain.terms(**asset))
    chain.pass_time(8 * DAY)
    gas["timeout, refund"] = chain.send(chain.miner, do.timeout(terms, []))
    terms = chain.funded(chain.terms(**asset))
    chain.send(chain.seller, do.deliver(terms))
    chain.pass_time(15 * DAY)
    gas["timeout, payment"] = chain.send(chain.miner, do.timeout(terms, []))

    terms = chain.funded(chain.terms(**asset))
    refund = do.settle(terms, amount, 0, NEVER, b"", b"", [])
    gas["settle, refund by the seller"] = chain.send(chain.seller, refund)

    terms = chain.funded(chain.terms(**asset))
    part = do.settle(terms, 0, amount // 3, NEVER, b"", b"", [])
    gas["settle, first of two milestones"] = chain.send(chain.buyer, part)

    people = {}
    for name in ("buyer", "seller"):
        people[name] = Account.from_key(Web3.keccak(text=f"{name} of gas.py"))
        pay = {"from": chain.miner, "to": people[name].address, "value": 10**18}
        chain.web3.eth.send_transaction(pay)
        chain.send(chain.miner, chain.token.functions.mint(people[name].address, 10**12))
        if people[name].address not in chain.tester.get_accounts():
            chain.tester.add_account("0x" + people[name].key.hex())
    signer = people["buyer"].address
    chain.send(signer, chain.token.functions.approve(chain.escrow.address, 10**30))
    for name, to_buyer, to_seller in (
        ("settle, gasless release", 0, amount),
        ("settle, split by two signatures", amount // 2, amount - amount // 2),
    ):
        terms = chain.terms(**asset, buyer=signer, seller=people["seller"].address)
        chain.funded(terms)
        marks = [chain.settlement(people[n], terms, to_buyer, to_seller) for n in people]
        call = do.settle(terms, to_buyer, to_seller, NEVER, *marks, [])
        gas[name] = chain.send(chain.miner, call)

    payees = [(chain.others[0], 1_000), (chain.others[1], 500)]
    for who, _ in payees:
        chain.send(chain.miner, chain.token.functions.mint(who, 1))
    terms = chain.terms(**asset, payees=payees)
    gas["fund with two payees"] = chain.send(chain.buyer, *chain.fund(terms, payees))
    gas["release with two payees"] = chain.send(chain.buyer, do.release(terms, payees))
    return gas


def cold(chain, token):
    """The dearest lifetime: a receiver without an account, an escrow that holds nothing else."""
    chain.escrow = chain.deploy("Escrow")
    chain.send(chain.buyer, chain.token.functions.approve(chain.escrow.address, 10**30))
    nobody = Web3.to_checksum_address(Web3.keccak(text=token)[:20].hex())
    return sum(lifetime(chain, token, payout=nobody).values())


def main():
    chain = Chain()
    coin = measure(chain, ZERO)
    token = measure(chain, chain.token.address)
    print(f"{'gas':34}{'coin':>10}{'ERC-20':>10}")
    for name in coin:
        print(f"{name:34}{coin[name]:>10,}{token[name]:>10,}")
    whole = [sums["fund"] + sums["release"] for sums in (coin, token)]
    print(f"{'lifetime (fund + release)':34}{whole[0]:>10,}{whole[1]:>10,}")
    print(f"{'bar':34}{COIN_BAR:>10,}{TOKEN_BAR:>10,}")
    print(f"{'floor':34}{FLOOR:>10,}")
    print(f"{'lifetime, cold':34}{cold(chain, ZERO):>10,}{cold(chain, chain.token.address):>10,}")
    print(f"{'deployment':34}{chain.deployed:>10,}")
    if whole[0] > COIN_BAR or whole[1] > TOKEN_BAR:
        print("above the bar", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
