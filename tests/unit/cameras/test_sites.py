"""The site as it is now: reload and save, all or nothing, one after the other."""

import pytest
from twisted.internet.defer import Deferred
from twisted.logger import globalLogPublisher

from ssplug.cameras.sites import CHANGES_LIMIT, NotTakenError, Sites, SitesBusyError, reload_and_tell
from ssplug.drivers import Driver, DriverKind, Drivers
from ssplug.events.bus import EventBus
from ssplug.model.event import EventType
from ssplug.model.settings import Change
from ssplug.site.load import load_site
from ssplug.site.numbers import assign_numbers
from ssplug.site.problem import SiteError
from ssplug.site.rewrite import RewriteError
from ssplug.testing import InlineWorkers

TEXT = """
server: {{state: {state}}}
cameras:
  porch: {{source: {{driver: pattern}}}}
  yard: {{source: {{driver: pattern}}}}
"""


def off(site):
    """What is to be saved: the camera is not used."""
    return [Change(("enabled",), False)]


class House:
    """A site with two cameras in a file, and who follows its changes."""

    def __init__(self, folder):
        self.drivers = Drivers()
        schema = {"type": "object", "properties": {}, "additionalProperties": False}
        self.drivers.add(DriverKind.CAMERA, "test", [Driver("pattern", schema, lambda *_: None)])
        self.path = folder / "site.yaml"
        self.path.write_text(TEXT.format(state=folder / "state"))
        site = assign_numbers(load_site(self.path, self.drivers))
        self.events = []
        bus = EventBus(lambda: 0.0)
        bus.listen(lambda event: self.events.append((event.type, event.camera)))
        self.sites = Sites(site, self.drivers, bus, InlineWorkers().worker("site"))
        self.followed = []
        self.sites.follow(self._follow)

    async def _follow(self, change):
        self.followed.append(change)

    def edit(self, old, new):
        self.path.write_text(self.path.read_text().replace(old, new))

    def result(self, deferred):
        results = []
        deferred.addBoth(results.append)
        [result] = results
        if hasattr(result, "raiseException"):
            result.raiseException()
        return result

    async def refuse(self, change):
        """Be in the way of the first step of a reload."""
        raise NotTakenError("port 80 is another's")


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def test_a_reload_whose_first_step_fails_changes_nothing(house):
    """And what is saved before the file has been taken over is refused: it is not the file that the server knows."""
    before = house.sites.site
    house.sites.first = house.refuse
    house.edit("yard:", "gate:")
    with pytest.raises(NotTakenError, match="port 80"):
        house.result(house.sites.reload())
    assert (house.sites.site, house.followed, house.events) == (before, [], [])
    with pytest.raises(RewriteError, match="reload the server first"):
        house.result(house.sites.save(off, ("cameras", "porch")))


def test_the_first_step_is_taken_where_nothing_is_different(house):
    """A certificate may have been renewed in its place; saving settings has nothing to do with that."""
    taken = []

    async def take(change):
        taken.append(change.is_nothing)

    house.sites.first = take
    house.result(house.sites.reload())
    house.result(house.sites.save(off, ("cameras", "porch")))
    assert taken == [True]


def test_a_reload_that_is_not_taken_is_told_in_the_log(house):
    """Who asked by a signal has no other way to know."""
    said = []
    house.sites.first = house.refuse
    globalLogPublisher.addObserver(said.append)
    try:
        house.result(Deferred.fromCoroutine(reload_and_tell(house.sites)))
    finally:
        globalLogPublisher.removeObserver(said.append)
    assert [str(event.get("error")) for event in said] == ["port 80 is another's"]


def test_a_save_is_followed_and_announced(house):
    """The camera that can be seen no more is news about the whole server."""
    house.result(house.sites.save(off, ("cameras", "porch")))
    [change] = house.followed
    assert [each.new.enabled for each in change.changed] == [False]
    assert house.sites.site.cameras[0].enabled is False
    assert house.events == [(EventType.CONFIGCHANGE, None)]


