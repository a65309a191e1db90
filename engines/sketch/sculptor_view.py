"""The portrait of a solid without OpenGL: three-quarter view, soft light, its own shadow and one on the ground."""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from engines.sketch.sculptor_raster import NOTHING, raster
from engines.sketch.sculptor_shapes import Array
from engines.sketch.sculptor_solid import Solid

FINE = 2
AROUND, UP, EYE = 32.0, 20.0, 5.2
"""Degrees about the upright axis and above the ground; distance in radii of the object."""
SUN = np.array([-0.42, 0.78, 0.56]) / np.linalg.norm([-0.42, 0.78, 0.56])
PAPER, FLOOR = np.array([0.925, 0.905, 0.865]), np.array([0.80, 0.775, 0.73])
SUNLIGHT, SKYLIGHT, BOUNCE = np.array([0.74, 0.70, 0.62]), np.array([0.40, 0.43, 0.49]), np.array([0.21, 0.18, 0.15])
MAP = 384
TAPS = ((0, 0), (1.4, 0.5), (-0.5, 1.4), (-1.4, -0.5), (0.5, -1.4), (2.3, 2.3), (-2.3, 2.3), (2.3, -2.3), (-2.3, -2.3))


@dataclass(frozen=True)
class _Eye:
    """Where it is looked from."""

    at: Array
    right: Array
    up: Array
    ahead: Array
    zoom: float
    middle: tuple[float, float]

    def onto(self, points: Array) -> Array:
        """Pixels and nearness (one over the distance) of points."""
        seen = points - self.at
        far = seen @ self.ahead
        x, y = self.zoom * (seen @ self.right) / far, self.zoom * (seen @ self.up) / far
        return np.asarray(np.c_[self.middle[0] + x, self.middle[1] - y, 1 / far])

    def rays(self, side: int) -> Array:
        """The way of every pixel, of length one along `ahead`."""
        grid = np.arange(side) + 0.5
        x, y = (grid - self.middle[0]) / self.zoom, (self.middle[1] - grid) / self.zoom
        return np.asarray(self.ahead + x[None, :, None] * self.right + y[:, None, None] * self.up)


def portrait(solid: Solid, side: int = 512, around: float = AROUND) -> Image.Image:
    """The picture of a solid, `side` pixels square."""
    wide = side * FINE
    eye = _eye(solid, wide, around)
    near, face = raster(eye.onto(solid.points), solid.faces, wide, wide)
    shadows = _Shadows(solid)
    rays = eye.rays(wide)
    picture = np.repeat(np.repeat(_ground(solid, eye, rays[::FINE, ::FINE], shadows), FINE, 0), FINE, 1)
    here = np.nonzero(face != NOTHING)
    seen = face[here]
    facing = _normals(solid)[seen]
    direct = np.clip(facing @ SUN.astype(np.float32), 0, 1)
    lit = np.flatnonzero(direct > 0)
    places = eye.at + rays[here[0][lit], here[1][lit]] / near[here[0][lit], here[1][lit], None]
    direct[lit] *= shadows.sun(places)
    picture[here] = _shaded(solid, facing, seen, direct, _creases(near, wide)[here])
    pixels = np.clip(picture, 0, 1) ** (1 / 1.06) * 255 + 0.5
    return Image.fromarray(pixels.astype(np.uint8)).resize((side, side), Image.Resampling.BOX)


def silhouette(solid: Solid, side: int = 128, around: float = AROUND) -> Array:
    """Where the solid is in a view of fixed size, to compare shapes with."""
    turned = solid.turned(-around)
    low, high = turned.bounds
    points = (turned.points - (low + high) / 2) * (side * 0.9 / float((high - low).max())) + side / 2
    return np.asarray(raster(points, turned.faces, side, side)[1] != NOTHING)


def _eye(solid: Solid, wide: int, around: float) -> _Eye:
    low, high = solid.bounds
    middle, reach = (low + high) / 2, float(np.linalg.norm(high - low)) / 2
    flat, up = math.radians(around), math.radians(UP)
    back = np.array([math.sin(flat) * math.cos(up), math.sin(up), math.cos(flat) * math.cos(up)])
    ahead = -back
    right = np.cross(ahead, (0.0, 1.0, 0.0))
    right /= np.linalg.norm(right)
    eye = _Eye(middle + back * reach * EYE, right, np.cross(right, ahead), ahead, 1.0, (0.0, 0.0))
    seen = eye.onto(solid.points)[:, :2]
    edge, far_edge = seen.min(0), seen.max(0)
    zoom = wide * 0.76 / float((far_edge - edge).max())
    centre = (edge + far_edge) / 2 * zoom
    return _Eye(eye.at, eye.right, eye.up, eye.ahead, zoom, (wide / 2 - float(centre[0]), wide * 0.49 - float(centre[1])))


