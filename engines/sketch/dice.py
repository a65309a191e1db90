"""Chance for the painter: one independent stream per concern, and a smooth way from one seed's draws to another's.

A variation keeps the scene and turns every draw a little from the original's towards a sibling's. Draws are normal
numbers, so turning them by an angle keeps their spread: strength 0 is the original to the bit, 1 the sibling.
"""
import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engines.seeds import derive

Array = NDArray[np.float32]
T = TypeVar("T")
F = np.float32


class Stream:
    """Random numbers for one concern (the clouds, the near trees…), untouched by what other concerns draw."""

    def __init__(self, seeds: tuple[int, int | None], name: str, drift: float) -> None:
        first, second = seeds
        self._turn = (math.cos(drift * math.pi / 2), math.sin(drift * math.pi / 2))
        self._from = np.random.default_rng(derive(first, name)) if drift < 1 or second is None else None
        self._to = np.random.default_rng(derive(second, name)) if drift > 0 and second is not None else None

    def normal(self, *shape: int) -> Array:
        """Normal numbers, turned from the original's towards the sibling's."""
        if self._to is None:
            assert self._from is not None
            return self._from.standard_normal(shape, F)
        sibling = self._to.standard_normal(shape, F)
        if self._from is None:
            return sibling
        return self._from.standard_normal(shape, F) * self._turn[0] + sibling * self._turn[1]

    def field(self, *shape: int) -> Array:
        """Numbers spread evenly over 0 to 1 (a logistic curve stands in for the normal distribution's own)."""
        return 1 / (1 + np.exp(self.normal(*shape) * -1.702))

    def random(self) -> float:
        """One number from 0 to 1."""
        return float(self.field(1)[0])

    def uniform(self, low: float, high: float) -> float:
        """One number from low to high."""
        return low + (high - low) * self.random()

    def chance(self, share: float) -> bool:
        """True in that share of cases."""
        return self.random() < share

    def pick(self, choices: Sequence[T]) -> T:
        """One of several."""
        return choices[min(len(choices) - 1, int(self.random() * len(choices)))]


class Dice:
    """All streams of one picture, by name."""

    def __init__(self, seed: int, sibling: int | None = None, drift: float = 0.0) -> None:
        self._seeds = (seed, sibling)
        self._drift = min(1.0, max(0.0, float(drift))) if sibling is not None else 0.0

    def stream(self, name: str) -> Stream:
        """The stream of that name, from its beginning."""
        return Stream(self._seeds, name, self._drift)
