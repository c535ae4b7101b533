import re

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.requests import Request

from node.peer.views import Money
from node.web.assets import Assets
from node.web.rendering import HERE, Renderer, local_path, render
from tests.web.conftest import Site

ICON = '<!-- licence --><svg xmlns="http://x" class="lucide" viewBox="0 0 24 24">\n <path d="M1 1"/>\n</svg>'


@pytest.fixture
def folder(tmp_path):
    for name in ("static", "templates", "icons", "locale/fr/LC_MESSAGES", "goods"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "static" / "demo.js").write_text("1")
    (tmp_path / "icons" / "dot.svg").write_text(ICON)
    (tmp_path / "goods" / "part.html").write_text("goods of {{ who }}")
    (tmp_path / "locale/fr/LC_MESSAGES/messages.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
        'msgid "Hello %(who)s"\nmsgstr "Bonjour %(who)s"\n'
    )
    return tmp_path


@pytest.fixture
def renderer(folder) -> Renderer:
    return Renderer(
        Assets(folder / "static"),
        templates=folder / "templates",
        locale=folder / "locale",
        icons=folder / "icons",
        extra={"goods": folder / "goods"},
        scripts=("demo.js",),
        globals={"practice": None},
    )


def request(renderer, **headers: str) -> Request:
    app = Starlette()
    app.state.renderer = renderer
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request(
        {"type": "http", "method": "GET", "path": "/here", "headers": raw, "query_string": b"",
         "app": app, "scheme": "http", "server": ("x", 80)}
    )  # fmt: skip


def shown(renderer, folder, template: str, headers: dict | None = None, **context) -> str:
    (folder / "templates" / "t.html").write_text(template)
    return renderer.text(request(renderer, **(headers or {})), "t.html", **context)


def test_what_others_wrote_is_escaped(renderer, folder):
    hostile = "<script>alert(1)</script>"
    for template in (
        "{{ x }}",
        "{{ x|plain }}",
        '<a title="{{ x }}">',
        "{{ _('Hello %(who)s', who=x) }}",
    ):
        assert "<script>" not in shown(renderer, folder, template, x=hostile)
    assert shown(renderer, folder, "{{ x|md }}", x="*a* " + hostile).startswith("<p><em>a</em>")


def test_messages_are_translated(renderer, folder):
    template = "{{ _('Hello %(who)s', who='<b>') }}"
    assert shown(renderer, folder, template) == "Hello &lt;b&gt;"
    assert shown(renderer, folder, template, {"accept_language": "fr"}) == "Bonjour &lt;b&gt;"
    french = {"accept_language": "en", "cookie": "lang=fr; theme=dark"}
    assert shown(renderer, folder, template + " {{ theme }}", french) == "Bonjour &lt;b&gt; dark"


def test_what_every_template_has(renderer, folder):
    template = "{{ path }}|{{ theme }}|{{ fragment }}|{{ language.code }}|{{ languages|length }}"
    assert shown(renderer, folder, template) == "/here||False|en|2"
    headers = {"hx_request": "true", "cookie": "theme=<x>"}
    assert shown(renderer, folder, template, headers) == "/here||True|en|2"
    assert (
        shown(renderer, folder, "{{ scripts[0] }} {{ asset('demo.js') }}").count("/static/demo.")
        == 2
    )
    assert int(shown(renderer, folder, "{{ now }}")) > 1_700_000_000
    assert shown(renderer, folder, "{{ practice is none }}") == "True"


def test_filters(renderer, folder):
    money = Money(1250, "EUR", "€", 2)
    template = (
        "{{ m|money }} {{ 12345|number }} {{ 0|iso }} {{ 3600|span }} {{ (now + 90000)|ago }}"
    )
    assert shown(renderer, folder, template, m=money) == (
        "€12.50 12,345 1970-01-01T00:00:00+00:00 1 hour in 1 day"
    )
    assert "1970" in shown(renderer, folder, "{{ 86400|when }} {{ 86400|date }}")


