"""Beyond the land: outer space with a planet and a cratered ground, and the sea of clouds one flies over."""

import numpy as np

from engines.sketch.dice import F
from engines.sketch.frame import Frame, Layer, Light
from engines.sketch.noise import blur, fractal, mix, smooth, wave
from engines.sketch.palette import ramp, rgb
from engines.sketch.puffs import puffs


def space(frame: Frame) -> None:
    """Stars, a nebula, a planet in half light, and the ground of a small moon."""
    stream, unit = frame.stream("space"), frame.unit
    left = stream.chance(0.5)
    frame.light = Light(frame.w * (0.05 if left else 0.95), frame.h * 0.1, None)
    shape = (frame.width, frame.height)
    n = fractal(stream, shape, (unit * 0.5,) * 2, 7, 0.55)
    m = fractal(frame.stream("space/hue"), shape, (unit * 0.7,) * 2, 4)
    deep = [frame.colors.pulled(rgb(c)) for c in ("#05060f", "#141a3c", "#3a3f86", "#7a5aa0")]
    warm = [frame.colors.pulled(rgb(c)) for c in ("#05060f", "#23152f", "#7d3a5c", "#e0986a")]
    mass = np.clip((n - 0.34) * 1.9, 0, 1)
    color = mix(ramp(mass, deep), ramp(mass, warm), smooth(0.42, 0.6, m)[..., None])
    if not frame.without("star"):
        color += _stars(frame)[..., None] * np.array([0.95, 0.97, 1.0], F)
    frame.add(Layer("sky", 0.0, color.astype(F), np.ones(color.shape[:2], F), kind="sky"))
    frame.tick("Lighting the stars")
    own = {thing.noun for thing in frame.scene.things} & {"planet", "moon", "sun", "earth"}
    if not own and not frame.without("planet"):
        _planet(frame, frame.w * (0.70 if left else 0.30), frame.h * 0.34, 0.17)
    line = wave(frame.stream("moonground"), frame.width, 0.9 * unit, 5, 0.45) * -0.06 + frame.h * 0.82
    _moon_ground(frame, line)


def _stars(frame: Frame) -> np.ndarray:
    at = frame.stream("space/stars").field(int(900 * frame.w * frame.h), 3)
    sheet = np.zeros((frame.height, frame.width), F)
    ys, xs = (at[:, 1] * frame.height * 0.999).astype(int), (at[:, 0] * frame.width * 0.999).astype(int)
    np.maximum.at(sheet, (ys, xs), 0.2 + at[:, 2] ** 4)
    return sheet + blur(sheet, max(0.8, frame.unit / 300)) * 1.8


def _planet(frame: Frame, x: float, y: float, radius: float) -> None:
    """A banded planet lit from the side, with a thin shell of air and a ring."""
    stream, unit = frame.stream("planet"), frame.unit
    part = frame.rows(y - radius * 1.5, y + radius * 1.5)
    dx, dy = frame.x - x, frame.y[part] - y
    far = np.hypot(dx, dy) * (1 / radius)
    z = np.sqrt(np.clip(1 - far * far, 0, 1))
    lx = 0.75 if frame.light.x > x else -0.75
    lit = np.clip(dx * (lx / radius) + dy * (-0.4 / radius) + z * 0.55, 0, 1)
    tilt = dy + dx * 0.25
    n = fractal(stream, (frame.width, part.stop - part.start), (unit * 0.35, unit * 0.08), 5)
    kinds = (("#5a3550", "#b8705a", "#f0c890"), ("#22406e", "#4f8fb0", "#d8ece8"), ("#4a3a2c", "#a8845a", "#e8d8b0"))
    band = np.mod(tilt * (3.2 / radius) + n * 1.6, 2)
    color = ramp(np.abs(band - 1), [rgb(c) for c in stream.pick(kinds)]) * (0.04 + 1.05 * lit)[..., None]
    air = np.exp(-np.abs(far - 1) * 16) * np.clip(lit + 0.25, 0, 1) * (far > 1)
    alpha = np.clip((1 - far) * radius * unit + 0.5, 0, 1)
    ring = np.hypot(dx + dy * 0.28, (dy - dx * 0.28) * 4.2) * (1 / radius)
    band_ = smooth(1.35, 1.42, ring) * smooth(2.05, 1.95, ring) * (0.45 + 0.35 * np.sin(ring * 40)) * ((dy - dx * 0.28 > 0) | (far > 1))
    color = mix(color, rgb("#d9c6a6") * 0.8, np.clip(band_, 0, 1)[..., None])
    color += frame.colors.pulled(rgb("#9ac4ff")) * (air * 0.6)[..., None]
    frame.add(
        Layer(
            "planet",
            0.1,
            color.astype(F),
            np.clip(np.maximum(alpha, band_ * 0.8) + air * 0.5, 0, 1).astype(F),
            top=part.start,
            kind="sky",
        )
    )
    frame.tick("Turning the planet")


