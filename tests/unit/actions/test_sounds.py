"""Sounds: which programs play them, and one at a time."""

from pathlib import Path

import pytest
from twisted.internet.defer import CancelledError, Deferred, gatherResults

from ssplug.actions.folders import script_names, sound_names
from ssplug.actions.sounds import AUTO, PLAYERS, WAITING_LIMIT, Player, SoundError, Sounds, players
from ssplug.processes import ProgramError
from ssplug.site.types import Site
from ssplug.testing import in_reactor, the_reactor
from ssplug.testing.workers import InlineWorker


def names(found):
    return [player.name for player in found]


def installed(*programs):
    return lambda name: f"/usr/bin/{name}" if name in programs else None


def test_auto_is_every_player_that_is_installed():
    """In the order of the table."""
    assert names(players(AUTO, installed("mpv", "aplay"))) == ["aplay", "mpv"]
    assert players(AUTO, installed()) == []


@pytest.mark.parametrize(
    ("wanted", "player"),
    [
        ("mpv", Player("mpv", ("--no-video", "--really-quiet"))),
        ("aplay", Player("aplay", ("-q",))),
        ("aplay -D hw:1", Player("aplay", ("-D", "hw:1"))),
        ("/opt/bark", Player("/opt/bark")),
        ("'/opt/my bark' --loud", Player("/opt/my bark", ("--loud",))),
        ("it's", Player("it's")),
    ],
)
def test_a_player_may_be_named(wanted, player):
    """One that is known with its arguments, any other as it stands; it plays whatever there is."""
    assert players(wanted, lambda name: name) == [player]
    assert players(wanted, installed()) == []


def test_a_player_of_wav_files_is_not_given_others():
    """It would play them as noise."""
    aplay = next(player for player in PLAYERS if player.name == "aplay")
    assert aplay.plays(Path("bark.WAV"))
    assert not aplay.plays(Path("bark.mp3"))


def a_folder(tmp_path):
    for name in ["bark.wav", "Ding.MP3", ".hidden.wav", "notes.txt", "run.sh", "line\nfeed.wav"]:
        (tmp_path / name).write_text("#!/bin/sh\n")
    (tmp_path / "run.sh").chmod(0o755)
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "folder.sh").mkdir(mode=0o755)
    (tmp_path / "gone.wav").symlink_to("nowhere")
    return tmp_path


def test_sounds_are_known_by_their_names(tmp_path):
    """Files that are there and not hidden."""
    assert sound_names(a_folder(tmp_path)) == ("bark.wav", "Ding.MP3")


def test_scripts_are_what_can_be_run(tmp_path):
    assert script_names(a_folder(tmp_path)) == ("run.sh",)


def test_without_a_folder_there_are_none(tmp_path):
    assert sound_names(None) == sound_names(tmp_path / "missing") == ()


class House:
    """Sounds, and players that write down what they play."""

    def __init__(self, tmp_path, monkeypatch, player=AUTO, folder="sounds"):
        self.folder, self.programs, self.log = tmp_path / "sounds", tmp_path / "bin", tmp_path / "log"
        self.folder.mkdir()
        self.programs.mkdir()
        (self.folder / "bark.wav").write_bytes(b"RIFF")
        monkeypatch.setenv("PATH", f"{self.programs}:/usr/bin:/bin")
        site = Site(Path("site.yaml"), sounds=tmp_path / folder if folder else None, sound_player=player)
        self.sounds = Sounds(lambda: site, InlineWorker("folders"), the_reactor())

    def install(self, name, body=""):
        path = self.programs / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.log}\n{body}\n')
        path.chmod(0o755)

    @property
    def played(self):
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def house(tmp_path, monkeypatch):
    monkeypatch.setattr("ssplug.actions.sounds.PLAYERS", (Player("first"), Player("second", ("-x",))))
    return House(tmp_path, monkeypatch)


@in_reactor
async def test_a_sound_of_the_folder_is_played(house):
    house.install("first")
    await house.sounds.play("bark.wav")
    assert house.played == [f"first {house.folder}/bark.wav"]


@in_reactor
async def test_a_player_that_cannot_is_followed_by_the_next(house):
    """As where no sound server runs."""
    house.install("first", "exit 1")
    house.install("second")
    await house.sounds.play("bark.wav")
    assert house.played == [f"first {house.folder}/bark.wav", f"second -x {house.folder}/bark.wav"]


@in_reactor
async def test_what_no_player_can_play_says_why(house):
    with pytest.raises(SoundError, match="any of these will do: first, second"):
        await house.sounds.play("bark.wav")
    house.install("second", "echo no sound card >&2; exit 1")
    with pytest.raises(ProgramError, match="second: exit status 1: no sound card"):
        await house.sounds.play("bark.wav")


FFPLAY = next(player for player in PLAYERS if player.name == "ffplay")


@pytest.mark.parametrize(
    ("says", "is_played"),
    [
        ("$4: Invalid data found when processing input", False),
        ("No more combinations to try, audio open failed", False),
        ("[mp3float @ 0x7f2c] Header missing", True),
    ],
)
def test_ffplay_is_not_believed_when_it_says_that_all_is_well(house, monkeypatch, says, is_played):
    """Its exit status is 0 whatever happens; what it prints tells."""
    monkeypatch.setattr("ssplug.actions.sounds.PLAYERS", (FFPLAY._replace(arguments=("-x", "-y", "-z")),))
    house.install("ffplay", f'echo "{says}" >&2')

    @in_reactor
    async def test():
        if is_played:
            await house.sounds.play("bark.wav")
        else:
            with pytest.raises(ProgramError, match=r"^ffplay: "):
                await house.sounds.play("bark.wav")

    test()


@in_reactor
async def test_a_sound_that_is_not_there_says_where_it_should_be(house):
    with pytest.raises(SoundError, match=r"sounds/meow.wav: no such file"):
        await house.sounds.play("meow.wav")


@in_reactor
async def test_one_at_a_time(house):
    """And not too many."""
    house.install("first", f"sleep 0.05; echo end >> {house.log}")
    playing = [house.sounds.play("bark.wav") for _ in range(2)]
    await gatherResults(playing)
    assert house.played == [f"first {house.folder}/bark.wav", "end"] * 2


@in_reactor
async def test_too_many_are_refused(house):
    """At the end of the server there is silence."""
    house.install("first", "exec sleep 60")
    playing = [house.sounds.play("bark.wav") for _ in range(WAITING_LIMIT + 1)]
    with pytest.raises(SoundError, match="8 sounds are waiting already"):
        await house.sounds.play("bark.wav")
    house.sounds.stop()
    for each in playing:
        with pytest.raises(CancelledError):
            await each


def test_without_a_folder_a_path_must_be_whole(tmp_path, monkeypatch):
    sounds = House(tmp_path, monkeypatch, folder=None).sounds
    [failure] = failures(sounds.play("bark.wav"))
    assert "sounds: {path: FOLDER}" in failure.getErrorMessage()


def failures(deferred: "Deferred[None]"):
    found = []
    deferred.addErrback(found.append)
    return found
