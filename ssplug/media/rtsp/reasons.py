"""Why there is no picture, for people: from FFmpeg's errors, which repeat the URL with its password, to a sentence."""

import errno
from typing import Final

from av import error

from ssplug.model.url import CameraURL

_REFUSED: Final = "401: user name or password refused"
_ASKED: Final = "401: the camera asks for a user name and a password"

_NO_ROUTE: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})
_NO_TLS: Final = (
    "no TLS connection: the camera's certificate is not valid (verify_certificate: false accepts it all the same), "
    "or it does not speak rtsps at this port"
)


def opening_reason(problem: error.FFmpegError, url: CameraURL, waited: bool, resolved: bool) -> str:
    """Why the stream could not be opened.

    `waited`: the time was up; `resolved`: the host has an address. FFmpeg tells neither.
    """
    if not resolved:
        return f"{url.host}: host unknown"
    if waited or isinstance(problem, error.ExitError | error.TimeoutError):
        return f"{url.place}: no answer"
    if isinstance(problem, error.HTTPClientError | error.HTTPServerError):
        return _status_reason(problem, url)
    return f"{url.place}: {_connection_reason(problem, url)}"


def watching_reason(problem: error.FFmpegError, url: CameraURL, timeout: float) -> str:
    """Why a stream that was open ended."""
    if isinstance(problem, error.ExitError | error.TimeoutError):
        return stall_reason(url, timeout)
    return f"{url.place}: the connection was lost"


def stall_reason(url: CameraURL, timeout: float) -> str:
    """Connected, but silent."""
    return f"{url.place}: nothing came for {timeout:g} seconds"


def _status_reason(problem: error.FFmpegError, url: CameraURL) -> str:
    if isinstance(problem, error.HTTPUnauthorizedError):
        return _REFUSED if url.username else _ASKED
    if isinstance(problem, error.HTTPForbiddenError):
        return f"403: this user may not see {url.path}"
    if isinstance(problem, error.HTTPNotFoundError):
        return f"404: the camera has no stream at {url.path}"
    if isinstance(problem, error.HTTPServerError):
        return "the camera answers with an error of its own (5xx): it may have too many clients"
    return f"the camera refuses the request for {url.path} (4xx)"


def _connection_reason(problem: error.FFmpegError, url: CameraURL) -> str:
    if problem.errno == errno.ECONNREFUSED:
        return "connection refused: nothing listens there"
    if problem.errno in _NO_ROUTE:
        return "no route to the host"
    if problem.errno == errno.EPROTONOSUPPORT:
        return "the camera does not offer this transport"
    if isinstance(problem, error.InvalidDataError):
        return "what answers there does not speak RTSP"
    return _NO_TLS if url.scheme == "rtsps" else "no connection"
