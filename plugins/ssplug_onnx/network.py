"""A model in ONNX format, opened once however many cameras use it."""

import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ssplug_onnx.decoding import Array

try:
    import onnxruntime  # type: ignore[import-untyped] # has no type information
except ImportError as error:
    raise ImportError("onnxruntime is not installed: pip install 'ssplug[onnx]'") from error

DEFAULT_SIZE: Final = 640
"""Of a side, where neither model nor settings say."""

_TYPES: Final = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}
_OPENED: "Final[weakref.WeakValueDictionary[tuple[object, ...], Network]]" = weakref.WeakValueDictionary()


class ModelError(ValueError):
    """A file is no model that can be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Input:
    """What a model wants."""

    name: str
    size: tuple[int, int]
    """Width and height."""
    channels_last: bool
    type: Any
    """Of numpy: float32, float16 or uint8."""


class Network:
    """One model, ready to run; `run` may be called in any thread, and in several at once."""

    def __init__(self, session: Any, size: int | None) -> None:
        self._session = session
        self.input = _input(session.get_inputs(), size)
        self.names = [output.name for output in session.get_outputs()]
        self.metadata: dict[str, str] = session.get_modelmeta().custom_metadata_map

    def run(self, pixels: NDArray[Any]) -> list[Array]:
        """The outputs for a picture of the input's size and type, (height, width, 3)."""
        ordered = pixels if self.input.channels_last else pixels.transpose(2, 0, 1)
        outputs = self._session.run(None, {self.input.name: np.ascontiguousarray(ordered)[np.newaxis]})
        return [np.asarray(output, np.float64) for output in outputs]

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Those of the outputs, by name, found by running it: models leave some of them open."""
        width, height = self.input.size
        outputs = self.run(np.zeros((height, width, 3), self.input.type))
        return {name: output.shape for name, output in zip(self.names, outputs, strict=True)}


def opened(path: Path, threads: int, size: int | None) -> Network:
    """The model in `path`, shared by all that want it in the same way. Reactor thread; blocks; ModelError."""
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from error
    key = (path, changed, threads, size)
    network = _OPENED.get(key)
    if network is None:
        network = _OPENED[key] = Network(_session(path, threads), size)
    return network


def _session(path: Path, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # It would keep what as many cameras as ever ran it at the same time needed; without, it takes no longer.
    options.enable_cpu_mem_arena = False
    # Or its threads would keep a processor busy while they wait for the next picture.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no other class in common
        raise ModelError(f"{path}: not a model that onnxruntime can run: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _input(inputs: Sequence[Any], size: int | None) -> Input:
    if len(inputs) != 1:
        raise ModelError(f"it wants {len(inputs)} inputs, not one picture")
    shape, type_ = list(inputs[0].shape), _TYPES.get(inputs[0].type)
    if len(shape) != 4 or type_ is None or 3 not in (shape[1], shape[3]):
        raise ModelError(f"its input is {inputs[0].type} {shape}, not one picture of three colours")
    channels_last = shape[3] == 3
    height, width = shape[1:3] if channels_last else shape[2:]
    return Input(inputs[0].name, (_side(width, size), _side(height, size)), channels_last, type_)


def _side(written: int | str | None, size: int | None) -> int:
    """A side that the model leaves open is a name, or nothing."""
    if not isinstance(written, int):
        return size or DEFAULT_SIZE
    if size not in (None, written):
        raise ModelError(f"its input is {written} pixels wide or high, and cannot be {size}")
    return written
