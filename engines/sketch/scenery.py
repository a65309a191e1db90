"""From a setting's name to land: each builder lays its layers back to front."""
from collections.abc import Callable

import numpy as np

from engines.sketch.dice import F
from engines.sketch.frame import Frame
from engines.sketch.land import flowers, grass, hill, rolling
from engines.sketch.sky import place_light, sky
from engines.sketch.town import skyline
from engines.sketch.water import foam, water

Builder = Callable[[Frame], None]


def build(frame: Frame) -> None:
    """Lay the whole scenery of the scene."""
    place_light(frame)
    builders = {"meadow": _meadow, "sea": _sea, "beach": _sea, "city": _city, "forest": _meadow}
    sky(frame)
    builders.get(frame.scene.setting, _meadow)(frame)


def _far(frame: Frame) -> None:
    hz = frame.horizon
    hill(frame, "far", 0.12, rolling(frame, "far", hz - 0.03, 0.08, 0.7), "foliage", haze=0.72, until=hz + 0.06, grain=0.2)
    hill(frame, "far2", 0.2, rolling(frame, "far2", hz + 0.005, 0.05, 0.5), "foliage", haze=0.48, until=hz + 0.1, grain=0.4, mist=0.3)


def _meadow(frame: Frame) -> None:
    hz, span = frame.horizon, frame.h - frame.horizon
    ground = "snow" if frame.snowy else "grass"
    _far(frame)
    hill(frame, "hill", 0.4, rolling(frame, "hill", hz + 0.06, 0.05, 0.8), ground, haze=0.22, until=hz + span * 0.55, mist=0.2)
    line = rolling(frame, "ground", hz + span * 0.32, 0.035, 1.1)
    hill(frame, "ground", 0.6, line, ground)
    if not frame.snowy:
        front = np.full(frame.width, frame.front - 0.02, F)
        grass(frame, front, ground)
        if not frame.without("flower"):
            flowers(frame, frame.front - 0.05, int(90 * frame.w), frame.colors.choices("flowers"))


def _sea(frame: Frame) -> None:
    hz = frame.horizon
    water(frame, "sea", hz, frame.h, calm=0.45)
    left = frame.stream("shore").chance(0.5)
    lean = np.linspace(0.1, -0.02, frame.width, dtype=F) * (1 if left else -1)
    line = rolling(frame, "shore", frame.h * 0.86, 0.03, 1.2) + lean
    foam(frame, "foam", line - 0.005)
    hill(frame, "beach", 0.7, line, "sand", grain=0.5)


def _city(frame: Frame) -> None:
    base = frame.horizon + 0.05
    skyline(frame, "towers0", base, (0.1, 0.36), depth=0.2, haze=0.55, slim=0.05, lit=0.25, until=base + 0.1)
    skyline(frame, "towers1", base + 0.03, (0.1, 0.34), depth=0.3, haze=0.3, slim=0.065, lit=0.3, until=base + 0.12)
    skyline(frame, "towers2", base + 0.06, (0.07, 0.24), depth=0.42, haze=0.08, slim=0.09, lit=0.36, until=base + 0.15)
    water(frame, "river", base + 0.07, frame.h, depth=0.5, calm=0.7)
    hill(frame, "quay", 0.75, np.full(frame.width, frame.h * 0.86, F), "stone", grain=0.4)
