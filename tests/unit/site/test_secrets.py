"""Secrets by reference."""

from pathlib import Path

import pytest

from ssplug.site.document import parse
from ssplug.site.secrets import BYTES_LIMIT, Secret, Secrets, revealed


def resolved(text: str, folder: Path, **environ: str):
    """The plain values of a text, and what is wrong with its references."""
    root, _ = parse(text)
    found: list = []
    return Secrets(environ, folder).resolved(root, found).plain(), [problem.text for problem in found]


def test_an_environment_variable(tmp_path):
    assert resolved("a: [{$env: NAME}]", tmp_path, NAME="x") == ({"a": ["x"]}, [])


@pytest.mark.parametrize(
    ("content", "secret"), [(b"x", "x"), (b"x\n", "x"), (b"x\r\n", "x"), (b"x\n\n", "x\n"), (b" x ", " x "), (b"", "")]
)
def test_a_file_without_the_newline_at_its_end(tmp_path, content, secret):
    (tmp_path / "pw").write_bytes(content)
    assert resolved("a: {$file: pw}", tmp_path) == ({"a": secret}, [])


def test_a_file_by_its_full_path(tmp_path):
    (tmp_path / "pw").write_text("x")
    assert resolved(f"a: {{$file: {tmp_path}/pw}}", Path("/nowhere")) == ({"a": "x"}, [])


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("{$env: NOWHERE}", "the environment variable NOWHERE is not set"),
        ("{$env: 5}", "$env takes a name"),
        ("{$env: [a]}", "$env takes a name"),
        ("{$file: {a: b}}", "$file takes a path"),
        ("{$files: x}", "'$files' is not a reference: $env and $file are; did you mean '$file'?"),
        ("{$file: nowhere}", "No such file or directory"),
        ("{$file: folder}", "Is a directory"),
        ("{$file: binary}", "not UTF-8 text"),
        ("{$file: long}", "which is too long for a secret"),
        ('{$file: "a\\0b"}', "embedded null byte"),
    ],
)
def test_a_reference_that_leads_nowhere_is_told(tmp_path, reference, said):
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\xff")
    (tmp_path / "long").write_bytes(b"x" * (BYTES_LIMIT + 1))
    plain, [problem] = resolved(f"a: {reference}\nb: 1", tmp_path)
    assert said in problem
    assert plain == {"a": None, "b": 1}


def test_a_mapping_of_more_than_a_reference_is_an_ordinary_one(tmp_path):
    assert resolved("a: {$env: X, b: 1}", tmp_path, X="x") == ({"a": {"$env": "X", "b": 1}}, [])


def test_a_secret_is_its_text_but_shows_its_reference():
    secret = Secret("hunter2", "{$env: X}")
    assert (secret, repr(secret), f"{secret}") == ("hunter2", "{$env: X}", "hunter2")


def test_revealed_text_is_of_the_plain_type(tmp_path):
    root = Secrets({"X": "x"}, tmp_path).resolved(parse("[{$env: X}]")[0], [])
    assert [type(text) for text in revealed(root).plain()] == [str]
