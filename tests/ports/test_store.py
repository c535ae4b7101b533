"""The real store and the fake one keep the same promises."""

import pytest

from node.store import open_store
from tests.fakes.records import REGISTRY
from tests.fakes.store import MemoryStore
from tests.ports.store_suite import StoreSuite


class TestSqliteStore(StoreSuite):
    @pytest.fixture
    def store(self, tmp_path):
        store = open_store(tmp_path / "etal.sqlite", REGISTRY, b"k" * 32)
        yield store
        store.close()


class TestMemoryStore(StoreSuite):
    @pytest.fixture
    def store(self):
        return MemoryStore(REGISTRY)
