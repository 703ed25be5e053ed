"""What an Axis camera answers to ptz.cgi."""

INFO = """Available commands
:
{camera=[n]}
whoami=yes
move={ home | up | down | left | right | upleft | upright | downleft | downright | stop }
rpan=[offset]
rzoom=[offset]
continuouspantiltmove=[x-speed],[y-speed]
continuouszoommove=[speed]
gotoserverpresetname=[name]
gotoserverpresetno=[n]
query={ speed | position | limits | presetposcam | presetposall }
"""

PRESETS = "Preset Positions for camera 1\r\npresetposno1=Home\r\npresetposno3=Front door\r\npresetposno12=Far\r\n"
