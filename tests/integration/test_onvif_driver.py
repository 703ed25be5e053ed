"""The onvif drivers over HTTP: with recorded answers of real cameras, with devices that misbehave, and with ipycam."""

import contextlib
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest
from onveef import envelopes
from twisted.internet.protocol import Factory, Protocol
from twisted.logger import Logger
from twisted.web.server import Site
from twisted.web.util import Redirect

from ssplug.interfaces import IPTZDriver
from ssplug.model.ptz import GoToPreset, PTZCapability, PTZMove, SavePreset
from ssplug.model.url import CameraURL
from ssplug.testing import RecordingSink, WentOfflineError, a_real_context, in_reactor, pause, the_reactor
from ssplug.testing.encoded import encoded_video
from ssplug.web_client import WebClient
from ssplug_onvif import answers
from ssplug_onvif.device import ANSWER_LIMIT, Device, DeviceError, RefusedError
from ssplug_onvif.ptz import ONVIFPTZ
from ssplug_onvif.pullpoint import PullPoint
from ssplug_onvif.settings import CameraSettings, DeviceSettings
from ssplug_onvif.source import ONVIFSource
from tests.conformance.http_camera import PASSWORD, USER, a_silent_port, guarded, listening
from tests.integration import cameras
from tests.integration.cameras import an_onvif_camera, an_rtsp_camera
from tests.integration.onvif_device import (
    FAULT,
    REFUSED,
    Service,
    a_device,
    at,
    motion,
    only_with_a_token,
    pulled,
    recorded_answers,
)
from tests.integration.scripted_camera import Script, a_scripted_camera
from tests.integration.server import running, write_site
from tests.unit.plugins.onvif_recordings import CAMERAS, MOVING, in_envelope, recorded

pytestmark = pytest.mark.integration

INFORMATION = envelopes.device_get_information()
PROFILES = envelopes.media_get_profiles(use_media2=False)


def a_client(port, username=USER, password=PASSWORD):
    url = CameraURL.parse(f"http://127.0.0.1:{port}/onvif/device_service", username, password)
    return Device(a_real_context(Path("/nowhere")), url)


# -- the camera driver with what real cameras answered ----------------------------------------------


@contextlib.contextmanager
def a_stream():
    """The port of an RTSP camera with a few pictures."""
    with a_scripted_camera(Script([encoded_video()[1]])) as url:
        yield CameraURL.parse(url).port


@contextlib.asynccontextmanager
async def watching(tmp_path, port, report=None, **settings):
    """A source and its sink during one attempt."""
    wanted = CameraSettings(host="127.0.0.1", port=port, timeout=1, **settings)
    source, sink = ONVIFSource(a_real_context(tmp_path), wanted), RecordingSink()
    if report is not None:
        source.watch(report)
    source.start(sink)
    try:
        yield source, sink
    finally:
        await source.stop()


NAMES = {
    "axis": ("AXIS Q6045-E", "/onvif-media/media.amp", "profile_1_h264"),
    "hikvision": ("HIKVISION DS-2DF7276-AEL", "/Streaming/Channels/3", "Profile_1"),
    "hikvision-fixed": ("HIKVISION DS-2CD2012-I", "/Streaming/Channels/2", "Profile_1"),
    "pelco": ("Pelco D6230L", "/stream2_v", "0"),
    "trendnet": ("TRENDnet TV-IP320PI", "/Streaming/Channels/102", "Profile_1"),
}


@pytest.mark.parametrize("camera", CAMERAS)
def test_every_recorded_camera_shows_its_stream(camera, tmp_path):
    """The addresses in its answers are those of another network: all is asked of the host of the settings."""
    with a_stream() as rtsp, a_device(**recorded_answers(camera)) as (device, port):
        told = []

        @in_reactor
        async def run():
            async with watching(tmp_path, port, username=USER, password=PASSWORD, rtsp_port=rtsp) as (source, sink):
                await sink.until_video(1)
                told.append((source.device_name, source.path))

        run()
    name, path, token = NAMES[camera]
    assert told == [(name, path)]
    (asked,) = [asked for asked in device.asked if asked.operation == "GetStreamUri"]
    assert asked.text("ProfileToken") == token


