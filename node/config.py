"""The configuration: one frozen value, and the only place that reads the environment and TOML.

Precedence: a command's option, then an ETAL_… variable, then config.toml in the data directory, then the default here.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from node.protocol.errors import InputError

CONFIG_FILE = "config.toml"
MAX_CONFIG_BYTES = 64 * 1024
MAX_NUMBER = 10**15
MAX_LIST = 64
LOCALE = re.compile(r"([a-z]{2,3})(?:_([A-Z]{2}))?(?:[.@].*)?")  # such as fr_FR.UTF-8
"""Entries of any list in the configuration."""
MAX_NAME = 64  # characters, as the profile's field
MAX_NETWORK = 40
MAX_HOST_NAME = 32
MAX_SYMBOL = 11
MAX_DECIMALS = 36  # as the listing's field
MAX_PORT = 65_535
PEER = re.compile("(/[^/\\s]+){2,}/p2p/[A-Za-z0-9]{10,100}")  # a multiaddr of a peer
MAX_RPC = 5  # each is asked for everything that money hangs on


@dataclass(frozen=True)
class TokenConfig:
    """An ERC-20 that this node pays and is paid with. `currency` (ISO 4217) makes it a stablecoin of that currency."""

    address: str
    symbol: str
    decimals: int
    currency: str | None = None


@dataclass(frozen=True)
class Config:
    """Everything an operator can choose. Field names are the keys of config.toml and, upper case, of ETAL_… variables."""

    data_dir: Path
    name: str = ""
    network: str = "etal-test"
    host_name: str = "etal"  # the page is served at http://<host_name>.localhost:<web_port>
    web_port: int = 4242
    listen: tuple[str, ...] = ("/ip4/127.0.0.1/tcp/4243",)
    bootstrap: tuple[str, ...] = ()
    mdns: bool = False
    rpc: tuple[
        str, ...
    ] = ()  # JSON-RPC URLs of one EVM chain, which are compared; none: browse only
    chain_id: int = 0  # of that chain; 0: ask it while starting
    escrow: str = ""  # address of the escrow contract there; empty: where it is on every chain
    escrow_since: int = (
        0  # the block of its deployment; 0: known from the list, or the chain is asked
    )
    campaign: str = ""  # address of the campaign contract there; empty: where it is on every chain
    real_money: str = ""  # the sentence that opens networks on which money is real, word for word
    tokens: tuple[TokenConfig, ...] = ()
    payout: str = ""  # where proceeds go; empty: the node's own wallet
    auto_accept: bool = False
    auto_collect: bool = True
    relay_fee: int = 1_000_000  # gwei that the node pays in fees for a buyer without coin, for one order; 0: nothing
    relay_daily: int = 10_000_000  # gwei for all of them in one day
    relay_price: int = 5  # the smallest price for which it does, in whole units of the token
    extensions: tuple[str, ...] = ()  # "package.module:ClassName" of extensions to load
    content_budget: int = 2 * 1024**3  # bytes of pictures kept on disk
    log_level: str = "INFO"
    practice_wallet: str = (
        ""  # the demo's: an unlocked account of its chain that the page offers as a wallet
    )

    @property
    def database(self) -> Path:
        return self.data_dir / "etal.sqlite"

    @property
    def keystore(self) -> Path:
        return self.data_dir / "keystore.json"

    @property
    def running_file(self) -> Path:
        """Written while the node runs, mode 0600: the address and bearer token of its API, for the command line."""
        return self.data_dir / "running.json"


def default_data_dir() -> Path:
    """Where a node of this user lives: ETAL_DATA_DIR, else the platform's own place for application data."""
    if os.environ.get("ETAL_DATA_DIR"):
        return Path(os.environ["ETAL_DATA_DIR"])
    import platformdirs  # here, because most commands are told and shall start at once

    return Path(platformdirs.user_data_dir("etal"))


