"""Puts objects together: on, in, under, beside, above and held, so that everything touches what it stands on."""

import math
from collections.abc import Sequence

import numpy as np

from engines.sketch import sculptor_shapes as shapes
from engines.sketch.dice import Dice
from engines.sketch.sculptor_model import Kind, Part, kinds
from engines.sketch.sculptor_raster import raster
from engines.sketch.sculptor_shapes import Array
from engines.sketch.sculptor_solid import Piece, Solid, apart, rgb

SUNK = 0.012
"""How far things sink into what carries them, so that they are one body."""
GRID = 96


def heights(solid: Solid, low: Array, high: Array) -> Array:
    """How high the solid is over a rectangle of the ground (x, z), seen from above; -inf where it is not."""
    span = np.maximum(high - low, 1e-6)
    points = np.c_[(solid.points[:, [0, 2]] - low) / span * GRID, solid.points[:, 1]]
    return raster(points, solid.faces, GRID, GRID)[0]


def footprint(solid: Solid) -> tuple[Array, Array]:
    """The rectangle (x, z) that the feet of a solid stand in."""
    low, high = solid.bounds
    feet = solid.points[solid.points[:, 1] <= low[1] + 0.06 * (high[1] - low[1])][:, [0, 2]]
    return feet.min(0), feet.max(0)


def seated(under: Solid, solid: Solid, at: tuple[float, float], sunk: float = 0.0) -> Solid:
    """The solid with its feet on another at a place; it sinks in as far as its lowest foothold."""
    low, high = footprint(solid)
    solid = solid.moved(at[0] - float(low[0] + high[0]) / 2, -float(solid.bounds[0][1]), at[1] - float(low[1] + high[1]) / 2)
    low, high = footprint(solid)
    if under.top is not None:
        level = under.top
    else:
        margin = (high - low) * 0.06
        found = heights(under, low + margin, high - margin)
        found = found[np.isfinite(found)]
        level = float(np.percentile(found, 12)) if len(found) else float(under.bounds[1][1])
    return solid.moved(y=level - SUNK - sunk)


def seat(solid: Solid) -> tuple[float, float]:
    """Width and depth of what a solid offers to stand on."""
    if solid.seat is not None:
        return solid.seat
    width, _, depth = solid.size
    return float(width) * 0.62, float(depth) * 0.62


def middle(solid: Solid) -> tuple[float, float]:
    """The middle of the seat: of its highest places for things without one of their own."""
    low, high = solid.bounds
    if solid.seat is not None or solid.top is not None:
        return float(low[0] + high[0]) / 2, float(low[2] + high[2]) / 2
    found = heights(solid, low[[0, 2]], high[[0, 2]])
    rows, columns = np.nonzero(found >= np.nanmax(found) - 0.12 * float(high[1] - low[1]))
    span = (high - low)[[0, 2]] / GRID
    return float(low[0] + (columns.mean() + 0.5) * span[0]), float(low[2] + (rows.mean() + 0.5) * span[1])


def arranged(solids: Sequence[Solid], dice: Dice, key: str) -> list[Solid]:
    """Several alike side by side, in rows when they are many, each turned a little."""
    if len(solids) == 1:
        return list(solids)
    columns = math.ceil(math.sqrt(len(solids) * 1.7)) if len(solids) > 3 else len(solids)
    wide, deep = (max(float(solid.size[axis]) for solid in solids) for axis in (0, 2))
    stream = dice.stream(f"{key}/row")
    found = []
    for number, solid in enumerate(solids):
        row, column = divmod(number, columns)
        here = min(columns, len(solids) - row * columns)
        factor, angle = stream.uniform(0.86, 1.12), stream.uniform(-14, 14)
        x = (column - (here - 1) / 2) * (wide + apart(wide)) + (0.18 * wide if row % 2 else 0)
        found.append(solid.scaled(factor, factor, factor).turned(angle).moved(x=x, z=-row * (deep + apart(deep))))
    return found


