"""What the onvif drivers decide from values alone: profiles, addresses, what moves."""

import base64
import hashlib
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from onveef import envelopes

from ssplug.model.url import CameraURL
from ssplug_onvif import addresses, answers
from ssplug_onvif.answers import Notification, Profile, answer
from ssplug_onvif.choice import NoProfileError, moving_profile, video_profile
from ssplug_onvif.envelope import Addressing, Token, envelope, operation_of
from ssplug_onvif.topics import Sightings, sighting, topic_path
from tests.unit.plugins.onvif_recordings import CAMERAS, recorded

# -- profiles ---------------------------------------------------------------------------------------

CHOSEN = {  # main, sub
    "axis": ("profile_1_h264", "profile_1_h264"),
    "hikvision": ("Profile_1", "Profile_2"),
    "hikvision-fixed": ("Profile_1", "Profile_2"),
    "pelco": ("0", "0"),
    "trendnet": ("Profile_1", "Profile_2"),
}


@pytest.mark.parametrize("camera", CAMERAS)
def test_main_is_the_largest_and_sub_the_smallest(camera):
    """Of two that have the same size, the one that is not JPEG."""
    profiles = answer(recorded(camera, "media/GetProfiles"), answers.profiles)
    assert tuple(video_profile(profiles, stream, "").token for stream in ("main", "sub")) == CHOSEN[camera]


TWO_LENSES = (
    Profile("1", "wide", "H264", 640, 480, source="a"),
    Profile("2", "wide sub", "H264", 320, 240, source="a"),
    Profile("3", "tele", "H264", 1920, 1080, source="b"),
    Profile("4", "tele sub", "H264", 704, 576, source="b"),
    Profile("5", "sound only"),
)


def test_sub_shows_what_main_shows():
    """The smallest of the same lens, though another has a smaller one."""
    assert video_profile(TWO_LENSES, "sub", "").token == "4"


@pytest.mark.parametrize(("wanted", "token"), [("2", "2"), ("tele", "3"), ("TELE sub", "4")])
def test_a_profile_is_wanted_by_token_or_name(wanted, token):
    """A token that is a number is no place in the list; letters may be large or small."""
    assert video_profile(TWO_LENSES, "main", wanted).token == token


def test_a_profile_that_is_not_there_is_an_error_with_those_that_are():
    """So that it can be mended at once."""
    with pytest.raises(NoProfileError, match=r"no profile 'x', but wide \(H264 640x480\), wide sub"):
        video_profile(TWO_LENSES, "main", "x")
    with pytest.raises(NoProfileError, match="no profile with video"):
        video_profile((Profile("5", "sound only"),), "main", "")


def test_a_profile_without_a_codec_will_do_where_there_is_no_other():
    """Devices that send H.265 may not say so: there was no word for it."""
    profiles = (Profile("1", "sound only"), Profile("2", source="a"), Profile("3", source="a"))
    assert video_profile(profiles, "main", "").token == "2"


def test_a_camera_is_moved_by_a_profile_that_has_a_node():
    """The first; none where none has; the wanted one has to."""
    profiles = (Profile("1"), Profile("2", ptz_node="n"), Profile("3", ptz_node="n"))
    assert moving_profile(profiles, "") == profiles[1]
    assert moving_profile(profiles, "3") == profiles[2]
    assert moving_profile(profiles, "1") is None
    assert moving_profile(profiles[:1], "") is None


# -- addresses --------------------------------------------------------------------------------------

DEVICE = CameraURL.parse("http://camera.example:8081/onvif/device_service", "admin", "hunter2")


@pytest.mark.parametrize(
    ("told", "reached"),
    [
        ("http://192.168.0.19/onvif/services", "http://camera.example:8081/onvif/services"),
        ("http://127.0.0.1:8000/onvif/media", "http://camera.example:8081/onvif/media"),
        ("https://192.168.0.19/onvif/media", "http://camera.example:8081/onvif/media"),
        ("http://camera.example:9000/events?id=1", "http://camera.example:9000/events?id=1"),
        ("/onvif/media", "http://camera.example:8081/onvif/media"),
        ("http://evil.example@camera.example:9000/x", "http://camera.example:9000/x"),
    ],
)
def test_services_are_asked_at_the_host_of_the_settings(told, reached):
    """Whatever the device takes for its own address; ports are believed of that host only."""
    url = addresses.service(DEVICE, told)
    assert url.plain() == reached
    assert (url.username, url.password) == ("admin", "hunter2")


