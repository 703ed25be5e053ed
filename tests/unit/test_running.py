"""Speaking to the process that serves a site, and to no other."""

import json
import os
import signal
import subprocess
import sys

import pytest

from ssplug.running import NotRunningError, hang_up, this_process

CHILD = """
import json, signal, sys
from ssplug.running import this_process
signal.signal(signal.SIGHUP, lambda *_: sys.exit(7))
print(json.dumps(this_process()), flush=True)
signal.pause()
"""


def test_the_process_of_the_file_is_told(tmp_path):
    """By SIGHUP."""
    with subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, text=True) as child:
        (tmp_path / "ports.json").write_text(child.stdout.readline())
        assert hang_up(tmp_path / "ports.json") == child.pid
        assert child.wait(30) == 7


def test_a_process_that_only_has_the_number_of_an_ended_one_is_left_alone(tmp_path):
    """SIGHUP would end it."""
    told = this_process()
    (tmp_path / "ports.json").write_text(json.dumps({**told, "started": told["started"] - 1}))
    with pytest.raises(NotRunningError, match="has ended"):
        hang_up(tmp_path / "ports.json")
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
    assert os.getpid() == told["pid"]


@pytest.mark.parametrize("content", [None, "", "{}", '{"pid": 0}', '{"pid": 999999999, "started": 1}', "[]"])
def test_without_a_server_that_is_said(tmp_path, content):
    """Whatever is in the file or not."""
    if content is not None:
        (tmp_path / "ports.json").write_text(content)
    with pytest.raises(NotRunningError, match="no server runs"):
        hang_up(tmp_path / "ports.json")
