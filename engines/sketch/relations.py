"""Things that stand on, under, beside, in, behind, before or above another thing."""

from collections.abc import Callable

from engines.sketch.beams import stage_facts
from engines.sketch.bodies import can
from engines.sketch.frame import Frame
from engines.sketch.held import hold, on_the_shoulder
from engines.sketch.riders import boards, climb, climbs, come_near, keep_heads, leap_over, mount, rides
from engines.sketch.spots import Spot, abreast, natural
from engines.sketch.vocabulary import LIVING


def relate(frame: Frame, groups: list[Spot]) -> None:
    """Move every thing that speaks of another to its place there, those that others speak of first."""
    by_id = {spot.thing.id: spot for spot in groups}
    done: set[str] = set()
    peers: dict[tuple[str | None, str | None], list[Spot]] = {}
    for spot in groups:
        peers.setdefault((spot.thing.relation, spot.thing.to), []).append(spot)

    def settle(spot: Spot) -> None:
        if spot.thing.id in done:
            return
        done.add(spot.thing.id)
        other = by_id.get(spot.thing.to or "")
        if other is None or other is spot or spot.thing.relation is None:
            return
        settle(other)
        lives = spot.noun is not None and spot.noun.kind in LIVING
        if lives and other.cut is not None and other.thing.relation == "in" and _is_abreast(spot):
            spot.thing = spot.thing.model_copy(update={"relation": "in", "to": other.thing.to})
            peers.setdefault(("in", spot.thing.to), []).append(spot)
            other = by_id.get(other.thing.to or "") or other  # his grandfather is in the boat too
        base = by_id.get(other.thing.to or "") if other.thing.relation == "on" and other.tied and lives and _is_abreast(spot) else None
        other = base if base is not None and base.noun is not None and base.noun.kind not in LIVING else other
        _move(frame, spot, other)
        alike = peers[spot.thing.relation, spot.thing.to]
        if len(alike) > 1 and not spot.held:
            _share(frame, spot, other, alike)

    for spot in groups:
        settle(spot)
    for boat in groups:
        aboard = [spot for spot in groups if spot.cut is not None and spot.thing.to == boat.thing.id]
        if aboard and boat.where == "water":
            _seat(boat, aboard)


def _is_abreast(spot: Spot) -> bool:
    """Whether it stands where other things do: beside what is on a table is beside the table."""
    return spot.thing.relation in ("beside", "with", "before", "behind")


def _seat(boat: Spot, aboard: list[Spot]) -> None:
    """All who are in one boat side by side along it."""
    step = min(boat.width * 0.62 / len(aboard), boat.width * 0.3)
    for number, spot in enumerate(aboard):
        spot.x = boat.x + (number - (len(aboard) - 1) / 2) * step * (-1 if boat.flip else 1)
        spot.order = boat.order + 0.001 * (number + 1)


