"""Let the contract itself say what tests/vectors/escrow.json holds.

    python contracts/vectors.py           # write the file
    python contracts/vectors.py --check   # compute again, compare, exit 1 on any difference

Every id, refusal and payment is what the compiled contract answered on an EVM; every settlement digest is one whose
signature it accepted. Runs in the environment of contracts/requirements.txt.
"""

import argparse
import json
import sys
from pathlib import Path

import boa
from eth_abi import decode
from eth_account import Account
from eth_utils import keccak, to_checksum_address

HERE = Path(__file__).resolve().parent
VECTORS = HERE.parent / "tests" / "vectors" / "escrow.json"
sys.path.insert(0, str(HERE.parent / "tests" / "contracts" / "vyper"))
from reference import DAY, HOUR, ZERO, Terms, list_hash  # noqa: E402
from world import SETTLEMENT, compiled  # noqa: E402

AT = 1_800_000_000
NEVER = 2**40 - 1
CURVE = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
KEYS = {role: keccak(text=f"{role} of the escrow vectors") for role in ("buyer", "seller")}
PEOPLE = {role: Account.from_key(key).address for role, key in KEYS.items()} | {
    role: to_checksum_address(keccak(text=f"{role} of the escrow vectors")[:20])
    for role in ("payout", "arbiter", "token", "ann", "ben")
}
PLACES = [(1, "0x" + "11" * 20), (11155111, PEOPLE["ann"]), (2**63, PEOPLE["ben"])]
PAYEES = [(PEOPLE["ann"], 1_234), (PEOPLE["ben"], 77)]


def terms(payees=(), **changed):
    people = {role: PEOPLE[role] for role in ("buyer", "seller", "payout", "arbiter")}
    return Terms(
        **people
        | {
            "token": ZERO,
            "amount": 1_000_003,
            "shipBy": AT + 7 * DAY,
            "review": 14 * DAY,
            "ruling": 21 * DAY,
            "arbiterBps": 333,
            "lapseBps": 4_567,
            "payees": list_hash(payees),
            "order": keccak(text="an order"),
        }
        | changed
    )


