"""What docs/rtsp.md promises of a session is what the table says."""

from pathlib import Path

from ssplug.wire.rtsp.session import TABLE

DOCUMENT = Path(__file__).parents[2] / "docs/rtsp.md"


def test_the_document_prints_the_table():
    rows = [
        f"| {state.value} | {method} | {act.value} | {becomes.value} |"
        for (state, method), (act, becomes) in TABLE.items()
    ]

    assert "\n".join(["| state | request | what happens | state after |", "| --- | --- | --- | --- |", *rows, ""]) in (
        DOCUMENT.read_text()
    )
