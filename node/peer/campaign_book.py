"""Campaigns that this node knows: their records, the editions that they are about, and where what it wants of them is noted."""

import logging
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from node.peer.world import World, short
from node.ports import CampaignRow
from node.protocol import record
from node.protocol.admission import MAX_AHEAD
from node.protocol.campaign import MAX_CAMPAIGN_TIME, Phase, Terms, Tranche
from node.protocol.errors import InputError, NotFound, RuleError
from node.protocol.kinds.campaign import KIND, id_of, terms_of, tranches_of
from node.protocol.kinds.listing import KIND as LISTING
from node.protocol.kinds.review import MAX_CAMPAIGN
from node.protocol.record import Record

log = logging.getLogger("etal.campaigns")

MAX_CAMPAIGNS = 500
"""Records of strangers' campaigns that are looked through, the newest first."""

MAX_OF_ONE = 50
"""The same of one persona, to find those of one listing."""

MAX_REMEMBERED = 2_000
"""Campaigns whose record was read already."""


@dataclass(frozen=True)
class Campaign:
    """One campaign with what follows from its record. Terms and id stay the same when the record is renewed."""

    id: bytes
    record: Record
    body: dict[str, Any]

    @cached_property
    def terms(self) -> Terms:
        return terms_of(self.body)

    @cached_property
    def tranches(self) -> tuple[Tranche, ...]:
        return tranches_of(self.body)

    @property
    def until(self) -> int:
        return self.body["until"]

    @property
    def listing(self) -> bytes:
        """Content id of the edition."""
        return self.body["listing"]

    @property
    def creator(self) -> bytes:
        return self.body["creator"]

    @property
    def text(self) -> str:
        """The id as people see it."""
        return "0x" + self.id.hex()


class OfCampaigns:
    """Where the wishes of campaigns are noted (node.peer.wishes)."""

    def __init__(self, world: World) -> None:
        self._world = world

    def row(self, id: bytes) -> CampaignRow:
        return self._world.store.campaign(id) or CampaignRow(id, b"")

    def write(self, notes: dict[bytes, dict]) -> None:
        for id, changed in notes.items():
            self._world.store.note_campaign(id, changed)
            self._world.changes.tell("campaign", "0x" + id.hex())


