"""From credentials to an avatar."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from argon2 import PasswordHasher
from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from ssplug.access import accounts as module
from ssplug.access.accounts import NOBODY, Accounts, LoginError, TooManyLoginsError
from ssplug.access.attempts import LONGEST_PAUSE
from ssplug.model.access import Avatar, Permission
from ssplug.site.types import User
from ssplug.testing.workers import InlineWorker
from ssplug.wire.credentials import Credentials
from ssplug.workers import WorkerBusyError

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ALICE = User("alice", CHEAP.hash("sesame"), admin=True, permissions=Permission.LIVE)
BOB = User("bob", "plain from a file", permissions=Permission.LIVE | Permission.AUDIO, cameras=frozenset({"porch"}))
RIGHT = Credentials("alice", "sesame")
WRONG = Credentials("alice", "guess")
HERE, THERE = "192.0.2.1", "192.0.2.2"


class CountingWorker(InlineWorker):
    """Counts the passwords that were checked, and may hold them back."""

    def __init__(self) -> None:
        super().__init__("passwords")
        self.checked = 0
        self.held: list[Callable[[], None]] | None = None

    def call(self, function: Any, *args: Any, **kwargs: Any) -> "Deferred[Any]":
        self.checked += 1
        if self.held is None:
            return super().call(function, *args, **kwargs)
        answer: Deferred[Any] = Deferred()
        self.held.append(lambda: answer.callback(function(*args, **kwargs)))
        return answer


class BusyWorker(InlineWorker):
    """Has too much to do."""

    def call(self, function: Any, *args: Any, **kwargs: Any) -> "Deferred[Any]":
        return fail(WorkerBusyError("passwords"))


class Scene:
    """Accounts with a clock that stands and a worker that counts."""

    def __init__(self, users: Sequence[User] = (ALICE, BOB), worker: InlineWorker | None = None) -> None:
        self.clock = Clock()
        self.worker = CountingWorker()
        self.accounts = Accounts(users, worker or self.worker, self.clock, self.clock.seconds, b"k" * 32)

    def login(self, credentials: Credentials | None, address: str = HERE) -> "Login":
        return Login(self.accounts.login(credentials, address))

    def fails(self, times: int) -> None:
        for number in range(times):
            self.login(Credentials("alice", f"guess {number}"))
            self.clock.advance(LONGEST_PAUSE)


class Login:
    """What came of a login so far: nothing, an avatar, an error."""

    def __init__(self, answer: "Deferred[Avatar]") -> None:
        self.avatar: Avatar | None = None
        self.error: Exception | None = None
        answer.addCallbacks(self._came, self._failed)

    @property
    def is_under_way(self) -> bool:
        return self.avatar is None and self.error is None

    def _came(self, avatar: Avatar) -> None:
        self.avatar = avatar

    def _failed(self, failure: Failure) -> None:
        assert isinstance(failure.value, Exception)
        self.error = failure.value


def test_without_users_everybody_may_do_everything() -> None:
    """As real servers do; the start refuses such a site on any interface but loopback."""
    scene = Scene(users=())
    for credentials in (None, WRONG):
        avatar = scene.login(credentials).avatar
        assert avatar is not None
        assert avatar.may(Permission.TALK)
        assert avatar.is_admin


@pytest.mark.parametrize("credentials", [RIGHT, Credentials("bob", "plain from a file")])
def test_the_right_password_logs_in(credentials: Credentials) -> None:
    """Hashed in the site file, or itself where it came from the environment or a file."""
    avatar = Scene().login(credentials).avatar
    assert avatar is not None
    assert avatar.name == credentials.user


def test_the_avatar_may_what_the_user_may() -> None:
    avatar = Scene().login(Credentials("bob", "plain from a file")).avatar
    assert avatar is not None
    assert avatar.may(Permission.AUDIO)
    assert not avatar.may(Permission.TALK)


@pytest.mark.parametrize(
    "credentials",
    [
        None,
        WRONG,
        Credentials("alice", ALICE.password),
        Credentials("bob", "plain"),
        Credentials("carol", "sesame"),
        Credentials("", ""),
        Credentials("carol", ""),
    ],
)
def test_anything_else_does_not(credentials: Credentials | None) -> None:
    """Among them the hash itself, an unknown user with a known user's password, and nobody with nothing."""
    assert type(Scene().login(credentials).error) is LoginError


def test_nobody_with_an_empty_password_is_nobody_also_where_all_passwords_are_plain() -> None:
    assert type(Scene(users=(BOB,)).login(Credentials("carol", "")).error) is LoginError


