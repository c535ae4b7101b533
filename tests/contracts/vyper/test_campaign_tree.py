"""Every leaf of campaign.tree has its test, and every such test its leaf."""

import ast
import re
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
TREE = HERE.parent / "campaign.tree"
SHOULD = re.compile(r"test_[a-z]+(_[a-z]+)*_should_\w+")
BRANCH = re.compile(r"^((?:│   |    )*)(├── |└── )(\S.*)$")


def trees():
    """The lines of each, without comments."""
    text = re.sub(r"^//.*\n", "", TREE.read_text("utf-8"), flags=re.MULTILINE)
    return [tree.splitlines() for tree in text.strip().split("\n\n")]


def leaves():
    """The test of each leaf: test_<function>_should_<words of the leaf>."""
    names = []
    for root, *lines in trees():
        function = re.sub(r"([A-Z])", r"_\1", root.removeprefix("Campaign::")).lower()
        for line in lines:
            words = BRANCH.match(line).group(3)
            if words.startswith("it should "):
                names.append(f"test_{function}_{words.removeprefix('it ').replace(' ', '_')}")
    return names


def written():
    names = []
    for path in HERE.glob("test_campaign*.py"):
        steps = ast.parse(path.read_text("utf-8")).body
        names += [step.name for step in steps if isinstance(step, ast.FunctionDef)]
    return [name for name in names if SHOULD.fullmatch(name)]


def test_leaves_and_tests_are_the_same():
    assert Counter(leaves()) == Counter(written())


def test_the_tree_is_well_formed():
    """As bulloak reads it: one root, conditions above leaves, no condition without a leaf."""
    for root, *lines in trees():
        assert re.fullmatch(r"Campaign::[a-zA-Z]+", root)
        marks = [BRANCH.match(line) for line in lines]
        assert all(marks), [line for line, mark in zip(lines, marks, strict=True) if not mark]
        depths = [len(mark.group(1)) // 4 for mark in marks]
        for mark, depth, after in zip(marks, depths, [*depths[1:], 0], strict=True):
            leaf = mark.group(3).startswith("it should ")
            assert leaf or mark.group(3).startswith(("given ", "when "))
            assert after <= depth if leaf else after == depth + 1
        for at, (mark, depth) in enumerate(zip(marks, depths, strict=True)):
            below = next((d for d in depths[at + 1 :] if d <= depth), -1)
            assert (mark.group(2) == "├── ") == (below == depth)


def test_every_function_has_a_tree(campaigns):
    of_contract = {e["name"] for e in campaigns.code.abi if e["type"] == "function"}
    views = {"idOf", "campaigns", "pledges", "claims"}
    roots = {root.removeprefix("Campaign::") for root, *_ in trees()}
    assert roots == of_contract - views
