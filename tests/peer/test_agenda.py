from node.peer.agenda import Agenda

A, B = b"a" * 32, b"b" * 32


def test_what_was_touched_is_due_once():
    agenda = Agenda()
    agenda.open(A)
    assert agenda.take_due() == {A}
    assert agenda.take_due() == set()
    agenda.touch(A)
    assert agenda.is_touched(A) and not agenda.is_touched(B)
    assert agenda.take_due() == {A}
    assert not agenda.is_touched(A)


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


def test_an_order_is_due_once_when_its_deadline_has_passed():
    agenda = Agenda()
    for id, deadline in ((A, 100), (B, 200)):
        agenda.open(id)
        agenda.expect(id, deadline)
    agenda.take_due()
    assert agenda.take_passed(100) == set() and agenda.take_due() == set()
    assert agenda.take_passed(101) == {A} and agenda.take_due() == {A}
    assert agenda.take_passed(101) == set() and agenda.take_due() == set()
    agenda.expect(B, 300)
    assert agenda.take_passed(250) == set()
    agenda.expect(B, None)
    assert agenda.take_passed(999) == set()


def test_nothing_is_expected_of_what_is_over():
    agenda = Agenda()
    agenda.open(A)
    agenda.expect(A, 100)
    agenda.close(A)
    assert agenda.take_passed(999) == set()
