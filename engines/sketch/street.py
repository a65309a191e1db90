"""A street seen along its length: house fronts running to the vanishing point, windows, shops, lamps, a wet or dry road."""

import numpy as np

from engines.sketch.dice import Array, F, Stream
from engines.sketch.frame import Frame, Layer
from engines.sketch.houses import GAY, WALLS, pane
from engines.sketch.land import ground_tone
from engines.sketch.noise import mix, smooth
from engines.sketch.pad import Pad
from engines.sketch.palette import rgb
from engines.sketch.town import skyline

EYE = 0.085


class _View:
    """One-point perspective: distance 1 is the front edge of the picture, larger is farther."""

    def __init__(self, frame: Frame) -> None:
        self.x, self.y = frame.w * frame.stream("street").uniform(0.44, 0.56), frame.horizon - 0.02
        self.half = frame.w * 0.36 + 0.05
        self.drop = frame.h - self.y

    def at(self, side: float, up: float, away: float) -> tuple[float, float]:
        """A point `side` half-streets from the middle and `up` eye heights over the road."""
        return self.x + side * self.half / away, self.y + (1 - up) * self.drop / away


def street(frame: Frame) -> None:
    """Lay the whole street: far end, houses from far to near, road, pavements and lamps."""
    view = _View(frame)
    skyline(frame, "beyond", view.y + 0.01, (0.04, 0.13), depth=0.15, haze=0.6, slim=0.035, until=view.y + 0.05)
    pad = Pad(frame, 0, frame.h)
    for side in (-1.0, 1.0):
        _side(pad, view, side, frame.stream(f"street/{side}"))
    frame.add(pad.layer("houses", 0.4, rough=0.10, cell=0.04))
    frame.tick("Building the street")
    _road(frame, view)
    if not frame.without("lamp", "street lamp"):
        _lamps(frame, view)


def _side(pad: Pad, view: _View, side: float, stream: Stream) -> None:
    """The houses of one side, from the far end to the front."""
    away, k = 11.0, 0
    draws = stream.field(16, 5)
    while away > 0.62 and k < 16:
        near = max(0.5, away * (0.70 + 0.1 * float(draws[k, 0])))
        _front(pad, view, side, (away, near), draws[k], stream)
        away, k = near, k + 1


def _front(pad: Pad, view: _View, side: float, span: tuple[float, float], draw: Array, stream: Stream) -> None:
    """One house front between two distances, with its gable end, windows and a shop below."""
    frame, (away, near) = pad.frame, span
    haze = min(0.6, 0.07 * (away - 1)) if away > 1 else 0.0
    tall = 2.4 + 2.2 * float(draw[1])
    lit = (frame.light.x - view.x) * side < 0
    tone = (0.60 if lit else 0.36) + (0.12 if frame.night else 0.0) + 0.08 * (float(draw[2]) - 0.5)
    names = GAY if draw[3] > 0.45 else WALLS
    wall = names[int(float(draw[4]) * (len(names) - 0.01))]
    out = side * 1.45
    pad.poly(
        [view.at(out, 0, away), view.at(out, tall, away), view.at(out * 1.6, tall, away), view.at(out * 1.6, 0, away)],
        pad.color(wall, tone - 0.18, haze),
    )
    pad.poly(
        [view.at(out, 0, away), view.at(out, tall, away), view.at(out, tall, near), view.at(out, 0, near)], pad.color(wall, tone, haze)
    )
    _eaves(pad, view, out, span, tall, pad.color("roof" if draw[2] > 0.5 else "slate", tone - 0.04, haze), tone)
    _windows(pad, view, out, span, tall, tone, stream)


