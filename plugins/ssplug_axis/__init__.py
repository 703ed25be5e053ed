"""PTZ and talkback drivers `axis`: VAPIX."""