def test_the_sub_stream_is_asked_for_by_size_or_name(tmp_path):
    """For motion detection the small picture will do."""
    tokens = []
    for settings in ({"stream": "sub"}, {"profile": "thirdStream"}):
        with a_stream() as rtsp, a_device(**recorded_answers("hikvision")) as (device, port):

            @in_reactor
            async def run(port=port, rtsp=rtsp, settings=settings):
                async with watching(tmp_path, port, rtsp_port=rtsp, **settings) as (_, sink):
                    await sink.until_video(1)

            run()
        tokens += [asked.text("ProfileToken") for asked in device.asked if asked.operation == "GetStreamUri"]
    assert tokens == ["Profile_2", "Profile_3"]


def test_a_device_that_keeps_to_itself_is_seen_all_the_same(tmp_path):
    """It tells neither its time nor its name."""
    withheld = {"GetSystemDateAndTime": FAULT, "GetDeviceInformation": FAULT, "GetSnapshotUri": FAULT}
    with a_stream() as rtsp, a_device(**recorded_answers("pelco") | withheld) as (_, port):

        @in_reactor
        async def run():
            async with watching(tmp_path, port, rtsp_port=rtsp) as (source, sink):
                await sink.until_video(1)
                assert source.device_name == "ONVIF camera"

        run()


def test_a_device_that_is_gone_is_not_asked_further(tmp_path):
    """Each question would wait for its own answer."""
    with a_device(**recorded_answers("pelco") | {"GetServices": b""}) as (device, port):
        assert "GetServices" in reason_of(tmp_path, port)
    assert device.operations() == ["GetSystemDateAndTime", "GetServices"]


MEDIA2 = {  # made after the specification: no device was recorded that has it alone
    "GetServices": in_envelope(
        "<tds:Service><tds:Namespace>http://www.onvif.org/ver20/media/wsdl</tds:Namespace>"
        "<tds:XAddr>http://10.0.0.9/onvif/media2</tds:XAddr></tds:Service>"
    ),
    "GetProfiles": in_envelope(
        '<tr2:Profiles xmlns:tr2="http://www.onvif.org/ver20/media/wsdl" token="h265"><tr2:Name>Main</tr2:Name>'
        '<tr2:Configurations><tr2:VideoSource token="v"><tt:SourceToken>s</tt:SourceToken></tr2:VideoSource>'
        '<tr2:VideoEncoder token="e"><tt:Encoding>H265</tt:Encoding><tt:Resolution><tt:Width>3840</tt:Width>'
        "<tt:Height>2160</tt:Height></tt:Resolution></tr2:VideoEncoder></tr2:Configurations></tr2:Profiles>"
    ),
    "GetStreamUri": in_envelope(
        '<tr2:Uri xmlns:tr2="http://www.onvif.org/ver20/media/wsdl">rtsp://10.0.0.9/media2/h265</tr2:Uri>'
    ),
}


def test_a_device_that_has_media2_alone_is_asked_by_that(tmp_path):
    """Requests are those of its name space."""
    with a_stream() as rtsp, a_device(**recorded_answers("axis") | MEDIA2) as (device, port):

        @in_reactor
        async def run():
            async with watching(tmp_path, port, rtsp_port=rtsp) as (source, sink):
                await sink.until_video(1)
                assert source.path == "/media2/h265"

        run()
    (asked,) = [asked for asked in device.asked if asked.operation == "GetStreamUri"]
    assert asked.path == "/onvif/media2"
    assert asked.root.find(".//{http://www.onvif.org/ver20/media/wsdl}ProfileToken").text == "h265"


def reason_of(tmp_path, port, **settings):
    """Why there was no picture."""
    sinks = []

    @in_reactor
    async def run():
        async with watching(tmp_path, port, **settings) as (_, sink):
            await sink.until_offline()
        sinks.append(sink)

    run()
    assert sinks[0].told == ["offline"]
    return sinks[0].reasons[0]


