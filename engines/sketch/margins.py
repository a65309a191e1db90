"""What is held out points into the picture, and nothing is cut off at its sides."""

from engines.sketch.beams import stage_facts
from engines.sketch.bodies import extent
from engines.sketch.frame import Frame
from engines.sketch.spots import ACTORS, Spot


def turn_inward(frame: Frame, spots: list[Spot]) -> None:
    """What is held out before someone points into the picture."""
    outward = set(stage_facts()["outward"])
    for spot in spots:
        if not spot.moved and outward.intersection(spot.thing.slots):
            spot.flip = spot.x > frame.w * 0.5


def keep_whole(frame: Frame, spots: list[Spot]) -> None:
    """Nobody's trunk or tail is cut off at the side of the picture; who rides or is held goes along."""
    if frame.scene.shot == "close":
        return
    for spot in spots:
        free = spot.noun is not None and not spot.tied and not spot.held and spot.thing.x is None and spot.where in ("ground", "water")
        if spot.noun is None or not free or spot.noun.kind not in (*ACTORS, "vehicle") or spot.width > 0.94 * frame.w:
            continue
        left, right = extent(spot.noun.name)[:: -1 if spot.flip else 1]
        low, high = spot.x - left * spot.height, spot.x + right * spot.height
        by = max(0.012 * frame.w - low, 0.0) or min(0.988 * frame.w - high, 0.0)
        for each in spots:
            if by and (each is spot or each.thing.to == spot.thing.id and (each.tied or each.held)):
                each.x += by
