"""Small signed records for tests: real ones, of the real kinds, with everything optional left out."""

from node.protocol import record
from node.protocol.commitment import PARTS
from node.protocol.keys import SigningKey
from node.protocol.record import Draft, Record
from node.protocol.registry import standard
from tests.samples import CHAIN, DAY, ETH, NETWORK, NOW

UNTIL = NOW + 60 * DAY  # when a listing made at NOW ends
REGISTRY = standard()


def key(number: int) -> SigningKey:
    """A persona or a device, the same for the same number."""
    return SigningKey(number.to_bytes(32, "big"))


def make(
    kind: str,
    signer: SigningKey,
    body: dict | None,
    *,
    slug: str | None = None,
    created: int = NOW,
    until: int | None = None,
    owner: SigningKey | None = None,
) -> Record:
    """Sign `body`, as the kind's fields read it; None makes a tombstone. `owner` certifies a signer that is a device."""
    fields = REGISTRY.kind(kind).fields
    lifetime = REGISTRY.kind(kind).lifetime
    draft = Draft(
        kind,
        1,
        {} if body is None else fields.write(body),
        created,
        created + lifetime if until is None else until,
        slug,
        gone=body is None,
    )
    if owner is None:
        return record.sign(draft, signer, NETWORK)
    valid = certificate(owner, signer, created=created - created % (30 * DAY))
    return record.sign(draft, signer, NETWORK, owner.public, valid.raw)


def certificate(owner: SigningKey, device: SigningKey, **common) -> Record:
    scope = ["listing", "availability", "profile", "review", "arbiter"]
    body = {"device": device.public, "name": "Phone", "scope": scope}
    return make("certificate", owner, body, **common)


def read(record: Record) -> dict:
    """The body as the kind's fields read it."""
    return REGISTRY.kind(record.kind).fields.read(record.body)


def listing(
    signer: SigningKey,
    slug: str = "lamp",
    title: str = "Desk lamp",
    *,
    text: str = "A lamp.",
    tags: tuple[str, ...] = (),
    category: str = "home",
    price: int = 10**16,
    unit: str = ETH,
    offer_until: int | None = None,
    zones: tuple[str, ...] = ("FR", "DE"),
    condition: str = "new",
    gone: bool = False,
    **common,
) -> Record:
    created = common.get("created", NOW)
    until = common.setdefault("until", created + 60 * DAY)
    accepted = {"asset": ETH if unit.isupper() else unit, "decimals": 18}
    body = {
        "title": title,
        "text": text,
        "language": "en",
        "category": category,
        "tags": list(tags),
        "price": {"amount": price, "unit": unit},
        "offer": {
            "until": min(until, created + 30 * DAY) if offer_until is None else offer_until,
            "ship_within": 7 * DAY,
            "escrow": f"{CHAIN}:0x{'ee' * 20}",
            "seller": b"\x01" * 20,
            "payout": b"\x02" * 20,
            "review": 7 * DAY,
            "accepts": [accepted],
        },
        "extensions": {
            "goods": REGISTRY.extension("goods").listing.write(
                {
                    "condition": condition,
                    "shipping": [{"id": "post", "label": "Post", "zones": list(zones), "price": 1}]
                    if zones
                    else [],
                    "pickup": True,
                }
            )
        },
    }
    return make("listing", signer, None if gone else body, slug=slug, **common)


def availability(signer: SigningKey, slug: str = "lamp", stock: int = 1, **common) -> Record:
    block = REGISTRY.extension("goods").availability.write({"stock": {"": stock}})
    return make("availability", signer, {"extensions": {"goods": block}}, slug=slug, **common)


def profile(signer: SigningKey, name: str, **common) -> Record:
    body = {"name": name, "language": "en", "encryption": [], "wallets": [], "nodes": []}
    return make("profile", signer, body, **common)


def arbiter(signer: SigningKey, account: str = f"{CHAIN}:0x{'0f' * 20}", **common) -> Record:
    body = {"account": account, "fee_bps": 500, "ruling": 7 * DAY, "languages": ["en"]}
    return make("arbiter", signer, body, **common)


def revocation(owner: SigningKey, device: SigningKey, **common) -> Record:
    return make("revocation", owner, {"device": device.public}, **common)


def review(
    author: SigningKey,
    seller: bytes,
    slug: str = "lamp",
    text: str = "Good.",
    *,
    offer: bytes = bytes(32),
    **common,
) -> Record:
    """Of the right shape; no escrow has paid for it."""
    opened = {"offer": offer, "review": common.get("owner", author).public}
    body = {
        "seller": seller,
        "slug": slug,
        "offer": offer,
        "rating": 5,
        "text": text,
        "language": "en",
        "proof": {
            "escrow": f"{CHAIN}:0x{'ee' * 20}",
            "order": bytes(32),
            "leaves": {name: bytes(32) for name in PARTS if name not in opened},
            "opened": {name: {"value": value, "salt": bytes(32)} for name, value in opened.items()},
        },
    }
    return make("review", author, body, **common)


def gone_review(author: SigningKey, **common) -> Record:
    """One that its author has taken back."""
    return make("review", author, None, **common)


def note(author: SigningKey, order: bytes, text: str, **common) -> Record:
    """An order message."""
    body = {"step": "note", "order": order, "prev": bytes(32), "note": {"text": text}}
    return make("order", author, body, **common)
