"""What the onvif talkback driver decides from bytes and values alone."""

import itertools

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from ssplug.media import g711
from ssplug.testing import a_fake_context
from ssplug.testing.talkback import a_tone
from ssplug_onvif.rtsp import (
    BODY_LIMIT,
    HEAD_LIMIT,
    BadReplyError,
    Loudspeaker,
    Reply,
    ReplyParser,
    SpeechlessError,
    loudspeaker,
    request,
)
from ssplug_onvif.talkback import ONVIFTalk
from ssplug_onvif.voice import PACKET_SAMPLES, Packets

# -- RTSP -------------------------------------------------------------------------------------------


def test_a_request_is_written_as_it_is_read():
    """Line by line (RFC 2326, 6)."""
    assert request("PLAY", "rtsp://cam/live", {"CSeq": "3", "Session": "7"}) == (
        b"PLAY rtsp://cam/live RTSP/1.0\r\nCSeq: 3\r\nSession: 7\r\n\r\n"
    )


OK = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nSession: 12;timeout=30\r\nContent-Length: 4\r\n\r\nv=0\n"
REFUSED = b'RTSP/1.0 401 Unauthorized\nWWW-Authenticate: Basic realm="a"\nWWW-Authenticate: Digest realm="b"\n\n'
PACKET = b"$\x01\x00\x03abc"
REPLIES = [(200, b"v=0\n"), (401, b"")]


def told(pieces):
    parser = ReplyParser()
    return [(reply.status, reply.body) for piece in pieces for reply in parser.feed(piece)]


def test_replies_are_read_whole():
    """Packets between them are passed over, as are empty lines."""
    assert told([OK + PACKET + b"\r\n" + REFUSED]) == REPLIES


def test_replies_are_read_byte_by_byte():
    """A connection cuts where it likes."""
    data = PACKET + OK + PACKET + REFUSED
    assert told([data[at : at + 1] for at in range(len(data))]) == REPLIES


def test_what_follows_a_reply_waits_for_the_rest():
    """The beginning of the next one."""
    assert told([OK + REFUSED[:20]]) == REPLIES[:1]
    assert told([OK + REFUSED[:20], REFUSED[20:]]) == REPLIES


def test_headers_are_found_by_name():
    """Of several, each; the session without its parameters, and how long it lasts."""
    (first,), (second,) = (list(ReplyParser().feed(data)) for data in (OK, REFUSED))
    assert first.session == ("12", 30.0)
    assert second.all("www-authenticate") == ['Basic realm="a"', 'Digest realm="b"']
    assert Reply(200).session == ("", 60.0)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x16\x03\x01\x02",
        b"RTSP/1.0 OK\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: many\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % (BODY_LIMIT + 1),
        b"RTSP/1.0 200 OK\r\nX: " + b"x" * HEAD_LIMIT,
    ],
    ids=["http", "tls", "no status", "no length", "long body", "long head"],
)
def test_what_is_no_rtsp_is_refused(data):
    """As soon as it shows."""
    with pytest.raises(BadReplyError):
        list(ReplyParser().feed(data))


@settings(max_examples=60)
@given(st.binary(max_size=200), st.integers(0, 50))
def test_nonsense_is_refused_or_waited_for(nonsense, at):
    """Nothing else happens, wherever it stands."""
    try:
        list(ReplyParser().feed(OK[:at] + nonsense))
    except BadReplyError as error:
        assert str(error)  # noqa: PT017 - that it is refused is one of two right ways


# -- the session description ------------------------------------------------------------------------

HEAD = "v=0\r\no=- 1 1 IN IP4 10.0.0.5\r\ns=-\r\nt=0 0\r\n{}m=video 0 RTP/AVP 96\r\na=control:video\r\n"
EARS = "m=audio 0 RTP/AVP 0\r\na=recvonly\r\na=control:track2\r\n"


def an_sdp(*sections, session=""):
    return HEAD.format(session) + EARS + "".join(sections)


def ear(formats, *lines, control="track3"):
    attributes = "".join(f"{line}\r\n" for line in (*lines, f"a=control:{control}", "a=sendonly"))
    return f"m=audio 0 RTP/AVP {formats}\r\n{attributes}"


BASE = "rtsp://cam/live/"


