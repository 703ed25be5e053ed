"""What a site file may say, and what will not do what it seems to: told, but no reason not to start."""

from collections.abc import Iterator

from ssplug.model.classification import Classification
from ssplug.site.types import CameraConfig, Site


def advice(site: Site) -> Iterator[str]:
    """Everything of that kind, with the place in the site file."""
    for camera in site.cameras:
        if camera.enabled and camera.motion.enabled and camera.motion.classifier is None:
            for missing in unclassified(camera):
                yield f"{camera.where}: camera {camera.identity.id!r}: {missing}"


def unclassified(camera: CameraConfig) -> Iterator[str]:
    """What of a camera needs a classifier, if it has none that works."""
    classes = {kind.value for kind in Classification}
    triggers = {"motion.trigger_on": camera.motion.trigger_on, "actions.trigger_on": camera.actions.trigger_on}
    for where, words in triggers.items():
        named = [word for word in words if word in classes]
        if named:
            yield f"{where}: nothing is triggered by {' or '.join(named)} without a working `motion.classifier`"
    for zone in camera.motion.zones:
        if zone.classes:
            yield f"zone {zone.name!r}: any motion counts in it without a working `motion.classifier`"
