"""Let the contract itself say what tests/vectors/campaign.json holds.

    python contracts/campaign_vectors.py           # write the file
    python contracts/campaign_vectors.py --check   # compute again, compare, exit 1 on any difference

Every id, refusal and payment is what the compiled contract answered on an EVM; every digest and nonce is one whose
signature it or the token accepted. Runs in the environment of contracts/requirements.txt.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import boa
from eth_utils import keccak, to_checksum_address

HERE = Path(__file__).resolve().parent
VECTORS = HERE.parent / "tests" / "vectors" / "campaign.json"
sys.path.insert(0, str(HERE.parent / "tests" / "contracts" / "vyper"))
from authorizations import authorization  # noqa: E402
from campaign_world import COIN, DAY, LATER, START, UNTIL, CampaignWorld, hexed  # noqa: E402
from world import RICH, compiled  # noqa: E402

from node.protocol import campaign as protocol  # noqa: E402
from node.protocol.campaign import Terms, Tranche  # noqa: E402

PLACES = [(1, b"\x11" * 20), (11155111, b"\x22" * 20), (2**63, b"\x33" * 20)]
ABOUT = keccak(text="a listing")
THREE = ((0, 3_000), (30, 3_333), (60, 3_667))


def shown(value):
    """JSON: numbers as numbers, bytes as lower-case hex, structs by the contract's names."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Terms):
        names = (name for _, name in protocol.TERMS_MEMBERS)
        return dict(zip(names, map(shown, value.abi()), strict=True))
    if isinstance(value, dict):
        return {shown(name): shown(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [shown(part) for part in value]
    return value


def placed(world, chain, address):
    """The world with its contract on this chain at this address."""
    boa.env.evm.patch.chain_id = chain
    world.code = compiled(HERE / "Campaign.vy").deploy(
        override_address=to_checksum_address(address)
    )
    world.contract = address
    world.begin()
    return world


def ids(world):
    everything = Terms(*[b"\xff" * 20] * 3, 2**112 - 1, 2**40 - 1, 2**16 - 1, *[b"\xff" * 32] * 2)
    plain = world.terms(about=ABOUT)
    cases = [
        ("a campaign in coin", plain),
        ("a campaign in a token", world.terms(about=ABOUT, token=b"\x44" * 20)),
        ("every field at its greatest", everything),
        ("every field zero: an id exists, though it can't be opened", Terms(*[COIN] * 3, *[0] * 3, *[bytes(32)] * 2)),
        ("another listing alone", world.terms(about=keccak(text="another listing"))),
    ]  # fmt: skip
    for chain, address in PLACES:
        placed(world, chain, address)
        for reason, which in cases if chain == 1 else cases[:1]:
            yield {
                "reason": reason if chain == 1 else "the same terms on another chain and contract",
                "chainId": chain,
                "contract": address,
                "terms": which,
                "id": bytes(world.code.idOf(hexed(which))),
            }


def tranches(world):
    placed(world, *PLACES[0])
    cases = [
        ("one tranche, at the end", [(0, 10_000)]),
        ("three", THREE),
        ("eight, the most", [(n, 1_250) for n in range(8)]),
        ("at the latest date", [(0, 1), (730, 9_999)]),
    ]
    for reason, parts in cases:
        listed = world.tranches(*parts)
        assert world.open(world.terms(listed), listed).reason is None
        yield {"reason": reason, "tranches": listed, "hash": protocol.tranches_hash(listed)}


def nonces(world):
    """The token took an authorization with this nonce for this pledge."""
    placed(world, *PLACES[0])
    terms = world.opened(token=world.token, about=ABOUT)
    for text in ("an order", "another order"):
        order = keccak(text=text)
        nonce = protocol.authorization_nonce(world.id(terms), order)
        signed = authorization(
            world.token_code, world.keys["ann"], world.code.address, 5, nonce, before=LATER
        )
        given = protocol.Authorization(world.ann, 5, 0, LATER, order, signed.signature)
        assert world.do("cyd", "pledge_with_authorizations", terms, [given]).reason is None
        yield {"reason": text, "id": world.id(terms), "order": order, "nonce": nonce}


def consents(world):
    """Digests whose signatures the contract took from a stranger."""
    for chain, address in PLACES:
        with boa.env.anchor():
            placed(world, chain, address)
            terms = world.terms(about=ABOUT, stop_bps=5_000)
            id = world.id(terms)
            place = {"chainId": chain, "contract": address}
            mark = world.signed("creator", "Campaign", terms.abi())
            assert world.open(terms, None, "cyd", mark, True).reason is None
            opening = {"signer": world.creator, "digest": id, "signature": mark}
            yield {"reason": "an opening: the id itself", **place, "terms": terms, **opening}
            for role in ("ann", "ben", "cyd"):
                assert world.pledge(role, terms, 400_000).reason is None
            boa.env.timestamp = UNTIL
            for turn, objects in ((1, True), (2, False), (3, True)):
                words = (id, objects, turn, LATER - turn)
                digest = protocol.objection_digest(*words, chain, address)
                mark = world.signed("ann", "Objection", words)
                how = {"sender": "stranger", "expiry": words[3], "signature": mark, "signed": True}
                assert world.object(terms, "ann", objects, **how).reason is None
                named = dict(zip(("id", "objects", "turn", "expiry"), words, strict=True))
                yield {
                    "reason": f"ann's change of mind number {turn}",
                    **place,
                    "objection": named,
                    **{"signer": world.ann, "digest": digest, "signature": mark},
                }
            digest = protocol.cancellation_digest(id, LATER, chain, address)
            mark = world.signed("creator", "Cancellation", (id, LATER))
            assert world.cancel(terms, "stranger", LATER, mark, True).reason is None
            yield {
                "reason": "a cancellation",
                **place,
                "cancellation": {"id": id, "expiry": LATER},
                **{"signer": world.creator, "digest": digest, "signature": mark},
            }


def refusals(world):
    placed(world, *PLACES[0])
    one = [(0, 10_000)]
    cases = [
        ({}, THREE, None),
        ({"until": START + 1}, THREE, None),
        ({"until": START + 180 * DAY}, [(180, 10_000)], None),
        ({"goal": 1, "stop_bps": 1}, one, None),
        ({"goal": 2**112 - 1, "stop_bps": 5_000}, one, None),
        ({"creator": COIN}, one, "bad creator"),
        ({"payout": COIN}, one, "bad payout"),
        ({"payout": world.contract}, one, "bad payout"),
        ({"goal": 0}, one, "goal is zero"),
        ({"until": START}, one, "bad end date"),
        ({"until": START + 180 * DAY + 1}, [(180, 10_000)], "bad end date"),
        ({"stop_bps": 0}, one, "bad stop share"),
        ({"stop_bps": 5_001}, one, "bad stop share"),
        ({"tranches": bytes(32)}, one, "tranches differ"),
        ({}, [(-1, 10_000)], "bad tranche date"),
        ({}, [(0, 5_000), (0, 5_000)], "bad tranche date"),
        ({}, [(1, 5_000), (0, 5_000)], "bad tranche date"),
        ({}, [(730, 10_000)], None),
        ({}, [(731, 10_000)], "bad tranche date"),
        ({}, [(0, 0), (1, 10_000)], "bad share"),
        ({}, [], "shares are not the whole"),
        ({}, [(0, 9_999)], "shares are not the whole"),
        ({}, [(0, 10_001)], "shares are not the whole"),
    ]
    for changed, parts, reason in cases:
        with boa.env.anchor():
            world.begin()
            listed = [Tranche(UNTIL + days * DAY, bps) for days, bps in parts]
            terms = replace(world.terms(listed, about=ABOUT), **changed)
            answer = world.open(terms, listed).reason
            assert answer == reason, (changed, parts, answer)
            yield {
                "reason": reason or "taken: " + (", ".join(changed) or "plain, by its tranches"),
                "at": START,
                "contract": world.contract,
                "terms": terms,
                "tranches": listed,
                "refusal": answer,
            }


PLEDGES = [("ann", 400_001), ("ben", 400_001), ("cyd", 200_015), ("ann", 3)]
EVERYBODY = ("ann", "ben", "cyd")
STORIES = {
    "missed by one unit: all goes back": (1_000_021, [
        (30, "refund", "cyd", "ann"), (30, "collect"), (31, "refund", "ben", "stranger", "ben"),
    ]),
    "reached exactly, collected as it comes due": (1_000_020, [
        (29, "collect"), (30, "collect"), (30, "collect"), (60, "collect"), (90, "collect"),
    ]),
    "collected late, all at once": (1, [(900, "collect")]),
    "cancelled before the end": (1, [
        (1, "cancel", "ann"), (1, "cancel", "creator"), (1, "refund", *EVERYBODY), (30, "collect"),
    ]),
    "cancelled after a tranche": (1, [
        (30, "collect"), (45, "cancel", "creator"), (45, "refund", "ben"), (45, "refund", "cyd", "ann"),
    ]),
    "stopped after a tranche": (1, [
        (30, "collect"), (31, "object", "ann", True), (32, "object", "cyd", True),
        (33, "refund", *EVERYBODY), (60, "collect"),
    ]),
    "stopped when a tranche is due that nobody collected": (1, [
        (30, "object", "cyd", True), (60, "object", "ben", True), (60, "refund", *EVERYBODY),
    ]),
    "an objection taken back": (1, [
        (30, "object", "ann", True), (31, "object", "ann", False), (32, "object", "ben", True),
        (90, "object", "cyd", True), (90, "collect"), (90, "cancel", "creator"),
    ]),
}  # fmt: skip


def stories(world):
    """Whole campaigns in coin: each call with its verdict, then everybody's gains and what the contract holds."""
    for reason, (goal, steps) in STORIES.items():
        with boa.env.anchor():
            placed(world, *PLACES[0])
            terms = world.opened(goal=goal, about=ABOUT, stop_bps=5_000)
            made = [story_pledge(world, terms, *each) for each in PLEDGES]
            for day, call, *args in steps:
                boa.env.timestamp = START + day * DAY
                made.append(story_step(world, terms, call, args))
            people = {world.people[role]: world.balance(COIN, role) - RICH for role in world.people}
            yield {
                "reason": reason,
                "chainId": PLACES[0][0],
                "contract": world.contract,
                "opened": START,
                "terms": terms,
                "tranches": world.tranches(),
                "steps": made,
                "gains": {who: gain for who, gain in people.items() if gain},
                "campaign": world.campaign(terms),
            }


def story_pledge(world, terms, role, amount):
    order = keccak(text=f"{role}, {amount}")
    done = world.do(role, "pledge", terms, amount, order, value=amount)
    assert done.reason is None
    return {
        **{"at": START, "sender": world.people[role], "call": "pledge"},
        **{"amount": amount, "order": order, "refusal": None},
    }


def story_step(world, terms, call, args):
    step = {"at": boa.env.timestamp, "sender": world.stranger, "call": call}
    if call == "collect":
        done = world.do("stranger", call, terms, world.tranches())
    elif call == "refund":
        step["backers"] = [world.people[role] for role in args]
        done = world.do("stranger", call, terms, step["backers"])
    elif call == "cancel":
        step["sender"] = world.people[args[0]]
        done = world.cancel(terms, args[0])
    else:
        step |= {"sender": world.people[args[0]], "objects": args[1]}
        done = world.object(terms, *args)
    return step | {"refusal": done.reason}


def everything():
    world = CampaignWorld()
    parts = {
        "ids": ids,
        "tranches": tranches,
        "nonces": nonces,
        "consents": consents,
        "refusals": refusals,
        "stories": stories,
    }
    made = {
        "about": "Written by contracts/campaign_vectors.py from the compiled contract. Integers are exact, up to 112 bits."
    }
    for name, part in parts.items():
        with boa.env.anchor():
            world.begin()
            made[name] = shown(list(part(world)))
    return json.dumps(made, indent=1) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    text = everything()
    if not parser.parse_args().check:
        VECTORS.write_text(text)
        return 0
    if VECTORS.is_file() and VECTORS.read_text() == text:
        return 0
    print(f"{VECTORS.name} is not what the contract says", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
