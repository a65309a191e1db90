"""Chance for the painter: one independent stream per concern, and a smooth way from one seed's draws to another's.

A variation keeps the scene and turns every draw a little from the original's towards a sibling's. Draws are normal
numbers, so turning them by an angle keeps their spread: strength 0 is the original to the bit, 1 the sibling.
"""

import math
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from engines.seeds import derive

Array = NDArray[Any]
T = TypeVar("T")
F = np.float32


Turn = tuple[int, float]


class Stream:
    """Random numbers for one concern (the clouds, the near trees…), untouched by what other concerns draw."""

    def __init__(self, seed: int, turns: Sequence[Turn], name: str) -> None:
        self._from = np.random.default_rng(derive(seed, name))
        # edges that move a little change many pixels at once: the curve keeps the first steps small
        self._turns = [(np.random.default_rng(derive(sibling, name)), drift**1.4 * math.pi / 2) for sibling, drift in turns]

    def normal(self, *shape: int) -> Array:
        """Normal numbers, turned from the original's towards each sibling's in order."""
        out = self._from.standard_normal(shape, F)
        for sibling, angle in self._turns:
            out = out * math.cos(angle) + sibling.standard_normal(shape, F) * math.sin(angle)
        return out

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
    """All streams of one picture, by name. `turns` are the variations that led here: a sibling's seed and a strength."""

    def __init__(self, seed: int, turns: Sequence[Turn] = ()) -> None:
        self._seed, self._turns = seed, [turn for turn in turns if turn[1] > 0]
        whole = [number for number, turn in enumerate(self._turns) if turn[1] >= 1]
        if whole:
            self._seed, self._turns = self._turns[whole[-1]][0], self._turns[whole[-1] + 1 :]

    def stream(self, name: str) -> Stream:
        """The stream of that name, from its beginning."""
        return Stream(self._seed, self._turns, name)
