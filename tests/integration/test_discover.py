"""`ssplug discover` with ipycam, and with everybody in the local network, which here is the test."""

import subprocess
import sys

import pytest
from onveef.wsdiscovery import build_probe
from ruamel.yaml import YAML
from twisted.internet.protocol import DatagramProtocol

from ssplug.model.discovery import Search
from ssplug.testing import in_reactor, the_reactor
from ssplug_onvif.discovery import GROUP, PORT, search_devices
from tests.integration.cameras import a_free_port, an_onvif_camera

pytestmark = pytest.mark.integration

MATCH = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
  xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing">
  <s:Body><d:ProbeMatches><d:ProbeMatch>
    <a:EndpointReference><a:Address>{endpoint}</a:Address></a:EndpointReference>
    <d:Types>dn:NetworkVideoTransmitter</d:Types>
    <d:Scopes>onvif://www.onvif.org/name/Garden%20Gate onvif://www.onvif.org/hardware/X1</d:Scopes>
    <d:XAddrs>http://{host}:8000/onvif/device_service</d:XAddrs>
  </d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"""


class Camera(DatagramProtocol):
    """Answers each probe, and with `noise` says other things too."""

    def __init__(self, *noise):
        self._noise = noise
        self.probes = []

    def datagramReceived(self, datagram, addr):
        self.probes.append(datagram)
        for noise in self._noise:
            self.transport.write(noise, addr)
        self.transport.write(MATCH.format(endpoint="urn:uuid:1", host="192.168.7.7").encode(), addr)


def looked(search, camera, port):
    """What is found while `camera` listens at `port`."""
    outcome = []

    @in_reactor
    async def run():
        listening = the_reactor().listenMulticast(port, camera, interface="", listenMultiple=True)
        await camera.transport.joinGroup(GROUP, "127.0.0.1")
        try:
            outcome.extend(await search_devices(the_reactor(), search))
        finally:
            await listening.stopListening()

    run()
    return outcome


def test_everybody_in_the_network_is_asked():
    """By multicast; three times, since datagrams get lost; found once, at the address that answered."""
    camera = Camera()
    cameras = looked(Search(seconds=0.5, interface="127.0.0.1"), camera, PORT)
    assert [(each.name, each.source) for each in cameras if each.name == "Garden Gate"] == [
        ("Garden Gate", {"driver": "onvif", "host": "127.0.0.1", "port": 8000})
    ]
    assert len(camera.probes) == 3
    assert all(b"NetworkVideoTransmitter" in probe for probe in camera.probes)


BOMB = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'


def test_nonsense_that_comes_to_the_port_is_passed_over():
    """Anybody may send anything."""
    probe = build_probe(message_id="urn:uuid:2").encode()
    port = a_free_port()
    cameras = looked(
        Search(seconds=0.3, hosts=(f"127.0.0.1:{port}",)), Camera(b"\xff\xfe", b"<a>", BOMB, probe, b""), port
    )
    assert len(cameras) == 1


def test_the_command_prints_a_site_file():
    """Of ipycam, asked alone."""
    with an_onvif_camera(discovery=True) as camera:
        command = [sys.executable, "-m", "ssplug", "discover", "--host", "127.0.0.1", "--seconds", "1"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.stderr == ""
    port = int(camera.url.rpartition(":")[2])
    sources = [each["source"] for each in YAML(typ="safe").load(done.stdout)["cameras"].values()]
    assert {"driver": "onvif", "host": "127.0.0.1", "port": port} in [
        {name: value for name, value in source.items() if name not in ("username", "password")} for source in sources
    ]


def test_the_command_says_when_nobody_answers():
    """And what to look at."""
    command = [sys.executable, "-m", "ssplug", "discover", "--host", f"127.0.0.1:{a_free_port()}", "--seconds", "0.2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("no camera answered: ")


def test_the_command_says_when_it_cannot_ask():
    """A network card that is not there."""
    command = [sys.executable, "-m", "ssplug", "discover", "--interface", "192.0.2.7", "--seconds", "0.2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "a plugin could not look: CannotListenError: " in done.stderr
