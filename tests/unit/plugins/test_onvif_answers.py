"""What is read from the answers of ONVIF devices: those of five real cameras, and such as nobody should send."""

from datetime import UTC, datetime

import pytest

from ssplug_onvif import answers
from ssplug_onvif.answers import FaultError, NotONVIFError, Preset, Profile, Range, answer
from tests.unit.plugins.onvif_recordings import CAMERAS, MOVING, in_envelope, recorded


def told(camera, operation, parse):
    return answer(recorded(camera, operation), parse)


# -- device -----------------------------------------------------------------------------------------

NAMES = {
    "axis": "AXIS Q6045-E",
    "hikvision": "HIKVISION DS-2DF7276-AEL",
    "hikvision-fixed": "HIKVISION DS-2CD2012-I",
    "pelco": "Pelco D6230L",
    "trendnet": "TRENDnet TV-IP320PI",
}


@pytest.mark.parametrize("camera", CAMERAS)
def test_devices_say_what_they_are(camera):
    """Maker and model; the maker once only where the model repeats it."""
    assert told(camera, "core/GetDeviceInformation", answers.device_name) == NAMES[camera]


TIMES = {
    "axis": datetime(2018, 2, 27, 23, 9, 59, tzinfo=UTC),
    "hikvision": datetime(2018, 2, 27, 18, 28, 1, tzinfo=UTC),
    "hikvision-fixed": datetime(2018, 2, 27, 18, 34, 41, tzinfo=UTC),
    "pelco": datetime(2018, 2, 27, 18, 10, 11, tzinfo=UTC),
    "trendnet": datetime(2018, 2, 27, 18, 36, 51, tzinfo=UTC),
}


@pytest.mark.parametrize("camera", CAMERAS)
def test_devices_say_what_time_it_is(camera):
    """In UTC, whatever their zone is called."""
    assert told(camera, "core/GetSystemDateAndTime", answers.clock) == TIMES[camera]


NO_DATE = "<tt:UTCDateTime/>"
NO_MONTH = "<UTCDateTime><Date><tt:Year>18</tt:Year><tt:Month>13</tt:Month><tt:Day>1</tt:Day></Date></UTCDateTime>"


@pytest.mark.parametrize("date", ["", NO_DATE, NO_MONTH])
def test_a_time_that_cannot_be_is_none(date):
    """The thirteenth month, or none at all."""
    data = in_envelope(f"<tds:GetSystemDateAndTimeResponse>{date}</tds:GetSystemDateAndTimeResponse>")
    assert answer(data, answers.clock) is None


EVENTS = {
    "axis": "http://192.168.0.19/onvif/services",
    "hikvision": "http://10.10.1.60/onvif/Events",
    "hikvision-fixed": "http://10.10.1.65/onvif/Events",
    "pelco": "http://10.10.1.66/onvif/eventing_service",
    "trendnet": "http://10.10.1.67/onvif/Events",
}


@pytest.mark.parametrize("camera", CAMERAS)
def test_services_are_found_among_capabilities(camera):
    """Media and events for all, PTZ for those that move."""
    services = told(camera, "core/GetCapabilities", answers.services)
    assert services["events"] == EVENTS[camera]
    assert "media" in services
    assert ("ptz" in services) == (camera in MOVING)


@pytest.mark.parametrize("camera", [name for name in CAMERAS if name != "axis"])
def test_services_are_found_among_services(camera):
    """They are those of the capabilities, where the device knows the operation."""
    services = told(camera, "core/GetServices", answers.services)
    assert services["events"] == EVENTS[camera]
    assert ("ptz" in services) == (camera in MOVING)


# -- media ------------------------------------------------------------------------------------------