@pytest.mark.parametrize(
    ("told", "port", "reached"),
    [
        ("rtsp://10.10.1.66/stream2_v", 0, "rtsp://camera.example:554/stream2_v"),
        ("rtsp://10.10.1.60:8554/Channels/3?profile=3", 0, "rtsp://camera.example:8554/Channels/3?profile=3"),
        ("rtsp://10.10.1.60:554/live", 10554, "rtsp://camera.example:10554/live"),
        ("rtsp://user:pass@10.10.1.60/live", 0, "rtsp://camera.example:554/live"),
    ],
)
def test_streams_are_played_from_the_host_of_the_settings(told, port, reached):
    """The port is that of another service, so it is believed, unless the settings know better."""
    url = addresses.stream(DEVICE, told, port)
    assert url.plain() == reached
    assert (url.username, url.password) == ("admin", "hunter2")


@pytest.mark.parametrize("told", ["", "rtsp:", "http://10.0.0.1/live.mjpg", "file:///etc/passwd", "rtsp://[::1/x"])
def test_an_address_that_is_no_stream_is_refused(told):
    """FFmpeg would open a file."""
    with pytest.raises(ValueError, match=r"."):
        addresses.stream(DEVICE, told)


@pytest.mark.parametrize("told", ["rtsp://camera.example/x", "file:///etc/passwd"])
def test_an_address_that_is_no_service_is_refused(told):
    """HTTP only."""
    with pytest.raises(ValueError, match=r"."):
        addresses.service(DEVICE, told)


def test_the_device_service_has_its_usual_path():
    """Unless the url has another; an IPv6 address gets its brackets."""
    found = [
        addresses.device_service("10.0.0.5", 80, None, "u", "p"),
        addresses.device_service("fe80::1", 8000, None, "u", "p"),
        addresses.device_service(None, 80, "https://cam/", "u", "p"),
        addresses.device_service(None, 80, "http://cam:81/other", "u", "p"),
    ]
    assert [url.plain() for url in found] == [
        "http://10.0.0.5:80/onvif/device_service",
        "http://[fe80::1]:8000/onvif/device_service",
        "https://cam:443/onvif/device_service",
        "http://cam:81/other",
    ]


@pytest.mark.parametrize(("host", "url"), [(None, None), ("cam", "http://cam"), (None, "rtsp://cam/live")])
def test_there_is_one_device_service(host, url):
    """Given by host, or by url."""
    with pytest.raises(ValueError, match=r"host or url|http"):
        addresses.device_service(host, 80, url, "", "")


# -- requests ---------------------------------------------------------------------------------------

WSSE = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"
WSU = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}"
WSA = "{http://www.w3.org/2005/08/addressing}"
SOAP = "{http://www.w3.org/2003/05/soap-envelope}"


def test_a_token_proves_the_password_without_telling_it():
    """The digest of nonce, time and password, as ONVIF's own example has it (Core, 5.9.4.2)."""
    nonce = base64.b64decode("LKqI6G/AikKCQrN0zqZFlg==")
    created = datetime(2010, 9, 16, 7, 50, 45, tzinfo=UTC)
    token = Token("us<er", "userpassword", nonce, created)
    root = ET.fromstring(envelope(envelopes.device_get_information(), token))
    texts = {element.tag: element.text for element in root.iter()}
    assert texts[f"{WSSE}Password"] == "tuOSpGlFlIXsozq4HFNeeGeFLEI="
    assert texts[f"{WSSE}Username"] == "us<er"
    assert texts[f"{WSU}Created"] == "2010-09-16T07:50:45Z"
    assert hashlib.sha1(nonce + b"2010-09-16T07:50:45Zuserpassword").digest() == base64.b64decode(
        texts[f"{WSSE}Password"]
    )


@pytest.mark.parametrize("camera", ["axis", "pelco"])
def test_a_request_gives_back_what_the_camera_wants_back(camera):
    """As it came, in the header (WS-Addressing SOAP Binding, 3.5)."""
    subscription = answer(recorded(camera, "events/CreatePullPointSubscription"), answers.subscription)
    to = Addressing(subscription.address, "urn:pull", bytes(16), subscription.references)
    root = ET.fromstring(envelope(envelopes.events_pull_messages(), to))
    header = {element.tag: element.text for element in root.find(f"{SOAP}Header")}
    (wanted,) = (tag for tag in header if tag.endswith("}SubscriptionId"))
    assert f">{header[wanted]}<" in subscription.references[0]
    assert header[f"{WSA}To"] == subscription.address


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (envelopes.device_get_information(), "GetDeviceInformation"),
        (envelopes.media_get_profiles(use_media2=False), "GetProfiles"),
        (envelopes.ptz_get_presets(profile_token="1"), "GetPresets"),
    ],
)
def test_errors_name_the_operation(body, name):
    """It stands at the beginning of each body."""
    assert operation_of(body) == name


