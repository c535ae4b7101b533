"""The sentence that opens a network on which money is real, asked for once at a terminal."""

import sys
from pathlib import Path

import click

from node.protocol.chains import SENTENCE, admit
from node.protocol.errors import RuleError

RULE = "chain.real_money"


def admitted(chain_id: int) -> str:
    """What the person has confirmed, "" where nothing needs to be. Raises RuleError for a chain that isn't accepted."""
    try:
        admit(chain_id)
    except RuleError as fault:
        return _asked(fault)
    return ""


def confirm(settings: Path, fault: RuleError) -> str:
    """Ask for the sentence that this fault misses, and write it into this config.toml. Raises the fault where it misses none, where
    there is no terminal to ask at, or where something else is typed."""
    from node import config, keystore

    typed = _asked(fault)
    changed = config.amended(config.text_of(settings), {"real_money": typed})
    keystore.write_private(settings, changed.encode())
    return typed


def is_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty()


def _asked(fault: RuleError) -> str:
    if fault.rule != RULE or not is_terminal():
        raise fault
    click.echo(fault.message, err=True)
    typed = click.prompt(f"Type “{SENTENCE}”", err=True).strip()
    if typed != SENTENCE:
        raise RuleError(RULE, "That isn't the sentence: nothing was changed.")
    return typed