FIRST_PROFILES = {
    "axis": Profile("profile_1_h264", "profile_1 h264", "H264", 1280, 720, "0", "1"),
    "hikvision": Profile("Profile_1", "mainStream", "H264", 1280, 720, "VideoSource_1", "PTZNODETOKEN"),
    "hikvision-fixed": Profile("Profile_1", "mainStream", "H264", 1280, 720, "VideoSource_1"),
    "pelco": Profile("0", "Primary", "H264", 1920, 1080, "0", "PTZID-0"),
    "trendnet": Profile("Profile_1", "mainStream", "H264", 1280, 720, "VideoSource_1"),
}
COUNTS = {"axis": 2, "hikvision": 3, "hikvision-fixed": 2, "pelco": 2, "trendnet": 2}


@pytest.mark.parametrize("camera", CAMERAS)
def test_profiles_have_a_size_and_a_node(camera):
    """Tokens may be numbers."""
    profiles = told(camera, "media/GetProfiles", answers.profiles)
    assert profiles[0] == FIRST_PROFILES[camera]
    assert len(profiles) == COUNTS[camera]


STREAMS = {
    "axis": "rtsp://192.168.0.19/onvif-media/media.amp?profile=profile_1_jpeg&sessiontimeout=60&streamtype=unicast",
    "hikvision": "rtsp://10.10.1.60:554/Streaming/Channels/3?transportmode=unicast&profile=Profile_3",
    "hikvision-fixed": "rtsp://10.10.1.65:554/Streaming/Channels/2?transportmode=unicast&profile=Profile_2",
    "pelco": "rtsp://10.10.1.66/stream2_v",
    "trendnet": "rtsp://10.10.1.67:554/Streaming/Channels/102?transportmode=unicast&profile=Profile_2",
}
STILLS = {
    "axis": "http://192.168.0.19/onvif-cgi/jpg/image.cgi?resolution=1280x720&compression=20",
    "hikvision": "http://10.10.1.60/onvif/snapshot",
    "hikvision-fixed": "http://10.10.1.65/onvif-http/snapshot",
    "pelco": "http://10.10.1.66/jpeg",
    "trendnet": "http://10.10.1.67/onvif-http/snapshot?Profile_2",
}


@pytest.mark.parametrize("camera", CAMERAS)
def test_streams_and_stills_have_addresses(camera):
    """Ampersands are no longer escaped."""
    assert told(camera, "media/GetStreamUri", answers.uri) == STREAMS[camera]
    assert told(camera, "media/GetSnapshotUri", answers.uri) == STILLS[camera]


# -- events -----------------------------------------------------------------------------------------

SUBSCRIPTIONS = {
    "axis": ("http://192.168.0.19/onvif/services", 28 * 86400),
    "hikvision": ("http://10.10.1.60/onvif/Events/PullSubManager_2018-02-27T18:28:52Z_5", 60),
    "hikvision-fixed": ("http://10.10.1.65/onvif/Events/PullSubManager_2018-02-27T18:34:42Z_1", 60),
    "pelco": ("http://10.10.1.66/onvif/eventing_service?id=urn:uuid:90c6d153-d40a-ce00-565f-26bed81b5b83", 90),
    "trendnet": ("http://10.10.1.67/onvif/Events/PullSubManager_2018-02-27T18:36:53Z_0", 60),
}


@pytest.mark.parametrize("camera", CAMERAS)
def test_subscriptions_have_an_address_and_an_end(camera):
    """By the camera's own clock, so that ours does not matter."""
    subscription = told(camera, "events/CreatePullPointSubscription", answers.subscription)
    assert (subscription.address, subscription.seconds) == SUBSCRIPTIONS[camera]


@pytest.mark.parametrize(
    ("camera", "name", "value"),
    [
        ("axis", "http://www.axis.com/2009/event", "5"),
        ("pelco", "urn:schemas-pelco-com:ws:addressing:1", "urn:uuid:90c6d153-d40a-ce00-565f-26bed81b5b83"),
    ],
)
def test_what_a_camera_wants_back_keeps_its_name_space(camera, name, value):
    """Without it the Axis answers every PullMessages with a fault; the space around it was put there for reading."""
    (reference,) = told(camera, "events/CreatePullPointSubscription", answers.subscription).references
    assert name in reference
    assert f">{value}<" in reference


