"""HTTP as drivers speak it with a camera: Basic and Digest, limits, credentials that stay where they belong."""

from ssplug.web_client.authorization import Authorizer, basic, challenges, digest, strongest
from ssplug.web_client.client import WebClient, WebReply, WebResponse, redirected
from ssplug.web_client.reasons import WebError, reason

__all__ = [
    "Authorizer",
    "WebClient",
    "WebError",
    "WebReply",
    "WebResponse",
    "basic",
    "challenges",
    "digest",
    "reason",
    "redirected",
    "strongest",
]
