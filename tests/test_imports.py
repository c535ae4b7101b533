"""The import table of docs/architecture.md: every file of the product imports only what its layer may."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STANDARD = set(sys.stdlib_module_names)

PROTOCOL = {"node.protocol"}
PORTS = {"node.ports"}

# layer: what of ours it may import, and which libraries; None: any library
LAYERS: dict[str, tuple[set[str], set[str] | None]] = {
    "node.protocol": (
        PROTOCOL,
        {"cbor2", "nacl", "msgspec", "eth_hash", "eth_abi", "eth_keys", "numpy"},
    ),
    "node.ports": (PROTOCOL, set()),
    "node.peer": (PROTOCOL | PORTS | {"node.peer"}, {"trio"}),
    "node.store": (PROTOCOL | PORTS | {"node.store"}, {"apsw", "nacl"}),
    "node.network": (PROTOCOL | PORTS | {"node.network"}, None),
    "node.contracts": (PROTOCOL | PORTS | {"node.contracts"}, None),
    # Of the ports, pages use the values that go in and out of a search.
    "node.web": (PROTOCOL | PORTS | {"node.peer", "node.web"}, None),
    "node.config": ({"node.protocol.errors"}, None),
}

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


def module_of(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module: str) -> str | None:
    return next(
        (layer for layer in LAYERS if module == layer or module.startswith(layer + ".")), None
    )


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
    layer = layer_of(module)
    if layer is None:
        return []
    tree = ast.parse(source)
    ours, libraries = LAYERS[layer]
    wrong = []
    for name in imports_of(tree):
        top = name.split(".")[0]
        if top == "node":
            if not any(name == allowed or name.startswith(allowed + ".") for allowed in ours):
                wrong.append(name)
        elif top in STANDARD:
            if layer == "node.protocol" and top in IMPURE:
                wrong.append(name)
        elif libraries is not None and top not in libraries:
            wrong.append(name)
    if layer == "node.protocol":
        for step in ast.walk(tree):
            if isinstance(step, ast.Call):
                called = getattr(step.func, "attr", getattr(step.func, "id", ""))
                if called in CLOCK_READERS | {"open", "print", "input"}:
                    wrong.append(f"{called}()")
    return wrong


FILES = [path for path in sorted((ROOT / "node").rglob("*.py")) if layer_of(module_of(path))]


@pytest.mark.parametrize("path", FILES, ids=[module_of(path) for path in FILES])
def test_imports(path):
    assert faults(module_of(path), path.read_text("utf-8")) == []


def test_every_layer_has_files():
    found = {layer_of(module_of(path)) for path in FILES}
    assert found >= {
        "node.protocol",
        "node.ports",
        "node.peer",
        "node.store",
        "node.network",
        "node.contracts",
        "node.web",
    }


def test_only_main_and_the_demo_bring_adapters_together():
    adapters = {"node.store", "node.network", "node.contracts", "node.web"}
    for path in (ROOT / "node").rglob("*.py"):
        module = module_of(path)
        if layer_of(module) is None and not module.startswith(("node.main", "node.demo")):
            used = {
                a
                for name in imports_of(ast.parse(path.read_text("utf-8")))
                for a in adapters
                if name == a or name.startswith(a + ".")
            }
            assert used == set(), f"{module} imports {used}"


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
    ],
)
def test_the_test_sees_what_is_forbidden(module, source, fault):
    assert faults(module, source) == [fault]
