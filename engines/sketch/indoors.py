"""A room: papered wall, window with the world behind it, curtains, floor boards, a rug, a picture, warm lamplight."""

import numpy as np

from engines.sketch.dice import Array, F
from engines.sketch.frame import Frame, Ground, Layer
from engines.sketch.noise import fractal, mix, smooth
from engines.sketch.pad import Pad
from engines.sketch.palette import luma, ramp, rgb

PAPERS = ("#8fa39a", "#c9a987", "#7d8aa5", "#b5887c", "#a3a27c", "#9a8aa0", "#d0b892")


def room(frame: Frame) -> None:
    """Wall, window, floor and what belongs to them. The sky and the land beyond are laid already."""
    frame.indoors = True
    stream = frame.stream("room")
    floor = frame.h * stream.uniform(0.70, 0.75)
    middle = frame.w * (stream.uniform(0.3, 0.42) if frame.light.x < frame.w / 2 else stream.uniform(0.58, 0.7))
    half, top = min(0.2, frame.w * 0.24), frame.h * 0.14
    window = (middle - half, top, middle + half, min(top + half * 2.3, floor - 0.14))
    shade = _lighting(frame, window)
    _wall(frame, floor, window, shade, stream.pick(PAPERS))
    if not frame.without("window"):
        _window(frame, window)
        frame.window = window
    _furnish(frame, floor, window)
    _floor(frame, floor, window, shade)
    frame.horizon, frame.front = floor - 0.16, frame.h * 0.91
    if "windowsill" in frame.scene.places:
        frame.grounds[-1] = Ground(np.full(frame.width, window[3] - 0.014, F), len(frame.layers) - 1, "ground", 0.8)
        frame.front, frame.horizon = window[3] + 0.006, window[3] - 0.1
        frame.stand = ((window[0] + window[2]) / 2 / frame.w - 0.05, (window[0] + window[2]) / 2 / frame.w + 0.05)
    frame.behind_things = len(frame.layers) - 1


def _lighting(frame: Frame, window: tuple[float, float, float, float]) -> Array:
    """How light each place of the room is: daylight from the window, or a lamp's warm round."""
    lamp = frame.night or frame.scene.weather in ("rain", "storm")
    x = (window[0] + window[2]) / 2
    if lamp:
        x = frame.w - x
    far = np.hypot((frame.x - x) * 0.8, frame.y - (window[1] + window[3]) / 2)
    return (0.36 + 0.5 * np.exp(-far * 1.5)).astype(F)


def _tints(frame: Frame) -> list[Array]:
    """Shadow, middle and light colours of a room at this hour: warm by lamplight, milder than outdoors by day."""
    lamp = frame.night or frame.scene.weather in ("rain", "storm")
    if lamp:
        return [np.array(c, F) for c in ([0.16, 0.14, 0.20], [0.60, 0.49, 0.42], [1.10, 0.92, 0.70])]
    return [
        mix(c, np.full(3, luma(c), F), 0.35) * m
        for c, m in zip((frame.colors.dark, frame.colors.mid, frame.colors.lit), (1.0, 0.92, 1.0))
    ]


def _paint(frame: Frame, tone: Array, color: Array) -> Array:
    return ramp(np.clip(tone, 0, 1), [color * t for t in _tints(frame)])


def _wall(frame: Frame, floor: float, window: tuple[float, float, float, float], shade: Array, paper: str) -> None:
    """A wall with a faint pattern and a wainscot, open where the window is."""
    part = frame.rows(0, floor + 0.01)
    color = frame.colors.pulled(rgb(paper), 0.5)
    step = 0.055
    row = np.floor(frame.y[part] * (1 / step))
    u = np.mod(frame.x * (1 / step) + 0.5 * np.mod(row, 2), 1) - 0.5
    v = np.mod(frame.y[part] * (1 / step), 1) - 0.5
    sprig = smooth(0.2, 0.12, np.hypot(u, v * 0.8)) + smooth(0.06, 0.02, np.abs(u)) * 0.3
    n = fractal(frame.stream("plaster"), (frame.width, part.stop - part.start), (frame.unit * 0.2,) * 2, 5, 0.55) - 0.5
    tone = shade[part] + n * 0.12 + sprig * 0.05
    rgb_ = _paint(frame, tone, color)
    rail = floor - 0.17
    panel = _paint(frame, tone + 0.04 - 0.14 * smooth(0.006, 0.002, np.abs(np.mod(frame.x, 0.09) - 0.045)), rgb("#e2d3b8"))
    low = smooth(rail - 0.002, rail + 0.002, frame.y[part])
    rgb_ = mix(rgb_, panel, low[..., None])
    for y, gain in ((rail, 1.22), (rail + 0.014, 0.7), (floor - 0.03, 0.8)):
        rgb_ *= (1 + (gain - 1) * smooth(0.008, 0.004, np.abs(frame.y[part] - y)))[..., None]
    rgb_ *= (0.86 + 0.14 * smooth(0, 0.2, frame.y[part]))[..., None]
    inside = smooth(window[0], window[0] + 1e-4, frame.x) * smooth(window[2], window[2] - 1e-4, frame.x)
    inside = inside * smooth(window[1], window[1] + 1e-4, frame.y[part]) * smooth(window[3], window[3] - 1e-4, frame.y[part])
    if frame.without("window"):
        inside = np.zeros_like(inside)
    frame.add(Layer("wall", 0.4, rgb_.astype(F), (1 - inside).astype(F), top=part.start, kind="building"))
    frame.tick("Papering the wall")


