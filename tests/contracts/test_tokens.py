"""ERC-20 tokens, honest and hostile."""

import pytest
import trio
from eth_abi import encode as abi_encode
from eth_account import Account
from eth_account.messages import encode_typed_data

from node.contracts import abi, tokens
from node.contracts.rpc import RpcError
from node.contracts.tokens import KnownToken, discover, permit_typed_data
from node.protocol import eip712
from node.protocol.errors import Unavailable
from node.protocol.escrow import recover_signer

TOKEN = b"\x70" * 20
CHAIN_ID = 31_337
SECRET = b"\x07" * 32
OWNER = bytes.fromhex(Account.from_key(SECRET).address[2:])


def text(value: str) -> str:
    return "0x" + abi_encode(["string"], [value]).hex()


def word(value: int | bytes) -> str:
    return "0x" + (value if isinstance(value, bytes) else value.to_bytes(32, "big")).hex()


class FakeToken:
    """eth_call of a token: the answer by function, None where it reverts."""

    def __init__(self, **answers: str | None):
        domain = eip712.Domain("Test Dollar", "1", CHAIN_ID, TOKEN)
        separator = eip712.struct_hash("EIP712Domain", eip712.DOMAIN_MEMBERS, domain)
        self.answers = {
            "symbol": text("tUSD"),
            "name": text("Test Dollar"),
            "decimals": word(6),
            "version": text("1"),
            "DOMAIN_SEPARATOR": word(separator),
            "nonces": word(0),
            "PERMIT_TYPEHASH": None,
            "authorizationState": word(0),
            "RECEIVE_WITH_AUTHORIZATION_TYPEHASH": None,
            **answers,
        }
        self._names = {
            function.selector: function.name
            for function in (
                *(tokens.SYMBOL, tokens.NAME, tokens.DECIMALS, tokens.VERSION),
                *(tokens.SEPARATOR, tokens.PERMIT_TYPEHASH, abi.NONCES),
                *(tokens.AUTHORIZATION_STATE, tokens.AUTHORIZATION_TYPEHASH),
            )
        }

    async def call(self, method: str, *params) -> object:
        await trio.lowlevel.checkpoint()
        assert method == "eth_call"
        assert params[0]["to"] == "0x" + TOKEN.hex()
        answer = self.answers[self._names[bytes.fromhex(params[0]["data"][2:10])]]
        if answer is None:
            raise RpcError(3, "execution reverted")
        return answer


async def found(**answers):
    return await discover(FakeToken(**answers), KnownToken(TOKEN, "USD"), CHAIN_ID)


async def test_an_honest_token():
    discovered = await found()
    token = discovered.token
    assert (token.symbol, token.decimals, token.permit, token.currency) == ("tUSD", 6, True, "USD")
    assert token.asset == f"eip155:{CHAIN_ID}/erc20:0x{TOKEN.hex()}"


async def test_the_currency_is_never_the_tokens_word():
    discovered = await discover(FakeToken(symbol=text("EUR")), KnownToken(TOKEN), CHAIN_ID)
    assert discovered.token.currency is None


async def test_a_wallets_signature_over_the_typed_data_is_what_the_token_checks():
    discovered = await found()
    typed = permit_typed_data(discovered.domain, OWNER, b"\x22" * 20, 5, 3, 99)
    signature = bytes(Account.sign_message(encode_typed_data(full_message=typed), SECRET).signature)
    domain = eip712.Domain("Test Dollar", "1", CHAIN_ID, TOKEN)
    values = [OWNER, b"\x22" * 20, 5, 3, 99]
    digest = eip712.digest(domain, "Permit", tokens.PERMIT_MEMBERS, values)
    assert recover_signer(digest, signature) == OWNER


async def test_other_domains_are_found_by_their_hash():
    members = (("string", "name"), ("uint256", "chainId"), ("address", "verifyingContract"))
    separator = eip712.struct_hash("EIP712Domain", members, ["Test Dollar", CHAIN_ID, TOKEN])
    discovered = await found(version=None, DOMAIN_SEPARATOR=word(separator))
    assert list(discovered.domain) == ["name", "chainId", "verifyingContract"]
    domain = eip712.Domain("Test Dollar", "2", CHAIN_ID, TOKEN)
    separator = eip712.struct_hash("EIP712Domain", eip712.DOMAIN_MEMBERS, domain)
    discovered = await found(version=None, DOMAIN_SEPARATOR=word(separator))
    assert discovered.domain["version"] == "2"


@pytest.mark.parametrize(
    "answers",
    [
        {"DOMAIN_SEPARATOR": None},
        {"DOMAIN_SEPARATOR": word(b"\x11" * 32)},
        {"DOMAIN_SEPARATOR": "0x"},
        {"nonces": None},
        {"name": None},
        {"name": text("x" * 65)},
        {"PERMIT_TYPEHASH": word(b"\x11" * 32)},  # a permit of another shape
        {"name": text("Other Dollar")},
    ],
)
async def test_without_a_sure_permit_there_is_none(answers):
    assert not (await found(**answers)).token.permit


@pytest.mark.parametrize(
    ("answers", "takes"),
    [
        ({}, True),
        ({"RECEIVE_WITH_AUTHORIZATION_TYPEHASH": word(tokens.AUTHORIZATION_TYPE)}, True),
        ({"nonces": None}, True),  # no permit, and authorizations all the same
        ({"authorizationState": None}, False),
        ({"authorizationState": word(2)}, False),
        ({"authorizationState": "0x"}, False),
        ({"RECEIVE_WITH_AUTHORIZATION_TYPEHASH": word(b"\x11" * 32)}, False),
        ({"DOMAIN_SEPARATOR": word(b"\x11" * 32)}, False),
    ],
)
async def test_a_token_takes_authorizations_where_it_says_so_itself(answers, takes):
    assert (await found(**answers)).token.authorization is takes


@pytest.mark.parametrize(
    ("symbol", "shown"),
    [
        (word(b"MKR".ljust(32, b"\0")), "MKR"),
        (text("x" * 300), "x" * 11),
        (text("US\x1b[31mD\u202e$<b>"), "US31mDb"),
        (text("€"), "?"),
        (text(""), "?"),
    ],
)
async def test_symbols_are_bounded_and_plain(symbol, shown):
    assert (await found(symbol=symbol)).token.symbol == shown


@pytest.mark.parametrize(
    "answers",
    [
        {"decimals": None},
        {"decimals": word(37)},
        {"decimals": word(2**255)},
        {"decimals": "0x06"},
        {"symbol": None},
        {"symbol": "0x"},
        {"symbol": "0x" + "ff" * 20_000},
        {"symbol": 5},
        {"symbol": word(b"\xff" * 32)},
    ],
)
async def test_what_is_no_token(answers):
    with pytest.raises(Unavailable) as refused:
        await found(**answers)
    assert refused.value.rule == "chain.token"


async def test_a_node_that_is_gone_is_not_a_bad_token():
    fake = FakeToken()

    async def gone(*_):
        raise Unavailable("chain.unreachable", "no answer")

    fake.call = gone
    with pytest.raises(Unavailable) as refused:
        await discover(fake, KnownToken(TOKEN), CHAIN_ID)
    assert refused.value.rule == "chain.unreachable"