def test_a_subscription_without_an_address_is_none():
    """There is nothing to pull from."""
    with pytest.raises(NotONVIFError, match="without an address"):
        answer(in_envelope("<tev:CreatePullPointSubscriptionResponse/>"), answers.subscription)


PULLED = {"hikvision": 0, "hikvision-fixed": 0, "pelco": 10, "trendnet": 1}


@pytest.mark.parametrize("camera", PULLED)
def test_notifications_have_topic_and_items(camera):
    """None, one or ten; the Pelco's topics have a line break at their end."""
    notifications = told(camera, "events/PullMessages", answers.notifications)
    assert len(notifications) == PULLED[camera]
    assert all(n.topic.startswith("tns1:") and n.topic == n.topic.strip() for n in notifications)
    assert all(n.operation in ("Initialized", "Changed") for n in notifications)


def test_items_are_read_of_source_and_data():
    """One with a SimpleItem in each, one with an ElementItem, which is left out."""
    processor, link = told("pelco", "events/PullMessages", answers.notifications)[:2]
    assert (processor.source, processor.data) == ({"Token": "cpu"}, {"Value": "0.44"})
    assert (link.source, link.data) == ({"Token": "eth0"}, {})


# -- PTZ --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("camera", MOVING)
def test_nodes_have_spaces(camera):
    """All three can move in each way."""
    (node,) = told(camera, "ptz/GetNodes", answers.nodes)
    kinds = {f"{kind}_{axes}" for kind in ("absolute", "relative", "continuous") for axes in ("pan_tilt", "zoom")}
    assert set(node.spaces) == kinds
    assert (node.presets, node.home) == (256, True)
    assert node.spaces["continuous_pan_tilt"].x == Range(-1, 1)


def test_spaces_may_be_in_degrees():
    """The Pelco's for relative moves."""
    (node,) = told("pelco", "ptz/GetNodes", answers.nodes)
    space = node.spaces["relative_pan_tilt"]
    assert (space.x, space.y) == (Range(-180, 180), Range(-96, 96))
    assert space.uri.endswith("/SphericalTranslationSpaceDegrees")


PRESETS = {
    "axis": (21, Preset("22", "Living Room")),
    "hikvision": (255, Preset("1", "preset 1")),
    "pelco": (6, Preset("b8eb9b60-96b2-415e-aaa5-82a40217b93d", "Shane's Room")),
}


@pytest.mark.parametrize("camera", MOVING)
def test_presets_have_tokens_and_names(camera):
    """Up to 255 of them."""
    presets = told(camera, "ptz/GetPresets", answers.presets)
    assert (len(presets), presets[0]) == PRESETS[camera]


@pytest.mark.parametrize("camera", MOVING)
def test_positions_are_read(camera):
    """Three numbers, within the node's spaces."""
    pan, tilt, zoom = told(camera, "ptz/GetStatus", answers.position)
    assert -1 <= pan <= 1
    assert -1 <= tilt <= 1
    assert 0 <= zoom <= 1
    assert (pan, tilt, zoom) != (0, 0, 0)


@pytest.mark.parametrize("camera", MOVING)
@pytest.mark.parametrize(
    "operation",
    ["ContinuousMove", "RelativeMove", "AbsoluteMove", "Stop", "GotoHomePosition", "GotoPreset", "SetPreset"],
)
def test_what_only_says_yes_is_no_fault(camera, operation):
    """The answers of operations that answer nothing."""
    assert told(camera, f"ptz/{operation}", len) > 0


