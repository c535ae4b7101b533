"""Who decides disputes: the arbiters that this node knows, whom its owner trusts, and who may decide about an order.

facts: arbiters.chosen  CBOR array of personas, in the order in which they were chosen
"""

from collections.abc import Iterable
from typing import Any

from node.peer.listing_views import ListingViews
from node.peer.views import ArbiterView, OfferedArbiter
from node.peer.world import World
from node.protocol.encoding import decode, encode
from node.protocol.errors import Conflict, InputError, NotFound
from node.protocol.escrow import NOBODY
from node.protocol.kinds.arbiter import FIELDS, KIND
from node.protocol.patterns import address_to_text
from node.protocol.record import Record
from node.protocol.units import account_parts

CHOSEN = "arbiters.chosen"
MAX_CHOSEN = 64
MAX_CHOSEN_BYTES = 4_096
MAX_SHOWN = 200
"""Arbiters on one page, beside those that are trusted: of the newest, for anybody can call themselves one."""

NONE = "none"
"""What an order asks for where nobody is to decide."""

TROUBLES = {
    "unknown": "What this arbiter publishes hasn't reached your node, so the address in the offer may be anybody's.",
    "changed": "This arbiter asks for something else than the offer says.",
    "unproven": "This arbiter hasn't proven that the address in the offer is its own.",
    "mine": "You can't decide about your own order.",
}


class Arbiters:
    """Arbiters as this node knows them."""

    def __init__(self, world: World, views: ListingViews) -> None:
        self._world = world
        self._views = views

    def all(self) -> tuple[ArbiterView, ...]:
        """Those whom the owner trusts, then the newest others that are proven and on our chain; oneself left out."""
        chosen = self.chosen()
        trusted = [found for each in chosen if (found := self.latest(each))]
        others = (
            record
            for record in self._world.store.newest(KIND.id, MAX_SHOWN)
            if record.author not in (*chosen, self._world.me) and self._counts(record)
        )
        views = map(self.view, others)
        return (*map(self.view, trusted), *(each for each in views if each.proven and each.here))

    def get(self, persona: bytes) -> ArbiterView:
        """Raises NotFound."""
        found = self.latest(persona)
        if found is None:
            raise NotFound("arbiter.unknown", "This node knows no such arbiter.")
        return self.view(found)

    def chosen(self) -> list[bytes]:
        """Personas whom the owner of this node trusts to decide, the first chosen first."""
        kept = self._world.store.fact(CHOSEN)
        return decode(kept, MAX_CHOSEN_BYTES) if kept else []

    def choose(self, persona: bytes) -> None:
        """Trust this persona to decide. Raises Conflict for too many, or oneself."""
        chosen = self.chosen()
        if persona == self._world.me:
            raise Conflict("arbiter.mine", TROUBLES["mine"])
        if len(chosen) >= MAX_CHOSEN and persona not in chosen:
            raise Conflict("arbiter.many", f"You can trust {MAX_CHOSEN} arbiters at most.")
        self._keep([*(each for each in chosen if each != persona), persona])

    def drop(self, persona: bytes) -> None:
        """Trust this persona no longer."""
        self._keep([each for each in self.chosen() if each != persona])

    def _keep(self, chosen: list[bytes]) -> None:
        self._world.store.set_fact(CHOSEN, encode(chosen))
        self._world.changes.tell("arbiter")

    # ---- offers and orders

    def listed(self, personas: Iterable[bytes]) -> list[dict[str, Any]]:
        """The list of an offer of our own, JSON-shaped, of the arbiters named: on the terms that they publish now. Raises InputError
        "listing.arbiter" naming the field."""
        made = []
        for persona in dict.fromkeys(personas):
            found = self.latest(persona)
            view = None if found is None else self.view(found)
            if view is None or not (view.proven and view.here) or view.persona.mine:
                raise InputError(
                    "listing.arbiter",
                    "This node knows no such arbiter, or none whose account is proven and on this chain.",
                    "offer.arbiters",
                )
            address = account_parts(view.account)[1]
            made.append(
                {
                    "persona": view.persona.id,
                    "address": address_to_text(address),
                    "fee_bps": view.fee_bps,
                    "ruling": view.ruling,
                }
            )
        return made

    def offered(self, body: dict) -> tuple[OfferedArbiter, ...]:
        """Those whom a listing's edition names, its body as read, in the seller's order."""
        chosen, offer = set(self.chosen()), body["offer"]
        return tuple(
            OfferedArbiter(
                self._views.persona(each["persona"]),
                address_to_text(each["address"]),
                each["fee_bps"],
                each["ruling"],
                each["persona"] in chosen,
                self._trouble(each, offer["escrow"]),
            )
            for each in offer.get("arbiters", ())
        )

    def choice(self, body: dict, wanted: str | None, buyer: bytes | None) -> bytes:
        """The address of who is to decide about an order of this edition. `wanted` is a persona's id or an address, NONE for nobody,
        None for the first whom both sides trust, or nobody: nobody for a deposit. Raises InputError "order.arbiter"."""
        offered = [each for each in self.offered(body) if bytes.fromhex(each.address[2:]) != buyer]
        # of a deposit the seller keeps nothing without its buyer's consent, unless that buyer names somebody who may decide
        if wanted == NONE or (wanted is None and body["offer"].get("review") == 0):
            return NOBODY
        if wanted is None:
            fit = [each for each in offered if each.chosen and not each.trouble]
        else:
            fit = [each for each in offered if wanted in (each.persona.id, each.address)]
            if not fit:
                raise InputError(
                    "order.arbiter", "The seller doesn't offer this arbiter.", "arbiter"
                )
            if fit[0].trouble:
                raise InputError("order.arbiter", TROUBLES[fit[0].trouble], "arbiter")
        return bytes.fromhex(fit[0].address[2:]) if fit else NOBODY

    def _trouble(self, listed: dict, escrow: str) -> str:
        """Why what the offer says of an arbiter isn't to be relied on; "" where it is."""
        persona, (chain, _) = listed["persona"], account_parts(escrow)
        if persona == self._world.me:
            return "mine"
        found = self.latest(persona)
        if found is None:
            return "unknown"
        says = found.body
        place = account_parts(says["account"])
        if (*place, says["fee_bps"], says["ruling"]) != (
            chain,
            *(listed[name] for name in ("address", "fee_bps", "ruling")),
        ):
            return "changed"
        return "" if self._is_proven(found) else "unproven"

    # ---- records

    def latest(self, persona: bytes) -> Record | None:
        """What counts of a persona as an arbiter; None where it is none, or none any more."""
        found = self._world.store.latest(KIND.id, persona)
        return found if found is not None and self._counts(found) else None

    def _counts(self, record: Record) -> bool:
        known = (record.kind, record.version) == (KIND.id, KIND.version)
        return known and not record.gone and record.until > self._world.now()

    def _account(self, record: Record) -> str:
        chain, address = account_parts(record.body["account"])
        return f"{chain}:{address_to_text(address)}"

    def _is_proven(self, record: Record) -> bool:
        return self._account(record) in self._views.accounts(record.author)

    def view(self, record: Record) -> ArbiterView:
        body, account = FIELDS.read(record.body), self._account(record)
        escrow = self._world.escrow
        return ArbiterView(
            persona=self._views.persona(record.author),
            account=account,
            fee_bps=body["fee_bps"],
            ruling=body["ruling"],
            languages=tuple(body["languages"]),
            about=body.get("about", ""),
            proven=self._is_proven(record),
            chosen=record.author in self.chosen(),
            here=escrow is not None and account_parts(account)[0] == escrow.chain,
        )