def test_a_profile_that_is_not_there_is_told_with_those_that_are(tmp_path):
    """So that the site file can be mended."""
    with a_device(**recorded_answers("pelco")) as (_, port):
        reason = reason_of(tmp_path, port, profile="mainStream")
    assert reason.endswith("no profile 'mainStream', but Primary (H264 1920x1080), Secondary (JPEG 1920x1080)")


def test_a_stream_that_is_a_file_is_not_opened(tmp_path):
    """A device could have us read what it likes."""
    uri = in_envelope("<trt:MediaUri><tt:Uri>file:///etc/passwd</tt:Uri></trt:MediaUri>")
    with a_device(**recorded_answers("pelco") | {"GetStreamUri": uri}) as (_, port):
        assert "the url must begin with" in reason_of(tmp_path, port)


# -- devices that misbehave -------------------------------------------------------------------------


def problem_of(port, body=INFORMATION, **credentials):
    """What a call fails with."""
    problems = []

    @in_reactor
    async def run():
        device = a_client(port, **credentials)
        try:
            await device.ask(device.url, body, answers.device_name, seconds=1)
        except DeviceError as error:
            problems.append(error)
        await device.close()

    run()
    assert len(problems) == 1
    assert PASSWORD not in str(problems[0])
    return problems[0]


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>&c;</s:Body></s:Envelope>'
)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (FAULT, "the device says: Sender/ActionNotSupported"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "a page for people"),
        (BOMB, "an answer that is no SOAP"),
        (b" ", "an empty answer"),
        (b"", "the connection was lost"),
        (None, "no answer"),
        (b"<a>" + b" " * (2 * ANSWER_LIMIT), f"sends more than {ANSWER_LIMIT} bytes"),
    ],
    ids=["fault", "html", "bomb", "blank", "nothing", "silence", "flood"],
)
def test_what_a_device_may_answer_instead(answer, text):
    """Each is an error that names operation and address."""
    with a_device(GetDeviceInformation=answer) as (_, port):
        problem = problem_of(port)
    assert str(problem).startswith(f"ONVIF GetDeviceInformation at 127.0.0.1:{port}: ")
    assert text in str(problem)


class Endless(Protocol):
    """Answers with bytes without end, as fast as they are taken."""

    sent = 0

    def connectionMade(self):
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\n\r\n<a>")
        self.transport.registerProducer(self, False)

    def resumeProducing(self):
        Endless.sent += 100_000
        self.transport.write(b" " * 100_000)

    def stopProducing(self):
        pass


def test_an_answer_without_end_is_cut_off():
    """Long before a hundred megabytes."""
    Endless.sent = 0
    with listening(Factory.forProtocol(Endless)) as port:
        assert f"sends more than {ANSWER_LIMIT} bytes" in str(problem_of(port))
    assert Endless.sent < 5 * ANSWER_LIMIT


def test_a_large_answer_is_parsed_beside_the_reactor():
    """Which would stand still meanwhile."""
    many = "".join(f'<tptz:Preset token="{n}"><tt:Name>preset {n}</tt:Name></tptz:Preset>' for n in range(2000))
    presets = []
    with a_device(GetPresets=in_envelope(f"<tptz:GetPresetsResponse>{many}</tptz:GetPresetsResponse>")) as (_, port):

        @in_reactor
        async def run():
            device = a_client(port)
            body = envelopes.ptz_get_presets(profile_token="1")
            presets.extend(await device.ask(device.url, body, answers.presets))
            await device.close()

        run()
    assert len(presets) == 2000


def test_credentials_do_not_follow_a_redirect_to_another_host():
    """Nor does the request, whose digest could be tried on passwords."""
    with (
        a_device(GetDeviceInformation=FAULT) as (elsewhere, port),
        listening(Site(Redirect(f"http://localhost:{port}/".encode()))) as first,
    ):
        assert "redirects to another host, localhost" in str(problem_of(first))
    assert elsewhere.asked == []


