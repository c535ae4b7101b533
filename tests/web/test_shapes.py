import msgspec
import pytest

from node.web import api
from node.web.shapes import in_words


@pytest.mark.parametrize(
    ("shape", "given", "said"),
    [
        (api.Note, {"text": ""}, ("It must not be empty.", "text")),
        (api.Note, {"text": "x" * 10_001}, ("It has at most 10000 characters.", "text")),
        (api.Note, {"text": 5}, ("It must be a text, not a whole number.", "text")),
        (api.Note, {}, ("This is needed.", "text")),
        (api.Note, {"text": "x", "tone": 1}, ("There is nothing called tone here.", "tone")),
        (api.Note, [], ("It must be an object, not a list.", None)),
        (api.Review, {"rating": 6}, ("It is at most 5.", "rating")),
        (api.Review, {"rating": 0}, ("It is at least 1.", "rating")),
        (api.Quote, {"listing": "x", "lines": []}, ("It must not be empty.", "lines")),
        (api.Quote, {"listing": "x", "lines": [{}] * 51}, ("It has at most 50 entries.", "lines")),
        (
            api.Quote,
            {"listing": "x", "lines": [{}, 5]},
            ("It must be an object, not a whole number.", "lines.1"),
        ),
        (
            api.Place,
            {"listing": "x", "lines": [{}], "asset": 5},
            ("It must be a text or null, not a whole number.", "asset"),
        ),
        (api.Search, {"sort": "odd"}, ("It is one of best, newest, price, -price.", "sort")),
        (api.Sent, {"verb": "fund", "hash": "0x"}, ("It isn't written as it must be.", "hash")),
        (api.Search, {"limit": "many"}, ("It must be a whole number, not a text.", "limit")),
    ],
)
def test_a_wrong_shape_is_told_in_words_and_by_its_field(shape, given, said):
    with pytest.raises(msgspec.ValidationError) as wrong:
        msgspec.convert(given, shape, strict=False)
    assert in_words(str(wrong.value)) == said


def test_what_is_not_known_is_told_as_it_is():
    assert in_words("Something new - at `$[...].x`") == ("Something new", "x")
