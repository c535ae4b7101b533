"""Templates into pages. What every template can use is set here and nowhere else.

Names in a template: `_`, `ngettext`, `asset(name)` (URL of a static file), `icon(name)`, `language`, `languages`, `theme`
("light", "dark" or "" for the system's), `path`, `address` (path and query), `fragment` (True when htmx asks for a part), `scripts` (URLs),
`practice` (None outside the demo), `now`.
Filters: `money` (of a Money), `number`, `when`, `date`, `iso`, `ago` (signed, from now), `span` (seconds), `md`, `plain`, `said` (a sentence
made elsewhere in the code, in the reader's language).
Messages go through gettext as text of ours: never give `_` what somebody else wrote.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import trio
from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from node.peer.views import Money
from node.protocol.units import minor_units
from node.web import text
from node.web.assets import Assets
from node.web.i18n import Language, Languages
from node.web.sentences import said

HERE = Path(__file__).parent
THREADS = 2  # pages rendered at once
THEMES = ("light", "dark", "auto")
PREFERENCE_SECONDS = 365 * 24 * 3600
_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


class Renderer:
    """One environment per language, made when the node starts. `extra` maps a prefix to a folder of more templates."""

    def __init__(
        self,
        assets: Assets,
        *,
        templates: Path = HERE / "templates",
        locale: Path = HERE / "locale",
        icons: Path = HERE / "icons",
        extra: Mapping[str, Path] | None = None,
        scripts: Sequence[str] = (),
        globals: Mapping[str, Any] | None = None,
    ):
        self.languages = Languages(locale)
        loader = ChoiceLoader(
            [
                FileSystemLoader(templates),
                PrefixLoader(
                    {name: FileSystemLoader(path) for name, path in (extra or {}).items()}
                ),
            ]
        )
        self._environments = {
            code: _environment(language, loader, assets, icons, globals or {})
            for code, language in self.languages.all.items()
        }
        self.threads = trio.CapacityLimiter(THREADS)
        self._scripts = tuple(assets.url(name) for name in scripts)

    def language(self, request: Request) -> Language:
        return self.languages.choose(
            _preferred(request, "lang"), request.headers.get("accept-language", "")
        )

    @property
    def choices(self) -> dict[str, tuple[str, ...]]:
        """What the owner can choose about pages: the names of the cookies, and their values."""
        return {"lang": tuple(self.languages.all), "theme": THEMES}

    def has(self, template: str) -> bool:
        return template in self._environments["en"].list_templates()

    def text(self, request: Request, template: str, /, **context: Any) -> str:
        language = self.language(request)
        theme = _preferred(request, "theme")
        return (
            self._environments[language.code]
            .get_template(template)
            .render(
                request=request,
                path=request.url.path,
                address=_address(request),
                language=language,
                languages=self.languages.all,
                theme=theme if theme in ("light", "dark") else "",
                fragment=request.headers.get("hx-request") == "true",
                scripts=self._scripts,
                now=int(time.time()),
                **context,
            )
        )


class Page(Response):
    """A page whose template is rendered in a thread when it is sent, so that no text of a stranger, however hard to read,
    holds up the node."""

    media_type = "text/html"

    def __init__(self, make: Callable[[], str], status: int):
        super().__init__(
            status_code=status, headers={"vary": "Accept-Language, Cookie, HX-Request"}
        )
        self._make = make

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        html = await trio.to_thread.run_sync(
            self._make, limiter=scope["app"].state.renderer.threads
        )
        self.body = html.encode()
        self.headers["content-length"] = str(len(self.body))
        await super().__call__(scope, receive, send)


def render(request: Request, template: str, status: int = 200, /, **context: Any) -> Page:
    """A page in the reader's language and theme. Templates run in a thread: give them views, not the peer."""
    renderer: Renderer = request.app.state.renderer
    digits = _digits(getattr(request.app.state, "peer", None))
    page = Page(partial(renderer.text, request, template, digits=digits, **context), status)
    for name, value in _chosen_now(request).items():
        _remember(page, name, value)
    return page


def _digits(peer: Any) -> dict[str, int]:
    """How many decimals people write at least, of the assets that stand for a currency."""
    tokens = () if peer is None else peer.tokens()
    return {token.asset: minor_units(token.currency) for token in tokens if token.currency}


def _address(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def choose_now(request: Request, form: FormData) -> bool:
    """Whether a form was sent only to see its page otherwise, by a button "_lang" or "_theme": what was typed is kept so."""
    renderer: Renderer = request.app.state.renderer
    request.state.chosen_now = {
        name: str(form[f"_{name}"])
        for name, values in renderer.choices.items()
        if form.get(f"_{name}") in values
    }
    return bool(request.state.chosen_now)


def _chosen_now(request: Request) -> dict[str, str]:
    return getattr(request.state, "chosen_now", {})


def _preferred(request: Request, name: str) -> str | None:
    return _chosen_now(request).get(name) or request.cookies.get(name)


def _remember(response: Response, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=PREFERENCE_SECONDS, samesite="strict", httponly=True)


async def preferences(request: Request) -> Response:
    """POST /prefs: `lang`, `theme`, and `next`, a path of this node to go back to."""
    renderer: Renderer = request.app.state.renderer
    form = await request.form(max_files=0, max_fields=10)
    response = RedirectResponse(local_path(form.get("next")), 303)
    for name, values in renderer.choices.items():
        if form.get(name) in values:
            _remember(response, name, str(form[name]))
    return response


def local_path(wanted: object) -> str:
    """`wanted` if it is a path on this node, else "/": no form may send the reader elsewhere."""
    return wanted if isinstance(wanted, str) and _LOCAL.fullmatch(wanted) else "/"


def _environment(
    language: Language,
    loader: ChoiceLoader,
    assets: Assets,
    icons: Path,
    more: Mapping[str, Any],
) -> Environment:
    environment = Environment(
        loader=loader,
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(language.translations, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(more, asset=assets.url, icon=_icons(icons))
    environment.filters.update(
        money=pass_context(partial(_money, language)),
        number=language.number,
        when=language.moment,
        date=language.date,
        iso=language.iso,
        ago=lambda timestamp: language.span(timestamp - int(time.time()), direction=True),
        span=language.span,
        md=text.markdown,
        plain=text.plain,
        said=partial(said, language.translations),
    )
    return environment


def _money(language: Language, context: Context, money: Money) -> str:
    digits = context.get("digits", {}).get(money.unit, 0)
    return language.money(money.amount, money.unit, money.symbol, money.decimals, digits)


def _icons(folder: Path):
    """icon(name, css class) -> the SVG itself, hidden from screen readers: the text beside it speaks."""

    @cache
    def source(name: str) -> tuple[str, str]:
        svg = (folder / f"{name}.svg").read_text(encoding="utf-8")
        inner = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
        box = re.search(r'viewBox="([^"]*)"', svg)
        if inner is None or box is None:
            raise ValueError(f"not an icon: {name}")
        return box[1], " ".join(inner[1].split())

    def icon(name: str, css: str = "i") -> Markup:
        box, inner = source(name)
        return Markup(
            '<svg class="{}" viewBox="{}" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"'
            ' stroke-linejoin="round" aria-hidden="true" focusable="false">{}</svg>'
        ).format(css, box, Markup(inner))

    return icon
