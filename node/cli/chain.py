"""`etal contract …`: the escrow and the campaign contract on a test network."""

import dataclasses
from pathlib import Path

import click

from node.cli.text import json_option, show
from node.protocol.errors import Conflict, InputError, RuleError


@click.group()
def contract() -> None:
    """Deploy or check the contracts that hold money: the escrow, and the one for pre-orders.

    \b
    Examples:
      etal contract deploy
      etal contract verify
    """


@contract.command("deploy")
@json_option
@click.pass_obj
def deploy(data_dir: str, as_json: bool) -> None:
    """Put the escrow and the campaign contract on the chain.

    The node's own wallet pays. They have the same addresses on every chain. What is there already is checked, and nothing is paid for
    it: one of each serves everybody on a chain. What config.toml names is left as it is, and the others' places are written into it.
    Needs `rpc` there, and a little of the test network's coin in the wallet: when it is missing, the wallet is named.

    \b
    Examples:
      etal contract deploy
      etal contract deploy --json
    """
    from node import config, keystore
    from node.cli.keys import password

    settings = _on_chain(data_dir)
    if settings.escrow and settings.campaign:
        raise Conflict(
            "config.escrow",
            f"The settings name both contracts already: {settings.escrow} and {settings.campaign}.",
        )
    seed = keystore.read(settings.keystore, password())
    found = _await("deploy_contracts", settings, seed)
    place = settings.data_dir / config.CONFIG_FILE
    known = ("chain_id", "escrow", "escrow_since", "campaign")
    changes = {key: found[key] for key in known if found[key] is not None}
    keystore.write_private(place, config.amended(config.text_of(place), changes).encode())
    show(found, as_json, _deployed_text)


def _deployed_text(it: dict) -> str:
    since = f" since block {it['escrow_since']}" if it["escrow_since"] else ""
    paid = {("escrow", "campaign"): "", (): "Both are known: nothing was paid."}
    return "\n".join(
        [
            f"The escrow is at {it['escrow']} on chain {it['chain_id']}{since}.",
            f"The campaign contract is at {it['campaign']}.",
            *filter(None, [paid.get(tuple(it["deployed"]), "Only what was missing was paid for.")]),
            "It is written into config.toml: start the node again.",
            *(
                [
                    "The chain's node can't tell since when the escrow is there: write the block into config.toml as escrow_since."
                ]
                if it["escrow_since"] is None
                else []
            ),
        ]
    )


@contract.command("verify")
@click.option(
    "--address",
    default="",
    metavar="ADDRESS",
    help="Of one contract, in place of those that the settings name.",
)
@click.option(
    "--rpc",
    multiple=True,
    metavar="URL",
    help="In place of the chain that the settings name; may be repeated.",
)
@json_option
@click.pass_context
def verify(context: click.Context, address: str, rpc: tuple[str, ...], as_json: bool) -> None:
    """Compare the contracts' whole code with what this node knows.

    The escrow and the campaign contract of the settings are compared; where they name none, the ones at the addresses that they have on every chain. Nothing is sent
    or paid, and any chain may be asked.

    Exit code 0: they are the same. 1: one of them isn't, or the chain is another one. 5: the chain doesn't answer.

    \b
    Examples:
      etal contract verify
      etal contract verify --rpc https://sepolia.example --address 0x… --json
    """
    from node import config

    settings = _on_chain(context.obj, rpc)
    if address and not config.is_address(address):
        raise InputError("config.escrow", "an address is 0x and 40 hexadecimal digits", "--address")
    found = _await("verify_contracts", settings, address)
    if not (as_json or found["same"]):
        problems = filter(None, (one["problem"] for one in found["contracts"]))
        raise RuleError("chain.code", " ".join(problems))
    show(found, as_json, _found_text)
    if not found["same"]:
        context.exit(1)


def _found_text(it: dict) -> str:
    return "\n".join(_finding_text(each, it["chain_id"]) for each in it["contracts"])


def _finding_text(it: dict, chain_id: int) -> str:
    expected = it["expected"]
    what = {"Escrow": "escrow", "Campaign": "campaign contract"}[it["name"]]
    return "\n".join(
        [
            f"{it['address']} on chain {chain_id} is the {what} that this node knows.",
            f"  version   {expected['version']}, {expected['compiler']}",
            f"  artifact  {expected['creation']} (keccak256 of the creation code)",
            f"  code      {it['code']} (keccak256 of all that is there, with this chain and address in it)",
        ]
    )


def _on_chain(data_dir: str, rpc: tuple[str, ...] = ()):
    from node import config

    settings = config.load(Path(data_dir))
    if rpc:
        settings = dataclasses.replace(settings, rpc=rpc, chain_id=0)
    if not settings.rpc:
        raise InputError(
            "config.rpc", "Write the chain's JSON-RPC URL into config.toml first.", "rpc"
        )
    return settings


def _await(verb: str, *arguments) -> dict:
    import trio

    from node import main as root

    return trio.run(getattr(root, verb), *arguments)
