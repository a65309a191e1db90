"""Where things stand: how large the camera's shot makes them, how far off, beside whom, and in which order."""

from dataclasses import replace

import numpy as np

from engines.sketch.beams import stage_facts
from engines.sketch.between import join, marks
from engines.sketch.company import together
from engines.sketch.footing import put_down
from engines.sketch.frame import Frame, Ground
from engines.sketch.leap import leap
from engines.sketch.margins import keep_whole, turn_inward
from engines.sketch.relations import relate
from engines.sketch.scene import Thing
from engines.sketch.spots import ACTORS, Spot, abreast, natural
from engines.sketch.tables import sit_down
from engines.sketch.vocabulary import Noun, nouns

SHARE = {"wide": 0.21, "medium": 0.40, "close": 1.12}
CARD = 0.17
"""How tall a lettered card is that stands beside other things."""
ZOOM = {"wide": (0.88, 1.2), "medium": (0.8, 1.52), "close": (0.94, 1.06)}
"""How much nearer or farther than that a picture may be."""
ALONE = 1.3
"""How much closer the camera goes to a single figure."""
PAINTED_BY_THE_SKY = {"sun", "moon", "star", "cloud"}


def arrange(frame: Frame) -> list[Spot]:
    """A spot for every single thing of the scene, back to front."""
    groups = [g for g in (_group(frame, thing) for thing in together(frame.scene)) if g is not None]
    if not groups:
        return []
    scale = _scale(frame, groups)
    for spot in groups:
        _measure(frame, spot, scale)
    _settle(frame, groups)
    window = _window_of_the_room(frame, groups)
    relate(frame, groups)
    join(frame, groups)
    spots = [single for spot in groups for single in _members(frame, spot) if spot is not window]
    spots += sit_down(frame, spots)
    turn_inward(frame, spots)
    keep_whole(frame, spots)
    _cards_aside(frame, spots)
    spots += leap(frame, spots)
    spots += marks(frame, spots)
    return sorted(spots, key=lambda spot: (spot.layer, spot.order))


def _window_of_the_room(frame: Frame, groups: list[Spot]) -> Spot | None:
    """The window that the room has already: a place that others speak of, and nothing to be drawn again."""
    named = [spot for spot in groups if spot.thing.noun == "window" and spot.thing.count == 1 and spot.thing.color is None]
    if frame.window is None or not named:
        return None
    left, top, right, bottom = frame.window
    spot, noun = named[0], named[0].noun
    spot.where, spot.layer, spot.x, spot.y, spot.flip = "wall", frame.behind_things, (left + right) / 2, bottom, False
    spot.height = (right - left) / (noun.width if noun else 1.0)
    return spot


def _cards_aside(frame: Frame, spots: list[Spot]) -> None:
    """Lettered cards stand at the side where they hide least, behind whom they would hide."""
    cards = [spot for spot in spots if spot.noun is None and spot.thing.x is None and not spot.tied]
    shown = [spot for spot in spots if spot.noun is not None and spot.where != "sky"]
    if not cards or not shown:
        return
    step = max(card.width for card in cards) * 1.04
    places = [edge for n in range(len(cards) + 1) for edge in (step * (n + 0.55), frame.w - step * (n + 0.55))]
    for card in cards:
        def hidden(x: float, card: Spot = card) -> float:
            return sum(max(0.0, (card.width + other.width) / 2 - abs(other.x - x)) for other in shown)

        card.x = min(places, key=hidden)
        places.remove(card.x)
        put_down(frame, card)
        card.order = min(card.order, *(other.order for other in shown if other.layer == card.layer), card.order) - 0.001


def _group(frame: Frame, thing: Thing) -> Spot | None:
    noun = nouns().get(thing.noun)
    painted = PAINTED_BY_THE_SKY - ({"moon", "sun"} if frame.scene.setting == "space" else set())
    if thing.noun in painted or frame.without(thing.noun):
        return None
    if noun is not None and frame.without(noun.kind, *(("people",) if noun.kind == "person" else ())):
        return None
    return Spot(thing, noun)


