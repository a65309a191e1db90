"""The sheet a picture is painted on: its size, its light, its streams of chance, and the layers laid down so far.

All lengths are in units of the picture's short side, so hills are as steep in a banner as in a square, and the same seed
composes the same picture at every resolution.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from PIL import Image

from engines.sketch.dice import Array, Dice, F, Stream
from engines.sketch.noise import bands
from engines.sketch.palette import Palette
from engines.sketch.scene import Scene

Report = Callable[[float, str, Image.Image | None], None]


@dataclass
class Layer:
    """One sheet of the picture: colour, coverage and glow of a crop, and how near it is (0 far, 1 at the front)."""

    name: str
    depth: float
    rgb: Array
    alpha: Array
    glow: Array | None = None
    left: int = 0
    top: int = 0
    kind: str = "land"
    thing: str | None = None
    """The id of the scene's thing this layer shows."""
    foot: float | None = None
    """Where it meets the ground, in units, if figures can stand before it."""

    def full(self, width: int, height: int) -> tuple[Array, Array, Array | None]:
        """Colour, coverage and glow on the whole sheet, for films and exports."""
        rgb, alpha = np.zeros((height, width, 3), F), np.zeros((height, width), F)
        h, w = self.alpha.shape
        part = np.s_[self.top : self.top + h, self.left : self.left + w]
        rgb[part], alpha[part] = self.rgb, self.alpha
        if self.glow is None:
            return rgb, alpha, None
        glow = np.zeros((height, width), F)
        glow[part] = self.glow
        return rgb, alpha, glow


@dataclass
class Light:
    """Where the light comes from, in units, and whether a sun or a moon shows there."""

    x: float
    y: float
    body: str | None = None
    radius: float = 0.0
    tint: Array | None = None
    """The colour of a sun or moon that has one of its own."""


TILT, NARROW = (0.5, 0.67), (0.55, 0.64)
"""How high the horizon may lie, as the camera looks down or up; where several places are joined it has less room."""


@dataclass
class Ground:
    """A surface things can stand on: its upper edge in units for every column, and the layer it belongs to."""

    line: Array
    layer: int
    surface: str = "ground"
    scale: float | None = None
    """How large things are here, where it is not a matter of distance: a cliff's top, a roof."""


