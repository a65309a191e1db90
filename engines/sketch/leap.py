"""Who jumps or swims: lifted off the ground, out of the water with a splash, or in it up to the chest."""

from dataclasses import replace

import numpy as np
from PIL import Image

from engines.sketch.frame import Frame
from engines.sketch.parts import Sprite
from engines.sketch.scene import Thing
from engines.sketch.spots import Spot
from engines.sketch.vocabulary import nouns, skeleton

HIGH = 0.22
"""How high one jumps, in one's own heights."""
STEEP = 34.0
"""How a whale rises out of the sea, in degrees."""
LEAPERS = ("dolphin",)
"""Drawn in mid-leap already."""


def leap(frame: Frame, spots: list[Spot]) -> list[Spot]:
    """Set all who jump or swim at the height where they are then; gives back the splashes."""
    splashes = []
    for spot in spots:
        if spot.noun is None or spot.tied or spot.cut is not None:
            continue
        if spot.thing.pose == "jumping":
            splashes += _jump(frame, spot)
        elif spot.thing.pose == "swimming" and spot.where == "water" and spot.noun.stands != "water":
            _swim(spot)
    return splashes


def _jump(frame: Frame, spot: Spot) -> list[Spot]:
    assert spot.noun is not None  # noqa: S101 - for the type checker; only the known jump
    bones = skeleton(spot.noun)
    if spot.where != "water":
        posed = bones is not None and "jumping" in bones.poses
        spot.lift = 0.0 if posed else max(HIGH, 0.12 / max(0.05, spot.height))
        return []
    if spot.noun.name in LEAPERS:
        spot.lift = 0.25
    else:
        spot.turn = STEEP
        spot.lift = 0.5 * spot.noun.width * np.sin(np.radians(STEEP)) * 0.6
    spot.height = min(spot.height, 0.42, 0.5 * frame.w / spot.noun.width)
    spot.cut = spot.y
    water = nouns().get("splash")
    if water is None or frame.without("splash"):
        return []
    thing = Thing(id=f"{spot.thing.id[:40]}/splash", noun="splash", word="splash")
    x = spot.x + (0.22 if spot.flip else -0.22) * spot.width * (0 if spot.noun.name in LEAPERS else 1)
    return [Spot(thing, water, x, spot.y + 0.012, 0.34 * spot.height, where="water", layer=spot.layer, order=spot.order + 0.001, tied=True)]


def _swim(spot: Spot) -> None:
    """Head, shoulders and arms show."""
    spot.cut = spot.y
    spot.y += 0.5 * spot.height


def set_off(sprite: Sprite, spot: Spot, tall: float) -> Sprite:
    """The sprite, lifted and turned as its spot says; `tall` is its height in pixels."""
    if spot.turn:
        sprite = _turned(sprite, -spot.turn if spot.flip else spot.turn)
    if spot.lift:
        sprite = replace(sprite, origin=(sprite.origin[0], sprite.origin[1] + spot.lift * tall))
    return sprite


def _turned(sprite: Sprite, degrees: float) -> Sprite:
    """The sprite turned anticlockwise about its origin."""
    h, w = sprite.alpha.shape
    reach = int(np.ceil(np.hypot(max(sprite.origin[0], w - sprite.origin[0]), max(sprite.origin[1], h - sprite.origin[1])))) + 2
    planes = np.concatenate([sprite.rgb * sprite.alpha[..., None], sprite.alpha[..., None], sprite.glow[..., None]], axis=2)
    turned = []
    for k in range(planes.shape[2]):
        whole = Image.new("F", (2 * reach, 2 * reach))
        whole.paste(Image.fromarray(np.ascontiguousarray(planes[..., k])), (reach - int(sprite.origin[0]), reach - int(sprite.origin[1])))
        turned.append(np.asarray(whole.rotate(degrees, Image.Resampling.BILINEAR), np.float32))
    alpha = np.clip(turned[3], 0, 1)
    rgb = np.stack(turned[:3], axis=2) / np.maximum(alpha, 1e-3)[..., None]
    return Sprite(np.clip(rgb, 0, 1).astype(np.float32), alpha, turned[4], (float(reach), float(reach)))
