"""Video that is made for RTSP clients: described complete, shared, within the budget, ended when nobody wants it."""

import base64
import re

import av
import pytest

from ssplug.media import h264
from ssplug.media.access_unit import H265, MJPEG
from ssplug.media.nal import annex_b
from ssplug.streams.video_form import LINGER, READY_SECONDS
from ssplug.testing import a_video_track
from ssplug.testing.clips import a_clip, a_sound
from ssplug.testing.rtp import Packet, access_units, h264_nal_units
from tests.unit.servers.rtsp_scene import ADMIN, URI, Scene

TRACK, UNITS = a_clip(pictures=50, size=(320, 240))
SOUND_TRACK, SOUND = a_sound(2.0)
SMALL = f"{URI}&width=160&fps=10"


def a_scene(track=TRACK, units=UNITS[:1]):
    scene = Scene(track, SOUND_TRACK)
    scene.publish(*units)
    return scene


def sps_of(sdp):
    """What the parameter sets of a description say."""
    sets = re.search(rb"sprop-parameter-sets=([^,;\s]+)", sdp)[1]
    return h264.SPS.parse(base64.b64decode(sets))


@pytest.mark.parametrize(
    ("parameters", "size"),
    [("width=160", (160, 120)), ("height=60", (80, 60)), ("width=64&height=64", (64, 64)), ("req_fps=5", (320, 240))],
)
def test_the_description_has_the_size_that_was_asked_for(parameters, size):
    """Before anything is played: the encoder has begun."""
    reply = a_scene().client().request("DESCRIBE", f"{URI}&{parameters}", ADMIN)

    assert reply.status == 200
    assert (sps_of(reply.body).width, sps_of(reply.body).height) == size
    assert b"m=audio" in reply.body


@pytest.mark.parametrize("codec", [H265, MJPEG])
def test_another_codec_becomes_h264(codec):
    track, units = a_clip(codec, pictures=5, size=(320, 240))
    reply = a_scene(track, units[:1]).client().request("DESCRIBE", f"{URI}&vcodec=h264", ADMIN)

    assert b"H264/90000" in reply.body
    assert (sps_of(reply.body).width, sps_of(reply.body).height) == (320, 240)


def test_what_the_camera_sends_anyway_is_not_encoded():
    scene = a_scene()

    assert scene.client().play(uri=f"{URI}&vcodec=h264&width=320&height=240&fps=30").status == 200
    assert scene.encoders.running == 0


def test_a_player_gets_pictures_that_can_be_decoded():
    scene = a_scene()
    client = scene.client()
    client.play(uri=f"{URI}&width=160&acodec=none")
    scene.publish(*UNITS[1:20])
    client.replies()
    decoder = av.CodecContext.create("h264", "r")

    packets = [Packet.parse(frame) for channel, frame in client.frames if channel == 0]
    units = [annex_b(unit) for unit in access_units(packets, h264_nal_units)]
    frames = [frame for unit in units for frame in decoder.decode(av.Packet(unit))]

    assert {(frame.width, frame.height) for frame in frames} == {(160, 120)}
    assert len(frames) >= 19


def test_two_clients_of_one_form_share_one_encoder():
    scene = a_scene()
    first, second = scene.client(), scene.client()
    first.play(uri=SMALL)
    second.play(uri=f"{URI}&fps=10&width=160")
    before = scene.camera.forms.counters.encoded
    scene.publish(*UNITS[1:26])
    first.replies(), second.replies()

    assert (scene.encoders.running, scene.camera.forms.counters.encoded - before) == (1, 10)
    assert [frame for frame in first.frames if frame[0] == 0][-5:] == [f for f in second.frames if f[0] == 0][-5:]


def test_over_the_budget_there_is_a_sentence():
    scene = a_scene()
    scene.encoders.set_limit(1)

    reply = scene.client().request("DESCRIBE", f"{URI}&width=640", ADMIN)

    assert reply.status == 503
    assert b"no encoder left" in reply.body
    assert scene.client().request("DESCRIBE", f"{URI}&width=64", ADMIN).status == 200
    assert scene.client().request("DESCRIBE", URI, ADMIN).status == 200


def test_the_encoder_ends_a_while_after_the_last_connection():
    scene = a_scene()
    playing, asking = scene.client(), scene.client()
    playing.play(uri=SMALL)
    asking.request("DESCRIBE", SMALL, ADMIN)
    asking.request("DESCRIBE", SMALL, ADMIN)
    asking.leave()
    scene.clock.advance(2 * LINGER)
    assert scene.encoders.running == 1
    playing.leave()
    scene.clock.advance(LINGER)

    assert scene.encoders.running == 0
    assert scene.presenter.cameras[3].forms == {}


def test_another_form_on_the_same_connection_lets_go_of_the_first():
    scene = a_scene()
    client = scene.client()
    client.request("DESCRIBE", SMALL, ADMIN)
    client.request("DESCRIBE", URI, ADMIN)
    scene.clock.advance(LINGER)

    assert scene.encoders.running == 0


def test_a_look_at_another_form_while_one_is_set_up_costs_it_nothing():
    scene = a_scene()
    client = scene.client()
    client.request("DESCRIBE", SMALL, ADMIN)
    client.request("SETUP", f"{SMALL}/trackID=0", ("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1"), ADMIN)
    client.request("DESCRIBE", f"{URI}&width=64", ADMIN)
    scene.clock.advance(LINGER)

    assert scene.encoders.running == 1
    assert client.request("PLAY", SMALL, ADMIN).status == 200


def test_a_client_that_leaves_while_the_encoder_begins_leaves_nothing_behind():
    scene = Scene(TRACK)
    client = scene.client()
    client.send(f"DESCRIBE {SMALL} RTSP/1.0\r\nCSeq: 1\r\n{ADMIN[0]}: {ADMIN[1]}\r\n\r\n".encode())
    assert scene.encoders.running == 1
    client.leave()
    scene.publish(*UNITS[:1])
    scene.clock.advance(LINGER)

    assert scene.encoders.running == 0


def test_pictures_that_cannot_be_decoded_are_not_available():
    scene = Scene(a_video_track("no_such_codec"))
    client = scene.client()
    client.send(f"DESCRIBE {SMALL} RTSP/1.0\r\nCSeq: 1\r\n{ADMIN[0]}: {ADMIN[1]}\r\n\r\n".encode())
    scene.clock.advance(READY_SECONDS)

    [reply] = client.replies()
    assert reply.status == 503
    assert b"cannot be made" in reply.body


def test_numbers_that_are_none_are_refused():
    reply = a_scene().client().request("DESCRIBE", f"{URI}&width=wide", ADMIN)

    assert (reply.status, reply.body) == (400, b"width: not a whole number")


def test_a_camera_that_is_no_more_ends_its_forms_too():
    scene = a_scene()
    client = scene.client()
    client.play(uri=SMALL)
    scene.presenter.forget(3)

    assert not client.is_open
    client.leave()
