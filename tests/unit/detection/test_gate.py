"""The size of encoded pictures."""

from ssplug.detection.gate import SizeGate


def a_gate(size: int = 1000, count: int = 100) -> SizeGate:
    """One that has seen pictures of about that size."""
    gate = SizeGate()
    for number in range(count):
        gate.opens(size + number % 5)
    return gate


def test_before_it_knows_what_is_usual_it_is_open():
    assert all(SizeGate().opens(size) for size in (100, 1000, 10))


def test_a_picture_as_usual_leaves_it_closed():
    assert not a_gate().opens(1100)


def test_a_picture_a_quarter_larger_opens_it():
    assert a_gate().opens(1300)


def test_motion_that_lasts_does_not_become_usual():
    """Not while one picture of seven still is as before."""
    gate = a_gate()
    opened = [gate.opens(1000 if number % 4 == 0 else 4000) for number in range(400)]
    assert sum(opened) == 300


def test_it_follows_another_usual_size():
    """At night there is more noise, for all of the night."""
    gate = a_gate()
    for _ in range(300):
        gate.opens(3000)
    assert not gate.opens(3100)


def test_another_encoder_is_learnt_anew():
    gate = a_gate()
    gate.forget()
    assert gate.opens(10)


def test_where_it_is_wrong_it_becomes_hard_to_open_and_easy_again_where_it_is_right():
    gate = a_gate()
    gate.judge(something_moved=False)
    assert not gate.opens(1300)
    gate.judge(something_moved=True)
    assert gate.opens(1300)


def test_however_often_it_was_wrong_it_opens_for_a_picture_much_larger():
    gate = a_gate()
    for _ in range(100):
        gate.judge(something_moved=False)
    assert not gate.opens(90_000)
    assert gate.opens(101_000)
