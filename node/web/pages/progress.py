"""Where an order stands, as the steps that its page draws."""

from dataclasses import dataclass

from node.peer.pledging import RETURNED, SERVED
from node.peer.views import OrderView
from node.protocol.order_state import CALLED_OFF

DONE, NOW, TODO, FAIL = "done", "now", "todo", "fail"

_REACHED = {  # stage -> the step that is under way
    "placed": "funded",
    "funding": "funded",
    "funded": "accepted",
    "late": "accepted",
    "accepted": "shipped",
    "shipped": "released",
    "released": "reviewed",
}
UNDER_WAY = ("waiting", "sent", "unknown", "pending")
"""States of a transaction that is still to come: with the node's own wallet, in the network, or in no block yet."""

ANSWERS = {"buyer": ("fund", "pledge", "take_back"), "seller": ("accept", "ship", "timeout")}
"""What each side is asked for: while one of these can be done, the order waits for that person."""

_RETURNED = ("refunded", "lapsed", "settled")


@dataclass(frozen=True)
class Step:
    """`busy`: the network works on it. `meter`: how settled the order's last event is belongs here."""

    name: str  # placed funded accepted shipped released returned disputed decided settled reviewed
    state: str
    busy: bool = False
    meter: bool = False


def steps(order: OrderView) -> list[Step]:
    """The steps of an order in their sequence, past and to come."""
    said = {message.step for message in order.messages}
    if order.stage == "expired":
        return [Step("placed", DONE), Step("funded", FAIL)]
    if order.pledge is not None and order.stage not in CALLED_OFF:
        return _pledged(order)
    if order.stage == "declined":
        return _declined(order)
    if order.stage == "cancelled":
        return _cancelled(order, said)
    if order.stage == "disputed":
        return _disputed(order, said)
    if order.stage in _RETURNED:
        return _returned(order, said)
    names = ["placed", *_names(order)]
    now = _REACHED.get(order.stage, "accepted")
    if is_deposit(order) and order.stage == "accepted":
        now = "returned"
    if order.terms is None:
        now = {"placed": "accepted", "accepted": "shipped"}.get(order.stage, "")
    position = names.index(now) if now in names else len(names)
    return [_step(order, name, index, position) for index, name in enumerate(names)]


def _pledged(order: OrderView) -> list[Step]:
    """Of an order that is paid by a pledge: what is owed depends on the campaign."""
    pledge, busy = order.pledge, under_way(order, "pledged")
    steps = [Step("placed", DONE)]
    if pledge.amount is None:
        waits = pledge.stage in ("open", "unopened", "unknown")
        return [*steps, Step("pledged", NOW if waits or busy else FAIL, busy=busy)]
    steps.append(Step("pledged", DONE))
    if pledge.stage in RETURNED and order.stage != "shipped":
        told = [Step("reviewed", DONE)] if order.review else []
        return [*steps, Step("reached", FAIL), *told]
    if pledge.stage not in SERVED and order.stage != "shipped":
        return [*steps, Step("reached", NOW), Step("accepted", TODO), Step("shipped", TODO)]
    now = {"placed": "accepted", "accepted": "shipped", "shipped": "reviewed"}.get(order.stage, "")
    reviewed = ["reviewed"] if order.review or "review" in order.actions else []
    names = ["reached", "accepted", "shipped", *reviewed]
    position = names.index(now) if now in names else len(names)
    return [*steps, *(_step(order, name, n, position) for n, name in enumerate(names))]


def is_deposit(order: OrderView) -> bool:
    """Whether nothing is ever sent for it: the money goes back unless both agree otherwise."""
    return order.terms is not None and order.terms.get("review") == 0


def _names(order: OrderView) -> list[str]:
    if is_deposit(order):
        return ["funded", "accepted", "released" if order.stage == "released" else "returned"]
    if order.terms is None:
        return ["accepted", "shipped"]
    reviewed = ["reviewed"] if order.side == "buyer" else []
    return ["funded", "accepted", "shipped", "released", *reviewed]


