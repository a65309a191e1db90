"""Draws a noun as a flat sprite: its parts in the colours of the thing, in its pose, with its face, in any size.

Light, shadow on the ground and outlines are the painter's. The same thing gives the same sprite in every scene.
"""
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engines.sketch.bare import NO, dropped
from engines.sketch.look import look
from engines.sketch.parts_flat import Context, Shape, flatten
from engines.sketch.parts_paint import canvas, paint, shines
from engines.sketch.parts_pose import joints
from engines.sketch.scene import Thing
from engines.sketch.vocabulary import Noun, VocabularyError, face_beneath, shared_parts, skeleton, worn_instead

Plane = NDArray[np.float32]


@dataclass(frozen=True)
class Sprite:
    """A drawing on nothing. `origin` is the pixel of the ground point between the feet, y down."""

    rgb: Plane
    alpha: Plane
    glow: Plane
    origin: tuple[float, float]


def draw(noun: Noun, thing: Thing, height_px: float, *, night: bool = False, flip: bool = False,
         phase: float | None = None) -> Sprite:
    """The thing, `height_px` tall when it stands. `phase` goes 0 to 1 per step or stroke, None in a still."""
    active = active_words(noun, thing, night)
    posed = joints(skeleton(noun), active, phase)
    context = Context(noun.name, thing.id, look(thing, noun), active, posed, shared_parts(), dropped(noun.name, active))
    shapes = flatten(noun.parts, context) or flatten(noun.parts, replace(context, dropped=frozenset()))
    if not shapes:
        raise VocabularyError(f"{noun.file}: {noun.name}: none of its parts is drawn; give it one without `when`")
    finer = 2 if height_px >= 300 else 3 if height_px >= 90 else 4 if height_px >= 40 else 8
    sprite = _painted(shapes, height_px, finer)
    return _flipped(sprite) if flip else sprite


def active_words(noun: Noun, thing: Thing, night: bool) -> frozenset[str]:
    """The words that `when` and `unless` ask for: what is worn, the pose, the expression, day or night, and the kind of noun."""
    poses = [pose for pose in (thing.pose or "").split("+") if pose and noun.strikes(pose)]
    asked = {*thing.slots, *(poses or [noun.pose])}
    replaced = {word for group in worn_instead() if asked.intersection(group) for word in group}
    own = set(noun.wears) - (replaced - asked) - {word.removeprefix(NO) for word in asked}
    face = thing.expression or ""
    return frozenset(asked | own | {face, face_beneath(face), "night" if night else "day", noun.kind})


def _painted(shapes: list[Shape], height_px: float, finer: int) -> Sprite:
    k = height_px * finer
    low = np.min([shape.outline.min(0) for shape in shapes], axis=0)
    high = np.max([shape.outline.max(0) for shape in shapes], axis=0)
    width, height = (int(np.ceil(extent * height_px)) + 2 for extent in high - low)
    left, top = low[0] * k - finer, -high[1] * k - finer
    drawing = canvas(width * finer, height * finer, shines(shapes))
    for shape in shapes:
        paint(drawing, _in_pixels(shape, k, left, top), k)
    rgba = np.asarray(drawing.rgba.reduce(finer), np.float32) / np.float32(255)  # premultiplied by Pillow meanwhile
    glow = np.zeros((height, width), np.float32)
    if drawing.glow:
        glow = np.asarray(drawing.glow.reduce(finer), np.float32) / np.float32(255)
    return Sprite(rgba[..., :3], rgba[..., 3], glow, (float(-left / finer), float(-top / finer)))


def _in_pixels(shape: Shape, k: float, left: float, top: float) -> Shape:
    outline = shape.outline * (k, -k) - (left, top)
    return replace(shape, outline=outline, inside=tuple(_in_pixels(inner, k, left, top) for inner in shape.inside))


def _flipped(sprite: Sprite) -> Sprite:
    width = sprite.alpha.shape[1]
    origin = (width - sprite.origin[0], sprite.origin[1])
    return Sprite(sprite.rgb[:, ::-1], sprite.alpha[:, ::-1], sprite.glow[:, ::-1], origin)
