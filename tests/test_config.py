import re
from dataclasses import fields
from pathlib import Path

import pytest

from node import config, config_text
from node.protocol.errors import InputError
from node.protocol.kinds import listing, profile

ESCROW = "0x" + "ab" * 20
PEER = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp"


def load(tmp_path: Path, toml: str = "", environ: dict | None = None) -> config.Config:
    (tmp_path / config.CONFIG_FILE).write_text(toml)
    return config.load(tmp_path, environ or {})


def test_nothing_configured_gives_a_node_that_only_browses_on_loopback(tmp_path):
    found = config.load(tmp_path, {})
    assert found.rpc == ()
    assert all("127.0.0.1" in address for address in found.listen)


def test_what_a_setting_allows_its_field_takes():
    """The name becomes the profile's, a token's decimals the offer's; `config` may not import the fields."""
    assert config.MAX_NAME == profile.MAX_NAME
    assert config.MAX_DECIMALS == listing.MAX_DECIMALS


def test_the_environment_wins_over_the_file(tmp_path):
    found = load(tmp_path, 'name = "Atelier"\nweb_port = 1', {"ETAL_WEB_PORT": "2"})
    assert (found.name, found.web_port) == ("Atelier", 2)


def test_lists_in_the_environment_are_split_at_spaces_and_commas(tmp_path):
    two = (f"/ip4/1.2.3.4/tcp/1/p2p/{PEER}", f"/dns4/x/tcp/2/p2p/{PEER}")
    assert load(tmp_path, "", {"ETAL_BOOTSTRAP": ", ".join(two)}).bootstrap == two


def test_one_chain_may_be_asked_at_several_addresses(tmp_path):
    two = ("https://one.example/key", "http://127.0.0.1:8545")
    for text, environ in (
        (f'rpc = ["{two[0]}", "{two[1]}"]', {}),
        ("", {"ETAL_RPC": ",".join(two)}),
        ("", {"ETAL_RPC": " ".join(two)}),
        (config_text.template(rpc=two), {}),
    ):
        assert config.read(text, tmp_path, environ).rpc == two
    for text, environ in (
        (f'rpc = "{two[0]}"', {}),
        (f'rpc = ["{two[0]}"]', {}),
        ("", {"ETAL_RPC": two[0]}),
        (config_text.template(rpc=two[:1]), {}),
    ):
        assert config.read(text, tmp_path, environ).rpc == two[:1]
    assert config.read('rpc = ""', tmp_path).rpc == config.read("rpc = []", tmp_path).rpc == ()


def test_the_template_is_a_valid_configuration(tmp_path):
    text = config_text.template(
        'A "quoted" \\ name',
        ("http://127.0.0.1:8545",),
        ESCROW,
        7,
        (f"/ip4/1.2.3.4/tcp/1/p2p/{PEER}",),
    )
    found = load(tmp_path, text)
    assert found.name == 'A "quoted" \\ name'
    assert (found.escrow, found.escrow_since) == (ESCROW, 7)


