"""Round soft masses made of lit balls: cumulus clouds, bushes, tree crowns, smoke."""

import numpy as np

from engines.sketch.dice import Array, F, Stream
from engines.sketch.noise import fractal

Shade = tuple[Array, Array]


def puffs(balls: Array, size: tuple[int, int], toward: tuple[float, float], stream: Stream, fluff: float = 0.25) -> Shade:
    """Coverage (0 at the rim, up to 1 inside) and tone (0 to 1) of balls given as rows of x, y, radius in pixels.

    Every pixel takes the ball that stands out most there; `fluff` frays the rims, `toward` points at the light.
    """
    w, h = size
    body, tone = np.zeros((h, w), F), np.full((h, w), 0.5, F)
    cell = max(3.0, float(np.median(balls[:, 2])) * 0.55)
    fray = (fractal(stream, size, (cell, cell), 4, 0.55) - 0.5) * (2.4 * fluff)
    z = np.zeros((h, w), F)
    lx, ly = toward
    for x, y, r in balls.tolist():
        x0, x1 = int(max(0, x - r * 1.3)), int(min(w, x + r * 1.3 + 2))
        y0, y1 = int(max(0, y - r * 1.3)), int(min(h, y + r * 1.3 + 2))
        if x1 <= x0 or y1 <= y0 or r < 0.5:
            continue
        part = np.s_[y0:y1, x0:x1]
        nx = (np.arange(x0, x1, dtype=F)[None] - x) * (1 / r)
        ny = (np.arange(y0, y1, dtype=F)[:, None] - y) * (1 / r)
        inside = 1 - nx * nx - ny * ny + fray[part]
        out = np.sqrt(np.maximum(inside, 0))
        rise = out * r
        nearer = rise > z[part]
        z[part] = np.where(nearer, rise, z[part])
        lit = 0.5 + 0.42 * (nx * lx + ny * ly) + 0.16 * out + fray[part] * 0.25
        tone[part] = np.where(nearer, lit, tone[part])
        body[part] = np.maximum(body[part], inside)
    return body, np.clip(tone, 0, 1)