def shown(value):
    """JSON: numbers as numbers, bytes and addresses as lower-case hex."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, str) and value.startswith("0x"):
        return value.lower()
    if isinstance(value, Terms):
        return {name: shown(part) for name, part in value._asdict().items()}
    if isinstance(value, dict):
        return {shown(name): shown(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [shown(part) for part in value]
    return value


def deploy(chain, address):
    boa.env.evm.patch.chain_id = chain
    return compiled(HERE / "Escrow.vy").deploy(override_address=address)


def send(escrow, sender, name, *args, value=0):
    """None, or the reason of the revert."""
    data = getattr(escrow, name).prepare_calldata(*args)
    done = boa.env.execute_code(escrow.address, sender=sender, data=data, value=value)
    if not done.is_error:
        return None
    return decode(["string"], done.output[4:])[0]


def ids():
    everything = {"amount": 2**128 - 1, "shipBy": 2**40 - 1, "review": 2**32 - 1}
    everything |= {"ruling": 2**32 - 1, "arbiterBps": 2**16 - 1, "lapseBps": 2**16 - 1}
    everything |= dict.fromkeys(("payees", "order"), b"\xff" * 32)
    empty = Terms(*[ZERO] * 5, *[0] * 6, bytes(32), bytes(32))
    cases = [
        ("an order in coin", terms()),
        ("an order in a token", terms(token=PEOPLE["token"])),
        ("no arbiter", terms(arbiter=ZERO, ruling=0)),
        ("a deposit: never delivered", terms(review=0)),
        ("proceeds shared", terms(PAYEES)),
        ("every number at its greatest", terms()._replace(**everything)),
        ("every field zero: an id exists, though it can't be funded", empty),
        ("another commitment to the order alone", terms(order=keccak(text="another order"))),
    ]
    for chain, address in PLACES:
        escrow = deploy(chain, address)
        for reason, which in cases if chain == 1 else cases[:1]:
            why = reason if chain == 1 else "the same order on another chain and contract"
            yield {
                "reason": why,
                "chainId": chain,
                "contract": address,
                "terms": which,
                "id": escrow.idOf(which),
            }


def lists():
    cases = [
        ("nobody: zero, not the hash of an empty list", []),
        ("one payee", PAYEES[:1]),
        ("two payees", PAYEES),
        ("the order of the list counts", PAYEES[::-1]),
        ("sixteen, the most", [(PEOPLE["ann"], bps) for bps in range(617, 633)]),
    ]
    for reason, payees in cases:
        with boa.env.anchor():
            fund(deploy(1, PLACES[0][1]), terms(payees), payees)
        yield {"reason": reason, "payees": payees, "hash": list_hash(payees)}


def fund(escrow, which, payees=()):
    boa.env.timestamp = AT
    boa.env.set_balance(which.buyer, which.amount)
    refused = send(escrow, which.buyer, "fund", which, payees, value=which.amount)
    assert refused is None, refused


def settlement(escrow, which, to_buyer, to_seller, expiry=NEVER):
    """What is signed to settle the pot of these terms as it stands."""
    held, since, _, _ = escrow.pots(escrow.idOf(which))
    message = {"id": escrow.idOf(which), "since": since, "held": held}
    return message | {"toBuyer": to_buyer, "toSeller": to_seller, "expiry": expiry}


def sign(role, chain, address, message):
    domain = {"name": "Etal Escrow", "version": "1", "chainId": chain, "verifyingContract": address}
    return Account.sign_typed_data(KEYS[role], domain, SETTLEMENT, message)


def settlements():
    cases = [
        ("a release without gas: the buyer signs", ("buyer",), 0, 1_000_003, NEVER),
        ("a refund without gas: the seller signs", ("seller",), 1_000_003, 0, NEVER),
        ("a split: both sign the same digest", ("buyer", "seller"), 400_000, 600_003, NEVER),
        ("a part only; expires at the next second", ("buyer", "seller"), 1, 2, AT + 1),
    ]
    for (chain, address), (reason, roles, to_buyer, to_seller, expiry) in (
        (place, case) for place in PLACES for case in (cases if place[0] == 1 else cases[2:3])
    ):
        with boa.env.anchor():
            escrow = deploy(chain, address)
            fund(escrow, terms())
            message = settlement(escrow, terms(), to_buyer, to_seller, expiry)
            signed = {role: sign(role, chain, address, message) for role in roles}
            marks = [
                bytes(signed[role].signature) if role in roles else b""
                for role in ("buyer", "seller")
            ]
            args = (terms(), to_buyer, to_seller, expiry, *marks, [])
            refused = send(escrow, PEOPLE["ann"], "settle", *args)
            assert refused is None, refused
            yield {
                "reason": reason,
                "chainId": chain,
                "contract": address,
                "settlement": message,
                "digest": bytes(signed[roles[0]].message_hash),
                "signatures": {PEOPLE[role]: bytes(signed[role].signature) for role in roles},
            }


def signatures():
    """Forms of one signature that must not count."""
    chain, address = PLACES[0]
    escrow = deploy(chain, address)
    fund(escrow, terms())
    signed = sign("buyer", chain, address, settlement(escrow, terms(), 0, 5))
    r, s, v = (bytes(signed.signature)[cut] for cut in (slice(32), slice(32, 64), 64))
    high = (CURVE - int.from_bytes(s, "big")).to_bytes(32, "big")
    forms = [
        ("the one good form: r, low s, v of 27 or 28", r + s + bytes([v])),
        ("high s, its v turned", r + high + bytes([55 - v])),
        ("v of 0 or 1", r + s + bytes([v - 27])),
        ("v of 35 or 36", r + s + bytes([v + 8])),
        ("the other v: another key", r + s + bytes([55 - v])),
        ("one byte short", r + s),
        ("one byte long", r + s + bytes([v, 0])),
        ("all zero", bytes(65)),
        ("empty", b""),
    ]
    for reason, form in forms:
        with boa.env.anchor():
            refused = send(escrow, PEOPLE["ann"], "settle", terms(), 0, 5, NEVER, form, b"", [])
            yield {
                "reason": reason,
                "digest": bytes(signed.message_hash),
                "signer": PEOPLE["buyer"],
                "signature": form,
                "valid": refused is None,
            }


def refusals():
    contract = PLACES[0][1]
    cases = [
        ({}, [], None),
        ({"shipBy": AT + 1}, [], None),
        ({"shipBy": AT + 180 * DAY}, [], None),
        ({"review": HOUR}, [], None),
        ({"review": 90 * DAY}, [], None),
        ({"ruling": DAY}, [], None),
        ({"ruling": 90 * DAY}, [], None),
        ({"arbiterBps": 2_000, "lapseBps": 10_000}, [], None),
        ({"arbiter": ZERO, "ruling": 0}, [], None),
        ({"amount": 0}, [], "amount is zero"),
        ({"seller": ZERO}, [], "bad seller"),
        ({"payout": ZERO}, [], "bad payout"),
        ({"payout": contract}, [], "bad payout"),
        ({"shipBy": AT}, [], "bad ship date"),
        ({"shipBy": AT + 180 * DAY + 1}, [], "bad ship date"),
        ({"review": HOUR - 1}, [], "bad review time"),
        ({"review": 90 * DAY + 1}, [], "bad review time"),
        ({"ruling": DAY - 1}, [], "bad ruling time"),
        ({"ruling": 90 * DAY + 1}, [], "bad ruling time"),
        ({"arbiter": ZERO}, [], "bad ruling time"),
        ({"arbiter": PEOPLE["buyer"]}, [], "bad arbiter"),
        ({"arbiter": PEOPLE["seller"]}, [], "bad arbiter"),
        ({"arbiter": PEOPLE["payout"]}, [], "bad arbiter"),
        ({"arbiter": contract}, [], "bad arbiter"),
        ({"arbiterBps": 2_001}, [], "bad arbiter fee"),
        ({"lapseBps": 10_001}, [], "bad lapse share"),
        ({"payees": list_hash(PAYEES)}, [], "payees differ"),
        ({"payees": bytes(32)}, PAYEES, "payees differ"),
        ({}, PAYEES, None),
        ({}, [(ZERO, 1)], "bad payee"),
        ({}, [(contract, 1)], "bad payee"),
        ({}, [(PEOPLE["arbiter"], 1)], "arbiter as payee"),
        ({}, [(PEOPLE["ann"], 0)], "bad share"),
        ({}, [(PEOPLE["ann"], 10_000)], None),
        ({}, [*PAYEES, (PEOPLE["ann"], 10_000)], "shares above the whole"),
    ]
    for changed, payees, reason in cases:
        with boa.env.anchor():
            escrow = deploy(1, contract)
            boa.env.timestamp = AT
            which = terms(payees)._replace(**changed)
            boa.env.set_balance(which.buyer, which.amount)
            answer = send(escrow, which.buyer, "fund", which, payees, value=which.amount)
            assert answer == reason, (changed, answer)
            yield {
                "reason": reason or "taken: " + (", ".join(changed) or "the plain case"),
                "at": AT,
                "contract": contract,
                "terms": which,
                "payees": payees,
                "refusal": answer,
            }


def payments():
    """Who gets what: balances before and after, for each way out of each state."""
    states = {"funded": 1, "delivered": 2, "disputed": 3, "contested": 4}
    cases = [("release", {}), ("timeout", {})]
    cases += [("settle", {"toBuyer": b, "toSeller": s}) for b, s in ((7, 0), (0, 7), (333_333, 9))]
    cases += [("rule", {"toSeller": n}) for n in (0, 500_000, 2**128 - 1)]
    for state, number in states.items():
        for payees in ([], PAYEES):
            for verb, given in cases:
                if verb == "rule" and number < 3:
                    continue
                with boa.env.anchor():
                    yield payment(state, number, payees, verb, given)


def payment(state, number, payees, verb, given):
    escrow = deploy(*PLACES[0])
    which = terms(payees)
    fund(escrow, which, payees)
    if state in ("delivered", "contested"):
        send(escrow, which.seller, "deliver", which)
    if state in ("disputed", "contested"):
        send(escrow, which.buyer, "dispute", which)
    roles = ("buyer", "arbiter", "ann", "ben", "payout")
    before = {role: boa.env.get_balance(PEOPLE[role]) for role in roles}
    held, _, until, now = escrow.pots(escrow.idOf(which))
    assert now == number
    if verb == "timeout":
        boa.env.timestamp = until
        refused = send(escrow, PEOPLE["ann"], "timeout", which, payees)
    elif verb == "settle":
        message = settlement(escrow, which, given["toBuyer"], given["toSeller"])
        marks = [bytes(sign(role, *PLACES[0], message).signature) for role in ("buyer", "seller")]
        args = (which, given["toBuyer"], given["toSeller"], NEVER, *marks, payees)
        refused = send(escrow, PEOPLE["ann"], "settle", *args)
    elif verb == "rule":
        refused = send(escrow, which.arbiter, "rule", which, given["toSeller"], payees)
    else:
        refused = send(escrow, which.buyer, "release", which, payees)
    assert refused is None, refused
    gains = {PEOPLE[r]: boa.env.get_balance(PEOPLE[r]) - before[r] for r in roles}
    return {
        "reason": f"{verb}, {state}{', shared' if payees else ''}",
        "terms": which,
        "payees": payees,
        "held": held,
        "state": number,
        "verb": verb,
        "given": given,
        "gains": {who: gain for who, gain in gains.items() if gain},
        "left": escrow.pots(escrow.idOf(which))[0],
    }


def everything():
    parts = {
        "ids": ids,
        "payees": lists,
        "settlements": settlements,
        "signatures": signatures,
        "refusals": refusals,
        "payments": payments,
    }
    made = {
        "about": "Written by contracts/vectors.py from the compiled contract. Integers are exact, up to 128 bits."
    }
    for name, part in parts.items():
        with boa.env.anchor():
            made[name] = shown(list(part()))
    return json.dumps(made, indent=1) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    text = everything()
    if not parser.parse_args().check:
        VECTORS.parent.mkdir(parents=True, exist_ok=True)
        VECTORS.write_text(text)
        return 0
    if VECTORS.is_file() and VECTORS.read_text() == text:
        return 0
    print(f"{VECTORS.name} is not what the contract says", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
