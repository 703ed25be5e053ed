"""Formats on the wire: bytes in, values out. Never imports Twisted."""
