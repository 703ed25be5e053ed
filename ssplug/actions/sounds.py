"""Sounds, played on this machine by a program that is installed, one at a time."""

import re
import shlex
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from twisted.internet.defer import Deferred, DeferredLock, fail
from twisted.logger import Logger

from ssplug.actions.folders import sound_names
from ssplug.processes import Program, ProgramError, ProgramLateError, run_program
from ssplug.site.types import Site
from ssplug.workers import Worker

AUTO: Final = "auto"
PLAY_SECONDS: Final = 300.0
"""The longest sound."""
WAITING_LIMIT: Final = 8

_log = Logger()


class SoundError(Exception):
    """A sound cannot be played; the text is for people."""


class Player(NamedTuple):
    """A program that plays sounds; the file comes last."""

    name: str
    arguments: tuple[str, ...] = ()
    suffixes: frozenset[str] | None = None
    """What it plays; None: anything. Others would be noise (aplay), or an error."""
    complaint: re.Pattern[str] | None = None
    """What it prints when it could not play; None: its exit status says so."""

    def plays(self, file: Path) -> bool:
        """Whether to try."""
        return self.suffixes is None or file.suffix.lower() in self.suffixes


_SNDFILE: Final = frozenset({".aif", ".aiff", ".au", ".flac", ".oga", ".ogg", ".wav"})

# Its exit status is 0 all the same. What codecs say of single frames begins with their name in brackets.
_FFPLAY_FAILED: Final = re.compile(r"^/.*: [A-Z]|^Failed to open file|audio open failed")

PLAYERS: Final[Sequence[Player]] = (
    Player("pw-play", suffixes=_SNDFILE),
    Player("paplay", suffixes=_SNDFILE),
    Player("aplay", ("-q",), frozenset({".au", ".wav"})),
    Player("mpv", ("--no-video", "--really-quiet")),
    Player("ffplay", ("-nodisp", "-autoexit", "-loglevel", "error"), complaint=_FFPLAY_FAILED),
)
"""`auto` tries them in this order: those of a sound server first, then those that play any file."""


def players(wanted: str, find: Callable[[str], str | None] = shutil.which) -> list[Player]:
    """The players that are installed, of those that `sounds: player` means. Reads the disk."""
    if wanted == AUTO:
        return [player for player in PLAYERS if find(player.name)]
    known = {player.name: player._replace(suffixes=None) for player in PLAYERS}
    player = known.get(wanted) or _spelled_out(wanted)
    return [player] if find(player.name) else []


def _spelled_out(wanted: str) -> Player:
    """A program with arguments, quoted as in a shell; or else a name with blanks."""
    try:
        name, *arguments = shlex.split(wanted)
    except ValueError:
        return Player(wanted)
    return Player(name, tuple(arguments))


class Sounds:
    """The sounds of the site, and how they are heard. Reactor thread."""

    def __init__(self, site: Callable[[], Site], worker: Worker, reactor: Any) -> None:
        """`site` is as it is just then; `worker` reads the disk."""
        self._site = site
        self._worker = worker
        self._reactor = reactor
        self._turn = DeferredLock()
        self._asked: set[Deferred[None]] = set()

    def start(self) -> None:
        """Say in the log which program plays sounds, where the site file speaks of them."""
        if self._site().sounds is not None:
            looking = self._worker.call(players, self._site().sound_player).addCallback(self._tell)
            looking.addErrback(lambda failure: _log.failure("nobody knows what plays sounds", failure))

    def stop(self) -> None:
        """Be silent, and forget what waits."""
        for asked in tuple(self._asked):
            asked.cancel()

    def names(self) -> "Deferred[tuple[str, ...]]":
        """The sounds in the folder."""
        return self._worker.call(sound_names, self._site().sounds)

    def play(self, file: str) -> "Deferred[None]":
        """Play a sound when those before are over; `file` is a path that starts at the folder.

        Fires when it has been played; fails with an error whose text is for people.
        """
        if len(self._turn.waiting) >= WAITING_LIMIT:
            return fail(SoundError(f"{WAITING_LIMIT} sounds are waiting already"))
        asked = self._turn.run(lambda: Deferred.fromCoroutine(self._play(file)))
        self._asked.add(asked)
        return asked.addBoth(self._done, asked)

    def _done(self, result: Any, asked: "Deferred[None]") -> Any:
        self._asked.discard(asked)
        return result

    async def _play(self, file: str) -> None:
        path = self._located(file)
        installed, is_there = await self._worker.call(_look, self._site().sound_player, path)
        if not is_there:
            raise SoundError(f"{path}: no such file")
        error: Exception = SoundError(_no_player(self._site().sound_player))
        for player in installed:
            if not player.plays(path):
                continue
            try:
                await self._with(player, path)
            except ProgramLateError:
                raise
            except ProgramError as failed:
                error = failed
            else:
                return
        raise error

    async def _with(self, player: Player, path: Path) -> None:
        complaints: list[str] = []

        def say(line: str) -> None:
            _log.debug("{name}: {line}", name=player.name, line=line)
            if player.complaint is not None and player.complaint.search(line):
                complaints.append(line)

        program = Program(player.name, (*player.arguments, str(path)), seconds=PLAY_SECONDS)
        await run_program(self._reactor, program, say)
        if complaints:
            raise ProgramError(f"{player.name}: {complaints[0]}")

    def _located(self, file: str) -> Path:
        folder = self._site().sounds
        if folder is None and not Path(file).is_absolute():
            raise SoundError(f"{file}: the site file names no folder for it, as sounds: {{path: FOLDER}}")
        return (Path(file) if folder is None else folder / file).absolute()

    def _tell(self, installed: Sequence[Player]) -> None:
        if installed:
            _log.info("sounds are played by {names}", names=", ".join(player.name for player in installed))
        else:
            _log.warn("{text}", text=_no_player(self._site().sound_player))


def _look(wanted: str, path: Path) -> tuple[list[Player], bool]:
    return players(wanted), path.is_file()


def _no_player(wanted: str) -> str:
    if wanted == AUTO:
        names = ", ".join(player.name for player in PLAYERS)
        return f"no program that plays this sound is installed; any of these will do: {names}"
    return f"the program that plays sounds is not installed: {wanted}"