def test_a_reload_announces_each_camera_that_is_there(house):
    """Added, changed and removed at once."""
    house.edit("porch: {source: {driver: pattern}}", "porch: {source: {driver: pattern}, name: P}")
    house.edit("yard:", "gate:")
    change = house.result(house.sites.reload())
    assert change.summary() == "added: gate; changed: porch; removed: yard"
    assert house.events == [(EventType.CONFIGCHANGE, number) for number in (None, 0, 2)]


def test_a_wrong_file_changes_nothing(house):
    """All the errors that `ssplug check` tells."""
    house.edit("yard:", "yrad: rtsp://1.2.3.4/\n  yard:\n    bad: 1\n    worse:")
    before = house.sites.site
    with pytest.raises(SiteError, match="bad"):
        house.result(house.sites.reload())
    assert (house.sites.site, house.followed, house.events) == (before, [], [])


def test_what_is_wrong_is_logged_for_who_asked_by_signal(house):
    """And the server goes on."""
    house.path.unlink()
    logged = []
    globalLogPublisher.addObserver(logged.append)
    try:
        house.result(Deferred.fromCoroutine(reload_and_tell(house.sites)))
    finally:
        globalLogPublisher.removeObserver(logged.append)
    assert [str(event["error"]) for event in logged if "error" in event] == [f"{house.path}: No such file or directory"]
    assert house.followed == []


def test_a_save_after_an_edit_by_hand_needs_a_reload_first(house):
    """Then it goes on from there."""
    house.edit("porch:", "# mine\n  porch:")
    with pytest.raises(RewriteError, match="reload the server first"):
        house.result(house.sites.save(off, ("cameras", "porch")))
    house.result(house.sites.reload())
    house.result(house.sites.save(off, ("cameras", "porch")))
    assert "# mine" in house.path.read_text()


def test_a_part_that_fails_does_not_keep_the_others(house):
    """Its fault is logged; the file is written already."""

    async def broken(change):
        raise ZeroDivisionError

    late = []

    async def last(change):
        late.append(change)

    house.sites.follow(broken)
    house.sites.follow(last)
    house.result(house.sites.save(off, ("cameras", "porch")))
    assert len(late) == 1


def test_changes_wait_for_one_another_and_not_without_end(house):
    """The second begins when everybody has followed the first."""
    slow = Deferred()

    async def follow(change):
        await slow

    house.sites.follow(follow)
    first = house.sites.save(off, ("cameras", "porch"))
    waiting = [house.sites.save(off, ("cameras", "yard")) for _ in range(CHANGES_LIMIT)]
    assert house.sites.site.cameras[1].enabled is True
    with pytest.raises(SitesBusyError):
        house.result(house.sites.save(off, ("cameras", "yard")))
    slow.callback(None)
    assert all(each.called for each in (first, *waiting))
    assert [camera.enabled for camera in house.sites.site.cameras] == [False, False]


def test_nothing_different_is_followed_by_nobody(house):
    """But a comment is known afterwards: the next save is not refused."""
    house.edit("porch:", "# mine\n  porch:")
    house.result(house.sites.reload())
    assert (house.followed, house.events) == ([], [])
    house.result(house.sites.save(off, ("cameras", "porch")))


def test_what_is_saved_is_decided_by_what_was_saved_before(house):
    """Two clients that add to one list at the same time: nothing is lost."""

    def with_one_more(site):
        return [Change(("server", "name"), site.server.name + "!")]

    slow = Deferred()

    async def follow(change):
        await slow

    house.sites.follow(follow)
    saves = [house.sites.save(with_one_more) for _ in range(3)]
    slow.callback(None)
    assert all(save.called for save in saves)
    assert house.sites.site.server.name == "ssplug!!!"


def test_nothing_to_save_is_not_written(house):
    """So it works with a read-only file too."""
    house.path.chmod(0o444)
    assert house.result(house.sites.save(lambda site: [])).is_nothing
