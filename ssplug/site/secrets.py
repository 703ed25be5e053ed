"""Secrets by reference: `{$env: NAME}` and `{$file: PATH}` wherever text is expected."""

import os.path
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ssplug.site.document import Node, Problem, at_value
from ssplug.site.problem import did_you_mean

BYTES_LIMIT = 65536
"""The longest secret that a file may hold."""


class Secret(str):
    """Text that came by reference. Its repr shows the reference, so that no complaint about it tells it."""

    __slots__ = ("reference",)

    reference: str
    """As it stands in the file: '{$env: NAME}'."""

    def __new__(cls, text: str, reference: str) -> "Secret":
        secret = super().__new__(cls, text)
        secret.reference = reference
        return secret

    def __repr__(self) -> str:
        return self.reference


class SecretError(Exception):
    """A reference leads nowhere; the message says why."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where references lead."""

    environ: Mapping[str, str]
    folder: Path
    """What a relative path is relative to: the site file's folder."""

    def resolved(self, node: Node, found: list[Problem]) -> Node:
        """`node` with every reference below it replaced by its text; what leads nowhere is added to `found`."""
        reference = _reference(node)
        if reference is None:
            return node.with_children(lambda child: self.resolved(child, found))
        try:
            return replace(node, value=self._secret(*reference))
        except SecretError as error:
            found.append(at_value(node, str(error)))
            return replace(node, value=None, broken=True)

    def _secret(self, key: str, argument: Any) -> Secret:
        lookup = self._lookups().get(key)
        if lookup is None:
            raise SecretError(f"{key!r} is not a reference: $env and $file are{did_you_mean(key, self._lookups())}")
        if not isinstance(argument, str) or not argument:
            raise SecretError(f"{key} takes a {'name' if key == '$env' else 'path'}")
        return Secret(lookup(argument), f"{{{key}: {argument}}}")

    def _lookups(self) -> Mapping[str, Callable[[str], str]]:
        return {"$env": self._from_environment, "$file": self._from_file}

    def _from_environment(self, name: str) -> str:
        try:
            return self.environ[name]
        except KeyError:
            raise SecretError(f"the environment variable {name} is not set") from None

    def _from_file(self, written: str) -> str:
        path = located(self.folder, written)
        try:
            with path.open("rb") as file:
                content = file.read(BYTES_LIMIT + 1)
        except (OSError, ValueError) as error:
            raise SecretError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
        if len(content) > BYTES_LIMIT:
            raise SecretError(f"{path}: longer than {BYTES_LIMIT} bytes, which is too long for a secret")
        try:
            return content.decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise SecretError(f"{path}: not UTF-8 text") from None


def revealed(node: Node) -> Node:
    """`node` with plain text in place of secrets: some libraries take no class but `str`."""
    if isinstance(node.value, Secret):
        return replace(node, value=str(node.value))
    return node.with_children(revealed)


def located(folder: Path, written: str) -> Path:
    """A path of the site file: `~` is the home folder, a relative path starts at `folder`."""
    return folder / os.path.expanduser(written)  # noqa: PTH111 - Path's raises where a home is unknown


def _reference(node: Node) -> tuple[str, Any] | None:
    if not isinstance(node.value, dict) or len(node.value) != 1:
        return None
    [(key, argument)] = node.value.items()
    return (key, argument.value) if key.startswith("$") else None
