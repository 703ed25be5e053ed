"""RTSP on a connection, from the first byte to the last."""

import pytest

from ssplug.media.access_unit import H265, MJPEG
from ssplug.servers.liveness import MESSAGE_SECONDS, STALL_SECONDS
from ssplug.servers.rtsp import REPORT_SECONDS
from ssplug.testing import a_video_track, an_access_unit
from ssplug.testing.rtp import Packet
from ssplug.wire.rtsp.session import TIMEOUT_SECONDS
from tests.unit.servers.rtsp_scene import ADMIN, SOUND, URI, VIDEO, Scene, a_picture, basic

TCP = ("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1")


def _pictures(client):
    """The times of the pictures that came on channel 0."""
    return [Packet.parse(packet).timestamp / 90_000 for channel, packet in client.frames if channel == 0]


# -- who may see what ------------------------------------------------------------------------------


def test_options_asks_nobody_who_he_is():
    scene = Scene()

    assert scene.client().request("OPTIONS", "*").status == 200
    assert scene.accounts.logins == []


def test_describe_without_credentials_is_challenged():
    reply = Scene().client().request("DESCRIBE")

    assert reply.status == 401
    assert reply.headers["WWW-Authenticate"] == 'Basic realm="SecuritySpy"'
    assert reply.headers["Server"] == "BBVS/6.0/abc"


def test_credentials_come_in_a_header_or_in_the_query():
    scene = Scene()

    assert scene.client().request("DESCRIBE", URI, ADMIN).status == 200
    assert scene.client().request("DESCRIBE", f"{URI}&auth=YWRtaW46c2VzYW1l").status == 200
    assert scene.accounts.logins[0] == scene.accounts.logins[1]
    assert scene.accounts.logins[0][1] == "192.0.2.1"


def test_a_header_that_says_nothing_useful_is_nobody():
    reply = Scene().client().request("DESCRIBE", f"{URI}&auth=YWRtaW46c2VzYW1l", ("Authorization", "Digest x=y"))

    assert reply.status == 401


def test_when_too_many_log_in_a_client_is_asked_to_come_back():
    scene = Scene()
    scene.accounts.is_full = True

    assert scene.client().request("DESCRIBE", URI, ADMIN).status == 503


@pytest.mark.parametrize(
    "uri",
    [
        "rtsp://nvr/stream?cameraNum=4",
        "rtsp://nvr/stream?cameraNum=porch",
        "rtsp://nvr/stream",
        "rtsp://nvr/image?cameraNum=3",
        "*",
    ],
)
def test_what_does_not_exist_is_not_found(uri):
    assert Scene().client().request("DESCRIBE", uri, ADMIN).status == 404


def test_a_camera_that_an_account_may_not_see_does_not_exist():
    assert Scene().client().request("DESCRIBE", URI, basic("guest", "sesame")).status == 404


def test_an_account_that_may_not_hear_is_not_told_of_sound():
    reply = Scene().client().request("DESCRIBE", URI, basic("deaf", "sesame"))

    assert b"m=video" in reply.body
    assert b"m=audio" not in reply.body


def test_a_camera_that_is_offline_is_not_available():
    scene = Scene()
    scene.hub.went_offline("unplugged")

    reply = scene.client().request("DESCRIBE", URI, ADMIN)

    assert (reply.status, reply.body) == (503, b"The camera is offline.")


def test_what_the_camera_does_not_send_is_explained():
    reply = Scene(a_video_track(H265)).client().request("DESCRIBE", f"{URI}&vcodec=jpeg", ADMIN)

    assert reply.status == 415
    assert b"sends H.265" in reply.body


def test_a_picture_that_rtp_cannot_carry_is_explained():
    track = a_video_track(MJPEG)
    scene = Scene(track)
    scene.publish(an_access_unit(data=b"\xff\xd8no", track=track))

    assert scene.client().request("DESCRIBE", URI, ADMIN).status == 415


def test_a_camera_of_which_nothing_is_left_to_show_is_unsupported():
    """Its sound alone, which this account may not hear."""
    assert Scene(SOUND).client().request("DESCRIBE", URI, basic("deaf", "sesame")).status == 415


