"""Loading that stops within a moment: every operation of torch, thus every tensor that is read or moved, is a place to stop at."""

import functools
import time
from collections.abc import Callable
from typing import Any, TypeVar

from engines.base import Engine

OFTEN = 0.25
"""Seconds between two looks."""
E = TypeVar("E", bound=Engine[Any])


def stoppable(load: Callable[[E], None]) -> Callable[[E], None]:
    """An engine's load(), during which the engine's still() is called about every `OFTEN` seconds; what that raises ends the loading."""

    @functools.wraps(load)
    def asking(engine: E) -> None:
        from torch.overrides import TorchFunctionMode

        class Ear(TorchFunctionMode):
            due = 0.0

            def __torch_function__(self, work: Any, types: Any, given: Any = (), named: Any = None) -> Any:
                if time.monotonic() >= self.due:
                    engine.still()
                    self.due = time.monotonic() + OFTEN
                return work(*given, **(named or {}))

        with Ear():
            load(engine)

    return asking
