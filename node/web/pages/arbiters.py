"""Arbiters: whom the owner of this node trusts to decide, and what this node asks to decide itself."""

from decimal import Decimal, InvalidOperation
from types import SimpleNamespace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.peer.views import ArbiterView
from node.protocol.errors import Conflict, EtalError, InputError, NotFound
from node.protocol.escrow import DAY, MAX_RULING
from node.protocol.kinds.arbiter import MAX_ABOUT, MAX_LANGUAGES
from node.web.pages.common import page, posted, text, to, typed
from node.web.problems import describe

DONE = ("offered", "withdrawn", "trusted", "dropped")
DEFAULT_FEE, DEFAULT_DAYS = "5", "14"


async def arbiters(request: Request) -> Response:
    """GET /arbiters"""
    return _page(request)


def _page(
    request: Request, refused: EtalError | None = None, said: SimpleNamespace | None = None
) -> Response:
    """`refused` is why a form wasn't taken, `said` what stood in it, where it was that of one's own offer."""
    peer = request.app.state.peer
    own, done = peer.own_arbiter(), request.query_params.get("done")
    return page(
        request,
        "arbiters.html",
        200 if refused is None else describe(refused)[0],
        arbiters=peer.arbiters(),
        own=own,
        said=said or _said(own, request.app.state.renderer.language(request).code),
        refused=refused,
        wallet=peer.identity().wallet,
        done=done if done in DONE else "",
        most_languages=MAX_LANGUAGES,
    )


def _said(own: ArbiterView | None, language: str) -> SimpleNamespace:
    if own is None:
        return SimpleNamespace(
            fee=DEFAULT_FEE, days=DEFAULT_DAYS, languages=[language], about="", open=False
        )
    fee = f"{Decimal(own.fee_bps) / 100:f}"
    return SimpleNamespace(
        fee=fee.rstrip("0").rstrip(".") if "." in fee else fee,
        days=str(own.ruling // DAY),
        languages=list(own.languages),
        about=own.about,
        open=False,
    )


async def offer(request: Request) -> Response:
    """POST /arbiters/offer: publish on which terms this node decides."""
    form = await posted(request)
    said = SimpleNamespace(
        **{name: typed(form, name) for name in ("fee", "days", "about")},
        languages=[str(each) for each in form.getlist("language") if each][:MAX_LANGUAGES],
        open=True,
    )
    try:
        await request.app.state.peer.offer_to_decide(_given(said, text(form, "about", MAX_ABOUT)))
    except (InputError, Conflict) as error:
        return _page(request, error, said)
    return to("/arbiters?done=offered")


def _given(said: SimpleNamespace, about: str) -> dict[str, Any]:
    return {
        "fee_bps": _bps(said.fee),
        "ruling": _days(said.days) * DAY,
        "languages": list(dict.fromkeys(said.languages)),
        **({"about": about} if about else {}),
    }


def _bps(percent: str) -> int:
    try:
        share = Decimal(percent.replace(",", ".").removesuffix("%").strip()) * 100
        if share != share.to_integral_value() or not 0 <= share <= 2_000:
            raise InvalidOperation
        return int(share)
    except InvalidOperation:
        raise InputError(
            "form.percent", "A share such as 2.5 is expected, at most 20 percent.", "fee"
        ) from None


def _days(typed: str) -> int:
    most = MAX_RULING // DAY
    if not typed.isdecimal() or not 1 <= int(typed) <= most:
        raise InputError("form.number", f"A number from 1 to {most} is expected.", "days")
    return int(typed)


async def withdraw(request: Request) -> Response:
    """POST /arbiters/withdraw: decide no more about new orders."""
    await request.app.state.peer.decide_no_more()
    return to("/arbiters?done=withdrawn")


async def trust(request: Request) -> Response:
    """POST /arbiters/trust: by `persona`, or no longer, where `no` is given."""
    peer, form = request.app.state.peer, await posted(request)
    persona, no = text(form, "persona", 100), bool(text(form, "no", 10))
    try:
        await (peer.distrust_arbiter if no else peer.trust_arbiter)(persona)
    except (NotFound, Conflict) as error:
        return _page(request, error)
    return to(f"/arbiters?done={'dropped' if no else 'trusted'}")


async def again(request: Request) -> Response:
    """GET of what is only posted: a form that was refused is looked at again."""
    return to("/arbiters")


routes = [
    Route("/arbiters", arbiters),
    *(
        Route(f"/arbiters/{name}", act, methods=["POST"])
        for name, act in (("offer", offer), ("withdraw", withdraw), ("trust", trust))
    ),
    Route("/arbiters/{act}", again),
]
