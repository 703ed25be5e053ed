"""An ONVIF device in the process of the test: it answers what it was given, and remembers what it was asked."""

import base64
import contextlib
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

from twisted.internet.defer import Deferred
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from ssplug.testing import the_reactor
from tests.conformance.http_camera import PASSWORD, USER, listening
from tests.unit.plugins.onvif_recordings import in_envelope, recorded

SOAP = "{http://www.w3.org/2003/05/soap-envelope}"
Answer = bytes | Callable[["Asked"], bytes]

REFUSED = (
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value>'
    b"<s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code></s:Fault></s:Body></s:Envelope>"
)
FAULT = REFUSED.replace(b"ter:NotAuthorized", b"ter:ActionNotSupported")


@dataclass(frozen=True)
class Asked:
    """One request."""

    operation: str
    path: str
    root: ET.Element
    header: Mapping[str, str]
    """The texts in its header, by local name."""
    authorization: str | None

    def text(self, name: str) -> str:
        """Of the first element with that local name in the body."""
        found = next((e for e in self.root.find(f"{SOAP}Body").iter() if e.tag.endswith(f"}}{name}")), None)
        return "" if found is None else found.text or ""


@dataclass
class Device:
    """What it answers, in turn, the last again and again; b"" hangs up, None keeps the client waiting."""

    answers: Mapping[str, Sequence[Answer | None]]
    asked: list[Asked] = field(default_factory=list)
    _waiting: list[tuple[str, int, Deferred[None]]] = field(default_factory=list)

    def operations(self) -> list[str]:
        """The operations that were asked for, in order."""
        return [asked.operation for asked in self.asked]

    def until(self, operation: str, count: int = 1) -> "Deferred[None]":
        """Fire once the operation was asked for so often."""
        waiting: Deferred[None] = Deferred()
        self._waiting.append((operation, count, waiting))
        self._tell()
        return waiting

    def note(self, asked: Asked) -> Answer | None:
        """What to answer."""
        before = self.operations().count(asked.operation)
        self.asked.append(asked)
        self._tell()
        given = self.answers.get(asked.operation, [FAULT])
        return given[min(before, len(given) - 1)]

    def _tell(self) -> None:
        operations = self.operations()
        reached = [entry for entry in self._waiting if operations.count(entry[0]) >= entry[1]]
        self._waiting = [entry for entry in self._waiting if entry not in reached]
        for _, _, waiting in reached:
            the_reactor().callLater(0, waiting.callback, None)


class Service(Resource):
    """The device over HTTP, at whatever path."""

    isLeaf = True

    def __init__(self, device: Device) -> None:
        super().__init__()
        self._device = device

    def render_POST(self, request):
        root = ET.fromstring(request.content.read())
        header = {e.tag.rpartition("}")[2]: e.text or "" for e in root.find(f"{SOAP}Header").iter()}
        operation = root.find(f"{SOAP}Body")[0].tag.rpartition("}")[2]
        authorization = request.getHeader("Authorization")
        asked = Asked(operation, request.uri.decode(), root, header, authorization)
        answer = self._device.note(asked)
        data = answer(asked) if callable(answer) else answer
        if data is None:
            return NOT_DONE_YET
        if data == b"":
            request.transport.abortConnection()
            return NOT_DONE_YET
        if b"Fault" in data:
            request.setResponseCode(400)
        request.setHeader("Content-Type", "application/soap+xml")
        return data


@contextlib.contextmanager
def a_device(**answers: Answer | Sequence[Answer | None] | None) -> Iterator[tuple[Device, int]]:
    """A device that answers so, with its port."""
    device = Device({name: [*given] if isinstance(given, list) else [given] for name, given in answers.items()})
    with listening(Site(Service(device))) as port:
        yield device, port


CORE = ["GetCapabilities", "GetDeviceInformation", "GetSystemDateAndTime"]
MEDIA = ["GetProfiles", "GetStreamUri", "GetSnapshotUri"]
PTZ = ["GetNodes", "GetPresets", "GetStatus", "ContinuousMove", "Stop", "GotoPreset", "SetPreset", "GotoHomePosition"]


def recorded_answers(camera: str, moves: bool = False) -> dict[str, list[bytes]]:
    """What a real camera answered, to as much as the drivers ask."""
    answers = {name: [recorded(camera, f"core/{name}")] for name in CORE}
    answers |= {name: [recorded(camera, f"media/{name}")] for name in MEDIA}
    answers["CreatePullPointSubscription"] = [recorded(camera, "events/CreatePullPointSubscription")]
    if camera != "axis":
        answers["GetServices"] = [recorded(camera, "core/GetServices")]
    if moves:
        answers |= {name: [recorded(camera, f"ptz/{name}")] for name in PTZ}
    return answers


def pulled(*notifications: str) -> bytes:
    """An answer to PullMessages."""
    return in_envelope(f"<tev:PullMessagesResponse>{''.join(notifications)}</tev:PullMessagesResponse>")


def motion(state: str, rule: str = "1") -> str:
    """A notification of cell motion."""
    return (
        "<wsnt:NotificationMessage><wsnt:Topic>tns1:RuleEngine/CellMotionDetector/Motion</wsnt:Topic><wsnt:Message>"
        f'<tt:Message PropertyOperation="Changed"><tt:Source><tt:SimpleItem Name="Rule" Value="{rule}"/></tt:Source>'
        f'<tt:Data><tt:SimpleItem Name="IsMotion" Value="{state}"/></tt:Data></tt:Message>'
        "</wsnt:Message></wsnt:NotificationMessage>"
    )


def at(when: datetime) -> bytes:
    """An answer to GetSystemDateAndTime."""
    time = f"<tt:Hour>{when.hour}</tt:Hour><tt:Minute>{when.minute}</tt:Minute><tt:Second>{when.second}</tt:Second>"
    date = f"<tt:Year>{when.year}</tt:Year><tt:Month>{when.month}</tt:Month><tt:Day>{when.day}</tt:Day>"
    return in_envelope(
        f"<tds:SystemDateAndTime><tt:UTCDateTime><tt:Time>{time}</tt:Time><tt:Date>{date}</tt:Date></tt:UTCDateTime>"
        "</tds:SystemDateAndTime>"
    )


def only_with_a_token(answer: bytes, clock: timedelta) -> Callable[[Asked], bytes]:
    """`answer` for who knows the password and the device's time, which is ours and `clock`."""

    def answered(asked: Asked) -> bytes:
        header = asked.header
        nonce = base64.b64decode(header.get("Nonce", ""))
        secret = nonce + header.get("Created", "").encode() + PASSWORD.encode()
        digest = base64.b64encode(hashlib.sha1(secret).digest()).decode()
        if (header.get("Username"), header.get("Password")) != (USER, digest):
            return REFUSED
        created = datetime.fromisoformat(re.sub("Z$", "+00:00", header["Created"]))
        return answer if abs(created - datetime.now(UTC) - clock) < timedelta(seconds=10) else REFUSED

    return answered
