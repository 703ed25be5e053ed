"""Replacing a file so that it is always the old one or the new one."""

import stat

import pytest

from ssplug.site.atomic import write_atomically


def test_the_file_holds_the_new_text_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "numbers.json"
    path.write_text("old")
    write_atomically(path, "n\u00e9w", mode=0o600)
    assert path.read_text("utf-8") == "n\u00e9w"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_text_that_cannot_be_written_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "numbers.json"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "half\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "nowhere" / "numbers.json", "new")
