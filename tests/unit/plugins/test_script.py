"""The action `script`: what the program is told."""

import json
from datetime import timedelta, timezone

import pytest

from ssplug.model.event import Scores, TriggerReason
from ssplug.processes import ProgramError
from ssplug.testing import a_camera, a_real_context, in_reactor
from ssplug.testing.actions import FakeServerAtWork, a_trigger
from ssplug_script.script import Script, ScriptSettings

ENVIRONMENT = """#!/usr/bin/env python3
import json, os, sys
told = {name: value for name, value in os.environ.items() if name.startswith("SSPLUG_") or name == "TOKEN"}
json.dump([told, sys.argv[1:], os.getcwd()], open("told.json", "w"))
"""


def a_script(folder, text):
    path = folder / "script.sh"
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


@in_reactor
async def test_the_environment_tells_what_happened(tmp_path):
    settings = ScriptSettings(a_script(tmp_path, ENVIRONMENT), ["--bright", "$HOME"], {"TOKEN": "secret"})
    trigger = a_trigger(TriggerReason.MOTION | TriggerReason.HUMAN, scores=Scores(human=93, animal=2))
    server = FakeServerAtWork()
    server.zone = timezone(timedelta(hours=1))
    await Script(a_real_context(tmp_path), settings).perform(trigger, server)
    told, arguments, folder = json.loads((tmp_path / "told.json").read_text())
    assert arguments == ["--bright", "$HOME"]
    assert folder == str(tmp_path)
    assert told == {
        "TOKEN": "secret",
        "SSPLUG_SERVER": "Home",
        "SSPLUG_CAMERA_NUMBER": "0",
        "SSPLUG_CAMERA_ID": "porch",
        "SSPLUG_CAMERA_NAME": "Front Porch",
        "SSPLUG_REASON": "human, motion",
        "SSPLUG_REASON_CODE": "129",
        "SSPLUG_TIME": "2023-11-14T23:13:20+01:00",
        "SSPLUG_TIMESTAMP": "1700000000.000000",
        "SSPLUG_EVENT": "7",
        "SSPLUG_HUMAN": "93",
        "SSPLUG_VEHICLE": "0",
        "SSPLUG_ANIMAL": "2",
    }


@in_reactor
async def test_a_camera_may_have_any_name(tmp_path):
    """Nothing of it is run, and a NUL does no harm."""
    script = Script(a_real_context(tmp_path), ScriptSettings(a_script(tmp_path, ENVIRONMENT)))
    trigger = a_trigger(camera=a_camera(name="$(touch here)`\0; exit 1\nX=1"))
    await script.perform(trigger, FakeServerAtWork())
    told, _, _ = json.loads((tmp_path / "told.json").read_text())
    assert told["SSPLUG_CAMERA_NAME"] == "$(touch here)`; exit 1\nX=1"
    assert not (tmp_path / "here").exists()


@in_reactor
async def test_it_has_a_time_limit(tmp_path):
    script = a_script(tmp_path, "#!/bin/sh\nexec sleep 60\n")
    action = Script(a_real_context(tmp_path), ScriptSettings(script, time_limit=0.1))
    with pytest.raises(ProgramError, match=r"not done after 0.1 s"):
        await action.perform(a_trigger(), FakeServerAtWork())
