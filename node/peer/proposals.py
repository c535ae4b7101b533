"""What each side proposes about the money of an order, as a person sees it."""

from dataclasses import replace

from node.peer.deal import Deal
from node.peer.views import Money, ProposalView
from node.protocol.encoding import id_to_text
from node.protocol.settlements import Proposal


def held(deal: Deal, total: Money) -> Money | None:
    """What the contract holds now, in the money of `total`."""
    pot = deal.state.money
    return replace(total, amount=pot.held) if pot is not None and pot.held else None


def views(deal: Deal, total: Money) -> tuple[ProposalView, ...]:
    """All that stand; those of the other side, which wait for an answer, first."""
    ordered = sorted(deal.state.facts.standing.all(), key=lambda each: each.by == deal.row.side)
    return tuple(_view(deal, each, total) for each in ordered)


def _view(deal: Deal, proposal: Proposal, total: Money) -> ProposalView:
    said = proposal.settlement
    return ProposalView(
        id=id_to_text(proposal.message),
        by=proposal.by,
        mine=proposal.by == deal.row.side,
        to_buyer=replace(total, amount=said.to_buyer),
        to_seller=replace(total, amount=said.to_seller),
        left=replace(total, amount=said.held - said.to_buyer - said.to_seller),
        until=said.expiry,
        binding=proposal.is_gift,
        text=_text(deal, proposal.message),
    )


def _text(deal: Deal, message: bytes) -> str:
    bodies = (each.body for each in deal.state.messages if each.id == message)
    return next((body.get(body["step"], {}).get("text", "") for body in bodies), "")


def draft(deal: Deal, total: Money) -> ProposalView | None:
    """What its person has decided and another wallet is to sign or send."""
    noted = deal.draft
    if noted is None:
        return None
    held, to_buyer, to_seller = (int(noted[name]) for name in ("held", "to_buyer", "to_seller"))
    gives_only = (to_buyer if deal.row.side == "buyer" else to_seller) == 0
    return ProposalView(
        id="",
        by=deal.row.side,
        mine=True,
        to_buyer=replace(total, amount=to_buyer),
        to_seller=replace(total, amount=to_seller),
        left=replace(total, amount=held - to_buyer - to_seller),
        until=noted["expiry"],
        binding=gives_only,
        text=noted["text"],
        verb=noted["verb"],
    )
