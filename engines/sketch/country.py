"""Open country: meadow, field, forest, mountain, desert, garden, village, and the hill or road that joins them."""

import numpy as np

from engines.sketch.dice import Array, F
from engines.sketch.frame import Frame, Layer
from engines.sketch.houses import village
from engines.sketch.land import flowers, grass, ground_tone, hill, rolling
from engines.sketch.noise import mix, smooth
from engines.sketch.palette import ramp
from engines.sketch.rock import range_of
from engines.sketch.stonework import fence
from engines.sketch.town import skyline
from engines.sketch.trees import Wood


def places(frame: Frame) -> set[str]:
    """The setting and everything it is combined with."""
    return {frame.scene.setting, *frame.scene.places}


def cover(frame: Frame, otherwise: str = "grass") -> str:
    """What lies on the ground: snow when it snows."""
    return "snow" if frame.snowy else otherwise


def backdrop(frame: Frame, hills: bool = True) -> None:
    """What closes the view at the horizon: mountains, a skyline, or far hills with their woods."""
    hz, here = frame.horizon, places(frame)
    if "mountain" in here:
        snow = 0.95 if frame.snowy or frame.scene.season == "winter" else 0.52
        range_of(frame, "range0", (hz + 0.01, 0.36, 0.62), depth=0.08, haze=0.52, snow=snow, until=hz + 0.06)
        range_of(frame, "range1", (hz + 0.03, 0.2, 0.45), depth=0.16, haze=0.30, snow=snow * 0.55, until=hz + 0.1)
    elif "city" in here and frame.scene.setting != "city":
        skyline(frame, "skyline", hz + 0.03, (0.06, 0.2), depth=0.15, haze=0.55, slim=0.05, until=hz + 0.08)
    elif hills:
        hill(frame, "far", 0.1, rolling(frame, "far", hz - 0.035, 0.075, 0.75), "foliage", air=(0.74, 0.0), until=hz + 0.05, grain=0.2)
        hill(
            frame,
            "far2",
            0.16,
            rolling(frame, "far2", hz - 0.005, 0.045, 0.5),
            cover(frame, "foliage"),
            air=(0.52, 0.3),
            until=hz + 0.08,
            grain=0.5,
        )


def treeline(frame: Frame, line: Array, tall: float = 0.075, haze: float = 0.42, name: str = "treeline") -> None:
    """A hem of small trees and bushes along a far edge."""
    if frame.without("tree"):
        return
    kind = "pine" if frame.snowy or "mountain" in places(frame) else "bare" if frame.scene.season == "winter" else "leafy"
    Wood(frame, kind, tall * 1.2).row(name, line + 0.008, (tall * 0.5, tall), tall * 0.42, depth=0.28, air=(haze, 0.35))


def turf(frame: Frame, line: Array, material: str, *, tall: float = 1.0, rows: int = 12) -> None:
    """The near ground and its grass: short behind the figures, long before them."""
    hill(frame, "ground", 0.55, line, material, grain=0.8)
    if frame.snowy:
        return
    low = float(line.max())
    grass(frame, line, material, rows=rows, span=(low + 0.01, frame.front + 0.015), name="grass", tall=0.62 * tall)
    grass(frame, line, material, rows=4, span=(frame.front + 0.02, frame.h + 0.02), name="near grass", tall=tall, depth=1.0)


def strewn(frame: Frame, top: float, count: float, behind: bool = True) -> None:
    """Flowers, unless it snows or they must not appear."""
    if frame.snowy or frame.scene.season in ("winter", "autumn") or frame.without("flower"):
        return
    flowers(frame, (top, frame.front), int(count * 4 * frame.w), "flowers", 0.7)
    flowers(frame, (frame.front, frame.h + 0.04), int(count * 0.8 * frame.w), "near flowers", 1.0)


