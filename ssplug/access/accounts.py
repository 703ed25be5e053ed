"""Accounts: from credentials to an avatar.

A password is checked with argon2 once, in a worker thread; after that its digest, made with a key
that lives as long as this process, is enough.  What was wrong once is remembered likewise.  An
unknown user costs the same time as a known one.
"""

import functools
import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, Protocol, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import deferLater
from twisted.logger import Logger

from ssplug.access.attempts import FailedAttempts, network_of
from ssplug.access.recent import Recent
from ssplug.model.access import EVERYTHING, Avatar, Opinion, no_opinion
from ssplug.site.types import User
from ssplug.wire.credentials import Credentials
from ssplug.workers import WorkerBusyError, WorkerStoppedError

DIGESTS_LIMIT = 1024
CHECKS_LIMIT = 64
CHECKS_LIMIT_PER_ADDRESS = 8
NOBODY = ""
"""The name of whoever asks while no users are configured."""

T = TypeVar("T")
P = ParamSpec("P")

_log = Logger()


class LoginError(Exception):
    """No credentials, or not those of an account."""


class TooManyLoginsError(LoginError):
    """So many logins wait to be checked that this one was not looked at: try again."""


class Checker(Protocol):
    """The thread that passwords are checked in: a `Worker`."""

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Deferred[T]":
        """Run `function` there."""


class Accounts:
    """The users of the site file, to log in. Reactor thread."""

    def __init__(
        self,
        users: Sequence[User],
        checker: Checker,
        reactor: Any,
        monotonic: Callable[[], float],
        key: bytes,
        opinion: Opinion = no_opinion,
    ) -> None:
        """`reactor` is an IReactorTime; `key` is 32 random bytes, made anew for each process.

        `opinion` is what plugins say of what an account may.
        """
        self._opinion = opinion
        self._checker = checker
        self._reactor = reactor
        self._key = key
        self._attempts = FailedAttempts(monotonic)
        self._checked: Recent[bytes, User | None]
        self._checks: dict[tuple[bytes, str], list[Deferred[Avatar]]] = {}
        self._checks_of: Counter[str] = Counter()
        self._users: dict[str, User] = {}
        self.replace(users)

    def replace(self, users: Sequence[User]) -> frozenset[str]:
        """Take `users` in place of those before: every password is to be checked again.

        Returns the names of the accounts that are gone or are no longer what they were.
        """
        before, self._users = self._users, {user.name: user for user in users}
        self._decoy = next((user.password for user in users if is_hash(user.password)), None)
        self._checked = Recent(DIGESTS_LIMIT)
        was_open = not before and bool(users)
        changed = {name for name, user in before.items() if self._users.get(name) != user}
        return frozenset(changed | ({NOBODY} if was_open else set()))

    @property
    def are_open(self) -> bool:
        """Whether no users are configured: everybody is somebody who may do everything."""
        return not self._users

    def login(self, credentials: Credentials | None, address: str) -> "Deferred[Avatar]":
        """The avatar of the account that `credentials` belong to.

        Fails with LoginError; after wrong passwords from this address it does so with a pause.
        """
        if self.are_open:
            return succeed(Avatar(NOBODY, EVERYTHING, opinion=self._opinion))
        if credentials is None:
            return fail(LoginError("no credentials"))
        digest = self._digest(credentials)
        user = self._checked.get(digest)
        if user is not None:
            return succeed(user.avatar(self._opinion))
        return self._join_check(digest, credentials, address)

    def _join_check(self, digest: bytes, credentials: Credentials, address: str) -> "Deferred[Avatar]":
        """A client opens several connections at once: its password is checked for all of them together."""
        network = network_of(address)
        waiting = self._checks.setdefault((digest, network), [])
        answer: Deferred[Avatar] = Deferred()
        waiting.append(answer)
        if len(waiting) > 1:
            return answer
        self._checks_of[network] += 1
        checked = Deferred.fromCoroutine(self._check(digest, credentials, address))
        checked.addBoth(self._answer_all, digest, network)
        return answer

    def _answer_all(self, result: Any, digest: bytes, network: str) -> None:
        self._checks_of[network] -= 1
        self._checks_of += Counter()  # drops what has come to 0
        for answer in self._checks.pop((digest, network)):
            answer.callback(result)  # a Failure starts the errback chain

    async def _check(self, digest: bytes, credentials: Credentials, address: str) -> Avatar:
        if len(self._checks) > CHECKS_LIMIT or self._checks_of[network_of(address)] > CHECKS_LIMIT_PER_ADDRESS:
            raise TooManyLoginsError("too many logins are being checked")
        pause = self._attempts.pause(address, credentials.user)
        if pause:
            await deferLater(self._reactor, pause, lambda: None)
        users = self._users
        user = await self._user(digest, credentials)
        if users is not self._users:
            raise TooManyLoginsError("the users were changed while the password was checked")
        self._checked.put(digest, user)
        if user is None:
            self._attempts.failed(address, credentials.user)
            _log.info("login as {user!r} from {address} refused", user=credentials.user, address=address)
            raise LoginError("wrong user or password")
        self._attempts.succeeded(address, credentials.user)
        return user.avatar(self._opinion)

    async def _user(self, digest: bytes, credentials: Credentials) -> User | None:
        if digest in self._checked:
            return self._checked.get(digest)
        user = self._users.get(credentials.user)
        try:
            is_right = await self._checker.call(_verify, user, credentials.password, self._decoy)
        except (WorkerBusyError, WorkerStoppedError) as error:
            raise TooManyLoginsError(str(error)) from error
        return user if is_right else None

    def _digest(self, credentials: Credentials) -> bytes:
        plain = f"{len(credentials.user)}:{credentials.user}{credentials.password}"
        return hashlib.blake2b(plain.encode(), key=self._key, digest_size=32).digest()


def is_hash(password: str) -> bool:
    """Whether a password of the site file is an argon2 hash, or else the password itself."""
    return password.startswith("$argon2")


def _verify(user: User | None, password: str, decoy: str | None) -> bool:
    """Check a password; the worker's thread.

    One run of argon2 whatever the answer: where there is no hash, `decoy` is one to work on.
    """
    if user is not None and is_hash(user.password):
        return _fits(user.password, password)
    _fits(decoy or _made_decoy(), password)
    expected = "" if user is None else user.password
    return hmac.compare_digest(expected.encode(), password.encode()) and user is not None


def _fits(hashed: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(hashed, password)
    except (Argon2Error, InvalidHashError):
        return False


@functools.cache
def _made_decoy() -> str:
    return PasswordHasher().hash("nobody")
