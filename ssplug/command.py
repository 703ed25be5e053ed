"""The command `ssplug`: what an operator asks before, beside and instead of running the server.

A subcommand is one line of COMMANDS: what it does, what it takes, and a function from the parsed
arguments to the exit status. Complaints go to standard error, results to standard output.
"""

import argparse
import contextlib
import getpass
import json
import os
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from argon2 import PasswordHasher
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python import usage
from twisted.python.failure import Failure
from twisted.scripts.twistd import ServerOptions, runApp  # type: ignore[attr-defined] # both, or neither, are public

from ssplug import __version__
from ssplug.cameras.build import CameraBuilder, DriverError
from ssplug.cameras.discovery import discover, site_lines
from ssplug.cameras.model_check import CheckedModel, ModelCheckError, annotated, checked, line_of, picture_in
from ssplug.cameras.reindexing import ReindexError, reindex_site
from ssplug.capture.repair import Rebuilt
from ssplug.drivers import DriverKind, Drivers, DuplicateDriverError
from ssplug.interfaces import IFootageStore
from ssplug.model.discovery import Search
from ssplug.plugins import load_plugins, plugin_manager
from ssplug.running import STATE_VARIABLE, NotRunningError, RefusalError, ask, hang_up, process_of
from ssplug.scheduling.explain import ExplainError, explain_offline
from ssplug.scheduling.place import place_of
from ssplug.scheduling.store import ArmingStoreError
from ssplug.servers.listening import PORTS_FILE
from ssplug.site.advice import advice
from ssplug.site.bundle import composed_schema
from ssplug.site.load import load_site, state_of
from ssplug.site.missing import missing
from ssplug.site.numbers import assign_numbers
from ssplug.site.problem import SiteError
from ssplug.site.types import Slot
from ssplug.workers import Workers

T = TypeVar("T")

FAILED: Final = 1
MISUSED: Final = 2
INTERRUPTED: Final = 130

SITE_OF_THE_SERVICE: Final = Path("/etc/ssplug/site.yaml")


class CommandError(Exception):
    """The command cannot do what it was asked; the message says why."""


