"""The scripts of the folder."""

from pathlib import Path

import pytest
from twisted.internet.defer import CancelledError

from ssplug.actions.scripts import RUNNING_LIMIT, Scripts
from ssplug.processes import ProgramError
from ssplug.site.types import ServerConfig, Site
from ssplug.testing import in_reactor, the_reactor
from ssplug.testing.workers import InlineWorker


def the_scripts(folder):
    site = Site(Path("site.yaml"), ServerConfig(name="Home"), scripts=folder)
    return Scripts(lambda: site, InlineWorker("folders"), the_reactor())


def a_script(folder, body):
    path = folder / "lights.sh"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@in_reactor
async def test_a_script_runs_in_its_folder_and_knows_who_asks(tmp_path):
    a_script(tmp_path, 'echo "$SSPLUG_SERVER $SSPLUG_REASON" > done')
    scripts = the_scripts(tmp_path)
    assert await scripts.names() == ("lights.sh",)
    await scripts.run("lights.sh")
    assert (tmp_path / "done").read_text() == "Home web\n"


@in_reactor
async def test_a_script_that_fails_says_why(tmp_path):
    a_script(tmp_path, "echo no lamp; exit 2")
    with pytest.raises(ProgramError, match=r"^lights.sh: exit status 2: no lamp$"):
        await the_scripts(tmp_path).run("lights.sh")


@in_reactor
async def test_so_many_at_once_and_none_after_the_end(tmp_path):
    a_script(tmp_path, "exec sleep 60")
    scripts = the_scripts(tmp_path)
    running = [scripts.run("lights.sh") for _ in range(RUNNING_LIMIT)]
    with pytest.raises(ProgramError, match="8 scripts run already"):
        await scripts.run("lights.sh")
    scripts.stop()
    for each in running:
        with pytest.raises(CancelledError):
            await each
