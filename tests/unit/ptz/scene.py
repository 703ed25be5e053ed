"""Heads for tests that are about something else."""

from twisted.internet.task import Clock
from twisted.logger import Logger

from ssplug.model.ptz import PTZCapability
from ssplug.ptz.head import PTZHead
from ssplug.testing.ptz import EVERYTHING, RecordingPTZ


def a_head(capability: PTZCapability = EVERYTHING, driver: RecordingPTZ | None = None) -> PTZHead:
    """A head that knows what its camera can do."""
    driver = RecordingPTZ(capability) if driver is None else driver
    head = PTZHead(driver, Clock(), Logger(), lambda reason: None)
    head.start()
    return head
