"""Sealed order messages between two personas: sent until receipted or expired, taken once stored."""

import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import trio

from node.peer.routes import Routes
from node.peer.world import World, short
from node.ports import Contact, Outgoing
from node.protocol import admission, mail, sealed
from node.protocol.admission import Verdict
from node.protocol.encoding import id_to_text
from node.protocol.errors import EtalError, Ignored, InputError, Rejected, RuleError, Unavailable
from node.protocol.keys import encryption_public
from node.protocol.record import Record

log = logging.getLogger("etal.post")

FIRST_RETRY = 2
LAST_RETRY = 600
"""Seconds between two attempts to deliver a message: doubling from the first to the last."""

LOOK_EVERY = 1.0
PAUSE = 60.0
"""Seconds until it is tried again after a failure at our own side: nothing is sent again and again while the disk is full."""

SEND_LIMIT = 120.0
"""Seconds that the mail of one recipient may take at a time, its up to eight addresses tried one after the other."""

ADDRESS_LIMIT = 12.0
"""Seconds for one message at one address: eight that are dead use up less than SEND_LIMIT."""

MAX_SERVED = 16
"""Recipients served at once."""

MAX_DUE = 1_000
"""Messages looked at in one round."""

CARRIED = ("order", "case")
"""Kinds that are sent sealed."""

EPOCHS_BACK = 13
"""Encryption keys of so many past epochs still open what was sealed to them."""


class Inbox:
    """What admission sees of private records: none is a duplicate, since a repeated message is receipted again."""

    def __init__(self, world: World) -> None:
        self._world = world

    def has(self, id: bytes) -> bool:
        return False

    def revoked(self, author: bytes, signer: bytes) -> bool:
        return self._world.store.revoked(author, signer)


