"""Proofreading a scene while it is written: what the engine would refuse, what it would draw otherwise, and the scene in words."""

from typing import Any, get_args

from pydantic.fields import FieldInfo

from engines.sketch.scene import Relation, Scene, Thing
from engines.sketch.vocabulary import nouns, plural_of
from engines.sketch.words import data
from engines.vision.colours import name_of
from engines.words import nearest

COUNTS = ("", "a", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
HOURS = {"day": "", "night": "at night", "dawn": "at dawn", "dusk": "at dusk", "sunset": "at sunset"}
WEATHERS = {"clear": "", "clouds": "under clouds", "wind": "in the wind"}
FEW = 6


def choices() -> dict[str, Any]:
    """What a scene may be made of: the vocabulary's names, and the words each field allows."""
    settings = data("settings")
    return {
        "nouns": sorted(nouns()),
        "settings": [name for name, row in settings.items() if row["role"] == "setting"],
        "places": [name for name, row in settings.items() if row["role"] == "place"],
        "colours": data("colors")["colors"],
        "times": _allowed(Scene.model_fields["time"]),
        "weathers": _allowed(Scene.model_fields["weather"]),
        "seasons": _allowed(Scene.model_fields["season"]),
        "shots": _allowed(Scene.model_fields["shot"]),
        "sizes": _allowed(Thing.model_fields["size"]),
        "relations": list(get_args(Relation)),
    }


def _allowed(field: FieldInfo) -> list[str]:
    inside = get_args(field.annotation)
    return [each for part in inside for each in (get_args(part) or (part,)) if isinstance(each, str)]


def hints(scene: Scene) -> list[dict[str, str]]:
    """What is allowed but will not be drawn as it says: unknown nouns, settings and places, and relations to nobody."""
    known, settings = nouns(), data("settings")
    ids = {thing.id for thing in scene.things}
    found: list[dict[str, str]] = []
    if settings.get(scene.setting, {}).get("role") != "setting":
        near = nearest(scene.setting, choices()["settings"]) if scene.setting not in settings else "; it is a further place, not a setting"
        found.append({"at": "setting", "message": f"{scene.setting} is no setting that can be drawn, so it becomes a meadow{near}"})
    for n, place in enumerate(scene.places):
        if place not in settings:
            found.append({"at": f"places.{n}", "message": f"{place} is no place that can be drawn{nearest(place, settings)}"})
    for n, thing in enumerate(scene.things):
        if thing.noun not in known:
            near = nearest(thing.noun, known)
            near = near if near.startswith("; did") else ""
            message = f"{thing.noun} is not in the vocabulary, so it is drawn as a card with its name{near}"
            found.append({"at": f"things.{n}.noun", "message": message})
        if thing.to is not None and (thing.to not in ids | set(settings) or thing.to == thing.id):
            found.append({"at": f"things.{n}.to", "message": f"there is no other thing with the id {thing.to}, and no such place"})
    return found


def in_words(scene: Scene) -> str:
    """The scene as a sentence a prompt could be."""
    things = [_thing(thing) for thing in scene.things[:FEW]]
    place = str(data("settings").get(scene.setting, {}).get("say") or f"in the {scene.setting}")
    who = f"{', '.join(things[:-1])} and {things[-1]}" if len(things) > 1 else "".join(things)
    weather = WEATHERS.get(scene.weather, f"in {scene.weather}" if scene.weather != "overcast" else "under an overcast sky")
    parts = [who, place, HOURS[scene.time], weather, f"in {scene.season}" if scene.season else ""]
    return " ".join(part for part in parts if part)


def _thing(thing: Thing) -> str:
    noun = nouns().get(thing.noun)
    said = (noun.plural if noun else plural_of(thing.noun)) if thing.count > 1 else thing.noun
    size = "" if thing.size == "normal" else thing.size
    colour = name_of(thing.color) if thing.color else ""
    words = " ".join(word for word in (size, colour, said) if word)
    if thing.count > 1:
        return f"{COUNTS[thing.count] if thing.count < len(COUNTS) else thing.count} {words}"
    return f"{'an' if words[:1].lower() in 'aeiou' else 'a'} {words}"
