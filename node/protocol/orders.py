"""An order's state: a fold over what the parties said (sealed, signed messages) and what the chain did (escrow events).

Talk and money are independent facts, each with a table of transitions. Nothing here depends on the order of arrival.
docs/spec/order.md says it in words and draws the tables.
"""

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from node.protocol import escrow
from node.protocol.errors import Rejected
from node.protocol.escrow import EscrowEvent, Funded, Pot, Terms
from node.protocol.kinds.order import KIND
from node.protocol.offers import terms_of
from node.protocol.order_state import BUYER, EITHER, SELLER, Facts, OrderState, Talk, verbs
from node.protocol.order_state import Stage as Stage
from node.protocol.record import Record
from node.protocol.settlements import standing

MAX_MESSAGES = 256  # of one party in one order; further ones have no effect


def _any_time(state: Talk) -> dict[tuple[str, str], Talk]:
    return {(side, step): state for side in (BUYER, SELLER) for step in ("note", "settle")}


# state -> (who, step) -> next. A step that isn't here is kept and has no effect.
TRANSITIONS: dict[Talk, dict[tuple[str, str], Talk]] = {
    Talk.NONE: {(BUYER, "place"): Talk.PLACED},
    Talk.PLACED: {
        (BUYER, "cancel"): Talk.CANCELLED,
        (BUYER, "authorize"): Talk.PLACED,
        (SELLER, "refuse"): Talk.PLACED,
        (SELLER, "accept"): Talk.ACCEPTED,
        (SELLER, "decline"): Talk.DECLINED,
        (SELLER, "ship"): Talk.SHIPPED,
        **_any_time(Talk.PLACED),
    },
    Talk.ACCEPTED: {
        (BUYER, "cancel"): Talk.CANCELLED,
        (SELLER, "decline"): Talk.DECLINED,
        (SELLER, "ship"): Talk.SHIPPED,
        **_any_time(Talk.ACCEPTED),
    },
    Talk.SHIPPED: _any_time(Talk.SHIPPED),
    Talk.DECLINED: _any_time(Talk.DECLINED),
    # an answer that crossed the cancel on its way: `_stands` says when it counts
    Talk.CANCELLED: {
        (SELLER, "accept"): Talk.ACCEPTED,
        (SELLER, "decline"): Talk.CANCELLED,
        (SELLER, "ship"): Talk.SHIPPED,
        **_any_time(Talk.CANCELLED),
    },
}


def talk_diagram() -> str:
    """The table of messages as Mermaid."""
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for state, events in TRANSITIONS.items():
        for (side, step), after in events.items():
            start = "[*]" if state is Talk.NONE else state.value
            arrows[start, after.value].append(f"{side} {step}")
    return _diagram(arrows)


def money_diagram() -> str:
    """The table of escrow events as Mermaid."""
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    arrows["[*]", "funded"].append("funded")
    for (state, event), after in escrow.POT_TRANSITIONS.items():
        arrows[state.name.lower(), after.name.lower() if after else "[*]"].append(event)
    return _diagram(arrows)


def _diagram(arrows: dict[tuple[str, str], list[str]]) -> str:
    lines = [f"    {a} --> {b}: {', '.join(names)}" for (a, b), names in arrows.items()]
    return "\n".join(["stateDiagram-v2", *lines])


def fold(
    order: bytes,
    seller: bytes,
    messages: Iterable[Record],
    events: Iterable[EscrowEvent],
    now: int,
    *,
    account: str | None = None,
    funding: bool = False,
    vouched: Collection[bytes] = (),
) -> OrderState:
    """The state of the order with this id (its commitment), sold by this persona.

    `messages` are admitted or not, complete or not, in any order; `events` are of this order's money in any order. `now` is in
    seconds; `account` (CAIP-10) is the offer's escrow, by which signed settlements are checked: without it none is believed.
    `funding` says that the buyer's own node has seen a funding transaction that is not yet on chain; `vouched` are messages of which
    the chain has said that a contract wallet signed their settlement.
    """
    ordered = in_order(messages)
    read = {message.id: _read(message, order) for message in ordered}
    pot, place = _money_and_place([read[m.id] for m in ordered if read[m.id]], order, events)
    buyer = place["parts"]["buyer"] if place else None
    talk = Talk.NONE
    authorization: dict | None = None
    authorized: bytes | None = None  # the message that brought it
    refusal: dict | None = None
    proposed: list[tuple[str, bytes, dict]] = []
    idle: set[bytes] = set()
    counts: dict[bytes, int] = defaultdict(int)
    terms = pot.terms if pot else _terms(place, order)
    for message in ordered:
        body = read[message.id]
        sides = {side for side, who in ((BUYER, buyer), (SELLER, seller)) if message.author == who}
        counts[message.author] += 1
        after = _next(talk, sides, body, place) if counts[message.author] <= MAX_MESSAGES else None
        if after is None or not _stands(talk, message, pot, terms, authorized):
            idle.add(message.id)
            continue
        talk = after
        if "authorize" in body:
            authorization, authorized, refusal = body["authorize"], message.id, None
        refusal = body.get("refuse", refusal)
        block = body.get(body["step"], {}).get("settlement")
        if block is not None:
            proposed += [(side, message.id, block) for side in sides]
    stands = standing(proposed, pot, account, now, vouched)
    facts = Facts(now, talk, pot, place, terms, stands, funding, authorization, authorized, refusal)
    return OrderState(
        facts, tuple(ordered), frozenset(idle), verbs(facts, BUYER), verbs(facts, SELLER)
    )


