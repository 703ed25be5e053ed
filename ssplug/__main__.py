"""`python -m ssplug` is the command `ssplug`."""

import sys

from ssplug.command import main

sys.exit(main())