@pytest.mark.parametrize("clock", [timedelta(), timedelta(days=-9000), timedelta(hours=5)], ids=str)
def test_a_token_is_made_by_the_device_s_clock(clock):
    """Whatever it says: it is the one that compares."""
    answered = only_with_a_token(recorded("pelco", "core/GetDeviceInformation"), clock)
    services = only_with_a_token(recorded("pelco", "core/GetServices"), clock)
    time = lambda _: at(datetime.now(UTC) + clock)  # noqa: E731
    names = []
    with a_device(GetSystemDateAndTime=time, GetServices=services, GetDeviceInformation=answered) as (device, port):

        @in_reactor
        async def run():
            client = a_client(port)
            await client.connect()
            names.append(await client.call("device", INFORMATION, answers.device_name))
            await client.close()

        run()
    assert names == ["Pelco D6230L"]
    assert "Password" not in device.asked[0].header


def test_a_clock_that_was_set_meanwhile_is_looked_at_again():
    """The device refuses, though the password is as right as before."""
    later = timedelta(days=30)
    times = [lambda _: at(datetime.now(UTC)), lambda _: at(datetime.now(UTC) + later)]
    answered = only_with_a_token(recorded("pelco", "core/GetDeviceInformation"), later)
    services = recorded("pelco", "core/GetServices")
    with a_device(GetSystemDateAndTime=times, GetServices=services, GetDeviceInformation=answered) as (device, port):

        @in_reactor
        async def run():
            client = a_client(port)
            await client.connect()
            assert await client.call("device", INFORMATION, answers.device_name) == "Pelco D6230L"
            await client.close()

        run()
    assert device.operations().count("GetDeviceInformation") == 2


def test_a_wrong_password_is_told_once():
    """Without a second try, which would lock the account the sooner."""
    time = lambda _: at(datetime.now(UTC))  # noqa: E731
    with a_device(GetSystemDateAndTime=time, GetServices=REFUSED) as (device, port):

        @in_reactor
        async def run():
            client = a_client(port, password="wrong")
            with pytest.raises(RefusedError, match="user name or password refused"):
                await client.connect()
            await client.close()

        run()
    assert device.operations().count("GetServices") == 1


def test_a_device_that_wants_http_digest_gets_it():
    """Beside the token, which it may want too."""
    names = []
    information = recorded("axis", "core/GetDeviceInformation")
    with (
        a_device(GetDeviceInformation=information) as (device, _),
        listening(Site(guarded(Service(device), "digest"))) as port,
    ):

        @in_reactor
        async def run():
            client = a_client(port)
            names.append(await client.ask(client.url, INFORMATION, answers.device_name))
            await client.close()

        run()
    assert names == ["AXIS Q6045-E"]
    assert device.asked[0].authorization.startswith("Digest ")


def test_a_device_that_is_silent_is_not_waited_for_when_it_is_stopped(tmp_path):
    """Stopping closes the connection."""
    with a_silent_port() as port:

        @in_reactor
        async def run():
            async with watching(tmp_path, port) as (_, sink):
                await pause(0.1)
            assert sink.told == []

        run()


# -- events -----------------------------------------------------------------------------------------


def heard(tmp_path, device_answers, seen, **settings):
    """What a camera reported, and what it was asked, until `seen(device)` fires."""
    reports = []
    with a_stream() as rtsp, a_device(**device_answers) as (device, port):

        @in_reactor
        async def run():
            def report(moving, what):
                reports.append((moving, what))

            async with watching(tmp_path, port, report, rtsp_port=rtsp, **settings):
                await seen(device)

        run()
    return reports, device


def test_what_the_pelco_reported_is_heard(tmp_path):
    """The recorded answer says that something moves; the next one that nothing does."""
    over = pulled(motion("false").replace('<tt:Source><tt:SimpleItem Name="Rule" Value="1"/></tt:Source>', ""))
    pull = [recorded("pelco", "events/PullMessages"), over, None]
    reports, device = heard(
        tmp_path, recorded_answers("pelco") | {"PullMessages": pull}, lambda device: device.until("PullMessages", 3)
    )
    assert reports == [(True, "CellMotionDetector/Motion"), (False, "CellMotionDetector/Motion")]
    assert device.operations()[-1] == "Unsubscribe"


