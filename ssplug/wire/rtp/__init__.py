"""RTP (RFC 3550), its payload formats, RTCP and SDP as values."""
