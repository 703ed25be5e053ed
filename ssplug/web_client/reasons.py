"""Why a camera does not answer, for people: from Twisted's errors to a sentence without a secret."""

from collections.abc import Iterator

from OpenSSL import SSL
from service_identity import VerificationError
from twisted.internet import error
from twisted.web.client import ResponseFailed


class WebError(Exception):
    """The camera does not do what was asked; the text says why, for people."""


def reason(problem: BaseException, place: str) -> str | None:
    """What `problem` means for the camera at `place`; None for an error that is not the network's."""
    for cause in _causes(problem):
        for kind, text in _TEXTS:
            if isinstance(cause, kind):
                return f"{place}: {text}"
    return None


_UNTRUSTED = "the camera's certificate is not valid for this address: verify_certificate: false accepts it all the same"

_TEXTS: tuple[tuple[type[BaseException], str], ...] = (
    (error.ConnectionRefusedError, "connection refused: nothing listens there"),
    (error.DNSLookupError, "host unknown"),
    (error.NoRouteError, "no route to the host"),
    (error.TimeoutError, "no answer"),
    (error.TCPTimedOutError, "no answer"),
    (VerificationError, _UNTRUSTED),
    (SSL.Error, _UNTRUSTED),
    (error.ConnectError, "no connection"),
    (error.ConnectionLost, "the connection was lost"),
    (error.ConnectionDone, "the camera hung up"),
    (ResponseFailed, "the reply is not HTTP"),
)


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """What lies below, before `problem` itself: ResponseFailed is only the wrapping."""
    if isinstance(problem, ResponseFailed):
        for failure in problem.reasons:
            yield from _causes(failure.value)
    yield problem
