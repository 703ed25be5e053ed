"""Elementary streams: access units, codecs, pictures. Never imports Twisted."""