def spread(solids: Sequence[Solid]) -> tuple[Array, Array]:
    """The rectangle (x, z) that several feet stand in."""
    prints = [footprint(solid) for solid in solids]
    return np.min([low for low, _ in prints], 0), np.max([high for _, high in prints], 0)


def wire(foot: tuple[float, float, float], head: float, color: str, kind: Kind) -> Solid:
    """A thin stand that holds up what hovers."""
    x, y, z = foot
    shape = shapes.lathe([(0.045, y - SUNK * 3), (0.045, head + SUNK * 4)], 8).turned(np.eye(3), (x, 0.0, z))
    return Solid((Piece(shape, np.tile(rgb(color).astype(np.uint8), (len(shape.faces), 1))),), kind)


def base(solids: Sequence[Solid], name: str) -> Solid:
    """The plate that a company of objects stands on; its upper side is at height 0."""
    row = kinds().notes["bases"][name]
    low = np.min([solid.bounds[0] for solid in solids], 0)[[0, 2]]
    high = np.max([solid.bounds[1] for solid in solids], 0)[[0, 2]]
    half, centre = (high - low) / 2, (high + low) / 2
    half = np.maximum(half * 1.12 + 0.14, max(half) * 0.45)
    deep = 0.05 + 0.045 * float(max(half))
    pieces = []
    for foot, head, color in ((-deep, -deep * 0.42, row["under"]), (-deep * 0.45, 0.0, row["color"])):
        shape = shapes.extrude(_rounded(half, 0.55 * float(min(half))), head - foot)
        shape = shape.turned(shapes.rotation((90, 0, 0)), (centre[0], (foot + head) / 2, centre[1]))
        pieces.append(Piece(shape, np.tile(rgb(color).astype(np.uint8), (len(shape.faces), 1))))
    return Solid(tuple(pieces), solids[0].kind, top=0.0)


def _rounded(half: Array, corner: float) -> list[tuple[float, float]]:
    points = []
    for turn, (sx, sy) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        for step in range(6):
            angle = math.radians(90 * turn + 18 * step)
            points.append((sx * (half[0] - corner) + corner * math.cos(angle), sy * (half[1] - corner) + corner * math.sin(angle)))
    return points


def plinth(words: str) -> Kind:
    """A lettered plinth: what stands in for words that nothing is known for."""
    known = kinds().kinds["plinth"]
    rows = [Part(box=(wide, tall, 0.08), at=(x, y, 0.56), color="letters", grain=0.0) for x, y, wide, tall in _letters(words)]
    return known.model_copy(update={"parts": (*known.parts, *rows)})


def _letters(words: str) -> list[tuple[float, float, float, float]]:
    """Runs of the lettering as middle, foot, width and height, on the plate of the plinth."""
    from PIL import Image, ImageDraw, ImageFont

    from engines.book.fonts import font_for, hand_of

    text = (words.strip() or "?")[:16]
    signs = frozenset(ord(sign) for sign in text if not sign.isspace())
    face = font_for(signs, False, hand_of(text) or "hans", False)
    if face is None:
        text, face = "?", font_for(frozenset(map(ord, "?")), False, "hans", False)
    font = ImageFont.truetype(str(face), 40) if face else ImageFont.load_default(40)
    left, top, right, bottom = font.getbbox(text)
    sheet = Image.new("L", (max(1, int(right - left)) + 4, max(1, int(bottom - top)) + 4))
    ImageDraw.Draw(sheet).text((2 - left, 2 - top), text, fill=255, font=font)
    rows = max(6, min(22, round(60 * sheet.height / sheet.width)))
    marks = np.asarray(sheet.resize((max(3, round(rows * sheet.width / sheet.height)), rows), Image.Resampling.BOX)) > 96
    step = min(1.5 / marks.shape[1], 0.62 / rows)
    found = []
    for row, line in enumerate(marks):
        edges = np.flatnonzero(np.diff(np.r_[0, line.astype(np.int8), 0]))
        for first, last in edges.reshape(-1, 2):
            middle, foot = (first + last - marks.shape[1]) / 2, rows / 2 - row - 1
            found.append((middle * step, 0.62 + foot * step, float(last - first) * step, step * 1.08))
    return found