_COMPLAINTS: Final = (
    ArmingStoreError,
    CommandError,
    DriverError,
    DuplicateDriverError,
    ExplainError,
    ModelCheckError,
    NotRunningError,
    RefusalError,
    ReindexError,
    SiteError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(given)
    except _COMPLAINTS as error:
        print(error, file=sys.stderr)
        return FAILED
    except (KeyboardInterrupt, EOFError):
        print(file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`): nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(given: list[str]) -> int:
    if given[:1] == ["run"]:
        return _serve(given[1:])
    if given and given[0].startswith("-") and given[0] not in ("-h", "--help", "--version"):
        return _serve(given)
    parser = _parser()
    parsed = parser.parse_args(given)
    if parsed.command is None:
        parser.print_help(sys.stderr)
        return MISUSED
    status = COMMANDS[parsed.command].run(parsed)
    sys.stdout.flush()
    return status


def _serve(options: list[str]) -> int:
    """The same as `twistd --nodaemon ssplug OPTIONS`, without a pid file."""
    config = ServerOptions()
    try:
        config.parseOptions(["--nodaemon", "--pidfile=", "ssplug", *options])
    except usage.UsageError as error:
        raise CommandError(f"ssplug run: {error}") from error
    runApp(config)
    return 0


def _check(arguments: argparse.Namespace) -> int:
    drivers = _drivers()
    site = load_site(arguments.file, drivers)
    for told in (*advice(site), *missing(site, drivers)):
        print(f"note: {told}", file=sys.stderr)
    print(f"OK: {_counted(len(site.cameras), 'camera')}, {_counted(len(site.users), 'user')}")
    return 0


def _plugins(_arguments: argparse.Namespace) -> int:
    drivers = _drivers()
    rows = [("KIND", "DRIVER", "PLUGIN", "WHAT IT IS"), *(row for kind in DriverKind for row in _rows(kind, drivers))]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for *cells, summary in rows:
        print(*(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)), summary, sep="  ")
    for plugin, why in sorted(drivers.failures.items()):
        print(f"\nplugin {plugin} could not be loaded: {why}")
    return 0


def _rows(kind: DriverKind, drivers: Drivers) -> list[tuple[str, str, str, str]]:
    found = [(name, drivers.get(kind, name)) for name in drivers.names(kind)]
    return [(kind.noun, name, drivers.plugin_of(kind, name), driver.summary) for name, driver in found if driver]


def _schema(_arguments: argparse.Namespace) -> int:
    print(json.dumps(composed_schema(_drivers()), indent=2, ensure_ascii=False))
    return 0


def _passwd(_arguments: argparse.Namespace) -> int:
    print(PasswordHasher().hash(_new_password()))
    print("Write this line, in quotes, as the `password` of one of the site file's `users`.", file=sys.stderr)
    return 0


def _schedule(arguments: argparse.Namespace) -> int:
    site = assign_numbers(load_site(arguments.site, _drivers()))
    print(*explain_offline(site, arguments.camera, arguments.at, datetime.now(UTC)), sep="\n")
    return 0


def _reload(arguments: argparse.Namespace) -> int:
    """A wrong file is told here, rather than in a log that somebody else reads."""
    site = load_site(arguments.site, _drivers())
    pid = hang_up(site.server.state / PORTS_FILE)
    print(f"process {pid} reloads {site.path}; its log tells what is different")
    return 0


def _trigger(arguments: argparse.Namespace) -> int:
    state = _state_of(arguments.site)
    print(ask(state, f"trigger {arguments.camera}"))
    return 0


def _state_of(site: Path | None) -> Path:
    """Of the server that is meant: that of `site`, the one whose script this is, or the service's."""
    if site is None and STATE_VARIABLE in os.environ:
        return Path(os.environ[STATE_VARIABLE])
    return state_of(site or SITE_OF_THE_SERVICE)


def _reindex(arguments: argparse.Namespace) -> int:
    """While the server records, files are in flux: it would not know of what is found here."""
    drivers = _drivers()
    site = assign_numbers(load_site(arguments.site, drivers))
    with contextlib.suppress(NotRunningError):
        raise CommandError(f"stop the server first: it is process {process_of(site.server.state / PORTS_FILE)}")
    place, clock = place_of(site.server), Clock()  # nothing is waited for: no thread begins, no time passes
    builder = CameraBuilder(drivers, Workers(clock), clock, site.server.state, lambda *_: None)

    def build(slot: Slot) -> Any:
        return builder.instance(DriverKind.STORAGE, slot, IFootageStore, None)

    for name, found in reindex_site(site, build, place.zone, _show_progress):
        print(f"{name}: {_counted(found.files, 'file')}, {found.bytes / 1e9:.1f} GB, {found.mended} of them completed")
        for key in found.foreign:
            print(f"  passed over: {key}")
    return 0


def _model(arguments: argparse.Namespace) -> int:
    """Without a picture it says whether the file fits; with one, also what it finds there."""
    named = {key: getattr(arguments, key) for key in ("preset", "size", "labels", "classes")}
    given = {key: value for key, value in named.items() if value}
    model = checked(_drivers(), arguments.driver, {"model": str(arguments.file), **given})
    print(f"{arguments.file} fits", *model.description(), sep="\n  ")
    if arguments.picture is not None:
        _find(model, arguments.picture, arguments.save)
    elif arguments.save is not None:
        raise CommandError("--save needs a --picture")
    return 0


def _find(model: CheckedModel, path: Path, save: Path | None) -> None:
    picture = picture_in(path)
    findings = model.findings(picture)
    print(f"in {path} ({picture.shape[1]}x{picture.shape[0]}):", *map(line_of, findings), sep="\n  ")
    if not findings:
        print("  nobody, and nothing")
    if save is not None:
        annotated(picture, findings).save(save)


def _discover(arguments: argparse.Namespace) -> int:
    """What is printed is a whole site file, so that it can be redirected into one."""
    manager = plugin_manager()
    load_plugins(manager)
    search = Search(arguments.seconds, arguments.interface, tuple(arguments.host))
    found = _in_reactor(lambda reactor: discover(manager, reactor, search))
    for problem in found.problems:
        print(f"a plugin could not look: {problem}", file=sys.stderr)
    if not found.cameras:
        raise CommandError("no camera answered: are they in this network, and is ONVIF discovery switched on in them?")
    print(site_lines(found.cameras))
    return 0


def _in_reactor(work: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
    """What the coroutine returns that `work` makes for the reactor, which runs meanwhile, once in the process."""
    from twisted.internet import reactor  # installs it, which a server does by itself

    loop: Any = reactor
    outcomes: list[Any] = []

    def begin() -> None:
        Deferred.fromCoroutine(work(loop)).addBoth(outcomes.append).addBoth(lambda _: loop.stop())

    loop.callWhenRunning(begin)
    loop.run()
    if not outcomes:  # stopped by a signal
        raise KeyboardInterrupt
    if isinstance(outcomes[0], Failure):
        outcomes[0].raiseException()
    result: T = outcomes[0]
    return result


def _show_progress(so_far: Rebuilt) -> None:
    if so_far.files % 1000 == 0 and sys.stderr.isatty():
        print(f"\r{so_far.files} files", end="", file=sys.stderr)


def _new_password() -> str:
    """Typed twice at a terminal, or else one line of standard input."""
    if not sys.stdin.isatty():
        password = sys.stdin.readline().removesuffix("\n")
    else:
        password = getpass.getpass("Password: ")
        if getpass.getpass("The same once more: ") != password:
            raise CommandError("these are two different passwords")
    if not password:
        raise CommandError("an empty password lets everybody in")
    return password


def _drivers() -> Drivers:
    return load_plugins(plugin_manager())


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


# -- the table ------------------------------------------------------------------------------------


def _no_arguments(_parser: argparse.ArgumentParser) -> None:
    """For a command that takes none."""


def _file_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="the site file")


def _site_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--site", metavar="FILE", type=Path, default=SITE_OF_THE_SERVICE, help="the site file (%(default)s)"
    )


def _schedule_arguments(parser: argparse.ArgumentParser) -> None:
    questions = parser.add_subparsers(metavar="explain", required=True)
    explain = questions.add_parser("explain", help="why each mode of a camera is armed or not, and until when")
    explain.add_argument("--camera", metavar="N", required=True, help="its number, or its id in the site file")
    explain.add_argument("--at", metavar="TIME", help="such as 2026-12-24T18:30, by the site's clocks; without it, now")
    _site_argument(explain)


class _Classes(argparse.Action):
    """Collects `human=person,3` as {"human": ["person", 3]}."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, _: Any = None
    ) -> None:
        group, _equals, members = values.partition("=")
        so_far = getattr(namespace, self.dest) or {}
        chosen = [int(each) if each.isdecimal() else each for each in filter(None, members.split(","))]
        setattr(namespace, self.dest, {**so_far, group: chosen})


def _model_arguments(parser: argparse.ArgumentParser) -> None:
    questions = parser.add_subparsers(metavar="check", required=True)
    check = questions.add_parser("check", help="tell whether a file is a model that can be used, and what it finds")
    check.add_argument("file", metavar="FILE", type=Path, help="the model")
    check.add_argument("--picture", metavar="FILE", type=Path, help="a JPEG or PNG to find something in")
    check.add_argument("--save", metavar="FILE", type=Path, help="keep that picture with boxes in it, as JPEG or PNG")
    check.add_argument("--preset", metavar="NAME", help="how to read the model's outputs; without it, by their shapes")
    check.add_argument("--size", metavar="N", type=int, help="pixels of a side, where the model leaves that open")
    check.add_argument("--labels", metavar="FILE", help="names of the model's classes, one a line")
    check.add_argument(
        "--classes",
        metavar="GROUP=CLASS,CLASS",
        action=_Classes,
        help="the model's classes that are human, vehicle or animal, by name or number; once for each",
    )
    check.add_argument("--driver", metavar="NAME", default="onnx", help="the classifier (%(default)s)")


def _waiting(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 600:
        raise argparse.ArgumentTypeError("more than 0 seconds, and no more than 600")
    return seconds


def _discover_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", metavar="N", type=_waiting, default=3.0, help="how long to wait (%(default)s)")
    parser.add_argument("--interface", metavar="ADDRESS", default="", help="ask by the network card with this address")
    parser.add_argument(
        "--host",
        metavar="ADDRESS",
        action="append",
        default=[],
        help="ask this device only; may be given several times",
    )


def _trigger_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--camera", metavar="N", required=True, help="its number, its id in the site file, or all")
    parser.add_argument(
        "--site",
        metavar="FILE",
        type=Path,
        help=f"the site file (in a script that the server runs, that server's; else {SITE_OF_THE_SERVICE})",
    )


@dataclass(frozen=True, slots=True)
class Command:
    """One subcommand."""

    summary: str
    run: Callable[[argparse.Namespace], int]
    arguments: Callable[[argparse.ArgumentParser], None] = _no_arguments


COMMANDS: Mapping[str, Command] = {
    "check": Command("tell everything that is wrong with a site file", _check, _file_argument),
    "plugins": Command("list every driver, and every plugin that could not be loaded", _plugins),
    "schema": Command("print the JSON Schema of site files, for editors", _schema),
    "schedule": Command("tell why a camera is armed or not", _schedule, _schedule_arguments),
    "reload": Command("have the running server work by what the site file says now", _reload, _site_argument),
    "trigger": Command("trigger a camera, as if something had moved", _trigger, _trigger_arguments),
    "reindex": Command("rebuild the catalogue of footage from the files alone", _reindex, _site_argument),
    "model": Command("tell what a model finds in pictures", _model, _model_arguments),
    "discover": Command("find cameras in the network, and print a site file with them", _discover, _discover_arguments),
    "passwd": Command("turn a password into the hash that a site file may hold", _passwd),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ssplug",
        description="A network video recorder that speaks the SecuritySpy web-server protocol.",
        epilog="ssplug --site FILE (or: ssplug run --site FILE) serves a site, as `twistd -n ssplug --site FILE` does; "
        "ssplug run --help tells its options.",
    )
    parser.add_argument("--version", action="version", version=f"ssplug {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, command in COMMANDS.items():
        command.arguments(commands.add_parser(name, help=command.summary, description=command.summary))
    return parser