def test_sdp_names_the_camera_and_its_tracks():
    reply = Scene().client().request("DESCRIBE", URI, ADMIN)

    assert reply.headers["Content-Base"] == URI
    assert b"s=Front Porch\r\n" in reply.body
    assert b"profile-level-id=42C01E" in reply.body
    assert b"a=control:trackID=1\r\n" in reply.body


def test_sound_is_offered_in_another_codec():
    reply = Scene().client().request("DESCRIBE", f"{URI}&acodec=ulaw", ADMIN)

    assert b"m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n" in reply.body


# -- from SETUP to TEARDOWN --------------------------------------------------------------------------


def test_what_was_described_is_not_looked_up_again_to_be_set_up():
    scene = Scene()
    client = scene.client()
    client.request("DESCRIBE", URI, ADMIN)

    reply = client.request("SETUP", f"{URI}/trackID=0", TCP)

    assert (reply.status, len(scene.accounts.logins)) == (200, 1)


def test_setup_of_something_else_is_asked_for_credentials_again():
    scene = Scene()
    client = scene.client()
    client.request("DESCRIBE", URI, ADMIN)

    assert client.request("SETUP", f"{URI}&acodec=ulaw/trackID=0", TCP).status == 401


def test_a_player_that_lost_the_query_means_what_was_described():
    client = Scene().client()
    client.request("DESCRIBE", URI, ADMIN)

    assert client.request("SETUP", "rtsp://nvr:8000/trackID=0", TCP).status == 200


def test_setup_without_describe_is_looked_up():
    assert Scene().client().request("SETUP", f"{URI}/trackID=1", TCP, ADMIN).status == 200


def test_play_says_where_it_begins_and_begins_there():
    scene = Scene()
    scene.publish(a_picture(1, key=True), a_picture(2))
    client = scene.client()

    reply = client.play()
    client.replies()

    packets = [Packet.parse(packet) for channel, packet in client.frames if channel == 0]
    assert reply.headers["RTP-Info"] == f"url={URI}/trackID=0;seq=10;rtptime=90000"
    assert [packet.sequence for packet in packets] == [10, 11]
    assert packets[0].timestamp == 90_000
    assert reply.headers["SS-PTZ"] == "61"
    assert reply.headers["Session"] == "00000000005e5510;timeout=60"


def test_the_reply_to_play_comes_before_the_first_frame_and_a_report_before_the_first_packet():
    scene = Scene()
    scene.publish(a_picture(1, key=True))
    client = scene.client()
    client.request("SETUP", f"{URI}/trackID=0", TCP, ADMIN)

    client.send(f"PLAY {URI} RTSP/1.0\r\nCSeq: 9\r\n\r\n".encode())

    assert client.transport.value().startswith(b"RTSP/1.0 200 OK\r\nCSeq: 9\r\n")
    client.replies()
    assert [channel for channel, _ in client.frames] == [1, 0]


def test_pictures_and_sound_come_on_their_channels():
    scene = Scene()
    client = scene.client()
    client.play(tracks=(0, 1))

    scene.publish(a_picture(1, key=True), a_picture(2), an_access_unit(2, data=b"sound", track=SOUND))
    client.replies()

    assert [channel for channel, packet in client.frames if packet[1] & 0x7F in (97, 98)] == [0, 0, 2]


def test_pause_and_play_again():
    scene = Scene()
    client = scene.client()
    client.play()
    scene.publish(a_picture(1, key=True))

    client.request("PAUSE")
    scene.publish(a_picture(2), a_picture(3, key=True))
    assert (_pictures(client), scene.counters.sessions) == ([1], 0)

    client.request("PLAY")
    client.replies()
    assert _pictures(client) == [1, 3]


def test_teardown_ends_with_bye_and_the_connection_may_go_on():
    scene = Scene()
    client = scene.client()
    client.play()

    assert client.request("TEARDOWN").status == 200

    assert client.frames[-1][1].endswith(bytes.fromhex("81cb0001 00000001"))
    assert (scene.counters.sessions, scene.hub.subscribers) == (0, 0)
    assert client.play().status == 200


