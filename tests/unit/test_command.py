"""The command `ssplug`."""

import io
import json
import os
import pty
import select
import subprocess
import sys

import pytest
from argon2 import PasswordHasher
from jsonschema import Draft202012Validator

from ssplug import __version__
from ssplug.command import COMMANDS, main

SITE = "cameras: {yard: {source: {driver: dummy}}, porch: {source: {driver: dummy}}}\n"

PLUGIN = """
    from ssplug import hookimpl
    from ssplug.drivers import Driver

    SCHEMA = {"type": "object", "properties": {"speed": {"type": "integer"}}, "additionalProperties": False}

    @hookimpl
    def ssplug_camera_drivers():
        return [Driver("dummy", SCHEMA, lambda context, settings: None, "A camera for tests")]
"""


@pytest.fixture
def site(tmp_path, plugin_folder):
    """A site of two cameras, and the plugin that they need."""
    plugin_folder.install("dummy", PLUGIN)
    path = tmp_path / "site.yaml"
    path.write_text(SITE)
    return path


def test_a_right_site_is_counted(site, capsys):
    assert main(["check", str(site)]) == 0
    assert capsys.readouterr() == ("OK: 2 cameras, 0 users\n", "")


def test_one_of_a_kind_is_counted_in_the_singular(site, capsys, monkeypatch):
    monkeypatch.setenv("PW", "x")
    site.write_text("users: [{name: a, password: {$env: PW}}]\ncameras: {yard: {source: {driver: dummy}}}\n")
    assert main(["check", str(site)]) == 0
    assert capsys.readouterr().out == "OK: 1 camera, 1 user\n"


def test_everything_wrong_with_a_site_is_told(site, capsys):
    site.write_text("server: {port: x}\ncameras: {yard: {source: {driver: dummi}, transform: up}}\n")
    assert main(["check", str(site)]) == 1
    out, told = capsys.readouterr()
    assert out == ""
    assert [line.split(": ")[:2] for line in told.splitlines()] == [
        [f"{site}:1:16", "server.port"],
        [f"{site}:2:35", "cameras.yard.source.driver"],
        [f"{site}:2:54", "cameras.yard.transform"],
    ]


def test_a_driver_of_a_plugin_that_failed_is_told_where_it_is_asked_for(site, plugin_folder, capsys):
    plugin_folder.install("thermal", "import flir_sdk\n")
    site.write_text("cameras:\n  roof:\n    source: {driver: thermal}\n")
    assert main(["check", str(site)]) == 1
    assert capsys.readouterr().err == (
        f"{site}:3:22: cameras.roof.source.driver: no camera driver named 'thermal', for its plugin could not be "
        "loaded: ModuleNotFoundError: No module named 'flir_sdk'\n"
    )


@pytest.mark.parametrize(("name", "why"), [("nowhere.yaml", "No such file or directory"), (".", "Is a directory")])
def test_a_file_that_cannot_be_read_is_told(tmp_path, capsys, name, why):
    assert main(["check", str(tmp_path / name)]) == 1
    assert capsys.readouterr().err == f"{tmp_path / name}: {why}\n"


def test_drivers_are_listed_with_kind_plugin_and_summary(plugin_folder, capsys):
    plugin_folder.install("cameras-of-mine", PLUGIN)
    assert main(["plugins"]) == 0
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.split() == ["KIND", "DRIVER", "PLUGIN", "WHAT", "IT", "IS"]
    assert ["camera", "driver", "dummy", "cameras-of-mine", "A", "camera", "for", "tests"] in [
        row.split() for row in rows
    ]


def test_a_plugin_that_failed_is_listed_with_the_reason(plugin_folder, capsys):
    plugin_folder.install("thermal", "import flir_sdk\n")
    assert main(["plugins"]) == 0
    out = capsys.readouterr().out
    assert "\nplugin thermal could not be loaded: ModuleNotFoundError: No module named 'flir_sdk'\n" in out


def test_two_plugins_with_one_driver_are_told(plugin_folder, capsys):
    plugin_folder.install("one", PLUGIN)
    plugin_folder.install("two", PLUGIN)
    assert main(["plugins"]) == 1
    assert "'one' and 'two' both contribute a camera driver named 'dummy'" in capsys.readouterr().err


def test_why_a_camera_is_armed_is_told(tmp_path, plugin_folder, capsys):
    """A line for each mode, also where the server has never run."""
    plugin_folder.install("dummy", PLUGIN)
    path = tmp_path / "site.yaml"
    path.write_text(f"server: {{state: {tmp_path}, timezone: Europe/London}}\n{SITE}")
    assert main(["schedule", "explain", "--site", str(path), "--camera", "yard", "--at", "2026-12-24T18:30"]) == 0
    continuous, motion, actions = capsys.readouterr().out.splitlines()
    assert continuous.startswith("continuous capture: not armed at Thu 2026-12-24 18:30:00 GMT, for ever, because ")
    assert motion.startswith("motion capture: armed ")
    assert actions.startswith("actions: not armed ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--camera", "9"], "there is no camera '9'"), (["--camera", "0", "--at", "noon"], "'noon' is no time")],
)
def test_a_question_about_schedules_that_has_no_answer(tmp_path, plugin_folder, capsys, arguments, said):
    plugin_folder.install("dummy", PLUGIN)
    path = tmp_path / "site.yaml"
    path.write_text(f"server: {{state: {tmp_path}}}\n{SITE}")
    assert main(["schedule", "explain", "--site", str(path), *arguments]) == 1
    assert said in capsys.readouterr().err


