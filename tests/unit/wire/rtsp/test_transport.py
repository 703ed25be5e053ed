"""The Transport header."""

import pytest

from ssplug.wire.rtsp.transport import Channels, interleaved_channels


@pytest.mark.parametrize(
    ("header", "channels"),
    [
        ("RTP/AVP/TCP;unicast;interleaved=0-1", Channels(0, 1)),
        ("RTP/AVP/TCP;interleaved=4-5;unicast", Channels(4, 5)),
        ("rtp/avp/tcp; unicast; interleaved=2-3", Channels(2, 3)),
        ("RTP/AVP/TCP;unicast;interleaved=8", Channels(8, 9)),
        ("RTP/AVP/TCP", Channels(0, 1)),
        ("RTP/AVP/UDP;unicast;client_port=5000-5001,RTP/AVP/TCP;unicast;interleaved=2-3", Channels(2, 3)),
        ("RTP/AVP/TCP;unicast;interleaved=254-256", Channels(0, 1)),
        ("RTP/AVP/TCP;unicast;interleaved=7-7", Channels(0, 1)),
        ("RTP/AVP/TCP;unicast;interleaved=abc", Channels(0, 1)),
    ],
)
def test_the_channels_are_those_that_the_client_asks_for_if_they_can_be(header, channels):
    assert interleaved_channels(header, []) == channels


@pytest.mark.parametrize(
    "header",
    [
        "",
        "RTP/AVP",
        "RTP/AVP/UDP;unicast;client_port=5000-5001",
        "RTP/AVP;multicast",
        "RTP/AVP/TCP;multicast",
        "RTP/SAVP/TCP",
    ],
)
def test_nothing_but_interleaved_tcp_is_served(header):
    assert interleaved_channels(header, []) is None


@pytest.mark.parametrize("header", ["RTP/AVP/TCP;interleaved=0-1", "RTP/AVP/TCP;interleaved=1-2", "RTP/AVP/TCP"])
def test_a_second_track_never_gets_the_channels_of_the_first(header):
    assert interleaved_channels(header, [Channels(0, 1)]) == Channels(2, 3)


def test_the_answer_promises_channels_and_source():
    assert Channels(2, 3).header(0xBEEF) == "RTP/AVP/TCP;unicast;interleaved=2-3;ssrc=0000BEEF"
