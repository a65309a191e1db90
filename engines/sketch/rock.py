"""Rock: mountain ranges with lit and shaded flanks, cliffs above the water, the mouth of a cave."""

import numpy as np

from engines.sketch.dice import Array, F
from engines.sketch.frame import Frame, Layer
from engines.sketch.noise import blur, fractal, mix, smooth, wave
from engines.sketch.palette import ramp


def range_of(frame: Frame, name: str, shape: tuple[float, float, float], *, depth: float, haze: float, snow: float, until: float) -> None:
    """A mountain range of a foot level, a height and a peak's width; snow lies on that share of it (0 none)."""
    level, height, cell = shape
    stream, unit = frame.stream(name), frame.unit
    crest = wave(stream, frame.width, cell * unit, 7, 0.47, sharp=True)
    crest = (crest - float(crest.min())) ** 0.85
    line = level - (crest - float(crest.min())) * height / max(0.3, float(np.ptp(crest)))
    part = frame.rows(float(line.min()) - 0.01, until + 0.06)
    deep = frame.y[part] - line[None]
    size = (frame.width, part.stop - part.start)
    twist = fractal(frame.stream(name + "/twist"), size, (unit * 0.2, unit * 0.26), 5, 0.55) - 0.5
    fine = fractal(frame.stream(name + "/rock"), size, (unit * 0.05, unit * 0.09), 4, 0.6) - 0.5
    slope = _flanks(frame, line, deep, twist)
    toward = 1.0 if frame.light.x > frame.w / 2 else -1.0
    lit = smooth(-0.16, 0.16, slope * toward * 0.9 + fine * 0.7 + twist * 0.5)
    tone = 0.20 + 0.60 * lit * (0.6 + 0.4 * min(1.0, frame.colors.strength + 0.2)) + fine * 0.25
    rgb = ramp(np.clip(tone, 0, 1), frame.colors.stops("rock", haze))
    if snow > 0:
        high = (level - frame.y[part]) * (1 / height)
        cap = smooth(1.02 - snow, 1.14 - snow, high + twist * 0.55 + fine * 0.35 + (lit - 0.5) * 0.10)
        white = ramp(np.clip(tone * 0.86 + 0.16, 0, 1), frame.colors.stops("snow", haze * 0.85))
        rgb = mix(rgb, white, cap[..., None])
    low = smooth(height * 0.35, height * 1.15, frame.y[part] - (level - height)) * (0.35 + 0.4 * frame.colors.haziness + haze * 0.4)
    rgb += (frame.colors.haze - rgb) * np.clip(low, 0, 0.85)[..., None]
    frame.add(Layer(name, depth, rgb, np.clip(deep * unit + 0.5, 0, 1), top=part.start))
    frame.tick("Raising the mountains")


def _flanks(frame: Frame, line: Array, deep: Array, twist: Array) -> Array:
    """Which way the flank under each pixel leans: the crest's own slope, carried down along winding ribs."""
    unit = frame.unit
    out = np.zeros_like(twist)
    cols = np.arange(frame.width, dtype=F)[None]
    for radius, share, bend in ((0.02, 0.65, 1.3), (0.007, 0.35, 0.8)):
        soft = blur(np.repeat(line[None], 3, axis=0), max(1.0, radius * unit))[1]
        slope = np.gradient(soft) * unit
        slope = slope / max(0.2, float(np.abs(slope).max()) * 0.7)
        at = cols + twist * np.clip(deep, 0, 0.5) * (bend * unit)
        out += slope[np.clip(at, 0, frame.width - 1).astype(np.int32)] * share
    return out