def in_order(messages: Iterable[Record]) -> list[Record]:
    """Each after the one that it names; where that leaves a choice, by (created, id). One order for any arrival."""
    known = {message.id: message for message in messages}
    after: dict[bytes, list[Record]] = defaultdict(list)
    ready: list[tuple[int, bytes]] = []
    for message in known.values():
        prev = message.body.get("prev")
        if isinstance(prev, bytes) and prev in known:
            after[prev].append(message)
        else:
            heapq.heappush(ready, (message.created, message.id))
    ordered = []
    while ready:
        message = known[heapq.heappop(ready)[1]]
        ordered.append(message)
        for follower in after[message.id]:
            heapq.heappush(ready, (follower.created, follower.id))
    return ordered


def _read(message: Record, order: bytes) -> dict | None:
    """The body as read, or None for what isn't a sound message of this order."""
    if (message.kind, message.version) != (KIND.id, KIND.version):
        return None
    try:
        body = KIND.fields.read(message.body)
        sound = body["order"] == order and all(rule.holds(message, body) for rule in KIND.rules)
    except Rejected:
        return None
    return body if sound else None


def _next(talk: Talk, sides: set[str], body: dict | None, place: dict | None) -> Talk | None:
    if body is None or (body["step"] == "place" and body["place"] is not place):
        return None
    steps = TRANSITIONS[talk]
    return next(
        (steps[s, body["step"]] for s in EITHER if s in sides and (s, body["step"]) in steps), None
    )


def _stands(
    talk: Talk,
    message: Record,
    pot: Pot | None,
    terms: Terms | None,
    authorized: bytes | None,
) -> bool:
    """Whether the money lets a step of the table count. A cancel takes back no payment, and no promise that answers a payment:
    else one that is dated back would get goods and money out of a seller who has sent them."""
    step = message.body["step"]
    if step == "authorize":  # what is paid by an escrow is no pledge, and the other way round
        return ("pledge" in message.body["authorize"]) == (terms is None)
    if step == "refuse":
        return message.body["refuse"]["authorization"] == authorized
    if step == "cancel":
        paid_before = pot is not None and pot.since <= message.created
        return not paid_before and (talk is Talk.PLACED or terms is None)
    if talk is Talk.CANCELLED and step in ("accept", "ship"):
        return pot is not None or (step == "ship" and terms is None)
    return True


def _money_and_place(
    bodies: Sequence[dict], order: bytes, events: Iterable[EscrowEvent]
) -> tuple[Pot | None, dict | None]:
    """The order's pot and its place block. A buyer may have sent several blocks with different terms: the funded one counts."""
    places = [body["place"] for body in bodies if body["step"] == "place"]
    known: dict[Terms | None, dict] = {}
    for place in places:
        terms = _terms(place, order)
        # Of several with the same terms the earliest promise counts, so that a buyer can't put it off afterwards.
        if terms not in known or place.get("fund_by", 0) < known[terms].get("fund_by", 0):
            known[terms] = place
    events = list(events)
    fundings = sorted(
        (e for e in events if isinstance(e, Funded) and e.terms.order == order),
        key=lambda event: (event.where.block, event.where.index),
    )
    for funded in fundings:
        if not places or funded.terms in known:
            pot = escrow.fold_pot(event for event in events if event.id == funded.id)
            return pot, known.get(funded.terms)
    return None, known[_terms(places[0], order)] if places else None


def _terms(place: dict | None, order: bytes) -> Terms | None:
    return terms_of(place["terms"], order) if place and "terms" in place else None