def _eaves(pad: Pad, view: _View, out: float, span: tuple[float, float], tall: float, roof: Array, tone: float) -> None:
    """A steep roof, the cornice under it, and a chimney."""
    away, near = span
    haze = min(0.6, 0.07 * (away - 1)) if away > 1 else 0.0

    def band(low: tuple[float, float], high: tuple[float, float], ends: tuple[float, float], color: Array) -> None:
        a, b = ends
        corners = ((low, a), (high, a), (high, b), (low, b))
        pad.poly([view.at(out * side, up, far) for (side, up), far in corners], color)

    middle = 2 / (1 / away + 1 / near)
    stack = (middle * 1.03, middle * 0.97)
    band((1.02, tall + 0.2), (1.02, tall + 0.62), stack, pad.color("brick", tone - 0.1, haze))
    band((1.02, tall + 0.58), (1.02, tall + 0.66), (stack[0] * 1.01, stack[1] * 0.99), pad.color("stone", tone, haze))
    band((0.97, tall), (1.03, tall + 0.36), (away, near), roof)
    band((0.96, tall - 0.04), (0.96, tall + 0.06), (away, near), pad.color("plaster", tone + 0.16, haze))
    band((0.985, tall - 0.16), (0.985, tall - 0.05), (away, near), pad.color("plaster", tone - 0.16, haze))


def _windows(pad: Pad, view: _View, out: float, span: tuple[float, float], tall: float, tone: float, stream: Stream) -> None:
    """Upper windows in rows; a shop window with an awning on the ground."""
    frame, (away, near) = pad.frame, span
    color, shine = pane(frame)
    haze = min(0.6, 0.07 * (away - 1)) if away > 1 else 0.0
    floors, panes = max(1, int((tall - 1.2) / 0.85)), 3
    # equal steps along the wall are equal steps of 1/distance
    steps = 1 / np.linspace(1 / away, 1 / near, panes * 4 + 1)
    trim = pad.color("plaster", tone + 0.1, haze)
    for floor in range(floors):
        low = 1.25 + floor * 0.85
        for p in range(panes):
            a, b = float(steps[p * 4 + 1]), float(steps[p * 4 + 3])
            on = stream.random() < 0.55
            glass = mix(color if on or not shine else frame.colors.dark * 1.3, frame.colors.haze, haze)
            pad.poly(
                [view.at(out, low - 0.05, a), view.at(out, low + 0.55, a), view.at(out, low + 0.55, b), view.at(out, low - 0.05, b)], trim
            )
            pad.poly(
                [
                    view.at(out, low, a * 0.995),
                    view.at(out, low + 0.5, a * 0.995),
                    view.at(out, low + 0.5, b * 1.005),
                    view.at(out, low, b * 1.005),
                ],
                glass,
                shine * on * 0.8,
            )
    a, b = float(steps[1]), float(steps[-2])
    _shop(pad, view, out, (steps, haze), tone, mix(color, frame.colors.haze, haze), shine)
    cloth = stream.pick(("#b8483f", "#3f6f78", "#c99a45", "#5b7a4a", "#7a4f6b"))
    inner = out * 0.80
    pad.poly(
        [view.at(out, 1.05, a), view.at(out, 1.05, b), view.at(inner, 0.84, b), view.at(inner, 0.84, a)],
        pad.color(cloth, tone + 0.08, haze),
    )


def _shop(pad: Pad, view: _View, out: float, fit: tuple[Array, float], tone: float, glass: Array, shine: float) -> None:
    """A shop front: a dark plinth, two windows with things in them, a door between."""
    steps, haze = fit

    def quad(a: float, b: float, low: float, high: float, color: Array, glow: float = 0.0) -> None:
        pad.poly([view.at(out, low, a), view.at(out, high, a), view.at(out, high, b), view.at(out, low, b)], color, glow)

    quad(float(steps[0]), float(steps[-1]), 0, 0.16, pad.color("stone", tone - 0.16, haze))
    goods = [pad.color(name, 0.5, haze) for name in ("#b8483f", "#c99a45", "#3f6f78")]
    for k, (first, last) in enumerate(((1, 5), (8, 11))):
        a, b = float(steps[first]), float(steps[last])
        quad(a, b, 0.17, 0.86, pad.color("wood", tone - 0.05, haze))
        quad(a * 0.99, b * 1.01, 0.22, 0.82, glass, shine * 0.85)
        for j in range(3):
            p, q = (1 / (1 / a + (1 / b - 1 / a) * (0.12 + 0.3 * j + w)) for w in (0.0, 0.18))
            quad(p, q, 0.22, 0.34 + 0.1 * ((j + k) % 3), goods[(j + k) % 3], shine * 0.3)
    quad(float(steps[6]), float(steps[7]), 0.02, 0.84, pad.color("wood", tone - 0.12, haze))


