"""Which version of the protocol a client speaks.

A client that has asked for a document of version 6 understands version 6 from then on, for its
account and address; every other is spoken to as of old.  The site file may settle it for all.
"""

from collections.abc import Callable

from ssplug.access.recent import Recent
from ssplug.model.schedule_names import V5, V6
from ssplug.wire.requests import DocumentFormat

CLIENTS_LIMIT = 4096


class Dialects:
    """The clients that are known to speak version 6. Reactor thread."""

    def __init__(self, fixed: Callable[[], int | None] = lambda: None) -> None:
        """`fixed` says 5 or 6 for everybody, None for whatever each client speaks; asked each time."""
        self._fixed = fixed
        self._modern: Recent[tuple[str, str], bool] = Recent(CLIENTS_LIMIT)

    def of(self, account: str, address: str) -> int:
        """5 or 6."""
        fixed = self._fixed()
        if fixed is not None:
            return fixed
        return V6 if self._modern.get((account, address)) else V5

    def of_document(self, form: DocumentFormat, account: str, address: str) -> int:
        """5 or 6 for a document that is asked for now; asking says what the client speaks."""
        if form is not DocumentFormat.LEGACY:
            self._modern.put((account, address), True)
        return self._fixed() or (V5 if form is DocumentFormat.LEGACY else V6)
