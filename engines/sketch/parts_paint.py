"""Paints flat shapes with Pillow: each with a soft shade below and a light above, as one rounds a form with gouache."""
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from engines.sketch.parts_flat import RGB, Shape

SHADE = (44, 26, 70)
LIGHT = (255, 244, 220)
RGBA = tuple[int, int, int, int]
Place = tuple[int, int, int, int]
_RAMPS = [[int(value * percent / 100) for value in range(256)] for percent in range(101)]


@dataclass
class Canvas:
    """A picture and how much each of its pixels shines, and the place of its upper left corner on the whole drawing."""

    rgba: Image.Image
    glow: Image.Image | None
    left: int = 0
    top: int = 0


def canvas(width: int, height: int, shines: bool) -> Canvas:
    """An empty one."""
    return Canvas(Image.new("RGBA", (width, height)), Image.new("L", (width, height)) if shines else None)


def shines(shapes: tuple[Shape, ...] | list[Shape]) -> bool:
    """Whether anything in the drawing gives light."""
    return any(shape.glow or shines(shape.inside) for shape in shapes)


def paint(on: Canvas, shape: Shape, pixels: float) -> None:
    """One shape; its outline is in pixels of the whole drawing, `pixels` is how many the thing is tall."""
    points = shape.outline - (on.left, on.top)
    low, high = np.floor(points.min(0)).astype(int) - 1, np.ceil(points.max(0)).astype(int) + 2
    low, high = np.maximum(low, 0), np.minimum(high, on.rgba.size)
    if (high <= low).any():
        return
    place = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    rounded = shape.round and min(high - low) >= 9
    if shape.alpha < 1 or shape.inside:
        _tile(on, shape, points, place, pixels)
    else:
        _fill(on, [tuple(p) for p in points.tolist()], shape)
        if rounded:
            _form(on.rgba, place, _mask(points, place), shape.round, pixels)


def _bytes(rgb: RGB) -> RGBA:
    return (*(int(min(1.0, max(0.0, channel)) * 255 + 0.5) for channel in rgb), 255)  # type: ignore[return-value]


def _fill(on: Canvas, points: list[tuple[float, ...]], shape: Shape) -> None:
    ImageDraw.Draw(on.rgba).polygon(points, fill=_bytes(shape.rgb))
    if on.glow:
        ImageDraw.Draw(on.glow).polygon(points, fill=int(shape.glow * 255))


def _mask(points: np.ndarray, place: Place) -> Image.Image:
    mask = Image.new("L", (place[2] - place[0], place[3] - place[1]))
    ImageDraw.Draw(mask).polygon([tuple(p) for p in (points - place[:2]).tolist()], fill=255)
    return mask


def _tile(on: Canvas, shape: Shape, points: np.ndarray, place: Place, pixels: float) -> None:
    """The shape with what is inside it and its form, on a piece of canvas of its own."""
    mask = _mask(points, place)
    glow = Image.new("L", mask.size, int(shape.glow * 255)) if on.glow else None
    tile = Canvas(Image.new("RGBA", mask.size, _bytes(shape.rgb)), glow, on.left + place[0], on.top + place[1])
    for inner in shape.inside:
        paint(tile, inner, pixels)
    if shape.round:
        _form(tile.rgba, (0, 0, *mask.size), mask, shape.round, pixels)
    if shape.alpha < 1:
        mask = mask.point(_RAMPS[round(shape.alpha * 100)])
        tile.rgba.putalpha(mask)
        on.rgba.alpha_composite(tile.rgba, place[:2])
    else:
        on.rgba.paste(tile.rgba, place[:2], mask)
    if on.glow and glow:
        on.glow.paste(glow, place[:2], mask)


def _form(on: Image.Image, place: Place, mask: Image.Image, amount: float, pixels: float) -> None:
    """Shade along the lower right edge, light along the upper left, softly; worked out coarsely where it is wide."""
    reach = min(0.26 * min(mask.size), 0.07 * pixels)
    coarse = 1 if reach < 6 else 2 if reach < 20 else 4
    small = mask.reduce(coarse) if coarse > 1 else mask
    for color, way, strength in ((SHADE, (-0.5, -0.8), 0.22), (LIGHT, (0.3, 0.5), 0.2)):
        moved = Image.new("L", small.size)
        moved.paste(small, (round(way[0] * reach / coarse), round(way[1] * reach / coarse)))
        edge = ImageChops.subtract(small, moved).point(_RAMPS[round(strength * amount * 100)])
        if coarse > 1:
            edge = edge.filter(ImageFilter.BoxBlur(reach * 0.1 / coarse))
            edge = edge.resize((small.width * coarse, small.height * coarse), Image.Resampling.BILINEAR)
            edge = ImageChops.darker(edge.crop((0, 0, *mask.size)), mask)
        on.paste((*color, 255), place, edge)