def _scale(frame: Frame, groups: list[Spot]) -> float:
    """Units per person height at the front, so that the leading figure fills the share its shot asks for."""
    actors = [spot for spot in groups if spot.noun and spot.noun.kind in ACTORS]
    leads = [spot for spot in actors if spot.noun and spot.noun.kind != "bird" and spot.thing.pose != "flying"] or groups
    lead = natural(leads[0])
    alone = frame.scene.shot == "medium" and len(groups) == 1 and len(actors) == 1 and actors[0].thing.count == 1
    share = SHARE[frame.scene.shot] * min(1.5, max(0.55, lead**0.42)) * (ALONE if alone else 1.0)
    if frame.indoors:
        share *= 1.12
    tallest = max(natural(spot) for spot in leads)
    limit = {"wide": 0.34, "medium": 0.62 if alone else 0.52 if actors else 0.66, "close": 1.5}[frame.scene.shot] * min(1.2, frame.h)
    crowd = sum(spot.thing.count for spot in actors)
    zoom = frame.stream("zoom").uniform(*ZOOM[frame.scene.shot]) if crowd < 5 and not frame.indoors else 1.0
    share, limit = share * zoom, limit * min(1.22, zoom)
    near = [spot for spot in groups if natural(spot) <= 1.6]
    laid = any(spot.thing.noun in stage_facts()["tables"] for spot in groups)
    widest = max((natural(spot) * (spot.noun.width if spot.noun else 1.1) for spot in near), default=0.1)
    if frame.scene.shot == "close":
        widest *= 0.62
    most = {"wide": 0.3, "medium": 0.55 if any(natural(spot) > 1.2 for spot in groups) else 1.0, "close": 1.6}[frame.scene.shot]
    across = (0.54 if actors or not laid else 0.8) * frame.w / widest
    return float(min(share / lead, limit / tallest, across, most)) * (1.0 if crowd < 5 else 0.82)


def nearness(frame: Frame, y: float) -> float:
    """How large things are at a height of the ground, 1 at the front."""
    t = (y - frame.horizon) / (frame.front - frame.horizon)
    return float(min(1.35, max(0.1, t)) ** 0.85)


def _measure(frame: Frame, spot: Spot, scale: float) -> None:
    """Choose how far off the thing stands, and so its size."""
    noun, thing = spot.noun, spot.thing
    stream = frame.stream(f"stage/{thing.id}")
    full = natural(spot) * scale if spot.noun else CARD if len(frame.scene.things) > 1 else 1.4 * CARD
    spot.flip = stream.chance(0.5)
    stands = noun.stands if noun else "ground"
    bird = noun is not None and noun.kind == "bird" and thing.pose is None
    flocks = thing.count > 1 and noun is not None and noun.name not in stage_facts()["walks"]
    aloft = flocks or thing.relation == "above" or frame.scene.setting == "sky"
    flying = thing.pose == "flying" or (bird and stands != "water" and aloft)
    if bird and flying:
        spot.thing = thing.model_copy(update={"pose": "flying"})
    spot.where = _where(frame, "water" if thing.pose == "swimming" else stands, flying)
    if spot.where in ("sky", "wall", "ceiling"):
        wide = noun is not None and noun.name in stage_facts()["spans"]
        spot.height = frame.w * 1.1 / noun.width if wide and noun else min(full * (0.75 if spot.where == "sky" else 1.0), 0.42)
        return
    if frame.window is not None and "windowsill" in frame.scene.places and noun is not None:
        full = min(full, 0.3 if noun.kind in ACTORS else 0.14)
        spot.room = 0.9 * (frame.window[2] - frame.window[0])
    surface = _surface(frame, spot.where)
    actor = noun is None or noun.kind in ACTORS or full < 0.5 * SHARE[frame.scene.shot]
    near = frame.front + frame.stream("front").uniform(-0.07, 0.02) * (not frame.indoors) * (frame.scene.shot != "close")
    near += stream.uniform(-0.015, 0.02) + 0.02 * (1.0 - min(1.3, natural(spot)))
    if surface is not None and surface.scale is not None:
        spot.scale, spot.y = surface.scale, near
        spot.height = min(full * surface.scale, 0.85)
        return
    if thing.depth is not None:
        near = frame.horizon + (frame.front - frame.horizon) * (0.22 + 0.8 * thing.depth)
    elif frame.scene.shot == "close" and actor and full > 0.6:
        near = frame.h + full * 0.36
    elif not actor:
        most = min(0.62, 0.66 * frame.h)
        near = frame.horizon + (frame.front - frame.horizon) * min(0.86, max(0.22, (most / full) ** 1.18))
    spot.y = near
    spot.height = min(full * min(1.0, nearness(frame, near)) if near <= frame.h else full, 1.6)


