"""`ssplug model check`: whether a file of somebody's is a model that a classifier works with, and what it finds.

Values and pictures only; printing is the command's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from jsonschema import Draft202012Validator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, UnidentifiedImageError
from twisted.internet.task import Clock

from ssplug.cameras.build import CameraBuilder
from ssplug.drivers import DriverKind, Drivers
from ssplug.interfaces import IClassifier, IModelInformation
from ssplug.model.classification import Classification, Finding
from ssplug.model.event import Region
from ssplug.site.types import Slot
from ssplug.workers import Workers

ORDINARY_SCORE: Final = 50.0
"""What a sensitivity of 50 takes."""

_COLOURS: Final = {
    Classification.HUMAN: (230, 60, 60),
    Classification.VEHICLE: (60, 120, 230),
    Classification.ANIMAL: (60, 180, 80),
}


class ModelCheckError(Exception):
    """A model or a picture cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class CheckedModel:
    """A model that fits."""

    classifier: Any
    """Provides IClassifier."""

    def description(self) -> tuple[str, ...]:
        """What it says of itself, in lines."""
        information = IModelInformation(self.classifier, None)
        return tuple(information.describe()) if information is not None else ()

    def findings(self, picture: NDArray[np.uint8]) -> list[Finding]:
        """What it finds in all of a picture, the surest first."""
        height, width, _ = picture.shape
        found: Iterable[Finding] = self.classifier.classify(picture, (Region(0, 0, width, height),))
        return sorted(found, key=lambda finding: -finding.score)


def checked(drivers: Drivers, driver: str, settings: Mapping[str, Any]) -> CheckedModel:
    """The model that `settings` of a classifier name; ModelCheckError or DriverError if it does not fit."""
    known = drivers.get(DriverKind.CLASSIFIER, driver)
    if known is None:
        raise ModelCheckError(
            f"no classifier named {driver!r}; there are {', '.join(drivers.names(DriverKind.CLASSIFIER))}"
        )
    for problem in Draft202012Validator(known.schema).iter_errors(settings):
        raise ModelCheckError(f"{' '.join(map(str, problem.path))}: {problem.message}")
    clock = Clock()  # nothing is waited for: no thread begins, no time passes
    builder = CameraBuilder(drivers, Workers(clock), clock, Path(), lambda *_: None)
    slot = Slot(driver, settings, str(settings.get("model", driver)))
    return CheckedModel(builder.instance(DriverKind.CLASSIFIER, slot, IClassifier, None))


def picture_in(path: Path) -> NDArray[np.uint8]:
    """The pixels of a JPEG or PNG, as RGB; ModelCheckError if it is none."""
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))
    except UnidentifiedImageError as error:
        raise ModelCheckError(f"{path}: not a picture") from error
    except OSError as error:
        raise ModelCheckError(f"{path}: {error.strerror or error}") from error


def line_of(finding: Finding) -> str:
    """A finding for people: what, how sure, and where."""
    region = finding.region
    counts = "" if finding.score >= ORDINARY_SCORE else "  (too unsure for a sensitivity of 50)"
    place = f"{region.width}x{region.height} at {region.x},{region.y}"
    return f"{finding.kind:8}{finding.score:3.0f}  {finding.label or '-':12}{place}{counts}"


def annotated(picture: NDArray[np.uint8], findings: Iterable[Finding]) -> Image.Image:
    """The picture with a box around each finding that counts at a sensitivity of 50."""
    image = Image.fromarray(picture)
    draw, width = ImageDraw.Draw(image), max(2, max(image.size) // 500)
    for finding in findings:
        if finding.score >= ORDINARY_SCORE:
            _draw(draw, finding, width)
    return image


def _draw(draw: ImageDraw.ImageDraw, finding: Finding, width: int) -> None:
    box, colour = finding.region, _COLOURS[finding.kind]
    draw.rectangle((box.x, box.y, box.x + box.width - 1, box.y + box.height - 1), outline=colour, width=width)
    text = f"{finding.label or finding.kind} {finding.score:.0f}"
    draw.text(
        (box.x + 2 * width, box.y + width), text, "white", font_size=8 * width, stroke_width=2, stroke_fill=colour
    )
