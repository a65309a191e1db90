"""From a prompt to the objects that are wanted: the scene parser reads it, and its nouns are matched with the kinds there are."""

import re
from dataclasses import dataclass, field

from engines.sketch.parser import parse
from engines.sketch.scene import Scene, Thing
from engines.sketch.sculptor_model import Kind, Kinds, kinds
from engines.sketch.words import tidy

MARK = "zq"
"""Put before words that are places to the parser but objects here, so that it takes them for things."""
MOST_ALIKE = 12


@dataclass(frozen=True)
class Wanted:
    """Objects of one kind, and how they stand to others."""

    id: str
    kind: Kind
    count: int
    size: str
    colors: dict[str, str]
    relation: str | None = None
    to: str | None = None


@dataclass(frozen=True)
class Order:
    """All that is wanted: objects, the ground they stand on (if one was named), and the words nothing is known for."""

    things: list[Wanted] = field(default_factory=list)
    ground: str | None = None
    unmet: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def ordered(prompt: str, seed: int) -> Order:
    """What a prompt asks for. Never fails: what is not known is listed as unmet."""
    known = kinds()
    scene = parse(_masked(prompt, known), seed, furnished=False)
    order = Order(ground=_ground(scene, known))
    for thing in scene.things:
        kind = known.named(_plain(thing.noun)) or known.named(tidy(_plain(thing.word)))
        if kind is None:
            if thing.noun not in known.notes["fillers"]:
                order.unmet.append(_plain(thing.word or thing.noun))
            continue
        if thing.count > MOST_ALIKE:
            order.notes.append(f"{MOST_ALIKE} of each are the most that are made; {thing.count} were asked for.")
        order.things.append(_wanted(thing, kind, known))
    made = {word for thing in scene.things for word in (thing.word.casefold(), thing.noun) if known.named(tidy(_plain(word)))}
    passed = made | set(known.notes["fillers"])
    order.unmet.extend(_plain(word) for word in scene.unmet if word.casefold() not in passed)
    order.unmet[:] = list(dict.fromkeys(order.unmet))
    return order


def _wanted(thing: Thing, kind: Kind, known: Kinds) -> Wanted:
    slots = {known.notes["slots"].get(slot, slot): color for slot, color in thing.slots.items()}
    colors = {slot: color for slot, color in slots.items() if slot in kind.colors or slot in kind.choices}
    if thing.color:
        colors.setdefault(kind.main, thing.color)
    relation, to = (thing.relation, thing.to) if thing.to != thing.id else (None, None)
    return Wanted(thing.id, kind, min(MOST_ALIKE, thing.count), thing.size, colors, relation, to)


def _masked(prompt: str, known: Kinds) -> str:
    words = "|".join(sorted(map(re.escape, known.masked), key=len, reverse=True))
    return re.sub(rf"\b({words})\b", lambda found: MARK + found[0].lower(), prompt, flags=re.IGNORECASE) if words else prompt


def _plain(word: str) -> str:
    return re.sub(rf"\b{MARK}", "", word)


def _ground(scene: Scene, known: Kinds) -> str | None:
    """The ground a person named: a boat on the water, a house in the snow."""
    grounds: dict[str, str] = known.notes["grounds"]
    said = {word.casefold() for word in scene.understood} | {str(thing.to) for thing in scene.things if thing.to}
    return next((grounds[word] for word in [*said] if word in grounds), None)
