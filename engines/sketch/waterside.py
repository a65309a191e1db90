"""Where land meets water: sea, beach, harbour, lake, river, with cliffs, islands and bridges."""

import numpy as np

from engines.sketch.country import backdrop, cover, places, strewn, treeline, turf
from engines.sketch.dice import Array, F
from engines.sketch.frame import Frame
from engines.sketch.houses import waterfront
from engines.sketch.land import hill, rolling
from engines.sketch.noise import smooth
from engines.sketch.rock import cliff
from engines.sketch.stonework import boats, bridge, quay
from engines.sketch.trees import Wood
from engines.sketch.vocabulary import nouns
from engines.sketch.water import foam, water


def afloat(frame: Frame) -> bool:
    """Whether everything in the scene swims, sails or flies, so that no shore is needed."""
    kinds = [nouns().get(thing.noun) for thing in frame.scene.things]
    return all(noun is not None and noun.stands in ("water", "sky") for noun in kinds)


def _shore(frame: Frame, level: float, material: str, lean: float = 0.1) -> Array:
    """The near strand, higher on one side."""
    side = np.linspace(lean, -lean * 0.3, frame.width, dtype=F)
    line = rolling(frame, "shore", level, 0.022, 1.1) + (side if frame.stream("shore/side").chance(0.5) else side[::-1])
    foam(frame, "foam", line - 0.004)
    hill(frame, "beach", 0.7, line.astype(F), cover(frame, material), grain=0.55)
    return line


def sea(frame: Frame) -> None:
    """Open water to the horizon, with a strand when someone must stand somewhere."""
    here = places(frame)
    if here & {"mountain", "city", "forest"}:
        backdrop(frame)
    elif frame.stream("coast").chance(0.35) and "island" not in here and not here & {"cliff"}:
        side = np.linspace(-0.06, 0.06, frame.width, dtype=F) * (1 if frame.stream("coast/side").chance(0.5) else -1)
        line = rolling(frame, "headland", frame.horizon + 0.012, 0.045, 0.5) + np.clip(side, -0.02, 0.06)
        hill(frame, "headland", 0.12, line.astype(F), "foliage", air=(0.62, 0.0), until=frame.horizon + 0.02)
    calm = {"storm": 0.1, "wind": 0.25, "rain": 0.3}.get(frame.scene.weather, 0.45)
    water(frame, "sea", frame.horizon, frame.h, calm=calm)
    if "island" in here:
        island(frame)
    if "cliff" in here:
        cliff(frame, frame.light.x > frame.w / 2)
    elif "island" not in here and not afloat(frame):
        _shore(frame, frame.h * 0.84, "sand")


def beach(frame: Frame) -> None:
    """A broad strand with breakers, and dune grass at its edge."""
    if places(frame) & {"mountain", "city"}:
        backdrop(frame)
    water(frame, "sea", frame.horizon, frame.h, calm=0.4)
    if "island" in places(frame):
        island(frame, 0.1)
    if "cliff" in places(frame):
        cliff(frame, frame.light.x > frame.w / 2)
        return
    for k in (1, 2):
        foam(frame, f"breaker{k}", rolling(frame, f"breaker{k}", frame.horizon + 0.05 + 0.055 * k, 0.008, 0.7))
    _shore(frame, frame.horizon + (frame.h - frame.horizon) * 0.52, "sand", 0.12)


def island(frame: Frame, out: float = 0.17) -> None:
    """A small island with a grove, its strand around it."""
    stream = frame.stream("island")
    x, level = stream.uniform(0.4, 0.6) * frame.w, frame.horizon + out
    wide = 0.34
    rise = np.clip(1 - ((frame.x[0] - x) * (1 / wide)) ** 2, 0, None)
    line = np.where(rise > 0, level + 0.012 - 0.016 * np.sqrt(rise) - 0.03 * rise, frame.h * 1.3).astype(F)
    hill(frame, "island", 0.5, line, cover(frame, "sand"), until=level - 0.055)
    trim_below(frame, level + 0.012)
    inner = np.clip(1 - ((frame.x[0] - x) * (1 / (wide * 0.75))) ** 2, 0, None)
    green = np.where(inner > 0, level - 0.012 - 0.05 * inner, frame.h * 1.3).astype(F)
    hill(frame, "island green", 0.52, green, cover(frame), until=level - 0.075)
    trim_below(frame, level - 0.008)
    frame.grounds[-1].scale = frame.grounds[-2].scale = 0.6
    if not frame.without("tree", "palm"):
        off = -0.55 if stream.chance(0.5) else 0.55
        Wood(frame, "leafy", 0.24).row(
            "grove",
            green,
            (0.13, 0.22),
            0.075,
            depth=0.53,
            air=(0.14, 0.0),
            gap=((x + off * wide) / frame.w - 0.18, 9.0) if off > 0 else (-9.0, (x + off * wide) / frame.w + 0.18),
        )
        frame.layers[-1].foot = None
    frame.stand = (x / frame.w - 0.15, x / frame.w + 0.15)


