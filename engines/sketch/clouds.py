"""Clouds: heaped cumulus of lit balls in fair weather, a deck in perspective when the sky is closed, and high streaks."""

import numpy as np

from engines.sketch.dice import Array, F
from engines.sketch.frame import Frame
from engines.sketch.noise import blur, fractal, mix, moved, smooth
from engines.sketch.palette import ramp
from engines.sketch.puffs import puffs


def clouds(frame: Frame, rgb: Array) -> Array:
    """Paint this weather's clouds into the sky; gives back how much of it they cover."""
    cover = frame.colors.cover
    if any(thing.noun == "cloud" for thing in frame.scene.things):
        cover = max(cover, 0.5)
    if cover >= 0.7:
        return _deck(frame, rgb, cover)
    veil = _streaks(frame, rgb, cover)
    return np.maximum(veil, _heaps(frame, rgb, cover))


def _plane(frame: Frame, shape: tuple[int, int], cell: float, octaves: int, name: str) -> Array:
    """Noise lying on a ceiling that runs away to the horizon."""
    h, w = shape
    tex = 640
    sheet = fractal(frame.stream(name), (tex, tex), (tex / 7, tex / 7), octaves, 0.52)
    up = np.clip(frame.horizon + 0.06 - frame.y[:h], 0.04, None)
    away = (1 / up) * cell
    rows = (away * tex * 0.9).astype(int) % (2 * tex)
    cols = ((frame.x - frame.w * 0.5) * away * (tex * 0.9) + tex * 10).astype(int) % (2 * tex)
    fold = np.concatenate([sheet, sheet[:, ::-1]], axis=1)
    fold = np.concatenate([fold, fold[::-1]], axis=0)
    out: Array = fold[rows, cols]
    return out


def _deck(frame: Frame, rgb: Array, cover: float) -> Array:
    """A closed or broken sky seen from below, its far part flattened by perspective."""
    h, w = rgb.shape[:2]
    n = _plane(frame, (h, w), 0.16, 6, "deck")
    n = n * 0.7 + 0.3 * fractal(frame.stream("deck2"), (w, h), (frame.unit * 0.5, frame.unit * 0.22), 5, 0.5)
    far = smooth(0.0, 0.22, frame.horizon + 0.04 - frame.y[:h])
    soft = blur(n, frame.unit * 0.012)
    lift = np.clip((soft - moved(soft, 0, -frame.unit * 0.02)) * 3.2 + 0.5 + (0.5 - soft) * 0.9, 0, 1)
    rough = 1.35 if frame.scene.weather == "storm" else 1.0
    tone = np.clip(0.5 + (lift - 0.5) * rough, 0, 1) * (0.45 + 0.4 * far) + (1 - far) * 0.35
    color = ramp(tone, frame.colors.cloud)
    color = mix(color, frame.colors.haze, ((1 - far) * 0.75)[..., None])
    low = 0.62 - cover * 0.55
    a = smooth(low, low + 0.22, n) * (0.35 + 0.6 * far)
    rgb += (color - rgb) * a[..., None]
    frame.tick("Painting the sky")
    return a


def _streaks(frame: Frame, rgb: Array, cover: float) -> Array:
    """High thin cloud, combed by the wind."""
    h, w = rgb.shape[:2]
    n = fractal(frame.stream("streaks"), (w, h), (frame.unit * 0.55, frame.unit * 0.085), 5, 0.55)
    n = n * 0.75 + 0.25 * _plane(frame, (h, w), 0.12, 5, "streaks2")
    band = smooth(0.02, 0.2, frame.y[:h]) * smooth(0.0, 0.16, frame.horizon - frame.y[:h])
    strength = 0.34 if frame.scene.time == "night" else 0.5
    a: Array = smooth(0.56 - 0.1 * cover, 0.92, n) * band * strength
    color = mix(frame.colors.cloud[1], frame.colors.cloud[2], 0.7)
    rgb += (color - rgb) * a[..., None]
    frame.tick("Painting the sky")
    return a


