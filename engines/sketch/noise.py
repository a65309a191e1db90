"""The painter's raster tools: value noise, blur, smooth steps, moving and resizing of float pictures.

Everything stays float32, and nothing wraps at the edges: a wrapped edge shows as a seam in the sky.
"""

import math

import numpy as np
from PIL import Image

from engines.sketch.dice import Array, F, Stream

BILINEAR, BICUBIC, BOX = Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.BOX
Box = tuple[float, float, float, float]


def smooth(low: float, high: float, x: Array) -> Array:
    """0 below low, 1 above high, an S between; low may be the larger one."""
    t = np.clip((x - low) * (1 / (high - low or 1e-9)), 0, 1)
    return t * t * (3 - 2 * t)


def mix(a: Array, b: Array, t: Array | float) -> Array:
    """From a to b as t goes from 0 to 1."""
    out = (b - a) * t
    if isinstance(a, np.ndarray) and out.dtype == a.dtype and np.broadcast_shapes(a.shape, out.shape) == out.shape:
        out += a
        return out
    return a + out


def bands(height: int, tall: int = 64) -> list[slice]:
    """The rows of a picture in bands that stay in the processor's cache while several things are done to them."""
    return [slice(top, min(height, top + tall)) for top in range(0, height, tall)]


def resize(a: Array, w: int, h: int, how: Image.Resampling = BILINEAR, box: Box | None = None) -> Array:
    """A float map at another size."""
    if a.ndim == 3:
        return np.stack([resize(a[..., i], w, h, how, box) for i in range(a.shape[2])], axis=2)
    if box is None and a.shape == (h, w):
        return a
    return np.asarray(Image.fromarray(np.ascontiguousarray(a, F)).resize((w, h), how, box), F)


def fractal(stream: Stream, size: tuple[int, int], cell: tuple[float, float], octaves: int = 5, gain: float = 0.5) -> Array:
    """Cloudy noise around 0.5 (spread about 0.2) of (width, height); `cell` is the coarsest bump in pixels.

    Each octave is drawn at the resolution it needs and lifted with the sum so far, and the finest is half of full size:
    the same look at a quarter of the time.
    """
    w, h = size
    top_w, top_h = (w // 2 + 1, h // 2 + 1) if w * h > 60_000 else (w, h)
    out: Array = np.zeros((1, 1), F)
    amp, power = 1.0, 0.0
    for octave in range(octaves):
        across, down = w / cell[0] * 2**octave, h / cell[1] * 2**octave
        if octave and (across > top_w * 0.7 or down > top_h * 0.7):
            break
        grid = stream.field(int(down) + 4, int(across) + 4) - 0.5
        lw, lh = min(top_w, math.ceil(across * 3) + 1), min(top_h, math.ceil(down * 3) + 1)
        bumps = resize(grid, lw, lh, BICUBIC, (1.0, 1.0, 1.0 + across, 1.0 + down)) * amp
        out = resize(out, lw, lh) + bumps
        power += amp * amp
        amp *= gain
    return resize(out, w, h) * (1 / math.sqrt(power)) + 0.5


def wave(stream: Stream, width: int, cell: float, octaves: int = 6, gain: float = 0.5, sharp: bool = False) -> Array:
    """One line of noise around 0 (about -0.5 to 0.5): a ridge, a shore. `sharp` folds it into peaks."""
    out = np.zeros(width, F)
    amp, power = 1.0, 0.0
    for octave in range(octaves):
        across = width / cell * 2**octave
        grid = stream.field(1, int(across) + 4) - 0.5
        if across > width * 0.7:
            break
        bump = resize(grid, width, 1, BICUBIC, (1.0, 0.0, 1.0 + across, 1.0))[0]
        out += (0.25 - np.abs(bump)) * 2 * amp if sharp else bump * amp
        power += amp * amp
        amp *= gain
    return out * (1 / math.sqrt(power))


def blur(a: Array, radius: float) -> Array:
    """Soft blur with clamped edges; large radii are worked out at a smaller size."""
    h, w = a.shape[:2]
    step = max(1, int(radius / 1.6))
    small = resize(a, max(2, w // step), max(2, h // step), BOX) if step > 1 else a
    for _ in range(2 if radius >= 1 else 1):
        small = _soften(_soften(small, 0), 1)
    return resize(small, w, h, BICUBIC) if step > 1 else small


def _soften(a: Array, axis: int) -> Array:
    """One pass of the 1-4-6-4-1 kernel along an axis: four sums of neighbours, in bands that stay in the cache."""
    pad = [(0, 0)] * a.ndim
    pad[axis] = (2, 2)
    wide = np.pad(a, pad, "edge")
    out = np.empty_like(a, F)
    for band in bands(a.shape[0], 32):
        part = wide[band.start : band.stop + 4] if axis == 0 else wide[band]
        for _ in range(4):
            part = part[1:] + part[:-1] if axis == 0 else part[:, 1:] + part[:, :-1]
        np.multiply(part, 1 / 16, out=out[band])
    return out


def moved(a: Array, dx: float, dy: float) -> Array:
    """The map moved right by dx and down by dy pixels, its edges drawn out."""
    x, y = round(dx), round(dy)
    h, w = a.shape[:2]
    rows = np.clip(np.arange(h) - y, 0, h - 1)
    cols = np.clip(np.arange(w) - x, 0, w - 1)
    return a[rows][:, cols]
