"""The whole path from a scene to a picture: scenery, things, light, weather, finish."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from config.styles import Style, styles
from engines.sketch import parts
from engines.sketch.beams import beams, stage_facts
from engines.sketch.dice import Array, Dice, F
from engines.sketch.finish import finish, under_the_fall
from engines.sketch.frame import Frame, Layer, flatten, glance, preview
from engines.sketch.leap import set_off
from engines.sketch.light import lamplight, lit_layer
from engines.sketch.noise import blur
from engines.sketch.placeholder import placeholder
from engines.sketch.scene import Scene
from engines.sketch.scenery import build
from engines.sketch.spots import Spot
from engines.sketch.stage import arrange
from engines.sketch.weather import weather

Progress = Callable[[float, str, Image.Image | None], None]


@dataclass
class Painting:
    """A finished picture and the layers it is made of, back to front."""

    image: Image.Image
    layers: list[Layer]
    scene: Scene
    frame: Frame


def paint(
    scene: Scene,
    width: int,
    height: int,
    seed: int,
    style: Style | str,
    *,
    sibling: int | None = None,
    drift: float = 0.0,
    progress: Progress | None = None,
) -> Painting:
    """Paint the scene. `drift` from 0 to 1 leads from this seed's picture to the sibling seed's."""
    dice = Dice(seed, [] if sibling is None else [(sibling, drift)])
    return paint_with(dice, scene, (width, height), style, progress)


def paint_with(dice: Dice, scene: Scene, size: tuple[int, int], style: Style | str, progress: Progress | None = None) -> Painting:
    """Paint the scene with these dice; they know by which variations a picture came about."""
    width, height = size
    frame = Frame(scene, width, height, dice, look_of(style), progress or (lambda fraction, note, picture: None))
    frame.tick("Placing the scene")
    build(frame)
    frame.tick("Placing the scene", 0.05, glance(frame))
    set_things(frame)
    weather(frame)
    frame.tick("Finishing", 0.02)
    canvas, glow = composed(frame)
    lamplight(frame, canvas)
    frame.tick("Finishing", 0.2, preview(canvas))
    done = finish(frame, canvas, glow)
    image = Image.fromarray((done * 255 + 0.5).astype(np.uint8))
    return Painting(image, frame.layers, scene, frame)


def composed(frame: Frame) -> tuple[Array, Array | None]:
    """All layers as one picture; a look with `blur_far` focuses on the figures as a lens does."""
    far = float(frame.look.get("blur_far", 0.0)) * frame.unit
    if far < 0.7 or frame.indoors:
        return flatten(under_the_fall(frame), frame.width, frame.height, frame.colors.haze)
    near = next((k for k, layer in enumerate(frame.layers) if layer.depth > 0.35 or layer.thing), 1)
    back, glow = flatten(frame.layers[:near], frame.width, frame.height, frame.colors.haze)
    frame.tick("Finishing", 0.05)
    shown = [Layer("distance", 0.0, blur(back, far), np.ones(back.shape[:2], F), glow)]
    for layer in frame.layers[near:]:
        if layer.depth == 1.0 and layer.kind == "plant":
            layer = replace(layer, rgb=blur(layer.rgb, far * 0.8), alpha=blur(layer.alpha, far * 0.8))
        shown.append(layer)
    return flatten(shown, frame.width, frame.height, frame.colors.haze)


def look_of(style: Style | str) -> dict[str, Any]:
    """The numbers of a style's look."""
    profile = style if isinstance(style, Style) else styles()[style]
    return dict(profile.look)


def set_things(frame: Frame) -> None:
    """Draw, light and lay in every thing at its depth."""
    placed: list[tuple[int, Layer]] = []
    spots = arrange(frame)
    frame.tick("Placing the scene")
    for spot in spots:
        frame.tick("Drawing " + (spot.thing.word or spot.thing.noun), 0.02)
        layer = _thing(frame, spot)
        frame.tick("Drawing " + (spot.thing.word or spot.thing.noun), 0.3 / (len(spots) + 2))
        if layer is not None:
            placed.append((spot.layer, layer))
        if spot.thing.noun in stage_facts()["beams"]:
            placed += [(spot.layer, beam) for beam in beams(frame, spot)]
    layers: list[Layer] = []
    for number, scenery in enumerate(frame.layers):
        layers.append(scenery)
        layers += [layer for after, layer in placed if after == number]
    frame.layers = layers


def _thing(frame: Frame, spot: Spot) -> Layer | None:
    """The layer of one thing: its sprite, or a captioned card where there is no drawing for the word."""
    tall = max(6.0, spot.height * frame.unit)
    if spot.noun is None:
        sprite = placeholder(spot.thing.word or spot.thing.noun, tall)
    else:
        sprite = parts.draw(spot.noun, spot.thing, tall, night=frame.night, flip=spot.flip)
    return lit_layer(frame, spot, set_off(sprite, spot, tall))
