"""Action `sound`: plays a sound on the server."""