@pytest.mark.parametrize(
    ("toml", "rule"),
    [
        ("nmae = 'x'", "config.unknown"),
        ("web_port = 'x'", "config.type"),
        ("web_port = true", "config.type"),
        ("web_port = 65536", "config.web_port"),
        ("listen = 'x'", "config.list"),
        ("listen = [1]", "config.type"),
        ("rpc = 'ftp://x'", "config.rpc"),
        ("rpc = ['http://x', 'ftp://y']", "config.rpc"),
        ("rpc = ['http://x', 'http://[']", "config.rpc"),
        ("rpc = ['http://x/a', 'https://u:p@x/b', 'http://y']", "config.rpc"),
        (f"rpc = {[f'http://x{n}' for n in range(config.MAX_RPC + 1)]}", "config.rpc"),
        ("rpc = 7", "config.list"),
        ("bootstrap = ['foo']", "config.bootstrap"),
        ("bootstrap = ['/ip4/1.2.3.4/tcp/1']", "config.bootstrap"),
        ("bootstrap = ['1.2.3.4:4243']", "config.bootstrap"),
        (f"bootstrap = ['/p2p/{PEER}']", "config.bootstrap"),
        (f"escrow = '{ESCROW}'", "config.escrow"),
        ("rpc = 'http://x'\nescrow = '0x12'", "config.escrow"),
        (f"campaign = '{ESCROW}'", "config.campaign"),
        ("rpc = 'http://x'\ncampaign = '0x12'", "config.campaign"),
        ("web_port = 0", "config.web_port"),
        ("escrow_since = -1", "config.number"),
        ("chain_id = 1000000000000001", "config.number"),
        ("extensions = ['os']", "config.extensions"),
        ("payout = '0x12'", "config.payout"),
        ("network = 'Bad Name'", "config.network"),
        (f"network = '{'a' * (config.MAX_NETWORK + 1)}'", "config.network"),
        ("host_name = 'a.b'", "config.host_name"),
        ("host_name = 'a-'", "config.host_name"),
        (f"host_name = '{'a' * (config.MAX_HOST_NAME + 1)}'", "config.host_name"),
        (f"name = '{'a' * (config.MAX_NAME + 1)}'", "config.name"),
        ("log_level = 'LOUD'", "config.log_level"),
        ("[[tokens]]\naddress = '0x12'\nsymbol = 'X'\ndecimals = 6", "config.tokens"),
        ("[[tokens]]\nsymbol = 'X'", "config.tokens"),
        (f"[[tokens]]\naddress = '{ESCROW}'\nsymbol = 'X'\ndecimals = 99", "config.tokens"),
        (
            f"[[tokens]]\naddress = '{ESCROW}'\nsymbol = 'X'\ndecimals = 6\ncurrency = 'usd'",
            "config.tokens",
        ),
        ("name = [", "config.toml"),
        ("#" * (config.MAX_CONFIG_BYTES + 1), "config.size"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, toml, rule):
    with pytest.raises(InputError) as fault:
        load(tmp_path, toml)
    assert fault.value.rule == rule


def test_a_token_is_read_whole(tmp_path):
    toml = f"[[tokens]]\naddress = '{ESCROW}'\nsymbol = 'tUSD'\ndecimals = 6\ncurrency = 'USD'"
    assert load(tmp_path, toml).tokens == (config.TokenConfig(ESCROW, "tUSD", 6, "USD"),)


def test_the_password_may_lie_in_a_file(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("correct horse\n")
    assert config.password({"ETAL_PASSWORD_FILE": str(secret)}) == "correct horse"
    assert config.password({"ETAL_PASSWORD": "x"}) == "x"
    assert config.password({}) is None


def test_the_template_shows_every_setting_with_its_default(tmp_path):
    settings = {each.name for each in fields(config.Config)}
    shown = set(re.findall(r"^(?:# \[\[)?([a-z_]+)(?: =|\]\])", config_text.template(), re.M))
    assert shown == settings - {"data_dir", "practice_wallet"}  # the latter is the demo's
    assert load(tmp_path, config_text.template()) == config.Config(data_dir=tmp_path)


def test_settings_are_changed_in_place_and_the_rest_is_left_alone(tmp_path):
    token = f"[[tokens]]\naddress = '{ESCROW}'\nsymbol = 'X'\ndecimals = 6\n"
    before = (
        config_text.template("A = b", ("http://x",), "", 0, (f"/dns4/x/tcp/1/p2p/{PEER}",)) + token
    )
    after = config.amended(before, {"escrow": ESCROW, "escrow_since": 9, "chain_id": 1337})
    found = load(tmp_path, after)
    assert (found.escrow, found.escrow_since, found.chain_id) == (ESCROW, 9, 1337)
    old, new = before.splitlines(), after.splitlines()
    changed = [line for line, other in zip(old, new, strict=True) if line != other]
    assert changed == ["chain_id = 0", 'escrow = ""', "escrow_since = 0"]


def test_a_setting_that_was_missing_comes_before_the_tables(tmp_path):
    token = f"[[tokens]]\naddress = '{ESCROW}'\nsymbol = 'X'\ndecimals = 6\n"
    text = config.amended(f"rpc = 'http://x' # ours\n{token}", {"escrow": ESCROW})
    found = load(tmp_path, text)
    assert found.escrow == ESCROW and len(found.tokens) == 1
    assert "rpc = 'http://x' # ours" in text


@pytest.mark.parametrize(
    "text", ['name = """\nescrow = 1\n"""', "escrow = [\n1]", "[escrow]\na = 1"]
)
def test_what_cant_be_changed_safely_is_left_to_the_person(text):
    with pytest.raises(InputError) as fault:
        config.amended(text, {"escrow": ESCROW})
    assert fault.value.rule == "config.amend"
    assert f'escrow = "{ESCROW}"' in str(fault.value)


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr-FR"),
        ({"LANG": "de"}, "de"),
        ({"LANG": "sr_RS@latin"}, "sr-RS"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "../fr"}, "en"),
        ({"LANG": "fr_FR", "LC_MESSAGES": "nl_BE", "LC_ALL": ""}, "nl-BE"),
        ({"LANG": "fr_FR", "LC_MESSAGES": "nl_BE", "LC_ALL": "pt_BR.UTF-8"}, "pt-BR"),
    ],
)
def test_the_language_of_a_locale(environ, language):
    assert config.language(environ) == language
