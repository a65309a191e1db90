"""What two do together: who hugs, chases, feeds or carries whom is set near the other, turned to them, with arms that reach."""

from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from engines.sketch.bodies import can, half, hand, hand_in, is_person, posed, reaching
from engines.sketch.frame import Frame
from engines.sketch.scene import Thing
from engines.sketch.spots import Spot, natural
from engines.sketch.vocabulary import LIVING, nouns

NEAR = ("beside", "with", "before", "behind", "on")
MUCH_LOWER = 0.8
"""Below this share of one's own height one kneels down to the other."""


@lru_cache(1)
def deeds() -> dict[str, dict[str, Any]]:
    """between.yaml, read once: how each deed between two is drawn, by its pose."""
    loaded: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "between.yaml").read_text("utf-8"))
    return loaded


def join(frame: Frame, groups: list[Spot]) -> None:
    """Bring together all who do something to each other; they are placed already."""
    rows = _hands(groups)
    for row in rows:
        _in_a_row(frame, row)
    done: dict[int, list[Spot]] = {}
    for doer, other in _links([spot for spot in groups if all(spot not in row for row in rows)]):
        before = done.setdefault(id(other), [])
        if before and other.noun is not None and other.noun.kind not in LIVING:
            _join_in(frame, doer, other, before)
        else:
            _together(frame, doer, other, deeds()[str(doer.thing.pose)])
        before.append(doer)
        if len(before) > 1:
            _into_the_picture(frame, [*before, other])
    by_id = {spot.thing.id: spot for spot in groups}
    for spot in groups:
        carrier = by_id.get(spot.thing.to or "")
        taken = carrier is not None and carrier.thing.pose in ("carrying", "lifting") and is_person(carrier)
        if carrier is not None and taken and spot.thing.relation == "with" and not spot.held:
            _in_the_arms(spot, carrier)
            _take_along(spot, [each for each in groups if each.thing.to == spot.thing.id and each.thing.relation == "on"])
    _clear(frame, groups)


def _clear(frame: Frame, groups: list[Spot]) -> None:
    """Who stands just where others were brought together makes room."""
    fixed = [spot for spot in groups if spot.moved and spot.where == "ground"]
    for spot in groups:
        if spot.moved or spot.tied or spot.held or spot.where != "ground" or spot.thing.x is not None or spot.width > 0.5 * frame.w:
            continue
        crowd = [other for other in fixed if abs(other.x - spot.x) < 0.4 * (other.width + spot.width)]
        if not crowd:
            continue
        left = min(other.x - other.width / 2 for other in fixed) - spot.width / 2
        right = max(other.x + other.width / 2 for other in fixed) + spot.width / 2
        spot.x = left if left > frame.w - right and left > 0.06 * frame.w or right > 0.94 * frame.w else right
        spot.x = min(max(spot.x, 0.08 * frame.w), 0.92 * frame.w)


def _hands(groups: list[Spot]) -> list[list[Spot]]:
    """All who hold hands in one row, if they are more than two."""
    row = [spot for spot in groups if spot.thing.pose == "holding hands" and spot.thing.count == 1 and is_person(spot)]
    return [sorted(row, key=lambda spot: spot.x)] if len(row) > 2 else []


def _links(groups: list[Spot]) -> list[tuple[Spot, Spot]]:
    """Who does something, and to whom: the one it is said of, or another who does the same."""
    by_id = {spot.thing.id: spot for spot in groups}
    table, found, free = deeds(), [], []
    for spot in groups:
        row = table.get(spot.thing.pose or "")
        if row is None or "arms" in row:
            continue
        other = by_id.get(spot.thing.to or "") if spot.thing.relation in NEAR else None
        if other is not None and spot.tied and spot.thing.relation == "on" and other.noun is not None and other.noun.kind not in LIVING:
            continue  # who plays on the stairs stays there
        tied = next((each for each in groups if each.thing.to == spot.thing.id and each.thing.relation == "with" and not each.held), None)
        other = other or tied
        if other is not None and other is not spot:
            found.append((spot, other))
        elif spot.thing.relation not in ("on", "in"):
            free.append(spot)
    linked = {id(spot) for pair in found for spot in pair}
    free = [spot for spot in free if id(spot) not in linked]
    for pose in dict.fromkeys(spot.thing.pose for spot in free):
        alike = [spot for spot in free if spot.thing.pose == pose]
        found += [(one, two) for one, two in zip(alike[::2], alike[1::2], strict=False)]
    return found


