"""What an episode has shown."""

from ssplug.model.classification import Classification
from ssplug.model.kinds import LAST_LOOKS, KindsOfEpisode

HUMAN, ANIMAL, NOBODY = frozenset({Classification.HUMAN}), frozenset({Classification.ANIMAL}), frozenset()


def told(*looks):
    kinds = KindsOfEpisode()
    return [kinds.see(look) for look in looks]


def test_two_looks_make_it_sure_and_it_is_news_once():
    assert told(HUMAN, HUMAN, HUMAN) == [NOBODY, HUMAN, NOBODY]


def test_looks_that_are_far_apart_do_not_confirm_each_other():
    assert told(ANIMAL, *[NOBODY] * (LAST_LOOKS - 1), ANIMAL)[-1] == NOBODY
    assert told(ANIMAL, *[NOBODY] * (LAST_LOOKS - 2), ANIMAL)[-1] == ANIMAL


def test_several_may_be_there():
    assert told(HUMAN | ANIMAL, HUMAN | ANIMAL)[-1] == HUMAN | ANIMAL


def test_another_episode_begins_with_nothing():
    kinds = KindsOfEpisode()
    kinds.see(HUMAN)
    kinds.see(HUMAN)
    assert kinds.sure == HUMAN
    kinds.forget()
    assert kinds.sure == NOBODY
    assert kinds.see(HUMAN) == NOBODY
