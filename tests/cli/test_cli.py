"""What holds for every command."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from node.cli import EPILOG, etal, sentence
from node.cli.client import EXIT_CODES, NotRunning, exit_code
from node.protocol import errors
from tests.cli.conftest import refusal, typed

ANSWERING = {
    "status",
    "search",
    *(f"listing {name}" for name in ("add", "edit", "list", "show", "withdraw")),
    *(
        f"order {name}"
        for name in (
            *("list", "show", "place", "fund", "accept", "decline", "ship", "release", "refund"),
            *("settle", "accept-settlement", "drop-draft", "authorize", "relay", "sign-release"),
            *(
                "timeout",
                "take-back",
                "withdraw",
                "review",
                "change-review",
                "withdraw-review",
                "message",
            ),
            *("cancel", "dispute", "rule", "show-arbiter", "authorize", "relay", "pledge"),
        )
    ),
    *(f"cart {name}" for name in ("show", "add", "remove", "order")),
    *(f"arbiter {name}" for name in ("list", "show", "trust", "distrust", "offer", "withdraw")),
    *("case list", "case show", "case write"),
    *(
        f"campaign {name}"
        for name in ("list", "show", "start", "pledge", "object", "unobject", "cancel", "withdraw")
    ),
    *("campaign collect", "campaign refund"),
    *("contract deploy", "contract verify"),
}
SILENT = {"init", "run", "demo", "page", "words"}


def commands() -> dict[str, click.Command]:
    found = {}
    context = click.Context(etal)
    for name in etal.list_commands(context):
        command = etal.get_command(context, name)
        if isinstance(command, click.Group):
            found |= {f"{name} {inner}": each for inner, each in command.commands.items()}
        else:
            found[name] = command
    return found


def test_these_commands_exist_and_no_others():
    assert set(commands()) == ANSWERING | SILENT


@pytest.mark.parametrize("name", sorted(ANSWERING | SILENT))
def test_help_says_what_a_command_does_and_shows_how(name):
    command = commands()[name]
    assert "Example" in command.help
    assert f"etal {name}" in command.help
    assert "..." not in command.get_short_help_str(80)
    options = {option for each in command.params for option in each.opts}
    assert ("--json" in options) == (name in ANSWERING)
    assert all(
        each.help
        for each in command.params
        if isinstance(each, click.Option) and each.name != "sort" and each.name != "limit"
    )


def test_exit_codes_are_told_and_mean_something(tmp_path):
    shown = " ".join(typed(tmp_path, "--help").stdout.split())
    assert all(f"{code} {meaning}" in shown for code, meaning in EXIT_CODES.items())
    assert " ".join(EPILOG.split()) in shown
    for kind, code in {
        errors.InputError: 1,
        errors.Conflict: 1,
        errors.RuleError: 1,
        NotRunning: 3,
        errors.NotFound: 4,
        errors.Unavailable: 5,
    }.items():
        assert exit_code(kind("x.y", "No.")) == code


def test_wrong_usage_is_exit_code_2(tmp_path):
    assert typed(tmp_path, "order", "list", "--side", "middle").exit_code == 2
    assert typed(tmp_path, "nonsense").exit_code == 2
    assert typed(tmp_path, "order", "place", "x", "--line", "quantity").exit_code == 2


def test_an_error_is_one_line_that_names_the_field():
    assert (
        sentence(errors.InputError("a.b", "is wrong", "price.amount")) == "price.amount: is wrong"
    )
    assert sentence(errors.RuleError("a.b", "is wrong", "price")) == "a.b: is wrong (price)"
    assert sentence(errors.NotFound("a.b", "No\nsuch \x1b[31mthing.")) == "No such  [31mthing."


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (errors.InputError("listing.title", "Is too long.", "title"), 1),
        (errors.Conflict("order.state", "It isn't paid."), 1),
        (errors.NotFound("order.unknown", "It isn't here."), 4),
        (errors.Unavailable("chain.down", "It doesn't answer."), 5),
    ],
)
def test_what_the_node_refuses_is_told_on_stderr(type_, peer, fault, code):
    peer.fails = fault
    result = type_("status")
    assert result.exit_code == code
    assert fault.message in refusal(result)


def test_without_a_node_one_is_told_how_to_start(tmp_path):
    result = typed(tmp_path, "status")
    assert result.exit_code == 3
    assert "`etal init`" in refusal(result)
    (tmp_path / "keystore.json").write_text("{}")
    assert "`etal run`" in refusal(typed(tmp_path, "status"))


def test_the_data_directory_may_come_from_the_environment(home):
    found = subprocess.run(
        [sys.executable, "-m", "node", "status"],
        env={**os.environ, "ETAL_DATA_DIR": str(home)},
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert found.returncode == 0
    assert found.stdout.startswith("Étal")


def test_a_reader_that_leaves_early_is_no_error(home):
    """As in `etal status | head -0`: nothing is said, and it isn't taken for a refusal."""
    reading, writing = os.pipe()
    os.close(reading)
    found = subprocess.run(
        [sys.executable, "-m", "node", "--data-dir", str(home), "status", "--json"],
        stdout=writing,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    os.close(writing)
    assert (found.returncode, found.stderr) == (0, b"")
