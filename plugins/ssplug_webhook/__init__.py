"""Action `webhook`: asks a web server."""