def cliff(frame: Frame, left: bool) -> Array:
    """A headland on one side of the picture, grassy on top; gives back its upper edge."""
    unit, stream = frame.unit, frame.stream("cliff")
    across = np.linspace(0, 1, frame.width, dtype=F)
    if not left:
        across = across[::-1]
    level = frame.horizon + (frame.h - frame.horizon) * 0.2
    top = level + wave(stream, frame.width, 0.5 * unit, 5) * 0.035 + across * 0.05
    edge = stream.uniform(0.5, 0.58)
    part = frame.rows(float(top.min()) - 0.02, frame.h)
    shape = (frame.width, part.stop - part.start)
    deep = frame.y[part] - top[None]
    n = fractal(frame.stream("cliff/rock"), shape, (unit * 0.09, unit * 0.16), 6, 0.56)
    ledge = fractal(frame.stream("cliff/ledge"), shape, (unit * 0.5, unit * 0.05), 4, 0.5)
    face = edge - 0.22 * np.clip(deep - 0.03, 0, 1) ** 0.8 + (ledge - 0.5) * 0.10 * smooth(0.0, 0.06, deep) + (n - 0.5) * 0.03
    inside = np.clip((face - across[None]) * frame.w * unit * 0.7 + 0.5, 0, 1)
    alpha = np.clip(deep * unit + 0.5, 0, 1) * inside
    toward = 1.0 if frame.light.x > frame.w / 2 else -1.0
    bumps = blur(n, unit * 0.004)
    lit = np.clip(0.5 + np.gradient(bumps, axis=1) * -toward * unit * 0.05 + np.gradient(bumps, axis=0) * unit * 0.03, 0, 1)
    crack = smooth(0.06, 0.0, np.abs(ledge - 0.5)) * 0.2
    tone = 0.12 + 0.5 * lit - crack + 0.25 * smooth(0.2, 0.0, face - across[None]) * frame.colors.strength
    rgb = ramp(np.clip(tone, 0, 1), frame.colors.stops("rock"))
    turf = smooth(0.045, 0.012, deep + (n - 0.5) * 0.09)
    green = ramp(np.clip(0.45 + (n - 0.5) * 0.9, 0, 1), frame.colors.stops("snow" if frame.snowy else "grass"))
    rgb = mix(rgb, green, turf[..., None])
    rgb += (frame.colors.haze - rgb) * (smooth(0.15, 0.4, deep) * (0.12 + 0.3 * frame.colors.haziness))[..., None]
    line = np.where(across < edge - 0.02, top, frame.h * 1.2).astype(F)
    frame.add(Layer("cliff", 0.8, rgb, alpha.astype(F), top=part.start), line + 0.006, "ground", 0.8)
    frame.stand = (0.08, (edge - 0.14)) if left else (1 - (edge - 0.14), 0.92)
    frame.tick("Raising the cliff")
    return line


def cave(frame: Frame) -> None:
    """Four rings of rock around an opening, each nearer one darker and wider, hanging stones in the farthest."""
    stream = frame.stream("cave")
    cx, cy = frame.w * stream.uniform(0.42, 0.58), frame.h * 0.46
    for ring in range(4):
        _ring(frame, (cx, cy), ring)
        frame.tick("Hollowing the cave")


def _ring(frame: Frame, middle: tuple[float, float], ring: int) -> None:
    """One ring of rock with a ragged inner edge that catches the light of the opening."""
    unit, (cx, cy) = frame.unit, middle
    shape = (frame.width, frame.height)
    rough = fractal(frame.stream(f"cave/{ring}"), shape, (unit * 0.34, unit * 0.30), 6, 0.5) - 0.5
    fine = fractal(frame.stream(f"cave/{ring}/fine"), shape, (unit * 0.10, unit * 0.14), 5, 0.55) - 0.5
    dx, dy = (frame.x - cx) * (1 / min(frame.w, 1.25)), (frame.y - cy) * (0.86 / min(frame.h, 1.3))
    open_ = 0.25 + 0.075 * ring
    inside = np.hypot(dx, dy) + rough * (0.15 + 0.03 * ring) - open_
    if ring < 2:
        hang = wave(frame.stream(f"cave/{ring}/hang"), frame.width, 0.13 * unit, 3, 0.5, sharp=True)
        hang = np.clip(hang, 0, 1) * 0.34 + 0.06 + 0.05 * ring
        inside = np.maximum(inside, hang[None] + frame.h * 0.09 - frame.y)
    bumps = blur(rough * 0.7 + fine * 0.5, unit * 0.003)
    gy, gx = np.gradient(bumps)
    facing = np.clip((gx * dx + gy * dy) * unit * 0.55, -0.35, 0.35)
    edge = np.exp(np.clip(inside, 0, 1) * -26)
    tone = 0.34 - 0.07 * ring + facing * (1 - 0.16 * ring) + edge * (0.34 - 0.06 * ring)
    rock = mix(frame.colors.material("rock"), frame.colors.sky[1], 0.18)
    rgb = ramp(np.clip(tone, 0, 1), frame.colors.stops(rock, 0.22 - 0.07 * ring), frame.colors.steps)
    rgb *= (0.95 - 0.17 * ring) * (0.45 + 0.55 * np.exp(np.clip(inside, 0, 1) * -3.2))[..., None]
    alpha = smooth(-0.0025, 0.0025, inside)
    frame.add(Layer(f"cave{ring}", 0.3 + 0.15 * ring, rgb.astype(F), alpha.astype(F)))