def _normals(solid: Solid) -> Array:
    a, b, c = (solid.points[solid.faces[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=1), 1e-12)[:, None], np.float32)


class _Shadows:
    """What the sun sees of a solid, to know which places it does not reach."""

    def __init__(self, solid: Solid) -> None:
        right = np.cross(SUN, (0.0, 1.0, 0.0))
        right /= np.linalg.norm(right)
        self.axes = np.c_[right, np.cross(right, SUN), SUN]
        seen = solid.points @ self.axes
        span = float(np.ptp(seen[:, :2], axis=0).max())
        self.low, self.scale, self.bias = seen[:, :2].min(0), (MAP - 12) / span, span * 0.012
        self.near = raster(np.c_[(seen[:, :2] - self.low) * self.scale + 6, seen[:, 2]], solid.faces, MAP, MAP)[0].astype(np.float32)

    def sun(self, places: Array) -> Array:
        """How much sun reaches each of the places (n, 3), 0 to 1, with soft edges."""
        at = (places @ self.axes).astype(np.float32)
        x, y = ((at[:, k] - np.float32(self.low[k])) * np.float32(self.scale) + 6 for k in (0, 1))
        depth = at[:, 2] + np.float32(self.bias)
        lit = np.zeros(len(at), np.float32)
        for dx, dy in TAPS:
            column = np.clip(x + dx, 0, MAP - 1).astype(np.int32)
            row = np.clip(y + dy, 0, MAP - 1).astype(np.int32)
            lit += self.near[row, column] <= depth
        return lit / len(TAPS)


def _creases(near: Array, wide: int) -> Array:
    """Darker where something stands close in front or around: nearness against its own blur."""
    some = np.isfinite(near)
    low, high = near[some].min(), near[some].max()
    depth = np.where(some, (near - low) / max(1e-9, high - low), 0.0)
    small = Image.fromarray((depth * 255).astype(np.uint8)).resize((wide // 4, wide // 4), Image.Resampling.BOX)
    soft = np.asarray(small.filter(ImageFilter.GaussianBlur(wide / 110)).resize((wide, wide), Image.Resampling.BILINEAR), np.float32) / 255
    return np.where(some, 1 - np.clip((soft - depth) * 1.3, 0, 0.32), 1.0)


def _ground(solid: Solid, eye: _Eye, rays: Array, shadows: _Shadows) -> Array:
    """Paper, with a pool of floor under the object and its shadow on it."""
    low, high = solid.bounds
    wide = len(rays)
    here = rays[..., 1] < -1e-3
    places = eye.at + rays[here] * ((low[1] - eye.at[1]) / rays[here][:, 1])[:, None]
    middle, reach = (low + high) / 2, float(np.linalg.norm((high - low)[[0, 2]])) / 2 + 0.25 * float(high[1] - low[1])
    away = np.full((wide, wide, 1), 9.0, np.float32)
    away[here, 0] = np.hypot(places[:, 0] - middle[0], places[:, 2] - middle[2]) / max(1e-6, reach)
    shadow = np.zeros((wide, wide), np.float32)
    close = np.flatnonzero(away[here, 0] < 5)
    some = np.zeros(int(here.sum()), np.float32)
    some[close] = 1 - shadows.sun(places[close])
    shadow[here] = some
    pool = np.exp(-(away**2) * 0.55) * 0.55
    sheet = PAPER * (1.02 - 0.10 * (np.linspace(0, 1, wide)[:, None, None] - 0.35) ** 2)
    soft = Image.fromarray((shadow * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(wide / 150))
    dark = np.asarray(soft, np.float32)[..., None] / 255 * np.clip(1.25 - away * 0.35, 0.25, 1)
    return np.asarray((sheet * (1 - pool) + FLOOR * pool) * (1 - 0.42 * dark * np.array([1.0, 0.97, 0.9])), np.float32)


def _shaded(solid: Solid, facing: Array, face: Array, direct: Array, crease: Array) -> Array:
    above = (facing[:, 1] * 0.5 + 0.5)[:, None]
    dim = crease[:, None].astype(np.float32)
    light = direct[:, None] * SUNLIGHT + (above * SKYLIGHT + (1 - above) * BOUNCE) * dim + 0.06
    return np.asarray((solid.colors / np.float32(255))[face] * light * (0.7 + 0.3 * dim), np.float32)