def test_what_was_described_and_is_no_longer_so_is_gone():
    scene = Scene()
    client = scene.client()
    client.request("SETUP", f"{URI}/trackID=0", TCP, ADMIN)
    scene.hub.came_online((a_video_track(H265),))

    assert client.request("PLAY").status == 410
    assert not client.is_open


def test_a_client_that_goes_leaves_nothing_behind():
    scene = Scene()
    client = scene.client()
    client.play()
    assert (scene.factory.counters.connections, scene.counters.sessions, scene.hub.subscribers) == (1, 1, 1)

    client.leave()

    assert (scene.factory.counters.connections, scene.counters.sessions, scene.hub.subscribers) == (0, 0, 0)


def test_when_the_camera_sends_something_else_the_session_ends_with_bye():
    scene = Scene()
    client = scene.client()
    client.play()

    scene.hub.came_online((a_video_track(H265),))

    client.replies()
    assert client.frames[-1][1].endswith(bytes.fromhex("81cb0001 00000001"))
    assert not client.is_open
    assert scene.counters.sessions == 0


def test_when_the_camera_is_taken_away_its_sessions_end():
    """The site file was reloaded without it, or with another source for it."""
    scene = Scene()
    playing, ready = scene.client(), scene.client()
    playing.play()
    ready.request("SETUP", f"{URI}/trackID=0", TCP, ADMIN)

    scene.presenter.forget(3)
    scene.presenter.forget(3)

    playing.replies()
    assert playing.frames[-1][1].endswith(bytes.fromhex("81cb0001 00000001"))
    assert not playing.is_open
    assert ready.request("PLAY").status == 410
    assert scene.hub.subscribers == 0


def test_when_the_camera_goes_and_comes_back_the_session_goes_on():
    scene = Scene()
    client = scene.client()
    client.play()

    scene.hub.went_offline("unplugged")
    scene.hub.came_online((VIDEO, SOUND))
    scene.publish(a_picture(9, key=True))

    client.replies()
    assert _pictures(client) == [9]


def test_when_the_server_stops_everybody_is_told():
    scene = Scene()
    client, idle = scene.client(), scene.client()
    client.play()

    scene.factory.doStop()

    client.replies()
    assert client.frames[-1][1].endswith(bytes.fromhex("81cb0001 00000001"))
    assert not client.is_open
    assert not idle.is_open
    client.leave()
    idle.leave()
    assert scene.clock.getDelayedCalls() == []


def test_reports_come_every_few_seconds():
    scene = Scene()
    client = scene.client()
    client.play()
    client.replies()
    client.frames.clear()

    scene.clock.pump([REPORT_SECONDS / 10] * 21)

    client.replies()
    assert [channel for channel, _ in client.frames] == [1, 1]


def test_what_is_sent_is_counted():
    scene = Scene()
    clients = [scene.client() for _ in range(3)]
    for client in clients:
        client.play()

    scene.publish(a_picture(1, key=True, size=3000))

    assert (scene.counters.sessions, scene.counters.packets) == (3, 3 * 4)


# -- clients that do not behave ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x80garbage", 400),
        (b"GET /image HTTP/1.1\r\n\r\n", 400),
        (b"PLAY * RTSP/1.0\r\nContent-Length: x\r\n\r\n", 400),
        (b"PLAY * RTSP/1.0\r\nContent-Length: 99999\r\n\r\n", 413),
        (b"PLAY /" + b"x" * 20_000, 414),
    ],
    ids=["binary", "HTTP", "length", "body", "URI"],
)
def test_what_is_no_rtsp_is_refused_and_closed(data, status):
    scene = Scene()
    client = scene.client()

    client.send(data)

    [reply] = client.replies()
    assert (reply.status, client.is_open) == (status, False)
    assert scene.factory.counters.bad_messages == 1