def _heaps(frame: Frame, rgb: Array, cover: float) -> Array:
    """Cumulus: a few great ones high up, smaller and flatter ones towards the horizon."""
    h, w = rgb.shape[:2]
    veil = np.zeros((h, w), F)
    count = max(1, round((2.2 + cover * 9) * frame.w))
    if frame.scene.time == "night":
        count = max(1, round(count * 0.6))
    stream = frame.stream("heaps")
    at = stream.field(count, 4)
    high = np.sort(at[:, 1])[::-1]
    for k in range(count):
        away = float(high[k])
        x = ((k * 0.618 + at[k, 0] * 0.5) % 1.0) * frame.w
        base = frame.horizon - 0.05 - (frame.horizon - 0.14) * (1 - away) * 0.92
        span = (0.13 + 0.3 * (1 - away) ** 1.3) * (0.7 + 0.6 * float(at[k, 2]))
        _heap(frame, rgb, veil, (float(x), float(base), float(span)), f"heap{k}")
        if k % 2:
            frame.tick("Painting the sky", 0.01)
    return veil


def _heap(frame: Frame, rgb: Array, veil: Array, at: tuple[float, float, float], name: str) -> None:
    """One cumulus: balls along a flat base, the tallest near its middle, so that no stray ball hangs alone."""
    x, base, span = at
    stream, unit = frame.stream(name), frame.unit
    tall = span * stream.uniform(0.26, 0.42)
    n = 17
    r = stream.field(n, 3)
    along = (np.arange(n, dtype=F) + r[:, 0]) * (1 / n) * 2 - 1
    arch = np.sqrt(np.clip(1 - along**2, 0, 1)) * (0.55 + 0.45 * np.cos(along * 2.6 + stream.uniform(-1, 1)))
    arch = np.clip(arch, 0.12, 1)
    radius = span * (0.09 + 0.12 * arch * (0.6 + 0.4 * r[:, 1]))
    up = np.clip(arch * tall * (0.25 + 0.75 * r[:, 2]) - radius * 0.4, 0, None)
    left, top = (x - span * 0.8) * unit, (base - tall - span * 0.3) * unit
    size = (int(span * 1.6 * unit) + 4, int((tall + span * 0.42) * unit) + 4)
    x0, y0 = max(0, int(left)), max(0, int(top))
    x1, y1 = min(rgb.shape[1], int(left) + size[0]), min(rgb.shape[0], int(top) + size[1])
    if x1 - x0 < 3 or y1 - y0 < 3:
        return
    balls = np.stack([along * span * 0.62 * unit + x * unit - int(left), (base - up) * unit - int(top), radius * unit], 1)
    dx, dy = frame.light.x - x, frame.light.y - base
    far = max(0.2, float(np.hypot(dx, dy)))
    body, tone = puffs(balls, size, (dx / far * 0.8, min(-0.3, dy / far) - 0.2), stream, float(frame.look.get("fluff", 0.3)))
    rows = (np.arange(size[1], dtype=F)[:, None] + int(top)) * (1 / unit)
    sag = fractal(stream, size, (span * unit * 0.22, span * unit * 0.2), 4, 0.6) - 0.5
    floor = smooth(base + span * 0.055, base - span * 0.045, rows + sag * span * 0.13)
    edge = float(frame.look.get("cloud_edge", 0.3))
    a = smooth(0.0, edge, body) * floor
    tone = blur(tone, span * unit * 0.012) * 0.8 + 0.25 * smooth(base + span * 0.04, base - tall * 1.2, rows)
    if frame.look.get("cel"):
        tone = smooth(0.42, 0.47, tone) * 0.5 + smooth(0.68, 0.73, tone) * 0.4 + 0.05
    part = np.s_[y0:y1, x0:x1]
    crop = np.s_[y0 - int(top) : y1 - int(top), x0 - int(left) : x1 - int(left)]
    air = float(np.clip((base - frame.horizon + 0.3) / 0.3, 0, 1)) * 0.5
    color = mix(ramp(np.clip(tone[crop], 0, 1), frame.colors.cloud), frame.colors.haze, air)
    a = a[crop] * (0.94 if frame.scene.time != "night" else 0.8)
    rgb[part] += (color - rgb[part]) * a[..., None]
    veil[part] = np.maximum(veil[part], a)
