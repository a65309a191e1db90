"""Plates: finished pieces of the picture as bytes, laid into a frame by Pillow with straight colour and a coverage channel.

A plate is a four-channel picture: red, green, blue, coverage. Pillow has no such mode that it resizes without touching the
colours, so the four channels travel under the name CMYK. Colour reaches a little beyond the coverage, so edges stay clean.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image

from engines.sketch.dice import Array, F
from engines.sketch.film.camera import Box, View
from engines.sketch.noise import BILINEAR, blur

MODE = "CMYK"
EDGE = 3


class Cel(Protocol):
    """Something that lays itself into a frame."""

    def lay(self, canvas: Image.Image, view: View, t: float) -> None:
        """Draw it as it is t seconds into the shot."""


def image(rgb: Array, alpha: Array | None = None) -> Image.Image:
    """Floats from 0 to 1 as a four-channel picture."""
    h, w = rgb.shape[:2]
    data = np.empty((h, w, 4), np.uint8)
    data[..., :3] = np.clip(rgb * 255 + 0.5, 0, 255)
    data[..., 3] = 255 if alpha is None else np.clip(alpha * 255 + 0.5, 0, 255)
    return Image.frombuffer(MODE, (w, h), data.tobytes(), "raw", MODE, 0, 1)


@dataclass
class Plate:
    """A piece of the sheet that moves with the camera as something this near; it is a Cel that stands still."""

    image: Image.Image
    left: int
    top: int
    near: float
    opaque: bool = False

    def lay(self, canvas: Image.Image, view: View, t: float) -> None:
        """Draw it where the camera sees it."""
        self.put(canvas, view.box(self.near))

    def put(self, canvas: Image.Image, box: Box, dx: float = 0.0, dy: float = 0.0) -> None:
        """Draw it moved by some pixels of the sheet."""
        placed = fitted(canvas, self.image.size, box, self.left + dx, self.top + dy)
        if placed is None:
            return
        at, size, source = placed
        piece = self.image.resize(size, BILINEAR, source)
        canvas.paste(piece, at, None if self.opaque else piece.getchannel(3))


Placed = tuple[tuple[int, int], tuple[int, int], Box]


def fitted(canvas: Image.Image, size: tuple[int, int], box: Box, left: float, top: float) -> Placed | None:
    """Where a piece of this size at this place falls in the frame, and which part of it; None if it is out of sight."""
    across, down = canvas.width / (box[2] - box[0]), canvas.height / (box[3] - box[1])
    x0, x1 = _span((left - box[0]) * across, (left + size[0] - box[0]) * across, canvas.width)
    y0, y1 = _span((top - box[1]) * down, (top + size[1] - box[1]) * down, canvas.height)
    if x1 <= x0 or y1 <= y0:
        return None
    source = (x0 / across + box[0] - left, y0 / down + box[1] - top, x1 / across + box[0] - left, y1 / down + box[1] - top)
    kept = (max(0.0, source[0]), max(0.0, source[1]), min(float(size[0]), source[2]), min(float(size[1]), source[3]))
    return (x0, y0), (x1 - x0, y1 - y0), kept


def _span(low: float, high: float, end: int) -> tuple[int, int]:
    return max(0, math.ceil(low - 1e-4)), min(end, math.floor(high + 1e-4))


def cut(rgb: Array, alpha: Array, left: int, top: int, near: float) -> Plate | None:
    """A plate of what is covered, with a little room around it; None if nothing is."""
    rows, cols = np.flatnonzero(alpha.max(axis=1) > 0.004), np.flatnonzero(alpha.max(axis=0) > 0.004)
    if not len(rows) or not len(cols):
        return None
    y0, y1 = max(0, int(rows[0]) - EDGE), min(alpha.shape[0], int(rows[-1]) + 1 + EDGE)
    x0, x1 = max(0, int(cols[0]) - EDGE), min(alpha.shape[1], int(cols[-1]) + 1 + EDGE)
    rgb, alpha = rgb[y0:y1, x0:x1], alpha[y0:y1, x0:x1]
    return Plate(image(bled(rgb, alpha), alpha), left + x0, top + y0, near)


def bled(rgb: Array, alpha: Array) -> Array:
    """The colours drawn out a little over the edge of what is covered."""
    thin = alpha < 0.04
    if not thin.any():
        return rgb
    cover = blur(alpha, 2.0)
    drawn = blur(rgb * alpha[..., None], 2.0) / np.maximum(cover, 1e-3)[..., None]
    out: Array = np.where((thin & (cover > 1e-3))[..., None], drawn, rgb).astype(F)
    return out