class Post:
    """Carries records of the kinds CARRIED. `take` stores one from the other side, or raises what speaks against it."""

    def __init__(self, world: World, take: Callable[[Record, dict], None]) -> None:
        self._world = world
        self._take = take
        self._routes = Routes(world)
        self._wake = trio.Event()
        self._serving: set[bytes] = set()
        self._slots = trio.CapacityLimiter(MAX_SERVED)
        self._protocol = mail.protocol(world.settings.network)
        world.network.handle(self._protocol, self._receive, request_limit=mail.MAX_ENVELOPE)

    # ---- out

    def seal(self, message: Record, to: bytes, key: bytes) -> Outgoing:
        """A message ready to be stored in the outbox; `key` is the recipient's X25519 public key."""
        world = self._world
        box = sealed.seal(message.raw, world.random(), world.random(), key)
        return Outgoing(message.id, to, box, 0, world.now(), message.until)

    def remember_route(self, persona: bytes, nodes: Iterable[str]) -> None:
        """Where a persona without a profile (a buyer) takes its mail."""
        self._routes.remember(persona, nodes)

    def reply_address(self) -> tuple[bytes, list[str]]:
        """(our X25519 public key of this epoch, our multiaddrs with /p2p/)."""
        secret = self._world.keyring.encryption_secret(self._world.epoch())
        return encryption_public(secret), self._world.network.addresses()[:8]

    def hurry(self) -> None:
        """Something was put into the outbox: send it at once."""
        self._wake.set()

    def met(self, contact: Contact) -> None:
        """A contact came: what waits for it may go now."""
        for outgoing in self._world.store.outbox(self._world.now() + LAST_RETRY, MAX_DUE):
            if self._routes.leads_to(outgoing.to, contact.peer):
                self._world.store.retry(outgoing.id, self._world.now())
        self._wake.set()

    async def run(self) -> None:
        """For ever: send what is due. Recipients don't wait for each other: one that is out of reach takes its time."""
        async with trio.open_nursery() as nursery:
            while True:
                with trio.move_on_after(LOOK_EVERY):
                    await self._wake.wait()
                self._wake = trio.Event()
                async with self._contained("mail"):
                    for recipient, waiting in self._take_due().items():
                        self._serving.add(recipient)
                        nursery.start_soon(self._serve, recipient, waiting)

    def _take_due(self) -> dict[bytes, list[Outgoing]]:
        """What is to be sent now, by recipient. What has expired is given up."""
        due: dict[bytes, list[Outgoing]] = defaultdict(list)
        for outgoing in self._world.store.outbox(self._world.now(), MAX_DUE):
            if outgoing.until <= self._world.now():
                self._give_up(outgoing)
            elif outgoing.to not in self._serving:
                due[outgoing.to].append(outgoing)
        return due

    def _give_up(self, outgoing: Outgoing) -> None:
        self._world.store.give_up(outgoing.id)
        log.warning("message %s never reached %s", short(outgoing.id), short(outgoing.to))
        self._world.changes.tell("mail", id_to_text(outgoing.to))

    async def _serve(self, recipient: bytes, waiting: list[Outgoing]) -> None:
        """Send in order; the first that fails holds back the others, since the messages of an order make sense in order."""
        try:
            async with self._contained(f"mail to {short(recipient)}"), self._slots:
                sent = 0
                with trio.move_on_after(SEND_LIMIT):
                    while sent < len(waiting) and await self._send(waiting[sent]):
                        sent += 1
                for outgoing in waiting[sent:]:
                    wait = min(LAST_RETRY, FIRST_RETRY << min(outgoing.tries, 20))
                    self._world.store.retry(outgoing.id, self._world.now() + wait)
        finally:
            self._serving.discard(recipient)

    @asynccontextmanager
    async def _contained(self, what: str) -> AsyncIterator[None]:
        """What goes wrong at our own side is logged, and tried again a while later."""
        try:
            yield
        except EtalError as fault:
            log.warning("%s: %s", what, fault)
            await self._world.clock.sleep(PAUSE)
        except Exception:
            log.exception("%s: our own mistake", what)
            await self._world.clock.sleep(PAUSE)

    async def _send(self, outgoing: Outgoing) -> bool:
        for address in self._routes.to(outgoing.to):
            with trio.move_on_after(ADDRESS_LIMIT):
                if await self._send_to(address, outgoing):
                    self._routes.worked(outgoing.to, address)
                    self._world.store.receipted(outgoing.id)
                    self._world.changes.tell("mail", id_to_text(outgoing.to))
                    return True
        return False

    async def _send_to(self, address: str, outgoing: Outgoing) -> bool:
        """Whether this message has its receipt now."""
        network, id, to = self._world.network, outgoing.id, outgoing.to
        envelope = mail.envelope(to, outgoing.sealed)
        try:
            peer = await self._routes.reach(address)
            answer = await network.request(peer, self._protocol, envelope, limit=mail.MAX_ANSWER)
            return mail.read_answer(answer, id, to, self._world.settings.network) is not None
        except (Unavailable, InputError, RuleError) as fault:
            log.debug("message %s to %s: %s", short(id), short(to), fault)
            return False

    # ---- in

    async def _receive(self, peer: str, request: bytes) -> bytes:
        world = self._world
        envelope = mail.read_envelope(request)
        if envelope.to != world.me:
            return mail.answer(None)
        try:
            record = self._open(envelope.box)
        except Rejected:
            raise
        except EtalError as fault:
            log.info("message not taken: %s", fault)
            return mail.answer(None)
        except Exception:
            log.exception("message not taken: our own mistake")
            return mail.answer(None)
        receipt = mail.receipt(
            record.id, world.keyring.persona, world.settings.network, world.now()
        )
        return mail.answer(receipt)

    def _open(self, box: bytes) -> Record:
        world = self._world
        raw = self._unseal(box)
        decision = admission.admit(
            raw, world.settings.network, world.registry, Inbox(world), world.now(), private=True
        )
        if decision.verdict is Verdict.REJECT:
            raise Rejected(decision.rule, decision.message)
        record = decision.record
        if decision.verdict is Verdict.IGNORE or record is None or record.kind not in CARRIED:
            raise Ignored(decision.rule or "mail.kind", "not of a kind that is sent so")
        kind = world.registry.kind(record.kind, record.version)
        self._take(record, kind.fields.read(record.body))
        return record

    def _unseal(self, box: bytes) -> bytes:
        now = self._world.epoch()
        for epoch in range(now + 1, max(-1, now - EPOCHS_BACK - 1), -1):
            try:
                return sealed.unseal(box, self._world.keyring.encryption_secret(epoch))[0]
            except Rejected as fault:
                if fault.rule != "sealed.recipient":
                    raise
        raise Ignored("sealed.recipient", "sealed to a key that isn't ours")
