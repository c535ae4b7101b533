"""What the suite of the port can't see: code that isn't ours, and a chain's node that lies. The rest: tests/ports."""

import json
from types import SimpleNamespace

import httpx
import pytest
import trio

from node.contracts import open_escrow
from node.contracts.artifacts import artifact, genuine_code
from node.contracts.create2 import address_everywhere
from node.contracts.escrow import EvmEscrow
from node.contracts.rpc import Rpc
from node.contracts.tokens import KnownToken
from node.devchain import start_devchain
from node.protocol.errors import EtalError, RuleError, StateError, Unavailable
from node.protocol.escrow import NO_PAYEES, NOBODY, Settlement, Terms

CHAIN_ID = 31_337
CONTRACT = b"\xe5" * 20
TOKEN = b"\x70" * 20
GENUINE = genuine_code(CHAIN_ID, CONTRACT)


class FakeRpc:
    def __init__(self, **answers):
        self.answers = {
            "eth_chainId": hex(CHAIN_ID),
            "eth_getCode": "0x" + GENUINE.hex(),
            **answers,
        }

    troubles = ()

    @property
    def agreed(self):
        return self

    async def call(self, method: str, *params):
        await trio.lowlevel.checkpoint()
        return self.answers.get(method)

    async def request(self, method: str, params: list) -> dict:
        return {"jsonrpc": "2.0", "id": 1, "result": self.answers.get(method)}


def escrow(known=(), secret=None, **answers) -> EvmEscrow:
    return EvmEscrow(FakeRpc(**answers), CHAIN_ID, CONTRACT, 0, known, secret)


def code(change) -> str:
    changed = bytearray(GENUINE)
    change(changed)
    return "0x" + changed.hex()


def other_byte(at: int):
    def change(code: bytearray) -> None:
        code[at] ^= 1

    return change


async def test_genuine_code_on_the_right_chain():
    await escrow().verify()


@pytest.mark.parametrize(
    "changed",
    [
        "0x",
        code(other_byte(0)),
        code(other_byte(7_000)),
        code(other_byte(artifact("Escrow").immutables["CHAIN"][0] + 31)),
        code(other_byte(artifact("Escrow").immutables["SEPARATOR"][0])),
        code(lambda code: code.append(0)),
        code(lambda code: code.pop()),
        "0x" + genuine_code(CHAIN_ID, b"\x11" * 20).hex(),  # genuine, but elsewhere
        "0x" + genuine_code(1_337, CONTRACT).hex(),
        "0x" + artifact("Escrow").deployed.hex(),
    ],
)
async def test_code_that_differs_anywhere_is_refused(changed):
    with pytest.raises(RuleError) as refused:
        await escrow(eth_getCode=changed).verify()
    assert refused.value.rule == "chain.code"


async def test_another_chain_is_refused():
    with pytest.raises(RuleError) as refused:
        await escrow(eth_chainId="0x1").verify()
    assert refused.value.rule == "chain.network"
    assert "chain 1" in refused.value.message


HOSTILE = [None, {}, [], 5, "", "0x", "0xzz", "0x" + "ff" * 60_000, True, {"status": 7}, "0x-1"]


async def told(some: EvmEscrow, token: bytes):
    await some.verify()
    return some.admit_token(token)


QUESTIONS = {
    "chain": ("eth_chainId", EvmEscrow.verify),
    "code": ("eth_getCode", EvmEscrow.verify),
    "token": ("eth_call", lambda some: told(some, TOKEN)),
    "coins": ("eth_getBalance", lambda some: some.balance(CONTRACT, NOBODY)),
    "tokens": ("eth_call", lambda some: some.balance(CONTRACT, TOKEN)),
    "claims": ("eth_call", lambda some: some.claims(CONTRACT, TOKEN)),
    "allowance": ("eth_call", lambda some: some.allowance(CONTRACT, TOKEN)),
    "pot": ("eth_call", lambda some: some.pot(bytes(32), 5)),
    "receipt": ("eth_getTransactionReceipt", lambda some: some.status("0x" + "11" * 32)),
    "transaction": ("eth_getTransactionByHash", lambda some: some.status("0x" + "11" * 32)),
}
GENUINE_TOO = {"receipt": [None], "transaction": [None, {}, {"status": 7}]}
LIES = [(q, lie) for q in QUESTIONS for lie in HOSTILE if lie not in GENUINE_TOO.get(q, ())]


@pytest.mark.parametrize(("question", "answer"), LIES, ids=lambda value: str(value)[:16])
async def test_hostile_answers_are_not_believed(question, answer):
    method, ask = QUESTIONS[question]
    with pytest.raises(EtalError):
        await ask(escrow([KnownToken(TOKEN)], **{method: answer}))


