"""Words that differ by a slip of the finger: a letter too many, too few, wrong, or two that changed places."""

import unicodedata

SHORTEST = 4  # letters; shorter words are near to too many others
LONGEST = 40
LONG = 8  # letters from which on two slips are forgiven


def folded(word: str) -> str:
    """As the index holds it: lower case, without accents."""
    plain = unicodedata.normalize("NFKD", word.lower())
    return "".join(each for each in plain if not unicodedata.combining(each))


def slips_forgiven(word: str) -> int:
    if not SHORTEST <= len(word) <= LONGEST:
        return 0
    return 2 if len(word) >= LONG else 1


def slips(one: str, other: str, most: int) -> int:
    """How many slips lie between two words (optimal string alignment), `most` + 1 for any number above `most`."""
    if abs(len(one) - len(other)) > most or len(set(one) ^ set(other)) > 2 * most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, against in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)
