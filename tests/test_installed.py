import pytest

from tests.installed import need


def test_what_is_there_is_used():
    need("a tool", True)


def test_without_a_tool_a_test_is_skipped(monkeypatch):
    monkeypatch.delenv("ETAL_TEST_TOOLS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="a tool isn't there"):
        need("a tool", False)


def test_where_all_should_be_installed_it_fails(monkeypatch):
    monkeypatch.setenv("ETAL_TEST_TOOLS", "all")
    with pytest.raises(pytest.fail.Exception, match="a tool isn't there"):
        need("a tool", False)
