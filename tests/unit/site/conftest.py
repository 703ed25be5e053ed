"""What the tests of the site file share: drivers to name, and a file to write."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ssplug.drivers import Driver, DriverKind, Drivers
from ssplug.site.load import SiteError, load_site
from ssplug.site.types import Site

ENVIRONMENT = dict.fromkeys(("ALICE_PASSWORD", "PORCH_PASSWORD", "FTP_PASSWORD", "GATE_PASSWORD"), "s3cret")
TEXT = {"type": "string"}


def a_driver(name: str, required: tuple[str, ...] = (), **properties) -> Driver:
    """A driver whose settings are `properties`."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
    return Driver(name, schema, lambda context, settings: settings)


CONTRACT = {
    DriverKind.CAMERA: [
        a_driver("rtsp", ("url",), url=TEXT, username=TEXT, password=TEXT, transport={"enum": ["tcp", "udp"]}),
        a_driver("pattern"),
        a_driver("file", ("path",), path={"type": "string", "format": "path"}),
        a_driver("mjpeg", ("url",), url=TEXT, username=TEXT, password=TEXT),
    ],
    DriverKind.MOTION_DETECTOR: [a_driver("background")],
    DriverKind.CLASSIFIER: [a_driver("onnx", model=TEXT)],
    DriverKind.STORAGE: [a_driver("filesystem", path=TEXT)],
    DriverKind.PTZ: [a_driver("onvif", url=TEXT, username=TEXT, password=TEXT), a_driver("pattern")],
    DriverKind.TALKBACK: [a_driver("onvif")],
    DriverKind.ACTION: [
        a_driver("script", path=TEXT),
        a_driver("sound", file=TEXT),
        a_driver("webhook", ("url",), url=TEXT),
        a_driver(
            "email",
            host=TEXT,
            port={"type": "integer"},
            user=TEXT,
            password=TEXT,
            **{"from": TEXT},
            to={"type": "array", "items": TEXT},
            images={"type": "integer"},
        ),
    ],
    DriverKind.UPLOADER: [a_driver("ftp", ("host",), host=TEXT, user=TEXT, password=TEXT)],
}


@pytest.fixture
def drivers() -> Drivers:
    """Every driver that the contract names."""
    known = Drivers()
    for kind, contributed in CONTRACT.items():
        known.add(kind, "contract", contributed)
    return known


Load = Callable[..., Site]


@pytest.fixture
def load(tmp_path: Path, drivers: Drivers) -> Load:
    """Loads a text as the file site.yaml."""

    def load(text: str, environ: Mapping[str, str] = ENVIRONMENT) -> Site:
        path = tmp_path / "site.yaml"
        path.write_text(text, "utf-8")
        return load_site(path, drivers, environ)

    return load


@pytest.fixture
def complaints(load: Load, tmp_path: Path) -> Callable[..., list[str]]:
    """What is said about a text that is wrong, one string a problem, without the folder."""

    def complaints(text: str, environ: Mapping[str, str] = ENVIRONMENT) -> list[str]:
        with pytest.raises(SiteError) as caught:
            load(text, environ)
        return [str(error).replace(f"{tmp_path}/", "") for error in caught.value.errors]

    return complaints
