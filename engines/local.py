"""What local engines of transformers share: whether one can run here, what its folder holds, and loading that is told of in words."""

import functools
import importlib.util
from collections.abc import Callable, Collection
from typing import Any

from config import ModelRow
from engines import device, weights
from engines.base import Ready
from engines.errors import ModelNotReady, OutOfMemory, StudioError

PACKAGES = ("torch", "transformers", "accelerate", "safetensors")


def ready(row: ModelRow | None, kinds: Collection[str], packages: Collection[str] = PACKAGES) -> Ready:
    """The packages, the memory and the weights, in this order; nothing heavy is imported."""
    missing = [name for name in packages if not installed(name)]
    if missing:
        said = f"the package{'s' * (len(missing) > 1)} {', '.join(missing)}"
        return Ready(ok=False, needs="package", missing=f"{said}; install with `make models`")
    lacking = device.lacking(row.memory_gb) if row else ""
    if lacking:
        return Ready(ok=False, needs="memory", missing=lacking)
    try:
        looked(row, kinds)
    except ModelNotReady as error:
        return Ready(ok=False, needs="weights", missing=error.message)
    return Ready()


def looked(row: ModelRow | None, kinds: Collection[str]) -> weights.Model:
    """A row's weights, whole and safe, of a class that its engine runs. Raises ModelNotReady."""
    if row is None:
        raise ModelNotReady("a local model needs a row in models.yaml")
    model = weights.look(row)
    if model.kind not in kinds:
        raise ModelNotReady(f"its folder holds a {model.kind}, and its engine runs {', '.join(kinds)}; correct its row in models.yaml")
    return model


def weight(model: weights.Model) -> int:
    """Bytes it will take where it runs, with room to work."""
    return int(model.bytes(4 if device.machine().kind == "cpu" else 2) + device.ROOM)


def guarded(what: str, work: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """What some loading returns; anything it raises in the person's words."""
    try:
        return work(*given, **named)
    except StudioError:
        raise
    except Exception as error:
        if device.full(error):
            raise OutOfMemory("The memory is too small for this model; close other programs or choose a smaller one.") from error
        said = str(error).strip().splitlines()
        detail = said[0][:160] if said else ""
        raise ModelNotReady(f"{what} cannot be loaded ({type(error).__name__}: {detail}); download it again") from error


def hush() -> None:
    """The progress bars and advice of transformers are not for our logs."""
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]


@functools.lru_cache(32)
def installed(package: str) -> bool:
    """Whether a package can be imported; it is not."""
    return importlib.util.find_spec(package) is not None