# -- faults and nonsense ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("camera", "operation", "code", "text"),
    [
        ("axis", "core/GetServices", "Receiver/Action", "Action failed"),
        ("axis", "events/PullMessages", "Sender/InvalidArgs", "Sender/InvalidArgs"),
        ("axis", "events/CreatePullPointSubscription", "Receiver", "Receiver"),
        ("hikvision", "core/GetServices", "Sender/InvalidArgVal/InvalidParameter", "the parameter value is illegal"),
        (
            "pelco",
            "events/PullMessages",
            "Sender",
            "Validation constraint violation: namespace error in element <PullMessages>",
        ),
    ],
)
def test_faults_say_why(camera, operation, code, text):
    """The reason, or else the codes, without the prefixes that each camera chooses."""
    with pytest.raises(FaultError) as caught:
        answer(recorded(camera, operation, "Error"), answers.services)
    assert (caught.value.code, str(caught.value), caught.value.is_refusal) == (code, text, False)


def test_a_refusal_is_told_from_other_faults():
    """It is the user who can do something about it."""
    with pytest.raises(FaultError) as caught:
        answer(recorded("trendnet", "core/GetDeviceInformation", "Error"), answers.device_name)
    assert caught.value.is_refusal


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>&c;</s:Body></s:Envelope>'
)
OUTSIDE = (
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>&a;</s:Body></s:Envelope>'
)


@pytest.mark.parametrize(
    ("data", "impression"),
    [
        (b"", "an empty answer"),
        (b" \r\n", "an empty answer"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "a page for people"),
        (b"<html><body/></html>", "a page for people"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "no SOAP"),
        (b"<a>", "no SOAP"),
        (b'{"error": 1}', "no SOAP"),
        (BOMB.encode(), "no SOAP"),
        (OUTSIDE.encode(), "no SOAP"),
    ],
    ids=["nothing", "space", "html", "xhtml", "jpeg", "broken", "json", "bomb", "entity"],
)
def test_what_is_no_soap_is_refused(data, impression):
    """With a word on what it seems to be."""
    with pytest.raises(NotONVIFError, match=impression):
        answer(data, answers.profiles)


@pytest.mark.parametrize("camera", CAMERAS)
def test_an_answer_that_was_cut_is_refused(camera):
    """Half a list of profiles is none."""
    with pytest.raises(NotONVIFError, match="no SOAP"):
        answer(recorded(camera, "media/GetProfiles")[:-100], answers.profiles)


def test_prefixes_that_a_device_forgot_to_declare_are_forgiven():
    """As ipycam does, whose presets nobody else could read."""
    presets = (
        '<ptz:GetPresetsResponse><ptz:Preset token="1"><tt:Name>Door</tt:Name></ptz:Preset></ptz:GetPresetsResponse>'
    )
    assert answer(in_envelope(presets), answers.presets) == (Preset("1", "Door"),)


def test_numbers_and_nesting_without_end_are_refused():
    """Where a parser of somebody else's gives up."""
    endless = "<tt:RateControl><tt:FrameRateLimit>1e999</tt:FrameRateLimit></tt:RateControl>"
    profile = (
        f'<trt:Profiles token="1"><tt:VideoEncoderConfiguration>{endless}</tt:VideoEncoderConfiguration></trt:Profiles>'
    )
    with pytest.raises(NotONVIFError, match="makes no sense"):
        answer(in_envelope(f"<trt:GetProfilesResponse>{profile}</trt:GetProfilesResponse>"), answers.profiles)
    deep = "<tt:x>" * 5000 + "</tt:x>" * 5000
    reference = f"<wsa:Address>http://a/</wsa:Address><wsa:ReferenceParameters>{deep}</wsa:ReferenceParameters>"
    with pytest.raises(NotONVIFError, match="makes no sense"):
        answer(in_envelope(f"<tev:SubscriptionReference>{reference}</tev:SubscriptionReference>"), answers.subscription)


@pytest.mark.parametrize(
    "parse", [answers.profiles, answers.nodes, answers.presets, answers.notifications, answers.services]
)
def test_an_answer_to_something_else_holds_nothing(parse):
    """No profiles, no presets; not an error of ours."""
    assert len(answer(in_envelope("<tds:RebootResponse/>"), parse)) == 0
