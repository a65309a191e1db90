"""The closed shapes an object is put together from: numbers in, points and triangles out, seen from outside counter-clockwise."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
TINY = 1e-9


@dataclass(frozen=True)
class Shape:
    """Points (n, 3) and triangles (m, 3) of one closed shape."""

    points: Array
    faces: Array

    def turned(self, matrix: Array, offset: Array | Sequence[float] = (0.0, 0.0, 0.0)) -> "Shape":
        """Moved by a 3×3 matrix and an offset; mirrored shapes stay right side out."""
        faces = self.faces[:, ::-1] if np.linalg.det(matrix) < 0 else self.faces
        return Shape(self.points @ np.asarray(matrix).T + np.asarray(offset), faces)

    @property
    def volume(self) -> float:
        """Its volume; negative if it is inside out."""
        a, b, c = (self.points[self.faces[:, k]] for k in range(3))
        return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def outward(points: Any, faces: Any) -> Shape:
    """A shape whose triangles look outwards."""
    shape = Shape(np.asarray(points, np.float64), np.asarray(faces, np.int64))
    return shape if shape.volume >= 0 else Shape(shape.points, shape.faces[:, ::-1])


def rotation(degrees: Sequence[float]) -> Array:
    """The matrix that turns about x, then y, then z."""
    (sx, cx), (sy, cy), (sz, cz) = ((math.sin(math.radians(each)), math.cos(math.radians(each))) for each in degrees)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    return np.asarray(np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]]) @ about_y @ about_x)


def box(width: float, height: float, depth: float) -> Shape:
    """A box that stands on its origin."""
    x, z = width / 2, depth / 2
    return hull([(sx * x, y, sz * z) for sx in (-1, 1) for y in (0, height) for sz in (-1, 1)])


def lathe(profile: Sequence[Sequence[float]], sides: int) -> Shape:
    """A profile of (radius, height) turned about the upright axis; open ends are closed flat."""
    rows = [(max(0.0, radius), height) for radius, height in profile]
    rows = ([(0.0, rows[0][1])] if rows[0][0] > TINY else []) + rows + ([(0.0, rows[-1][1])] if rows[-1][0] > TINY else [])
    angles = np.arange(sides) * (2 * math.pi / sides) + math.pi / sides
    round_ = np.c_[np.sin(angles), np.zeros(sides), np.cos(angles)]
    points: list[Array] = []
    rings: list[Array] = []
    count = 0
    for radius, height in rows:
        ring = round_ * radius + (0, height, 0) if radius > TINY else np.array([[0.0, height, 0.0]])
        points.append(ring)
        rings.append(np.arange(count, count + len(ring)))
        count += len(ring)
    return outward(np.vstack(points), np.vstack([_band(low, high, sides) for low, high in zip(rings, rings[1:])]))


def _band(low: Array, high: Array, sides: int) -> Array:
    """Triangles between two rings, either of which may be one point."""
    at = np.arange(sides)
    following = (at + 1) % sides
    if len(low) == 1 and len(high) == 1:
        return np.empty((0, 3), np.int64)
    if len(low) == 1:
        return np.asarray(np.c_[np.full(sides, low[0]), high[following], high[at]])
    if len(high) == 1:
        return np.asarray(np.c_[low[at], low[following], np.full(sides, high[0])])
    return np.vstack([np.c_[low[at], low[following], high[following]], np.c_[low[at], high[following], high[at]]])


def ring(radius: float, wire: float, sides: int) -> Shape:
    """A ring that lies flat about its origin."""
    around, about = np.meshgrid(np.arange(sides), np.arange(8), indexing="ij")
    outer, inner = around * (2 * math.pi / sides), about * (2 * math.pi / 8)
    reach = radius + wire * np.cos(inner)
    points = np.stack([reach * np.sin(outer), wire * np.sin(inner), reach * np.cos(outer)], -1).reshape(-1, 3)
    index = (np.arange(sides * 8)).reshape(sides, 8)
    a, b = index, np.roll(index, -1, 0)
    c, d = np.roll(b, -1, 1), np.roll(a, -1, 1)
    return outward(points, np.vstack([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)]))


def tube(path: Sequence[Sequence[float]], radius: Sequence[float], sides: int, rounded: bool) -> Shape:
    """A pipe along a path, with one thickness or one per point, its ends flat or round."""
    way = np.asarray(path, np.float64)
    thick = np.full(len(way), radius[0]) if len(radius) == 1 else np.asarray(radius, np.float64)
    if rounded:
        way, thick = _rounded(way, thick)
    steps = np.gradient(way, axis=0)
    steps /= np.maximum(np.linalg.norm(steps, axis=1), TINY)[:, None]
    side = np.cross(steps[0], (0.0, 0.0, 1.0) if abs(steps[0][2]) < 0.9 else (1.0, 0.0, 0.0))
    angles = np.arange(sides) * (2 * math.pi / sides) + math.pi / sides
    points: list[Array] = [way[:1]]
    for middle, along, wide in zip(way, steps, thick):
        side = side - along * (side @ along)
        side /= np.linalg.norm(side)
        other = np.cross(along, side)
        points.append(middle + wide * (np.cos(angles)[:, None] * side + np.sin(angles)[:, None] * other))
    points.append(way[-1:])
    rings = [np.array([0]), *(np.arange(1 + k * sides, 1 + (k + 1) * sides) for k in range(len(way))), np.array([1 + len(way) * sides])]
    return outward(np.vstack(points), np.vstack([_band(low, high, sides) for low, high in zip(rings, rings[1:])]))


def _rounded(way: Array, thick: Array) -> tuple[Array, Array]:
    """The path with two more rings at each end, so that the ends are round."""
    first, last = way[0] - way[1], way[-1] - way[-2]
    first, last = first / np.linalg.norm(first), last / np.linalg.norm(last)
    bends = [(math.sin(angle), math.cos(angle)) for angle in (0.6, 1.2)]
    head = [way[0] + first * thick[0] * out for out, _ in reversed(bends)]
    tail = [way[-1] + last * thick[-1] * out for out, _ in bends]
    return (np.vstack([*head, way, *tail]),
            np.r_[[thick[0] * in_ for _, in_ in reversed(bends)], thick, [thick[-1] * in_ for _, in_ in bends]])


@cache
def _ball(detail: int) -> Shape:
    """A ball of 20, 80, 320 or 1280 equal triangles."""
    g = (1 + math.sqrt(5)) / 2
    points = [np.array(each) / math.hypot(1, g) for each in
              [(-1, g, 0), (1, g, 0), (-1, -g, 0), (1, -g, 0), (0, -1, g), (0, 1, g), (0, -1, -g), (0, 1, -g), (g, 0, -1), (g, 0, 1),
               (-g, 0, -1), (-g, 0, 1)]]
    faces = [(0, 11, 5), (0, 5, 1), (0, 1, 7), (0, 7, 10), (0, 10, 11), (1, 5, 9), (5, 11, 4), (11, 10, 2), (10, 7, 6), (7, 1, 8),
             (3, 9, 4), (3, 4, 2), (3, 2, 6), (3, 6, 8), (3, 8, 9), (4, 9, 5), (2, 4, 11), (6, 2, 10), (8, 6, 7), (9, 8, 1)]
    for _ in range(detail):
        halves: dict[tuple[int, int], int] = {}
        finer = []
        for a, b, c in faces:
            middles = []
            for one, two in ((a, b), (b, c), (c, a)):
                key = (min(one, two), max(one, two))
                if key not in halves:
                    halves[key] = len(points)
                    middle = points[one] + points[two]
                    points.append(middle / np.linalg.norm(middle))
                middles.append(halves[key])
            ab, bc, ca = middles
            finer += [(a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca)]
        faces = finer
    return outward(points, faces)


def sphere(radii: Sequence[float], detail: int) -> Shape:
    """A ball or an egg about its origin."""
    return _ball(detail).turned(np.diag(radii if len(radii) == 3 else [radii[0]] * 3))


def blob(radii: Sequence[float], detail: int, rough: float, waves: Array) -> Shape:
    """An egg with a rough skin; `waves` (6, 4) are normal numbers that say where it bulges."""
    ball = _ball(detail)
    bulge = np.sin(ball.points @ waves[:, :3].T * 2.2 + waves[:, 3] * 2).sum(1) * 0.4
    return Shape(ball.points * (1 + rough * np.tanh(bulge))[:, None], ball.faces).turned(
        np.diag(radii if len(radii) == 3 else [radii[0]] * 3))


def extrude(outline: Sequence[Sequence[float]], depth: float) -> Shape:
    """A flat outline given a thickness about z."""
    from manifold3d import triangulate

    flat = np.asarray(outline, np.float64)
    area = float(np.sum(flat[:, 0] * np.roll(flat[:, 1], -1) - np.roll(flat[:, 0], -1) * flat[:, 1]))
    flat = flat if area > 0 else flat[::-1]
    count = len(flat)
    caps = np.asarray(triangulate([flat]), np.int64)
    points = np.vstack([np.c_[flat, np.full(count, depth / 2)], np.c_[flat, np.full(count, -depth / 2)]])
    at = np.arange(count)
    following = (at + 1) % count
    walls = np.vstack([np.c_[at, at + count, following + count], np.c_[at, following + count, following]])
    return outward(points, np.vstack([caps, caps[:, ::-1] + count, walls]))


def hull(points: Sequence[Sequence[float]]) -> Shape:
    """The skin stretched around points."""
    from manifold3d import Manifold

    mesh = Manifold.hull_points(np.asarray(points, np.float64)).to_mesh64()
    return outward(np.asarray(mesh.vert_properties)[:, :3], np.asarray(mesh.tri_verts))
