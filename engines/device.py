"""Where a local model runs: the device, the dtype, the memory there is, and the ladder down which a model goes when it is too much.

`machine()` answers without torch, so that the page can say what fits; `Place` measures with torch inside a worker.
"""

import functools
import gc
import importlib.metadata
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from config import settings
from engines.errors import OutOfMemory
from engines.memory import GB, Kind, main_memory, nvidia

Strategy = Literal["full", "fp8", "model", "group"]
ROOM = 1.5 * GB
"""What the sampling itself takes beside the weights, about."""
TINY = 30_000_000
"""Models with fewer parameters run faster in one thread than in several."""
FULL = ("out of memory", "can't allocate memory", "not enough memory", "could not create a primitive", "could not create a memory")
"""How torch, its CPU allocator and oneDNN say that memory ran out."""
STRATEGIES: dict[Kind, tuple[Strategy, ...]] = {"cuda": ("full", "model", "group"), "mps": ("full",), "cpu": ("full",)}
SAYS: dict[Strategy, str] = {
    "fp8": "with its weights in 8 bits",
    "model": "with its resting parts in the main memory",
    "group": "block by block from the main memory",
}


@dataclass(frozen=True)
class Machine:
    """What local models run on here: the kind of device, its name, and its memory in bytes."""

    kind: Kind
    name: str
    total: int


@functools.lru_cache(1)
def machine() -> Machine:
    """The device that local models would use, found without torch."""
    wanted = settings().device
    card = nvidia() if wanted in ("auto", "cuda") and not _torch_is_cpu_only() else None
    if card is not None:
        return Machine("cuda", card.name, card.total)
    memory = main_memory()[0]
    if wanted in ("auto", "mps") and platform.system() == "Darwin" and platform.machine() == "arm64":
        return Machine("mps", "Apple GPU", memory)
    return Machine("cpu", platform.processor() or platform.machine(), memory)


def _torch_is_cpu_only() -> bool:
    try:
        return importlib.metadata.version("torch").endswith("+cpu")
    except importlib.metadata.PackageNotFoundError:
        return False


def lacking(needs: dict[Strategy, float]) -> str:
    """What memory is missing for a model that needs so many gigabytes by strategy; empty if it fits one way or another."""
    here, main = machine(), main_memory()[0]
    if not needs or max(needs.values()) * GB <= here.total:
        return ""
    if here.kind != "cuda":
        return f"memory: it needs {max(needs.values()):g} GB and there are {here.total / GB:.0f} GB; choose a smaller model"
    least = min(needs.values())
    if least * GB > here.total:
        return f"memory: it needs {least:g} GB and the {here.name} has {here.total / GB:.0f} GB; choose a smaller model"
    whole = max(needs.values())
    return "" if whole * GB <= main else f"main memory: {whole:g} GB rest there while it works, and there are {main / GB:.0f} GB"


@dataclass(frozen=True)
class Place:
    """A device as torch knows it, and the dtype models have there."""

    kind: Kind
    dtype: Any

    @classmethod
    def here(cls, parameters: int) -> "Place":
        """The place for a model of so many parameters; torch is imported here."""
        import torch

        wanted = settings().device
        if wanted in ("auto", "cuda") and torch.cuda.is_available():
            return cls("cuda", torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16)
        if wanted in ("auto", "mps") and torch.backends.mps.is_available():
            return cls("mps", torch.float16)
        if parameters < TINY:
            torch.set_num_threads(1)
        return cls("cpu", torch.float32 if parameters * 4 < main_memory()[1] * 0.8 else torch.bfloat16)

    @property
    def width(self) -> int:
        """Bytes per number."""
        return int(self.dtype.itemsize)

    def free(self) -> int:
        """Bytes that are free on the device now."""
        import torch

        if self.kind == "cuda":
            return int(torch.cuda.mem_get_info()[0])
        return main_memory()[1]

    def recover(self) -> None:
        """After all memory was gone: on the CPU, oneDNN would keep failing at whatever failed once, so it is left out from now on."""
        if self.kind == "cpu":
            import torch

            torch.backends.mkldnn.set_flags(_enabled=False)  # type: ignore[no-untyped-call]

    def clear(self) -> None:
        """Give back what nothing uses any more."""
        import torch

        gc.collect()
        if self.kind == "cuda":
            torch.cuda.empty_cache()
        elif self.kind == "mps":
            torch.mps.empty_cache()


class Ladder:
    """How one loaded model is run: in one piece, or down the ladder. What was too much once is not tried again.

    A batch is halved before a picture is decoded in tiles, and that comes before parts of the model leave the device.
    """

    def __init__(self, place: Place, weights: int, largest: int, strategies: Sequence[Strategy] = ()) -> None:
        """For a model of so many bytes, whose largest part has so many; `strategies` if its row names its own, roomiest last."""
        self.place = place
        self.strategies = tuple(strategies) or STRATEGIES[place.kind]
        self.strategy = self._first(weights, largest)
        self._at_once = self._in_one = float("inf")

    def _first(self, weights: int, largest: int) -> Strategy:
        lowest = self.strategies[-1]
        if settings().low_vram:
            return lowest
        cast = weights - largest + largest / self.place.width + ROOM if "fp8" in self.strategies else 0
        needs: dict[Strategy, float] = {"full": weights + ROOM, "fp8": cast, "model": largest + ROOM, "group": 0}
        free = self.place.free()
        return next((each for each in self.strategies if needs[each] <= free), lowest)

    def share(self, left: int, pixels: int) -> int:
        """How many of the pictures that are left are made at once."""
        return int(max(1, min(left, self._at_once // pixels)))

    def tiled(self, pixels: int) -> bool:
        """Whether a picture of so many pixels is decoded in tiles."""
        return pixels >= self._in_one or self.strategy == "group"

    def down(self, share: int, pixels: int) -> str:
        """One rung down after so many pictures at once were too many; says so in words. Raises OutOfMemory from the lowest."""
        self.place.clear()
        if share > 1:
            self._at_once = share * pixels // 2
            return f"Memory ran out; {share // 2 if share > 3 else 'one'} at a time were made."
        if not self.tiled(pixels):
            self._in_one = pixels
            return "Memory ran out; pictures were decoded in tiles."
        where = self.strategies.index(self.strategy) + 1
        if where == len(self.strategies):
            self.place.recover()
            raise OutOfMemory("There is not enough memory for even one picture of this size; choose a smaller size or a smaller model.")
        self.strategy = self.strategies[where]
        return f"Memory ran out; the model was run {SAYS[self.strategy]}, which takes longer."


def full(error: BaseException) -> bool:
    """Whether an exception says that memory ran out, on any device."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in FULL)
