"""A thing's colours. Explicit ones win; what is open follows from the sha256 of its id, the same in every scene."""
from hashlib import sha256

from engines.sketch.scene import Thing
from engines.sketch.vocabulary import Noun, shared_colors

HAIR_STYLES = ("long_hair", "bun")
GARMENTS = ("coat", "dress", "robe", "jacket", "shirt")


def choice(thing_id: str, what: str, count: int) -> int:
    """Which of `count` things this id has for `what`; the same everywhere and for ever."""
    return int.from_bytes(sha256(f"{thing_id}/{what}".encode()).digest()[:8], "big") % count


def look(thing: Thing, noun: Noun) -> dict[str, str]:
    """The hex colour of every slot, of `color` and of the shared colours."""
    chosen = {slot: colors[choice(thing.id, slot, len(colors))] for slot, colors in noun.choices.items()}
    found = shared_colors() | {"color": noun.color} | noun.slots | chosen | thing.slots
    if thing.color:
        found["color"] = thing.color
    elif noun.kind in ("person", "fantasy"):
        found["color"] = next((thing.slots[name] for name in GARMENTS if name in thing.slots), found["color"])
    styled = next((thing.slots[style] for style in HAIR_STYLES if style in thing.slots), found["hair"])
    found["hair"] = thing.slots.get("hair", styled)
    found["beard"] = thing.slots.get("beard", found["hair"])
    found["moustache"] = thing.slots.get("moustache", found["beard"])
    return found
