"""Hostile bytes made of a market's real ones: mutated and forged records, batches, requests and sealed letters. Seeded."""

import random
from copy import deepcopy
from typing import Any

from node.protocol import blobs, encoding, mail, record, sealed, sync
from node.protocol.admission import Verdict, admit
from node.protocol.commitment import commitment
from node.protocol.keys import SigningKey
from node.protocol.kinds.order import KIND as ORDER
from node.protocol.record import Draft, Record
from node.protocol.registry import LIFETIME, standard
from tests.protocol import sale
from tests.samples import Holding

REGISTRY = standard()
MAX_RECORDS = 20  # in one batch
MOST_DEEP = 4  # containers put where a value was: with those around it as many as can be encoded
STEPS = ("accept", "decline", "ship", "note", "settle", "nonsense")


class Mutants:
    """`raws` are records of the network `network`, `profile` is that of the node under attack. `now` is the same in every round."""

    def __init__(
        self, chance: random.Random, raws: list[bytes], profile: Record, network: str, now: int
    ) -> None:
        self._chance = chance
        self._raws = raws
        self._network = network
        self._now = now
        self._persona = profile.author
        self._key = profile.body["encryption"][0]["key"]
        self._listings = [
            one.id for raw in raws if (one := record.parse(raw, network)).kind == "listing"
        ]

    # ---- what is gossiped

    def batch(self) -> bytes:
        """A batch in which at least one record is bad, or which is none."""
        makers = [self.mutated, self.mutated, self.forged, self._real, self._garbage]
        count = self._chance.randrange(1, MAX_RECORDS)
        raws = [self._chance.choice(makers)() for _ in range(count)]
        batch = encoding.encode([*raws, self.mutated()])
        return self._broken(batch) if self._chance.random() < 0.2 else batch

    def mutated(self) -> bytes:
        return self._broken(self._real())

    def forged(self) -> bytes:
        """Well signed by a key of its own, and against a rule."""
        while True:
            real = record.parse(self._real(), self._network)
            draft = Draft(
                real.kind,
                real.version,
                self._spoilt(real.body),
                real.created,
                real.until,
                real.slug,
            )
            raw = record.sign(draft, self._signer(), self._network).raw
            judged = admit(raw, self._network, REGISTRY, Holding(), self._now)
            if judged.verdict is not Verdict.ACCEPT:
                return raw

    # ---- what is asked

    def request(self) -> tuple[str, bytes]:
        """(protocol, bytes) of a request that asks too much, for nothing, or in a broken way."""
        chance, network = self._chance, self._network
        ids = [chance.choice([*self._listings, chance.randbytes(32)]) for _ in range(256)]
        many = b"".join(sorted(set(ids))[: chance.randrange(1, 256)])
        protocol, body = chance.choice(
            [
                (sync.protocol(network), {"after": chance.randbytes(chance.choice([0, 31, 32]))}),
                (sync.protocol(network), {"want": many}),
                (sync.protocol(network), {"want": chance.randbytes(32 * 400)}),
                (blobs.protocol(network), {"blob": chance.randbytes(32)}),
                (blobs.protocol(network), {"blob": ids[0], "chunk": chance.randrange(-1, 99)}),
                (mail.protocol(network), {"to": self._persona, "box": self._garbage()}),
                (mail.protocol(network), {"to": self._persona, "box": chance.randbytes(65_000)}),
            ]
        )
        request = encoding.encode(body)
        return protocol, self._broken(request) if chance.random() < 0.4 else request

    def letter(self) -> bytes:
        """An envelope for the node's owner whose box doesn't open, or holds what nobody may say."""
        chance = self._chance
        makers = [self._message, self._message, self._order, self.mutated, self._real]
        plain = chance.choice([*makers, self._garbage])()
        key = self._key if chance.random() < 0.8 else chance.randbytes(32)
        box = sealed.seal(plain, chance.randbytes(32), chance.randbytes(32), key)
        if chance.random() < 0.3:
            box = self._broken(box)
        return mail.envelope(self._persona, box)

    def _order(self) -> bytes:
        """A placed order that cites a real listing and agrees with nothing in it."""
        place = deepcopy(sale.PLACE)
        place["parts"]["offer"] = self._chance.choice(self._listings)
        if self._chance.random() < 0.5:
            del place["terms"], place["fund_by"]
        order = commitment(place["parts"], place["salts"])
        if self._chance.random() < 0.3:
            order = self._chance.randbytes(32)
        body = ORDER.fields.write({"step": "place", "order": order, "place": place})
        return self._signed(body, self._chance.choice([sale.BUYER, self._signer()]))

    def _message(self) -> bytes:
        """A step in an order that doesn't exist, or of a shape that no step has."""
        step = self._chance.choice(STEPS)
        body: dict[str, Any] = {"step": step, "order": self._chance.randbytes(32)}
        if self._chance.random() < 0.7:
            body["prev"] = self._chance.randbytes(32)
        body[step] = self._chance.choice([{}, {"text": "?" * 2000}, self._oddity()])
        return self._signed(body, self._signer())

    def _signed(self, body: dict, by: SigningKey) -> bytes:
        draft = Draft("order", 1, body, self._now, self._now + LIFETIME)
        return record.sign(draft, by, self._network).raw

    # ---- pieces

    def _signer(self) -> SigningKey:
        return SigningKey(self._chance.randbytes(32))

    def _real(self) -> bytes:
        return self._chance.choice(self._raws)

    def _garbage(self) -> bytes:
        return self._chance.randbytes(self._chance.randrange(1, 2000))

    def _broken(self, data: bytes) -> bytes:
        chance, made = self._chance, bytearray(data)
        for _ in range(chance.choice([1, 1, 2, 5])):
            at = chance.randrange(len(made) + 1)
            how = chance.randrange(5)
            if how == 0 and at < len(made):
                made[at] ^= 1 << chance.randrange(8)
            elif how == 1:
                del made[at:]
            elif how == 2:
                made[at:at] = chance.randbytes(chance.randrange(1, 40))
            elif how == 3:
                other = self._real()
                made[at:] = other[chance.randrange(len(other)) :]
            else:
                made += made[at:]
        if bytes(made) == data:
            made += b"\0"
        return bytes(made)[: record.MAX_RECORD * 2] or b"\0"

    def _spoilt(self, body: dict) -> dict:
        """One value taken away, or made odd, anywhere in the body."""
        spoilt = deepcopy(body)
        place = spoilt
        while True:
            name = self._chance.choice(list(place) or ["?"])
            if isinstance(place.get(name), dict) and place[name] and self._chance.random() < 0.6:
                place = place[name]
                continue
            if self._chance.random() < 0.4:
                place.pop(name, None)
            else:
                place[name] = self._oddity()
            return spoilt

    def _oddity(self) -> Any:
        deep: Any = 0
        for _ in range(self._chance.randrange(MOST_DEEP)):
            deep = [deep]
        return self._chance.choice(
            [deep, -(2**63), 2**63 - 1, "", "\u202e" * 300, b"", bytes(900), [0] * 900, {"": {}}]
        )