def meadow(frame: Frame) -> None:
    """Rolling meadows with scattered trees; a hill where one is asked for."""
    hz, span = frame.horizon, frame.h - frame.horizon
    backdrop(frame)
    middle = rolling(frame, "middle", hz + 0.035, 0.04, 0.8)
    treeline(frame, middle)
    hill(frame, "middle", 0.3, middle, cover(frame), air=(0.3, 0.25), until=hz + span * 0.5)
    if not frame.without("tree") and "hill" not in places(frame):
        few = Wood(frame, "bare" if frame.scene.season == "winter" else "pine" if frame.snowy else "leafy", 0.2)
        few.row("few trees", middle + 0.045, (0.11, 0.17), 0.36, depth=0.4, air=(0.24, 0.0))
    line = rolling(frame, "ground", hz + span * 0.30, 0.03, 1.1)
    if "hill" in places(frame):
        rise = frame.stream("rise").uniform(0.35, 0.65)
        bump = np.exp(-(((frame.x[0] - rise * frame.w) * 2.1) ** 2))
        line = hz + span * 0.5 - bump * 0.2 + (line - line.mean()) * 0.4
        frame.stand = (rise - 0.14, rise + 0.14)
        frame.front = float(line.min()) + 0.10
    turf(frame, line.astype(F), cover(frame))
    strewn(frame, float(line.max()) + 0.06, 110)


def field(frame: Frame) -> None:
    """Ripe grain in rows towards the horizon, hedges and woods behind."""
    hz, span = frame.horizon, frame.h - frame.horizon
    backdrop(frame)
    middle = rolling(frame, "middle", hz + 0.03, 0.025, 0.9)
    treeline(frame, middle, 0.06, 0.45)
    hill(frame, "middle", 0.3, middle, cover(frame), air=(0.32, 0.2), until=hz + span * 0.4)
    line = rolling(frame, "ground", hz + span * 0.2, 0.018, 1.3)
    treeline(frame, line, 0.09, 0.3, "hedge")
    crop = cover(frame, "field" if frame.scene.season in (None, "summer", "autumn") else "grass")
    turf(frame, line, crop, tall=1.35, rows=14)
    if frame.scene.season != "winter":
        strewn(frame, float(line.max()) + 0.1, 36)


def forest(frame: Frame) -> None:
    """A clearing among trees: far rows in the mist, near trees framing the sides."""
    hz, span = frame.horizon, frame.h - frame.horizon
    cold = frame.snowy or "mountain" in places(frame)
    bare = frame.scene.season == "winter" and not cold
    firs = any(thing.noun in ("pine", "christmas tree") for thing in frame.scene.things)
    firs = firs or frame.stream("kind").chance(0.35) and "jungle" not in places(frame)
    kind = "bare" if bare else "pine" if cold or firs else "leafy"
    trees = Wood(frame, kind, 0.95)
    edge = frame.stream("edge")
    gap = (edge.uniform(0.3, 0.36), edge.uniform(0.64, 0.7))
    frame.stand = (0.24, 0.76)
    if "mountain" in places(frame):
        backdrop(frame)
    flat = np.full(frame.width, hz + 0.01, F)
    high = 1.0 if kind == "pine" else 0.85
    trees.closed = True
    trees.row("trees0", flat, (0.2 * high, 0.33 * high), 0.042, depth=0.14, air=(0.72, 0.5))
    trees.row("trees1", flat + 0.025, (0.27 * high, 0.42 * high), 0.062, depth=0.24, air=(0.52, 0.55))
    trees.closed = False
    trees.row("trees2", flat + 0.055, (0.36 * high, 0.56 * high), 0.12, depth=0.34, air=(0.30, 0.5), gap=(0.44, 0.56))
    line = rolling(frame, "ground", hz + 0.085, 0.015, 1.0)
    trees.row("trees3", line + 0.02, (0.5 * high, 0.72 * high), 0.17, depth=0.45, air=(0.13, 0.25), gap=gap)
    turf(frame, line, cover(frame, "foliage" if kind == "leafy" else "grass"), rows=11)
    if not bare:
        bushes = Wood(frame, "bush", 0.2)
        bushes.row("undergrowth", line + span * 0.16, (0.07, 0.13), 0.13, depth=0.5, air=(0.08, 0.0), gap=(gap[0] - 0.04, gap[1] + 0.04))
    trees.row("near trees", line + span * 0.38, (0.92, 1.12), 0.24, depth=0.66, air=(0.0, 0.0), gap=(0.2, 0.8))
    strewn(frame, float(line.max()) + 0.12, 18)


