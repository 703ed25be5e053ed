"""What a web hook sends."""

import json
from email import message_from_bytes, policy
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.model.action import FACTS, facts
from ssplug.model.event import Scores, TriggerReason
from ssplug.testing import a_camera
from ssplug.testing.actions import A_STILL, UTC, a_trigger
from ssplug_webhook.message import Message

URL = "http://10.0.0.9/hook"
TRIGGER = a_trigger(TriggerReason.MOTION | TriggerReason.HUMAN, scores=Scores(human=93))
TOLD = facts(TRIGGER, "Home", UTC)


def parts_of(request):
    """A form, read by somebody else."""
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    form = message_from_bytes(head + request.body, policy=policy.HTTP)
    return {part.get_param("name", header="content-disposition"): part for part in form.iter_parts()}


def test_without_a_template_everything_is_told():
    """Numbers are numbers."""
    request = Message(URL).request(TOLD, None)
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body) == {
        "server": "Home",
        "camera_number": 0,
        "camera_id": "porch",
        "camera_name": "Front Porch",
        "reason": "human, motion",
        "reason_code": 129,
        "time": "2023-11-14T22:13:20+00:00",
        "timestamp": "1700000000.000000",
        "event": 7,
        "human": 93,
        "vehicle": 0,
        "animal": 0,
    }


def test_json_may_have_any_shape():
    """Placeholders are replaced in its texts and nowhere else."""
    template = {"content": "$reason at ${camera_name}!", "n": "$camera_number", "more": [1, None, {"$event": "$$5"}]}
    request = Message(URL, json=template).request(TOLD, None)
    expected = {"content": "human, motion at Front Porch!", "n": 0, "more": [1, None, {"$event": "$5"}]}
    assert json.loads(request.body) == expected


def test_text_is_text():
    request = Message(URL, text="$camera_name: $reason").request(TOLD | {"camera_name": "Söhne"}, None)
    assert request.body == "Söhne: human, motion".encode()
    assert request.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_get_has_its_words_in_the_url():
    request = Message(f"{URL}?camera=$camera_name&human=$human", method="GET").request(TOLD, A_STILL)
    assert (request.url, request.body, request.headers) == (f"{URL}?camera=Front%20Porch&human=93", None, {})


def test_headers_have_placeholders():
    """And win over ours."""
    headers = {"Title": "$camera_name: $reason", "content-type": "text/markdown"}
    request = Message(URL, headers=headers, text="*$reason*").request(TOLD, None)
    assert request.headers == {"Title": "Front Porch: human, motion", "content-type": "text/markdown"}


def test_a_picture_may_be_the_body():
    """Without one, there are words."""
    message = Message(URL, method="PUT", image="body", text="$reason")
    assert message.request(TOLD, A_STILL).body == A_STILL
    assert message.request(TOLD, A_STILL).headers["Content-Type"] == "image/jpeg"
    assert message.request(TOLD, None).body == b"human, motion"


def test_a_picture_may_be_part_of_a_form():
    """Beside the words; without one, it is a form all the same."""
    message = Message(URL, image="form", json={"content": "$reason"}, image_field="file")
    parts = parts_of(message.request(TOLD, A_STILL))
    assert parts["file"].get_content() == A_STILL
    assert parts["file"].get_filename() == "image.jpg"
    assert json.loads(parts["payload_json"].get_payload(decode=True)) == {"content": "human, motion"}
    assert list(parts_of(message.request(TOLD, None))) == ["payload_json"]


@settings(max_examples=50)
@given(st.text(max_size=30))
def test_a_name_is_a_name_wherever_it_stands(name):
    """Whoever names a camera writes no JSON, no header and no URL."""
    told = facts(a_trigger(camera=a_camera(name=name)), "Home", UTC)
    request = Message(f"{URL}?$camera_name", headers={"X": "$camera_name"}, json={"a": "$camera_name"}).request(
        told, None
    )
    assert json.loads(request.body) == {"a": name}
    assert unquote(request.url.partition("?")[2]) == name
    assert not set(request.url.partition("?")[2]) & set("&#?/ ")
    assert not set(request.headers["X"]) & set("\r\n\0")


@pytest.mark.parametrize(
    "message",
    [
        Message("http://a/$camra_name"),
        Message(URL, headers={"X": "$nothing"}),
        Message(URL, json={"a": ["$nothing"]}),
        Message(URL, text="cost: $5"),
        Message(URL, text="$"),
    ],
)
def test_a_placeholder_that_means_nothing_is_an_error(message):
    with pytest.raises(ValueError, match=r"\$"):
        message.check()


def test_every_fact_is_a_placeholder():
    Message(URL, text=" ".join(f"${name}" for name in FACTS)).check()