@pytest.mark.parametrize("camera", ["hikvision", "trendnet"])
def test_cameras_that_see_nothing_are_asked_again(camera, tmp_path):
    """At the address that they gave, at our host."""
    pull = [recorded(camera, "events/PullMessages"), pulled(motion("true")), None]
    reports, device = heard(
        tmp_path, recorded_answers(camera) | {"PullMessages": pull}, lambda device: device.until("PullMessages", 3)
    )
    assert reports == [(True, "CellMotionDetector/Motion")]
    (path,) = {asked.path for asked in device.asked if asked.operation == "PullMessages"}
    assert path.startswith("/onvif/Events/PullSubManager_2018")


def test_the_axis_gets_its_subscription_s_number_back(tmp_path):
    """Without it, it answered with a fault, as recorded."""

    def pull(asked):
        known = asked.header.get("SubscriptionId") == "5"
        return pulled(motion("true")) if known else recorded("axis", "events/PullMessages", "Error")

    reports, device = heard(
        tmp_path, recorded_answers("axis") | {"PullMessages": [pull, None]}, lambda d: d.until("PullMessages", 2)
    )
    assert reports == [(True, "CellMotionDetector/Motion")]
    assert device.operations().count("CreatePullPointSubscription") == 1


def test_who_listens_later_hears_too(tmp_path):
    """The core asks once, whether the camera is connected by then or not."""
    reports = []
    device_answers = recorded_answers("pelco") | {"PullMessages": [pulled(motion("true")), None]}
    with a_stream() as rtsp, a_device(**device_answers) as (device, port):

        @in_reactor
        async def run():
            async with watching(tmp_path, port, rtsp_port=rtsp) as (source, sink):
                await sink.until_video(1)
                source.watch(lambda *told: reports.append(told))
                await device.until("PullMessages", 2)

        run()
    assert reports == [(True, "CellMotionDetector/Motion")]


def test_the_server_triggers_by_what_the_camera_noticed(tmp_path):
    """Reason 8, in the event stream of a real server."""
    device_answers = recorded_answers("trendnet") | {
        "PullMessages": [pulled(motion("false")), pulled(motion("true")), pulled(motion("true"))]
    }
    with an_rtsp_camera(audio="none", path=NAMES["trendnet"][1]) as camera, a_device(**device_answers) as (_, port):
        rtsp = CameraURL.parse(camera.url).port
        source = f"{{driver: onvif, host: 127.0.0.1, port: {port}, rtsp_port: {rtsp}, profile: subStream}}"
        site = write_site(tmp_path, f"gate:\n  source: {source}\n  motion: {{trigger_on: [camera]}}")
        with running(site) as server:
            lines = []

            @in_reactor
            async def run():
                lines.extend(await events_until(server, b"TRIGGER_M"))

            run()
    assert lines[-1].split()[-1] == b"8"


class _SeenError(Exception):
    """What was waited for has come."""


async def events_until(server, word):
    """The lines of the event stream up to the first with `word`."""
    client = WebClient(the_reactor(), CameraURL.parse(server.http))
    response = await client.open("/eventStream?version=3")
    heard = bytearray()

    def received(data):
        heard.extend(data)
        if word in heard and heard.endswith(b"\r"):
            raise _SeenError

    with contextlib.suppress(_SeenError):
        await response.each(received)
    await client.close()
    lines = bytes(heard).split(b"\r")
    return lines[: next(at for at, line in enumerate(lines) if word in line) + 1]


