"""Paints flat shapes with Pillow: each with a soft shade below and a light above, as one rounds a form with gouache."""
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from engines.sketch.parts_flat import RGB, Shape

SHADE = (44, 26, 70)
LIGHT = (255, 244, 220)
RGBA = tuple[int, int, int, int]


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
    plain = shape.alpha == 1 and not shape.inside and (not shape.round or min(high - low) < 9)
    if plain:
        _fill(on, [tuple(p) for p in points.tolist()], shape)
    else:
        _tile(on, shape, points, (int(low[0]), int(low[1]), int(high[0]), int(high[1])), pixels)


def _bytes(rgb: RGB) -> RGBA:
    return (*(int(min(1.0, max(0.0, channel)) * 255 + 0.5) for channel in rgb), 255)  # type: ignore[return-value]


def _fill(on: Canvas, points: list[tuple[float, ...]], shape: Shape) -> None:
    ImageDraw.Draw(on.rgba).polygon(points, fill=_bytes(shape.rgb))
    if on.glow:
        ImageDraw.Draw(on.glow).polygon(points, fill=int(shape.glow * 255))


def _tile(on: Canvas, shape: Shape, points: np.ndarray, place: tuple[int, int, int, int], pixels: float) -> None:
    """The shape with what is inside it and its form, on a piece of canvas of its own."""
    size = place[2] - place[0], place[3] - place[1]
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).polygon([tuple(p) for p in (points - place[:2]).tolist()], fill=255)
    glow = Image.new("L", size, int(shape.glow * 255)) if on.glow else None
    tile = Canvas(Image.new("RGBA", size, _bytes(shape.rgb)), glow, on.left + place[0], on.top + place[1])
    for inner in shape.inside:
        paint(tile, inner, pixels)
    if shape.round:
        _form(tile.rgba, mask, shape.round, pixels)
    if shape.alpha < 1:
        mask = mask.point(lambda value: int(value * shape.alpha))
        over = Image.new("RGBA", size)
        over.paste(tile.rgba, (0, 0))
        over.putalpha(mask)
        on.rgba.alpha_composite(over, place[:2])
    else:
        on.rgba.paste(tile.rgba, place[:2], mask)
    if on.glow and glow:
        on.glow.paste(glow, place[:2], mask)


def _form(tile: Image.Image, mask: Image.Image, amount: float, pixels: float) -> None:
    """Shade along the lower right edge, light along the upper left, softly."""
    reach = min(0.26 * min(tile.size), 0.07 * pixels)
    for color, way, strength in ((SHADE, (-0.5, -0.8), 0.22), (LIGHT, (0.3, 0.5), 0.2)):
        moved = Image.new("L", tile.size)
        moved.paste(mask, (round(way[0] * reach), round(way[1] * reach)))
        edge = ImageChops.subtract(mask, moved)
        if reach > 6:
            edge = edge.filter(ImageFilter.BoxBlur(reach * 0.1))
        edge = edge.point(lambda value, most=strength * amount: int(value * most))
        tile.paste(color + (255,), (0, 0), edge)
