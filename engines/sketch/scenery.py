"""From a setting's name to land: which builders lay which layers, back to front."""

from collections.abc import Callable

import numpy as np

from engines.sketch import country, waterside
from engines.sketch.country import backdrop, cover, places
from engines.sketch.dice import F
from engines.sketch.frame import Frame, Layer
from engines.sketch.heavens import cloud_sea, space
from engines.sketch.indoors import room
from engines.sketch.land import hill, rolling
from engines.sketch.noise import mix
from engines.sketch.pad import Pad
from engines.sketch.palette import rgb as hex_rgb
from engines.sketch.rock import cave, cliff
from engines.sketch.sky import place_light, sky
from engines.sketch.stonework import quay, rooftop
from engines.sketch.street import street
from engines.sketch.theatre import theatre
from engines.sketch.town import skyline
from engines.sketch.water import water
from engines.sketch.weather import lightning

Builder = Callable[[Frame], None]
WATERS = ("lake", "river", "harbour", "beach", "sea")
SPANNED = {"meadow", "hill", "field", "road", "forest", "mountain", "garden", "village", "lake", "street"}
"""Settings through which a river runs when a bridge is asked for."""


def build(frame: Frame) -> None:
    """Lay the whole scenery of the scene."""
    place_light(frame)
    setting = frame.scene.setting
    if setting == "sky":
        frame.horizon = frame.h * 0.68
    if setting != "space":
        sky(frame, frame.h if setting == "sky" else None)
        lightning(frame)
    if "bridge" in frame.scene.places and setting in SPANNED:
        setting = "river"
    elif setting in ("mountain", "hill", "meadow", "field"):
        setting = next((place for place in frame.scene.places if place in WATERS), setting)
    BUILDERS.get(setting, country.meadow)(frame)
    _combine(frame)


def _combine(frame: Frame) -> None:
    """What the further places add to settings that do not build them themselves."""
    here, setting = places(frame), frame.scene.setting
    if "road" in here and setting in ("meadow", "field", "forest", "mountain", "desert", "village", "garden"):
        ground = next((g.line for g in frame.grounds[::-1] if g.surface == "ground"), np.full(frame.width, frame.horizon + 0.1, F))
        country.road(frame, ground)
        way = frame.layers.pop()
        for layer in frame.layers:
            if layer.depth >= 1.0 and layer.kind == "plant":
                _clear(layer, way)
        number = _before_near(frame)
        frame.layers.insert(number, way)
        frame.grounds[-1].layer = number
    if "cliff" in here and setting in ("meadow", "field", "forest", "mountain", "desert", "lake", "river", "village"):
        cliff(frame, frame.light.x > frame.w / 2)
    if "rooftop" in here and setting not in ("city", "room", "space"):
        rooftop(frame)


def _clear(layer: Layer, way: Layer) -> None:
    """Take out of a foreground layer what would grow on the way."""
    low, high = max(layer.top, way.top), min(layer.top + layer.alpha.shape[0], way.top + way.alpha.shape[0])
    if high > low:
        layer.alpha[low - layer.top : high - layer.top] *= 1 - way.alpha[low - way.top : high - way.top]


def _before_near(frame: Frame) -> int:
    """The number of the first layer that belongs before the figures, or the end."""
    return next((k for k, layer in enumerate(frame.layers) if layer.depth >= 1.0), len(frame.layers))


def _city(frame: Frame) -> None:
    roof = "rooftop" in places(frame)
    if "mountain" in places(frame):
        backdrop(frame)
    base = frame.horizon + (0.14 if roof else 0.05)
    _city_glow(frame, base)
    skyline(frame, "towers0", base, (0.1, 0.36), depth=0.18, haze=0.58, slim=0.05, until=base + 0.1)
    frame.behind_things = len(frame.layers) - 1
    skyline(frame, "towers1", base + 0.03, (0.1, 0.33), depth=0.3, haze=0.34, slim=0.065, until=base + 0.14)
    skyline(frame, "towers2", base + 0.06, (0.07, 0.23), depth=0.42, haze=0.1, slim=0.09, until=frame.h if roof else base + 0.15)
    if roof:
        rooftop(frame)
        return
    _embankment(frame, base + 0.06)
    water(frame, "river", base + 0.085, frame.h, depth=0.5, calm=0.78)
    quay(frame, frame.h * (0.84 if frame.scene.things else 0.94))