def load(data_dir: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Read config.toml and the environment. Raises InputError "config.*" that names the key and what is allowed."""
    environ = os.environ if environ is None else environ
    data_dir = (data_dir or default_data_dir()).expanduser()
    return read(text_of(data_dir / CONFIG_FILE), data_dir, environ)


def read(text: str, data_dir: Path, environ: Mapping[str, str] = MappingProxyType({})) -> Config:
    """The configuration that this text of a config.toml gives. Raises InputError as `load` does."""
    values = _parse(text)
    known = {field.name: field for field in fields(Config) if field.name != "data_dir"}
    for key in values:
        if key not in known:
            raise InputError("config.unknown", f"config.toml: there is no setting {key!r}", key)
    for key in known:
        text = environ.get(f"ETAL_{key.upper()}")
        if text is not None and key != "tokens":
            values[key] = _from_text(key, text, getattr(Config, key))
    config = Config(
        data_dir=data_dir, **{key: _coerce(key, value) for key, value in values.items()}
    )
    _check(config)
    return config


def amended(text: str, changes: Mapping[str, str | int]) -> str:
    """The text of a config.toml with other settings, and everything else in it left as it is, comments included.

    Raises InputError "config.amend" when it isn't of a shape in which that is certain to be right."""
    expected = {**_parse(text), **changes}
    head, tables = _before_tables(text)
    for key, value in changes.items():
        line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
        head, found = re.subn(
            rf"^{key}[ \t]*=[^#\n]*?([ \t]+#.*)?$",
            lambda old, line=line: line + (old[1] or ""),
            head,
            flags=re.M,
        )
        if not found:
            head = f"{head.rstrip()}\n{line}\n\n"
    try:
        safe = _parse(head + tables) == expected
    except InputError:
        safe = False
    if not safe:
        settings = ", ".join(f"{key} = {json.dumps(value)}" for key, value in changes.items())
        raise InputError(
            "config.amend", f"config.toml can't be changed safely: write into it {settings}"
        )
    return head + tables


def _before_tables(text: str) -> tuple[str, str]:
    found = re.search(r"^[ \t]*\[", text, re.M)
    cut = len(text) if found is None else found.start()
    return text[:cut], text[cut:]


def language(environ: Mapping[str, str] | None = None) -> str:
    """The language of the person's messages by their locale (POSIX.1-2017 §8.2) as BCP 47, "en" where it names none."""
    environ = os.environ if environ is None else environ
    named = (environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    found = LOCALE.fullmatch(next(filter(None, named), ""))
    return "-".join(filter(None, found.groups())) if found else "en"


def password(environ: Mapping[str, str] | None = None) -> str | None:
    """The keystore's password from ETAL_PASSWORD or the file that ETAL_PASSWORD_FILE names; None: ask the person."""
    environ = os.environ if environ is None else environ
    if environ.get("ETAL_PASSWORD_FILE"):
        return Path(environ["ETAL_PASSWORD_FILE"]).read_text("utf-8").rstrip("\r\n")
    return environ.get("ETAL_PASSWORD")


def text_of(path: Path) -> str:
    """The text of a config.toml; a missing one is empty. Raises InputError "config.size" or "config.toml"."""
    if not path.exists():
        return ""
    if path.stat().st_size > MAX_CONFIG_BYTES:
        raise InputError("config.size", f"{path} is larger than {MAX_CONFIG_BYTES} bytes")
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise InputError("config.toml", f"{path}: {error}") from None


def _parse(text: str) -> dict:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError("config.toml", f"config.toml: {error}") from None


def _from_text(key: str, text: str, default: object) -> object:
    if isinstance(default, bool):
        if text.lower() not in ("true", "false", "1", "0"):
            raise InputError("config.flag", f"ETAL_{key.upper()} is true or false", key)
        return text.lower() in ("true", "1")
    if isinstance(default, int):
        if not re.fullmatch(r"\d{1,15}", text):
            raise InputError("config.number", f"ETAL_{key.upper()} is a whole number", key)
        return int(text)
    if isinstance(default, tuple):
        return [part for part in re.split(r"[,\s]+", text) if part]
    return text


def _coerce(key: str, value: object) -> object:
    default = getattr(Config, key)
    if key == "rpc" and isinstance(value, str):
        value = [value] if value else []
    if isinstance(default, tuple):
        if not isinstance(value, list) or len(value) > MAX_LIST:
            raise InputError("config.list", f"{key} is a list of at most {MAX_LIST}", key)
        return tuple(_token(item) if key == "tokens" else _text(key, item) for item in value)
    if type(value) is not type(default):
        raise InputError("config.type", f"{key} must be {_kind(default)}", key)
    if type(value) is int and not 0 <= value <= MAX_NUMBER:
        raise InputError("config.number", f"{key} is 0 to {MAX_NUMBER}", key)
    return value


def _kind(default: object) -> str:
    return {bool: "true or false", int: "a whole number", str: "a text in quotes"}[type(default)]


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise InputError("config.type", f"{key} is a list of texts", key)
    return value


def _token(value: object) -> TokenConfig:
    if not isinstance(value, dict):
        raise InputError("config.tokens", "each of tokens is a table", "tokens")
    try:
        token = TokenConfig(**value)
    except TypeError:
        raise InputError(
            "config.tokens", "a token has address, symbol, decimals and perhaps currency", "tokens"
        ) from None
    if (
        not is_address(token.address)
        or not isinstance(token.symbol, str)
        or not 0 < len(token.symbol) <= MAX_SYMBOL
    ):
        raise InputError(
            "config.tokens",
            f"a token has a 0x… address and a symbol of 1 to {MAX_SYMBOL} letters",
            "tokens",
        )
    if type(token.decimals) is not int or not 0 <= token.decimals <= MAX_DECIMALS:
        raise InputError("config.tokens", f"a token's decimals are 0 to {MAX_DECIMALS}", "tokens")
    if token.currency is not None and not re.fullmatch(r"[A-Z]{3}", str(token.currency)):
        raise InputError(
            "config.tokens", "a token's currency is an ISO 4217 code such as EUR", "tokens"
        )
    return token


def is_address(text: object) -> bool:
    """Whether this is an EVM address in 0x-hex."""
    return isinstance(text, str) and re.fullmatch(r"0x[0-9a-fA-F]{40}", text) is not None


def _check(config: Config) -> None:
    if not re.fullmatch("[a-z0-9-]+", config.network) or len(config.network) > MAX_NETWORK:
        raise InputError(
            "config.network", f"network is 1 to {MAX_NETWORK} of a–z, 0–9 and -", "network"
        )
    label = re.fullmatch("[a-z0-9]([a-z0-9-]*[a-z0-9])?", config.host_name)
    if not label or len(config.host_name) > MAX_HOST_NAME:
        raise InputError(
            "config.host_name", f"host_name is 1 to {MAX_HOST_NAME} of a–z, 0–9 and -", "host_name"
        )
    if not 1 <= config.web_port <= MAX_PORT:
        raise InputError(
            "config.web_port",
            f"web_port is 1 to {MAX_PORT}; it can't be left to chance, because requests must name the port they are for",
            "web_port",
        )
    if len(config.name) > MAX_NAME:
        raise InputError("config.name", f"name has at most {MAX_NAME} letters", "name")
    _check_rpc(config.rpc)
    for address in config.bootstrap:
        if not PEER.fullmatch(address):
            raise InputError(
                "config.bootstrap",
                f"{address!r} is no libp2p address of a node: /ip4/…/tcp/…/p2p/…, as `etal status` there shows it",
                "bootstrap",
            )
    if config.escrow and not (config.rpc and is_address(config.escrow)):
        raise InputError(
            "config.escrow",
            "escrow is the 0x… address of the escrow contract, on the chain of rpc",
            "escrow",
        )
    if config.campaign and not (config.rpc and is_address(config.campaign)):
        raise InputError(
            "config.campaign",
            "campaign is the 0x… address of the campaign contract, on the chain of rpc",
            "campaign",
        )
    if config.payout and not is_address(config.payout):
        raise InputError("config.payout", "payout is a 0x… address", "payout")
    if config.practice_wallet and not is_address(config.practice_wallet):
        raise InputError(
            "config.practice_wallet", "practice_wallet is a 0x… address", "practice_wallet"
        )
    for name in config.extensions:
        if not re.fullmatch(r"[A-Za-z_][\w.]{0,200}:[A-Za-z_]\w{0,100}", name):
            raise InputError(
                "config.extensions", "an extension is named package.module:ClassName", "extensions"
            )
    if config.log_level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise InputError(
            "config.log_level", "log_level is DEBUG, INFO, WARNING or ERROR", "log_level"
        )


def _check_rpc(urls: tuple[str, ...]) -> None:
    if len(urls) > MAX_RPC:
        raise InputError("config.rpc", f"rpc has at most {MAX_RPC} addresses", "rpc")
    hosts = []
    for url in urls:
        try:
            parts = urlsplit(url)
            sound = parts.scheme in ("http", "https") and parts.hostname
            hosts.append((parts.hostname, parts.port))
        except ValueError:
            sound = False
        if not sound:
            raise InputError(
                "config.rpc", "rpc is an http:// or https:// URL, or a list of such", "rpc"
            )
    if len(set(hosts)) != len(hosts):
        raise InputError(
            "config.rpc",
            "rpc names one host twice: whoever answers there would agree with itself",
            "rpc",
        )
