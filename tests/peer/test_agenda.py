from node.peer.agenda import Agenda

A, B = b"a" * 32, b"b" * 32


def test_what_was_touched_is_due_once():
    agenda = Agenda()
    agenda.open(A)
    assert agenda.take_due() == {A}
    assert agenda.take_due() == set()
    agenda.touch(A)
    assert agenda.take_due() == {A}


def test_what_is_watched_is_always_due():
    agenda = Agenda()
    agenda.open(A)
    agenda.open(B)
    agenda.take_due()
    agenda.watch(B, True)
    assert agenda.take_due() == {B}
    assert agenda.take_due() == {B}
    agenda.watch(B, False)
    assert agenda.take_due() == set()


def test_a_reorganisation_touches_what_is_open_alone():
    agenda = Agenda()
    agenda.open(A)
    agenda.open(B)
    agenda.close(B)
    agenda.take_due()
    agenda.touch_all()
    assert agenda.take_due() == {A}
    assert A in agenda and B not in agenda and len(agenda) == 1


def test_what_is_over_can_be_touched_again_and_bothers_nobody_else():
    agenda = Agenda()
    agenda.open(A)
    agenda.watch(A, True)
    agenda.mark_stuck(A, True)
    agenda.close(A)
    assert agenda.take_due() == set() and agenda.stuck == []
    agenda.touch(A)
    assert agenda.take_due() == {A}