def _window(frame: Frame, window: tuple[float, float, float, float]) -> None:
    """Frame, bars, sill and curtains."""
    left, top, right, bottom = window
    pad = Pad(frame, top - 0.08, bottom + 0.14)
    wood, dark = _paint(frame, np.array([0.72], F), rgb("#f0e4cd"))[0], _paint(frame, np.array([0.42], F), rgb("#f0e4cd"))[0]
    t = 0.02
    for box in (
        (left - t, top - t, right + t, top + 0.004),
        (left - t, top, left + 0.004, bottom),
        (right - 0.004, top, right + t, bottom),
    ):
        pad.box(*box, wood)
    mx, my = (left + right) / 2, top + (bottom - top) * 0.42
    pad.box(mx - 0.006, top, mx + 0.006, bottom, wood)
    pad.box(left, my - 0.005, right, my + 0.005, wood)
    pad.box(left - 0.04, bottom - 0.004, right + 0.04, bottom + 0.02, wood)
    pad.box(left - 0.036, bottom + 0.02, right + 0.036, bottom + 0.03, dark)
    stream = frame.stream("curtain")
    cloth = rgb(stream.pick(("#b5564a", "#4f6f86", "#d9c08a", "#6f8a66", "#8a5f7a", "#e8ddc8")))
    for side in (-1, 1):
        edge = left - 0.05 if side < 0 else right + 0.05
        inner = left + 0.055 if side < 0 else right - 0.055
        for fold in range(6):
            a, b = (edge + (inner - edge) * (fold + k) / 6 for k in (0, 1))
            sway = 0.35 * (1 - fold / 6)
            low_a, low_b = edge + (a - edge) * (0.5 + sway), edge + (b - edge) * (0.5 + sway)
            color = _paint(frame, np.array([0.62 if fold % 2 else 0.44], F), cloth)[0]
            pad.poly([(a, top - 0.05), (b, top - 0.05), (low_b, bottom + 0.1), (low_a, bottom + 0.1)], color)
    pad.line([(left - 0.09, top - 0.05), (right + 0.09, top - 0.05)], _paint(frame, np.array([0.5], F), rgb("#7a5a3c"))[0], 0.012)
    frame.add(pad.layer("window", 0.45, rough=0.08))
    frame.tick("Hanging the curtains")


def _floor(frame: Frame, floor: float, window: tuple[float, float, float, float], shade: Array) -> None:
    """Boards running to a vanishing point, with the window's light lying on them."""
    part = frame.rows(floor, frame.h)
    deep = np.clip((frame.y[part] - floor) * (1 / (frame.h - floor)), 0, 1)
    u = (frame.x - frame.w / 2) / (0.42 + deep * 0.85)
    board = np.floor(u * 15)
    seam = np.abs(np.mod(u * 15, 1) - 0.5) > 0.47
    luck = np.mod(np.sin(board * 12.9898) * 43758.547, 1)
    n = fractal(frame.stream("boards"), (frame.width, part.stop - part.start), (frame.unit * 0.3, frame.unit * 0.02), 4, 0.6) - 0.5
    tone = shade[part] * 0.95 + (luck - 0.5) * 0.12 + n * 0.22 - seam * 0.16
    rgb_ = _paint(frame, tone, rgb("#a8744c"))
    if frame.light.body and not frame.night:
        x = (window[0] + window[2]) / 2 + (frame.w / 2 - frame.light.x) * 0.5 * (0.3 + deep)
        spot = smooth(0.21, 0.19, np.abs(frame.x - x) - deep * 0.08) * smooth(0.12, 0.16, deep) * smooth(0.78, 0.72, deep)
        bar = smooth(0.008, 0.012, np.abs(frame.x - x))
        rgb_ += frame.colors.light * (spot * bar * 0.30 * frame.colors.strength)[..., None]
    rug = ((frame.x - frame.w * 0.5) / (frame.w * 0.36)) ** 2 + ((deep - 0.56) / 0.30) ** 2
    cloth = frame.stream("rug").pick(("#8c3f3a", "#41607a", "#5f7355", "#7a5070"))
    ring = smooth(0.05, 0.02, np.abs(rug - 0.72)) * 0.25 + smooth(0.03, 0.01, np.abs(rug - 0.45)) * 0.15
    rgb_ = mix(
        rgb_,
        _paint(frame, shade[part] + ring + n * 0.2, frame.colors.pulled(rgb(cloth), 0.5)),
        (smooth(1.0, 0.985, rug) * 0.95)[..., None],
    )
    frame.add(Layer("floor", 0.7, rgb_.astype(F), np.ones(rgb_.shape[:2], F), top=part.start), np.full(frame.width, floor + 0.02, F))
    frame.tick("Laying the floor")