@pytest.mark.parametrize(
    ("sdp", "speaker"),
    [
        (an_sdp(ear("0")), Loudspeaker(f"{BASE}track3", 0, "PCMU")),
        (an_sdp(ear("8")), Loudspeaker(f"{BASE}track3", 8, "PCMA")),
        (an_sdp(ear("8 0")), Loudspeaker(f"{BASE}track3", 0, "PCMU")),
        (
            an_sdp(ear("97", "a=rtpmap:97 mpeg4-generic/16000/1", "a=fmtp:97 config=1408")),
            Loudspeaker(f"{BASE}track3", 97, "MPEG4-GENERIC", 16000),
        ),
        (
            an_sdp(ear("97", "a=rtpmap:97 MPEG4-GENERIC/48000/2"), ear("8", control="track4")),
            Loudspeaker(f"{BASE}track4", 8, "PCMA"),
        ),
        (an_sdp(ear("97", "a=rtpmap:97 PCMU/8000/1")), Loudspeaker(f"{BASE}track3", 97, "PCMU")),
        (an_sdp(ear("0", control="rtsp://10.0.0.5/x")), Loudspeaker("rtsp://10.0.0.5/x", 0, "PCMU")),
        (an_sdp(ear("0", control="/x")), Loudspeaker("rtsp://cam/x", 0, "PCMU")),
        (
            an_sdp(ear("0"), session="a=control:rtsp://cam/other\r\n"),
            Loudspeaker("rtsp://cam/other/track3", 0, "PCMU"),
        ),
        (an_sdp(ear("0"), session="a=control:*\r\n"), Loudspeaker(f"{BASE}track3", 0, "PCMU")),
    ],
)
def test_the_track_that_is_for_us_to_send(sdp, speaker):
    """`a=sendonly`, which says how the camera sees it; G.711 before AAC, mu-law before A-law."""
    assert loudspeaker(sdp, BASE) == speaker


@pytest.mark.parametrize(
    ("sdp", "text"),
    [
        (an_sdp(), "no loudspeaker"),
        ("", "no loudspeaker"),
        (an_sdp(ear("2", "a=rtpmap:2 G726-32/8000")), "G726-32/8000 only"),
        (an_sdp(ear("97", "a=rtpmap:97 MPEG4-GENERIC/12345/1")), "MPEG4-GENERIC/12345/1 only"),
        (an_sdp(ear("97", "a=rtpmap:97 PCMU/16000")), "PCMU/16000 only"),
    ],
)
def test_a_camera_that_cannot_be_talked_to_is_told_so(sdp, text):
    """With what it would take."""
    with pytest.raises(SpeechlessError, match=text):
        loudspeaker(sdp, BASE)


# -- packets ----------------------------------------------------------------------------------------


def packets(speaker, samples, piece=PACKET_SAMPLES):
    """(marker, payload type, sequence, timestamp, payload) of each packet, and the packetizer."""
    maker = Packets(speaker, 2, ssrc=0xABCD, sequence=0xFFFF, timestamp=0xFFFFFF00)
    frames = [frame for at in range(0, len(samples), piece) for frame in maker.frames(samples[at : at + piece])]
    return [parsed(frame) for frame in frames], maker


def parsed(frame):
    assert frame[:2] == b"$\x02"
    assert int.from_bytes(frame[2:4], "big") == len(frame) - 4
    packet = frame[4:]
    assert packet[0] == 0x80
    assert packet[8:12] == b"\0\0\xab\xcd"
    numbers = (int.from_bytes(packet[2:4], "big"), int.from_bytes(packet[4:8], "big"))
    return (bool(packet[1] & 0x80), packet[1] & 0x7F, *numbers, packet[12:])


def test_mu_law_is_sent_as_it_is():
    """20 ms a packet; a marker where a talkspurt begins; both counters go round."""
    samples = bytes(range(256)) + bytes(64)
    sent, _ = packets(Loudspeaker("", 0, "PCMU"), samples)
    assert [each[:4] for each in sent] == [(True, 0, 0xFFFF, 0xFFFFFF00), (False, 0, 0, 0xFFFFFFA0)]
    assert b"".join(each[4] for each in sent) == samples


