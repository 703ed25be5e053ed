"""A plugin may allow and forbid; one that fails decides nothing."""

import pytest

from ssplug import hookimpl
from ssplug.access.opinion import opinion_of
from ssplug.model.access import Avatar, Permission, no_opinion
from ssplug.plugins import plugin_manager
from ssplug.testing import a_camera

PORCH, YARD = a_camera(0, "Porch", "porch"), a_camera(1, "Yard", "yard")


class AtNight:
    """Nobody sees the porch, everybody may hear the yard."""

    @hookimpl
    def ssplug_may(self, permission, camera):
        if camera == PORCH and permission is Permission.LIVE:
            return False
        if camera == YARD and permission is Permission.AUDIO:
            return True
        return None


class Broken:
    @hookimpl
    def ssplug_may(self, avatar):
        raise RuntimeError("no database")


@pytest.fixture
def guest():
    """An account that may look at the porch, under the opinion of a plugin."""

    def make(plugin):
        manager = plugin_manager()
        manager.register(plugin)
        return Avatar("guest", Permission.LIVE, frozenset({"porch"}), opinion_of(manager.hook))

    return make


def test_without_a_plugin_nobody_is_asked():
    """And pluggy is left out of it."""
    assert opinion_of(plugin_manager().hook) is no_opinion


def test_a_plugin_forbids_and_allows(guest):
    """What the site file says holds only where the plugin has no opinion."""
    avatar = guest(AtNight())
    assert not avatar.sees(PORCH)
    assert avatar.may(Permission.AUDIO, YARD)
    assert avatar.permissions(YARD) == Permission.AUDIO
    assert not avatar.sees(YARD)
    assert avatar.may(Permission.LIVE)


def test_a_plugin_that_fails_decides_nothing(guest):
    """The site file does."""
    avatar = guest(Broken())
    assert avatar.sees(PORCH)
    assert not avatar.sees(YARD)