def _step(order: OrderView, name: str, index: int, position: int) -> Step:
    state = DONE if index < position else NOW if index == position else TODO
    if name == "reviewed" and order.review:
        state = DONE
    busy = order.stage == "funding" and name == "funded"
    metered = "released" if order.stage == "released" else "funded"
    settled = order.stage == "shipped"
    meter = name == metered and not settled and order.assurance != "none"
    return Step(name, state, busy=busy or (state == NOW and under_way(order, name)), meter=meter)


def under_way(order: OrderView, name: str) -> bool:
    """Whether a transaction that would finish this step waits for the network."""
    verbs = {
        "funded": ("fund", "relay"),
        "pledged": ("open", "approve", "pledge") if order.pledge else (),
        "released": ("release", "timeout"),
        "returned": ("take_back", "refund"),
        "disputed": ("dispute",),
        "decided": ("release", "refund", "timeout", "take_back"),
        "withdrawn": ("withdraw",),
        "settling": ("release_part", "refund_part", "accept_settlement"),
    }
    return any(
        each.verb in verbs.get(name, ()) and each.status in UNDER_WAY and not each.trouble
        for each in order.transactions
    )


def _disputed(order: OrderView, said: set[str]) -> list[Step]:
    met = order.assurance != "none"
    return [
        Step("placed", DONE),
        Step("funded", DONE),
        *(
            Step(name, DONE)
            for name, step in (("accepted", "accept"), ("shipped", "ship"))
            if step in said
        ),
        Step("disputed", DONE, meter=met),
        Step("decided", NOW, busy=under_way(order, "decided")),
    ]


def _declined(order: OrderView) -> list[Step]:
    paid, returning = _held(order)
    return [Step("placed", DONE), *paid, Step("accepted", FAIL), *returning]


def _cancelled(order: OrderView, said: set[str]) -> list[Step]:
    paid, returning = _held(order)
    if not paid and order.terms:
        paid = [Step("funded", FAIL)]
    elif not paid:
        accepted = [Step("accepted", DONE), Step("shipped", FAIL)]
        paid = accepted if "accept" in said else [Step("accepted", FAIL)]
    return [Step("placed", DONE), *paid, *returning]


def _held(order: OrderView) -> tuple[list[Step], list[Step]]:
    """(steps past, steps now) of money that is in the contract and goes back; nothing where none is."""
    if not {"take_back_after", "refund_until"} & set(order.deadlines):
        return [], []
    paid = Step("funded", DONE, meter=order.assurance != "none")
    return [paid], [Step("returned", NOW, busy=under_way(order, "returned"))]


def _returned(order: OrderView, said: set[str]) -> list[Step]:
    steps = [Step("placed", DONE), Step("funded", DONE)]
    if "decline" in said:
        steps.append(Step("accepted", FAIL))
    elif "accept" in said or "ship" in said:
        steps.append(Step("accepted", DONE))
    if "ship" in said:
        steps.append(Step("shipped", DONE))
    elif order.stage == "lapsed" and "decline" not in said and not is_deposit(order):
        steps.append(Step("shipped", FAIL))
    if order.dispute and order.dispute.by:
        steps.append(Step("disputed", DONE))
    last = "settled" if order.stage == "settled" else "returned"
    steps.append(Step(last, DONE, meter=order.assurance != "none"))
    return [*steps, Step("reviewed", DONE)] if order.review else steps


def waits(order: OrderView) -> bool:
    """Whether an order waits for an answer of the person who looks at it."""
    due = any(verb in order.actions for verb in ANSWERS[order.side])
    due |= order.stage == "disputed" and "timeout" in order.actions
    due &= order.pledge is None or order.pledge.signed != "waiting"  # the seller's node pledges
    return due and not any(under_way(order, step) for step in ("funded", "released", "returned"))


def called_off(order: OrderView) -> bool:
    """Whether an order ended in another way than by being paid out to the seller: nothing of it is still to come."""
    ended = all(step.state in (DONE, FAIL) for step in steps(order))
    return ended and order.stage in (*CALLED_OFF, *_RETURNED, "expired")


def count(order: OrderView) -> tuple[int, int]:
    """(steps done, steps in all), for a small row of dots; a review is welcome, but no part of a sale."""
    every = [step for step in steps(order) if step.name != "reviewed"]
    return sum(step.state == DONE for step in every), len(every)
