"""Makes `twistd ssplug` known to Twisted."""

from twisted.application.service import ServiceMaker

ssplug = ServiceMaker("ssplug", "ssplug.tap", "A network video recorder", "ssplug")
