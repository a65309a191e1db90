"""The first noise of every picture: drawn on the CPU from its own seed, so that a seed means the same on every device and in every
batch, and blended with the noise of other seeds for variations.

torch is passed in by what has loaded it; nothing here imports it at the top.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Trail = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Start:
    """Where a picture starts: a seed, and the siblings towards which its noise was turned, each with its strength (0 to 1)."""

    seed: int
    trail: Trail = ()

    def turned(self, sibling: int, strength: float) -> "Start":
        """The start of a variation."""
        return Start(self.seed, (*self.trail, (sibling, strength)))

    def generator(self) -> Any:
        """A generator on the CPU for all random numbers of this picture, the first noise being its first."""
        return _generator(self.seed)

    def noise(self, shape: Sequence[int], generator: Any) -> Any:
        """The first noise of one picture, float32 on the CPU."""
        import torch

        noise = torch.randn(tuple(shape), generator=generator, dtype=torch.float32)
        for sibling, strength in self.trail:
            noise = between(noise, torch.randn(tuple(shape), generator=_generator(sibling), dtype=torch.float32), strength)
        return noise


def between(one: Any, other: Any, share: float) -> Any:
    """A point on the arc from one noise to another (share 0 to 1); as loud as they are, unlike their mean."""
    import torch

    if share <= 0 or share >= 1:
        return one if share <= 0 else other
    cosine = torch.dot(one.flatten(), other.flatten()) / (one.norm() * other.norm())
    angle = torch.arccos(cosine.clamp(-1, 1))
    if angle.sin() < 1e-4:
        return torch.lerp(one, other, share)
    return (torch.sin((1 - share) * angle) * one + torch.sin(share * angle) * other) / torch.sin(angle)


@contextlib.contextmanager
def drawn(pipe: Any, starts: Sequence[Start]) -> Iterator[list[Any]]:
    """The generators for one call of a pipeline; while this lasts, the first noise of picture k is that of starts[k].

    Every pipeline draws its first noise in `prepare_latents` through one function of its module: that one is stood in for.
    """
    import torch

    room = type(pipe).prepare_latents.__globals__
    usual = room["randn_tensor"]
    generators = [start.generator() for start in starts]

    def draw(shape: Sequence[int], generator: Any = None, device: Any = None, dtype: Any = None, layout: Any = None) -> Any:
        if shape[0] != len(starts):
            return usual(shape, generator=generator, device=device, dtype=dtype, layout=layout)
        noise = torch.stack([start.noise(shape[1:], generators[k]) for k, start in enumerate(starts)])
        return noise.to(device=device, dtype=dtype)

    room["randn_tensor"] = draw
    try:
        yield generators
    finally:
        room["randn_tensor"] = usual


def _generator(seed: int) -> Any:
    import torch

    return torch.Generator("cpu").manual_seed(seed)
