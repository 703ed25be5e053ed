"""Other programs: what they get, what they say, and how they end."""

import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import CancelledError
from twisted.internet.task import LoopingCall

from ssplug.processes import (
    LINE_LIMIT,
    LINES_LIMIT,
    Output,
    Program,
    ProgramError,
    kept_environment,
    run_program,
)
from ssplug.testing import in_reactor, the_reactor


def a_script(folder: Path, body: str, first_line: str = "#!/bin/sh\n") -> str:
    """An executable file."""
    path = folder / "script.sh"
    path.write_text(first_line + body + "\n")
    path.chmod(0o755)
    return str(path)


async def run(program: Program) -> list[str]:
    """What it said."""
    said: list[str] = []
    await run_program(the_reactor(), program, said.append)
    return said


async def until(holds) -> None:
    """Look again and again."""
    looking = LoopingCall(lambda: looking.stop() if holds() else None)
    await looking.start(0.02)


def is_alive(pid: int) -> bool:
    """A process that has ended and that nobody waited for does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@in_reactor
async def test_what_it_prints_is_said_line_by_line(tmp_path):
    """On either of its outputs, also what stands behind the last line feed."""
    script = a_script(tmp_path, 'echo "$1"; echo two >&2; printf three')
    assert await run(Program(script, ("one and a half",))) == ["one and a half", "two", "three"]


@in_reactor
async def test_arguments_are_no_shell_s(tmp_path):
    arguments = ("$HOME", "a b", "; echo c", "*", "")
    script = a_script(tmp_path, 'for each in "$@"; do echo "<$each>"; done')
    assert await run(Program(script, arguments)) == [f"<{each}>" for each in arguments]


@in_reactor
async def test_it_reads_nothing_and_knows_no_secret_of_ours(tmp_path, monkeypatch):
    """But it is told what it is run for."""
    monkeypatch.setenv("PORCH_PASSWORD", "hunter2")
    script = a_script(tmp_path, "cat; env")
    said = await run(Program(script, environment={"SSPLUG_CAMERA_NAME": "Front Porch"}))
    assert "SSPLUG_CAMERA_NAME=Front Porch" in said
    assert not [line for line in said if "hunter2" in line]
    assert [line for line in said if line.startswith("PATH=")]


@in_reactor
async def test_it_runs_in_a_folder(tmp_path):
    assert await run(Program(a_script(tmp_path, "pwd"), folder=tmp_path)) == [str(tmp_path)]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("exit 3", "script.sh: exit status 3"),
        ("echo no such lamp; echo; exit 1", "script.sh: exit status 1: no such lamp"),
        ("kill -9 $$", "script.sh: ended by SIGKILL"),
    ],
)
def test_another_end_than_a_good_one_is_a_failure(tmp_path, body, why):
    @in_reactor
    async def test():
        with pytest.raises(ProgramError, match=f"^{why}$"):
            await run(Program(a_script(tmp_path, body)))

    test()


@in_reactor
async def test_what_cannot_be_run_says_why(tmp_path):
    no_program = tmp_path / "text"
    no_program.write_text("")
    for path, why in [
        (tmp_path / "missing", "No such file"),
        (no_program, "Permission denied"),
        (a_script(tmp_path, "echo", first_line=""), "#!/bin/sh"),
    ]:
        with pytest.raises(ProgramError, match=why) as raised:
            await run(Program(str(path)))
        assert str(raised.value).startswith(str(path))


@in_reactor
async def test_at_the_time_limit_it_is_ended_with_all_its_children(tmp_path):
    """Also with those that do not want to."""
    script = a_script(tmp_path, 'trap "" TERM; sleep 60 & echo $!; wait; sleep 60')
    said: list[str] = []
    with pytest.raises(ProgramError, match=r"not done after 0.1 s, and ended"):
        await run_program(the_reactor(), Program(script, seconds=0.1), said.append)
    await until(lambda: not is_alive(int(said[0])))


@in_reactor
async def test_to_cancel_it_ends_it(tmp_path):
    said: list[str] = []
    running = run_program(the_reactor(), Program(a_script(tmp_path, "echo $$; exec sleep 60")), said.append)
    await until(lambda: said)
    running.cancel()
    with pytest.raises(CancelledError):
        await running
    await until(lambda: not is_alive(int(said[0])))


@in_reactor
async def test_what_it_leaves_in_the_background_goes_on(tmp_path):
    """And is not waited for, though it holds the pipe."""
    [child] = await run(Program(a_script(tmp_path, "sleep 60 & echo $!")))
    assert is_alive(int(child))
    os.kill(int(child), signal.SIGKILL)


@in_reactor
async def test_a_program_that_prints_without_end_is_read_to_its_end():
    """It is not held up; what is too much is not said."""
    said = await run(Program(sys.executable, ("-c", "print('line\\n' * 50_000)")))
    assert len(said) == LINES_LIMIT + 1
    assert "not shown" in said[-1]


def lines(*pieces: bytes) -> list[str]:
    said: list[str] = []
    output = Output(said.append)
    for piece in pieces:
        output.feed(piece)
    output.close()
    return said


def test_a_line_is_a_line_of_the_log():
    """Without escape sequences and whatever else a terminal would obey."""
    assert lines(b"\x1b[31mred\x1b[0m\ttab\r\n") == ["[31mred [0m tab"]
    assert lines(b"x" * 5000) == ["x" * LINE_LIMIT]
    assert lines(b"caf\xc3", b"\xa9 \xff\n") == ["caf\u00e9 \ufffd"]


@settings(max_examples=50)
@given(st.text(max_size=40), st.integers(0, 60))
def test_how_it_is_cut_does_not_matter(text, place):
    data = text.encode()
    assert lines(data[:place], data[place:]) == lines(data)


def test_only_what_programs_need_is_kept_of_the_environment():
    environment = {"PATH": "/bin", "LC_ALL": "C", "ALICE_PASSWORD": "x", "AWS_SECRET_ACCESS_KEY": "y"}
    assert kept_environment(environment) == {"PATH": "/bin", "LC_ALL": "C"}