def test_a_password_is_checked_once_and_then_remembered() -> None:
    """An argon2 run for each request would be the whole CPU."""
    scene = Scene()
    for _ in range(3):
        assert scene.login(RIGHT).avatar is not None
    assert scene.worker.checked == 1


def test_a_wrong_password_is_checked_once_too() -> None:
    """A program with an old password asks every few seconds, for days."""
    scene = Scene()
    for _ in range(5):
        login = scene.login(WRONG)
        scene.clock.advance(LONGEST_PAUSE)
        assert login.error is not None
    assert scene.worker.checked == 1


def test_an_unknown_user_costs_as_much_work_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """One run of argon2 each, over a hash of the same cost: time does not tell who has an account."""
    hashes: list[str] = []

    def note(self: PasswordHasher, hashed: str, password: str) -> bool:
        hashes.append(hashed)
        return False

    monkeypatch.setattr(module.PasswordHasher, "verify", note)
    for user in ("alice", "bob", "carol"):
        Scene().login(Credentials(user, "guess"))
    assert hashes == [ALICE.password] * 3


def test_requests_that_come_together_are_checked_together() -> None:
    scene = Scene()
    scene.worker.held = []
    logins = [scene.login(RIGHT) for _ in range(6)]
    assert all(login.is_under_way for login in logins)
    [answer] = scene.worker.held
    answer()
    assert all(login.avatar is not None for login in logins)


def test_every_failure_makes_the_next_attempt_slower() -> None:
    scene = Scene()
    scene.fails(1)
    login = scene.login(Credentials("alice", "another"))
    scene.clock.advance(0.49)
    assert login.is_under_way
    scene.clock.advance(0.01)
    assert login.error is not None


def test_the_right_password_waits_too_where_somebody_guesses() -> None:
    scene = Scene()
    scene.fails(8)
    login = scene.login(RIGHT)
    assert login.is_under_way
    scene.clock.advance(LONGEST_PAUSE)
    assert login.avatar is not None


def test_the_right_password_from_elsewhere_does_not_wait() -> None:
    """Nobody is locked out by a stranger's guesses, not even while one of them waits."""
    scene = Scene()
    scene.fails(8)
    waiting = scene.login(RIGHT)
    assert scene.login(RIGHT, THERE).avatar is not None
    assert waiting.is_under_way


def test_who_is_known_does_not_wait() -> None:
    scene = Scene()
    scene.login(RIGHT)
    scene.fails(8)
    assert scene.login(RIGHT).avatar is not None


def test_one_address_has_only_some_attempts_at_a_time() -> None:
    scene = Scene()
    scene.fails(8)
    logins = [scene.login(Credentials("alice", f"parallel {number}")) for number in range(50)]
    assert sum(login.is_under_way for login in logins) == module.CHECKS_LIMIT_PER_ADDRESS
    assert {type(login.error) for login in logins if not login.is_under_way} == {TooManyLoginsError}
    scene.clock.advance(LONGEST_PAUSE)
    assert not any(login.is_under_way for login in logins)


def test_all_addresses_together_have_only_some_attempts_at_a_time() -> None:
    scene = Scene()
    scene.worker.held = []
    logins = [scene.login(Credentials("alice", str(number)), f"10.0.0.{number}") for number in range(100)]
    assert sum(login.is_under_way for login in logins) == module.CHECKS_LIMIT


def test_a_busy_worker_is_not_a_wrong_password() -> None:
    """The client is told to try again, and is not slowed down for it."""
    scene = Scene(worker=BusyWorker("passwords"))
    assert type(scene.login(RIGHT).error) is TooManyLoginsError
    assert not scene.login(RIGHT).is_under_way


def test_a_client_that_leaves_while_it_waits_harms_nobody() -> None:
    scene = Scene()
    scene.worker.held = []
    leaving = scene.accounts.login(RIGHT, HERE)
    leaving.addErrback(lambda _: None)
    staying = scene.login(RIGHT)
    leaving.cancel()
    scene.worker.held[0]()
    assert staying.avatar is not None


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ((ALICE, BOB), (ALICE, BOB), set()),
        ((ALICE, BOB), (ALICE,), {"bob"}),
        ((ALICE, BOB), (ALICE, replace(BOB, cameras=frozenset())), {"bob"}),
        ((ALICE,), (ALICE, BOB), set()),
        ((), (ALICE,), {NOBODY}),
        ((ALICE,), (), {"alice"}),
        ((), (), set()),
    ],
    ids=["the same", "gone", "fewer cameras", "one more", "no longer open", "open", "still open"],
)
def test_accounts_that_are_no_longer_what_they_were_are_named(
    before: Sequence[User], after: Sequence[User], changed: set[str]
) -> None:
    assert Scene(before).accounts.replace(after) == changed
