"""Town: the rows of a skyline, window by window."""

import numpy as np

from engines.sketch.dice import Array, F, Stream
from engines.sketch.frame import Frame, Layer
from engines.sketch.noise import mix, smooth
from engines.sketch.palette import ramp


def skyline(
    frame: Frame,
    name: str,
    base: float,
    heights: tuple[float, float],
    *,
    depth: float,
    haze: float,
    slim: float = 0.075,
    until: float | None = None,
) -> None:
    """One row of towers standing on `base`, highest near the middle of the town; near rows show more lit windows."""
    lit = 0.2 + 0.38 * depth
    part = frame.rows(base - heights[1] - 0.14, until if until is not None else frame.h)
    h = part.stop - part.start
    tone, alpha, glow = (np.zeros((h, frame.width), F) for _ in range(3))
    stream = frame.stream(name)
    middle = frame.w * stream.uniform(0.35, 0.65)
    count = int(frame.w / slim * 1.5) + 4
    draws = stream.field(count, 6)
    x, k = -slim * float(draws[0, 0]), 0
    while x < frame.w and k < count:
        wide = slim * (0.6 + 0.9 * float(draws[k, 1]))
        crowd = 0.55 + 0.45 * float(np.exp(-(((x + wide / 2 - middle) / 0.34) ** 2)))
        tall = (heights[0] + (heights[1] - heights[0]) * float(draws[k, 2]) ** 1.3) * crowd
        box = (x, base - tall, x + wide, part.start)
        _tower(frame, (tone, alpha, glow), box, draws[k], frame.stream(f"{name}/{k}"), lit)
        x += wide * (0.9 + 0.25 * float(draws[k, 3]))
        k += 1
    material = mix(frame.colors.material("tower"), frame.colors.material("brick"), 0.15)
    rgb = ramp(np.clip(tone, 0, 1), frame.colors.stops(material, haze))
    low = smooth(base - heights[0] * 0.9, base + 0.05, frame.y[part]) * (0.35 + haze * 0.5)
    rgb += (frame.colors.haze - rgb) * low[..., None]
    _light_windows(frame, rgb, glow, haze)
    shine = 0.9 if frame.night else 0.3 if frame.scene.weather in ("rain", "storm") else 0.0
    frame.add(Layer(name, depth, rgb, alpha, glow * (shine * (1 - haze)), top=part.start, kind="building"))
    frame.tick("Raising the town")


def _tower(
    frame: Frame, sheets: tuple[Array, Array, Array], box: tuple[float, float, float, int], draw: Array, stream: Stream, lit: float
) -> None:
    """A tower of two faces with a roof of its own and a grid of windows, some of them lit."""
    tone, alpha, glow = sheets
    x0, x1 = int(max(0.0, box[0] * frame.unit)), int(min(frame.width, box[2] * frame.unit))
    y0 = int(box[1] * frame.unit) - box[3]
    if x1 - x0 < 2 or y0 >= tone.shape[0]:
        return
    y0 = max(0, y0)
    bright = (0.5 if lit < 0.33 or not frame.night else 0.4) + 0.22 * (float(draw[4]) - 0.5)
    face = 1.0 if frame.light.x < (box[0] + box[2]) / 2 else -1.0
    corner = x0 + int((x1 - x0) * (0.68 if face > 0 else 0.32))
    kind = float(draw[5])
    _crown(tone, alpha, (x0, y0, x1), kind, bright, frame.unit)
    tone[y0:, x0:x1], alpha[y0:, x0:x1], glow[y0:, x0:x1] = bright, 1.0, 0.0
    dark = np.s_[y0:, corner:x1] if face > 0 else np.s_[y0:, x0:corner]
    tone[dark] = bright - 0.17
    edge = max(1, round(frame.unit / 480))
    tone[y0 : y0 + edge, x0:x1] = bright + 0.3
    s = max(3.0, frame.unit * (0.0095 + 0.004 * kind))
    pane_w = 0.55 if kind < 0.6 else 0.8
    ys, xs = np.arange(y0 + int(s), tone.shape[0]), np.arange(x0 + 1, x1 - 1)
    if len(ys) < 2 or len(xs) < 2:
        return
    row, fy = np.divmod((ys - y0 - s) / (s * 1.5), 1)
    col, fx = np.divmod((xs - x0 - s * 0.3) / (s * 1.15), 1)
    inside = np.outer(fy < 0.55, (fx < pane_w) & (xs > x0 + s * 0.2) & (xs < x1 - s * 0.5))
    grid = stream.field(int(row.max()) + 1, int(max(col.max(), 0)) + 2)
    rowwise = stream.field(int(row.max()) + 1) * 1.2 + 0.4
    on = grid[row.astype(int)][:, col.astype(int)] < (lit * rowwise[row.astype(int)])[:, None]
    part = np.s_[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1]
    tone[part] -= np.where(inside, 0.1, 0.0).astype(F)
    shine = 0.55 + 0.28 * grid[row.astype(int)][:, col.astype(int)] / max(lit, 0.05)
    glow[part] = (inside & on) * np.minimum(shine, 1.0).astype(F)


def _crown(tone: Array, alpha: Array, box: tuple[int, int, int], kind: float, bright: float, unit: float) -> None:
    """What stands on a roof: a setback, a spire or a tank."""
    x0, y0, x1 = box
    wide = x1 - x0
    if kind < 0.35:
        a, b, up = x0 + int(wide * 0.22), x0 + int(wide * 0.74), int(unit * 0.026)
        tone[max(0, y0 - up) : y0, a:b], alpha[max(0, y0 - up) : y0, a:b] = bright - 0.05, 1
    elif kind < 0.5:
        mid, thin, up = (x0 + x1) // 2, max(1, round(unit / 420)), int(unit * 0.08)
        tone[max(0, y0 - up) : y0, mid : mid + thin], alpha[max(0, y0 - up) : y0, mid : mid + thin] = bright - 0.15, 1
        up //= 3
        tone[max(0, y0 - up) : y0, mid - thin * 3 : mid + thin * 4] = bright - 0.05
        alpha[max(0, y0 - up) : y0, mid - thin * 3 : mid + thin * 4] = 1


def _light_windows(frame: Frame, rgb: Array, glow: Array, haze: float) -> None:
    """Colour the lit windows; by day they only catch the sky."""
    shine = {"night": 0.95, "dusk": 0.9, "sunset": 0.55, "dawn": 0.4}.get(frame.scene.time, 0.12)
    if frame.scene.weather in ("rain", "storm", "overcast") and shine < 0.5:
        shine = 0.55
    panes = frame.colors.choices("windows")
    hue = np.mod(glow * 53.0, 1.0)
    table = np.stack([panes[int(v * v * len(panes)) % len(panes)] for v in np.linspace(0, 0.999, 16)])
    color = table[(hue * 15.9).astype(int)]
    rgb += (color - rgb) * (glow * shine * (1 - haze * 0.3))[..., None]
