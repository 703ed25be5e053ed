"""RTSP 1.0 (RFC 2326) as values: messages, parser, session table."""
