"""Who rides what: a horse, a camel or a dragon, a ship or a bus, a broom through the air; and who climbs up a ladder or a tree."""

from functools import lru_cache

import numpy as np

from engines.sketch.beams import stage_facts
from engines.sketch.bodies import can
from engines.sketch.frame import Frame
from engines.sketch.parts import draw
from engines.sketch.scene import Thing
from engines.sketch.spots import Spot, natural
from engines.sketch.vocabulary import nouns

MOUNTS = ("animal", "bird", "fish", "fantasy")
LEAST = 0.72
"""A mount is at least this tall beside its rider: the turtle of a fairy tale is a large one."""


@lru_cache(256)
def back_of(name: str) -> tuple[float, float]:
    """Where one sits on an animal, in its own heights: to the right of its middle, and above the ground."""
    noun = nouns()[name]
    known = stage_facts()["backs"].get(name)
    if isinstance(known, list):
        return float(known[0]), float(known[1])
    x = float(known) if known is not None else -0.12 * noun.width
    sprite = draw(noun, Thing(id=name, noun=name), 96.0)
    column = int(np.clip(sprite.origin[0] + x * 96, 0, sprite.alpha.shape[1] - 1))
    solid = np.flatnonzero(sprite.alpha[:, column] > 0.5)
    return x, float(sprite.origin[1] - solid[0]) / 96 - 0.03 if len(solid) else 0.6


def rides(spot: Spot, other: Spot) -> bool:
    """Whether the one is on the other as a rider is."""
    if other.noun is None or spot.noun is None:
        return False
    astride = spot.thing.pose in (None, "riding", "sitting", "seated", "standing", "reading", "waving", "flying")
    return astride and (other.noun.kind in MOUNTS or other.noun.name in stage_facts()["aloft"]) and spot.noun.kind in ("person", *MOUNTS)


def mount(frame: Frame, spot: Spot, other: Spot) -> None:
    """Set the rider on the other's back, looking the same way; both stay in the picture."""
    person = can(spot.thing.noun, "riding")
    aloft = other.thing.noun in stage_facts()["aloft"]
    if person and spot.thing.pose in (None, "riding", "sitting", "standing", "seated", "flying"):
        spot.thing = spot.thing.model_copy(update={"pose": "riding"})
    if aloft:
        other.thing = other.thing.model_copy(update={"pose": "ridden"})
        other.where, other.y, other.layer = "sky", max(0.3, frame.horizon * 0.6), frame.behind_things
    if person or natural(spot) > 0.4 * natural(other):
        share = natural(spot) / max(0.05, natural(other))
        least = 0.0 if aloft else LEAST
        other.height = max(other.height, least * spot.height) if share > 1 / max(least, 0.4) else other.height
        spot.height = min(spot.height, other.height / max(LEAST, 0.3)) if not aloft and share > 1 else other.height * share
    x, y = back_of(other.thing.noun)
    top = other.y - other.height * y - spot.height * (0.62 if person else 1.0)
    if top < 0.03:
        less = max(0.4, (other.y - 0.03) / max(0.1, other.y - top))
        other.height, spot.height = other.height * less, spot.height * less
    half = other.width * 0.5
    other.x = min(max(other.x, half + 0.02), max(half + 0.02, frame.w - half - 0.02))
    spot.x, spot.y = other.x + (-x if other.flip else x) * other.height, other.y - other.height * y
    spot.flip, spot.tied, spot.where, spot.layer = other.flip, True, other.where, other.layer
    spot.order = other.order + 0.001


def boards(spot: Spot, other: Spot) -> bool:
    """Whether who is said to be on it is in it, as on a ship or a bus; an animal only in what floats."""
    rows, kind = stage_facts()["boarded"], spot.noun.kind if spot.noun else ""
    return other.thing.noun in rows["afloat"] and kind in ("person", "animal") or kind == "person" and other.thing.noun in rows["ashore"]


def climbs(spot: Spot, other: Spot) -> bool:
    """Whether who is on it holds on to it: who climbs something tall, and whoever is on a ladder or a tree."""
    if other.noun is None or other.height <= spot.height * 0.9:
        return False
    steep = other.noun.name == "ladder" or other.noun.kind == "plant" and other.noun.height > 1
    if steep and spot.thing.pose in (None, "standing") and can(spot.thing.noun, "climbing"):
        spot.thing = spot.thing.model_copy(update={"pose": "climbing"})
    return spot.thing.pose == "climbing"


def keep_heads(spot: Spot, other: Spot, rest: float) -> None:
    """Who stands on something tall is not cut off above: both are drawn smaller."""
    less = max(0.35, min(1.0, (other.y - 0.03) / max(0.1, other.height * rest + spot.height)))
    spot.height, other.height = spot.height * less, other.height * less


def come_near(frame: Frame, boat: Spot) -> None:
    """A boat with somebody in it is near enough to see who it is."""
    want = {"wide": 0.34, "medium": 0.5, "close": 0.72}[frame.scene.shot] * frame.w
    if boat.thing.count == 1 and boat.noun is not None and boat.width < want:
        boat.height = min(want / boat.noun.width, 0.6 * frame.h)
        half = boat.width * 0.5 + 0.02
        boat.x = min(max(boat.x, half), max(half, frame.w - half))
        boat.y = min(frame.h * 0.93, boat.y + boat.height * 0.12)


def climb(frame: Frame, spot: Spot, other: Spot) -> None:
    """Someone holds on to a trunk, a wall or a ladder, well above its foot."""
    side = -1.0 if other.flip else 1.0
    spot.height = min(spot.height, 0.55 * other.height)
    low, high = frame.stand or (0.1, 0.9)
    other.x = min(max(other.x, low * frame.w), high * frame.w)
    other.layer = spot.layer = max(other.layer, frame.layer_at(other.x, frame.front))
    tree = other.noun is not None and other.noun.kind == "plant"
    spot.x = other.x - side * (0.1 if tree else 0.3) * (spot.height if tree else other.width)
    spot.y = other.y - 0.14 * other.height
    spot.flip, spot.tied, spot.where, spot.order = side < 0, True, other.where, other.order + 0.002


def leap_over(frame: Frame, spot: Spot, other: Spot) -> None:
    """In mid-leap over a fence, a puddle or a sleeping dog."""
    tall = spot.height * 0.5
    if other.noun is not None and other.height > tall and other.noun.kind not in MOUNTS:
        other.height = tall
    other.height = min(other.height, frame.h * 0.3)
    spot.x, spot.y = other.x, other.y - other.height * 0.85
    room = spot.y - 0.2 * spot.height - 0.03
    spot.height = min(spot.height, max(0.1, room / 1.25))
    spot.layer, spot.order, spot.tied = other.layer, other.order + 0.002, True
