"""A file is read in one sitting: rule 9 of docs/architecture.md."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("node", "contracts", "tests", "docs")
WRITTEN = {".py", ".vy", ".js", ".mjs", ".cjs", ".css", ".html", ".sql"}
MAX_LINES = 400
LONGER = {"contracts/Campaign.vy", "contracts/Escrow.vy"}


def test_no_file_but_the_contracts_is_longer_than_one_sitting():
    long = {
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.suffix in WRITTEN
        and "node_modules" not in path.parts
        and len(path.read_text("utf-8").splitlines()) > MAX_LINES
    }
    assert long == LONGER
