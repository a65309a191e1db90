"""What a body can do and where its hands are: asked by all that bring two together or put something into a hand."""

from functools import lru_cache

from engines.sketch import parts
from engines.sketch.beams import stage_facts
from engines.sketch.parts import draw
from engines.sketch.parts_pose import joints
from engines.sketch.scene import Thing
from engines.sketch.spots import Spot
from engines.sketch.vocabulary import nouns, skeleton


@lru_cache(1024)
def extent(name: str) -> tuple[float, float]:
    """How far a drawing reaches to the left and to the right of where it stands, in its own heights."""
    sprite = draw(nouns()[name], Thing(id=name, noun=name), 40.0)
    left = sprite.origin[0] / 40
    return left, sprite.alpha.shape[1] / 40 - left


def hand(spot: Spot, joint: str = "hand_right") -> tuple[float, float]:
    """Where a person's hand is, from the feet, in units with y up."""
    bones = skeleton(spot.noun) if spot.noun else None
    if spot.noun is None or bones is None or joint not in bones.joints:
        return (0.13 if not spot.flip else -0.13) * spot.height, 0.4 * spot.height
    at = bones.joints[joint].at
    x, y, _ = joints(bones, parts.active_words(spot.noun, spot.thing, False), None)[joint] @ (*at, 1.0)
    return float(-x if spot.flip else x) * spot.height, float(y) * spot.height


def can(noun_name: str, pose: str) -> bool:
    """Whether the drawing of a noun has a pose."""
    noun = nouns().get(noun_name)
    bones = skeleton(noun) if noun else None
    return bones is not None and pose in bones.poses


def posed(spot: Spot, pose: str | None) -> None:
    """Give a pose to whoever can take it."""
    if pose and can(spot.thing.noun, pose):
        spot.thing = spot.thing.model_copy(update={"pose": pose})


def is_person(spot: Spot) -> bool:
    """Whether it has the arms and hands of a person."""
    return can(spot.thing.noun, "hugging") and spot.noun is not None and "hand_right" in getattr(skeleton(spot.noun), "joints", {})


def half(spot: Spot) -> float:
    """Half the width of a body, without what it holds."""
    return 0.15 * spot.height if is_person(spot) else spot.width * 0.5


def hand_in(spot: Spot, pose: str) -> tuple[float, float]:
    """Where the hand would be in another pose."""
    kept = spot.thing
    spot.thing = kept.model_copy(update={"pose": pose})
    found = hand(spot)
    spot.thing = kept
    return found


def reaching(spot: Spot) -> float:
    """How wide someone is in this pose: a dog that runs is longer than one that sits."""
    stretched = stage_facts()["stretched"].get(spot.noun.skeleton if spot.noun else "", {})
    return spot.width * float(stretched.get(spot.thing.pose, 1.0))
