"""What an episode has shown."""

from ssplug.detection.kinds import KindsOfEpisode
from ssplug.model.classification import Classification
from ssplug.model.event import TriggerReason

HUMAN, ANIMAL = {Classification.HUMAN}, {Classification.ANIMAL}
NOTHING = TriggerReason(0)


def test_two_looks_make_a_reason_and_it_is_new_once():
    kinds = KindsOfEpisode()
    told = [kinds.see(at, HUMAN) for at in (0.0, 0.5, 1.0)]
    assert told == [NOTHING, TriggerReason.HUMAN, NOTHING]
    assert kinds.reasons == TriggerReason.HUMAN


def test_looks_that_are_far_apart_do_not_confirm_each_other():
    kinds = KindsOfEpisode()
    assert [kinds.see(at, ANIMAL) for at in (0.0, 2.5, 5.0)] == [NOTHING] * 3


def test_a_look_between_that_shows_nothing_does_not_matter():
    kinds = KindsOfEpisode()
    assert [kinds.see(at, seen) for at, seen in ((0.0, HUMAN), (0.5, set()), (1.0, HUMAN))][-1] == TriggerReason.HUMAN


def test_several_may_be_there():
    kinds = KindsOfEpisode()
    kinds.see(0.0, HUMAN | ANIMAL)
    assert kinds.see(0.5, HUMAN | ANIMAL) == TriggerReason.HUMAN | TriggerReason.ANIMAL


def test_another_episode_begins_with_nothing():
    kinds = KindsOfEpisode()
    kinds.see(0.0, HUMAN)
    kinds.see(0.5, HUMAN)
    kinds.forget()
    assert kinds.reasons == NOTHING
    assert kinds.see(1.0, HUMAN) == NOTHING
