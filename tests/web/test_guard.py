import httpx
import pytest
import trio
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from node.web import guard
from node.web.guard import Guard, Sessions, policy
from tests.web.conftest import SESSION_KEY, TOKEN, Site, exchange, parse, serving

NAVIGATION = {"sec-fetch-mode": "navigate", "sec-fetch-site": "cross-site"}


async def page(request: Request):
    return PlainTextResponse("the page")


async def echo(request: Request):
    return JSONResponse({"bytes": len(await request.body())})


@pytest.fixture
def site(peer) -> Site:
    routes = [Route("/page", page), Route("/echo", echo, methods=["POST"])]
    return Site(peer, pages_routes=routes)


async def rule_of(answer: httpx.Response) -> str:
    return answer.json()["error"]["rule"]


# ---- who may come in


async def test_a_browser_with_the_cookie_sees_pages(site):
    answer = await site.browser().get("/page")
    assert (answer.status_code, answer.text) == (200, "the page")


async def test_without_the_cookie_there_is_only_the_unlock_page(site):
    client = site.client(base_url=site.origin)
    answer = await client.get("/page")
    assert (answer.status_code, answer.headers["location"]) == (303, "/unlock?next=/page")
    assert (await client.get("/unlock")).status_code == 200
    for answer in (
        await client.get("/api/status"),
        await client.post("/echo", headers={"origin": site.origin}),
    ):
        assert (answer.status_code, await rule_of(answer)) == (401, "web.locked")


async def test_the_token_opens_a_session(site):
    client = site.client(base_url=site.origin, headers={"origin": site.origin})
    assert (await client.get("/session")).json() == {"open": False}
    answer = await client.post("/session", json={"token": TOKEN})
    assert answer.json() == {"open": True}
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"etal_{site.port}_")
    for part in ("HttpOnly", "SameSite=strict", "Path=/", f"Max-Age={guard.SESSION_SECONDS}"):
        assert part in cookie
    assert "Domain" not in cookie
    assert (await client.get("/session")).json() == {"open": True}
    assert (await client.get("/page")).status_code == 200
    assert (await client.delete("/session")).status_code == 204
    assert (await client.get("/page")).status_code == 303


@pytest.mark.parametrize("token", ["", "x", TOKEN + "x", TOKEN[:-1], "é" * 40, "x" * 10_000])
async def test_another_token_opens_nothing(site, token):
    client = site.client(base_url=site.origin, headers={"origin": site.origin})
    answer = await client.post("/session", json={"token": token})
    assert (answer.status_code, await rule_of(answer)) == (401, "web.token")
    assert "set-cookie" not in answer.headers
    bearer = {"authorization": f"Bearer {token}".encode()}
    answer = await site.client(base_url=site.origin).get("/api/status", headers=bearer)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"x"', b"{", b'{"token": 1}', b"[" * 60_000, b"\xff"]
)
async def test_a_session_request_of_another_shape_is_refused(site, body):
    client = site.client(base_url=site.origin, headers={"origin": site.origin})
    assert (await client.post("/session", content=body)).status_code == 400


async def test_a_session_outlives_the_node_and_ends_in_time(site, peer):
    now = [1_000_000.0]
    before = Sessions(SESSION_KEY, 1, lambda: now[0])
    cookie = before.issue()
    after = Sessions(SESSION_KEY, 1, lambda: now[0])
    assert after.valid(cookie)
    now[0] += guard.SESSION_SECONDS
    assert not after.valid(cookie)


@pytest.mark.parametrize("forged", ["", ".", "..", "9999999999.x.", "9999999999.x.é", "a.b.c"])
def test_a_forged_cookie_is_worth_nothing(forged):
    assert not Sessions(SESSION_KEY, 1).valid(forged)


def test_a_cookie_is_bound_to_key_and_node():
    ours = Sessions(SESSION_KEY, 1)
    other = Sessions(b"o" * 32, 1)
    assert not other.valid(ours.issue())
    names = {each.cookie for each in (ours, other, Sessions(SESSION_KEY, 2))}
    assert len(names) == 3