def test_every_icon_that_is_shipped_is_drawn_somewhere():
    drawn = "".join(
        path.read_text("utf-8")
        for part in ("templates/*.html", "pages/*.py", "*.py")
        for path in HERE.glob(part)
    )
    shipped = {path.stem for path in (HERE / "icons").glob("*.svg")}
    assert {name for name in shipped if not re.search(f"['\"]{name}['\"]", drawn)} == set()


def test_icons(renderer, folder):
    icon = shown(renderer, folder, "{{ icon('dot', 'big\"') }}")
    assert icon.startswith('<svg class="big&#34;" viewBox="0 0 24 24"')
    assert icon.endswith('aria-hidden="true" focusable="false"><path d="M1 1"/></svg>')
    assert "licence" not in icon
    assert isinstance(renderer._environments["en"].globals["icon"]("dot"), Markup)
    with pytest.raises(FileNotFoundError):
        shown(renderer, folder, "{{ icon('nothing') }}")


def test_an_undefined_name_is_our_mistake(renderer, folder):
    with pytest.raises(UndefinedError):
        shown(renderer, folder, "{{ nothing }}")


def test_an_extension_has_templates_of_its_own(renderer, folder):
    assert (
        shown(renderer, folder, "{% include 'goods/part.html' %}", who="<b>")
        == "goods of &lt;b&gt;"
    )


async def test_a_page_is_rendered_when_it_is_sent(renderer, folder):
    (folder / "templates" / "t.html").write_text("<p>{{ _('Hello %(who)s', who=who) }}</p>")
    asked = request(renderer, accept_language="fr")
    sent = []

    async def send(message):
        sent.append(message)

    page = render(asked, "t.html", 404, who="é")
    page.set_cookie("a", "b")
    await page(asked.scope, trio.sleep_forever, send)
    headers = dict(sent[0]["headers"])
    assert sent[0]["status"] == 404
    assert headers[b"content-type"] == b"text/html; charset=utf-8"
    assert headers[b"vary"] == b"Accept-Language, Cookie, HX-Request"
    assert headers[b"content-length"] == str(len(sent[1]["body"])).encode()
    assert b"set-cookie" in headers
    assert sent[1]["body"].decode() == "<p>Bonjour é</p>"


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/orders?x=1#y", "/orders?x=1#y"),
        ("/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/a\tb", "/"),
        ("/a\\b", "/"),
        ("", "/"),
        (None, "/"),
        (b"/x", "/"),
    ],
)
def test_only_paths_of_this_node_are_gone_to(wanted, path):
    assert local_path(wanted) == path


@given(st.text(alphabet="/\\.:@?#ab \t\n\u2028%", max_size=12))
def test_no_text_leads_elsewhere(wanted):
    path = local_path(wanted)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))


async def test_preferences(site):
    browser = site.browser()
    answer = await browser.post("/prefs", data={"lang": "fr", "theme": "dark", "next": "/orders"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/orders")
    assert {"lang": "fr", "theme": "dark"}.items() <= dict(answer.cookies).items()
    for cookie in answer.headers.get_list("set-cookie"):
        assert "SameSite=strict" in cookie
    answer = await browser.post("/prefs", data={"lang": "x", "theme": "y", "next": "//evil"})
    assert answer.headers["location"] == "/"
    assert "set-cookie" not in answer.headers
    assert (await site.client(base_url=site.origin).post("/prefs")).status_code == 403


async def test_the_demos_wallet_is_on_pages_and_in_the_policy(peer, folder):
    (folder / "static" / "practice-wallet.js").write_text("1")
    options = {"practice_wallet": "0x" + "11" * 20, "static": folder / "static"}
    site = Site(peer, practice_rpc="http://127.0.0.1:8545/x", **options)
    answer = await site.client(base_url=site.origin).get("/static/practice-wallet.js")
    assert "connect-src 'self' http://127.0.0.1:8545;" in answer.headers["content-security-policy"]
    with pytest.raises(ValueError):
        Site(peer, practice_rpc="https://rpc.example", **options)