def _where(frame: Frame, stands: str, flying: bool) -> str:
    if flying or stands == "sky":
        return "sky"
    if frame.indoors:
        return stands if stands in ("wall", "ceiling") else "ground"
    return "water" if stands == "water" and any(g.surface == "water" for g in frame.grounds) else "ground"


def _surface(frame: Frame, where: str) -> Ground | None:
    """The nearest ground of that kind; land stands in for missing water and water for missing land."""
    found = [g for g in frame.grounds if g.surface == where] or frame.grounds
    return found[-1] if found else None


def _settle(frame: Frame, groups: list[Spot]) -> None:
    """Give every group its place from left to right: figures near the thirds, large things where there is room."""
    taken: list[tuple[float, float, float]] = []
    order = sorted(groups, key=lambda s: (s.thing.x is None, s.where == "sky", not (s.noun and s.noun.kind in ACTORS)))
    actors = [s for s in groups if s.noun is not None and s.noun.kind in ACTORS]
    low, high = frame.stand or (0.07, 0.93)
    for number, spot in enumerate(order):
        stream = frame.stream(f"across/{spot.thing.id}")
        half = _half(spot) + 0.02
        if spot.where == "sky":
            spot.y = max(stream.uniform(0.15, 0.30) * frame.h + spot.height * 0.5, spot.height * 1.06 + 0.03)
            if spot.noun and spot.noun.name in stage_facts()["spans"]:
                spot.y = frame.horizon + (0.03 if spot.noun.name == "rainbow" else -0.05)
        elif spot.where == "wall":
            door = natural(spot) > 1.2 and frame.scene.setting == "room"
            spot.y = frame.horizon + 0.165 if door else frame.h * 0.42 + spot.height * 0.3
        if spot.thing.x is not None:
            spot.x = spot.thing.x * frame.w
        else:
            spot.x = _best(frame, spot, half, taken, _wish(frame, spot, actors, number, stream.random()), (low, high))
            if spot.thing.count == 1 and spot.width < 0.94 * frame.w and frame.scene.shot != "close":
                spot.x = min(max(spot.x, half), frame.w - half)
        taken.append((spot.x, half, spot.y if spot.where != "sky" else -1.0))
        put_down(frame, spot)


def _half(spot: Spot) -> float:
    """Half the width a group takes."""
    wide = spot.width * float(stage_facts()["longer"].get(spot.thing.pose, 1.0))
    return wide * 0.5 * (1 + min(spot.thing.count - 1, 5) * 0.8)


