"""What every path of a trade costs in gas, from receipts of a real EVM (py-evm, rules of the Prague fork).

    python tests/benchmarks/gas.py            # prints the tables
    python tests/benchmarks/gas.py --write    # and puts them into docs/spec/escrow.md
    python tests/benchmarks/gas.py --check    # exits 1 where the document says something else

Exits 1 when a lifetime (fund + release) is above its bar. Conditions, the everyday ones: the terms name an arbiter, the receivers
have an account, and the escrow already holds other orders' tokens. "Cold" is without the last two.
"""

import argparse
import sys
from pathlib import Path

from web3 import Web3

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.escrow_chain import DAY, NEVER, ZERO, Chain
from tests.benchmarks.gas_parts import FLOOR_CODE, PARTS, REFUND, creation, parts

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "spec" / "escrow.md"
BEGIN, END = "<!-- gas: made by tests/benchmarks/gas.py --write -->", "<!-- /gas -->"
FLOOR = 77_847  # one storage word written and cleared, one call out, with parties and amounts in the logs
COIN_BAR, TOKEN_BAR = 95_000, 124_000
MANY = 10  # orders in one call
ANCHORS = (
    ("OpenZeppelin 4.9 Escrow (no terms, refund or dispute)", 82_830),
    ("Kleros escrow with appeals", 110_028),
    ("Coinbase AuthCaptureEscrow (ERC-20: approve, authorize, capture)", 215_033),
    ("a struct in storage, as in textbooks", 304_235),
    ("OpenBazaar, moderated 2 of 3", 451_179),
    ("Boson 2.5.1 (commit; redeem, complete)", 639_906),
)
"""Fund and release in coin, measured by the same people in one EVM, November 2026; Coinbase's in ERC-20."""


def lifetime(chain, token, **changed):
    """A trade in one asset, the everyday one unless its terms are changed: {"fund": gas, "release": gas}."""
    terms = chain.terms(token, **changed)
    fund = chain.send(chain.buyer, *chain.fund(terms))
    release = chain.send(chain.buyer, chain.escrow.functions.release(terms, []))
    return {"fund": fund, "release": release}


def measure(chain, token):
    """Every path in one asset: {name: gas}."""
    return (
        lifetime(chain, token)
        | _signed_fundings(chain, token)
        | _many(chain, token)
        | _marks(chain, token)
        | _ends(chain, token)
        | _settlements(chain, token)
        | _shared(chain, token)
    )


def _signed_fundings(chain, token):
    if token == ZERO:
        return {"fund by authorization": None}
    buyer = chain.person("buyer")
    terms = chain.terms(token, buyer=buyer.address)
    mark = chain.authorization(buyer, terms)
    call = chain.escrow.functions.fundWithAuthorization(terms, [], 0, NEVER, mark)
    return {"fund by authorization": chain.send(chain.miner, call)}


