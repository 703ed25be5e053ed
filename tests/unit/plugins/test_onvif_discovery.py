"""What is made of answers to WS-Discovery."""

import pytest
from onveef.wsdiscovery import DiscoveredDevice

from ssplug_onvif.discovery import found


def an_answer(*addresses, sender="10.0.0.5", name="AXIS%20Q6045-E", hardware="Q6045-E"):
    return sender, DiscoveredDevice(
        addresses[0] if addresses else "", xaddrs=list(addresses), name=name, hardware=hardware
    )


USUAL = "/onvif/device_service"


@pytest.mark.parametrize(
    ("addresses", "source"),
    [
        ([f"http://10.0.0.5{USUAL}"], {"host": "10.0.0.5"}),
        ([f"http://10.0.0.5:8000{USUAL}"], {"host": "10.0.0.5", "port": 8000}),
        ([f"http://172.17.0.2:8000{USUAL}"], {"host": "10.0.0.5", "port": 8000}),
        ([f"http://[fe80::1]{USUAL}", f"http://10.0.0.5:81{USUAL}"], {"host": "10.0.0.5", "port": 81}),
        (["http://10.0.0.5/other"], {"url": "http://10.0.0.5:80/other"}),
        ([f"https://10.0.0.5{USUAL}"], {"url": f"https://10.0.0.5:443{USUAL}"}),
        ([], {"host": "10.0.0.5"}),
        (["file:///etc/passwd", "http://[", "x"], {"host": "10.0.0.5"}),
    ],
)
def test_a_camera_is_where_it_answered_from(addresses, source):
    """The port and the path are its own; of several addresses, those of the one that answered."""
    (camera,) = found([an_answer(*addresses)])
    assert camera.source == {"driver": "onvif", **source}


def test_a_camera_has_the_name_that_it_gives_itself():
    """Percent-encoded in its scopes; or its model."""
    (named,) = found([an_answer()])
    (model,) = found([an_answer(name="")])
    assert (named.name, model.name) == ("AXIS Q6045-E", "Q6045-E")


def test_a_camera_that_answers_by_two_names_is_found_once():
    """It is the address that counts; they are in its order."""
    answers = [an_answer(sender=sender) for sender in ("10.0.0.6", "10.0.0.5", "10.0.0.6")]
    assert [camera.source["host"] for camera in found(answers)] == ["10.0.0.5", "10.0.0.6"]
