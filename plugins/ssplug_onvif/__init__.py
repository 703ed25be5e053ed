"""Camera, PTZ and talkback drivers `onvif`."""
