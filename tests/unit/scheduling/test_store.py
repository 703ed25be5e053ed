"""What arming must not forget."""

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.model.camera import CaptureMode
from ssplug.model.schedule import OVERRIDES, RunningOverride
from ssplug.scheduling.plan import Setting
from ssplug.scheduling.store import ArmingStore, ArmingStoreError

NOON = datetime(2024, 5, 8, 12, tzinfo=UTC)
KEY = (0, CaptureMode.MOTION)

overrides = st.builds(
    RunningOverride,
    st.sampled_from(list(OVERRIDES.values())),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
)
settings_of_a_mode = st.builds(Setting, st.integers(0, 2**63 - 1), st.text(), st.none() | overrides)
keys = st.tuples(st.integers(0, 999), st.sampled_from(CaptureMode))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "schedules.sqlite"


@pytest.fixture
def store(path):
    store = ArmingStore(path)
    yield store
    store.close()


def reopened(path):
    store = ArmingStore(path)
    kept = store.load()
    store.close()
    return kept


def test_a_new_file_holds_nothing(store):
    kept = store.load()
    assert (kept.settings, kept.schedule_ids, kept.preset_ids, kept.armed) == ({}, {}, {}, {})


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(keys, settings_of_a_mode, max_size=5))
def test_settings_come_back_as_they_went(tmp_path_factory, written):
    """To the microsecond, and after the file was closed."""
    path = tmp_path_factory.mktemp("state") / "schedules.sqlite"
    store = ArmingStore(path)
    store.save(written)
    store.close()
    assert reopened(path).settings == written


def test_a_later_setting_takes_the_place_of_an_earlier_one(store):
    store.save({KEY: Setting(1, "night", RunningOverride(OVERRIDES[3], NOON, NOON + timedelta(hours=1)))})
    store.save({KEY: Setting(0, "away")})
    assert store.load().settings == {KEY: Setting(0, "away")}


def test_what_was_published_stays_when_a_setting_changes(store):
    """The states are written after the event, settings before it."""
    store.save({KEY: Setting(1, "night")})
    assert store.load().armed == {}
    store.save_armed({KEY: True})
    store.save({KEY: Setting(0, "night")})
    assert store.load().armed == {KEY: True}


def test_an_id_once_given_stays(store):
    """Also where the name is gone from the site file, and a wrong second one is not taken."""
    store.save_ids({"night": 4903}, {"night": 4904})
    store.save_ids({"night": 1}, {})
    kept = store.load()
    assert (kept.schedule_ids, kept.preset_ids) == ({"night": 4903}, {"night": 4904})


def test_another_process_may_look_while_the_server_runs(store, path):
    store.save({KEY: Setting(1, "night")})
    looking = ArmingStore(path, read_only=True)
    assert looking.load().settings == {KEY: Setting(1, "night")}
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        looking.save({KEY: Setting(0, "night")})
    looking.close()


def test_another_process_may_look_while_no_server_runs(path):
    store = ArmingStore(path)
    store.save({KEY: Setting(1, "night")})
    store.close()
    looking = ArmingStore(path, read_only=True)
    assert looking.load().settings == {KEY: Setting(1, "night")}
    looking.close()


def test_a_file_that_is_no_database_is_named(path):
    path.write_bytes(b"not a database at all, but long enough to be read as the header of one" * 20)
    with pytest.raises(ArmingStoreError, match=r"schedules\.sqlite: file is not a database"):
        ArmingStore(path)


def test_a_damaged_file_is_named(path):
    store = ArmingStore(path)
    store.save({(number, mode): Setting(1, "x" * 200) for number in range(50) for mode in CaptureMode})
    store.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    store = ArmingStore(path)
    with pytest.raises(ArmingStoreError, match=r"schedules\.sqlite: .*malformed"):
        store.load()
    store.close()


def test_a_file_of_a_newer_version_is_left_alone(path):
    ArmingStore(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(ArmingStoreError, match="newer ssplug"):
        ArmingStore(path)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ArmingStoreError, match="missing"):
        ArmingStore(tmp_path / "missing" / "schedules.sqlite")


SAVE_FOR_EVER = """
import sys
from itertools import count
from pathlib import Path
from ssplug.model.camera import CaptureMode
from ssplug.scheduling.plan import Setting
from ssplug.scheduling.store import ArmingStore
store = ArmingStore(Path(sys.argv[1]))
for number in count():
    store.save({(0, mode): Setting(number, "night") for mode in CaptureMode})
    print(number, flush=True)
"""


def test_a_killed_process_has_forgotten_nothing_it_answered(path):
    """kill -9 between two writes, or within one: the last number that was printed is there, in all modes."""
    writer = subprocess.Popen([sys.executable, "-c", SAVE_FOR_EVER, str(path)], stdout=subprocess.PIPE, text=True)
    answered = [int(writer.stdout.readline()) for _ in range(20)]
    os.kill(writer.pid, signal.SIGKILL)
    answered += [int(line) for line in writer.stdout if line.endswith("\n")]
    writer.wait()
    writer.stdout.close()
    schedules = {setting.schedule for setting in reopened(path).settings.values()}
    assert len(schedules) == 1
    assert schedules.pop() in (answered[-1], answered[-1] + 1)