def _wish(frame: Frame, spot: Spot, actors: list[Spot], number: int, luck: float) -> float:
    """Where a group would like to stand, as a share of the width."""
    if frame.lane is not None and spot.where == "ground" and spot.noun and (spot.noun.kind == "vehicle" or actors[:1] == [spot]):
        return float(frame.lane[min(frame.height - 1, int(spot.y * frame.unit))]) / frame.w
    alone = len(frame.scene.things) == 1
    if spot.noun is None and not alone:
        return 0.1 if frame.stream("card").chance(0.5) else 0.9
    if (alone or spot in actors) and spot.where != "sky":
        if alone or len(actors) == 1:
            side = 1.0 if (frame.light.x < frame.w * 0.5) == (luck > 0.16) else -1.0
            return 0.5 + side * frame.stream("third").uniform(0.02, 0.23)
        middle = frame.stream("middle").uniform(0.4, 0.6)
        return middle + _abreast(spot, actors[:: 1 if frame.stream("order").chance(0.5) else -1]) / frame.w
    if spot.where == "sky":
        return 0.24 + 0.52 * luck
    away = frame.light.x < frame.w * 0.5
    return (0.72 if (number + away) % 2 else 0.26) + (luck - 0.5) * 0.26


def _abreast(spot: Spot, actors: list[Spot]) -> float:
    """How far from the middle a figure stands when all stand side by side."""
    row = [each for each in actors if each.where != "sky"]
    wide = [min(0.5, 2 * _half(each)) * 0.9 + 0.02 for each in row]
    number = row.index(spot)
    return sum(wide[:number]) + wide[number] / 2 - sum(wide) / 2


def _best(
    frame: Frame, spot: Spot, half: float, taken: list[tuple[float, float, float]], wish: float, band: tuple[float, float]
) -> float:
    """The place nearest to the wish where little is covered and nothing is cut off."""
    band = (0.05, 0.95) if spot.where in ("sky", "water") else band
    places = np.linspace(band[0], band[1], 41) * frame.w
    cost = np.abs(places - wish * frame.w) * 1.2
    cost += (np.clip(half - places, 0, None) + np.clip(places + half - frame.w, 0, None)) * 9
    for x, other, y in taken:
        apart = 1.0 if (y < 0) == (spot.where == "sky") else 0.5
        hidden = np.clip((half + other) * 0.92 - np.abs(places - x), 0, None)
        cost += hidden * 4.0 * apart * (0.6 if abs(y - spot.y) > 0.08 else 1.0)
    if spot.where == "sky" and frame.light.body:
        cost += np.clip(0.16 + half - np.abs(places - frame.light.x), 0, None) * 1.5
    return float(places[int(np.argmin(cost))])


def _members(frame: Frame, spot: Spot) -> list[Spot]:
    """The single things of a group: abreast in a loose row on the ground, scattered in the air."""
    count = spot.thing.count
    if count == 1:
        return [spot]
    stream = frame.stream(f"group/{spot.thing.id}")
    draws = stream.field(count, 4)
    room, wide = abreast(spot, frame.w)
    step = min(wide * 1.02, max(0.0, room - wide) / (count - 1))
    reach = step * (count - 1) / 2 + wide / 2 + step * 0.13 + 0.02
    left = min(max(spot.x, reach), max(frame.w - reach, frame.w / 2))
    out = []
    for k in range(count):
        a, b, c, d = draws[k].tolist()
        thing = spot.thing.model_copy(update={"id": f"{spot.thing.id}#{k}" if k else spot.thing.id, "count": 1})
        x = left + (k - (count - 1) / 2) * step + (a - 0.5) * step * 0.25
        single = replace(spot, thing=thing, x=x, flip=d > 0.5)
        if spot.where == "sky":
            single.x = left + (k - (count - 1) / 2) * step * 1.25 + (a - 0.5) * step * 0.5
            single.x = min(max(single.x, wide * 0.55), frame.w - wide * 0.55)
            single.y = spot.y + (b - 0.5) * min(0.3, 0.1 + 0.03 * count) * frame.h
            single.height = spot.height * (0.72 + 0.5 * c)
        elif spot.scale is None and not spot.tied:
            single.y = max(spot.y - 0.05 * b * (k % 2 + 0.3), 0)
            single.height = spot.height * (0.94 + 0.12 * c)
            put_down(frame, single)
        out.append(single)
    return out


__all__ = ["Noun", "Spot", "arrange", "natural"]