def _together(frame: Frame, doer: Spot, other: Spot, row: dict[str, Any]) -> None:
    """Place the two, turn them to each other, and give both what they do."""
    if other.where in ("sky", "wall", "ceiling") or doer.where == "sky" or "course" in row and other.noun is None:
        doer.flip = other.x < doer.x
        return
    if doer.where == "ground" and other.where == "water":
        doer.flip, other.flip = other.x < doer.x, other.x > doer.x
        _reach(doer, other, row)
        return
    small = other.noun is not None and other.noun.kind not in LIVING and natural(other) < 0.5 * natural(doer)
    if small and row.get("low"):
        doer.thing = doer.thing.model_copy(update={"pose": "carrying"})
        _in_the_arms(other, doer)
        return
    if other.tied and not other.held:  # on a balcony, on a table: it stays there
        doer.flip = other.x < doer.x
        return
    _level(doer, other)
    _turn(doer, other, row)
    _act(doer, other, row)
    if "course" in row:
        gap = float(row["apart"]) * (half(doer) + half(other)) * (1.4 if is_person(doer) and is_person(other) else 1.0)
    elif "reach" in row:
        gap = _reach(doer, other, row)
    elif doer.thing.pose == row.get("instrument"):
        gap = abs(hand(doer)[0]) + 0.36 * other.width
    elif "meet" in row:
        gap = _meet(doer, other, row["meet"])
    elif is_person(doer) and is_person(other):
        gap = float(row["gap"]) * (doer.height + other.height) / 2
    else:
        gap = float(row.get("near", row.get("gap", 1.0))) * (half(doer) + half(other))
    _apart(frame, doer, other, gap, row)


