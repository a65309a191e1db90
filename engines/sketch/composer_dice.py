"""Chance for the composer: a stream per concern for what a variation keeps, and single genes for what it may change.

A variation of strength s takes every gene whose own threshold lies under s from the sibling: a larger strength changes all
that a smaller one did and more, 0 changes nothing, 1 everything.
"""

import random
from collections.abc import Mapping, Sequence

from engines.seeds import derive

Turn = tuple[int, float]
EASE = 1.6
"""A changed gene shows in its neighbours too: the curve keeps the first steps small."""


class Genes:
    """What may change in a variation, one gene by its name at a time; and streams of what stays."""

    def __init__(self, seed: int, turns: Sequence[Turn] = ()) -> None:
        self.seed, self.turns = seed, tuple(turns)

    def stream(self, name: str) -> random.Random:
        """A stream that no variation touches."""
        return random.Random(derive(self.seed, name))

    def gene(self, name: str) -> random.Random:
        """The small stream behind one gene: the original's, or that of the last sibling that took it over."""
        owner = self.seed
        for sibling, strength in self.turns:
            if random.Random(derive(sibling, f"turn/{name}")).random() < strength**EASE:
                owner = sibling
        return random.Random(derive(owner, name))

    def kept(self, name: str) -> bool:
        """Whether a gene is still the original's."""
        return not any(random.Random(derive(sibling, f"turn/{name}")).random() < strength**EASE for sibling, strength in self.turns)

    def number(self, name: str) -> float:
        """A gene as a number from 0 to 1."""
        return self.gene(name).random()

    def pick(self, name: str, choices: Mapping[str, float]) -> str:
        """A gene as one of several, by weight."""
        return self.gene(name).choices(list(choices), list(choices.values()))[0]
