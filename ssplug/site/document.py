"""YAML text as a tree of nodes that remember where they were written.

The tree is what the later steps (references, defaults, validation, building) work on: each step
moves nodes about, and wherever a node ends up it still knows its line, its column and the path
under which its author wrote it.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

VALUES_LIMIT = 50_000
"""How many values a file may have once its aliases are followed."""
DEPTH_LIMIT = 40

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Line and column, both from 1."""

    line: int
    column: int


START = Place(1, 1)


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file."""

    value: Any
    """None, bool, int, float, str, a list of nodes, or a dict of nodes by key."""
    place: Place
    key_place: Place
    """Where its key is; its own place when it has none."""
    path: Path
    """The path it was written under."""
    broken: bool = False
    """It has been complained about: nothing more is to be said about its value."""

    def get(self, *path: str | int) -> "Node | None":
        """The node under `path`, or None where there is none."""
        node: Node | None = self
        for step in path:
            node = node._child(step) if node is not None else None
        return node

    def _child(self, step: str | int) -> "Node | None":
        if isinstance(self.value, dict):
            return self.value.get(step)
        if isinstance(self.value, list) and isinstance(step, int):
            return self.value[step] if step < len(self.value) else None
        return None

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """The entries of a mapping; nothing for anything else."""
        if isinstance(self.value, dict):
            yield from self.value.items()

    def children(self) -> Iterator["Node"]:
        """The values of a list or mapping; nothing for anything else."""
        if isinstance(self.value, dict):
            yield from self.value.values()
        elif isinstance(self.value, list):
            yield from self.value

    def text(self) -> str | None:
        """Its value when that is text, else None."""
        return self.value if isinstance(self.value, str) else None

    def plain(self) -> Any:
        """The value and all that is below it, without nodes."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def with_children(self, change: Callable[["Node"], "Node"]) -> "Node":
        """The same list or mapping with each value put through `change`."""
        if isinstance(self.value, dict):
            return replace(self, value={key: change(child) for key, child in self.value.items()})
        if isinstance(self.value, list):
            return replace(self, value=[change(child) for child in self.value])
        return self


def mapping(children: Mapping[str, Node], like: Node) -> Node:
    """A mapping that stands where `like` stands."""
    return replace(like, value=dict(children))


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong at a place of the file; sorts by place."""

    place: Place
    path: str
    text: str


def at_value(node: Node, text: str) -> Problem:
    """A problem with what was written as the value."""
    return Problem(node.place, dotted(node.path), text)


def at_key(node: Node, text: str) -> Problem:
    """A problem with the key, or with what is missing below it."""
    return Problem(node.key_place, dotted(node.path), text)


def dotted(path: Path) -> str:
    """('users', 1, 'name') as users[1].name."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(steps).removeprefix(".")


class UnreadableError(Exception):
    """The text is not YAML; `problem` says where."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


def parse(text: str) -> tuple[Node, list[Problem]]:
    """The tree of `text`, and what is wrong with it as YAML but need not stop us.

    Raises UnreadableError when there is no tree to speak of.
    """
    root = composed(text)
    if root is None:
        raise UnreadableError(Problem(START, "", "the file is empty: it needs at least `cameras:`"))
    reading = _Reading()
    return reading.node(root, _place(root.start_mark), ()), reading.found


def _yaml() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = DEPTH_LIMIT
    yaml.composer.warn_double_anchors = False  # YAML allows it: the later anchor counts
    return yaml


def composed(text: str) -> Any:
    """The nodes as ruamel has them, with their marks in `text`; None for an empty one. Raises UnreadableError."""
    try:
        return _yaml().compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _place(mark) if mark else START
        raise UnreadableError(Problem(place, "", _said(error))) from error
    except (YAMLError, RecursionError) as error:
        raise UnreadableError(Problem(START, "", f"not YAML: {' '.join(str(error).split())}")) from error


def _said(error: MarkedYAMLError) -> str:
    if "'\\t'" in str(error.problem):
        return "a tab stands where YAML wants spaces: indent with spaces"
    if "expected a single document" in str(error.context):
        return "a second document begins here: a site is one document, without a `---` in its middle"
    return ", ".join(" ".join(part.split()) for part in (error.context, error.problem) if part)


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)


_MERGE = "tag:yaml.org,2002:merge"
_STANDARD = "tag:yaml.org,2002:"


class _Reading:
    """One pass over what ruamel composed; aliases are followed, within a limit."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self._count = 0
        construct = YAML(typ="safe", pure=True).constructor
        self._scalars: dict[str, Callable[[ScalarNode], Any]] = {
            "null": lambda _: None,
            "bool": construct.construct_yaml_bool,
            "int": construct.construct_yaml_int,
            "float": construct.construct_yaml_float,
        }

    def node(self, raw: Any, key_place: Place, path: Path) -> Node:
        place = _place(raw.start_mark)
        self._count += 1
        if self._count > VALUES_LIMIT or len(path) > DEPTH_LIMIT:
            text = f"aliases unfold to more than {VALUES_LIMIT} values or {DEPTH_LIMIT} levels"
            raise UnreadableError(Problem(place, dotted(path), text))
        value, complaint = self._value(raw, path)
        if complaint:
            self.found.append(Problem(place, dotted(path), complaint))
        return Node(value, place, key_place, path, broken=bool(complaint))

    def _value(self, raw: Any, path: Path) -> tuple[Any, str]:
        if not str(raw.tag).startswith(_STANDARD):
            return None, f"the tag {raw.tag} has no meaning here"
        if isinstance(raw, MappingNode):
            return self._mapping(raw, path), ""
        if isinstance(raw, SequenceNode):
            children = (self.node(child, _place(child.start_mark), (*path, i)) for i, child in enumerate(raw.value))
            return list(children), ""
        return self._scalar(raw)

    def _scalar(self, raw: ScalarNode) -> tuple[Any, str]:
        construct = self._scalars.get(str(raw.tag).removeprefix(_STANDARD))
        if construct is None:
            return raw.value, ""  # text, and what looks like a date
        try:
            value = construct(raw)
        except ValueError:
            return None, f"{raw.value!r} is not a number"
        if isinstance(value, float) and not math.isfinite(value):
            return None, f"{raw.value} is not a number to work with"
        return value, ""

    def _mapping(self, raw: MappingNode, path: Path) -> dict[str, Node]:
        children: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for raw_key, raw_value in raw.value:
            place = _place(raw_key.start_mark)
            if not isinstance(raw_key, ScalarNode):
                self.found.append(Problem(place, dotted(path), "a key is a word, not a list or mapping"))
            elif raw_key.tag == _MERGE:
                merged = self._merged(raw_value, path) | merged
            else:
                child = self.node(raw_value, place, (*path, raw_key.value))
                self._note_repetition(children.get(raw_key.value), child)
                children.setdefault(raw_key.value, child)
        return merged | children

    def _note_repetition(self, first: Node | None, second: Node) -> None:
        if first is not None:
            text = f"{second.path[-1]!r} is given twice; first on line {first.key_place.line}"
            self.found.append(at_key(second, text))

    def _merged(self, raw: Any, path: Path) -> dict[str, Node]:
        """What `<<: *anchor` or `<<: [*first, *second]` brings; the first wins."""
        entries: dict[str, Node] = {}
        for source in raw.value if isinstance(raw, SequenceNode) else [raw]:
            if isinstance(source, MappingNode):
                entries = self._mapping(source, path) | entries
            else:
                self.found.append(Problem(_place(source.start_mark), dotted(path), "<< takes a mapping"))
        return entries
