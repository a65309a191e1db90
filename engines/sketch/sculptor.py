"""The sculptor: a prompt becomes a low-poly object, or a few that stand together."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from engines.sketch import sculptor_stage as stage
from engines.sketch.dice import Dice
from engines.sketch.sculptor_solid import Solid, apart, make, together
from engines.sketch.sculptor_words import Order, Wanted, ordered

Progress = Callable[[float, str], None]
SIZES = {"tiny": 0.5, "small": 0.74, "normal": 1.0, "large": 1.35, "huge": 1.8}


@dataclass(frozen=True)
class Sculpture:
    """A finished object and the words that nothing was known for."""

    solid: Solid
    unmet: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class _Table:
    """What stands where, while it is put together."""

    dice: Dice
    placed: dict[str, list[Solid]] = field(default_factory=dict)
    held: list[Solid] = field(default_factory=list)
    rooted: list[str] = field(default_factory=list)


def sculpt(prompt: str, dice: Dice, progress: Progress = lambda fraction, note: None) -> Sculpture:
    """The object a prompt describes; a lettered plinth if nothing in it is known."""
    progress(0.0, "Reading the words")
    order = ordered(prompt, 0)
    if not order.things:
        words = " ".join(order.unmet) or prompt
        return Sculpture(make(stage.plinth(words), dice, "plinth", {}), order.unmet or [prompt.strip()[:60]],
                         ["Nothing in these words is a kind of object the sketch sculptor knows, so they stand on a plinth."])
    table = _Table(dice)
    waiting = _sorted(order.things)
    for number, wanted in enumerate(waiting):
        progress(0.05 + 0.9 * number / len(waiting), f"Shaping {wanted.kind.name}")
        _place(wanted, _copies(wanted, dice, progress), table)
    whole = [solid for solids in table.placed.values() for solid in solids] + table.held
    if order.ground or sum(len(table.placed[name]) for name in table.rooted) > 1:
        whole.append(stage.base(whole, order.ground or _base_of(order)))
    progress(1.0, "Put together")
    solid = together(whole)
    low, high = solid.bounds
    middle = (low + high) / 2
    return Sculpture(solid.moved(-float(middle[0]), -float(low[1]), -float(middle[2])), order.unmet, order.notes)


def _sorted(things: list[Wanted]) -> list[Wanted]:
    """Carriers before what they carry; a ring of relations is cut at its first member."""
    ids = {wanted.id: wanted for wanted in things}
    found: dict[str, Wanted] = {}
    for first in things:
        chain: list[Wanted] = []
        here: Wanted | None = first
        while here is not None and here.id not in found and here not in chain:
            chain.append(here)
            here = ids.get(here.to or "")
        for wanted in reversed(chain):
            known = wanted.to in found
            found[wanted.id] = wanted if known else Wanted(wanted.id, wanted.kind, wanted.count, wanted.size, wanted.colors)
    return list(found.values())


def _copies(wanted: Wanted, dice: Dice, progress: Progress) -> list[Solid]:
    factor = SIZES[wanted.size]
    found = []
    for number in range(wanted.count):
        progress(0.5, f"Shaping {wanted.kind.name}")
        found.append(make(wanted.kind, dice, f"{wanted.id}/{number}", wanted.colors).scaled(factor, factor, factor))
    return stage.arranged(found, dice, wanted.id)


def _base_of(order: Order) -> str:
    names = [wanted.kind.base for wanted in order.things]
    return next((name for name in ("water", "grass") if name in names), names[0])


def _place(wanted: Wanted, solids: list[Solid], table: _Table) -> None:
    """Put copies where their relation says; without one they stand in the row on the ground."""
    under = table.placed.get(wanted.to or "")
    carrier = under[0] if under else None
    if carrier is None:
        table.rooted.append(wanted.id)
        table.placed[wanted.id] = _beside(solids, [solid for name in table.placed for solid in table.placed[name]])
    elif wanted.relation == "with" and carrier.hand is not None:
        table.placed[wanted.id] = _held(solids, carrier, carrier.hand)
    elif wanted.relation in ("on", "in"):
        table.placed[wanted.id] = _carried(wanted, solids, table)
    elif wanted.relation == "above":
        table.placed[wanted.id] = _above(solids, carrier, table)
    else:
        table.rooted.append(wanted.id)
        table.placed[wanted.id] = _about(wanted, solids, under or [])


def _shift(solids: list[Solid], x: float, z: float, y: float = 0.0) -> list[Solid]:
    return [solid.moved(x, y, z) for solid in solids]


def _box(solids: list[Solid]) -> tuple[np.ndarray, np.ndarray]:
    return np.min([solid.bounds[0] for solid in solids], 0), np.max([solid.bounds[1] for solid in solids], 0)


def _beside(solids: list[Solid], others: list[Solid]) -> list[Solid]:
    """To the right of everything that is there."""
    solids = [solid.moved(y=-float(solid.bounds[0][1]) - stage.SUNK) for solid in solids]
    if not others:
        return solids
    low, high = _box(solids)
    edge = float(_box(others)[1][0])
    return _shift(solids, edge + apart(float(high[0] - low[0])) - float(low[0]), 0.0)


def _about(wanted: Wanted, solids: list[Solid], others: list[Solid]) -> list[Solid]:
    """Beside, behind, before or under something, on the same ground."""
    low, high = _box(others)
    centre = (low + high) / 2
    solids = [solid.moved(y=-float(solid.bounds[0][1]) - stage.SUNK) for solid in solids]
    mine = _box(solids)
    half = (mine[1] - mine[0]) / 2
    solids = _shift(solids, -float(mine[0][0] + mine[1][0]) / 2, -float(mine[0][2] + mine[1][2]) / 2)
    match wanted.relation:
        case "behind":
            return _shift(solids, float(centre[0]) - 0.5 * float(half[0]), float(low[2]) - float(half[2]) - apart(float(half[2])))
        case "before":
            return _shift(solids, float(centre[0]) + 0.35 * float(half[0]), float(high[2] + half[2]) + apart(float(half[2])))
        case "under":
            return _under(solids, others[0])
    if len(solids) == 2:
        aside = float(high[0] - low[0]) / 2 + apart(float(half[0]))
        places = [float(centre[0]) + way * (aside + float(solid.size[0]) / 2) for solid, way in zip(solids, (-1, 1))]
        return [solid.moved(x - float(solid.bounds.mean(0)[0]), 0, float(centre[2])) for solid, x in zip(solids, places)]
    return _shift(solids, float(high[0] + half[0]) + apart(float(half[0])), float(centre[2]))


def _under(solids: list[Solid], roof: Solid) -> list[Solid]:
    """On the ground below something: as small as it needs, or in front of what has no room."""
    tall = float(_box(solids)[1][1])
    middle = roof.bounds.mean(0)
    if roof.room > 0:
        factor = min(1.0, roof.room * 0.92 / tall)
        return _shift([solid.scaled(factor, factor, factor) for solid in solids], float(middle[0]), float(middle[2]))
    depth = float(roof.size[2])
    return _shift(solids, float(middle[0]) + 0.26 * float(roof.size[0]), float(middle[2]) + 0.34 * depth)


def _carried(wanted: Wanted, solids: list[Solid], table: _Table) -> list[Solid]:
    """On top of something, which grows if it is ground; else what stands on it is made to fit."""
    carriers = table.placed[str(wanted.to)]
    low, high = stage.spread(solids)
    span = high - low
    carrier = carriers[0]
    wide, deep = stage.seat(carrier)
    if carrier.kind.ground:
        grow = max(1.0, float(span[0]) * 1.1 / wide, float(span[1]) * 1.1 / deep)
        here = carrier.bounds.mean(0)
        foot = float(carrier.bounds[0][1])
        carrier = carrier.moved(-here[0], -foot, -here[2]).scaled(grow, grow**0.6, grow).moved(here[0], foot, here[2])
        carriers[0] = carrier
        factor = 1.0
    else:
        factor = min(1.0, wide / max(1e-6, float(span[0])), deep / max(1e-6, float(span[1])))
    x, z = stage.middle(carrier)
    centre = (low + high) / 2 * factor
    sunk = carrier.kind.hollow if wanted.relation == "in" else 0.0
    found = []
    for solid in solids:
        small = solid.scaled(factor, factor, factor)
        foot = np.mean(stage.footprint(small), axis=0) - centre
        found.append(stage.seated(carrier, small, (x + float(foot[0]), z + float(foot[1])), sunk * float(small.size[1])))
    return found


def _held(solids: list[Solid], holder: Solid, hand: tuple[float, float, float]) -> list[Solid]:
    """In the hand, no larger than suits it."""
    most = 0.5 * float(holder.size[1])
    found = []
    for number, solid in enumerate(solids):
        factor = min(1.0, most / float(solid.size.max()))
        small = solid.scaled(factor, factor, factor)
        middle = small.bounds.mean(0)
        side = -1 if number % 2 else 1
        x, y, z = hand
        mid_x = float(holder.bounds.mean(0)[0])
        grip = min(0.0, 0.3 * float(small.size[1]))
        found.append(small.moved(mid_x + (x - mid_x) * side - float(middle[0]), y - grip - float(middle[1]), z - float(middle[2])))
    return found


def _above(solids: list[Solid], carrier: Solid, table: _Table) -> list[Solid]:
    """Hovering over something on a thin stand."""
    x, z = stage.middle(carrier)
    low, high = _box(solids)
    top = float(carrier.bounds[1][1])
    lift = top + max(0.35, 0.3 * float(carrier.size[1])) - float(low[1])
    solids = _shift(solids, x - float(low[0] + high[0]) / 2, z - float(low[2] + high[2]) / 2, lift)
    for solid in solids:
        middle = solid.bounds.mean(0)
        here = np.array([middle[0], middle[2]])
        under = stage.heights(carrier, here - 0.03, here + 0.03)
        foot = float(under[np.isfinite(under)].min()) if np.isfinite(under).any() else 0.0
        table.held.append(stage.wire((float(here[0]), foot, float(here[1])), float(middle[1]), "#8a8378", solid.kind))
    return solids
