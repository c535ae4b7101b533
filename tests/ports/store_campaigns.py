"""What every Store does with campaigns."""

import pytest

from node.ports import CampaignRow
from node.protocol.errors import NotFound

ID, OTHER = b"c" * 32, b"d" * 32


class CampaignsSuite:
    def test_one_that_is_joined_keeps_its_notes_when_its_record_is_renewed(self, store):
        assert store.campaign(ID) is None and store.campaigns() == []
        store.join_campaign(ID, b"first")
        store.note_campaign(ID, {"a": 1})
        store.join_campaign(ID, b"renewed")
        store.note_campaign(ID, {"b": 2, "a": 3})
        assert store.campaign(ID) == CampaignRow(ID, b"renewed", {"a": 3, "b": 2})

    def test_those_joined_last_come_first(self, store):
        store.join_campaign(ID, b"first")
        store.join_campaign(OTHER, b"second")
        store.join_campaign(ID, b"renewed")
        assert [row.id for row in store.campaigns()] == [OTHER, ID]
        assert [row.id for row in store.campaigns(1)] == [OTHER]

    def test_nothing_is_noted_of_one_that_is_not_known(self, store):
        with pytest.raises(NotFound):
            store.note_campaign(ID, {"a": 1})
        assert store.campaign(ID) is None