class CampaignBook:
    """Finds campaigns. One counts only where its author sells the edition that it names, as a pre-order."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._read: OrderedDict[bytes, Campaign] = OrderedDict()  # by the record's id
        self._editions: OrderedDict[bytes, tuple[bytes, Record, dict]] = OrderedDict()  # likewise
        self.wishes = OfCampaigns(world)

    @property
    def account(self) -> str:
        """CAIP-10 of the contract that this node uses, or ""."""
        campaigns = self._world.campaigns
        return f"{campaigns.chain}:0x{campaigns.contract.hex()}" if campaigns else ""

    def all(self) -> list[Campaign]:
        """Those that one has a part in, then the others: the newest first of either."""
        found = {each.id: each for each in self.joined()}
        for made in self._world.store.newest(KIND.id, MAX_CAMPAIGNS):
            campaign = self._campaign(made)
            if campaign is not None and self.edition(campaign) is not None:
                found.setdefault(campaign.id, campaign)
        return list(found.values())

    def joined(self) -> Iterator[Campaign]:
        """Those that this node has a part in."""
        for row in self._world.store.campaigns():
            try:
                campaign = self._campaign(record.parse(row.raw, self._world.settings.network))
            except RuleError as fault:
                log.warning("campaign %s can't be read: %s", short(row.id), fault)
                continue
            if campaign is not None and self.edition(campaign) is not None:
                yield campaign

    def get(self, id: bytes) -> Campaign:
        """Raises NotFound."""
        row = self._world.store.campaign(id)
        if row is not None:
            return self.read(record.parse(row.raw, self._world.settings.network))
        found = next((each for each in self.all() if each.id == id), None)
        if found is None:
            raise NotFound("campaign.unknown", "This node knows no such campaign.")
        return found

    def named(self, text: str) -> Campaign:
        """By its id, whole or its beginning. Raises NotFound, or InputError "campaign.several"."""
        wanted = text.lower().removeprefix("0x")
        found = [each for each in self.all() if each.id.hex().startswith(wanted)] if wanted else []
        if not found:
            raise NotFound("campaign.unknown", "This node knows no such campaign.")
        if len(found) > 1:
            message = f"Several campaigns begin with {text}: give more of it."
            raise InputError("campaign.several", message)
        return found[0]

    def of(self, edition: Record) -> list[Campaign]:
        """Those of one edition, the one that ends last first."""
        made = self._world.store.by_author(KIND.id, edition.author, MAX_OF_ONE)
        found = (self._campaign(each) for each in made)
        about = [each for each in found if each is not None and each.listing == edition.id]
        return sorted(about, key=lambda each: -each.until)

    def taking(self, edition: Record) -> Campaign | None:
        """The campaign that takes pledges for this edition now, by its dates, in a contract that this node uses; else any of them."""
        open = [each for each in self.of(edition) if each.until > self._world.now()]
        ours = [each for each in open if each.body["account"] == self.account]
        return next(iter(ours or open), None)

    def edition(self, campaign: Campaign) -> tuple[bytes, Record, dict] | None:
        """The edition that it is about: raw, parsed, and its body as read. None where it isn't held, or isn't its author's to pre-sell."""
        known = self._editions.get(campaign.record.id)
        if known is None:
            known = self._edition(campaign)
            if known is not None:
                self._editions[campaign.record.id] = known
                if len(self._editions) > MAX_REMEMBERED:
                    self._editions.popitem(last=False)
        return known

    def _edition(self, campaign: Campaign) -> tuple[bytes, Record, dict] | None:
        raw = self._world.store.get(campaign.listing)
        try:
            listing = None if raw is None else record.parse(raw, self._world.settings.network)
            if listing is None or (listing.kind, listing.version) != (LISTING.id, LISTING.version):
                return None
            if listing.gone or listing.author != campaign.record.author:
                return None
            body = LISTING.fields.read(listing.body)
        except RuleError:
            return None
        return (raw, listing, body) if body["offer"].get("preorder") else None

    def since(self, campaign: Campaign) -> int:
        """A time before which nothing was pledged: it is opened at most so long before its end, and its edition was made before."""
        found = self.edition(campaign)
        made = found[1].created - MAX_AHEAD if found else 0
        return max(made, campaign.until - MAX_CAMPAIGN_TIME)

    def join(self, campaign: Campaign) -> None:
        """Keep record and edition from now on, whatever replaces them."""
        raw, listing, _ = self.edition(campaign)
        self._world.store.pin(raw, listing.id)
        self._world.store.join_campaign(campaign.id, campaign.record.raw)

    def read(self, made: Record) -> Campaign:
        """Of a record that was admitted."""
        campaign = self._campaign(made)
        if campaign is None:
            raise NotFound("campaign.unknown", "This is no campaign.")
        return campaign

    def _campaign(self, made: Record) -> Campaign | None:
        if made.gone or (made.kind, made.version) != (KIND.id, KIND.version):
            return None
        if len(made.raw) > MAX_CAMPAIGN:
            return None  # no backer could ever show it in a review
        known = self._read.get(made.id)
        if known is None:
            body = KIND.fields.read(made.body)
            known = self._read[made.id] = Campaign(id_of(body), made, body)
            if len(self._read) > MAX_REMEMBERED:
                self._read.popitem(last=False)
        return known


def stage_of(campaign: Campaign, phase: Phase, pledges: int, now: int) -> str:
    """In a word: unopened | open | reached | failed | cancelled | stopped | paid. `pledges` are those not refunded yet."""
    ended = {Phase.CANCELLED: "cancelled", Phase.STOPPED: "stopped", Phase.PAID: "paid"}
    if phase in ended:
        return ended[phase]
    if now < campaign.until:
        return "unopened" if phase is Phase.NONE else "open"
    return "reached" if phase is Phase.LIVE and pledges >= campaign.terms.goal else "failed"
