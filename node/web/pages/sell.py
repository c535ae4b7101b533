"""One's own stall: what is on it, new things, changed things, and what is taken off."""

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.protocol.errors import Conflict, InputError, NotFound, RuleError
from node.protocol.extensions.goods import ID as GOODS
from node.protocol.fields import FieldSet
from node.protocol.kinds.listing import MAX_ALT
from node.protocol.kinds.profile import KIND as PROFILE
from node.web import pictures
from node.web.forms import Form
from node.web.pages import goods
from node.web.pages.common import page, posted, text, texts, to
from node.web.pages.listing_form import ListingForm
from node.web.rendering import choose_now

TYPED = FieldSet({name: PROFILE.fields[name] for name in ("name", "about", "language")})
"""What a person types of a profile."""
DONE = ("saved", "withdrawn", "profile")


async def stall(request: Request) -> Response:
    """GET /sell"""
    return _stall(request)


def _stall(request: Request, refused: Form | None = None) -> Response:
    """`refused` is the form of the profile as it was typed, with what is wrong."""
    peer = request.app.state.peer
    me = peer.persona(peer.identity().persona)
    done = request.query_params.get("done")
    listings = peer.listings()
    language = me.language or request.app.state.renderer.language(request).code
    said = {"name": me.name, "about": me.about, "language": language}
    return page(
        request,
        "sell.html",
        422 if refused else 200,
        me=me,
        profile=refused or Form(TYPED, said),
        refused=bool(refused),
        listings=listings,
        variants={each.id: goods.pieces(each) for each in listings},
        kinds=[
            (each.id, each.title or each.id)
            for each in peer.registry.extensions
            if each.id != GOODS
        ],
        done=done if done in DONE else "",
    )


async def profile(request: Request) -> Response:
    """POST /sell/profile: name, about and the language of both."""
    form = Form.posted(TYPED, [(name, each.strip()) for name, each in texts(await posted(request))])
    if form.errors:
        return _stall(request, form)
    said = form.value
    try:
        await request.app.state.peer.publish_profile(
            said["name"], said.get("about", ""), said["language"]
        )
    except InputError as error:
        form.fail(error)
        return _stall(request, form)
    return to("/sell?done=profile")


async def profile_form(request: Request) -> Response:
    """GET /sell/profile: where a form that was refused is looked at again, such as in another language."""
    return to("/sell")


async def new(request: Request) -> Response:
    """GET /sell/new?kind=goods"""
    peer = request.app.state.peer
    kind = request.query_params.get("kind", GOODS)
    if peer.registry.extension(kind) is None:
        raise NotFound("listing.extension", "This node has no such kind of thing.")
    language = request.app.state.renderer.language(request)
    form = ListingForm(peer, [kind])
    form.form.raw["language"] = language.code
    if kind == GOODS:  # most goods are sent: begin with a row for that
        form.form.raw["extensions"] = {GOODS: {"shipping": {"0": {}}}}
    return _form(request, form, None)


async def edit(request: Request) -> Response:
    """GET /sell/{slug}"""
    given = _given(request)
    return _form(
        request,
        ListingForm(request.app.state.peer, list(given["extensions"]), given),
        _mine(request),
    )


def _given(request: Request) -> dict:
    """Raises NotFound."""
    return request.app.state.peer.editable(request.path_params["slug"])


def _mine(request: Request):
    """One's own listing as buyers see it. Raises NotFound."""
    peer, slug = request.app.state.peer, request.path_params["slug"]
    found = peer.listing(peer.identity().persona, slug)
    if found is None:
        raise NotFound("listing.unknown", f"You have no listing {slug}.")
    return found


async def save(request: Request) -> Response:
    """POST /sell/new and /sell/{slug}: save, or add a picture or a row and show the form again."""
    peer = request.app.state.peer
    slug = request.path_params.get("slug")
    listing = _mine(request) if slug else None
    posted_form = await posted(request, files=1)
    now = _given(request) if slug else {}
    kinds = list(now["extensions"]) if slug else [text(posted_form, "kind", 64) or GOODS]
    form = ListingForm(peer, kinds)
    form.post(posted_form, request.app.state.renderer.language(request).locale)
    await _upload(request, form, posted_form)
    asked = choose_now(request, posted_form)
    if (
        asked
        or form.upload_error
        or form.form.edited
        or form.rest.edited
        or "_upload" in posted_form
    ):
        form.form.errors.clear()
        return _form(request, form, listing, 422 if form.upload_error else 200)
    given = form.given(now)
    if given is not None:
        try:
            await peer.save_listing(given, slug)
            return to("/sell?done=saved")
        except (InputError, RuleError, Conflict) as error:
            form.fail(error)
    return _form(request, form, listing, 422)


async def _upload(request: Request, form: ListingForm, posted_form) -> None:
    """Take the picture that came with the form, if one came."""
    upload = posted_form.get("upload")
    if not isinstance(upload, UploadFile) or not upload.filename:
        return
    try:
        converted = await pictures.convert(await upload.read())
        alt = text(posted_form, "upload_alt", MAX_ALT)
        form.add_picture(await request.app.state.peer.add_picture(converted, alt))
    except InputError as error:
        form.upload_error = error


def _form(request: Request, form: ListingForm, listing, status: int = 200) -> Response:
    return page(request, "sell_form.html", status, listing=listing, problem=None, **form.context())


async def withdraw(request: Request) -> Response:
    """POST /sell/{slug}/withdraw"""
    await request.app.state.peer.withdraw_listing(request.path_params["slug"])
    return to("/sell?done=withdrawn")


routes = [
    Route("/sell", stall),
    Route("/sell/profile", profile_form),
    Route("/sell/profile", profile, methods=["POST"]),
    Route("/sell/new", new),
    Route("/sell/new", save, methods=["POST"]),
    Route("/sell/{slug}", edit),
    Route("/sell/{slug}", save, methods=["POST"]),
    Route("/sell/{slug}/withdraw", withdraw, methods=["POST"]),
]
