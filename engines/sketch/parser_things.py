"""A thing while it is being read, the adjectives that wait for one, and the slots that clothe it."""
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from engines.sketch.parser_tokens import Piece
from engines.sketch.scene import Relation, Thing
from engines.sketch.vocabulary import Noun, nouns
from engines.sketch.words import Meaning, data, gender

GARMENTS = ("dress", "coat", "jacket", "robe", "cloak", "shirt")
GREY, WORN_OUT = "#dedad3", "#948c82"
MOST_THINGS, MOST_ALIKE, MOST_SLOTS, MOST_PLACEHOLDERS = 40, 24, 12, 4


@dataclass
class Draft:
    """A thing in the making."""

    id: str
    noun: str
    word: str
    kind: str = "thing"
    count: int = 1
    color: str | None = None
    slots: dict[str, str] = field(default_factory=dict)
    size: str = "normal"
    pose: str | None = None
    expression: str | None = None
    relation: Relation | None = None
    to: str | None = None
    x: float | None = None
    depth: float | None = None
    concrete: bool = True
    """Stood behind an article, a number or an adjective, so is surely a thing."""
    speaks: str = ""
    """Whom a song's I or you means, where it names nobody."""

    @property
    def known(self) -> Noun | None:
        """Its noun, if it can be drawn."""
        return nouns().get(self.noun)

    def thing(self) -> Thing:
        """The finished thing."""
        return Thing.model_validate({
            "id": self.id[:60], "noun": self.noun[:60], "word": self.word[:60], "count": self.count, "color": self.color,
            "slots": dict(list(self.slots.items())[:MOST_SLOTS]), "size": self.size, "pose": self.pose or None,
            "expression": self.expression, "relation": self.relation, "to": self.to and self.to[:60], "x": self.x,
            "depth": self.depth})


@dataclass
class Adjectives:
    """What has been said of a thing that is still to come."""

    article: str = ""
    count: int | None = None
    color: str | None = None
    shade: Piece | None = None
    material: str | None = None
    size: str | None = None
    pose: str | None = None
    deed: str = ""
    deed_row: dict[str, Any] = field(default_factory=dict)
    expression: str | None = None
    position: dict[str, float] = field(default_factory=dict)
    owner: Piece | None = None
    age: Piece | None = None
    unknown: list[Piece] = field(default_factory=list)
    worn: list[tuple[Piece, str, str | None]] = field(default_factory=list)
    """A word such as bearded or blonde, the slot it speaks of, and its colour if it says one."""

    @property
    def said(self) -> bool:
        """Whether anything speaks of a thing to come."""
        return bool(self.article or self.count or self.color or self.material or self.size or self.owner)


def tinted(color: str, factor: float) -> str:
    """A colour darker (factor below 1) or lighter."""
    parts = [int(color[at:at + 2], 16) for at in (1, 3, 5)]
    if factor <= 1:
        parts = [round(part * factor) for part in parts]
    else:
        parts = [round(part + (255 - part) * min(1.0, factor - 0.9)) for part in parts]
    return "#" + "".join(f"{part:02x}" for part in parts)


def natural(color: str | None, where: str) -> str | None:
    """A colour as fur and hair have it: a red fox is rust, not poppy."""
    colors = data("colors")
    return colors["fur"].get(color, color) if color and where in colors["furry"] else color


def is_slot(draft: Draft, piece: Piece) -> str | None:
    """The slot of this thing that a word means: the scarf of a girl, the roof of a house."""
    noun = draft.known
    if noun is None:
        return None
    shown = _shown(noun.name)
    worn = piece.means("worn")
    if worn and (armed := _weapon(noun, piece, str(worn.value))):
        return armed
    for name in _names(piece, worn):
        if name in shown and name not in _states():
            return name
    return str(worn.value) if worn and draft.kind == "person" and not piece.means("noun") else None


def _weapon(noun: Noun, piece: Piece, worn: str) -> str | None:
    """The bow of an archer, where that of a girl is a ribbon."""
    row = data("words")["worn"][worn]
    fights = noun.name in data("words")["armed"] or gender(noun.name) == "his" and noun.kind == "person"
    arms = row.get("armed")
    return str(arms) if arms and piece.norm in ("bow", "bows") and fights and arms in _shown(noun.name) else None


def shows(draft: Draft, slot: str) -> bool:
    """Whether the drawing of this thing has such a slot."""
    return draft.known is not None and slot in _shown(draft.noun)


@cache
def _shown(name: str) -> frozenset[str]:
    """Everything of a noun that a colour can be given to."""
    noun = nouns()[name]
    return noun.can_wear | set(noun.choices) | set(noun.wears)


def _names(piece: Piece, worn: Meaning | None) -> list[str]:
    names = [str(worn.value), *data("words")["worn"][worn.value].get("or", ())] if worn else []
    place = piece.means("place")
    noun = piece.means("noun")
    names += ["roof"] if place and place.value == "rooftop" else []
    names += [str(noun.value)] if noun else []
    last = piece.norm.split(" ")[-1]
    return [*dict.fromkeys([*names, piece.norm, piece.norm.replace(" ", "_"), last, last.removesuffix("s")])]


@cache
def _states() -> frozenset[str]:
    """Names that drawings ask for but that are no part of a thing: poses, expressions, night."""
    words = data("words")
    return frozenset({"night", "color", "lit", *words["expression"], *(deed["pose"] for deed in words["deeds"])})


def slot_color(draft: Draft, slot: str, piece: Piece) -> str | None:
    """The colour of a slot that is named without one."""
    noun, worn, thing = draft.known, piece.means("worn"), piece.means("noun")
    if noun and slot in noun.slots:
        return noun.slots[slot]
    if noun and slot in noun.choices:
        return None
    if worn:
        table = data("words")["worn"]
        return str(table[slot if slot == table[worn.value].get("armed") else worn.value]["color"])
    return nouns()[thing.value].color if thing else None


def dress_of(draft: Draft) -> str:
    """The slot that 'a girl in red' colours."""
    worn = draft.known.wears if draft.known else ()
    return next((slot for slot in GARMENTS if slot in worn), "coat")


def grow_old(draft: Draft) -> None:
    """Old people go grey; all else that is old has lost some of its colour."""
    noun = draft.known
    if noun is None:
        return
    if noun.kind == "person":
        shown, beard = _shown(noun.name), "beard" in noun.wears or gender(noun.name) == "his"
        for slot in ("hair", "beard") if beard else ("hair",):
            if slot in shown or slot == "hair":
                draft.slots.setdefault(slot, GREY)
    else:
        draft.color = faded(draft.color or noun.color)


def faded(color: str) -> str:
    """A colour that has been out in the weather for long."""
    pairs = [(int(color[at:at + 2], 16), int(WORN_OUT[at:at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(own * 0.55 + grey * 0.45):02x}" for own, grey in pairs)


def many(kind: str) -> int:
    """How many a plural without a number means."""
    numbers = data("words")["plural"]
    return int(numbers.get(kind, numbers["default"]))
