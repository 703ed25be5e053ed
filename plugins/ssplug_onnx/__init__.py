"""Classifier `onnx`: people, vehicles and animals by a model in ONNX format. Needs the extra `onnx`."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema


def _build(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_onnx.classifier import OnnxClassifier, OnnxSettings

    return OnnxClassifier(OnnxSettings(**settings))


@hookimpl
def ssplug_classifiers() -> list[Driver]:
    """One driver."""
    return [Driver("onnx", packaged_schema(__name__), _build, "A detection model in ONNX format; needs ssplug[onnx]")]