def test_a_camera_without_events_is_watched_all_the_same(tmp_path):
    """It cannot be asked; its pictures can be looked at."""
    capabilities = in_envelope(
        "<tds:Capabilities><tt:Media><tt:XAddr>http://10.0.0.9/onvif/Media</tt:XAddr></tt:Media></tds:Capabilities>"
    )
    device_answers = recorded_answers("axis") | {"GetCapabilities": [capabilities]}
    reports, device = heard(tmp_path, device_answers, lambda device: device.until("GetSnapshotUri"))
    assert reports == []
    assert "CreatePullPointSubscription" not in device.operations()


def test_no_events_are_asked_for_where_none_are_wanted(tmp_path):
    """`events: []`."""
    _, device = heard(tmp_path, recorded_answers("pelco"), lambda device: device.until("GetSnapshotUri"), events=())
    assert "CreatePullPointSubscription" not in device.operations()


class Hurried:
    """A reactor whose pauses are short; a fake where only pauses matter."""

    def __init__(self):
        self.pauses = []

    def callLater(self, seconds, function, *arguments):
        self.pauses.append(seconds)
        return the_reactor().callLater(min(seconds, 0.01), function, *arguments)


def listened(device_answers, seen, monotonic=None):
    """Reports, pauses and requests of a PullPoint alone, until `seen(device)` fires."""
    reports, hurried = [], Hurried()
    with a_device(**device_answers) as (device, port):

        @in_reactor
        async def run():
            client = a_client(port)
            client.services = {"events": "http://10.0.0.1/events"}
            clock = {} if monotonic is None else {"monotonic": monotonic}
            pull_point = PullPoint(
                client, ["motion"], lambda *told: reports.append(told), hurried, Logger("ssplug.testing"), **clock
            )
            await seen(device)
            await pull_point.stop()
            await client.close()

        run()
    return reports, hurried.pauses, device


def test_a_subscription_that_is_lost_is_made_anew():
    """What moved is over, since its end would not be heard; the device is given a little time."""
    pull = [pulled(motion("true")), FAULT, pulled(motion("true")), None]
    device_answers = {**recorded_answers("pelco"), "PullMessages": pull}
    reports, pauses, device = listened(device_answers, lambda device: device.until("PullMessages", 4))
    assert [moving for moving, _ in reports] == [True, False, True]
    assert device.operations().count("CreatePullPointSubscription") == 2
    assert 5.0 in pauses


def test_a_device_that_refuses_subscriptions_is_asked_less_and_less():
    """It may never grant one."""
    refusal = recorded("axis", "events/CreatePullPointSubscription", "Error")
    _, pauses, _ = listened(
        {"CreatePullPointSubscription": refusal}, lambda device: device.until("CreatePullPointSubscription", 5)
    )
    assert pauses[:4] == [5.0, 15.0, 60.0, 60.0]


def test_a_subscription_is_renewed_in_time():
    """Half of what the camera granted has passed: 90 seconds, in steps of 10."""
    steps = itertools.count(step=10)
    device_answers = {
        **recorded_answers("pelco"),
        "PullMessages": pulled(motion("false")),
        "Renew": in_envelope("<x/>"),
    }
    _, _, device = listened(device_answers, lambda device: device.until("Renew", 2), lambda: next(steps))
    pulls = [list(run) for is_pull, run in itertools.groupby(device.operations(), "PullMessages".__eq__) if is_pull]
    assert len(pulls[1]) > 1
    assert device.operations().count("CreatePullPointSubscription") == 1


def test_a_subscription_for_a_month_is_renewed_as_often_as_another():
    """The Axis grants 28 days; renewed, it lasts for what was asked."""
    steps = itertools.count(step=10)
    device_answers = {**recorded_answers("axis"), "PullMessages": pulled(), "Renew": in_envelope("<x/>")}
    _, _, device = listened(device_answers, lambda device: device.until("Renew", 2), lambda: next(steps))
    assert device.operations().count("PullMessages") < 10


def test_a_camera_that_cannot_renew_is_pulled_from_all_the_same():
    """Some make each pull renew."""
    steps = itertools.count(step=20)
    device_answers = {**recorded_answers("pelco"), "PullMessages": pulled()}
    _, _, device = listened(device_answers, lambda device: device.until("Renew", 3), lambda: next(steps))
    assert device.operations().count("CreatePullPointSubscription") == 1


