import pytest

from node.store import open_store
from tests.fakes.records import REGISTRY

SECRET = b"k" * 32


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "etal.sqlite"


@pytest.fixture
def reopen(path):
    """Opens the store at `path`, after closing it where it was open already."""
    opened = []

    def open_again(**options):
        for store in opened:
            store.close()
        opened[:] = [open_store(path, REGISTRY, SECRET, **options)]
        return opened[0]

    yield open_again
    for store in opened:
        store.close()


@pytest.fixture
def store(reopen):
    return reopen()