def test_the_schema_knows_the_installed_drivers(plugin_folder, capsys):
    plugin_folder.install("dummy", PLUGIN)
    assert main(["schema"]) == 0
    schema = Draft202012Validator(json.loads(capsys.readouterr().out))
    assert schema.is_valid({"cameras": {"yard": {"source": {"driver": "dummy", "speed": 3}}}})
    assert not schema.is_valid({"cameras": {"yard": {"source": {"driver": "dummy", "spede": 3}}}})


def test_a_password_from_standard_input_becomes_a_hash(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("hunter2 \nmore\n"))
    assert main(["passwd"]) == 0
    out, advice = capsys.readouterr()
    assert PasswordHasher().verify(out.strip(), "hunter2 ")
    assert "in quotes" in advice


@pytest.mark.parametrize("typed", ["", "\n"])
def test_an_empty_password_is_refused(monkeypatch, capsys, typed):
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert main(["passwd"]) == 1
    assert capsys.readouterr() == ("", "an empty password lets everybody in\n")


@pytest.mark.parametrize(
    ("typed", "status", "told"),
    [
        ("hunter2\nhunter2\n", 0, "$argon2id$"),
        ("hunter2\nhunter3\n", 1, "these are two different passwords"),
        ("\x04", 130, ""),
    ],
)
def test_a_password_at_a_terminal_is_asked_for_twice_and_not_shown(typed, status, told):
    """And Ctrl-D ends it without a traceback."""
    shown, exit_status = _at_a_terminal("passwd", typed)
    assert exit_status == status
    assert told in shown
    assert "hunter" not in shown
    assert "Traceback" not in shown


def test_ctrl_c_ends_a_command_without_a_traceback(monkeypatch, capsys):
    def interrupted(_prompt: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("getpass.getpass", interrupted)
    assert main(["passwd"]) == 130
    assert capsys.readouterr() == ("", "\n")


def _at_a_terminal(command: str, typed: str) -> tuple[str, int]:
    """What the command shows at a terminal of its own, and its exit status."""
    # A session leader that opens a terminal has it as its controlling one, which getpass asks at.
    program = (
        "import os, sys; os.open(sys.argv[1], os.O_RDWR); from ssplug.command import main; sys.exit(main(sys.argv[2:]))"
    )
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", program, os.ttyname(theirs), command],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        try:
            return _conversation(ours, typed), process.wait(60)
        finally:
            process.kill()
            os.close(ours)


def _conversation(terminal: int, typed: str) -> str:
    """Each line is typed at a prompt of its own; all that is shown."""
    shown = ""
    for line in typed.splitlines(keepends=True):
        shown += _read_until(terminal, ": ")
        os.write(terminal, line.encode())
    return shown + _read_until(terminal, None)


def _read_until(terminal: int, end: str | None) -> str:
    shown = ""
    while end is None or not shown.endswith(end):
        assert select.select([terminal], [], [], 60)[0], f"nothing more after {shown!r}"
        try:
            read = os.read(terminal, 1024)
        except OSError:  # the other side has closed
            break
        if not read:
            break
        shown += read.decode()
    return shown


def test_no_command_shows_what_there_is(capsys):
    assert main([]) == 2
    told = capsys.readouterr().err
    assert all(name in told for name in COMMANDS)


def test_an_unknown_command_is_answered_with_the_known_ones(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["chekc"])
    assert caught.value.code == 2
    assert "'check'" in capsys.readouterr().err


def test_the_version(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"ssplug {__version__}\n"


def run(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "ssplug", *arguments], capture_output=True, text=True, timeout=60, check=False, **options
    )


def test_a_reader_that_has_gone_ends_the_command_quietly():
    """As `ssplug schema | head -1` does."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        finished = subprocess.run(
            [sys.executable, "-m", "ssplug", "schema"], stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False
        )
    finally:
        os.close(writing)
    assert (finished.returncode, finished.stderr) == (1, b"")


@pytest.mark.parametrize("launch", [["--site"], ["run", "--site"]])
def test_a_site_that_is_wrong_is_not_served(tmp_path, launch):
    """Whichever way it is launched: the errors of `ssplug check`, exit status 1, no traceback."""
    path = tmp_path / "site.yaml"
    path.write_text("server: {port: x}\n")
    finished = run(*launch, str(path), cwd=tmp_path)
    assert finished.returncode == 1
    assert f"{path}:1:16: server.port: 'x' is not a whole number" in finished.stdout + finished.stderr
    assert "Traceback" not in finished.stdout + finished.stderr


def test_launching_without_a_site_is_told(tmp_path):
    finished = run("run", cwd=tmp_path)
    assert finished.returncode == 1
    assert finished.stderr.startswith("ssplug run: --site")


def test_an_unknown_option_of_the_server_is_told(tmp_path):
    finished = run("--sight", "x", cwd=tmp_path)
    assert finished.returncode == 1
    assert "ssplug run: option --sight not recognized" in finished.stderr


def test_the_server_s_options_can_be_asked_for(tmp_path):
    finished = run("run", "--help", cwd=tmp_path)
    assert finished.returncode == 0
    assert "--site" in finished.stdout


def test_the_server_is_launched_as_twistd_would(monkeypatch):
    """In the foreground, and without a pid file: two servers may be started in one folder."""
    launched = []
    monkeypatch.setattr("ssplug.command.runApp", launched.append)
    assert main(["--site", "site.yaml"]) == 0
    [config] = launched
    assert (config["nodaemon"], config["pidfile"], config.subCommand) == (1, "", "ssplug")
    assert config.subOptions["site"] == "site.yaml"


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "1e9", "soon"])
def test_nobody_looks_for_cameras_for_ever(seconds, capsys):
    """Nor not at all."""
    with pytest.raises(SystemExit):
        main(["discover", "--seconds", seconds])
    assert "--seconds" in capsys.readouterr().err