def test_a_camera_that_does_not_wait_is_not_asked_without_pause():
    """A second, where it had nothing to say."""
    device_answers = {**recorded_answers("pelco"), "PullMessages": pulled()}
    _, pauses, _ = listened(device_answers, lambda device: device.until("PullMessages", 3))
    assert set(pauses) == {1.0}


# -- PTZ --------------------------------------------------------------------------------------------


def a_ptz(port, **settings):
    wanted = DeviceSettings(host="127.0.0.1", port=port, username=USER, password=PASSWORD, **settings)
    return ONVIFPTZ(a_real_context(Path("/nowhere")), wanted)


def moved(device_answers, work, **settings):
    """What the device was asked while `work(ptz)` ran, after it was connected."""
    with a_device(**device_answers) as (device, port):

        @in_reactor
        async def run():
            await work(a_ptz(port, **settings))

        run()
    return [asked for asked in device.asked if "ptz" in asked.path.lower() or "services" in asked.path]


NODE_TOKENS = {"axis": "profile_1_h264", "hikvision": "Profile_1", "pelco": "0"}


@pytest.mark.parametrize("camera", MOVING)
def test_every_recorded_ptz_camera_moves(camera):
    """By the first of its profiles."""

    async def work(ptz):
        assert await ptz.capabilities() == PTZCapability(63)
        await ptz.perform(PTZMove.RIGHT, 50)
        await ptz.perform(PTZMove.STOP, 50)
        await ptz.perform(PTZMove.HOME, 50)

    asked = moved(recorded_answers(camera, moves=True), work)
    moves = [(a.operation, a.text("ProfileToken")) for a in asked if a.operation not in ("GetNodes", "GetProfiles")]
    token = NODE_TOKENS[camera]
    assert moves == [("ContinuousMove", token), ("Stop", token), ("GotoHomePosition", token)]


@pytest.mark.parametrize(
    ("camera", "gone", "saved"),
    [
        ("hikvision", "3", "3"),
        ("pelco", "c9cf034b-3f77-4481-b61f-c93cb715a80a", "c9cf034b-3f77-4481-b61f-c93cb715a80a"),
    ],
)
def test_presets_of_recorded_cameras(camera, gone, saved):
    """The third is the third."""

    async def work(ptz):
        assert len(await ptz.preset_names()) == 8
        await ptz.perform(GoToPreset(3), 50)
        await ptz.perform(SavePreset(3), 50)

    asked = moved(recorded_answers(camera, moves=True), work)
    tokens = {a.operation: a.text("PresetToken") for a in asked}
    assert (tokens["GotoPreset"], tokens["SetPreset"]) == (gone, saved)


def test_a_preset_that_is_not_set_cannot_be_gone_to():
    """The Pelco has six; the eighth can be made."""

    async def work(ptz):
        with pytest.raises(Exception, match="preset 8 is not set"):
            await ptz.perform(GoToPreset(8), 50)
        await ptz.perform(SavePreset(8), 50)

    asked = moved(recorded_answers("pelco", moves=True), work)
    assert [a.text("PresetName") for a in asked if a.operation == "SetPreset"] == ["ssplug 8"]


def test_preset_names_are_of_one_line():
    """Whatever the camera was given."""
    presets = '<tptz:Preset token="1"><tt:Name>Front\n  door\u200b</tt:Name></tptz:Preset><tptz:Preset token="2"/>'
    named = recorded_answers("pelco", moves=True) | {"GetPresets": [in_envelope(presets)]}
    names = []

    async def work(ptz):
        names.extend(await ptz.preset_names())

    moved(named, work)
    assert names[:3] == ["Front door", "2", ""]


def test_a_camera_without_ptz_can_do_nothing():
    """And says so."""

    async def work(ptz):
        assert await ptz.capabilities() == PTZCapability(0)
        with pytest.raises(Exception, match="cannot pan or tilt"):
            await ptz.perform(PTZMove.LEFT, 50)
        with pytest.raises(Exception, match="no presets"):
            await ptz.perform(GoToPreset(1), 50)

    moved(recorded_answers("hikvision-fixed"), work)


