"""Houses: cottages for villages and harbours, a church, the near roof one stands on, a bridge, a fence, a quay."""
import numpy as np

from engines.sketch.dice import Array, F, Stream
from engines.sketch.frame import Frame, Layer
from engines.sketch.noise import mix
from engines.sketch.pad import Pad
from engines.sketch.palette import rgb

WALLS = ("#e9dcc4", "#d8c3a2", "#e6cfc0", "#cfd6d2", "#dcc8c0", "#efe4cf")
GAY = ("#d98d6a", "#e3b95f", "#8fb0b8", "#c46a58", "#dfe0d6", "#a9bd8f", "#d9a3a0", "#6f93ad")
ROOFS = ("#a8503c", "#8d4a40", "#b5654a", "#6f5a58", "#5f6672")


def pane(frame: Frame) -> tuple[Array, float]:
    """The colour and the shine of a window at this hour."""
    dark = frame.night or frame.scene.weather in ("rain", "storm", "overcast")
    if dark or frame.scene.time in ("sunset", "dawn"):
        return rgb("#ffd078"), 1.0 if frame.night else 0.5
    return mix(frame.colors.sky[1] * 0.55, frame.colors.sky[3], 0.25), 0.0


def cottage(pad: Pad, stream: Stream, at: tuple[float, float], wide: float, walls: tuple[str, ...], haze: float) -> None:
    """A small house of two faces with a pitched roof, a chimney, a door and windows."""
    frame = pad.frame
    x, foot = at
    tall = wide * stream.uniform(0.5, 0.68)
    roof = wide * stream.uniform(0.34, 0.46)
    lit_left = frame.light.x < x
    wall, top = stream.pick(walls), stream.pick(ROOFS)
    front, side = (0.66, 0.30) if not lit_left else (0.42, 0.66)
    gable = x - wide * 0.5 + wide * 0.4
    left, right = x - wide * 0.5, x + wide * 0.5
    eave = foot - tall
    pad.poly([(left, foot), (left, eave), (left + wide * 0.2, eave - roof), (gable, eave), (gable, foot)], pad.color(wall, side, haze))
    pad.box(gable, eave, right, foot, pad.color(wall, front, haze))
    chim = right - wide * 0.22
    pad.box(chim - wide * 0.04, eave - roof * 1.15, chim + wide * 0.04, eave - roof * 0.4, pad.color("brick", 0.45, haze))
    over = wide * 0.045
    pad.poly([(left + wide * 0.2, eave - roof), (right - wide * 0.06, eave - roof), (right + over, eave + over), (gable - over * 0.3, eave + over)],
             pad.color(top, 0.62 if not lit_left else 0.42, haze))
    pad.poly([(left - over, eave + over), (left + wide * 0.2, eave - roof), (left + wide * 0.23, eave - roof), (left + over * 0.2, eave + over)],
             pad.color(top, 0.5, haze))
    color, shine = pane(frame)
    frame_ink = pad.color("plaster", 0.7, haze)
    glass = mix(color, frame.colors.haze, haze)
    for share in (0.56, 0.86):
        wx, wy, s = left + wide * share, foot - tall * 0.55, wide * 0.06
        pad.box(wx - s * 1.25, wy - s * 1.45, wx + s * 1.25, wy + s * 1.45, frame_ink)
        pad.box(wx - s, wy - s * 1.2, wx + s, wy + s * 1.2, glass, shine * stream.uniform(0.4, 1.0))
        pad.box(wx - s * 0.12, wy - s * 1.2, wx + s * 0.12, wy + s * 1.2, frame_ink)
    door = left + wide * 0.71
    pad.box(door - wide * 0.045, foot - tall * 0.46, door + wide * 0.045, foot, pad.color("wood", 0.42, haze))
    pad.disc(left + wide * 0.2, eave - roof * 0.25, wide * 0.035, wide * 0.045, glass, shine * 0.8)


def church(pad: Pad, at: tuple[float, float], wide: float, haze: float) -> None:
    """A nave, a tower and its spire."""
    x, foot = at
    stone, slate = pad.color("plaster", 0.6, haze), pad.color("slate", 0.5, haze)
    pad.box(x, foot - wide * 0.5, x + wide * 0.9, foot, stone)
    pad.poly([(x, foot - wide * 0.5), (x + wide * 0.1, foot - wide * 0.8), (x + wide * 0.9, foot - wide * 0.8), (x + wide, foot - wide * 0.5)], slate)
    pad.box(x - wide * 0.3, foot - wide * 1.15, x, foot, pad.color("plaster", 0.5, haze))
    pad.poly([(x - wide * 0.34, foot - wide * 1.15), (x - wide * 0.15, foot - wide * 1.95), (x + wide * 0.04, foot - wide * 1.15)], slate)
    color, shine = pane(pad.frame)
    pad.box(x - wide * 0.18, foot - wide * 0.98, x - wide * 0.1, foot - wide * 0.78, mix(color, pad.frame.colors.haze, haze), shine)


