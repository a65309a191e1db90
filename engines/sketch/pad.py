"""A drawing pad for things with edges: houses, streets, rails, windows. Polygons in units, smoothed by drawing at twice the size."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from engines.sketch.dice import Array, F
from engines.sketch.frame import Frame, Layer
from engines.sketch.noise import fractal

Point = tuple[float, float]


class Pad:
    """A strip of the sheet between two heights, drawn on with coloured shapes; some of them shine."""

    def __init__(self, frame: Frame, top: float, bottom: float) -> None:
        self.frame, self.rows = frame, frame.rows(top, bottom)
        size = (frame.width * 2, (self.rows.stop - self.rows.start) * 2)
        self._sheet = Image.new("RGBA", size)
        self._draw = ImageDraw.Draw(self._sheet)
        self._glow: Image.Image | None = None
        self._glow_draw: ImageDraw.ImageDraw | None = None

    def color(self, material: str | Array, tone: float, haze: float = 0.0) -> Array:
        """One colour of a material in this picture's light."""
        color: Array = self.frame.colors.paint(np.array([tone], F), material, haze)[0]
        return color

    def poly(self, points: Sequence[Point] | Array, color: Array, glow: float = 0.0) -> None:
        """A filled outline; glow 0 to 1 makes it shine."""
        spots = self._pixels(points)
        self._draw.polygon(spots, fill=_ink(color))
        if glow > 0:
            self._shining().polygon(spots, fill=int(255 * min(1.0, glow)))
        elif self._glow_draw is not None:
            self._glow_draw.polygon(spots, fill=0)

    def hole(self, points: Sequence[Point] | Array) -> None:
        """An outline cut out again, so that what lies behind shows."""
        self._draw.polygon(self._pixels(points), fill=(0, 0, 0, 0))

    def box(self, left: float, top: float, right: float, bottom: float, color: Array, glow: float = 0.0) -> None:
        """A rectangle."""
        self.poly([(left, top), (right, top), (right, bottom), (left, bottom)], color, glow)

    def line(self, points: Sequence[Point] | Array, color: Array, width: float) -> None:
        """A stroke of that width, at least a pixel."""
        thick = max(2, round(width * self.frame.unit * 2))
        self._draw.line(self._pixels(points), fill=_ink(color), width=thick, joint="curve")

    def disc(self, x: float, y: float, rx: float, ry: float, color: Array, glow: float = 0.0) -> None:
        """An ellipse."""
        (x0, y0), (x1, y1) = self._pixels([(x - rx, y - ry), (x + rx, y + ry)])
        if x1 <= x0 or y1 <= y0:
            return
        self._draw.ellipse([x0, y0, x1, y1], fill=_ink(color))
        if glow > 0:
            self._shining().ellipse([x0, y0, x1, y1], fill=int(255 * min(1.0, glow)))

    def layer(self, name: str, depth: float, kind: str = "building", rough: float = 0.08, cell: float = 0.022) -> Layer:
        """What was drawn, as a layer; `rough` gives its surfaces some life."""
        h, w = self.rows.stop - self.rows.start, self.frame.width
        small = self._sheet.convert("RGBa").resize((w, h), Image.Resampling.BOX).convert("RGBA")
        pixels = np.asarray(small, F) * (1 / 255)
        rgb, alpha = pixels[..., :3].copy(), pixels[..., 3].copy()
        if rough:
            n = fractal(self.frame.stream(name + "/surface"), (w, h), (cell * self.frame.unit,) * 2, 4, 0.6)
            rgb *= (1 + rough * 2 * (n - 0.5))[..., None]
        glow = None
        if self._glow is not None:
            glow = np.asarray(self._glow.resize((w, h), Image.Resampling.BOX), F) * (1 / 255)
        return Layer(name, depth, rgb, alpha, glow, top=self.rows.start, kind=kind)

    def _pixels(self, points: Sequence[Point] | Array) -> list[Point]:
        k = self.frame.unit * 2
        return [(float(x) * k, float(y) * k - self.rows.start * 2) for x, y in points]

    def _shining(self) -> ImageDraw.ImageDraw:
        if self._glow_draw is None:
            self._glow = Image.new("L", self._sheet.size)
            self._glow_draw = ImageDraw.Draw(self._glow)
        return self._glow_draw


def _ink(color: Array) -> tuple[int, int, int, int]:
    r, g, b = (int(min(255.0, max(0.0, float(v) * 255))) for v in color)
    return r, g, b, 255