def test_a_law_has_the_same_sound():
    """Sample by sample, as near as its steps are."""
    samples = a_tone(0.1)
    sent, _ = packets(Loudspeaker("", 8, "PCMA"), samples)
    heard = g711.from_alaw(b"".join(each[4] for each in sent)).astype(int)
    assert np.abs(heard - g711.from_mulaw(samples)).max() < 400


@pytest.mark.parametrize(("rate", "channels"), [(16000, 1), (8000, 1), (48000, 2)])
def test_aac_is_encoded_at_the_camera_s_rate(rate, channels):
    """Decoded by FFmpeg it is the same tone; each packet is a whole access unit (RFC 3640)."""
    sent, _ = packets(Loudspeaker("", 97, "MPEG4-GENERIC", rate, channels), a_tone(1.0, 440.0))
    assert all(each[0] for each in sent)
    assert np.diff([each[3] for each in sent]).astype(np.int64)[1:].tolist() == [1024] * (len(sent) - 2)
    units = []
    for each in sent:
        assert each[4][:2] == b"\0\x10"
        assert int.from_bytes(each[4][2:4], "big") >> 3 == len(each[4]) - 4
        units.append(each[4][4:])
    spectrum = np.abs(np.fft.rfft(decoded(units, rate, channels)[rate // 4 : rate * 3 // 4]))
    assert abs(np.argmax(spectrum) * 2 - 440) <= 4


def decoded(units, rate, channels):
    """Samples of the first channel."""
    decoder = av.CodecContext.create("aac", "r")
    config = av.CodecContext.create("aac", "w")
    config.sample_rate, config.layout, config.format = rate, ["mono", "stereo"][channels - 1], "fltp"
    config.open()
    decoder.extradata = config.extradata
    return np.concatenate([frame.to_ndarray()[0] for unit in units for frame in decoder.decode(av.Packet(unit))])


def test_a_pause_is_a_pause():
    """What follows is later by as much, and a new talkspurt."""
    _, maker = packets(Loudspeaker("", 0, "PCMU"), bytes(160))
    maker.pause(1.5)
    (frame,) = maker.frames(bytes(160))
    assert parsed(frame)[:4] == (True, 0, 0, (0xFFFFFF00 + 160 + 12_000) & 0xFFFFFFFF)


# -- pace -------------------------------------------------------------------------------------------


class Ear:
    """A connection to a camera that hears."""

    session_seconds = 60.0

    def __init__(self):
        self.frames = []
        self.asked = []
        self.lost = Deferred()

    def send(self, frame):
        self.frames.append(frame)

    async def ask(self, method, url):
        self.asked.append(method)

    async def close(self):
        self.lost.callback("the connection was lost")

    @property
    def times(self):
        """Of the packets."""
        return [int.from_bytes(frame[8:12], "big") for frame in self.frames]


def a_talk():
    ear, clock = Ear(), Clock()
    return ONVIFTalk(ear, "rtsp://cam/live", Loudspeaker("", 0, "PCMU"), a_fake_context(clock)), ear, clock


def steps(times):
    return [(after - before) % 2**32 for before, after in itertools.pairwise(times)]


def test_packets_go_out_when_they_are_due():
    """One every 20 ms."""
    talk, ear, clock = a_talk()
    talk.write(bytes(1600))
    sent = []
    for _ in range(5):
        clock.advance(0.02)
        sent.append(len(ear.frames))
    assert sent == [2, 3, 4, 5, 6]


def test_a_reactor_that_was_late_makes_no_pause():
    """What waited goes out at once, and its times go on as if nothing had been."""
    talk, ear, clock = a_talk()
    talk.write(bytes(8000))
    clock.advance(0.51)
    assert len(ear.frames) == 26
    assert set(steps(ear.times)) == {160}


def test_somebody_who_pauses_pauses():
    """The next packet is as much later as it came."""
    talk, ear, clock = a_talk()
    talk.write(bytes(160))
    clock.advance(1.0)
    talk.write(bytes(160))
    clock.advance(0.02)
    assert steps(ear.times) == [8000]


def test_all_is_said_before_it_ends_and_it_may_be_ended_again():
    """Both times it is over."""
    talk, ear, clock = a_talk()
    talk.write(bytes(500))
    first = talk.close()
    clock.pump([0.02] * 60)
    assert len(ear.frames) == 4
    assert ear.asked == ["TEARDOWN"]
    assert first.called
    assert talk.close().called
    assert clock.getDelayedCalls() == []