def village(frame: Frame, line: Array, wide: float, count: int, name: str, haze: float = 0.12) -> None:
    """Cottages strewn along a hillside, far ones first, a church among them."""
    pad = Pad(frame, float(line.min()) - wide * 2.2, float(line.max()) + 0.16)
    at = frame.stream(name).field(count, 3)
    places = sorted((float(at[k, 1]), (k + 0.2 + 0.6 * float(at[k, 0])) / count * frame.w, k) for k in range(count))
    spire = frame.stream(name + "/spire").uniform(0.3, 0.7) * frame.w
    church(pad, (spire, float(line[frame.column(spire)]) + 0.02), wide * 1.0, haze * 1.4)
    for down, x, k in places:
        size = wide * (0.72 + 0.5 * down)
        cottage(pad, frame.stream(f"{name}/{k}"), (x, float(line[frame.column(x)]) + 0.025 + down * 0.085), size, WALLS, haze * (1.3 - 0.5 * down))
    layer = pad.layer(name, 0.5)
    layer.foot = float(line.max()) + 0.1
    frame.add(layer)
    frame.tick("Building houses")


def waterfront(frame: Frame, foot: float, name: str) -> None:
    """A row of narrow painted houses shoulder to shoulder."""
    pad = Pad(frame, foot - 0.34, foot + 0.01)
    stream = frame.stream(name)
    draws = stream.field(int(frame.w / 0.07) + 6, 5)
    color, shine = pane(frame)
    x, k = -0.03, 0
    while x < frame.w and k < len(draws):
        a, b, c, d, e = draws[k].tolist()
        wide, tall = 0.07 + 0.05 * a, 0.11 + 0.1 * b
        wall = pad.color(GAY[int(c * 7.99)], 0.62 if d > 0.3 else 0.52, 0.14)
        top = foot - tall
        pad.box(x, top, x + wide, foot, wall)
        roof = pad.color(ROOFS[int(d * 4.99)], 0.5, 0.14)
        peak = [(x - 0.004, top), (x + wide / 2, top - wide * 0.55), (x + wide + 0.004, top)]
        pad.poly(peak if e > 0.4 else [(x - 0.004, top), (x + 0.012, top - 0.035), (x + wide - 0.012, top - 0.035), (x + wide + 0.004, top)], roof)
        floors, panes = max(2, int(tall / 0.05)), 2 if wide < 0.095 else 3
        for f in range(floors):
            for p in range(panes):
                wx, wy = x + wide * (p + 0.5) / panes, top + tall * (f + 0.45) / floors
                on = (a * 7.3 + b * 5.1 + f * 0.37 + p * 0.61) % 1.0 < 0.62
                glass = color if on or not shine else frame.colors.dark * 1.2
                pad.box(wx - 0.0085, wy - 0.013, wx + 0.0085, wy + 0.012, pad.color("plaster", 0.75, 0.14))
                pad.box(wx - 0.0062, wy - 0.0105, wx + 0.0062, wy + 0.0105, glass, shine * on)
        x += wide
        k += 1
    frame.add(pad.layer(name, 0.32))
    frame.tick("Building houses")


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
        pad.poly([(x - step * 0.28, foot), (x - step * 0.28, foot - tall * 0.86), (x, foot - tall), (x + step * 0.28, foot - tall * 0.86), (x + step * 0.28, foot)], wood)
    layer = pad.layer(name, 0.52)
    layer.foot = foot
    frame.add(layer)


def rooftop(frame: Frame) -> None:
    """The tiled roof the figures stand on, chimneys and an aerial at its sides."""
    level = frame.h * 0.80
    pad = Pad(frame, level - 0.36, frame.h)
    stream = frame.stream("roof")
    left = stream.chance(0.5)
    side = (lambda share: share * frame.w) if left else (lambda share: (1 - share) * frame.w)
    for share, wide, tall in ((0.1, 0.11, 0.22), (0.93, 0.075, 0.14)):
        x = side(share)
        face = 0.6 if frame.light.x < x else 0.36
        pad.box(x - wide / 2, level - tall, x + wide / 2, level + 0.05, pad.color("brick", 0.45))
        pad.box(x - wide / 2, level - tall, x - wide / 2 + wide * 0.4, level + 0.05, pad.color("brick", face))
        for k in range(1, 12):
            y = level - tall + k * 0.019
            pad.line([(x - wide / 2, y), (x + wide / 2, y)], pad.color("brick", 0.22), 0.002)
        pad.box(x - wide * 0.6, level - tall - 0.02, x + wide * 0.6, level - tall, pad.color("stone", 0.6))
        for pot in (-0.25, 0.25):
            pad.box(x + (pot - 0.1) * wide, level - tall - 0.055, x + (pot + 0.1) * wide, level - tall - 0.02, pad.color("roof", 0.45))
    mast = side(0.82)
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
            pad.poly([(x + wide * 0.05, y), (x + wide * 0.95, y), (x + wide * 0.95, y + deep * 0.7), (x + wide * 0.72, y + deep * 0.97),
                      (x + wide * 0.28, y + deep * 0.97), (x + wide * 0.05, y + deep * 0.7)], color)
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
        pad.poly([(x - s * 0.85, y - s * 0.26), (x + s * 0.95, y - s * 0.3), (x + s * 0.7, y + s * 0.1), (x - s * 0.6, y + s * 0.1)], hull)
        pad.poly([(x - s * 0.85, y - s * 0.26), (x + s * 0.95, y - s * 0.3), (x + s * 0.93, y - s * 0.22), (x - s * 0.82, y - s * 0.18)], pad.color("plaster", 0.75, 0.1))
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
