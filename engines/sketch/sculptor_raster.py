"""Which triangle is nearest at every pixel, in numpy: triangles of like size are filled together."""

import numpy as np

from engines.sketch.sculptor_shapes import Array

CHUNK = 1_500_000
NOTHING = -1


def raster(points: Array, faces: Array, width: int, height: int) -> tuple[Array, Array]:
    """Nearness (height, width) and face number of what is seen; `points` are x, y in pixels and a nearness that grows
    towards the eye and is linear on the screen. Where nothing is, nearness is -inf and the face is -1."""
    near = np.full(width * height, -np.inf)
    seen = np.full(width * height, NOTHING, np.int32)
    corners = points[faces].astype(np.float64)
    low = np.clip(np.floor(corners[:, :, :2].min(1)), 0, (width - 1, height - 1)).astype(np.int64)
    high = np.clip(np.floor(corners[:, :, :2].max(1)), 0, (width - 1, height - 1)).astype(np.int64)
    ab, ac = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    outside = (corners[:, :, 0].max(1) < 0) | (corners[:, :, 0].min(1) > width) | (corners[:, :, 1].max(1) < 0) | (
        corners[:, :, 1].min(1) > height)
    usable = (np.abs(area) > 1e-9) & ~outside
    side = 2 ** np.ceil(np.log2(np.maximum(1, (high - low).max(1) + 1))).astype(np.int64)
    for size in np.unique(side[usable]):
        group = np.flatnonzero(usable & (side == size))
        step = max(1, CHUNK // int(size * size))
        for start in range(0, len(group), step):
            some = group[start:start + step]
            _fill(some, (corners[some, 0], ab[some], ac[some], area[some]), low[some], high[some], (near, seen, width))
    return near.reshape(height, width), seen.reshape(height, width)


def _fill(some: Array, edges: tuple[Array, Array, Array, Array], low: Array, high: Array, into: tuple[Array, Array, int]) -> None:
    near, seen, width = into
    a, ab, ac, area = edges
    span = (high - low).max(0) + 1
    xs = low[:, 0, None, None] + np.arange(span[0])[None, None, :]
    ys = low[:, 1, None, None] + np.arange(span[1])[None, :, None]
    dx, dy = xs + 0.5 - a[:, 0, None, None], ys + 0.5 - a[:, 1, None, None]
    scale = 1 / area[:, None, None]
    second = (dx * ac[:, 1, None, None] - dy * ac[:, 0, None, None]) * scale
    third = (dy * ab[:, 0, None, None] - dx * ab[:, 1, None, None]) * scale
    inside = (second >= -1e-7) & (third >= -1e-7) & (second + third <= 1 + 1e-7)
    inside &= (xs <= high[:, 0, None, None]) & (ys <= high[:, 1, None, None])
    which, row, column = np.nonzero(inside)
    if not len(which):
        return
    depth = a[which, 2] + second[which, row, column] * ab[which, 2] + third[which, row, column] * ac[which, 2]
    pixel = (low[which, 1] + row) * width + low[which, 0] + column
    np.maximum.at(near, pixel, depth)
    first = near[pixel] == depth
    seen[pixel[first]] = some[which[first]]
