"""From a model's name to a warm engine, within the memory there is.

Models with weights are heavy: as many of them stay warm as the memory of their device holds, measured and not only declared. A new one
takes the place of those that were used longest ago, and one that nobody has used for a while is let go of (STUDIO_KEEP_ALIVE_MINUTES).
What works for somebody at the moment stays until it has ended. Light engines stay as long as their process.
"""

import contextlib
import functools
import importlib
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from config import ModelRow, catalog, settings
from engines import device, memory
from engines.base import Engine
from engines.errors import ModelNotReady, OutOfMemory
from engines.memory import GB, Kind

Tell = Callable[[float, str], None]
Check = Callable[[], None]


@dataclass
class Warm:
    """A loaded model: where it is, how many bytes it holds there, when it was used last, and by how many it is used now."""

    engine: Engine[Any]
    row: ModelRow
    kind: Kind
    held: int = 0
    since: float = field(default_factory=time.monotonic)
    used: float = field(default_factory=time.monotonic)
    users: int = 0
    leaving: bool = False

    @property
    def heavy(self) -> bool:
        """Whether its memory is worth speaking of."""
        return _heavy(self.row)


_warm: dict[str, Warm] = {}
_lock = threading.RLock()
"""Held for a moment, around every change of `_warm`."""
_loading = {True: threading.RLock(), False: threading.RLock()}
"""Held while a model loads: a heavy one, or a light one, which does not wait for it."""
_sizes: dict[str, int] = {}
"""What each model was found to hold, in bytes; the smallest figure, as the first also counts the libraries."""
_listeners: list[Callable[[], None]] = []


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


def engine(model: str, tell: Tell | None = None, still: Check | None = None) -> Engine[Any]:
    """The warm engine of a model; loads it, and lets go of models used longer ago when it needs their room.

    `tell(fraction, note)` hears how far the loading is, `still()` is asked at its every tensor; both may raise to stop it.
    """
    return _entry(model, {"tell": tell, "still": still}).engine


@contextlib.contextmanager
def using(model: str) -> Iterator[Engine[Any]]:
    """The warm engine of a model, which stays warm for as long as the block lasts."""
    entry = _taken(model)
    try:
        yield entry.engine
    finally:
        with _lock:
            entry.users -= 1
            entry.used = time.monotonic()
            over = entry.heavy and not entry.users and (entry.leaving or not settings().keep_alive_minutes)
        if over:
            release([model])


def warm() -> list[str]:
    """The models that are loaded in this process."""
    return list(_warm)


def heavy() -> dict[str, Warm]:
    """Those of them whose memory is worth speaking of."""
    with _lock:
        return {name: entry for name, entry in _warm.items() if entry.heavy}


def release(models: Collection[str] | None = None) -> list[str]:
    """Let go of these models, or of all heavy ones; the names that went. What is used now goes when its work has ended."""
    going = []
    with _lock:
        for name in list(heavy() if models is None else models):
            entry = _warm.get(name)
            if entry is None:
                continue
            if entry.users:
                entry.leaving = True
            else:
                going.append((name, _warm.pop(name)))
    return _gone(going)


def expire() -> list[str]:
    """Let go of the heavy models that nobody has used for as long as the settings keep them; the names that went."""
    past = time.monotonic() - settings().keep_alive_minutes * 60
    return release([name for name, entry in heavy().items() if entry.used < past and not entry.users])


def empty() -> None:
    """Unload everything."""
    with _lock:
        going = list(_warm.items())
        _warm.clear()
    _gone(going)


def on_change(listener: Callable[[], None]) -> Callable[[], None]:
    """Call this whenever heavy models came or went, until what is given back is called."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def _heavy(row: ModelRow) -> bool:
    return row.lane == "gpu" or row.weights is not None or bool(row.memory_gb)


def _taken(model: str) -> Warm:
    """The entry of a model, counted as used; loaded anew if it was let go of in this very moment."""
    while True:
        entry = _entry(model)
        with _lock:
            if _warm.get(model) is entry:
                entry.users += 1
                return entry


def _entry(model: str, hears: dict[str, Any] | None = None) -> Warm:
    found = _warm.get(model)
    if found is not None:
        return found
    row = catalog().get(model)
    if row is None:
        raise ModelNotReady(f"The model {model} is no longer in the catalog; choose another and try again.")
    with _loading[_heavy(row)]:
        if model not in _warm:
            _load(row, {name: ear for name, ear in (hears or {}).items() if ear})
        return _warm[model]


def _load(row: ModelRow, hears: dict[str, Any]) -> None:
    """hears: what stands in for methods of the engine while it loads."""
    entry = Warm(make(row), row, device.machine().kind if row.lane == "gpu" else "cpu")
    entry.engine.make_room = functools.partial(_yield_room, row.name)  # type: ignore[method-assign]
    vars(entry.engine).update(hears)
    if entry.heavy:
        _make_room(entry)
    before = memory.held(entry.kind)
    while not _loaded(entry):
        entry.engine.unload()
        memory.give_back()
    for name in hears:
        vars(entry.engine).pop(name, None)
    found = max(0, memory.held(entry.kind) - before)
    if entry.kind == "cpu":  # weights are read from the disk only as they are used: what will be there counts, not what is yet
        found = max(found, entry.engine.weight() - int(device.ROOM))
    entry.held = _sizes[row.name] = min(found, _sizes.get(row.name, found))
    entry.since = entry.used = time.monotonic()
    with _lock:
        _warm[row.name] = entry
    if entry.heavy:
        _tell()


def _loaded(entry: Warm) -> bool:
    """Whether it is loaded; False when memory ran out and another model was let go of. The traceback, which holds tensors, ends here."""
    try:
        entry.engine.load()
        return True
    except OutOfMemory:
        if not _yield_room(entry.row.name):
            raise
        return False


def _make_room(entry: Warm) -> None:
    """Let go of models used longest ago until the new one fits, or none is left that could go."""
    known = _sizes.get(entry.row.name)
    need = entry.engine.weight() if known is None else known
    room = need if known is None else int(known + device.ROOM)  # what an engine says of itself counts the room to work
    while not _fits(need, room, entry.kind) and _yield_room(entry.row.name, entry.kind):
        pass


def _fits(need: int, room: int, kind: Kind) -> bool:
    most = settings().warm_gb
    others = sum(entry.held for entry in heavy().values() if entry.kind == kind)
    return room <= memory.free(kind) and (most is None or others + need <= most * GB)


def _yield_room(name: str, kind: Kind | None = None) -> bool:
    """Let go of the model that was used longest ago for another one's sake; False when there is none."""
    kind = kind or (_warm[name].kind if name in _warm else None)
    with _lock:
        idle = [each for each, entry in heavy().items() if each != name and not entry.users and kind in (None, entry.kind)]
        oldest = min(idle, key=lambda each: _warm[each].used, default=None)
    return oldest is not None and bool(release([oldest]))


def _gone(going: list[tuple[str, Warm]]) -> list[str]:
    """Unload what was taken out of the pool, and give its memory back to the system."""
    for _, entry in going:
        entry.engine.unload()
    if any(entry.heavy for _, entry in going):
        memory.give_back()
        _tell()
    return [name for name, _ in going]


def _tell() -> None:
    for listener in tuple(_listeners):
        listener()
