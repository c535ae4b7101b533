"""`etal init` and `etal words`: the keys of a node, its first settings, and its recovery words."""

from pathlib import Path

import click

from node.protocol.errors import InputError


@click.command()
@click.option("--name", default="", help="How your stall is called.")
@click.option(
    "--rpc",
    default="",
    help="JSON-RPC URL of an EVM test network; without it the node only browses.",
)
@click.option(
    "--chain-id",
    default=0,
    type=click.IntRange(0),
    help="Id of that chain. With it the node starts even while the chain doesn't answer.",
)
@click.option("--escrow", default="", help="Address of the escrow contract on that chain.")
@click.option(
    "--escrow-since", default=0, type=click.IntRange(0), help="The block in which it was deployed."
)
@click.option(
    "--bootstrap", multiple=True, help="Multiaddr of a node to begin with; may be repeated."
)
@click.option("--restore", is_flag=True, help="Bring a stall back from its 24 recovery words.")
@click.pass_obj
def init(data_dir, name, rpc, chain_id, escrow, escrow_since, bootstrap, restore) -> None:
    """Create a node: its keys and its settings.

    The keys are encrypted under a password. Asks for it, or takes it from ETAL_PASSWORD or the file that ETAL_PASSWORD_FILE names. An existing node is never
    overwritten; an existing config.toml is kept as it is.

    \b
    Examples:
      etal init --name "Atelier Rosalie"
      etal init --rpc https://sepolia.example --chain-id 11155111 --escrow 0x… --escrow-since 6812345
      etal init --restore
    """
    from node import config, keystore

    folder = Path(data_dir)
    path, settings = folder / "keystore.json", folder / config.CONFIG_FILE
    if path.exists():
        raise InputError("keystore.exists", f"A node lives in {data_dir} already.")
    kept = settings.exists()
    if kept and (name or rpc or chain_id or escrow or escrow_since or bootstrap):
        raise InputError(
            "config.exists", f"{settings} exists already: change it there, or move it away."
        )
    if not kept:
        text = config.template(name, rpc, escrow, escrow_since, bootstrap, chain_id)
        config.read(text, folder)  # says what is wrong before anything is asked or written
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
    click.echo("Start it with `etal run`.")


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
    return click.prompt("Password", hide_input=True, err=True) if given is None else given


def _new_password() -> str:
    from node import config, keystore

    given = config.password()
    if given is not None:
        return given
    return click.prompt(
        f"Password for the keys (at least {keystore.MIN_PASSWORD} characters)",
        hide_input=True,
        confirmation_prompt=True,
        err=True,
    )


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