def test_after_the_close_nothing_is_read():
    client = Scene().client()
    client.send(b"\x80")
    client.replies()

    client.send(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n")

    assert client.replies() == []


def test_frames_from_a_client_are_taken_whatever_they_say():
    client = Scene().client()

    client.send(b"$\x07\x00\x04rtcp$\x01\x00\x00")

    assert client.request("OPTIONS").status == 200


def test_requests_are_answered_in_their_order_however_long_a_login_takes():
    scene = Scene()
    scene.accounts.hold()
    client = scene.client()
    fields = "\r\n".join(": ".join(field) for field in [ADMIN])

    client.send(f"DESCRIBE {URI} RTSP/1.0\r\nCSeq: 1\r\n{fields}\r\n\r\nOPTIONS * RTSP/1.0\r\nCSeq: 2\r\n\r\n".encode())
    assert client.replies() == []
    assert client.transport.producerState == "paused"

    scene.accounts.release()
    assert [reply.headers["CSeq"] for reply in client.replies()] == ["1", "2"]
    assert client.transport.producerState == "producing"


def test_very_many_requests_at_once_are_answered_one_after_the_other():
    scene = Scene()
    client = scene.client()

    client.send(f"DESCRIBE {URI} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode() * 1000)

    assert [reply.status for reply in client.replies()] == [401] * 1000


def test_a_client_that_goes_while_it_logs_in_is_forgotten():
    scene = Scene()
    scene.accounts.hold()
    client = scene.client()
    client.send(
        f"SETUP {URI}/trackID=0 RTSP/1.0\r\nCSeq: 1\r\n{TCP[0]}: {TCP[1]}\r\n{ADMIN[0]}: {ADMIN[1]}\r\n\r\n".encode()
    )

    client.leave()
    scene.accounts.release()

    assert (scene.hub.subscribers, scene.factory.counters.connections) == (0, 0)


def test_a_mistake_of_ours_is_an_internal_error_and_the_connection_goes_on():
    scene = Scene()
    scene.accounts.avatars.clear()  # so that who logs in is nobody that the accounts know
    client = scene.client()

    assert client.request("DESCRIBE", URI, ADMIN).status == 500
    assert client.request("OPTIONS").status == 200


def test_a_client_that_says_nothing_is_closed_in_the_end():
    scene = Scene()
    client = scene.client()
    client.request("OPTIONS")

    scene.clock.pump([1] * TIMEOUT_SECONDS)
    assert client.is_open
    scene.clock.pump([1] * 3)

    assert not client.is_open
    assert scene.factory.counters.timed_out == 1


def test_a_keep_alive_keeps_a_session_that_is_paused():
    scene = Scene()
    client = scene.client()
    client.play()
    client.request("PAUSE")

    for _ in range(4):
        scene.clock.pump([1] * (TIMEOUT_SECONDS // 2))
        client.send(b"$\x01\x00\x04rtcp")

    assert client.is_open


def test_a_client_that_plays_in_silence_is_left_alone():
    scene = Scene()
    client = scene.client()
    client.play()

    scene.clock.pump([10] * 60)

    assert client.is_open


def test_a_request_that_never_ends_is_given_up():
    scene = Scene()
    client = scene.client()

    for _ in range(int(MESSAGE_SECONDS) + 3):
        client.send(b"O")
        scene.clock.advance(1)

    [reply] = client.replies()
    assert (reply.status, client.is_open) == (408, False)


def test_a_client_that_stops_reading_is_cut_off_and_costs_no_more_than_its_bound():
    scene = Scene()
    client = scene.client()
    client.play()
    client.protocol.pauseProducing()

    for second in range(int(STALL_SECONDS) + 4):
        scene.publish(a_picture(second, key=True, size=1_000_000))
        scene.clock.advance(1)

    assert client.transport.disconnected
    assert scene.factory.counters.stalled == 1
    assert scene.counters.skips > 0
    assert len(client.transport.value()) < 1000


def test_while_a_client_does_not_read_it_is_not_read_either():
    scene = Scene()
    client = scene.client()
    client.protocol.pauseProducing()
    assert client.transport.producerState == "paused"

    client.send(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n")
    assert client.replies() == []

    client.protocol.resumeProducing()
    assert client.transport.producerState == "producing"
    assert [reply.status for reply in client.replies()] == [200]


def test_a_client_that_reads_again_goes_on_where_it_stopped():
    scene = Scene()
    client = scene.client()
    client.play()
    scene.publish(a_picture(1, key=True))

    client.protocol.pauseProducing()
    scene.publish(a_picture(2), a_picture(3))
    client.protocol.resumeProducing()
    scene.publish(a_picture(4))

    client.replies()
    assert _pictures(client) == [1, 2, 3, 4]
