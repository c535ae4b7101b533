"""Let the contract itself say what tests/vectors/escrow.json holds.

    python contracts/vectors.py           # write the file
    python contracts/vectors.py --check   # compute again, compare, exit 1 on any difference

Every id, refusal and payment is what the compiled contract answered on an EVM; every settlement, mark and authorization is
one whose signature it accepted. Runs in the environment of contracts/requirements.txt.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import boa
from eth_utils import keccak
from vectors_bench import (
    AT,
    CURVE,
    KEYS,
    NEVER,
    PAYEES,
    PEOPLE,
    PLACES,
    authorization,
    deploy,
    fund,
    id_of,
    send,
    settlement,
    sign,
    terms,
    test_token,
)

from node.protocol.escrow import DAY, NOBODY, TERMS_MEMBERS, Terms, payees_hash

HERE = Path(__file__).resolve().parent
VECTORS = HERE.parent / "tests" / "vectors" / "escrow.json"


def as_json(value):
    """Numbers as numbers, bytes and addresses as lower-case hex, terms by the contract's names."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Terms):
        names = (name for _, name in TERMS_MEMBERS)
        return {name: as_json(part) for name, part in zip(names, value.abi(), strict=True)}
    if isinstance(value, dict):
        return {as_json(name): as_json(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(part) for part in value]
    return value


def ids():
    everything = {"amount": 2**128 - 1, "ship_by": 2**40 - 1, "review": 2**32 - 1}
    everything |= {"ruling": 2**32 - 1, "arbiter_bps": 2**16 - 1, "lapse_bps": 2**16 - 1}
    everything |= dict.fromkeys(("payees", "order"), b"\xff" * 32)
    empty = Terms(*[NOBODY] * 5, *[0] * 6, bytes(32), bytes(32))
    cases = [
        ("an order in coin", terms()),
        ("an order in a token", terms(token=PEOPLE["token"])),
        ("no arbiter", terms(arbiter=NOBODY, ruling=0)),
        ("a deposit: never delivered", terms(review=0)),
        ("proceeds shared", terms(PAYEES)),
        ("every number at its greatest", replace(terms(), **everything)),
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
                "id": id_of(escrow, which),
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
        yield {"reason": reason, "payees": payees, "hash": payees_hash(payees)}


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


def marks():
    """What a party signs so that anyone may mark the order, as the contract accepted it."""
    cases = [
        ("deliver", "Delivery", "seller", NEVER),
        ("dispute", "Dispute", "buyer", NEVER),
        ("dispute", "Dispute", "seller", AT + 1),
    ]
    for chain, address in PLACES:
        for function, kind, role, expiry in cases if chain == 1 else cases[:2]:
            with boa.env.anchor():
                escrow = deploy(chain, address)
                fund(escrow, terms())
                message = {"id": id_of(escrow, terms()), "since": AT, "expiry": expiry}
                signed = sign(role, chain, address, message, kind)
                by = (PEOPLE[role],) if function == "dispute" else ()
                args = (terms(), *by, expiry, bytes(signed.signature))
                refused = send(escrow, PEOPLE["ann"], function, *args)
                assert refused is None, refused
                yield {
                    "reason": f"{function}, signed by the {role}",
                    "chainId": chain,
                    "contract": address,
                    "kind": kind,
                    "mark": message,
                    "digest": bytes(signed.message_hash),
                    "signer": PEOPLE[role],
                    "signature": bytes(signed.signature),
                }


def authorizations():
    """What a buyer signs to the test token to fund without coin: the nonce is the order's id."""
    for chain, address in PLACES[:2]:
        with boa.env.anchor():
            escrow, token = deploy(chain, address), test_token(PEOPLE["token"])
            which = terms(token=PEOPLE["token"])
            token.mint(which.buyer, which.amount)
            boa.env.timestamp = AT
            nonce = id_of(escrow, which)
            given = authorization(
                token, KEYS["buyer"], address, which.amount, nonce, after=AT - 1, before=AT + 1
            )
            window = (given.after, given.before, given.signature)
            refused = send(escrow, PEOPLE["ann"], "fundWithAuthorization", which, [], *window)
            assert refused is None, refused
            yield {
                "reason": "an order funded by authorization",
                "chainId": chain,
                "contract": address,
                "terms": which,
                "domain": {"name": "Étal Test Dollar", "version": "1"},
                "authorization": {
                    "from": given.giver,
                    "to": given.taker,
                    "value": given.value,
                    "validAfter": given.after,
                    "validBefore": given.before,
                    "nonce": given.nonce,
                },
                "digest": given.digest,
                "signature": given.signature,
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
        ({"ship_by": AT + 1}, [], None),
        ({"ship_by": AT + 180 * DAY}, [], None),
        ({"review": 3_600}, [], None),
        ({"review": 90 * DAY}, [], None),
        ({"ruling": DAY}, [], None),
        ({"ruling": 90 * DAY}, [], None),
        ({"arbiter_bps": 2_000, "lapse_bps": 10_000}, [], None),
        ({"arbiter": NOBODY, "ruling": 0}, [], None),
        ({"amount": 0}, [], "amount is zero"),
        ({"seller": NOBODY}, [], "bad seller"),
        ({"payout": NOBODY}, [], "bad payout"),
        ({"payout": contract}, [], "bad payout"),
        ({"ship_by": AT}, [], "bad ship date"),
        ({"ship_by": AT + 180 * DAY + 1}, [], "bad ship date"),
        ({"review": 3_600 - 1}, [], "bad review time"),
        ({"review": 90 * DAY + 1}, [], "bad review time"),
        ({"ruling": DAY - 1}, [], "bad ruling time"),
        ({"ruling": 90 * DAY + 1}, [], "bad ruling time"),
        ({"arbiter": NOBODY}, [], "bad ruling time"),
        ({"arbiter": PEOPLE["buyer"]}, [], "bad arbiter"),
        ({"arbiter": PEOPLE["seller"]}, [], "bad arbiter"),
        ({"arbiter": PEOPLE["payout"]}, [], "bad arbiter"),
        ({"arbiter": contract}, [], "bad arbiter"),
        ({"arbiter_bps": 2_001}, [], "bad arbiter fee"),
        ({"lapse_bps": 10_001}, [], "bad lapse share"),
        ({"payees": payees_hash(PAYEES)}, [], "payees differ"),
        ({"payees": bytes(32)}, PAYEES, "payees differ"),
        ({}, PAYEES, None),
        ({}, [(NOBODY, 1)], "bad payee"),
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
            which = replace(terms(payees), **changed)
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
        send(escrow, which.seller, "deliver", which, 0, b"")
    if state in ("disputed", "contested"):
        send(escrow, which.buyer, "dispute", which, which.buyer, 0, b"")
    roles = ("buyer", "arbiter", "ann", "ben", "payout")
    before = {role: boa.env.get_balance(PEOPLE[role]) for role in roles}
    held, _, until, now = escrow.pots(id_of(escrow, which))
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
        "left": escrow.pots(id_of(escrow, which))[0],
    }


def everything():
    parts = {
        "ids": ids,
        "payees": lists,
        "settlements": settlements,
        "marks": marks,
        "authorizations": authorizations,
        "signatures": signatures,
        "refusals": refusals,
        "payments": payments,
    }
    made = {
        "about": "Written by contracts/vectors.py from the compiled contract. Integers are exact, up to 128 bits."
    }
    for name, part in parts.items():
        with boa.env.anchor():
            made[name] = as_json(list(part()))
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


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