def _embankment(frame: Frame, top: float) -> None:
    """The wall and the lamps between a town and its river, so that one sees where the mirror begins."""
    pad = Pad(frame, top - 0.05, top + 0.06)
    stone, lit = pad.color("stone", 0.3, 0.12), 1.0 if frame.night else 0.0
    pad.poly([(0, top), (frame.w, top), (frame.w, top + 0.04), (0, top + 0.04)], stone)
    pad.line([(0, top), (frame.w, top)], stone * 1.35, 0.003)
    lamp = hex_rgb("#ffd99a") if lit else frame.colors.sky[2]
    for k in range(1, int(frame.w / 0.11) + 1):
        pad.line([(k * 0.11, top), (k * 0.11, top - 0.03)], frame.colors.dark, 0.0025)
        pad.disc(k * 0.11, top - 0.032, 0.0055, 0.0055, lamp, lit)
    frame.add(pad.layer("embankment", 0.46, rough=0.0))


def _city_glow(frame: Frame, base: float) -> None:
    """The light a town throws up into the evening air, and into the clouds of a wet one."""
    if not frame.night:
        return
    wet = frame.scene.weather in ("rain", "storm", "fog", "overcast", "snow")
    part = frame.rows(0, base + 0.1)
    rise = np.exp(-np.clip(base - frame.y[part], 0, None) * (2.6 if wet else 4.2))
    across = 0.62 + 0.38 * np.exp(-(((frame.x - frame.w * 0.5) * (1 / 0.42)) ** 2))
    alpha = (rise * across * (0.72 if wet else 0.38)).astype(F)
    warm = mix(hex_rgb("#ff9a5c"), frame.colors.pulled(frame.colors.light), 0.25)
    color = np.broadcast_to(mix(warm, frame.colors.sky[1], 0.12), (*alpha.shape, 3)).astype(F)
    frame.add(Layer("town glow", 0.05, color, alpha, top=part.start, kind="sky"))


def _street(frame: Frame) -> None:
    street(frame)


def _room(frame: Frame) -> None:
    if "stage" in places(frame):
        theatre(frame)
        return
    hz = frame.horizon
    if "sea" in places(frame):
        water(frame, "sea", hz - 0.1, hz + 0.3)
    else:
        line = rolling(frame, "outside", hz - 0.12, 0.06, 0.5)
        hill(frame, "outside", 0.2, line, cover(frame, "foliage"), air=(0.4, 0.0), until=hz + 0.2)
    room(frame)


def _cave(frame: Frame) -> None:
    hz = frame.horizon
    if places(frame) & {"sea", "beach", "lake"}:
        water(frame, "sea", hz, frame.h)
    else:
        backdrop(frame)
    cave(frame)
    line = rolling(frame, "ground", frame.h * 0.77, 0.02, 0.5, 6)
    hill(frame, "ground", 0.8, line, mix(frame.colors.material("rock"), frame.colors.material("soil"), 0.4) * 0.62, grain=1.3)


def _sky(frame: Frame) -> None:
    cloud_sea(frame)


BUILDERS: dict[str, Builder] = {
    "meadow": country.meadow,
    "hill": country.meadow,
    "field": country.field,
    "road": country.field,
    "forest": country.forest,
    "mountain": country.mountain,
    "desert": country.desert,
    "garden": country.garden,
    "village": country.hamlet,
    "sea": waterside.sea,
    "cliff": waterside.sea,
    "island": waterside.sea,
    "beach": waterside.beach,
    "harbour": waterside.harbour,
    "lake": waterside.lake,
    "river": waterside.river,
    "bridge": waterside.river,
    "city": _city,
    "rooftop": _city,
    "street": _street,
    "room": _room,
    "space": space,
    "sky": _sky,
    "cave": _cave,
}
