"""The command `ssplug`: what an operator asks before, beside and instead of running the server.

A subcommand is one line of COMMANDS: what it does, what it takes, and a function from the parsed
arguments to the exit status. Complaints go to standard error, results to standard output.
"""

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from twisted.python import usage
from twisted.scripts.twistd import ServerOptions, runApp  # type: ignore[attr-defined] # both, or neither, are public

from ssplug import __version__
from ssplug.drivers import DriverKind, Drivers, DuplicateDriverError
from ssplug.plugins import load_plugins, plugin_manager
from ssplug.site.bundle import composed_schema
from ssplug.site.load import load_site
from ssplug.site.problem import SiteError

FAILED: Final = 1
MISUSED: Final = 2
INTERRUPTED: Final = 130


class CommandError(Exception):
    """The command cannot do what it was asked; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(given)
    except (CommandError, SiteError, DuplicateDriverError) as error:
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
    site = load_site(arguments.file, _drivers())
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