def _join_in(frame: Frame, doer: Spot, other: Spot, before: list[Spot]) -> None:
    """One more who does the same to the same thing: on its other side, or behind who is there already."""
    first, rank = before[0], len(before)
    gap = abs(first.x - other.x) + (rank // 2) * 0.4 * doer.height
    side = (1.0 if first.x >= other.x else -1.0) * (-1 if rank % 2 else 1)
    doer.height = first.height * natural(doer) / max(0.05, natural(first))
    doer.y, doer.layer, doer.where, doer.scale, doer.moved = first.y, first.layer, first.where, first.scale, True
    doer.x = min(max(other.x + side * gap, 0.5 * doer.width), frame.w - 0.5 * doer.width)
    posed(doer, first.thing.pose)
    doer.flip, doer.order = other.x < doer.x, first.order - 0.001 * rank


def _into_the_picture(frame: Frame, spots: list[Spot]) -> None:
    """Several round one thing are moved so that none of them is cut off."""
    low, high = min(spot.x - 0.5 * reaching(spot) for spot in spots), max(spot.x + 0.5 * reaching(spot) for spot in spots)
    by = max(0.02 * frame.w - low, 0.0) or min(0.98 * frame.w - high, 0.0)
    for spot in spots:
        spot.x += by


def _level(doer: Spot, other: Spot) -> None:
    """Both stand on one ground, as far away as each other."""
    near = max(doer, other, key=lambda spot: spot.y) if doer.layer == other.layer else other
    far = doer if near is other else other
    far.height = near.height * natural(far) / max(0.05, natural(near))
    far.y, far.layer, far.where, far.scale = near.y, near.layer, near.where, near.scale
    doer.order, other.order = near.order + 0.001, near.order
    if is_person(doer) and is_person(other) and other.height < doer.height:
        doer.order, other.order = other.order, doer.order


def _turn(doer: Spot, other: Spot, row: dict[str, Any]) -> None:
    """Toward each other, or both the same way."""
    if "course" in row:
        doer.flip = other.flip = doer.flip
        return
    doer.flip = other.x < doer.x
    other.flip = doer.flip if row.get("away") else not doer.flip


def _act(doer: Spot, other: Spot, row: dict[str, Any]) -> None:
    """What each of the two does."""
    lower = other.height < MUCH_LOWER * doer.height
    if lower and row.get("low"):
        posed(doer, str(row["low"]))
    elif row.get("instrument") and other.noun is not None and other.noun.kind == "instrument":
        posed(doer, str(row["instrument"]))
    elif row.get("pose"):
        posed(doer, str(row["pose"]))
    if other.thing.pose in (None, "standing", doer.thing.pose):
        posed(other, str(row.get("other" if is_person(other) else "beast") or ""))


def _reach(doer: Spot, other: Spot, row: dict[str, Any]) -> float:
    """Choose how the arm goes out, and give back how far off the other one is then."""
    if "reach" not in row:
        return doer.height
    head = other.height * (0.82 if not is_person(other) else 0.6) + (doer.y - other.y)
    tries = [pose for pose in row["reach"] if can(doer.thing.noun, pose)]
    if tries:
        best = min(tries, key=lambda pose: abs(hand_in(doer, pose)[1] - head))
        doer.thing = doer.thing.model_copy(update={"pose": best})
    apart = abs(hand(doer)[0]) + float(row["share"]) * other.width + float(row.get("far", 0.0)) * doer.height
    if row.get("pose"):
        posed(doer, str(row["pose"]))
    return apart


def _meet(doer: Spot, other: Spot, poses: list[str]) -> float:
    """Choose for both how the arm goes so that the hands meet, and give back how far apart they stand then."""
    if not (is_person(doer) and is_person(other)):
        return 0.9 * (half(doer) + half(other))
    lower, higher = sorted((doer, other), key=lambda spot: spot.height)
    posed(higher, poses[0])
    level = hand(higher)[1]
    posed(lower, min(poses, key=lambda pose: abs(hand_in(lower, pose)[1] - level)))
    return abs(hand(doer)[0]) + abs(hand(other)[0])


def _apart(frame: Frame, doer: Spot, other: Spot, gap: float, deed: dict[str, Any]) -> None:
    """Set the two so far apart about their middle, and both inside the picture."""
    way = (-1.0 if doer.flip else 1.0) * float(deed.get("course", 1.0))
    wide, along = reaching(doer), reaching(other)
    room = frame.w * 0.96 - wide / 2 - along / 2
    gap = min(gap, max(room, 0.2 * gap))
    middle = (doer.x + other.x) / 2 if other.noun is None or other.noun.kind in LIVING else other.x - way * gap / 2
    low = min(-way * gap / 2 - wide / 2, way * gap / 2 - along / 2)
    high = max(-way * gap / 2 + wide / 2, way * gap / 2 + along / 2)
    middle = min(max(middle, -low + 0.02 * frame.w), max(frame.w * 0.98 - high, -low + 0.02 * frame.w))
    doer.x, other.x = middle - way * gap / 2, middle + way * gap / 2
    doer.moved = other.moved = True
    if "aloft" in deed and other.noun is not None and other.noun.kind not in LIVING:
        other.y, other.tied, other.order = doer.y - float(deed["aloft"]) * doer.height, True, doer.order + 0.001


def _in_a_row(frame: Frame, row: list[Spot]) -> None:
    """Several hold hands: those in the middle give both."""
    ground = max(row, key=lambda spot: spot.y)
    for spot in row:
        spot.height = ground.height * natural(spot) / max(0.05, natural(ground))
        spot.y, spot.layer, spot.where, spot.scale = ground.y, ground.layer, ground.where, ground.scale
        spot.flip = spot is row[-1]
        posed(spot, "both hands" if spot not in (row[0], row[-1]) else "holding hands")
    steps = [abs(hand(one)[0]) + abs(hand(two)[0]) for one, two in pairwise(row)]
    left = frame.w / 2 - sum(steps) / 2
    for number, spot in enumerate(row):
        spot.x, spot.order = left + sum(steps[:number]), ground.order + 0.001 * number


def _take_along(spot: Spot, load: list[Spot]) -> None:
    """What is on a tray goes where the tray is taken."""
    for each in load:
        wide = each.noun.width if each.noun else 1.0
        each.height = min(each.height, 1.2 * spot.height, 0.8 * spot.width / wide / each.thing.count)
        each.room = 0.8 * spot.width
        each.x, each.y = spot.x, spot.y - spot.height * (spot.noun.top if spot.noun else 1.0)
        each.layer, each.where, each.order, each.tied, each.held = spot.layer, spot.where, spot.order + 0.0005, True, True


def _in_the_arms(spot: Spot, carrier: Spot) -> None:
    """What someone carries lies on their forearms, before their chest."""
    side = -1.0 if carrier.flip else 1.0
    most = carrier.height * (0.5 if spot.noun is not None and spot.noun.kind in LIVING else 0.3)
    full = carrier.height * natural(spot) / max(0.05, natural(carrier))
    spot.height = min(full, most, most * 1.2 / max(0.4, spot.noun.width if spot.noun else 1.0))
    posed(spot, "sitting")
    low = 0.5 if spot.noun is not None and spot.noun.kind in LIVING else 0.4
    spot.x, spot.y = carrier.x + side * 0.13 * carrier.height, carrier.y - low * carrier.height
    if carrier.thing.pose == "lifting":
        spot.x, spot.y = carrier.x, carrier.y - 1.0 * carrier.height
    spot.flip, spot.tied, spot.held = carrier.flip, True, True
    spot.layer, spot.where, spot.order = carrier.layer, carrier.where, carrier.order + 0.0005


def marks(frame: Frame, spots: list[Spot]) -> list[Spot]:
    """Small signs in the air: a heart over two who kiss, notes by who sings."""
    found: list[Spot] = []
    for spot in spots:
        sign = "music note" if spot.thing.pose == "singing" else "heart" if (spot.thing.pose or "").startswith("kissing") else ""
        if not sign or frame.without(sign) or any(mark.thing.noun == sign and abs(mark.x - spot.x) < spot.height for mark in found):
            continue
        side = -1.0 if spot.flip else 1.0
        tall = max(0.03, spot.height * (0.1 if sign == "heart" else 0.16))
        thing = Thing(id=f"{spot.thing.id[:40]}/{sign}", noun=sign, word=sign)
        x, y = spot.x + side * spot.height * (0.14 if sign == "heart" else 0.3), spot.y - spot.height * 1.08
        found.append(Spot(thing, nouns()[sign], x, max(y, tall * 1.2), tall, where=spot.where, layer=spot.layer, order=spot.order + 0.01,
                          tied=True))
    return found