def _many(chain, token):
    every = [chain.terms(token) for _ in range(MANY)]
    orders = [(terms, []) for terms in every]
    value = sum(terms[5] for terms in every) if token == ZERO else 0
    fund = chain.send(chain.buyer, chain.escrow.functions.fundMany(orders), value)
    release = chain.send(chain.buyer, chain.escrow.functions.releaseMany(orders))
    names = (f"fund {MANY} at once, each", f"release {MANY} at once, each")
    return dict(zip(names, (fund // MANY, release // MANY), strict=True))


def _marks(chain, token):
    do, gas = chain.escrow.functions, {}
    buyer, seller = chain.person("buyer"), chain.person("seller")
    terms = chain.funded(chain.terms(token))
    gas["deliver"] = chain.send(chain.seller, do.deliver(terms, 0, b""))
    gas["dispute"] = chain.send(chain.buyer, do.dispute(terms, chain.buyer, 0, b""))
    half = terms[5] // 2
    gas["rule, half and half"] = chain.send(chain.arbiter, do.rule(terms, half, []))
    terms = chain.funded(chain.terms(token, buyer=buyer.address, seller=seller.address))
    mark = chain.mark(seller, "Delivery", terms)
    gas["deliver by signature"] = chain.send(chain.miner, do.deliver(terms, NEVER, mark))
    mark = chain.mark(buyer, "Dispute", terms)
    call = do.dispute(terms, buyer.address, NEVER, mark)
    gas["dispute by signature"] = chain.send(chain.miner, call)
    return gas


def _ends(chain, token):
    do, gas = chain.escrow.functions, {}
    terms = chain.funded(chain.terms(token))
    chain.pass_time(8 * DAY)
    gas["timeout, refund"] = chain.send(chain.miner, do.timeout(terms, []))
    terms = chain.funded(chain.terms(token))
    chain.send(chain.seller, do.deliver(terms, 0, b""))
    chain.pass_time(15 * DAY)
    gas["timeout, payment"] = chain.send(chain.miner, do.timeout(terms, []))
    terms = chain.funded(chain.terms(token))
    chain.send(chain.seller, do.deliver(terms, 0, b""))
    chain.send(chain.buyer, do.dispute(terms, chain.buyer, 0, b""))
    chain.pass_time(15 * DAY)
    gas["timeout, arbiter silent, split"] = chain.send(chain.miner, do.timeout(terms, []))
    return gas


def _settlements(chain, token):
    do, gas = chain.escrow.functions, {}
    people = [chain.person("buyer"), chain.person("seller")]
    terms = chain.funded(chain.terms(token))
    amount = terms[5]
    refund = do.settle(terms, amount, 0, NEVER, b"", b"", [])
    gas["settle, refund by the seller"] = chain.send(chain.seller, refund)
    terms = chain.funded(chain.terms(token))
    part = do.settle(terms, 0, amount // 3, NEVER, b"", b"", [])
    gas["settle, first of two milestones"] = chain.send(chain.buyer, part)
    for name, to_buyer, to_seller in (
        ("settle, release by signature", 0, amount),
        ("settle, split by two signatures", amount // 2, amount - amount // 2),
    ):
        buyer, seller = (person.address for person in people)
        terms = chain.funded(chain.terms(token, buyer=buyer, seller=seller))
        marks = [chain.settlement(person, terms, to_buyer, to_seller) for person in people]
        call = do.settle(terms, to_buyer, to_seller, NEVER, *marks, [])
        gas[name] = chain.send(chain.miner, call)
    return gas


def _shared(chain, token):
    payees = [(chain.others[0], 1_000), (chain.others[1], 500)]
    for who, _ in payees:
        chain.send(chain.miner, chain.token.functions.mint(who, 1))
    terms = chain.terms(token, payees=payees)
    fund = chain.send(chain.buyer, *chain.fund(terms, payees))
    release = chain.send(chain.buyer, chain.escrow.functions.release(terms, payees))
    return {"fund with two payees": fund, "release with two payees": release}


def cold(chain, token):
    """The dearest lifetime: a receiver without an account, an escrow that holds nothing else."""
    chain.escrow = chain.deploy("Escrow")
    chain.send(chain.buyer, chain.token.functions.approve(chain.escrow.address, 10**30))
    nobody = Web3.to_checksum_address(Web3.keccak(text=token)[:20].hex())
    return sum(lifetime(chain, token, payout=nobody).values())


def distance(chain):
    """{part: (ours, the barest escrow's)} of a trade in coin."""
    web3 = chain.web3
    code = {"from": chain.miner, "data": creation(FLOOR_CODE)}
    bare = web3.eth.get_transaction_receipt(web3.eth.send_transaction(code))["contractAddress"]
    key = web3.keccak(text="an order")

    def sent(data, value=0):
        call = {"from": chain.buyer, "to": bare, "data": data, "value": value, "gas": 100_000}
        return web3.eth.get_transaction_receipt(web3.eth.send_transaction(call))["gasUsed"]

    terms = chain.terms()
    call, value = chain.fund(terms)
    release = chain.escrow.functions.release(terms, [])
    ours = (
        parts(lambda: chain.send(chain.buyer, call, value)),
        parts(lambda: chain.send(chain.buyer, release)),
    )
    paid = bytes(key) + bytes(12) + bytes.fromhex(chain.payout[2:])
    theirs = parts(lambda: sent(key, value)), parts(lambda: sent(paid))
    names = (*PARTS, REFUND)
    return {n: (sum(each[n] for each in ours), sum(each[n] for each in theirs)) for n in names}


def tables(chain):
    """(the document's section, the lifetimes in coin and in ERC-20)"""
    coin, token = measure(chain, ZERO), measure(chain, chain.token.address)
    whole = [sums["fund"] + sums["release"] for sums in (coin, token)]
    apart = distance(chain)
    lines = ["| call | coin | ERC-20 |", "|---|---|---|"]
    lines += [f"| {name} | {_shown(coin[name])} | {_shown(token[name])} |" for name in coin]
    lines += [f"| **fund + release** | **{whole[0]:,}** | **{whole[1]:,}** |"]
    cold_ones = [f"{cold(chain, asset):,}" for asset in (ZERO, chain.token.address)]
    lines += [f"| the same, receiver and escrow cold | {' | '.join(cold_ones)} |", ""]
    lines += ["| fund + release of others | gas |", "|---|---|"]
    lines += [f"| the floor: a word written and cleared, a call, logs | {FLOOR:,} |"]
    lines += [f"| **this escrow** | **{whole[0]:,}** |"]
    lines += [f"| {name} | {gas:,} |" for name, gas in ANCHORS]
    lines += [
        "",
        "| part of a trade in coin | this escrow | the barest one | more |",
        "|---|---|---|---|",
    ]
    lines += [f"| {name} | {a:,} | {b:,} | {a - b:,} |" for name, (a, b) in apart.items()]
    sums = [sum(pair[side] for pair in apart.values()) for side in (0, 1)]
    lines += [f"| **sum** | **{sums[0]:,}** | **{sums[1]:,}** | **{sums[0] - sums[1]:,}** |"]
    return "\n".join(lines), whole


def _shown(gas):
    return "" if gas is None else f"{gas:,}"


def with_tables(document, made):
    """The document with these tables in the place of those that it has."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--write", action="store_true", help="put the tables into the document")
    way.add_argument("--check", action="store_true", help="compare them with the document")
    asked = parser.parse_args()
    made, whole = tables(Chain())
    print(made)
    document = DOCUMENT.read_text("utf-8")
    fresh = with_tables(document, made)
    if asked.write:
        DOCUMENT.write_text(fresh, "utf-8")
    if asked.check and fresh != document:
        print(f"{DOCUMENT.name} says something else: --write", file=sys.stderr)
        return 1
    if whole[0] > COIN_BAR or whole[1] > TOKEN_BAR:
        print("above the bar", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
