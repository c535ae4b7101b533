"""Another page in the owner's own browser attacks the node: from another site, and from another port of the same host, to which
browsers send our cookie."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trio

from node.web.server import serve
from tests.fakes.peer import ORDER, FakePeer
from tests.installed import CHROMIUM, need
from tests.web.conftest import Site

need("Chromium", CHROMIUM.exists())

ATTACK = """async ([home, order]) => {
  const won = [];
  const attempt = async (name, act) => { try { if (await act()) won.push(name); } catch {} };
  const loads = (tag, attribute, url) => new Promise((resolve) => {
    const element = document.createElement(tag);
    element.onload = () => resolve(true);
    element.onerror = () => resolve(false);
    element[attribute] = url;
    document.body.append(element);
    setTimeout(() => resolve(false), 1500);
  });
  const simple = {method: 'POST', mode: 'no-cors', credentials: 'include', headers: {'content-type': 'text/plain'}};
  for (const path of ['/api/status', '/', '/session', '/events'])
    await attempt(`read ${path}`, async () => (await fetch(home + path, {credentials: 'include'})).text());
  for (const path of [`/api/orders/${order}/release`, '/api/listings'])
    await attempt(`write ${path}`, async () => { await fetch(home + path, {...simple, body: '{}'}); });
  await attempt('put', async () => (await fetch(home + '/api/profile', {method: 'PUT', credentials: 'include', body: '{}'})).text());
  await attempt('beacon', async () => { navigator.sendBeacon(home + `/api/orders/${order}/release`, '{}'); });
  await attempt('script', () => loads('script', 'src', home + '/api/status'));
  await attempt('picture', () => loads('img', 'src', home + '/static/logo.svg'));
  await attempt('stream', () => new Promise((resolve) => {
    const stream = new EventSource(home + '/events', {withCredentials: true});
    stream.addEventListener('sync', () => resolve(true));
    stream.onerror = () => resolve(false);
  }));
  await attempt('socket', () => new Promise((resolve) => {
    const socket = new WebSocket(home.replace('http', 'ws') + '/events');
    socket.onopen = () => resolve(true);
    socket.onerror = () => resolve(false);
  }));
  await attempt('frame', async () => {
    const frame = document.createElement('iframe');
    frame.src = home + '/unlock';
    document.body.append(frame);
    await new Promise((resolve) => { frame.onload = resolve; setTimeout(resolve, 1500); });
    return frame.contentDocument?.body?.textContent;
  });
  for (const path of [`/api/orders/${order}/release`, '/prefs']) {
    const form = document.createElement('form');
    Object.assign(form, {method: 'post', action: home + path, enctype: 'text/plain', target: 'elsewhere'});
    document.body.append(form);
    form.submit();
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  return won;
}"""


class Blank(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(
            b"<!doctype html><title>other</title><body><iframe name=elsewhere></iframe>"
        )

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def other_port():
    """A server of somebody else on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Blank)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def home():
    """A node that is served in a thread of its own: Playwright and trio don't share one."""
    site, ready = Site(FakePeer()), threading.Event()
    ends: list[trio.lowlevel.TrioToken] = []

    async def run():
        ends.append(trio.lowlevel.current_trio_token())
        async with trio.open_nursery() as nursery:
            await nursery.start(serve, site.app, site.port, site.stopping)
            ready.set()

    thread = threading.Thread(target=trio.run, args=(run,))
    thread.start()
    assert ready.wait(20)
    yield site
    trio.from_thread.run_sync(site.stopping.set, trio_token=ends[0])
    thread.join(20)


@pytest.fixture
def browser(chromium, home):
    """The owner's, who is let in."""
    context = chromium.new_context()
    cookie = {"name": home.sessions.cookie, "value": home.sessions.issue()}
    context.add_cookies([{**cookie, "url": home.origin, "httpOnly": True, "sameSite": "Strict"}])
    yield context
    context.close()


def test_the_owner_is_let_in(browser, home):
    page = browser.new_page()
    page.goto(f"{home.origin}/api/status")
    assert "etal-test" in page.content()
    home.peer.asked.clear()
    page.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "ann.localhost", "bob.localhost"])
def test_no_other_page_reads_or_does_anything(browser, home, other_port, host):
    page = browser.new_page()
    page.goto(f"http://{host}:{other_port}/")
    won = page.evaluate(ATTACK, [home.origin, ORDER])
    page.close()
    assert won == []
    assert home.peer.asked == []
    assert home.peer.listeners == 0