def _furnish(frame: Frame, floor: float, window: tuple[float, float, float, float]) -> None:
    """A framed picture, a shelf of books and, in the evening, a wall lamp, on the wall's free side."""
    pad = Pad(frame, 0.02, floor)
    free = 0.24 * frame.w if (window[0] + window[2]) / 2 > frame.w / 2 else 0.76 * frame.w
    wood, dark = (_paint(frame, np.array([t], F), rgb("#7d5638"))[0] for t in (0.62, 0.34))
    y = frame.h * 0.42
    stream = frame.stream("shelf")
    if not frame.without("book", "shelf") and frame.w > 0.7:
        pad.box(free - 0.15, y, free + 0.15, y + 0.014, wood)
        pad.box(free - 0.145, y + 0.014, free + 0.145, y + 0.02, dark)
        x = free - 0.14
        while x < free + 0.12:
            wide, tall = stream.uniform(0.011, 0.022), stream.uniform(0.065, 0.1)
            back = rgb(stream.pick(("#8c3f3a", "#41607a", "#5f7355", "#c9a05a", "#7a5070", "#3d4a58", "#d8c8a8")))
            pad.box(x, y - tall, x + wide, y, _paint(frame, np.array([0.5], F), back)[0])
            pad.box(x + wide * 0.2, y - tall * 0.8, x + wide * 0.8, y - tall * 0.74, _paint(frame, np.array([0.7], F), rgb("#e0c890"))[0])
            x += wide + 0.001
    if not frame.without("picture", "painting"):
        _picture(frame, pad, free, frame.h * 0.2)
    if frame.night and not frame.without("lamp"):
        lx = free + 0.2 if free < frame.w / 2 else free - 0.2
        pad.line([(lx, y - 0.06), (lx, y - 0.02)], dark, 0.008)
        pad.poly([(lx - 0.03, y - 0.06), (lx - 0.018, y - 0.115), (lx + 0.018, y - 0.115), (lx + 0.03, y - 0.06)], rgb("#ffdc9a"), 0.8)
    frame.add(pad.layer("furnishing", 0.46, "furniture", rough=0.06))
    frame.tick("Furnishing the room")


def _picture(frame: Frame, pad: Pad, x: float, y: float) -> None:
    """A small landscape in a frame."""
    wide, tall = 0.1, 0.065
    gold = _paint(frame, np.array([0.62], F), rgb("#b58a4a"))[0]
    pad.box(x - wide, y - tall, x + wide, y + tall, gold)
    inner = [_paint(frame, np.array([0.6], F), rgb(c))[0] for c in ("#a9c4d4", "#7d9a74", "#4f6f56")]
    pad.box(x - wide + 0.012, y - tall + 0.012, x + wide - 0.012, y + tall - 0.012, inner[0])
    pad.poly(
        [
            (x - wide + 0.012, y + 0.015),
            (x - 0.03, y - 0.015),
            (x + 0.03, y + 0.012),
            (x + wide - 0.012, y - 0.005),
            (x + wide - 0.012, y + tall - 0.012),
            (x - wide + 0.012, y + tall - 0.012),
        ],
        inner[1],
    )
    pad.poly(
        [
            (x - wide + 0.012, y + 0.035),
            (x + 0.02, y + 0.022),
            (x + wide - 0.012, y + 0.035),
            (x + wide - 0.012, y + tall - 0.012),
            (x - wide + 0.012, y + tall - 0.012),
        ],
        inner[2],
    )