# -- what moves -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "path"),
    [
        ("tns1:RuleEngine/CellMotionDetector/Motion", "RuleEngine/CellMotionDetector/Motion"),
        ("\n   tns1:VideoSource/MotionAlarm\n      ", "VideoSource/MotionAlarm"),
        ("tns1:VideoAnalytics/tnsaxis:MotionDetection", "VideoAnalytics/MotionDetection"),
        ("RuleEngine/ x:Cell / Motion", "RuleEngine/Cell/Motion"),
    ],
)
def test_topics_are_compared_without_what_cameras_add(topic, path):
    """White space, and prefixes that each chooses."""
    assert topic_path(topic) == path


MOTION = "tns1:RuleEngine/CellMotionDetector/Motion"


@pytest.mark.parametrize(
    ("topic", "data", "moving"),
    [
        (MOTION, {"IsMotion": "true"}, True),
        (MOTION, {"IsMotion": "false"}, False),
        (MOTION, {"State": "1"}, True),
        (MOTION, {"Value": "True"}, True),
        ("tns1:VideoSource/MotionAlarm", {"State": " true "}, True),
        ("tns1:RuleEngine/MotionRegionDetector/Motion", {"State": "0"}, False),
        ("tns1:RuleEngine/FieldDetector/ObjectsInside", {"ObjectId": "1", "IsInside": "true"}, True),
        ("tns1:RuleEngine/MyRuleDetector/PeopleDetect", {"IsPeople": "true"}, True),
        ("tns1:VideoAnalytics/tnsaxis:MotionDetection", {"motion": "1"}, True),
        (MOTION, {"IsMotion": "perhaps"}, None),
        (MOTION, {}, None),
        ("tns1:RuleEngine/TamperDetector/Tamper", {"IsTamper": "true"}, None),
        ("tns1:Monitoring/ProcessorUsage", {"Value": "1"}, None),
        ("tns1:Device/Trigger/DigitalInput", {"LogicalState": "true"}, None),
        ("", {"IsMotion": "true"}, None),
    ],
)
def test_what_says_that_something_moves(topic, data, moving):
    """A rule's state, whatever it is called; None: it says nothing about that."""
    seen = sighting(Notification(topic, "Changed", {}, data), {"motion"})
    assert (None if seen is None else seen.moving) == moving


def test_inputs_count_where_they_are_asked_for():
    """Each by its token."""
    told = Notification("tns1:Device/Trigger/DigitalInput", "Changed", {"InputToken": "7"}, {"LogicalState": "true"})
    seen = sighting(told, {"inputs"})
    assert (seen.what, seen.moving) == ("DigitalInput 7", True)


def rule(name, state, operation="Changed"):
    return Notification(MOTION, operation, {"Rule": name}, {"IsMotion": state})


def reports(*notifications, sightings=None):
    return list((sightings or Sightings({"motion"})).news(notifications))


def test_repeated_states_are_no_news():
    """Cameras repeat them, and begin with what is so."""
    assert reports(rule("a", "false", "Initialized"), rule("a", "true"), rule("a", "true"), rule("a", "false")) == [
        (True, "CellMotionDetector/Motion"),
        (False, "CellMotionDetector/Motion"),
    ]


def test_it_ends_with_the_last_of_several():
    """Two rules that see something at a time."""
    news = reports(rule("a", "true"), rule("b", "true"), rule("a", "false"), rule("b", "false"))
    assert [moving for moving, _ in news] == [True, True, False]


def test_a_rule_that_is_deleted_is_over():
    """There will be no other word of it."""
    assert reports(rule("a", "true"), Notification(MOTION, "Deleted", {"Rule": "a"}))[-1][0] is False


def test_a_camera_that_is_no_longer_heard_sees_nothing():
    """Said once; and only if it saw something."""
    sightings = Sightings({"motion"})
    reports(rule("a", "true"), rule("b", "true"), sightings=sightings)
    assert [moving for moving, _ in sightings.over()] == [False]
    assert list(sightings.over()) == []


def test_a_camera_that_makes_up_rules_is_cut_short():
    """No more than so many are kept in mind."""
    sightings = Sightings({"motion"})
    news = reports(*(rule(str(number), "true") for number in range(1000)), sightings=sightings)
    assert len(news) == Sightings.LIMIT


PULLED = {"pelco": ["CellMotionDetector/Motion"], "trendnet": [], "hikvision": [], "hikvision-fixed": []}


@pytest.mark.parametrize("camera", PULLED)
def test_what_real_cameras_reported(camera):
    """The Pelco says at once that something moves; what the others say is about themselves."""
    notifications = answer(recorded(camera, "events/PullMessages"), answers.notifications)
    assert [what for moving, what in reports(*notifications) if moving] == PULLED[camera]