def mountain(frame: Frame) -> None:
    """Peaks above an alpine meadow with firs."""
    hz, span = frame.horizon, frame.h - frame.horizon
    backdrop(frame)
    middle = rolling(frame, "middle", hz + 0.045, 0.045, 0.8)
    if not frame.without("tree"):
        firs = Wood(frame, "pine", 0.2)
        firs.row("far firs", middle + 0.012, (0.06, 0.11), 0.032, depth=0.26, air=(0.42, 0.4))
        hill(frame, "middle", 0.3, middle, cover(frame), air=(0.28, 0.2), until=hz + span * 0.5)
        firs.row("firs", middle + 0.09, (0.12, 0.2), 0.09, depth=0.4, air=(0.2, 0.0), gap=(0.3, 0.74))
    else:
        hill(frame, "middle", 0.3, middle, cover(frame), air=(0.28, 0.2), until=hz + span * 0.5)
    line = rolling(frame, "ground", hz + span * 0.36, 0.03, 1.0)
    turf(frame, line, cover(frame))
    strewn(frame, float(line.max()) + 0.06, 40)


def desert(frame: Frame) -> None:
    """Dunes with sharp crests, rippled sand underfoot."""
    hz, span = frame.horizon, frame.h - frame.horizon
    if "mountain" in places(frame):
        backdrop(frame)
    for k, (level, high, cell, haze) in enumerate(((-0.01, 0.06, 0.8, 0.5), (0.05, 0.075, 0.9, 0.28), (0.15, 0.085, 1.1, 0.1))):
        line = rolling(frame, f"dune{k}", hz + level, high, cell, 3)
        dune(frame, f"dune{k}", line, 0.15 + 0.15 * k, haze, hz + level + span * 0.42)
    line = rolling(frame, "ground", hz + span * 0.58, 0.06, 1.3, 2)
    dune(frame, "ground", line, 0.6, 0.0, frame.h)


def dune(frame: Frame, name: str, line: Array, depth: float, haze: float, until: float) -> None:
    """One dune: a lit and a shaded flank that meet at the crest and part along a winding edge."""
    part = frame.rows(float(line.min()) - 0.01, until + 0.06)
    deep = frame.y[part] - line[None]
    toward = 1.0 if frame.light.x > frame.w / 2 else -1.0
    n = ground_tone(frame, part, float(line.mean()), name + "/wind", 0.12, 4)
    slope = np.gradient(line) * frame.unit
    at = np.arange(frame.width)[None] + (deep * 0.9 * toward + (n - 0.5) * 0.22 * np.clip(deep * 6, 0, 1)) * frame.unit
    lean = slope[np.clip(at, 0, frame.width - 1).astype(np.int32)] * toward
    lit = smooth(-0.07, 0.05, lean)
    lit = mix(lit, np.full_like(lit, 0.7), smooth(0.1, 0.34, deep))
    away = 1 / np.clip(frame.y[part] - frame.horizon + 0.12, 0.06, None)
    ripple = np.sin(away * 34 + (n - 0.5) * 16 + frame.x * 5) * smooth(7.5, 2.6, away) * 0.055
    tone = 0.26 + 0.42 * lit + ripple * lit + (n - 0.5) * 0.16 + np.exp(np.clip(deep, 0, 1) * -80) * 0.12
    rgb = ramp(np.clip(tone, 0, 1), frame.colors.stops("snow" if frame.snowy else "dune", haze))
    frame.add(Layer(name, depth, rgb, np.clip(deep * frame.unit + 0.5, 0, 1).astype(F), top=part.start), line)
    frame.tick("Blowing up the dunes")


