"""The demo's practice wallet in Chromium, on a page of its own and with a chain that answers from a table."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import node.web
from tests.installed import CHROMIUM, need

STATIC = Path(node.web.__file__).parent / "static"
RPC = "http://chain.test/"
ACCOUNT = "0x" + "a1" * 20
CONTRACT = "0x" + "c0" * 20
ELSEWHERE = 11_155_111  # Sepolia
ANSWERS = {
    "eth_chainId": "0x2a",
    "eth_estimateGas": "0x186a0",
    "eth_gasPrice": "0x3b9aca00",
    "eth_sendTransaction": "0x" + "ff" * 32,
}
WORDS = {
    "rpc": RPC,
    "title": "Practice",
    "approve": "Approve",
    "decline": "Decline",
    "send": "Send",
    "amount": "Amount",
    "to": "To",
    "from": "From",
    "data": "Data",
    "nothing": "nothing",
    "fee": "Fee",
    "network": "Network",
    "chain": "Test chain {number}",
}

need("Chromium", CHROMIUM.exists())


def answered(route) -> None:
    asked = json.loads(route.request.post_data)
    known = ANSWERS.get(asked["method"])
    answer = {"result": known} if known else {"error": {"code": -32000, "message": "reverted"}}
    route.fulfill(json=answer, headers={"access-control-allow-origin": "*"})


@pytest.fixture
def page(chromium: Browser):
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.route(f"{RPC}**", answered)
    words = " ".join(f'data-{name}="{text}"' for name, text in WORDS.items())
    page.set_content(f'<meta name="etal-practice-wallet" content="{ACCOUNT}" {words}><body></body>')
    for name in ("tokens.css", "base.css", "parts.css", "trade.css"):
        page.add_style_tag(content=(STATIC / name).read_text("utf-8"))
    page.evaluate("addEventListener('eip6963:announceProvider', (e) => (window.wallet = e.detail))")
    page.add_script_tag(content=(STATIC / "practice-wallet.js").read_text("utf-8"), type="module")
    page.wait_for_function("window.wallet")
    yield page
    context.close()


def ask(page: Page) -> None:
    sent = {"from": ACCOUNT, "to": CONTRACT, "value": "0x0", "data": "0x" + "7b" * 400}
    page.evaluate(
        """(sent) => {
          window.said = wallet.provider.request({ method: 'eth_sendTransaction', params: [sent] })
            .catch((error) => error.code);
        }""",
        sent,
    )


def rows(page: Page) -> dict[str, str]:
    expect(page.locator("dialog[open]")).to_be_visible()
    names = page.locator("dialog dt").all_inner_texts()
    return dict(zip(names, page.locator("dialog dd").all_inner_texts(), strict=True))


def test_it_shows_network_and_fee_and_little_of_the_data(page):
    ask(page)
    shown = rows(page)
    assert shown["Network"] == "Test chain 42"
    assert shown["Fee"] == "0.0001 ETH"
    assert shown["Data"].startswith("0x7b7b") and len(shown["Data"]) < 50
    assert shown["To"] == CONTRACT


def test_a_fee_that_the_chain_cannot_tell_is_left_out(page, monkeypatch):
    monkeypatch.delitem(ANSWERS, "eth_estimateGas")
    ask(page)
    assert "Fee" not in rows(page)


@pytest.mark.parametrize("width", [1440, 375])
def test_the_page_stays_to_be_compared(page, width):
    page.set_viewport_size({"width": width, "height": 812})
    ask(page)
    expect(page.locator("dialog[open]")).to_be_visible()
    assert page.locator("dialog:modal").count() == 0
    box = page.locator("dialog[open]").bounding_box()
    if width > 700:
        assert box["x"] > width / 2
    else:
        assert box["y"] > 812 * 0.4


@pytest.mark.parametrize("width", [1440, 375])
def test_question_and_answers_are_in_sight_from_the_beginning(page, width):
    page.set_viewport_size({"width": width, "height": 812})
    ask(page)
    heading = page.get_by_role("heading", name="Practice")
    expect(heading).to_be_focused()
    for each in (heading, *page.locator("dialog button").all()):
        expect(each).to_be_in_viewport(ratio=1)
    inside = page.locator("dialog[open]").bounding_box()
    for each in (heading, *page.locator("dialog button").all()):
        box = each.bounding_box()
        assert (
            inside["y"] <= box["y"] and box["y"] + box["height"] <= inside["y"] + inside["height"]
        )


def test_it_can_be_used_over_a_dialog_of_the_page(page):
    page.evaluate(
        "document.body.append(document.createElement('dialog')), document.querySelector('dialog').showModal()"
    )
    ask(page)
    page.get_by_role("button", name="Approve").click()
    assert page.evaluate("said") == ANSWERS["eth_sendTransaction"]


def test_escape_declines(page):
    ask(page)
    page.get_by_role("button", name="Approve").press("Escape")
    assert page.evaluate("said") == 4001


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_sendTransaction", [{"from": ACCOUNT, "to": CONTRACT, "chainId": hex(ELSEWHERE)}]),
        ("eth_signTypedData_v4", [ACCOUNT, json.dumps({"domain": {"chainId": ELSEWHERE}})]),
        ("wallet_switchEthereumChain", [{"chainId": hex(ELSEWHERE)}]),
        ("wallet_addEthereumChain", [{"chainId": hex(ELSEWHERE), "rpcUrls": ["http://other"]}]),
    ],
)
def test_it_refuses_any_other_chain_before_it_asks_anything(page, method, params):
    code = page.evaluate(
        """([method, params]) => Promise.race([
          wallet.provider.request({ method, params }).then(() => 'done', (error) => error.code),
          new Promise((asked) => new MutationObserver(() => asked('asked')).observe(document.body, { childList: true })),
        ])""",
        [method, params],
    )
    assert code == 4902
    assert page.locator("dialog").count() == 0


def test_it_stays_on_the_chain_of_the_demo(page):
    switch = "wallet.provider.request({ method: 'wallet_switchEthereumChain', params: [{ chainId: '0x2a' }] })"
    assert page.evaluate(switch) is None
