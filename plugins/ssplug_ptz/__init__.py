"""Action `ptz`: moves a camera."""
