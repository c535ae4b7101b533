"""The escrow, a token and three parties on an embedded chain, for measuring what each call costs."""

import itertools
import json
from pathlib import Path

from eth_account import Account
from eth_tester import EthereumTester, PyEVMBackend
from web3 import EthereumTesterProvider, Web3

ARTIFACTS = Path(__file__).resolve().parents[2] / "node" / "contracts" / "artifacts"
ZERO = "0x" + "00" * 20
COIN_AMOUNT = 51_234_567_890_123_456  # 0.05 of a coin with 18 decimals
TOKEN_AMOUNT = 51_234_567  # 51 of a token with 6
DAY = 86_400
BEGIN = 2_000_000_000  # always the same time, so that the calldata and its gas are always the same
NEVER = 2**40 - 1
SETTLEMENT = "bytes32 id,uint40 since,uint128 held,uint128 toBuyer,uint128 toSeller,uint40 expiry"
MARK = "bytes32 id,uint40 since,uint40 expiry"
AUTHORIZATION = (
    "address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce"
)


class Chain:
    """The escrow, a token and three parties on an embedded chain; `send` gives a transaction's gas."""

    def __init__(self):
        self.tester = EthereumTester(PyEVMBackend())
        self.tester.time_travel(BEGIN)
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

    def person(self, name):
        """An account whose key can sign messages, with coin, tokens and an approval."""
        person = Account.from_key(Web3.keccak(text=f"{name} of the benchmark"))
        if person.address not in self.tester.get_accounts():
            self.tester.add_account("0x" + person.key.hex())
            pay = {"from": self.miner, "to": person.address, "value": 10**18}
            self.web3.eth.send_transaction(pay)
            self.send(self.miner, self.token.functions.mint(person.address, 10**12))
            approval = self.token.functions.approve(self.escrow.address, 10**30)
            self.send(person.address, approval)
        return person

    def settlement(self, person, terms, to_buyer, to_seller):
        held, since, _, _ = self.escrow.functions.pots(self.id(terms)).call()
        message = {"id": self.id(terms), "since": since, "held": held}
        message |= {"toBuyer": to_buyer, "toSeller": to_seller, "expiry": NEVER}
        return self._signed(person, "Settlement", SETTLEMENT, message, "Etal Escrow")

    def mark(self, person, kind, terms):
        """A signed "Delivery" or "Dispute"."""
        _, since, _, _ = self.escrow.functions.pots(self.id(terms)).call()
        message = {"id": self.id(terms), "since": since, "expiry": NEVER}
        return self._signed(person, kind, MARK, message, "Etal Escrow")

    def authorization(self, person, terms):
        message = {"from": person.address, "to": self.escrow.address, "value": terms[5]}
        message |= {"validAfter": 0, "validBefore": NEVER, "nonce": self.id(terms)}
        name = self.token.functions.name().call()
        return self._signed(
            person, "ReceiveWithAuthorization", AUTHORIZATION, message, name, self.token.address
        )

    def _signed(self, person, kind, members, message, name, contract=None):
        pairs = [member.split() for member in members.split(",")]
        return Account.sign_typed_data(
            person.key,
            domain_data={
                "name": name,
                "version": "1",
                "chainId": self.web3.eth.chain_id,
                "verifyingContract": contract or self.escrow.address,
            },
            message_types={kind: [{"type": type, "name": name} for type, name in pairs]},
            message_data=message,
        ).signature

    def id(self, terms):
        return self.escrow.functions.idOf(terms).call()