@dataclass
class Frame:
    """Everything the builders share while a picture is being made."""

    scene: Scene
    width: int
    height: int
    dice: Dice
    look: dict[str, Any]
    report: Report
    layers: list[Layer] = field(default_factory=list)
    grounds: list[Ground] = field(default_factory=list)
    indoors: bool = False
    stand: tuple[float, float] | None = None
    """Where the leading figures stand, from and to, as shares of the width, if the place has such a spot."""

    window: tuple[float, float, float, float] | None = None
    """The window of a room in units: left, top, right and bottom."""

    lane: Array | None = None
    """The middle of a road in units, row by row: who comes along it keeps to it."""

    course: tuple[Array, Array] | None = None
    """The middle and half width of a river in units, row by row: what swims keeps to it."""

    def __post_init__(self) -> None:
        self.unit = float(min(self.height, self.width * 1.2))
        self.w, self.h = self.width / self.unit, self.height / self.unit
        self.x: Array = ((np.arange(self.width, dtype=F) + 0.5) * (1 / self.unit))[None, :]
        self.y: Array = ((np.arange(self.height, dtype=F) + 0.5) * (1 / self.unit))[:, None]
        self.colors = Palette(self.scene, self.look)
        if not self.scene.palette:
            air = self.stream("air")
            self.colors.attune(air.uniform(-1, 1), air.uniform(-1, 1))
        self.night = self.scene.time in ("night", "dusk")
        self.snowy = self.scene.weather == "snow" or self.scene.season == "winter"
        self.horizon = self.h * self.stream("horizon").uniform(*(NARROW if self.scene.places else TILT))
        self.front = self.h * 0.9
        self.light = Light(self.w * 0.5, self.h * 0.2)
        self.behind_things = 0
        """Things in the air and on the wall are drawn after this layer."""
        self._done = 0.0
        self._absent = {word.lower() for word in self.scene.absent}

    def stream(self, name: str) -> Stream:
        """A stream of chance for one concern."""
        return self.dice.stream(name)

    def without(self, *words: str) -> bool:
        """Whether any of these words, or its plural, must not appear."""
        return any(form in self._absent for word in words for form in (word, word + "s", word + "es"))

    def rows(self, top: float, bottom: float) -> slice:
        """The pixel rows between two heights in units, cut to the sheet, never empty."""
        first = int(min(max(0.0, top * self.unit), self.height - 4))
        return slice(first, int(min(self.height, max(first + 4, round(bottom * self.unit)))))

    def column(self, x: float) -> int:
        """The pixel column of an x in units, cut to the sheet."""
        return int(min(max(0.0, x * self.unit), self.width - 1))

    def add(self, layer: Layer, ground: Array | None = None, surface: str = "ground", scale: float | None = None) -> None:
        """Lay a layer on top; `ground` is its upper edge if things can stand on it."""
        self.layers.append(layer)
        if ground is not None:
            self.grounds.append(Ground(ground, len(self.layers) - 1, surface, scale))

    def layer_at(self, x: float, y: float) -> int:
        """The last layer behind something with its feet there: the ground under it, fences and trees beyond it."""
        col = self.column(x)
        under = [g.layer for g in self.grounds if float(g.line[col]) <= y + 0.001]
        return self.last_behind(under[-1], y) if under else len(self.layers) - 1

    def last_behind(self, layer: int, y: float) -> int:
        """From a ground's layer on, the last one that meets the ground farther back than `y`."""
        for number in range(layer + 1, len(self.layers)):
            foot = self.layers[number].foot
            if foot is not None and foot <= y:
                layer = number
        return layer

    def tick(self, note: str, share: float = 0.04, preview: Image.Image | None = None) -> None:
        """Say how far the work is; raises whatever the caller raises to stop it."""
        self._done = min(0.99, self._done + share * (1 - self._done))
        self.report(self._done, note, preview)


def over(canvas: Array, layer: Layer) -> None:
    """Lay a layer on a colour canvas, touching only its own crop."""
    h, w = layer.alpha.shape
    part = canvas[layer.top : layer.top + h, layer.left : layer.left + w]
    for band in bands(h):
        alpha = layer.alpha[band]
        if not alpha.any():
            continue
        if float(alpha.min()) >= 1:
            part[band] = layer.rgb[band]
            continue
        gap = layer.rgb[band] - part[band]
        gap *= alpha[..., None]
        part[band] += gap


def flatten(layers: list[Layer], width: int, height: int, ground: Array) -> tuple[Array, Array | None]:
    """All layers as one picture, and how much each pixel of it glows."""
    canvas = np.empty((height, width, 3), F)
    canvas[:] = ground
    glow: Array | None = None
    for layer in layers:
        over(canvas, layer)
        h, w = layer.alpha.shape
        rows, cols = slice(layer.top, layer.top + h), slice(layer.left, layer.left + w)
        if glow is not None:
            glow[rows, cols] *= 1 - layer.alpha
        if layer.glow is not None:
            glow = np.zeros((height, width), F) if glow is None else glow
            glow[rows, cols] = np.maximum(glow[rows, cols], layer.glow)
    return canvas, glow


def glance(frame: Frame, side: int = 256) -> Image.Image:
    """A small picture of the layers laid so far: only the pixels it shows are put together."""
    step = max(1, -(-max(frame.width, frame.height) // side))
    small = np.empty((-(-frame.height // step), -(-frame.width // step), 3), F)
    small[:] = frame.colors.haze
    for layer in frame.layers:
        y, x = -layer.top % step, -layer.left % step
        thin = replace(layer, rgb=layer.rgb[y::step, x::step], alpha=layer.alpha[y::step, x::step])
        over(small, replace(thin, top=(layer.top + y) // step, left=(layer.left + x) // step))
    return preview(small, side)


def preview(canvas: Array, side: int = 256) -> Image.Image:
    """A small picture of the canvas as it stands."""
    step = max(1, -(-max(canvas.shape[:2]) // side))
    small = np.clip(canvas[::step, ::step] * 255, 0, 255).astype(np.uint8)
    return Image.fromarray(small)
