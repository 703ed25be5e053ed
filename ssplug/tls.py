"""TLS to other servers, for libraries that block: whom to trust, and by what to be known."""

import ssl


def client_context(verify: bool = True, ca: str = "", certificate: str = "", key: str = "") -> ssl.SSLContext:
    """What `ssl` needs to connect. OSError, which names the file, where one cannot be used.

    `ca` is a file with certificates (PEM) to trust instead of the system's; `certificate`, and `key`
    if that is a file of its own, are what the other side is shown.
    """
    context = _trusting(ca)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate:
        _show(context, certificate, key)
    return context


def _trusting(ca: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca or None)
    except ssl.SSLError as error:
        raise OSError(f"{ca}: there is no certificate (PEM) in it") from error
    except OSError as error:
        raise OSError(f"{ca}: {error.strerror}") from error


def _show(context: ssl.SSLContext, certificate: str, key: str) -> None:
    files = f"{certificate} and {key}" if key else certificate
    try:
        # Without a password it would ask for one at the terminal.
        context.load_cert_chain(certificate, key or None, password="")
    except ssl.SSLError as error:
        raise OSError(f"{files}: no certificate and its key (PEM, not encrypted)") from error
    except OSError as error:
        raise OSError(f"{files}: {error.strerror}") from error
