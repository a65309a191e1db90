"""Tells a scene in words: one plain sentence for people, and a prompt for real image models that keeps the cast alike."""
from collections.abc import Collection

from engines.sketch.scene import Scene, Thing
from engines.sketch.vocabulary import nouns
from engines.sketch.words import data, gender
from engines.song.cast import Bible, Member

_NUMBERS = ("no", "a", "two", "three", "four", "five", "six", "seven")
_RELATIONS = {"on": "on", "under": "under", "beside": "beside", "in": "in", "behind": "behind", "before": "in front of", "above": "above",
              "with": "with"}
_WORN = ("scarf", "hat", "coat", "cap", "woolly_hat", "headscarf", "cloak", "boots", "dress", "jacket")


def summary_of(bible: Bible, scene: Scene) -> str:
    """One sentence: 'The girl with the blue scarf and her dog in a boat at sea, at night.'"""
    cast = {member.id: member for member in bible.cast}
    people = [thing for thing in scene.things if thing.id in cast]
    rest = [thing for thing in scene.things if thing.id not in cast]
    holder = _held_by(people, rest)
    here = {thing.id for thing in people}
    names = [_named(cast[thing.id], cast.get(cast[thing.id].of or "") if cast[thing.id].of in here else None) for thing in people]
    subject = _and(names) or _and([counted(thing) for thing in rest[:3]]) or "The place"
    parts = [subject[:1].upper() + subject[1:]]
    if people and people[0].pose:
        parts.append(people[0].pose)
    if holder:
        parts.append(f"{_RELATIONS[people[0].relation or 'in']} {counted(holder)}")
    parts.append(_where(scene, holder))
    others = [*_held(people, cast), *(counted(thing) for thing in rest if thing is not holder)] if people else []
    sentence = " ".join(part for part in parts if part)
    tail = [f"with {_and(others)}" if others else "", *_when(scene), data("words")["say"]["view"][scene.shot]]
    return (", ".join([sentence, *(part for part in tail if part)]) + ".")[:400]


def prompt_of(bible: Bible, scene: Scene) -> str:
    """The scene for any image model: looks written out, so that people and palette stay the same."""
    cast = {member.id: member for member in bible.cast}
    people = [thing for thing in scene.things if thing.id in cast]
    rest = [thing for thing in scene.things if thing.id not in cast]
    holder = _held_by(people, rest)
    parts = [f"{data('words')['say']['shot'][scene.shot]} of {_and([_look(cast[thing.id], thing) for thing in people])}" if people
             else f"{data('words')['say']['shot'][scene.shot]} of {_and([counted(thing) for thing in rest]) or 'the place'}"]
    if holder:
        parts[0] += f" {_RELATIONS[people[0].relation or 'in']} {counted(holder)}"
    parts[0] += f" {_where(scene, holder)}"
    others = [*_held(people, cast), *(counted(thing) for thing in rest if thing is not holder)] if people else []
    parts += [f"with {_and(others)}"] if others else []
    parts += [part for part in _when(scene) if part]
    parts += [f"{word} mood" for word in scene.mood[:2]]
    parts.append(f"palette of {_and([color_name(color) for color in bible.palette][:4])}")
    return ", ".join(dict.fromkeys(parts))[:4000]


def _held_by(people: list[Thing], rest: list[Thing]) -> Thing | None:
    """The thing that the first of the cast is in, on or beside."""
    first = people[0] if people else None
    return next((thing for thing in rest if first is not None and thing.id == first.to), None)


def _held(people: list[Thing], cast: dict[str, Member]) -> list[str]:
    """What someone has in the hand in this picture only."""
    held = data("words")["held"].values()
    return [_article(slot) for thing in people for slot in thing.slots if slot in held and slot not in cast[thing.id].slots]


def _named(member: Member, owner: Member | None) -> str:
    word = _plain(member)
    if owner and nouns()[member.noun].kind != "person":
        return f"{gender(owner.noun) or 'the'} {word}"
    worn = [_worn(member, slot) for slot in member.features if slot in member.slots]
    return f"the {word}" + (f" with the {_and(worn[:2])}" if worn else "")


def _look(member: Member, thing: Thing) -> str:
    """'a girl with black hair, a blue scarf and a red dress, sitting'."""
    if nouns()[member.noun].kind != "person":
        color = f"{color_name(member.color, 'fur')} " if member.color else ""
        return _article(f"{color}{member.noun}") + (f" {thing.pose}" if thing.pose else "")
    first = [slot for slot in ("hair", "beard", *member.features) if slot in member.slots]
    worn = list(dict.fromkeys([*first, *(slot for slot in _WORN if slot in member.slots)]))[:4]
    looks = [_worn(member, slot) for slot in worn]
    pose = f" {thing.pose}" if thing.pose else ""
    return _article(member.noun) + (f" with {_and(looks)}" if looks else "") + pose


def _worn(member: Member, slot: str) -> str:
    return f"{color_name(member.slots[slot], 'hair' if 'hair' in slot or slot == 'beard' else 'cloth')} {slot.replace('_', ' ')}"


def _plain(member: Member) -> str:
    """The song's own English word, or the noun's name where the song speaks another tongue."""
    noun = nouns()[member.noun]
    last = member.word.lower().split(" ")[-1]
    return member.word.lower() if last in (noun.name, *noun.synonyms) else noun.name


def counted(thing: Thing) -> str:
    """'a boat', 'three gulls', 'stars'."""
    noun = nouns().get(thing.noun)
    if thing.count > 1:
        number = _NUMBERS[thing.count] if thing.count < len(_NUMBERS) else "many"
        return f"{number} {noun.plural if noun else thing.noun}"
    say = data("words")["say"]
    if thing.noun in say["mass"]:
        return thing.noun
    color = f"{color_name(thing.color)} " if thing.color else ""
    return f"the {thing.noun}" if thing.noun in say["only"] else _article(f"{color}{thing.noun}")


def color_name(color: str, of: str = "cloth", taken: Collection[str] = ()) -> str:
    """The nearest everyday name of a colour, among those one says of cloth, hair or fur and that are not taken."""
    colors = data("colors")
    names: list[str] = [name for name in colors["said_of"][of] if name not in taken]
    return min(names, key=lambda name: _far(_parts(colors["colors"][name]), _parts(color)))


def _parts(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _far(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    mean = (one[0] + other[0]) / 2
    red, green, blue = (a - b for a, b in zip(one, other))
    return (2 + mean / 256) * red * red + 4 * green * green + (2 + (255 - mean) / 256) * blue * blue


def _where(scene: Scene, holder: Thing | None) -> str:
    rows = data("settings")
    place = next((rows[place]["say"] for place in scene.places if place in rows and rows[place]["role"] == "place"), "")
    land = rows.get(scene.setting, {}).get("say", "")
    afloat = holder is not None and holder.noun in nouns() and nouns()[holder.noun].stands == "water"
    return f"{place} {land.replace('by a', 'on a') if afloat else land}".strip()


def _when(scene: Scene) -> list[str]:
    say = data("words")["say"]
    return [say["weather"][scene.weather], say["time"][scene.time]]


def _article(words: str) -> str:
    return f"{'an' if words[:1] in 'aeiou' else 'a'} {words}"


def _and(parts: list[str]) -> str:
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else "".join(parts)
