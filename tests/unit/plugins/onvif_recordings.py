"""What five real cameras answered over ONVIF, for tests."""

from typing import Final

from tests.integration.cameras import SHARED, skip_or_fail

CAMERAS: Final = ("axis", "hikvision", "hikvision-fixed", "pelco", "trendnet")
MOVING: Final = ("axis", "hikvision", "pelco")


def recorded(camera: str, operation: str, kind: str = "Response") -> bytes:
    """One message: operation is "media/GetProfiles", kind Request, Response or Error."""
    folder = SHARED / "onvif-xml"
    if not folder.is_dir():
        skip_or_fail("the folder ../shared with recorded ONVIF messages is missing")
    return (folder / camera / f"{operation}.{kind}.xml").read_bytes()


def in_envelope(body: str) -> bytes:
    """An answer of a test's own."""
    declarations = " ".join(
        f'xmlns:{prefix}="{uri}"'
        for prefix, uri in {
            "s": "http://www.w3.org/2003/05/soap-envelope",
            "tds": "http://www.onvif.org/ver10/device/wsdl",
            "trt": "http://www.onvif.org/ver10/media/wsdl",
            "tev": "http://www.onvif.org/ver10/events/wsdl",
            "tptz": "http://www.onvif.org/ver20/ptz/wsdl",
            "tt": "http://www.onvif.org/ver10/schema",
            "wsa": "http://www.w3.org/2005/08/addressing",
            "wsnt": "http://docs.oasis-open.org/wsn/b-2",
        }.items()
    )
    return f"<s:Envelope {declarations}><s:Body>{body}</s:Body></s:Envelope>".encode()
