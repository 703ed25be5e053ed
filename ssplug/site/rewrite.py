"""Changing values of the site file where they stand: all else stays to the byte.

ruamel says where in the text each value begins and ends; only those characters are replaced, and
what is new is put after the last entry of its mapping.  The result is read again and must be what
it was but for the change: spellings that this module does not understand are refused, not damaged.

A value that comes by reference ({$env: NAME}) is never replaced.  A camera's value that
`camera_defaults`, an alias or a merge supplies is written to the camera itself.
"""

import contextlib
import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Final

from ruamel.yaml.nodes import CollectionNode, MappingNode, ScalarNode, SequenceNode

from ssplug.drivers import Drivers
from ssplug.model.settings import Change, Place
from ssplug.site import document
from ssplug.site.atomic import write_atomically
from ssplug.site.document import dotted
from ssplug.site.expand import source_settings
from ssplug.site.load import decoded, digest_of, read_bytes, site_of
from ssplug.site.types import Site

_BOM: Final = b"\xef\xbb\xbf"


class RewriteError(Exception):
    """The site file cannot be changed; the text says why, to whoever operates the server."""


# -- the file -------------------------------------------------------------------------------------


def saved(
    site: Site, changes: Iterable[Change], under: Place, drivers: Drivers, environ: Mapping[str, str] = os.environ
) -> Site:
    """Write `changes` below `under` to the file of `site`; the site that the file describes now. Blocks.

    Cameras without a number are UNNUMBERED, as after `load_site`.  Raises RewriteError, and SiteError
    where the changed file would be wrong; the file is the old one then.
    """
    path = site.path.resolve()  # a link stays a link
    mode = _writable_mode(path)
    content = _unchanged(path, site.digest)
    new = rewritten(decoded(content, path), changes, under).encode()
    new = _BOM + new if content.startswith(_BOM) else new
    changed = site_of(new, site.path, drivers, environ)
    _unchanged(path, site.digest)
    try:
        write_atomically(path, new.decode(), mode)
    except OSError as error:
        raise RewriteError(f"{path} cannot be written: {error.strerror}") from error
    return changed


def _writable_mode(path: FilePath) -> int:
    """The permission bits of the file; RewriteError where it is not to be written, to root neither."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise RewriteError(f"{path}: {error.strerror}") from error
    if not mode & 0o222 or not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        raise RewriteError(f"{path} is read-only: make it and its folder writable for the server, or edit it by hand")
    return mode


def _unchanged(path: FilePath, digest: str) -> bytes:
    content = read_bytes(path)
    if digest_of(content) != digest:
        raise RewriteError(f"{path} was changed by another program: reload the server first")
    return content


# -- the text -------------------------------------------------------------------------------------


def rewritten(text: str, changes: Iterable[Change], under: Place = ()) -> str:
    """`text` with every change made below `under`; raises RewriteError."""
    for change in changes:
        text = _checked(text, _place(text, change, under), change.value)
    return text


def _place(text: str, change: Change, under: Place) -> Place:
    """Where the file has the value, if it has it: at its path or at the short form of it."""
    full, short = (*under, *change.path), (*under, *change.short)
    tree = document.parse(text)[0]
    return short if change.short and tree.get(*short) and not tree.get(*full) else full


def _checked(text: str, path: Place, value: Any) -> str:
    before = _plain(text)
    try:
        after = _Text(text).changed(path, value)
        understood = _plain(after) == _with(before, path, value)
    except document.UnreadableError:
        understood = False
    if not understood:
        raise RewriteError(f"{dotted(path)} is written in a way that only people can change: edit the file by hand")
    return after


def _plain(text: str) -> Any:
    tree, _ = document.parse(text)
    return tree.plain()


def _with(tree: Any, path: Place, value: Any) -> Any:
    """`tree` with `value` at `path`; mappings are made where there are none."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        if not isinstance(tree, list) or step >= len(tree):
            raise RewriteError("the list is in `camera_defaults`, for several cameras: edit the file by hand")
        return [*tree[:step], _with(tree[step], rest, value), *tree[step + 1 :]]
    tree = _spelled_out(tree)
    return {**tree, step: _with(tree.get(step), rest, value)}


