"""Collaborators of the tests of live media."""

import pytest
from twisted.internet.defer import Deferred, maybeDeferred, succeed

from ssplug.testing import InlineWorkers


class HeldWorker:
    """A `Worker` whose functions run when the test says so."""

    def __init__(self, name):
        self.name = name
        self.stopped = False
        self.calls = []

    @property
    def waiting(self):
        return len(self.calls)

    def call(self, function, *args, **kwargs):
        answer = Deferred()
        self.calls.append((answer, function, args, kwargs))
        return answer

    def run(self):
        """Run what waits now, not what that leads to."""
        calls, self.calls = self.calls, []
        for answer, function, args, kwargs in calls:
            maybeDeferred(function, *args, **kwargs).chainDeferred(answer)

    def stop(self):
        self.stopped = True
        return succeed(None)


class HeldWorkers(InlineWorkers):
    """`Workers` that remember the workers they made."""

    def __init__(self):
        super().__init__()
        self.made = []

    def worker(self, name, limit=64):
        self.made.append(HeldWorker(name))
        return self.made[-1]

    def run(self):
        """Run what waits in every worker."""
        for worker in self.made:
            worker.run()


@pytest.fixture
def held_workers():
    return HeldWorkers()