def test_a_cookie_with_a_later_end_is_worth_nothing():
    sessions = Sessions(SESSION_KEY, 1)
    end, rest = sessions.issue().split(".", 1)
    assert not sessions.valid(f"{int(end) + 1}.{rest}")


def test_weak_secrets_are_refused():
    with pytest.raises(ValueError):
        Sessions(b"short", 1)
    with pytest.raises(ValueError):
        Guard(page, host="a", port=1, token="short", sessions=Sessions(SESSION_KEY, 1))
    with pytest.raises(ValueError):
        Guard(page, host="a", port=0, token=TOKEN, sessions=Sessions(SESSION_KEY, 0))


# ---- from where


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "ann.localhost",
        "localhost:{port}",
        "ann.localhost:{port}.evil.example",
        "ann.localhost:{port}@evil.example",
        "0.0.0.0:{port}",
        "[::1]:{port}",
        "127.0.0.1",
        "",
    ],
)
async def test_another_host_is_refused(site, host):
    answer = await site.browser(host=host.format(port=site.port)).get("/page")
    assert (answer.status_code, await rule_of(answer)) == (421, "web.host")


async def test_two_hosts_or_none_are_refused(site):
    async with serving(site.app, site.port) as port:
        two = f"GET /page HTTP/1.1\r\nHost: {site.host}\r\nHost: evil\r\n\r\n".encode()
        assert parse(await exchange(port, two)).status == 400  # by h11
        assert parse(await exchange(port, b"GET /page HTTP/1.0\r\n\r\n")).status == 421


async def test_the_address_of_programs_serves_the_api_alone_and_takes_no_cookie(site):
    program = site.program()
    assert (await program.get("/api/nothing")).status_code == 404
    cookie = {site.sessions.cookie: site.sessions.issue()}
    base = f"http://127.0.0.1:{site.port}"
    browser = site.client(base_url=base, cookies=cookie)
    assert (await browser.get("/api/status")).status_code == 401
    for path in ("/page", "/unlock", "/session", "/static/x"):
        assert (await browser.get(path)).status_code == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://ann.localhost", ""])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_another_origin_is_refused_even_with_cookie_and_token(site, origin, method):
    for client in (site.browser(), site.program()):
        answer = await client.request(method, "/page", headers={"origin": origin})
        assert (answer.status_code, await rule_of(answer)) == (403, "web.origin")


async def test_a_write_must_say_that_it_is_ours(site):
    browser = site.browser()
    del browser.headers["origin"]
    assert (await browser.post("/echo")).status_code == 403
    for where in ("cross-site", "same-site", "none"):
        assert (await browser.post("/echo", headers={"sec-fetch-site": where})).status_code == 403
    ours = {"sec-fetch-site": "same-origin"}
    assert (await browser.post("/echo", headers=ours)).status_code == 200


