"""Lights that are alive: lamps and fires that flicker, the beam of a lighthouse that goes round, smoke that rises."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image

from engines.sketch.dice import Array, F, Stream
from engines.sketch.film.camera import View
from engines.sketch.film.gait import wave
from engines.sketch.film.plates import fitted
from engines.sketch.frame import Layer
from engines.sketch.noise import BILINEAR, blur
from engines.sketch.spots import Spot


@functools.lru_cache(1)
def facts() -> dict[str, Any]:
    """lights.yaml, read once."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "lights.yaml").read_text("utf-8"))
    return loaded


@dataclass
class Shine:
    """One colour of light over a part of the sheet, whose strength changes."""

    mask: Image.Image
    color: tuple[int, ...]
    left: int
    top: int
    near: float
    beats: tuple[tuple[float, float, float], ...]
    """Strength, period in seconds and lag of each of its changes."""
    base: float

    def lay(self, canvas: Image.Image, view: View, t: float) -> None:
        """Draw it as strong as it is just now."""
        power = self.base + sum(share * wave(t, period, lag) for share, period, lag in self.beats)
        placed = fitted(canvas, self.mask.size, view.box(self.near), self.left, self.top)
        if power <= 0 or placed is None:
            return
        at, size, source = placed
        lit = self.mask.resize(size, BILINEAR, source).point([min(255, int(v * power)) for v in range(256)])
        canvas.paste(self.color, (*at, at[0] + size[0], at[1] + size[1]), lit)


def beam(layer: Layer, near: float, stream: Stream) -> Shine:
    """A lighthouse's beam: it brightens as it comes round."""
    color = tuple(int(v * 255) for v in np.clip(np.asarray(layer.rgb).reshape(-1, 3)[0], 0, 1))
    mask = Image.fromarray(np.clip(layer.alpha * 255, 0, 255).astype(np.uint8))
    return Shine(mask, (*color, 255), layer.left, layer.top, near, ((0.42, 3.1, stream.random()),), 0.66)


def flicker(layer: Layer, rgb: Array, near: float, stream: Stream, unit: float) -> Shine | None:
    """The restless part of a fire's or a lamp's light: a halo that comes and goes."""
    if layer.glow is None or float(layer.glow.max(initial=0)) < 0.4:
        return None
    reach = int(unit * 0.07)
    glow = np.pad(np.asarray(layer.glow, F), reach)
    halo = blur(glow, reach * 0.42)
    total = float(layer.glow.sum())
    color = (rgb * layer.glow[..., None]).sum(axis=(0, 1)) / max(total, 1e-6)
    mask = Image.fromarray(np.clip(halo * 190, 0, 190).astype(np.uint8))
    lags = [stream.random() for _ in range(3)]
    beats = ((0.20, 0.83, lags[0]), (0.13, 0.37, lags[1]), (0.08, 1.9, lags[2]))
    ink = tuple(int(v * 255) for v in np.clip(color * 1.05, 0, 1))
    return Shine(mask, (*ink, 255), layer.left - reach, layer.top - reach, near, beats, 0.22)


@dataclass
class Smoke:
    """Puffs that rise from a place, spread and fade."""

    puffs: list[Image.Image]
    color: tuple[int, ...]
    x: float
    y: float
    rise: float
    near: float
    lean: float
    COUNT = 9
    LIFE = 4.2

    @classmethod
    def over(cls, spot: Spot, unit: float, color: Array, near: float, stream: Stream) -> "Smoke | None":
        """The smoke of a thing, if it smokes."""
        place = facts()["smoke"].get(spot.thing.noun)
        if place is None:
            return None
        x, y, broad = (each * spot.height * unit for each in place)
        return cls.of((spot.x * unit + (-x if spot.flip else x), spot.y * unit - y), broad, color, near, stream)

    @classmethod
    def of(cls, at: tuple[float, float], size: float, color: Array, near: float, stream: Stream) -> "Smoke":
        """Smoke from a place of the sheet in pixels; `size` is how broad it leaves."""
        puffs = []
        for step in range(8):
            radius = size * (0.5 + step * 0.36)
            side = max(4, int(radius * 2.6))
            y, x = np.mgrid[0:side, 0:side].astype(F)
            far = np.hypot(x - side / 2, y - side / 2) / radius
            puffs.append(Image.fromarray((np.clip(1.1 - far, 0, 1) ** 1.5 * 105 * (1 - step / 8.5)).astype(np.uint8)))
        ink = tuple(int(v * 255) for v in np.clip(color, 0, 1))
        return cls(puffs, (*ink, 255), at[0], at[1], size * 9, near, size * 3.2 * (1 if stream.chance(0.5) else -1))

    def lay(self, canvas: Image.Image, view: View, t: float) -> None:
        """Draw every puff where it has got to."""
        box = view.box(self.near)
        across = canvas.width / (box[2] - box[0])
        for k in range(self.COUNT):
            age = (t / self.LIFE + k / self.COUNT) % 1.0
            puff = self.puffs[min(7, int(age * 8))]
            x = self.x + self.lean * age * age + wave(age, 0.8, k * 0.37) * self.rise * 0.04
            y = self.y - self.rise * age
            at = int((x - box[0]) * across - puff.width / 2), int((y - box[1]) * across - puff.height / 2)
            if at[0] < canvas.width and at[1] < canvas.height and at[0] + puff.width > 0 and at[1] + puff.height > 0:
                canvas.paste(self.color, (*at, at[0] + puff.width, at[1] + puff.height), puff)