def test_a_camera_that_refuses_is_looked_at_again():
    """It may have been exchanged: its profiles are read anew."""
    refusing = recorded_answers("pelco", moves=True) | {"ContinuousMove": [FAULT, in_envelope("<x/>")]}

    async def work(ptz):
        with pytest.raises(DeviceError, match=r"ONVIF ContinuousMove at .*ActionNotSupported"):
            await ptz.perform(PTZMove.LEFT, 50)
        await ptz.perform(PTZMove.LEFT, 50)

    asked = moved(refusing, work)
    assert [a.operation for a in asked].count("GetNodes") == 2


# -- ipycam -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ipycam():
    """One for all tests: it takes its time to start."""
    with an_onvif_camera() as running:
        yield running


def the_settings(ipycam, **more):
    return {"url": ipycam.url, "username": cameras.USER, "password": cameras.PASSWORD, **more}


def seen(units):
    """Its pictures, as brightness."""
    decoder = av.CodecContext.create("h264", "r")
    return [
        frame.to_ndarray(format="gray").astype(int) for unit in units for frame in decoder.decode(av.Packet(unit.data))
    ]


def unlike(one, other):
    """The mean difference of two pictures."""
    return np.abs(one - other).mean()


def test_ipycam_moves_and_its_picture_shows_it(ipycam, tmp_path):
    """The camera source is also what moves it. Of a camera that stands still, pictures are alike."""
    views = []

    @in_reactor
    async def run():
        source, sink = ONVIFSource(a_real_context(tmp_path), CameraSettings(**the_settings(ipycam))), RecordingSink()
        ptz = IPTZDriver(source)
        source.start(sink)
        try:
            await sink.until_video(5)
            await ptz.perform(PTZMove.ZOOM_IN, 100)
            await pause(0.5)
            await ptz.perform(PTZMove.STOP, 100)
            await sink.until_video(len(sink.video) + 10)
        finally:
            await source.stop()
        views.extend(seen(sink.video))

    run()
    still, moved = unlike(views[0], views[3]), unlike(views[0], views[-1])
    assert moved > 3 * still


def test_ipycam_keeps_presets(ipycam):
    """It goes to where it was when the preset was saved: each change is printed."""

    @in_reactor
    async def run():
        ptz = ONVIFPTZ(a_real_context(Path("/nowhere")), DeviceSettings(**the_settings(ipycam)))
        assert await ptz.capabilities() == PTZCapability(63)
        await ptz.perform(PTZMove.HOME, 50)
        await ptz.perform(PTZMove.RIGHT, 100)
        await pause(0.5)
        await ptz.perform(PTZMove.STOP, 100)
        saved = ""
        while saved != ipycam.lines[-1]:  # it takes a picture or two to stand still
            saved = ipycam.lines[-1]
            await pause(0.5)
        await ptz.perform(SavePreset(2), 50)
        assert (await ptz.preset_names())[1] == "ssplug 2"
        await ptz.perform(PTZMove.HOME, 50)
        while ipycam.lines[-1] != "PTZ 0.0 0.0 0.0":
            await pause(0.05)
        await ptz.perform(GoToPreset(2), 50)
        while ipycam.lines[-1] != saved:
            await pause(0.05)
        assert saved != "PTZ 0.0 0.0 0.0"

    run()


def test_ipycam_refuses_a_wrong_password(ipycam, tmp_path):
    """And the reason says that, and what was asked."""
    settings = CameraSettings(**the_settings(ipycam) | {"password": "hunter2"})

    @in_reactor
    async def run():
        source, sink = ONVIFSource(a_real_context(tmp_path), settings), RecordingSink()
        source.start(sink)
        try:
            with pytest.raises(WentOfflineError, match="user name or password refused"):
                await sink.until_video(1)
        finally:
            await source.stop()

    run()