def _share(frame: Frame, spot: Spot, other: Spot, alike: list[Spot]) -> None:
    """Several that speak of the same thing share the room around it."""
    rank, room = alike.index(spot), max(each.width * each.thing.count**0.7 for each in alike)
    if spot.thing.relation in ("under", "before", "behind") and other.where != "sky":
        spot.x = other.x + (rank - (len(alike) - 1) / 2) * room * 1.05
    elif spot.thing.relation in ("beside", "with") and spot.where == other.where:
        side = 1.0 if alike[0].x >= other.x else -1.0
        gap = (room + other.width) * 0.48 + (rank // 2) * room + 0.012
        spot.x = other.x + side * (1 if rank % 2 == 0 else -1) * gap
    elif spot.thing.relation in ("on", "in") and spot.cut is None and spot.where == other.where:
        _narrow(spot, other, len(alike))
        spot.x = other.x + ((rank + 0.5) / len(alike) - 0.5) * other.width * 0.8
    half = spot.width * 0.5 + 0.015
    spot.x = min(max(spot.x, half), frame.w - half)


def _narrow(spot: Spot, other: Spot, sharing: int) -> None:
    """What is on a table has its share of it, and is no taller than the table."""
    if other.thing.noun not in stage_facts()["tables"] or spot.noun is None or spot.noun.kind in LIVING:
        return
    spot.room = 0.86 * other.width / sharing
    spot.height = min(spot.height, 0.9 * other.height, spot.room * 1.15 / (spot.noun.width * spot.thing.count**0.8))


def _move(frame: Frame, spot: Spot, other: Spot) -> None:
    relation: str = spot.thing.relation or "beside"
    if other.where == "sky" and spot.where != "sky" and relation != "under":
        return  # a house with birds above it stays on the ground
    if spot.where == "sky" and relation in ("with", "beside", "before", "behind"):
        return  # what flies keeps to the air
    walks = spot.noun is not None and spot.noun.kind in ("person", "animal", "fantasy")
    if walks and other.where == "water" and spot.where == "ground" and relation in ("with", "beside", "behind"):
        return  # who feeds the ducks stays on the bank
    if other.where == "wall" and spot.where == "ground" and relation in ("beside", "with", "before", "in", "under", "behind", "on"):
        _at_the_wall(frame, spot, other, relation)
        return
    if frame.indoors and other.noun is not None and other.noun.kind == "building":
        return  # the building is the one we are in
    if relation == "above" and walks and not _aloft(spot) and other.noun is not None and other.noun.kind == "building":
        return  # nobody without wings stands over a castle
    if relation == "in" and other.noun is not None and other.noun.kind == "furniture" and other.noun.top < 0.8:
        relation = "on"
    spot.layer, spot.scale = other.layer, other.scale
    if spot.where != "sky" or relation != "above":
        spot.where = other.where if other.where != "wall" else spot.where
    MOVES[relation](frame, spot, other)


def _at_the_wall(frame: Frame, spot: Spot, other: Spot, relation: str) -> None:
    """By a window or a clock: on the floor below it, toward it; in a window, what is small enough is on the sill."""
    if relation in ("in", "on") and other.thing.noun == "window" and natural(spot) < 0.6:
        spot.height = min(spot.height, 0.5 * other.height)
        spot.x, spot.y, spot.tied = other.x + 0.12 * other.width, other.y - 0.004, True
        spot.layer, spot.where, spot.order = other.layer, other.where, other.order + 0.001
        return
    side = 1.0 if spot.x >= other.x else -1.0
    off = (0.34 if relation == "beside" or relation == "with" else 0.12) * other.width
    spot.x = min(max(other.x + side * off, spot.width * 0.5), frame.w - spot.width * 0.5)
    spot.flip = side > 0


def _aloft(spot: Spot) -> bool:
    """Whether it is in the air by itself: winged, flying or in mid-leap."""
    return spot.where == "sky" or spot.thing.pose in ("flying", "jumping") or spot.noun is not None and spot.noun.skeleton == "wings"


def _on(frame: Frame, spot: Spot, other: Spot) -> None:
    if other.noun is None and (spot.noun is None or spot.noun.kind == "person"):
        _beside(frame, spot, other)  # nobody stands on a lettered card
        return
    for so, move in ((rides, mount), (boards, _in), (climbs, climb)):
        if so(spot, other):
            move(frame, spot, other)
            return
    rest = other.noun.top if other.noun else 1.0
    abreast(other, frame.w)
    person = spot.noun is not None and spot.noun.kind == "person"
    if not person and other.noun is not None and other.noun.kind == "person":
        on_the_shoulder(spot, other)
        return
    if person and other.thing.noun in stage_facts()["ridden"]:
        spot.thing = spot.thing.model_copy(update={"pose": "cycling" if can(spot.thing.noun, "cycling") else "seated"})
        spot.flip, other.height = other.flip, min(other.height, 0.78 * spot.height)
    seat = other.noun is not None and other.noun.kind == "furniture" and rest < 0.8
    low = rest < 0.8 and not (other.noun and other.noun.kind == "building")
    if person and low and spot.thing.pose in (None, "standing", "sitting", "reading", "riding"):
        spot.thing = spot.thing.model_copy(update={"pose": "seated" if seat else "sitting"})
    if spot.noun is not None and other.noun is not None and other.noun.name == "stone":
        other.height = max(other.height, spot.height * 0.68)
    elif spot.noun is not None and other.noun is not None and other.noun.kind == "plant" and other.noun.stands == "water":
        other.height = max(other.height, spot.width * 1.25 / other.noun.width)
    spot.height = min(spot.height, max(other.height * (1.85 if seat else 1.3), other.width * 0.9))
    if other.noun is not None and other.noun.name in stage_facts()["bears"] and not person:
        _borne(spot, other, rest)
        return
    keep_heads(spot, other, rest)
    spot.x, spot.y = other.x + (0.12 if other.flip else -0.12) * other.width * (rest > 0.95), other.y - other.height * rest
    spot.order, spot.tied = other.order + 0.001, True
    _narrow(spot, other, 1)


def _borne(spot: Spot, other: Spot, rest: float) -> None:
    """On a tray or a cake, as small as it must be."""
    wide = spot.noun.width if spot.noun else 1.1
    spot.height = min(spot.height, 0.62 * max(other.height, 0.3 * other.width), 0.8 * other.width / wide / spot.thing.count)
    spot.room = 0.8 * other.width
    spot.x, spot.y, spot.order, spot.tied = other.x, other.y - other.height * rest, other.order + 0.001, True
    spot.layer, spot.held = other.layer, other.held


def _under(frame: Frame, spot: Spot, other: Spot) -> None:
    if other.where in ("sky", "wall", "ceiling"):
        spot.layer, spot.where = frame.layer_at(spot.x, spot.y), "ground"
        return
    tree = other.noun is not None and other.noun.kind == "plant"
    if tree:
        other.height = max(other.height, spot.height * 1.6)
    if tree or other.height > spot.height * 2.2:
        side = 1.0 if other.x < frame.w / 2 else -1.0
        off = min(other.width * 0.22, spot.width * 0.9) if tree else max(other.width * 0.3, spot.width * 0.55)
        spot.x, spot.y = other.x + side * off, other.y + 0.012
        spot.order = other.order + 0.002
    elif other.noun is not None and other.noun.kind == "furniture" and other.noun.top < 0.8:
        other.height = min(1.35 * other.height, 0.5 * frame.h, 0.7 * frame.w / other.noun.width)
        spot.height = min(spot.height, other.height * other.noun.top * 0.9)
        spot.x, spot.y, spot.order = other.x, other.y + 0.01, other.order + 0.001
    elif other.height < spot.height:
        other.x, other.y = spot.x, spot.y - spot.height * 0.62
        other.order, other.tied = spot.order - 0.001, True
    else:
        rest = other.noun.top if other.noun else 1.0
        spot.height = min(spot.height, other.height * min(rest, 1.0) * 0.68)
        spot.x, spot.y, spot.order = other.x, other.y - 0.008, other.order - 0.001
    spot.tied = True


def _beside(frame: Frame, spot: Spot, other: Spot) -> None:
    leans = spot.thing.pose == "leaning"
    gap = (spot.width + other.width) * 0.46 + 0.012
    if leans:
        trunk = other.noun is not None and other.noun.kind == "plant" and other.height > spot.height
        gap = spot.width * 0.85 if trunk else other.width * 0.48 + spot.width * 0.2
    side = 1.0 if spot.x >= other.x else -1.0
    if not spot.width * 0.4 < other.x + side * gap < frame.w - spot.width * 0.4:
        side = -side
    spot.flip = side > 0 if leans else spot.flip
    half = spot.width * (1 + (spot.thing.count - 1) * 0.8) * 0.5
    house = other.noun is not None and other.noun.kind == "building" and other.where == "ground"
    if house and not half + 0.06 < other.x + side * gap < frame.w - half - 0.06:  # before it, where there is no room at its side
        spot.x = min(max(other.x + side * 0.36 * other.width, half + 0.02), max(frame.w - half - 0.02, half))
        spot.y = max(other.y + 0.03, min(spot.y, frame.front))
        spot.layer, spot.order = frame.layer_at(spot.x, spot.y), spot.y
        return
    spot.x = min(max(other.x + side * gap, half), max(frame.w - half, half))
    if other.where in ("ground", "water") and spot.y < other.y and spot.scale is None:
        spot.height *= min(1.6, max(1.0, 1 + (other.y - spot.y) * 2))
    spot.y, spot.order = other.y + 0.004, other.order + 0.001


def _with(frame: Frame, spot: Spot, other: Spot) -> None:
    """In the hand, if it is what one holds; else beside."""
    if not hold(spot, other):
        _beside(frame, spot, other)


def _in(frame: Frame, spot: Spot, other: Spot) -> None:
    if other.noun is None:
        _beside(frame, spot, other)
        return
    if other.height > spot.height * 2.5 and other.noun is not None and other.noun.kind == "building":
        _before(frame, spot, other)
        return
    tree = other.noun is not None and other.noun.kind == "plant"
    if tree and (spot.noun is None or spot.noun.height > 0.4 or other.thing.count > 1):
        _before(frame, spot, other)
        return
    if other.noun.width > 3.5 and other.where != "water":
        spot.x, spot.y, spot.order = other.x, other.y - other.height * 0.4, other.order + 0.002
        return  # in a puddle, on a rug: nothing hides the feet
    spot.order, spot.tied = other.order + 0.001, True
    if tree:
        spot.x, spot.y = other.x + other.width * (0.12 if other.flip else -0.12), other.y - other.height * 0.5
        return
    facts = stage_facts()
    rim = other.y - other.height * float(facts["rims"].get(other.thing.noun, facts["rim"]))
    if other.where == "water":
        come_near(frame, other)
        rim = other.y - other.height * float(facts["rims"].get(other.thing.noun, facts["rim"]))
    open_boat = other.where == "water" and other.noun.height < 1
    small = spot.noun.height if spot.noun else 0.8
    spot.height = min(spot.height, other.height * (1.5 * min(1.0, small) if open_boat else 0.75), other.width * 0.8)
    if spot.thing.count > 1:
        spot.room = other.width * 0.9
        spot.height = min(spot.height, spot.room * 1.5 / spot.thing.count / (spot.noun.width if spot.noun else 1.1))
    spot.x = other.x
    spot.y, spot.cut = rim + spot.height * (0.22 if open_boat else 0.42), rim


def _behind(frame: Frame, spot: Spot, other: Spot) -> None:
    side = 1.0 if spot.x >= other.x else -1.0
    tree = other.noun is not None and other.noun.kind == "plant" and other.height > spot.height
    if tree:  # peeks out beside the trunk, under the crown
        other.height = max(other.height, min(2.4 * spot.height, 0.8 * frame.h))
    spot.x = other.x + side * min(other.width * (0.14 if tree else 0.42), 0.2)
    spot.y, spot.order, spot.tied = other.y - 0.02, other.order - 0.002, True


def _before(frame: Frame, spot: Spot, other: Spot) -> None:
    side = 1.0 if spot.x >= other.x else -1.0
    spot.x = other.x + side * other.width * 0.12
    low = max(other.y + 0.015, min(spot.y, frame.front)) if other.where != "water" else other.y + 0.02
    spot.y = low
    spot.layer, spot.order = frame.layer_at(spot.x, low), low


def _above(frame: Frame, spot: Spot, other: Spot) -> None:
    if spot.thing.pose == "jumping" and other.where in ("ground", "water"):
        leap_over(frame, spot, other)
        return
    spot.x = min(max(other.x + (0.1 if not spot.flip else -0.1), 0.1), frame.w - 0.1)
    spot.y = max(other.y - other.height * 1.06 - 0.03, spot.height * 1.05)
    spot.where, spot.tied, spot.order = "sky", True, other.order + 0.001


MOVES: dict[str, Callable[[Frame, Spot, Spot], None]] = {
    "on": _on,
    "under": _under,
    "beside": _beside,
    "with": _with,
    "in": _in,
    "behind": _behind,
    "before": _before,
    "above": _above,
}
