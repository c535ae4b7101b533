"""The command line: arguments in, one API call out. Commands that need the node speak to the running one."""

import importlib
import os
import sys

import click

from node.cli.client import EXIT_CODES, exit_code
from node.cli.text import plain
from node.protocol.errors import EtalError, RuleError

COMMANDS = {
    "demo": "nodes",
    "init": "keys",
    "run": "nodes",
    "page": "nodes",
    "status": "nodes",
    "words": "keys",
    "search": "listings",
    "listing": "listings",
    "order": "orders",
    "cart": "cart",
    "campaign": "campaigns",
    "arbiter": "arbiters",
    "case": "cases",
    "contract": "chain",
}
"""Command -> the module that has it; a module is imported when its command is asked for."""

EPILOG = (
    "Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items()) + "."
)


class Commands(click.Group):
    """Finds commands when they are needed, and turns our errors into one line on stderr and an exit code."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        return getattr(importlib.import_module(f"node.cli.{COMMANDS[name]}"), name)

    def invoke(self, context: click.Context):
        try:
            return super().invoke(context)
        except EtalError as fault:
            click.echo(f"etal: {sentence(fault)}", err=True)
            context.exit(exit_code(fault))
        except BrokenPipeError:
            # Whoever read us has seen enough; Python mustn't complain about it while it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            context.exit(0)
        except OSError as error:
            if error.filename is None:
                raise
            click.echo(f"etal: {plain(error.filename)}: {error.strerror}", err=True)
            context.exit(1)


def sentence(fault: EtalError) -> str:
    """What went wrong on one line, the field first where there is one."""
    named = fault.field and not isinstance(fault, RuleError)  # whose text names it already
    return plain(f"{fault.field}: {fault}" if named else str(fault))


def _data_dir() -> str:
    from node.config import default_data_dir

    return str(default_data_dir())


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="etal-market", prog_name="etal")
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=str),
    default=_data_dir,
    show_default="ETAL_DATA_DIR, else the platform's own place",
    help="Where the node keeps its keys and records.",
)
@click.pass_context
def etal(context: click.Context, data_dir: str) -> None:
    """Étal: a market stall of one's own.

    `etal demo` shows a whole sale on this machine. `etal init` and `etal run` open a stall for real; the other commands speak
    to the node that runs.

    \b
    Examples:
      etal demo
      etal init --name "Atelier Rosalie" && etal run
      etal search teapot --country FR
      etal order list --side seller
    """
    context.obj = os.path.expanduser(data_dir)


def main() -> None:
    """The entry point of `etal`."""
    etal(prog_name="etal")
