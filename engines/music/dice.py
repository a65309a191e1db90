"""How sampled music draws its tokens: the chances come from the model, the dice are thrown on the CPU from the piece's own seed, so
that a seed means the same on every device.

torch is imported by what has loaded it.
"""

from typing import Any


class Dice:
    """The random numbers of one piece."""

    def __init__(self, seed: int) -> None:
        import torch

        self._generator = torch.Generator("cpu").manual_seed(seed)

    def pick(self, chances: Any, most: int) -> Any:
        """One number for each row of chances (…, tokens), among its `most` likeliest: a race in which each runs as fast as it is likely."""
        import torch

        chances = chances.float()
        times = torch.empty(chances.shape, dtype=torch.float32).exponential_(generator=self._generator).clamp_min(1e-12)
        if 0 < most < chances.shape[-1]:
            least = chances.topk(most, dim=-1).values[..., -1:]
            chances = torch.where(chances < least, 0.0, chances)
        return (chances / times.to(chances.device)).argmax(-1)