def _spelled_out(value: Any) -> dict[str, Any]:
    """A mapping: what a camera's shorthand stands for, or nothing yet."""
    if isinstance(value, str) and (settings := source_settings(value)):
        return {"source": dict(settings)}
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class _Text:
    """A site file's text, to be changed at one place."""

    text: str

    def changed(self, path: Place, value: Any) -> str:
        node = document.composed(self.text)
        for depth, step in enumerate(path):
            done, rest = path[: depth + 1], path[depth + 1 :]
            if isinstance(step, int):
                node = self._item(node, step, done)
                continue
            key, child = _entry(node, step)
            if key is None:
                return self._inserted(node, step, self._grown(done, rest, value))
            self._refuse_reference(child, done)
            if not rest or not _leads_on(child, rest[0]) or self._is_alias(key, child):
                return self._replaced(key, child, self._grown(done, rest, value))
            node = child
        raise RewriteError("nothing is named")

    def _item(self, node: Any, number: int, path: Place) -> Any:
        """An item of a list, where it is written there and not elsewhere under an anchor."""
        item = node.value[number] if number < len(node.value) else None
        if item is None or not node.start_mark.index <= item.start_mark.index < node.end_mark.index:
            raise RewriteError(f"{dotted(path)} is written in a way that only people can change: edit the file by hand")
        self._refuse_reference(item, path)
        return item

    def _grown(self, done: Place, rest: Place, value: Any) -> Any:
        """What is to stand at `done`: all that it is now, however it came there, with the change below it."""
        found = document.parse(self.text)[0].get(*done) if rest else None
        return _with(found.plain() if found else None, rest, value)

    def _refuse_reference(self, node: Any, path: Place) -> None:
        if isinstance(node, MappingNode) and len(node.value) == 1 and str(node.value[0][0].value).startswith("$"):
            raise RewriteError(f"{dotted(path)} comes by reference ({node.value[0][0].value}): change it there")

    def _is_alias(self, key: Any, child: Any) -> bool:
        """An alias is composed as the node that it names, which stands before it."""
        return bool(child.start_mark.index < key.end_mark.index)

    # -- replacing

    def _replaced(self, key: Any, child: Any, value: Any) -> str:
        end = self._end(key, child)
        is_block = isinstance(child, CollectionNode) and not child.flow_style
        if self._is_alias(key, child) or _is_nothing(child) or is_block:
            return self._spliced(self._behind_colon(key), end, f" {_yaml(value)}")
        is_quoted = isinstance(child, ScalarNode) and child.style in ("'", '"') and isinstance(value, str)
        new = json.dumps(value, ensure_ascii=False) if is_quoted else _yaml(value)
        return self._spliced(child.start_mark.index, end, new)

    def _spliced(self, start: int, end: int, new: str) -> str:
        return self.text[:start] + new + self.text[end:]

    # -- inserting

    def _inserted(self, node: Any, step: str, value: Any) -> str:
        entry = f"{_yaml(step)}: {_yaml(value)}"
        if not isinstance(node, MappingNode):
            raise RewriteError(f"{step} has no mapping to stand in")
        if node.flow_style:
            return self._inserted_in_flow(node, entry)
        key, last = node.value[-1]
        line_end = self.text.find("\n", self._end(key, last))
        at = len(self.text) if line_end < 0 else line_end
        carriage = self.text[at - 1 : at] if self.text[at - 1 : at] == "\r" else ""
        at -= len(carriage)
        indent = " " * node.value[0][0].start_mark.column
        return self._spliced(at, at, f"{carriage}\n{indent}{entry}")

    def _inserted_in_flow(self, node: Any, entry: str) -> str:
        before = self.text[: node.end_mark.index - 1].rstrip()
        if before.endswith("{"):
            return self._spliced(len(before), len(before), entry)
        if "#" in before.rpartition("\n")[2]:  # at the end it might become part of a comment
            start = self.text.index("{", node.start_mark.index) + 1
            return self._spliced(start, start, f"{entry}, ")
        return self._spliced(len(before), len(before), f"{'' if before.endswith(',') else ','} {entry}")

    # -- where values end

    def _end(self, key: Any, node: Any) -> int:
        """Where the last character of an entry's value is."""
        if self._is_alias(key, node):
            return self._alias_end(key)
        return self._behind_colon(key) if _is_nothing(node) else self._end_of(node)

    def _behind_colon(self, key: Any) -> int:
        return self.text.index(":", key.end_mark.index) + 1

    def _end_of(self, node: Any) -> int:
        """The same for what is no alias. The marks of block collections lie behind what follows them."""
        if isinstance(node, CollectionNode) and not node.flow_style:
            return self._end_of_block(node)
        end: int = node.end_mark.index
        if isinstance(node, ScalarNode) and node.style in ("|", ">"):
            return len(self.text[:end].rstrip())
        return end

    def _end_of_block(self, node: Any) -> int:
        last = node.value[-1]
        if isinstance(node, MappingNode):
            return self._end(*last)
        if last.start_mark.index < node.start_mark.index:
            raise RewriteError("a list ends with an alias: edit the file by hand")
        return self._end_of(last)

    def _alias_end(self, key: Any) -> int:
        found = re.compile(r"\s*:\s+\*[^\s,\[\]{}]+").match(self.text, key.end_mark.index)
        if found is None:
            raise RewriteError("an alias is written in a way that only people can change: edit the file by hand")
        return found.end()


def _leads_on(node: Any, step: str | int) -> bool:
    """Whether what is at `step` of a node is written in it."""
    return isinstance(node, SequenceNode if isinstance(step, int) else MappingNode)


def _is_nothing(node: Any) -> bool:
    """Whether nothing is written at all; the marks of nothing lie behind what follows it."""
    return isinstance(node, ScalarNode) and node.value == "" and node.style is None


def _entry(node: Any, step: str) -> tuple[Any, Any]:
    """A mapping's own entry, not one that a merge brings; Nones where there is none."""
    if not isinstance(node, MappingNode):
        return None, None
    return next(((key, value) for key, value in node.value if key.value == step), (None, None))


_PLAIN: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9 ._/+-]*[A-Za-z0-9])?")


def _yaml(value: Any) -> str:
    """A value in flow style, on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_yaml(key)}: {_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    if isinstance(value, str) and _needs_no_quotes(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _needs_no_quotes(text: str) -> bool:
    if not _PLAIN.fullmatch(text):
        return False
    with contextlib.suppress(document.UnreadableError):
        return bool(_plain(text) == text)
    return False
