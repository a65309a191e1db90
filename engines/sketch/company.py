"""What things in a scene are to each other before they are placed: a reader's book is in the hands, who flies a kite stands."""

from zlib import crc32

from engines.sketch.bare import NO, can_drop, part_named
from engines.sketch.beams import stage_facts
from engines.sketch.between import deeds
from engines.sketch.bodies import can
from engines.sketch.scene import Scene, Thing
from engines.sketch.vocabulary import nouns
from engines.sketch.words import data

YOUNG = {"cub", "cubs", "kitten", "kittens", "puppy", "puppies", "foal", "lamb", "lambs", "calf", "fawn", "piglet", "piglets"}
DRESSED = {
    "woman": ({"bride", "braut", "mariée", "novia"}, {"dress": "#fbf8f2"}),
    "man": ({"groom", "bridegroom", "bräutigam", "marié", "novio"}, {"coat": "#26262e"}),
    "doctor": ({"nurse", "krankenschwester", "infirmière", "enfermera"}, {"coat": "#a9cfdc"}),
}
CUBS = {"polar bear", "panda", "lion", "tiger", "wolf", "fox", "cheetah"}
MOST_TOGETHER = 5
FLOWN = {"kite", "toy balloon", "airplane"}


def together(scene: Scene) -> list[Thing]:
    """The things to place, each as it is in this company."""
    held = data("words")["held"]
    by_id = {thing.id: thing for thing in scene.things}
    for thing in scene.things:
        owner = by_id.get(thing.to or "")
        slot = held.get(thing.noun)
        if owner is None or slot is None or thing.relation != "with" or thing.count > 1 or owner.count > 1:
            continue
        noun = nouns().get(owner.noun)
        if noun is not None and noun.kind == "person" and slot in noun.can_wear and slot not in owner.slots:
            color = thing.color or nouns()[thing.noun].color
            by_id[owner.id] = by_id[owner.id].model_copy(update={"slots": owner.slots | {slot: color}})
            del by_id[thing.id]
    by_id = {name: _cub(thing, scene.things) for name, thing in by_id.items()}
    by_id = _each_of_them(_waltzing(by_id))
    flier = any(thing.noun in FLOWN for thing in scene.things)
    by_id = {name: _dressed(thing) for name, thing in by_id.items()}
    grown = [thing.model_copy(update={"size": "small"}) if _young(thing) else thing for thing in by_id.values()]
    grown = _carrying([_in_season(thing, scene) for thing in grown])
    bare = {NO + part: "#000000" for word in scene.absent if (part := part_named(word))}
    grown = [thing.model_copy(update={"slots": thing.slots | bare}) for thing in grown] if bare else grown
    return [_grounded(thing) if flier else thing for thing in grown]


def _carrying(things: list[Thing]) -> list[Thing]:
    """Who has a tray or a box and does nothing else has it in the arms."""
    loads = {thing.to for thing in things if thing.noun in stage_facts()["carried"] and thing.relation == "with" and thing.count == 1}
    idle = [thing for thing in things if thing.id in loads and thing.count == 1 and thing.pose in (None, "standing")]
    free = {thing.id for thing in idle if can(thing.noun, "carrying")}
    return [thing.model_copy(update={"pose": "carrying"}) if thing.id in free else thing for thing in things]


def _in_season(thing: Thing, scene: Scene) -> Thing:
    """A tree has the leaves of the season: red and gold in autumn, none in winter."""
    facts, noun = stage_facts(), nouns().get(thing.noun)
    if noun is None or thing.noun not in facts["turning"] or thing.color is not None:
        return thing
    if scene.season == "autumn":
        return thing.model_copy(update={"color": facts["autumn"][crc32(thing.id.encode()) % len(facts["autumn"])]})
    if scene.season == "winter" and can_drop(noun, "leaf"):
        return thing.model_copy(update={"slots": thing.slots | {NO + "leaf": "#000000"}})
    return thing


def _each_of_them(things: dict[str, Thing]) -> dict[str, Thing]:
    """A few who do something together are placed one by one."""
    found: dict[str, Thing] = {}
    for name, thing in things.items():
        if thing.pose not in deeds() or not 1 < thing.count <= MOST_TOGETHER:
            found[name] = thing
            continue
        for k in range(thing.count):
            each = f"{name[:56]}#{k}" if k else name
            found[each] = thing.model_copy(update={"id": each, "count": 1})
    return found


def _waltzing(things: dict[str, Thing]) -> dict[str, Thing]:
    """Two people who dance together dance as a couple."""
    people = [thing for thing in things.values() if can(thing.noun, "waltzing")]
    dancers = [thing for thing in people if thing.pose == "dancing"]
    if len(dancers) == 1:
        one = dancers[0]
        dancers += [thing for thing in people if thing is not one and thing.pose is None and (
            thing.to == one.id and thing.relation == "with" or one.to == thing.id and one.relation == "beside")]
    if len(dancers) == len(people) and sum(thing.count for thing in dancers) == 2:
        return things | {thing.id: thing.model_copy(update={"pose": "waltzing"}) for thing in dancers}
    return things


def _dressed(thing: Thing) -> Thing:
    """Clothes that a word brings with it: a bride is in white."""
    if "tutu" in thing.slots and thing.color is None:
        return thing.model_copy(update={"color": thing.slots["tutu"]})
    words, slots = DRESSED.get(thing.noun, (set(), {}))
    if thing.slots or thing.color or not words & set(thing.word.casefold().split()):
        return thing
    return thing.model_copy(update={"slots": slots})


def _cub(thing: Thing, company: list[Thing]) -> Thing:
    """A cub is its mother's: beside a lion it is a small lion."""
    if thing.noun != "bear" or not {"cub", "cubs"} & set(thing.word.casefold().split()):
        return thing
    mother = next((each.noun for each in company if each.noun in CUBS), thing.noun)
    return thing.model_copy(update={"noun": mother})


def _young(thing: Thing) -> bool:
    return thing.size == "normal" and any(word in YOUNG for word in thing.word.casefold().split())


def _grounded(thing: Thing) -> Thing:
    """A person without wings who is said to be flying something."""
    noun = nouns().get(thing.noun)
    if noun is None or noun.kind != "person" or thing.pose != "flying":
        return thing
    return thing.model_copy(update={"pose": "waving"})