def garden(frame: Frame) -> None:
    """A lawn with a hedge, trees in leaf, a picket fence and beds full of flowers."""
    hz, span = frame.horizon, frame.h - frame.horizon
    backdrop(frame)
    level = np.full(frame.width, hz + 0.05, F)
    if not frame.without("tree"):
        orchard = Wood(frame, "bare" if frame.scene.season == "winter" else "leafy", 0.4)
        orchard.row("orchard", level, (0.2, 0.34), 0.21, depth=0.3, air=(0.25, 0.15))
    bushes = Wood(frame, "bush", 0.16)
    bushes.closed = True
    bushes.row("hedge", level + 0.035, (0.09, 0.12), 0.07, depth=0.36, air=(0.14, 0.0))
    line = np.full(frame.width, hz + span * 0.2, F)
    turf(frame, line, cover(frame))
    if not frame.without("fence"):
        fence(frame, hz + span * 0.3, "fence")
    if not frame.snowy and frame.scene.season != "winter":
        bushes.row("beds", line + span * 0.2, (0.045, 0.075), 0.07, depth=0.53, air=(0.0, 0.0), gap=(0.34, 0.66))
    for k in range(2):
        strewn(frame, hz + span * (0.3 + 0.25 * k), 120)


def hamlet(frame: Frame) -> None:
    """Cottages on a slope among trees."""
    hz, span = frame.horizon, frame.h - frame.horizon
    backdrop(frame)
    line = rolling(frame, "middle", hz + 0.045, 0.035, 0.9)
    treeline(frame, line, 0.11, 0.36)
    hill(frame, "middle", 0.3, line, cover(frame), air=(0.18, 0.0), until=hz + span * 0.62)
    village(frame, line + 0.01, 0.15, max(3, round(4.2 * frame.w)), "cottages")
    front = rolling(frame, "ground", hz + span * 0.46, 0.02, 1.1)
    if not frame.without("tree"):
        Wood(frame, "bush" if frame.scene.season != "winter" else "bare", 0.1).row(
            "bushes", front, (0.04, 0.075), 0.16, depth=0.5, air=(0.08, 0.0)
        )
    turf(frame, front, cover(frame), rows=9)
    strewn(frame, float(front.max()) + 0.05, 50)


def road(frame: Frame, line: Array, name: str = "road", material: str = "soil") -> None:
    """A way that winds from the front to the horizon."""
    stream, hz = frame.stream(name), frame.horizon
    top = float(line.max()) + 0.004
    part = frame.rows(top, frame.h)
    t = np.clip((frame.y[part] - top) * (1 / max(0.05, frame.h - top)), 0, 1)
    goal, start = stream.uniform(0.38, 0.62) * frame.w, stream.uniform(0.42, 0.58) * frame.w
    bend = stream.uniform(0.06, 0.12) * (1 if stream.chance(0.5) else -1)
    middle = goal + (start - goal) * t + np.sin((1 - t) ** 1.6 * 6.2) * bend * (0.35 + 0.65 * (1 - t)) * (0.25 + t)
    half = 0.012 + 0.16 * t**1.35
    frame.lane = np.concatenate([np.full(part.start, goal, F), middle[:, 0].astype(F)])
    n = ground_tone(frame, part, hz, name + "/dust", 0.35, 5) - 0.5
    side = np.abs(frame.x - middle) / half
    alpha = smooth(1.06, 0.94, side + n * 0.22)
    tone = 0.68 + n * 0.4 - 0.13 * smooth(0.12, 0.02, np.abs(side - 0.5)) - smooth(0.7, 1.0, side) * 0.16
    rgb = frame.colors.paint(tone, cover(frame, material), 0.0)
    far = smooth(0.25, 0.0, t) * 0.35
    rgb += (frame.colors.haze - rgb) * far[..., None]
    frame.add(Layer(name, 0.6, rgb.astype(F), alpha.astype(F), top=part.start), np.full(frame.width, top + 0.01, F))
    frame.tick("Laying the road")
