"""RTSP cameras by PyAV: what every driver needs that knows a camera's RTSP address. No Twisted."""
