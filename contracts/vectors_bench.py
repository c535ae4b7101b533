"""What the vectors are made with: people, an order, a chain with the escrow on it, keys that sign."""

import sys
from pathlib import Path

import boa
from eth_abi import decode, encode
from eth_account import Account
from eth_utils import keccak

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "contracts" / "vyper"))
from authorizations import authorization as authorization  # noqa: E402
from world import (  # noqa: E402
    DAY,
    FUNCTIONS,
    MESSAGES,
    NOBODY,
    Deployed,
    Terms,
    abi_values,
    address_of,
    compiled,
    payees_hash,
    selector,
    shown,
)

AT = 1_800_000_000
NEVER = 2**40 - 1
CURVE = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
KEYS = {role: keccak(text=f"{role} of the escrow vectors") for role in ("buyer", "seller")}
PEOPLE = {role: address_of(key) for role, key in KEYS.items()} | {
    role: keccak(text=f"{role} of the escrow vectors")[:20]
    for role in ("payout", "arbiter", "token", "ann", "ben")
}
PLACES = [(1, b"\x11" * 20), (11155111, PEOPLE["ann"]), (2**63, PEOPLE["ben"])]
PAYEES = [(PEOPLE["ann"], 1_234), (PEOPLE["ben"], 77)]


def terms(payees=(), **changed):
    people = {role: PEOPLE[role] for role in ("buyer", "seller", "payout", "arbiter")}
    return Terms(
        **people
        | {
            "token": NOBODY,
            "amount": 1_000_003,
            "ship_by": AT + 7 * DAY,
            "review": 14 * DAY,
            "ruling": 21 * DAY,
            "arbiter_bps": 333,
            "lapse_bps": 4_567,
            "payees": payees_hash(payees),
            "order": keccak(text="an order"),
        }
        | changed
    )


def deploy(chain, address):
    boa.env.evm.patch.chain_id = chain
    return Deployed(compiled(HERE / "Escrow.vy").deploy(override_address=shown(address)))


def send(escrow, sender, name, *args, value=0):
    """None, or the reason of the revert."""
    data = selector(name) + encode(FUNCTIONS[name], abi_values(args))
    done = boa.env.execute_code(shown(escrow.address), sender=shown(sender), data=data, value=value)
    if not done.is_error:
        return None
    return decode(["string"], done.output[4:])[0]


def id_of(escrow, which):
    return escrow.idOf(which.abi())


def fund(escrow, which, payees=()):
    boa.env.timestamp = AT
    boa.env.set_balance(which.buyer, which.amount)
    refused = send(escrow, which.buyer, "fund", which, payees, value=which.amount)
    assert refused is None, refused


def settlement(escrow, which, to_buyer, to_seller, expiry=NEVER):
    """What is signed to settle the pot of these terms as it stands."""
    held, since, _, _ = escrow.pots(id_of(escrow, which))
    message = {"id": id_of(escrow, which), "since": since, "held": held}
    return message | {"toBuyer": to_buyer, "toSeller": to_seller, "expiry": expiry}


def sign(role, chain, address, message, kind="Settlement"):
    domain = {"name": "Etal Escrow", "version": "1", "chainId": chain, "verifyingContract": address}
    return Account.sign_typed_data(KEYS[role], domain, {kind: MESSAGES[kind]}, message)


def test_token(address):
    return Deployed(compiled(HERE / "TestToken.vy").deploy(override_address=shown(address)))
