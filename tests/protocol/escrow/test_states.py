"""The table of the pot's states, and what the spec shows of it. (Tables between markers are derived by docs/spec/derive.py.)"""

import re
from pathlib import Path

import pytest

from node.protocol import escrow
from node.protocol.errors import RuleError
from node.protocol.escrow import LIVE, POT_TRANSITIONS, TRANSITIONS, State, When, step

SPEC = Path(__file__).parents[3] / "docs" / "spec" / "escrow.md"


def test_the_drawing_is_the_table():
    drawn = re.findall(r"```mermaid\n(.*?)\n```", SPEC.read_text("utf-8"), re.DOTALL)
    assert drawn == [escrow.transitions_diagram()]


def test_the_spec_shows_both_tables():
    text = SPEC.read_text("utf-8")
    for rows in (escrow.transitions_table(), escrow.reasons_table()):
        assert "\n".join(rows) in text


def test_every_function_has_a_row_or_needs_no_pot():
    named = {call for row in TRANSITIONS for call in row.calls}
    assert named == set(escrow.FUNCTIONS) - {"withdraw"}


def test_every_state_is_reached_and_left_by_time_alone():
    reached = {row.to for row in TRANSITIONS if row.to}
    assert reached == set(LIVE) == set(State) - {State.NONE}
    for state in LIVE:
        assert step(state, "timeout", 10, 10) is State.NONE


@pytest.mark.parametrize("row", TRANSITIONS)
def test_at_the_deadline_only_what_needs_it_works(row):
    for source in row.sources:
        for call in row.calls:
            for now in (9, 10):
                if row.when is When.ANY or (now < 10) is (row.when is When.BEFORE):
                    assert step(source, call, now, 10) is row.to
                    continue
                with pytest.raises(RuleError) as caught:
                    step(source, call, now, 10)
                reason = "too late" if row.when is When.BEFORE else "too early"
                assert (caught.value.rule, caught.value.message) == ("escrow.call", reason)


def test_what_the_table_does_not_name_is_the_wrong_state():
    named = {(source, call) for row in TRANSITIONS for source in row.sources for call in row.calls}
    others = {(state, call) for state in State for _, call in named} - named
    assert (State.DELIVERED, "deliver") in others
    for state, call in others:
        with pytest.raises(RuleError, match="wrong state"):
            step(state, call, 9, 10)


def test_events_lead_where_the_calls_do():
    assert {
        (State.FUNDED, "delivered"): State.DELIVERED,
        (State.FUNDED, "disputed"): State.DISPUTED,
        (State.DELIVERED, "disputed"): State.CONTESTED,
        **{(state, "paid in part"): state for state in State if state},
        **{(state, "paid out"): State.NONE for state in State if state},
    } == POT_TRANSITIONS
