"""The table of rooms in docs/architecture.md: every file of the product imports only what its room may, and all of that."""

import ast
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
STANDARD = set(sys.stdlib_module_names)
ADAPTERS = {"node.store", "node.network", "node.contracts", "node.web"}


def module_of(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def within(name: str, outer: str) -> bool:
    return name == outer or name.startswith(outer + ".")


class Room(NamedTuple):
    """What its files may import beside the room itself."""

    ours: set[str]
    libraries: set[str]


def rooms() -> dict[str, Room]:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    found = {}
    for line in text.partition("## The rooms")[2].partition("\n## ")[0].splitlines():
        if line.startswith("| `"):
            path, _, ours, libraries = (cell.strip() for cell in line.strip("|").split("|"))
            name = module_of(ROOT / path.strip("`"))
            found[name] = Room({f"node.{each}" for each in listed(ours)}, listed(libraries))
    return found


def listed(cell: str) -> set[str]:
    return set(cell.split(", ")) if cell else set()


ROOMS = rooms()

# What would make the pure protocol depend on anything but its arguments.
IMPURE = {
    *(
        "asyncio",
        "concurrent",
        "ctypes",
        "getpass",
        "glob",
        "http",
        "io",
        "locale",
        "logging",
        "mmap",
    ),
    *(
        "multiprocessing",
        "os",
        "pathlib",
        "platform",
        "random",
        "sched",
        "secrets",
        "select",
        "selectors",
    ),
    *(
        "shutil",
        "signal",
        "socket",
        "socketserver",
        "sqlite3",
        "ssl",
        "subprocess",
        "sys",
        "tempfile",
    ),
    *("threading", "time", "urllib", "uuid"),
}
CLOCK_READERS = {"now", "utcnow", "today"}


def room_of(module: str) -> str:
    return next((room for room in ROOMS if within(module, room)), "")


def imports_of(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for step in ast.walk(tree):
        if isinstance(step, ast.Import):
            found |= {alias.name for alias in step.names}
        elif isinstance(step, ast.ImportFrom):
            assert step.level == 0, "imports are absolute"
            # `from node.protocol import record` imports node.protocol.record
            found |= {f"{step.module}.{alias.name}" for alias in step.names}
    return found


def faults(module: str, source: str) -> list[str]:
    """What a file of this module imports or does against the table."""
    room = room_of(module)
    ours, libraries = ROOMS[room]
    pure = room == "node.protocol"
    tree = ast.parse(source)
    wrong = []
    for name in imports_of(tree):
        top = name.split(".")[0]
        if top == "node":
            if not any(within(name, allowed) for allowed in ours | {room}):
                wrong.append(name)
        elif top in STANDARD:
            if pure and top in IMPURE:
                wrong.append(name)
        elif top not in libraries:
            wrong.append(name)
    if pure:
        for step in ast.walk(tree):
            if isinstance(step, ast.Call):
                called = getattr(step.func, "attr", getattr(step.func, "id", ""))
                if called in CLOCK_READERS | {"open", "print", "input"}:
                    wrong.append(f"{called}()")
    return wrong


FILES = {
    module_of(path): path.read_text("utf-8")
    for path in sorted((ROOT / "node").rglob("*.py"))
    if path != ROOT / "node" / "__init__.py"
}


def test_the_package_itself_imports_nothing():
    assert imports_of(ast.parse((ROOT / "node" / "__init__.py").read_text("utf-8"))) == set()


def test_every_file_has_a_room_and_every_room_has_files():
    assert {room_of(module) for module in FILES} == set(ROOMS)


@pytest.mark.parametrize("module", FILES)
def test_imports(module):
    assert faults(module, FILES[module]) == []


@pytest.mark.parametrize("room", ROOMS)
def test_the_table_names_nothing_that_the_room_does_not_import(room):
    sources = [source for module, source in FILES.items() if room_of(module) == room]
    used = {name for source in sources for name in imports_of(ast.parse(source))}
    named = ROOMS[room].ours | ROOMS[room].libraries
    assert {each for each in named if not any(within(name, each) for name in used)} == set()


def test_only_main_and_the_demo_may_import_adapters():
    importing = {
        room
        for room, (ours, _) in ROOMS.items()
        if any(within(name, adapter) for name in ours for adapter in ADAPTERS)
    }
    assert importing == {"node.main", "node.demo"}


@pytest.mark.parametrize(
    ("module", "source", "fault"),
    [
        ("node.protocol.x", "import time", "time"),
        ("node.protocol.x", "from os import urandom", "os.urandom"),
        ("node.protocol.x", "import trio", "trio"),
        ("node.protocol.x", "from node.peer import world", "node.peer.world"),
        ("node.protocol.x", "from datetime import datetime\ndatetime.now()", "now()"),
        ("node.protocol.x", "def f():\n    import secrets", "secrets"),
        ("node.ports", "import trio", "trio"),
        ("node.peer.x", "from node.store import records", "node.store.records"),
        ("node.store.x", "from node.network import host", "node.network.host"),
        ("node.web.x", "import node.store", "node.store"),
        ("node.network.x", "from node import peer", "node.peer"),
        ("node.network.x", "import web3", "web3"),
        ("node.web.x", "from node.ports import Store", "node.ports.Store"),
        ("node.cli.x", "from node.store import open_store", "node.store.open_store"),
        ("node.devchain.x", "from node.peer import world", "node.peer.world"),
        ("node.keystore", "import trio", "trio"),
    ],
)
def test_the_test_sees_what_is_forbidden(module, source, fault):
    assert faults(module, source) == [fault]
