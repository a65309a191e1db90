"""Houses: cottages for villages and harbours, a church, the near roof one stands on, a bridge, a fence, a quay."""

from engines.sketch.dice import Array, Stream
from engines.sketch.frame import Frame
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
    pad.poly(
        [
            (left + wide * 0.2, eave - roof),
            (right - wide * 0.06, eave - roof),
            (right + over, eave + over),
            (gable - over * 0.3, eave + over),
        ],
        pad.color(top, 0.62 if not lit_left else 0.42, haze),
    )
    pad.poly(
        [
            (left - over, eave + over),
            (left + wide * 0.2, eave - roof),
            (left + wide * 0.23, eave - roof),
            (left + over * 0.2, eave + over),
        ],
        pad.color(top, 0.5, haze),
    )
    _openings(pad, stream, (left, foot), (wide, tall), haze)
    color, shine = pane(frame)
    pad.disc(left + wide * 0.2, eave - roof * 0.25, wide * 0.035, wide * 0.045, mix(color, frame.colors.haze, haze), shine * 0.8)


def _openings(pad: Pad, stream: Stream, at: tuple[float, float], size: tuple[float, float], haze: float) -> None:
    """The windows and the door of a cottage's front."""
    (left, foot), (wide, tall), frame = at, size, pad.frame
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


def church(pad: Pad, at: tuple[float, float], wide: float, haze: float) -> None:
    """A nave, a tower and its spire."""
    x, foot = at
    stone, slate = pad.color("plaster", 0.6, haze), pad.color("slate", 0.5, haze)
    pad.box(x, foot - wide * 0.5, x + wide * 0.9, foot, stone)
    pad.poly(
        [(x, foot - wide * 0.5), (x + wide * 0.1, foot - wide * 0.8), (x + wide * 0.9, foot - wide * 0.8), (x + wide, foot - wide * 0.5)],
        slate,
    )
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
        cottage(
            pad,
            frame.stream(f"{name}/{k}"),
            (x, float(line[frame.column(x)]) + 0.025 + down * 0.085),
            size,
            WALLS,
            haze * (1.3 - 0.5 * down),
        )
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
        pad.poly(
            peak if e > 0.4 else [(x - 0.004, top), (x + 0.012, top - 0.035), (x + wide - 0.012, top - 0.035), (x + wide + 0.004, top)],
            roof,
        )
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
