"""`etal init` and `etal words`: the keys of a node, its first settings, and its recovery words."""

import re
from pathlib import Path

import click

from node.cli.real_money import admitted
from node.config import Config
from node.protocol.errors import InputError

TOKEN = re.compile("([^:]+):([^:]+):([0-9]{1,2})(?::([^:]+))?")


@click.command()
@click.option("--name", default="", help="How your stall is called.")
@click.option(
    "--rpc",
    multiple=True,
    help="JSON-RPC URL of an EVM test network; without it the node only browses. Repeated, their answers are compared.",
)
@click.option(
    "--chain-id",
    default=0,
    type=click.IntRange(0),
    help="Id of that chain. With it the node starts even while the chain doesn't answer.",
)
@click.option(
    "--escrow",
    default="",
    help="Address of the escrow contract there; without it, the one that it has on every chain.",
)
@click.option(
    "--escrow-since",
    default=0,
    type=click.IntRange(0),
    help="The block in which it was deployed; without it the chain is asked.",
)
@click.option(
    "--bootstrap", multiple=True, help="Multiaddr of a node to begin with; may be repeated."
)
@click.option(
    "--network",
    default=Config.network,
    show_default=True,
    help="Name of the market to join; records of one are void on another.",
)
@click.option(
    "--token",
    "tokens",
    multiple=True,
    metavar="ADDRESS:SYMBOL:DECIMALS[:CURRENCY]",
    help="An ERC-20 that you pay and are paid with, and the currency that it stands for; may be repeated.",
)
@click.option("--restore", is_flag=True, help="Bring a stall back from its 24 recovery words.")
@click.pass_obj
def init(
    data_dir, name, rpc, chain_id, escrow, escrow_since, bootstrap, network, tokens, restore
) -> None:
    """Create a node: its keys and its settings.

    The keys are encrypted under a password. Asks for it, or takes it from ETAL_PASSWORD or the file that ETAL_PASSWORD_FILE names. An existing node is never
    overwritten; an existing config.toml is kept as it is.

    \b
    Examples:
      etal init --name "Atelier Rosalie"
      etal init --rpc https://sepolia.example --rpc https://other.example --chain-id 11155111 \\
        --token 0x1c7D4B196Cb0C7B01d743Fbc6116a902379C7238:USDC:6:USD
      etal init --restore
    """
    from node import config, config_text, keystore

    folder = Path(data_dir)
    path, settings = folder / "keystore.json", folder / config.CONFIG_FILE
    if path.exists():
        raise InputError("keystore.exists", f"A node lives in {data_dir} already.")
    kept = settings.exists()
    chosen = (name, rpc, chain_id, escrow, escrow_since, bootstrap, tokens)
    if kept and (any(chosen) or network != Config.network):
        raise InputError(
            "config.exists", f"{settings} exists already: change it there, or move it away."
        )
    if not kept:
        known = tuple(_token(each) for each in tokens)
        given = (name, rpc, escrow, escrow_since, bootstrap, chain_id, network, known)
        config.read(config_text.template(*given), folder)  # before anything is asked or written
        text = config_text.template(*given, admitted(chain_id) if chain_id else "")
    seed = (
        keystore.from_words(click.prompt("Your 24 recovery words"))
        if restore
        else keystore.new_seed()
    )
    keystore.write(path, seed, _new_password())
    if not kept:
        keystore.write_private(settings, text.encode())
    click.echo(f"Your node lives in {data_dir}.")
    if not restore:
        click.echo(_on_paper(keystore.to_words(seed)))
    elsewhere = "" if folder == config.default_data_dir() else f"--data-dir {data_dir} "
    click.echo(f"Start it with `etal {elsewhere}run`.")


@click.command()
@click.pass_obj
def words(data_dir: str) -> None:
    """Show the 24 recovery words again (asks for the password).

    Whoever reads them owns the stall.

    \b
    Example:
      etal words
    """
    from node import keystore

    seed = keystore.read(Path(data_dir) / "keystore.json", password())
    click.echo(keystore.to_words(seed))


def password() -> str:
    """The keystore's password: from the environment, else typed."""
    from node import config

    given = config.password()
    return _typed("Password") if given is None else given


def _new_password() -> str:
    from node import config, keystore

    given = config.password()
    if given is not None:
        return given
    return _typed(
        f"Password for the keys (at least {keystore.MIN_PASSWORD} characters)", twice=True
    )


def _typed(question: str, twice: bool = False) -> str:
    """Ask without showing what is typed. Raises InputError where there is no terminal to ask at."""
    import warnings
    from getpass import GetPassWarning

    with warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)  # it would be read in the open
        try:
            return click.prompt(question, hide_input=True, confirmation_prompt=twice, err=True)
        except GetPassWarning:
            raise InputError(
                "keystore.password",
                "There is no terminal to ask for the password at: set ETAL_PASSWORD, or ETAL_PASSWORD_FILE to the path "
                "of a file that holds it.",
            ) from None


def _token(text: str):
    from node import config

    found = TOKEN.fullmatch(text)
    if found is None:
        raise InputError(
            "config.tokens", f"{text!r} isn't ADDRESS:SYMBOL:DECIMALS[:CURRENCY]", "tokens"
        )
    return config.TokenConfig(found[1], found[2], int(found[3]), found[4])


def _on_paper(words: str) -> str:
    listed = [f"{number:2}. {word:<10}" for number, word in enumerate(words.split(), 1)]
    rows = ["  " + "  ".join(listed[row : row + 6]).rstrip() for row in range(0, 24, 6)]
    return "\n".join(
        [
            "",
            "Write these 24 words on paper and keep them safe. They bring your stall back on any machine;",
            "whoever reads them owns it. `etal words` shows them again, for the password.",
            "",
            *rows,
            "",
        ]
    )
