"""Who asks: from a request to an avatar, or to the refusal that says to log in."""

from http import HTTPStatus

from ssplug.access.accounts import LoginError, TooManyLoginsError
from ssplug.model.access import Avatar
from ssplug.servers.web.context import WebContext
from ssplug.servers.web.reply import refusal, unauthorized
from ssplug.servers.web.request import WebRequest
from ssplug.wire.credentials import Credentials, from_auth_parameter, from_authorization


async def avatar_of(context: WebContext, request: WebRequest) -> Avatar:
    """The account that asks; raises RefusedError."""
    try:
        avatar = await context.accounts.login(credentials_of(request), request.address)
    except TooManyLoginsError as error:
        raise refusal(HTTPStatus.SERVICE_UNAVAILABLE, headers=(("Retry-After", "5"),)) from error
    except LoginError as error:
        raise unauthorized(context.site.server.realm) from error
    request.account = avatar.name
    return avatar


def credentials_of(request: WebRequest) -> Credentials | None:
    """From the header, or else from the `auth` parameter."""
    header = request.getHeader("Authorization")
    if header is not None:
        return from_authorization(header)
    parameter = request.target.parameters.raw("auth")
    return None if parameter is None else from_auth_parameter(parameter)