class Token(FakeRpc):
    """A chain's node on which only one token answers, and what else was asked for `fails`."""

    good = b"\x60" * 20

    async def call(self, method: str, *params):
        if method == "eth_call" and bytes.fromhex(params[0]["to"][2:]) != self.good:
            await self.fails()
        if method == "eth_call":
            return "0x" + (18).to_bytes(32, "big").hex()
        return await super().call(method, *params)

    async def fails(self):
        raise Unavailable("chain.unreachable", "no answer")


@pytest.mark.parametrize("fails", [Token.fails, lambda rpc: trio.sleep_forever()])
async def test_what_is_wrong_with_one_token_concerns_it_alone(fails, autojump_clock, monkeypatch):
    monkeypatch.setattr(Token, "fails", fails)
    some = EvmEscrow(Token(), CHAIN_ID, CONTRACT, 0, [KnownToken(TOKEN), KnownToken(Token.good)])
    with trio.fail_after(30):
        await some.verify()
    assert [token.decimals for token in some.tokens()] == [18, 18]
    assert some.admit_token(Token.good) and not some.tokens_known
    (trouble,) = some.token_troubles
    assert "0x7070" in trouble and "doesn't say what it is" in trouble
    with pytest.raises(RuleError, match="doesn't know the token"):
        some.admit_token(TOKEN)
    monkeypatch.setattr(Token, "good", TOKEN)
    await some.read_tokens()
    assert some.admit_token(TOKEN) and some.token_troubles == () and some.tokens_known


async def test_a_token_that_is_none_is_a_trouble_of_its_own():
    some = escrow([KnownToken(TOKEN)], eth_call="0x")
    await some.verify()
    assert some.token_troubles and [token.symbol for token in some.tokens()] == ["ETH"]


async def test_permits_are_refused_where_they_make_no_sense():
    terms = Terms(*[NOBODY] * 4, TOKEN, 1, 2, 3, 4, 5, 6, NO_PAYEES, NO_PAYEES)
    some = escrow([KnownToken(TOKEN)])
    with pytest.raises(RuleError):
        some.fund_with_permit(terms, 5, b"\1" * 65)  # not verified yet: unknown
    with pytest.raises(StateError):
        some.sign_settlement(Settlement(bytes(32), 0, 0, 0, 0, 0))


def settings(url: str, **changes) -> SimpleNamespace:
    token = SimpleNamespace(address="0x" + TOKEN.hex(), currency="USD")
    values = {
        "rpc": (url,),
        "escrow": "0x" + CONTRACT.hex(),
        "escrow_since": 7,
        "campaign": "",
        "tokens": (token,),
        "real_money": "",
    }
    return SimpleNamespace(**{**values, **changes})


def test_opening_by_the_configuration():
    opened = open_escrow(settings("http://127.0.0.1:1"), b"\7" * 32, CHAIN_ID)
    assert (opened.chain, opened.contract) == ("eip155:31337", CONTRACT)
    assert opened.wallet.startswith("0x")
    with pytest.raises(RuleError, match="only test networks"):
        open_escrow(settings("http://127.0.0.1:1"), None, 1)


def test_opening_without_an_address_takes_the_usual_one():
    opened = open_escrow(settings("http://127.0.0.1:1", escrow="", escrow_since=0), None, CHAIN_ID)
    assert (opened.contract, opened.since) == (address_everywhere("Escrow"), 0)


def test_opening_without_an_answer_is_unavailable():
    with pytest.raises(Unavailable):
        open_escrow(settings("http://127.0.0.1:1"), None)


def test_endpoints_on_different_chains_are_told_at_once():
    with start_devchain(31_337) as one, start_devchain(1_337) as other:
        with pytest.raises(RuleError, match="different chains") as refused:
            open_escrow(settings("", rpc=(one.url, other.url)), None)
        for said in (f"{one.url[7:]}: 31337", f"{other.url[7:]}: 1337"):
            assert said in refused.value.message
        dead = "http://127.0.0.1:1"
        assert open_escrow(settings("", rpc=(dead, other.url)), None).chain_id == 1_337


async def test_nothing_of_a_secret_in_errors():
    secret = bytes(range(32))

    async def refuse(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=json.dumps({"id": None, "error": {"message": "no"}}))

    rpc = Rpc("http://node.example", httpx.MockTransport(refuse))
    some = EvmEscrow(rpc, CHAIN_ID, CONTRACT, 0, (), secret)
    terms = Terms(*[b"\1" * 20] * 4, NOBODY, 1, 2, 3, 4, 5, 6, NO_PAYEES, NO_PAYEES)
    with pytest.raises(EtalError) as refused:
        await some.send(some.fund(terms))
    shown = repr(refused.value) + repr(some) + str(vars(some))
    assert secret.hex() not in shown and repr(secret)[2:-1] not in shown
