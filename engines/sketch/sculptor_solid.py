"""A solid: the closed shapes of an object with a colour on every face, and how a kind of object becomes one."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from engines.sketch import sculptor_shapes as shapes
from engines.sketch.dice import Dice, Stream
from engines.sketch.sculptor_model import Kind, Part
from engines.sketch.sculptor_shapes import Array, Shape
from engines.sketch.sculptor_sums import value, values

LIKE_A_PERSON = 2.0
"""Units of a person's height."""


@dataclass(frozen=True)
class Piece:
    """One closed shape and the colours (m, 3) of its faces, 0 to 255."""

    shape: Shape
    colors: Array


@dataclass(frozen=True)
class Solid:
    """An object: its pieces, and where things stand on it, are held by it and have room under it."""

    pieces: tuple[Piece, ...]
    kind: Kind
    top: float | None = None
    seat: tuple[float, float] | None = None
    hand: tuple[float, float, float] | None = None
    room: float = 0.0

    def moved(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> "Solid":
        """The same, somewhere else."""
        return self._mapped(np.eye(3), (x, y, z))

    def scaled(self, x: float, y: float, z: float) -> "Solid":
        """The same, larger or smaller."""
        return self._mapped(np.diag((x, y, z)), (0.0, 0.0, 0.0))

    def turned(self, degrees: float) -> "Solid":
        """The same, turned about the upright axis."""
        seat = None if self.seat is None or degrees % 180 == 0 else self.seat
        return replace(self._mapped(shapes.rotation((0, degrees, 0)), (0.0, 0.0, 0.0)), seat=seat)

    def _mapped(self, matrix: Array, offset: tuple[float, float, float]) -> "Solid":
        pieces = tuple(Piece(piece.shape.turned(matrix, offset), piece.colors) for piece in self.pieces)
        up = float(matrix[1, 1])
        hand = None if self.hand is None else tuple(float(each) for each in matrix @ np.asarray(self.hand) + offset)
        return Solid(
            pieces, self.kind, None if self.top is None else self.top * up + offset[1],
            None if self.seat is None else (self.seat[0] * float(matrix[0, 0]), self.seat[1] * float(matrix[2, 2])),
            hand, self.room * up)  # type: ignore[arg-type]

    @cached_property
    def points(self) -> Array:
        """The points of all pieces."""
        return np.vstack([piece.shape.points for piece in self.pieces])

    @cached_property
    def faces(self) -> Array:
        """The triangles of all pieces, counting through their points."""
        starts = np.cumsum([0, *(len(piece.shape.points) for piece in self.pieces)])
        return np.vstack([piece.shape.faces + start for piece, start in zip(self.pieces, starts)])

    @cached_property
    def colors(self) -> Array:
        """The colours of all faces."""
        return np.vstack([piece.colors for piece in self.pieces])

    @cached_property
    def bounds(self) -> Array:
        """Its lowest and its highest corner."""
        return np.array([self.points.min(0), self.points.max(0)])

    @property
    def size(self) -> Array:
        """Width, height and depth."""
        low, high = self.bounds
        return np.asarray(high - low)


def together(solids: Sequence[Solid]) -> Solid:
    """Several solids as one."""
    return Solid(tuple(piece for solid in solids for piece in solid.pieces), solids[0].kind)


def rgb(color: str) -> Array:
    """A colour as three numbers, 0 to 255."""
    return np.array([int(color[at:at + 2], 16) for at in (1, 3, 5)], np.float64)


def make(kind: Kind, dice: Dice, key: str, asked: Mapping[str, str]) -> Solid:
    """One object of this kind, standing on the ground; `asked` are the colours of slots a person named."""
    names = _drawn(kind, dice, key)
    colors = _colors(kind, dice, key, asked)
    pieces: list[Piece] = []
    for number, part in enumerate(kind.parts):
        pieces += _pieces(part, names, colors, dice.stream(f"{key}/part {number}"))
    solid = Solid(
        tuple(pieces), kind, None if kind.top is None else value(kind.top, names),
        None if kind.seat is None else (value(kind.seat[0], names), value(kind.seat[1], names)),
        None if kind.hand is None else (value(kind.hand[0], names), value(kind.hand[1], names), value(kind.hand[2], names)),
        value(kind.room, names))
    usual = names.get("tall", 1.0)
    factor = kind.height * LIKE_A_PERSON * usual / float(solid.size[1])
    return solid.moved(y=-float(solid.bounds[0][1])).scaled(factor, factor, factor)


def _drawn(kind: Kind, dice: Dice, key: str) -> dict[str, float]:
    names: dict[str, float] = {}
    for name, span in kind.vary.items():
        stream = dice.stream(f"{key}/{name}")
        names[name] = stream.uniform(*span) if len(span) == 2 else stream.pick(span)
    for name, sum_ in kind.fixed.items():
        names[name] = value(sum_, names)
    return names


def _colors(kind: Kind, dice: Dice, key: str, asked: Mapping[str, str]) -> dict[str, Array]:
    colors = dict(kind.colors)
    for slot, choices in kind.choices.items():
        colors[slot] = dice.stream(f"{key}/color {slot}").pick(choices)
    return {slot: rgb(color) for slot, color in (colors | dict(asked)).items()}


def _pieces(part: Part, names: dict[str, float], colors: dict[str, Array], stream: Stream) -> list[Piece]:
    copies = round(value(part.repeat, names))
    found: list[Piece] = []
    for number in range(copies):
        u, v, w = (float(each) for each in stream.field(3))
        along, around = number / max(1, copies - 1), 360.0 * number / max(1, copies)
        here = names | {"i": number, "n": copies, "t": along, "a": around, "u": u, "v": v, "w": w}
        waves = stream.normal(6, 4)
        if not value(part.when, here):
            continue
        shape = _shape(part, here, waves)
        matrix = shapes.rotation(values(part.turn, here)) @ np.diag(values(part.scale, here))
        shape = shape.turned(matrix, values(part.at, here))
        flip = {"x": (-1, 1, 1), "z": (1, 1, -1)}.get(part.mirror)
        both = [shape] if flip is None else [shape, shape.turned(np.diag(flip))]
        found += [Piece(each, _painted(part, here, colors, stream, len(each.faces))) for each in both]
    return found


def _painted(part: Part, names: dict[str, float], colors: dict[str, Array], stream: Stream, count: int) -> Array:
    color = rgb(part.color) if part.color.startswith("#") else colors[part.color]
    shade = value(part.shade, names)
    color = color * shade if shade <= 1 else 255 - (255 - color) / shade
    light = 1 + np.clip(stream.normal(count), -2, 2) * part.grain
    return np.clip(np.round(color * light[:, None]), 0, 255).astype(np.uint8)


def _shape(part: Part, names: dict[str, float], waves: Array) -> Shape:
    """The shape of a part about its own origin."""
    name = part.shape
    given = getattr(part, name)
    if name in ("lathe", "tube", "capsule", "extrude", "hull"):
        points = [values(point, names) for point in given]
        match name:
            case "lathe":
                return shapes.lathe(points, part.sides)
            case "extrude":
                return shapes.extrude(points, value(part.depth, names))
            case "hull":
                return shapes.hull(points)
        return shapes.tube(points, values(part.radius, names), part.sides, name == "capsule")
    numbers = values(given, names)
    match name:
        case "box":
            return shapes.box(*numbers)
        case "ring":
            return shapes.ring(numbers[0], numbers[1], part.sides)
        case "sphere":
            return shapes.sphere(numbers, part.detail)
        case "blob":
            return shapes.blob(numbers, part.detail, part.rough, waves)
        case "cone":
            return shapes.lathe([(numbers[0], 0), (0, numbers[1])], part.sides)
    return shapes.lathe([(numbers[0], 0), (numbers[-1] if len(numbers) > 2 else numbers[0], numbers[1])], part.sides)


def apart(width: float) -> float:
    """The gap beside something that wide."""
    return 0.12 + 0.1 * math.sqrt(max(0.0, width))
