"""What is built beside houses: a fence, the near roof one stands on, a quay, moored boats, a bridge."""

import numpy as np

from engines.sketch.dice import F
from engines.sketch.frame import Frame, Layer
from engines.sketch.houses import GAY
from engines.sketch.pad import Pad


def fence(frame: Frame, foot: float, name: str, tall: float = 0.075) -> None:
    """A picket fence from side to side, with a gap for the path."""
    pad = Pad(frame, foot - tall * 1.3, foot + 0.01)
    wood = pad.color("plaster", 0.66)
    dark = pad.color("plaster", 0.4)
    step = tall * 0.42
    for up in (0.35, 0.72):
        pad.box(0, foot - tall * up - 0.004, frame.w, foot - tall * up + 0.004, dark)
    for k in range(int(frame.w / step) + 2):
        x = k * step
        pad.poly(
            [
                (x - step * 0.28, foot),
                (x - step * 0.28, foot - tall * 0.86),
                (x, foot - tall),
                (x + step * 0.28, foot - tall * 0.86),
                (x + step * 0.28, foot),
            ],
            wood,
        )
    layer = pad.layer(name, 0.52)
    layer.foot = foot
    frame.add(layer)


def rooftop(frame: Frame) -> None:
    """The tiled roof the figures stand on, chimneys and an aerial at its sides."""
    level = frame.h * 0.80
    pad = Pad(frame, level - 0.36, frame.h)
    stream = frame.stream("roof")
    left = stream.chance(0.5)
    for share, wide, tall in ((0.1, 0.11, 0.22), (0.93, 0.075, 0.14)):
        x = (share if left else 1 - share) * frame.w
        face = 0.6 if frame.light.x < x else 0.36
        pad.box(x - wide / 2, level - tall, x + wide / 2, level + 0.05, pad.color("brick", 0.45))
        pad.box(x - wide / 2, level - tall, x - wide / 2 + wide * 0.4, level + 0.05, pad.color("brick", face))
        for k in range(1, 12):
            y = level - tall + k * 0.019
            pad.line([(x - wide / 2, y), (x + wide / 2, y)], pad.color("brick", 0.22), 0.002)
        pad.box(x - wide * 0.6, level - tall - 0.02, x + wide * 0.6, level - tall, pad.color("stone", 0.6))
        for pot in (-0.25, 0.25):
            pad.box(x + (pot - 0.1) * wide, level - tall - 0.055, x + (pot + 0.1) * wide, level - tall - 0.02, pad.color("roof", 0.45))
    mast = (0.82 if left else 0.18) * frame.w
    ink = frame.colors.dark * 0.7
    pad.line([(mast, level), (mast, level - 0.33)], ink, 0.005)
    for up, half in ((0.31, 0.03), (0.285, 0.045), (0.26, 0.035)):
        pad.line([(mast - half, level - up), (mast + half, level - up)], ink, 0.003)
    _tiles(pad, level)
    layer = pad.layer("roof", 0.85, rough=0.10, cell=0.03)
    _sheen(frame, layer)
    frame.add(layer, np.full(frame.width, level + 0.02, F), "ground", 1.0)
    frame.front = level + 0.085
    frame.tick("Laying the roof")


def _sheen(frame: Frame, layer: Layer) -> None:
    """Sky and moon lie on the slope, strongest on the light's side."""
    h = layer.alpha.shape[0]
    near = np.exp(np.abs(frame.x - frame.light.x) * -1.3) * (0.10 + 0.16 * frame.colors.strength)
    layer.rgb += (frame.colors.light * near[..., None] + frame.colors.sky[2] * 0.06) * layer.rgb.mean(axis=2, keepdims=True) ** 0.5
    layer.rgb = np.clip(layer.rgb, 0, 1.2).reshape(h, frame.width, 3)


def _tiles(pad: Pad, level: float) -> None:
    """Rows of round tiles, larger towards the viewer, a ridge along the top."""
    frame = pad.frame
    base = [pad.color("roof", tone) for tone in (0.42, 0.50, 0.57, 0.46)]
    shade, shine = pad.color("roof", 0.2), pad.color("roof", 0.72)
    pad.box(0, level, frame.w, frame.h, base[0])
    y, row = level + 0.012, 0
    luck = frame.stream("tiles").field(400)
    while y < frame.h + 0.05:
        deep = 0.026 + (y - level) * 0.14
        wide = deep * 1.5
        pad.line([(0, y + deep * 0.96), (frame.w, y + deep * 0.96)], shade, deep * 0.16)
        for k in range(int(frame.w / wide) + 2):
            x = (k - 0.5 * (row % 2)) * wide
            color = base[int(luck[(row * 53 + k * 7) % 400] * 3.99)]
            pad.poly(
                [
                    (x + wide * 0.05, y),
                    (x + wide * 0.95, y),
                    (x + wide * 0.95, y + deep * 0.7),
                    (x + wide * 0.72, y + deep * 0.97),
                    (x + wide * 0.28, y + deep * 0.97),
                    (x + wide * 0.05, y + deep * 0.7),
                ],
                color,
            )
        y += deep
        row += 1
    pad.box(0, level - 0.004, frame.w, level + 0.012, shine)