def _road(frame: Frame, view: _View) -> None:
    """Road and pavements in perspective; rain makes them a mirror."""
    part = frame.rows(view.y + 0.012, frame.h)
    away = view.drop / np.clip(frame.y[part] - view.y, 0.008, None)
    side = (frame.x - view.x) * away * (1 / view.half)
    n = ground_tone(frame, part, view.y, "road", 0.3, 5) - 0.5
    walk = smooth(0.78, 0.80, np.abs(side))
    tone = 0.46 + n * 0.35 + walk * 0.12 - smooth(0.02, 0.0, np.abs(np.abs(side) - 0.80)) * 0.25
    slab = np.abs(np.mod(away * 2.2, 1) - 0.5) > 0.46
    tone -= walk * slab * 0.08 * smooth(9, 3, away)
    dash = smooth(0.025, 0.015, np.abs(side)) * (np.mod(away * 0.9 + 0.2, 1) < 0.5) * smooth(9, 4, away)
    rgb_ = frame.colors.paint(tone + dash * 0.35, "road")
    far = smooth(3, 11, away) * 0.6
    rgb_ += (frame.colors.haze - rgb_) * far[..., None]
    wet = {"rain": 0.55, "storm": 0.5}.get(frame.scene.weather, 0.16 if frame.night else 0.0)
    if wet:
        rgb_ = _wet(frame, part, rgb_, n, wet)
    reach = (1.45 * view.half) / away
    alpha = np.clip((reach - np.abs(frame.x - view.x)) * frame.unit + 0.5, 0, 1)
    line = np.full(frame.width, view.y + 0.03, F)
    frame.add(Layer("road", 0.6, rgb_.astype(F), alpha.astype(F), top=part.start), line)
    frame.tick("Paving the street")


def _wet(frame: Frame, part: slice, color: Array, n: Array, wet: float) -> Array:
    """The street's lights and walls mirrored in wet ground, drawn out downwards."""
    from engines.sketch.frame import flatten

    canvas, glow = flatten(frame.layers, frame.width, frame.height, frame.colors.haze)
    if glow is not None:
        canvas = canvas * (1 + glow[..., None] * 0.8)
    h = part.stop - part.start
    down = np.arange(h, dtype=F)[:, None]
    rows = np.clip(part.start - 1 - down * 0.9 + n * frame.unit * 0.16, 0, part.start).astype(np.int32)
    cols = np.clip(np.arange(frame.width)[None] + n * frame.unit * 0.02, 0, frame.width - 1).astype(np.int32)
    shine = np.clip(wet * (0.75 + n * 1.4), 0, 0.85)
    return mix(color * (1 - wet * 0.35), canvas[rows, cols], shine[..., None])


def _lamps(frame: Frame, view: _View) -> None:
    """Street lamps along both kerbs, lit from dusk on."""
    pad = Pad(frame, 0, frame.h)
    iron = frame.colors.dark * 0.75
    warm = rgb("#ffdf9e")
    lit = 1.0 if frame.night or frame.scene.weather in ("rain", "storm", "fog") else 0.0
    warm = warm * (1.15 if lit else 1.0)
    for away in (6.5, 3.9, 2.3):
        for side in (-0.86, 0.86):
            x, foot = view.at(side, 0, away)
            s = view.drop / away
            top = foot - s * 1.75
            pad.line([(x, foot), (x, top)], iron, max(0.003, s * 0.03))
            pad.poly(
                [(x - s * 0.06, top), (x - s * 0.045, top - s * 0.16), (x + s * 0.045, top - s * 0.16), (x + s * 0.06, top)],
                warm if lit else mix(frame.colors.sky[2], warm, 0.3),
                lit,
            )
            pad.poly([(x - s * 0.08, top - s * 0.15), (x, top - s * 0.26), (x + s * 0.08, top - s * 0.15)], iron)
    layer = pad.layer("lamps", 0.62, rough=0.0)
    layer.foot = view.at(0, 0, 2.3)[1]
    frame.add(layer)
