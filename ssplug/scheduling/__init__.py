"""Which mode of which camera is armed, because of what, until when."""
