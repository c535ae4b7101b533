import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route

from node.protocol.errors import Conflict, EtalError, InputError, StateError
from node.web import guard, problems
from tests.web.conftest import Site


async def fail(request: Request):
    raise request.app.state.peer.fails


@pytest.fixture
def site(peer) -> Site:
    peer.fails = Conflict("order.stage", "This order <b>isn't</b> paid.")
    return Site(peer, pages_routes=[Route("/fail", fail, methods=["GET", "POST"])])


async def test_a_person_gets_a_page_and_a_script_gets_json(site):
    page = await site.browser(accept="text/html,*/*").get("/fail")
    assert page.status_code == 409
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "order.stage" in page.text
    assert "<b>isn" not in page.text
    script = await site.browser(accept="*/*").get("/fail")
    assert script.json()["error"]["rule"] == "order.stage"
    api = await site.browser(accept="text/html").get("/api/nothing")
    assert api.json()["error"]["rule"] == "web.404"


async def test_a_fault_of_ours_is_a_page_that_tells_nothing(site, peer, caplog):
    peer.fails = ZeroDivisionError("secret detail")
    page = await site.browser(accept="text/html").get("/fail")
    assert (page.status_code, "secret" in page.text) == (500, False)
    assert "secret detail" in caplog.text


async def test_what_the_guard_refuses_is_explained_to_a_person(site):
    browser = site.browser(accept="text/html")
    large = await browser.post("/fail", content=b"x" * (guard.BODY_LIMIT + 1))
    assert (large.status_code, "<h1>" in large.text) == (413, True)
    assert "default-src 'none'" in large.headers["content-security-policy"]
    foreign = await browser.post("/fail", headers={"origin": "http://evil.example"})
    assert (foreign.status_code, "web.origin" in foreign.text) == (403, True)


@pytest.mark.parametrize(
    ("error", "status", "rule"),
    [
        (InputError("field.length", "Too long.", "title"), 422, "field.length"),
        (StateError("ours", "secret"), 500, "web.internal"),
        (EtalError("other", ""), 500, "other"),
        (HTTPException(404), 404, "web.404"),
        (HTTPException(418, "A teapot."), 418, "web.418"),
        (RecursionError(), 400, "web.json"),
        (KeyError("secret"), 500, "web.internal"),
    ],
)
def test_every_error_has_status_rule_and_message(error, status, rule):
    described = problems.describe(error)
    assert described[:2] == (status, rule)
    assert described[2] or isinstance(error, RecursionError)
    assert "secret" not in described[2]


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
async def test_messages_are_in_the_language_that_is_asked_for(site, accept):
    async with site.browser(accept=accept, **{"accept-language": "fr"}) as browser:
        answer = await browser.get("/prefs")
    assert answer.status_code == 405
    assert "Cela ne se fait pas ici." in answer.text
