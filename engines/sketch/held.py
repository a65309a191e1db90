"""What is in the hand, on the head or the shoulder, or before the paws of another."""

from engines.sketch.beams import stage_facts
from engines.sketch.bodies import hand, is_person
from engines.sketch.spots import Spot, natural

SMALL = ("food", "thing", "plant", "instrument")


def hold(spot: Spot, other: Spot) -> bool:
    """Put a loaf in the hand, a hat on the head, a newspaper before the paws; False if it stays where it is."""
    name = spot.noun.name if spot.noun else ""
    taken = other.thing.pose in stage_facts()["taken"] and spot.noun is not None and spot.noun.kind in SMALL and natural(spot) <= 0.45
    paws = other.noun is not None and other.noun.kind in ("animal", "bird", "fantasy") and other.thing.pose in stage_facts()["in_the_paws"]
    if paws and other.noun is not None and other.noun.skeleton not in ("adult", "child", "elder") and spot.noun is not None \
            and spot.noun.kind in SMALL and spot.thing.count == 1 and (natural(spot) <= 0.7 or spot.noun.kind == "plant"):
        taken = True
    if other.noun is None or spot.thing.count > 1 or not taken and name not in (*stage_facts()["in_the_hand"], "hat", "crown"):
        return False
    spot.tied, spot.held, spot.order, spot.layer = True, True, other.order + 0.001, other.layer
    spot.where = other.where
    if name in ("hat", "crown"):
        spot.height = other.height * 0.3
        spot.x, spot.y = other.x, other.y - other.height * 0.9
    elif is_person(other):
        if other.thing.pose == "playing" and spot.noun is not None and spot.noun.kind == "instrument":
            other.thing = other.thing.model_copy(update={"pose": "carrying"})
        spot.height = min(spot.height, other.height * 0.4, other.height * (0.24 if taken else 0.4))
        joint, out, up = stage_facts()["at_hand"].get(other.thing.pose, ("hand_right", 0.0, 0.0))
        x, y = hand(other, joint)
        x, y = x + (-out if other.flip else out) * other.height, y + up * other.height
        if joint != "hand_right" or out:
            spot.height = min(spot.height, 0.14 * other.height)
            y += 0.3 * spot.height
        spot.x, spot.y = other.x + x, other.y - y + spot.height * 0.3
    else:
        _before_the_paws(spot, other)
    return True


def _before_the_paws(spot: Spot, other: Spot) -> None:
    """What an animal has: at its muzzle if it stands on four legs, else before its belly, and its face stays free."""
    if spot.noun is not None and other.thing.pose == "playing":
        other.thing = other.thing.model_copy(update={"pose": None})
    wide, side = spot.noun.width if spot.noun else 1.0, -1.0 if other.flip else 1.0
    if other.noun is not None and other.noun.skeleton in ("quad", "pet") and other.noun.pose != "sitting":
        spot.height = min(max(spot.height, 0.16 * other.height), 0.3 * other.height, 0.4 * other.height / wide)
        spot.x, spot.y = other.x + side * (0.5 * other.width + 0.3 * spot.width), other.y + 0.004
        return
    spot.height = min(max(spot.height, 0.3 * other.height), 0.46 * other.height, 0.5 * other.height / wide)
    if spot.noun is not None and spot.noun.kind == "instrument":
        spot.height = min(0.55 * other.height, 0.8 * other.height / wide)
    tall = spot.height > 0.4 * other.height
    spot.x, spot.y = other.x + side * 0.06 * other.width, other.y - other.height * (0.04 if tall else 0.12)


def on_the_shoulder(spot: Spot, other: Spot) -> None:
    """A parrot's place on a pirate."""
    spot.height = min(spot.height, other.height * 0.26)
    spot.x = other.x + (-0.115 if other.flip else 0.115) * other.height
    spot.y, spot.order, spot.tied = other.y - other.height * 0.76, other.order + 0.001, True
