"""A stage: dark boards, a painted back wall, red curtains at the sides and above, spotlights on whoever performs."""

import numpy as np

from engines.sketch.dice import Array, F
from engines.sketch.frame import Frame, Layer
from engines.sketch.noise import fractal, mix, smooth
from engines.sketch.palette import ramp, rgb


def theatre(frame: Frame) -> None:
    """Lay the whole stage; the figures stand in the light."""
    frame.indoors = True
    floor = frame.h * frame.stream("stage").uniform(0.68, 0.72)
    cloth = rgb(frame.stream("curtain").pick(("#9c2430", "#8a2440", "#7a2a52", "#a33a24")))
    _back(frame, floor)
    _boards(frame, floor)
    _curtains(frame, cloth)
    frame.horizon, frame.front = floor - 0.16, frame.h * 0.91
    frame.stand = (0.24, 0.76)
    frame.behind_things = len(frame.layers) - 2


def _spots(frame: Frame, y: Array) -> Array:
    """Two fans of light from above that meet in the middle."""
    out = np.zeros((y.shape[0], frame.width), F)
    for x, lean in ((0.3, 0.22), (0.7, -0.22)):
        middle = x * frame.w + lean * y * frame.w / frame.h
        out += np.exp(-(((frame.x - middle) / (0.03 + 0.15 * y)) ** 2)) * np.exp(-0.5 * y)
    return out


def _back(frame: Frame, floor: float) -> None:
    part = frame.rows(0, floor + 0.01)
    y = frame.y[part]
    n = fractal(frame.stream("backdrop"), (frame.width, part.stop), (frame.unit * 0.25,) * 2, 4, 0.5) - 0.5
    near = np.exp(-(((frame.x - frame.w / 2) / 0.42) ** 2) - ((y - floor) / 0.6) ** 2)
    tone = 0.12 + 0.34 * near + n * 0.16 + _spots(frame, y) * 0.34
    low, mid, high = (frame.colors.pulled(rgb(c), 0.5) for c in ("#141428", "#3c4478", "#f0d8a8"))
    frame.add(Layer("wall", 0.4, ramp(np.clip(tone, 0, 1), [low, mid, high]), np.ones(tone.shape, F), top=0, kind="building"))
    frame.tick("Lighting the stage")


def _boards(frame: Frame, floor: float) -> None:
    part = frame.rows(floor, frame.h)
    deep = np.clip((frame.y[part] - floor) * (1 / (frame.h - floor)), 0, 1)
    u = (frame.x - frame.w / 2) / (0.42 + deep * 0.85)
    seam = np.abs(np.mod(u * 15, 1) - 0.5) > 0.47
    luck = np.mod(np.sin(np.floor(u * 15) * 12.9898) * 43758.547, 1)
    pool = np.exp(-(((frame.x - frame.w / 2) / 0.34) ** 2) - ((deep - 0.45) / 0.4) ** 2)
    tone = 0.22 + pool * 0.6 + (luck - 0.5) * 0.1 - seam * 0.12
    color = ramp(np.clip(tone, 0, 1), [rgb("#1c1216"), rgb("#8a5434"), rgb("#ffd9a0")])
    frame.add(Layer("floor", 0.7, color, np.ones(tone.shape, F), top=part.start), np.full(frame.width, floor + 0.02, F))


def _curtains(frame: Frame, cloth: Array) -> None:
    """Heavy folds at both sides, and a scalloped border above with a golden fringe."""
    reach = 0.17 + 0.05 * np.cos(frame.y / frame.h * 3.0)
    side = np.minimum(frame.x, frame.w - frame.x)
    folds = np.sin(side * 95 + np.sin(frame.y * 5) * 0.8) * 0.5 + 0.5
    hanging = smooth(0.0, 0.004, reach - side)
    swag = 0.1 + 0.035 * np.abs(np.sin(frame.x / frame.w * np.pi * 4))
    border = smooth(0.0, 0.004, swag - frame.y)
    fringe = smooth(0.0, 0.004, frame.y - swag + 0.016) * border
    drape = np.sin(frame.x * 120) * 0.5 + 0.5
    tone = np.where(border > 0.5, 0.25 + 0.5 * drape, 0.18 + 0.62 * folds) * (1 - 0.4 * smooth(0.1, 0.0, side))
    rgb_ = ramp(np.clip(tone, 0, 1), [cloth * 0.22, cloth * 0.8, np.clip(cloth * 1.45, 0, 1)])
    rgb_ = mix(rgb_, rgb("#e8b84a") * (0.55 + 0.45 * drape[..., None]), fringe[..., None])
    alpha = np.maximum(hanging, border).astype(F)
    frame.add(Layer("curtains", 1.0, rgb_.astype(F), alpha, kind="building"))
    frame.tick("Hanging the curtains")
