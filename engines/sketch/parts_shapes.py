"""Geometry of the drawn shapes: every shape becomes a closed outline, an array of points with y up."""
import math
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

Outline = NDArray[np.float64]
Matrix = NDArray[np.float64]


def smooth(points: Outline, closed: bool, steps: int = 10) -> Outline:
    """A Catmull-Rom curve through the points."""
    if len(points) < 3:
        return points
    if closed:
        p = np.concatenate([points[-1:], points, points[:2]])
    else:
        p = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    a, b, c, d = p[:-3, None], p[1:-2, None], p[2:-1, None], p[3:, None]
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    curve = curve.reshape(-1, 2)
    return curve if closed else np.concatenate([curve, points[-1:]])


def ellipse(x: float, y: float, rx: float, ry: float, steps: int = 40) -> Outline:
    """An ellipse's outline."""
    t = np.linspace(0, 2 * math.pi, steps, endpoint=False)
    return np.column_stack([x + rx * np.cos(t), y + ry * np.sin(t)])


def stroke(path: Outline, widths: tuple[float, ...]) -> Outline:
    """The outline of a brush stroke along a path, with round ends unless it is closed; widths are half widths, spread evenly along it."""
    gaps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    path = path[np.concatenate([[True], gaps > 1e-9])]
    if len(path) < 2:
        return ellipse(float(path[0, 0]), float(path[0, 1]), widths[0], widths[0], 16)
    way = np.gradient(path, axis=0)
    closed = bool(np.allclose(path[0], path[-1]))
    if closed:
        way[0] = way[-1] = way[0] + way[-1]
    way /= np.linalg.norm(way, axis=1, keepdims=True) + 1e-12
    side = np.column_stack([-way[:, 1], way[:, 0]])
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    half = np.interp(along / along[-1], np.linspace(0, 1, len(widths)), widths)[:, None]
    if closed:  # a ring has no ends
        return np.concatenate([path + side * half, (path - side * half)[::-1]])
    end, start = _cap(path[-1], way[-1], float(half[-1, 0])), _cap(path[0], -way[0], float(half[0, 0]))
    return np.concatenate([path + side * half, end, (path - side * half)[::-1], start])


def _cap(centre: Outline, way: Outline, radius: float) -> Outline:
    angle = math.atan2(way[1], way[0]) + np.linspace(math.pi / 2, -math.pi / 2, 9)[1:-1]
    return centre + radius * np.column_stack([np.cos(angle), np.sin(angle)])


def box(x0: float, y0: float, x1: float, y1: float, corner: float) -> Outline:
    """A rectangle, its corners rounded."""
    corner = min(corner, abs(x1 - x0) / 2, abs(y1 - y0) / 2)
    if not corner:
        return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], float)
    t = np.linspace(0, math.pi / 2, 6)
    quarter = corner * np.column_stack([np.cos(t), np.sin(t)])
    turned = [quarter, quarter[:, ::-1] * (-1, 1), -quarter, quarter[:, ::-1] * (1, -1)]
    right, top, left, low = x1 - corner, y1 - corner, x0 + corner, y0 + corner
    centres = [(right, top), (left, top), (left, low), (right, low)]
    return np.concatenate([q + c for q, c in zip(turned, centres, strict=True)])


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> Outline:
    """A path along an ellipse from one angle to another, in degrees, anticlockwise from the right."""
    t = np.radians(np.linspace(start, end, 28))
    return np.column_stack([x + rx * np.cos(t), y + ry * np.sin(t)])


def puff(x: float, y: float, rx: float, ry: float, bumps: int, depth: float) -> Outline:
    """An ellipse whose edge is scalloped like a cloud, a tree's crown or a sheep."""
    t = np.linspace(0, 2 * math.pi, bumps * 10, endpoint=False)
    wander = 0.5 * np.sin(t * 2 + 1.3) + 0.5 * np.sin(t * 3 + 4.1)
    edge = 1 - depth + depth * np.abs(np.sin((t + 0.11 * wander) * bumps / 2)) ** 0.7 + 0.05 * wander
    return np.column_stack([x + rx * edge * np.cos(t), y + ry * edge * np.sin(t)])


def star(x: float, y: float, outer: float, inner: float, points: int) -> Outline:
    """A star that stands on two of its points."""
    t = math.pi / 2 + np.arange(2 * points) * math.pi / points
    radius = np.where(np.arange(2 * points) % 2, inner, outer)
    return np.column_stack([x + radius * np.cos(t), y + radius * np.sin(t)])


def scatter(area: tuple[float, ...], count: int, size: tuple[float, float],
            key: str) -> list[tuple[float, float, float, float]]:
    """`count` places (x, y, radius, lightness -1..1) strewn evenly over an ellipse; the same for the same key."""
    seed = int.from_bytes(sha256(key.encode()).digest()[:8], "big")
    random = np.random.default_rng(seed)
    x, y, rx, ry = area
    turn = np.arange(count) * 2.39996 + random.uniform(0, 6.28)
    far = np.sqrt((np.arange(count) + 0.5) / count) * random.uniform(0.85, 1.1, count)
    radii, light = random.uniform(*size, count), random.uniform(-1, 1, count)
    places = zip(x + rx * far * np.cos(turn), y + ry * far * np.sin(turn), radii, light, strict=True)
    return [(float(a), float(b), float(c), float(d)) for a, b, c, d in places]


def affine(at: tuple[float, float] = (0.0, 0.0), turn: float = 0.0, scale: tuple[float, ...] = (1.0,)) -> Matrix:
    """Scaled, then turned anticlockwise by degrees, then moved."""
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    sx, sy = scale[0], scale[-1]
    return np.array([[c * sx, -s * sy, at[0]], [s * sx, c * sy, at[1]], [0.0, 0.0, 1.0]])


def apply(matrix: Matrix, points: Outline) -> Outline:
    """The points moved by the matrix."""
    return points @ matrix[:2, :2].T + matrix[:2, 2]