def trim_below(frame: Frame, level: float) -> None:
    """Let the last layer end softly at a level: a shore."""
    layer = frame.layers[-1]
    rows = frame.y[layer.top : layer.top + layer.alpha.shape[0]]
    layer.alpha = layer.alpha * smooth(level + 0.004, level - 0.004, rows)


def harbour(frame: Frame) -> None:
    """Painted houses across the basin, moored boats, the quay in front."""
    hz = frame.horizon
    backdrop(frame)
    hill(frame, "town hill", 0.2, rolling(frame, "town hill", hz - 0.075, 0.05, 0.7), "foliage", air=(0.4, 0.2), until=hz + 0.03)
    waterfront(frame, hz + 0.012, "houses")
    hill(frame, "far quay", 0.33, np.full(frame.width, hz + 0.008, F), "stone", until=hz - 0.05)
    trim_below(frame, hz + 0.024)
    water(frame, "basin", hz + 0.02, frame.h, depth=0.4, calm=0.72)
    own = any((noun := nouns().get(thing.noun)) and noun.stands == "water" for thing in frame.scene.things)
    if not own and not frame.without("boat", "ship", "sailboat"):
        boats(frame, hz + 0.085, max(2, round(2.6 * frame.w)))
    quay(frame, frame.h * 0.83)


def lake(frame: Frame) -> None:
    """Still water under hills or mountains, woods on the far bank, reeds on the near one."""
    hz, span = frame.horizon, frame.h - frame.horizon
    backdrop(frame)
    bank = rolling(frame, "far bank", hz + 0.012, 0.01, 0.8)
    treeline(frame, bank, 0.12, 0.34)
    hill(frame, "far bank", 0.3, bank, cover(frame), air=(0.3, 0.0), until=hz - 0.03)
    trim_below(frame, hz + 0.035)
    water(frame, "lake", hz + 0.03, frame.h, depth=0.4, calm=0.85)
    if "island" in places(frame):
        island(frame, 0.14)
    line = rolling(frame, "near bank", hz + span * 0.66, 0.02, 1.0)
    side = np.linspace(0.07, -0.03, frame.width, dtype=F)
    line = (line + (side if frame.stream("bank/side").chance(0.5) else side[::-1])).astype(F)
    if not afloat(frame) or frame.stream("bank").chance(0.7):
        turf(frame, line, cover(frame), rows=7, tall=1.2)
        strewn(frame, float(line.max()) + 0.03, 30)


def river(frame: Frame) -> None:
    """A river that comes winding out of the distance; a bridge where one is asked for."""
    hz, span = frame.horizon, frame.h - frame.horizon
    backdrop(frame)
    line = rolling(frame, "middle", hz + 0.03, 0.02, 0.8)
    treeline(frame, line, 0.1, 0.38)
    hill(frame, "middle", 0.3, line, cover(frame), air=(0.2, 0.0), until=hz + span * 0.5)
    turf(frame, np.full(frame.width, hz + span * 0.2, F), cover(frame), rows=11)
    stream = frame.stream("river")
    top = hz + 0.055
    t = np.clip((frame.y - top) * (1 / (frame.h - top)), 0, 1)
    right = stream.chance(0.5)
    goal, start = stream.uniform(0.4, 0.6) * frame.w, (0.78 if right else 0.22) * frame.w
    if "bridge" not in places(frame):
        frame.stand = (0.1, 0.42) if right else (0.58, 0.9)
    bend = stream.uniform(0.10, 0.17) * (1 if stream.chance(0.5) else -1)
    middle = goal + (start - goal) * t + np.sin((1 - t) ** 1.5 * 6.6) * bend * (0.3 + t) * (1.2 - t)
    half = 0.014 + 0.25 * t**1.3
    water(frame, "river", top, frame.h, depth=0.6, calm=0.75, inside=(middle, half))
    frame.course = (middle[:, 0], half[:, 0])
    frame.grounds.insert(len(frame.grounds) - 1, frame.grounds.pop())
    if "bridge" in places(frame):
        bridge(frame, hz + span * 0.42)
        frame.front = hz + span * 0.42
    if not frame.without("tree"):
        Wood(frame, "bush" if frame.scene.season != "winter" else "bare", 0.12).row(
            "bank bushes", np.full(frame.width, hz + span * 0.36, F), (0.04, 0.08), 0.16, depth=0.62, air=(0.08, 0.0), gap=(0.16, 0.84)
        )
    strewn(frame, hz + span * 0.45, 26)
