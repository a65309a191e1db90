"""Water: sea, lake and river as a mirror of what lies behind, broken by ripples, with the light's path on it."""

import numpy as np

from engines.sketch.dice import Array, F
from engines.sketch.frame import Frame, Layer, flatten
from engines.sketch.land import ground_tone
from engines.sketch.noise import mix, smooth


def water(
    frame: Frame,
    name: str,
    top: float,
    bottom: float,
    *,
    depth: float = 0.35,
    calm: float = 0.5,
    inside: tuple[Array, Array] | None = None,
) -> None:
    """Still or moving water between two heights; calm 1 mirrors clearly, 0 is a working sea. `inside` gives a river its
    middle and half width row by row."""
    part = frame.rows(top, min(frame.h, bottom + 0.08))
    canvas, _ = flatten(frame.layers, frame.width, frame.height, frame.colors.haze)
    frame.tick("Filling the water")
    ripple = _ripples(frame, part, top, name)
    rgb = _mirror(frame, canvas, part, ripple, calm)
    deep = np.clip((frame.y[part] - top) * (1 / max(0.1, frame.h - top)), 0, 1)
    body = mix(frame.colors.sea * (frame.colors.mid * 0.6 + 0.4), frame.colors.sky[0] * 0.5, 0.3)
    rgb += (body - rgb) * ((0.26 + 0.42 * deep) * (1.15 - 0.5 * calm))[..., None]
    rgb += _sparkle(frame, part, ripple, deep, calm)
    line = np.exp((frame.y[part] - top) * -60) * 0.4
    rgb += (frame.colors.haze - rgb) * line[..., None]
    alpha = np.repeat(np.clip((frame.y[part] - top) * frame.unit + 0.5, 0, 1), frame.width, axis=1)
    if inside is not None:
        middle, half = inside[0][part], inside[1][part]
        gap = half - np.abs(frame.x - middle) + ripple * 0.012
        alpha = alpha * np.clip(gap * frame.unit + 0.5, 0, 1)
        rgb *= (0.62 + 0.38 * smooth(0.0, 0.03, gap))[..., None]
    frame.add(Layer(name, depth, rgb.astype(F), alpha.astype(F), top=part.start, kind="water"), np.full(frame.width, top, F), "water")
    frame.tick("Filling the water")


def _ripples(frame: Frame, part: slice, top: float, name: str) -> Array:
    """Waves lying on the surface, long sideways, around 0."""
    broad = ground_tone(frame, part, top, name + "/swell", 0.10, 4)
    fine = ground_tone(frame, part, top + 0.1, name + "/ripple", 0.5, 3)
    return (broad * 0.5 + fine * 0.5 - 0.5) * 2


def _mirror(frame: Frame, canvas: Array, part: slice, ripple: Array, calm: float) -> Array:
    """What lies above the shore, upside down, shaken by the ripples."""
    h = part.stop - part.start
    down = np.arange(h, dtype=F)[:, None]
    shake = (0.006 + 0.085 * down * (1 / frame.unit)) * (1.3 - calm) * frame.unit
    rows = part.start - 1 - down * 0.92 - np.abs(ripple * shake * 1.6)
    cols = np.arange(frame.width, dtype=F)[None] + ripple * shake * 0.8
    at = np.clip(rows, 0, max(0, part.start - 1)).astype(np.int32), np.clip(cols, 0, frame.width - 1).astype(np.int32)
    mirrored: Array = canvas[at]
    return mirrored


def _sparkle(frame: Frame, part: slice, ripple: Array, deep: Array, calm: float) -> Array:
    """Wave crests that catch the sky, and the bright path under the sun or the moon."""
    colors = frame.colors
    crest = smooth(0.28, 0.55, ripple) * (0.05 + 0.12 * deep)
    out = crest[..., None] * colors.sky[-1]
    if calm < 0.35:
        caps = smooth(0.42, 0.6, ripple) * (0.35 - calm) * 1.6
        out = out + caps[..., None] * mix(colors.mid, np.ones(3, F), 0.4)
    if frame.light.body:
        wide = 0.035 + 0.16 * deep
        path = np.exp(-(((frame.x - frame.light.x) / wide) ** 2)) * smooth(-0.12, 0.3, ripple)
        out = out + (path * (0.75 - 0.35 * deep) * max(0.4, colors.strength))[..., None] * colors.light
    return out.astype(F)


def foam(frame: Frame, name: str, line: Array, depth: float = 0.6) -> None:
    """Two broken white seams where the sea meets the sand."""
    part = frame.rows(float(line.min()) - 0.06, float(line.max()) + 0.03)
    n = ground_tone(frame, part, float(line.min()) - 0.1, name, 0.4, 4)
    alpha = np.zeros(n.shape, F)
    for off, wide, power in ((0.0, 0.008, 0.95), (-0.028, 0.006, 0.5)):
        gap = frame.y[part] - (line[None] + off) + (n - 0.5) * 0.02
        alpha = np.maximum(alpha, smooth(wide, wide * 0.2, np.abs(gap)) * smooth(0.36, 0.52, n) * power)
    color = mix(frame.colors.lit, np.ones(3, F), 0.3) * 0.95
    frame.add(
        Layer(name, depth, np.broadcast_to(np.minimum(color, 1.1), (*alpha.shape, 3)).astype(F), alpha, top=part.start, kind="water")
    )
