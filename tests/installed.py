"""What tests need beside the product. `tests/run` installs it all; without it the tests that need it are skipped."""

import os
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
NODE_MODULES = Path(__file__).parent / "tools" / "node_modules"


def need(what: str, there: bool) -> None:
    """Skip this test, or the module that is being read, unless `what` is there. Where ETAL_TEST_TOOLS is "all", as tests/run
    sets it, fail instead: what should be tested is never left out in silence."""
    if there:
        return
    missing = f"{what} isn't there: `tests/run install`"
    if os.environ.get("ETAL_TEST_TOOLS") == "all":
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing, allow_module_level=True)