def quay(frame: Frame, level: float) -> None:
    """A stone quay along the front, its edge lit, with bollards."""
    pad = Pad(frame, level - 0.04, frame.h)
    pad.box(0, level, frame.w, frame.h, pad.color("stone", 0.52))
    pad.box(0, level, frame.w, level + 0.022, pad.color("stone", 0.78))
    pad.box(0, level + 0.022, frame.w, level + 0.03, pad.color("stone", 0.22))
    joint = pad.color("stone", 0.38)
    y, row = level + 0.03, 0
    while y < frame.h:
        deep = 0.03 + (y - level) * 0.3
        pad.line([(0, y + deep), (frame.w, y + deep)], joint, 0.003)
        for k in range(int(frame.w / (deep * 3)) + 3):
            x = frame.w / 2 + (k - int(frame.w / (deep * 6)) - 1 + 0.5 * (row % 2)) * deep * 3
            pad.line([(x, y), (x + (x - frame.w / 2) * deep * 0.5, y + deep)], joint, 0.003)
        y, row = y + deep, row + 1
    iron = frame.colors.dark * 0.8
    for share in (0.08, 0.34, 0.67, 0.93):
        x = share * frame.w
        pad.box(x - 0.012, level - 0.022, x + 0.012, level + 0.014, iron)
        pad.disc(x, level - 0.024, 0.019, 0.009, iron * 1.5)
    frame.add(pad.layer("quay", 0.75, "land", rough=0.12, cell=0.02), np.full(frame.width, level + 0.02, F))
    frame.tick("Laying the quay")


def boats(frame: Frame, level: float, count: int) -> None:
    """Small moored sailing boats, their sails furled."""
    pad = Pad(frame, level - 0.3, level + 0.06)
    at = frame.stream("moored").field(count, 4)
    for k in range(count):
        a, b, c, d = at[k].tolist()
        x, y, s = (k + 0.2 + 0.6 * a) / count * frame.w, level + 0.012 * b, 0.07 + 0.05 * c
        hull = pad.color(GAY[int(d * 7.99)], 0.52, 0.1)
        ink = pad.color("wood", 0.35, 0.1)
        pad.line([(x, y - s * 0.2), (x, y - s * 2.3)], ink, 0.0045)
        pad.line([(x - s * 0.75, y - s * 0.2), (x, y - s * 2.25), (x + s * 0.8, y - s * 0.22)], ink, 0.0015)
        pad.line([(x, y - s * 0.62), (x + s * 0.62, y - s * 0.55)], pad.color("plaster", 0.7, 0.1), 0.013)
        pad.poly(
            [(x - s * 0.85, y - s * 0.26), (x + s * 0.95, y - s * 0.3), (x + s * 0.7, y + s * 0.1), (x - s * 0.6, y + s * 0.1)], hull
        )
        pad.poly(
            [(x - s * 0.85, y - s * 0.26), (x + s * 0.95, y - s * 0.3), (x + s * 0.93, y - s * 0.22), (x - s * 0.82, y - s * 0.18)],
            pad.color("plaster", 0.75, 0.1),
        )
        pad.box(x - s * 0.35, y - s * 0.42, x + s * 0.2, y - s * 0.26, pad.color("plaster", 0.6, 0.1))
    frame.add(pad.layer("moored boats", 0.5, "vehicle"))
    frame.tick("Mooring boats")


def bridge(frame: Frame, level: float) -> None:
    """A stone bridge of three arches from bank to bank."""
    pad = Pad(frame, level - 0.16, level + 0.13)
    stone, shade, light = (pad.color("stone", tone, 0.08) for tone in (0.5, 0.24, 0.72))
    w = frame.w
    xs = np.linspace(0, w, 40)
    deck = level - 0.055 - 0.05 * np.sin(xs / w * np.pi)
    pad.poly([*zip(xs, deck), (w, level + 0.1), (0, level + 0.1)], stone)
    pad.line([*zip(xs, deck - 0.028)], light, 0.009)
    pad.poly([*zip(xs, deck - 0.028), *zip(xs[::-1], deck[::-1] - 0.006)], pad.color("stone", 0.6, 0.08))
    pad.line([*zip(xs, deck - 0.004)], shade, 0.004)
    joint = pad.color("stone", 0.40, 0.08)
    for row in range(1, 9):
        y = deck + row * 0.019
        pad.line([*zip(xs, y)], joint, 0.0022)
        for k in range(int(w / 0.05) + 2):
            x = (k + 0.5 * (row % 2)) * 0.05
            top = float(np.interp(x, xs, y))
            pad.line([(x, top), (x, top + 0.019)], joint, 0.002)
    arches = 3
    span = w / arches
    turn = np.linspace(0, np.pi, 24)
    for k in range(arches):
        cx, rx = (k + 0.5) * span, span * 0.36
        ring = [(cx - np.cos(t) * rx * 1.1, level + 0.1 - np.sin(t) * 0.122) for t in turn]
        pad.poly(ring, light)
        pad.poly([(cx - np.cos(t) * rx, level + 0.1 - np.sin(t) * 0.108) for t in turn], shade)
        pad.hole([(cx - np.cos(t) * rx + 0.012, level + 0.101 - np.sin(t) * 0.1) for t in turn])
    line = np.interp(np.linspace(0, w, frame.width), xs, deck).astype(F)
    frame.add(pad.layer("bridge", 0.55, rough=0.12, cell=0.012), line - 0.004, "ground", 0.55)
    frame.tick("Building the bridge")