async def test_a_lying_origin_does_not_outweigh_the_browser(site):
    answer = await site.browser().post("/echo", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


async def test_reading_from_another_site_is_refused_but_a_link_may_be_followed(site):
    browser = site.browser()
    del browser.headers["origin"]
    for where in ("cross-site", "same-site"):
        assert (await browser.get("/page", headers={"sec-fetch-site": where})).status_code == 403
    assert (await browser.get("/page", headers=NAVIGATION)).status_code == 200
    assert (await browser.post("/echo", headers=NAVIGATION)).status_code == 403


async def test_a_program_needs_no_origin(site):
    assert (await site.program().post("/echo", content=b"abc")).json() == {"bytes": 3}


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PATCH", "CONNECT", "PROPFIND"])
async def test_other_methods_are_refused(site, method):
    answer = await site.browser().request(method, "/page")
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("name", ["origin", "authorization", "cookie"])
async def test_a_header_that_comes_twice_is_refused(site, name):
    browser = site.browser()
    browser.headers = [*browser.headers.raw, (name.encode(), b"x"), (name.encode(), b"y")]
    assert (await browser.get("/page")).status_code == 400


# ---- how much


async def test_a_body_is_bounded(site):
    browser = site.browser()
    fits = b"x" * guard.BODY_LIMIT
    assert (await browser.post("/echo", content=fits)).json() == {"bytes": len(fits)}
    for body in (fits + b"x", b"x" * (5 * guard.BODY_LIMIT)):
        answer = await browser.post("/echo", content=body)
        assert (answer.status_code, await rule_of(answer)) == (413, "web.size")


async def test_a_body_without_length_is_bounded(site):
    async def endless():
        for _ in range(100):
            yield b"x" * 10_000

    assert (await site.browser().post("/echo", content=endless())).status_code == 413


async def test_pictures_may_be_larger(site):
    data = b"x" * (guard.UPLOAD_LIMIT // 2)
    browser = site.browser()
    answer = await browser.post("/echo", files={"picture": ("x.png", data)})
    assert answer.status_code == 200
    answer = await browser.post("/echo", files={"picture": ("x.png", data * 3)})
    assert answer.status_code == 413


async def test_a_slow_body_ends(site, monkeypatch):
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.1)
    cookie = f"{site.sessions.cookie}={site.sessions.issue()}"
    head = (
        f"POST /echo HTTP/1.1\r\nHost: {site.host}\r\nOrigin: {site.origin}\r\n"
        f"Cookie: {cookie}\r\nContent-Length: 10\r\n\r\n"
    )
    async with serving(site.app, site.port) as port:
        answer = parse(await exchange(port, head.encode() + b"x"))
    assert answer.status == 408


@pytest.mark.parametrize("host", ["evil", "{own}"])
@pytest.mark.parametrize(
    "body", [b"x" * 20_000_000, b"1\r\nx\r\n" * 200_000], ids=["long", "in many pieces"]
)
async def test_who_sends_much_and_is_refused_holds_nothing(site, host, body):
    """hypercorn waits for ever on an application that leaves much of a body unread; see guard._answer."""
    length = "Content-Length: 20000000" if body[0] == b"x"[0] else "Transfer-Encoding: chunked"
    head = f"POST /echo HTTP/1.1\r\nHost: {host.format(own=site.host)}\r\n{length}\r\n\r\n"
    async with serving(site.app, site.port) as port:
        with trio.fail_after(10):
            stream = await trio.open_tcp_stream("127.0.0.1", port)
            async with stream:
                with pytest.raises(trio.BrokenResourceError):
                    await stream.send_all(head.encode() + body)
                    while await stream.receive_some():
                        pass
                    raise trio.BrokenResourceError  # closed in good order


# ---- what the browser is told


async def test_every_answer_carries_the_headers(site):
    browser = site.browser()
    for answer in (
        await browser.get("/page"),
        await browser.get("/nothing"),
        await browser.get("/page", headers={"host": "evil"}),
        await site.client(base_url=site.origin).get("/page"),
    ):
        for name, value in guard.HEADERS.items():
            assert answer.headers[name] == value
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers


def test_the_policy_allows_nothing_but_our_own():
    parts = dict(part.split(" ", 1) for part in policy().split("; "))
    assert parts.pop("default-src") == "'none'"
    assert parts.pop("frame-ancestors") == parts.pop("base-uri") == "'none'"
    assert parts.pop("img-src") == "'self' data:"
    assert set(parts.values()) == {"'self'"}
    assert {"script-src", "style-src", "connect-src", "form-action"} <= set(parts)


def test_the_demo_may_speak_to_loopback_and_to_nothing_else():
    assert "connect-src 'self' http://127.0.0.1:8545;" in policy(["http://127.0.0.1:8545"])
    for source in (
        "http://127.0.0.1:8545; script-src *",
        "https://evil.example",
        "*",
        "http://127.0.0.1.evil.example:80",
        "'unsafe-inline'",
    ):
        with pytest.raises(ValueError):
            policy([source])
