"""Which payload format carries a track."""

from ssplug.media import h264 as h264_media
from ssplug.media import h265 as h265_media
from ssplug.media.access_unit import AAC, H264, H265, MJPEG, PCMA, PCMU, AccessUnit, Track
from ssplug.wire.rtp import aac, h264, h265, jpeg, samples
from ssplug.wire.rtp.payload_format import NotCarriedError, PayloadFormat


def payload_format(track: Track, key_frame: AccessUnit | None = None) -> PayloadFormat:
    """The format of `track`, as `key_frame` (its newest, if there is one) shows it; NotCarriedError if there is none.

    Parameter sets in the key frame are newer than those of the track.
    """
    newest = key_frame.data if key_frame is not None else b""
    if track.codec == H264:
        return h264.payload_format(h264_media.parameter_sets(newest) or h264_media.parameter_sets(track.extradata))
    if track.codec == H265:
        return h265.payload_format(h265_media.parameter_sets(newest) or h265_media.parameter_sets(track.extradata))
    if track.codec == MJPEG:
        if newest:
            jpeg.picture(newest)
        return jpeg.payload_format()
    if track.codec == AAC:
        return aac.payload_format(track)
    if track.codec in (PCMU, PCMA, samples.L16):
        return samples.payload_format(track)
    raise NotCarriedError(f"RTP carries no {track.codec} here")
