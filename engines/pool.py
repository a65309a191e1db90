"""From a model's name to a warm engine, within the memory there is."""

import importlib
import threading
from collections.abc import Callable
from typing import Any

from config import ModelRow, catalog
from engines.base import Engine
from engines.errors import ModelNotReady

Tell = Callable[[float, str], None]

_warm: dict[str, Engine[Any]] = {}
_lock = threading.RLock()


def make(row: ModelRow) -> Engine[Any]:
    """A cold engine for a row."""
    module, _, name = row.engine.partition(":")
    try:
        kind = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ModelNotReady(f"The engine of {row.name} cannot be found ({error}); check its row in models.yaml.") from error
    engine: Engine[Any] = kind(**row.options)
    engine.row = row
    return engine


def engine(model: str, tell: Tell | None = None) -> Engine[Any]:
    """The warm engine of a model; loads it, and lets go of another GPU model when it needs the room.

    `tell(fraction, note)` hears how far the loading is, and may raise to stop it.
    """
    with _lock:
        if model not in _warm:
            row = catalog().get(model)
            if row is None:
                raise ModelNotReady(f"The model {model} is no longer in the catalog; choose another and try again.")
            if row.lane == "gpu":
                for name in [each for each in _warm if catalog().get(each) is None or catalog()[each].lane == "gpu"]:
                    _warm.pop(name).unload()
            fresh = make(row)
            if tell is not None:
                fresh.tell = tell  # type: ignore[method-assign,assignment]
            fresh.load()
            fresh.__dict__.pop("tell", None)
            _warm[model] = fresh
        return _warm[model]


def warm() -> list[str]:
    """The models that are loaded in this process."""
    return list(_warm)


def empty() -> None:
    """Unload everything."""
    with _lock:
        while _warm:
            _warm.popitem()[1].unload()