def _moon_ground(frame: Frame, line: np.ndarray) -> None:
    """Grey dust with craters in perspective."""
    unit = frame.unit
    part = frame.rows(float(line.min()) - 0.01, frame.h)
    deep = frame.y[part] - line[None]
    n = fractal(frame.stream("dust"), (frame.width, part.stop - part.start), (unit * 0.12, unit * 0.04), 6, 0.6) - 0.5
    tone = 0.42 + n * 0.55 + np.exp(-np.clip(deep, 0, 1) * 60) * 0.3 - 0.25 * smooth(0.0, 0.3, deep)
    side = 1.0 if frame.light.x > frame.w / 2 else -1.0
    for x, y, s in frame.stream("craters").field(12, 3).tolist():
        cy = float(line.mean()) + 0.03 + y * (frame.h - float(line.mean()))
        rx = (0.02 + 0.05 * s) * (0.5 + y)
        u, v = (frame.x - x * frame.w) * (1 / rx), (frame.y[part] - cy) * (3.2 / rx)
        far = np.hypot(u, v)
        tone += np.where(
            far < 1.25, (u * side * -0.28) * smooth(1.0, 0.4, far) + smooth(0.25, 0.0, np.abs(far - 1.05)) * (0.14 - u * side * -0.12), 0
        )
    color = ramp(np.clip(tone, 0, 1), [frame.colors.pulled(rgb(c)) for c in ("#14121f", "#5d5a70", "#cfc8d2")])
    frame.add(Layer("ground", 0.6, color.astype(F), np.clip(deep * unit + 0.5, 0, 1).astype(F), top=part.start), line + 0.01)


def cloud_sea(frame: Frame) -> None:
    """Above the weather: rolling banks of cloud below, open sky above."""
    unit = frame.unit
    lean = 1.0 if frame.light.x > frame.w / 2 else -1.0
    for row, (level, size, haze) in enumerate(((0.02, 0.05, 0.55), (0.08, 0.085, 0.35), (0.17, 0.13, 0.15), (0.31, 0.2, 0.0))):
        y = frame.horizon + level * 1.1
        part = frame.rows(y - size * 1.6, frame.h)
        count = int(frame.w / (size * 0.42)) + 4
        at = frame.stream(f"bank{row}").field(count, 3)
        xs = (np.arange(count) - 1 + at[:, 0]) * (frame.w / (count - 3))
        radius = size * (0.42 + 0.6 * at[:, 2] ** 1.5)
        ys = y + radius * 0.35 - size * 0.45 * at[:, 1]
        balls = np.stack([xs * unit, ys * unit - part.start, radius * unit], 1)
        body, tone = puffs(
            balls,
            (frame.width, part.stop - part.start),
            (0.5 * lean, -0.75),
            frame.stream(f"bank{row}/fluff"),
            float(frame.look.get("fluff", 0.3)),
        )
        below = smooth(y - 0.005, y + size * 0.5, frame.y[part])
        alpha = np.maximum(smooth(0, 0.25, body), below)
        tone = mix(blur(tone, unit * size * 0.03), np.full_like(tone, 0.52), below * 0.85)
        if frame.look.get("cel"):
            tone = smooth(0.42, 0.47, tone) * 0.5 + smooth(0.68, 0.73, tone) * 0.4 + 0.05
        color = mix(ramp(np.clip(tone, 0, 1), frame.colors.cloud), frame.colors.haze, haze)
        frame.add(Layer(f"clouds{row}", 0.2 + row * 0.2, color.astype(F), alpha.astype(F), top=part.start, kind="sky"))
        frame.tick("Heaping up clouds")
    frame.behind_things = len(frame.layers) - 2
