"""scene/1 from what a language or vision model said: every part is checked, what cannot be drawn or is no colour is left out."""

import re
from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from engines.clients.replies import said
from engines.sketch.parser import read
from engines.sketch.parser_tokens import plain_text
from engines.sketch.scene import Relation, Scene, Time, Weather
from engines.sketch.vocabulary import nouns
from engines.sketch.words import data

MOST_THINGS, MOST_ALIKE, MOST_SLOTS, MOST_PLACES = 16, 12, 8, 4
_BEHIND = re.compile(r" (?:with|of|in|on|at|and|under|by) ")
"""What follows tells more about a thing; before it, the last word is the thing itself."""
_HEX = re.compile(r"#?([0-9a-fA-F]{6})")
SHOTS, SIZES = ("wide", "medium", "close"), ("tiny", "small", "normal", "large", "huge")


def _among(names: tuple[str, ...], otherwise: str) -> BeforeValidator:
    """A word among some; any other word, or none, is the default."""

    def chosen(word: Any) -> str:
        plain = str(word).strip().lower()
        return plain if plain in names else otherwise

    return BeforeValidator(chosen)


def _listed(names: tuple[str, ...]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(names)})


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


Share = Annotated[float | None, BeforeValidator(_number)]
TIMES, WEATHERS, RELATIONS = get_args(Time), get_args(Weather), ("", *get_args(Relation))
ToldTime = Annotated[str, _among(TIMES, "day"), _listed(TIMES)]
ToldWeather = Annotated[str, _among(WEATHERS, "clear"), _listed(WEATHERS)]


class ToldPart(BaseModel):
    """A named part or a garment, and its colour."""

    model_config = ConfigDict(frozen=True)

    part: str = ""
    color: str = ""


class ToldThing(BaseModel):
    """One thing as a model says it."""

    model_config = ConfigDict(frozen=True)

    id: str = ""
    noun: str = Field(min_length=1)
    count: int = 1
    color: str = ""
    parts: list[ToldPart] = Field(default_factory=list)
    size: Annotated[str, _among(SIZES, "normal"), _listed(SIZES)] = "normal"
    pose: str = ""
    relation: Annotated[str, _among(RELATIONS, ""), _listed(RELATIONS)] = ""
    to: str = ""
    x: Share = None
    depth: Share = None


class ToldScene(BaseModel):
    """A scene as a model says it; `scene_of` makes a scene of it that can be drawn."""

    model_config = ConfigDict(frozen=True)

    setting: str
    places: list[str] = Field(default_factory=list)
    time: ToldTime = "day"
    weather: ToldWeather = "clear"
    shot: Annotated[str, _among(SHOTS, "medium"), _listed(SHOTS)] = "medium"
    things: list[ToldThing] = Field(max_length=100)
    absent: list[str] = Field(default_factory=list)
    mood: list[str] = Field(default_factory=list)
    palette: list[str] = Field(default_factory=list)


def scene_of(told: ToldScene, prompt: str) -> Scene:
    """The scene; nouns beyond the vocabulary are kept as `unmet` words and drawn as captioned cards."""
    setting, places = _where([told.setting, *told.places[:20]])
    things, unmet = _things(told, {setting, *places})
    return Scene.read(
        {
            "schema": "scene/1",
            "prompt": prompt[:8000],
            "setting": setting,
            "places": places,
            "time": told.time,
            "weather": told.weather,
            "shot": told.shot,
            "things": things,
            "absent": [word for each in told.absent[:20] if (word := said(each)[:60])],
            "mood": moods(told.mood),
            "palette": colors(told.palette)[:8],
            "unmet": unmet,
        }
    )


def settings_in(names: list[str]) -> list[str]:
    """The settings among some names, each once."""
    known = data("settings")
    plain = dict.fromkeys(name.strip().lower() for name in names[:40])
    return [name for name in plain if known.get(name, {}).get("role") == "setting"]


def _where(names: list[str]) -> tuple[str, list[str]]:
    """The first setting that is named, or in which a named place lies; and the places it is combined with."""
    known = data("settings")
    here = [name for name in dict.fromkeys(name.strip().lower() for name in names) if name in known]
    places = [name for name in here if known[name]["role"] == "place"]
    setting = [*settings_in(here), *(str(known[name]["in"]) for name in places), "meadow"][0]
    return setting, [name for name in here if name != setting][:MOST_PLACES]


def noun_of(word: str) -> str | None:
    """The noun of the vocabulary that a word means; None if it means none."""
    plain = " ".join(said(word).lower().split())[:60]
    if plain in nouns():
        return plain
    head = _BEHIND.split(plain, maxsplit=1)[0]
    return next((thing.noun for thing in reversed(read(plain_text(head)).things) if thing.noun in nouns()), None)


def color_of(text: Any) -> str | None:
    """A colour as #rrggbb, from its number or its everyday name; None if it is none."""
    plain = text.strip().lower() if isinstance(text, str) else ""
    found = _HEX.fullmatch(plain)
    return f"#{found[1]}" if found else data("colors")["colors"].get(plain)


def colors(texts: list[str]) -> list[str]:
    """The colours among some texts, each once."""
    return list(dict.fromkeys(color for text in texts[:40] if (color := color_of(text))))


def moods(words: list[str]) -> list[str]:
    """The moods the sketch engine knows among some words."""
    known = data("words")["mood"]
    return list(dict.fromkeys(word for each in words[:40] if (word := each.strip().lower()) in known))[:8]


def parts_of(parts: list[ToldPart], noun: str) -> dict[str, str]:
    """Colours of the parts that this noun's drawing shows."""
    able = nouns()[noun].can_wear if noun in nouns() else frozenset()
    named = ((part.part.strip().lower(), color_of(part.color)) for part in parts[:40])
    return dict([(name, color) for name, color in named if name in able and color][:MOST_SLOTS])


def _things(told: ToldScene, places: set[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """The things that can be placed, and the words among them that nobody has drawn yet."""
    found: list[dict[str, Any]] = []
    unmet: list[str] = []
    for each in told.things[:MOST_THINGS]:
        word = " ".join(said(each.noun).split())[:60]
        noun = noun_of(word)
        if not word or noun is None and word.lower() in data("settings"):
            continue  # a place among the things is there already
        if noun is None:
            unmet.append(word)
        name = _fresh(said(each.id)[:40] or noun or word, {thing["id"] for thing in found})
        found.append({"id": name, "noun": noun or word, "word": word, **_looks(each, noun or "")})
    ids = {thing["id"] for thing in found} | places
    for thing in found:
        others = ids - {thing["id"]}
        if thing.get("to") not in others and (meant := noun_of(thing.get("to", ""))) in others:
            thing["to"] = meant
        if thing.get("to") not in others:
            thing.pop("relation", None), thing.pop("to", None)
    return found, unmet


def _looks(told: ToldThing, noun: str) -> dict[str, Any]:
    """How a thing looks and where it is, as far as that was said."""
    found: dict[str, Any] = {"count": min(MOST_ALIKE, max(1, told.count)), "size": told.size, "slots": parts_of(told.parts, noun)}
    found |= {"color": color_of(told.color), "pose": said(told.pose).lower()[:30], "x": _unit(told.x), "depth": _unit(told.depth)}
    found |= {"relation": told.relation, "to": said(told.to)[:60]} if told.relation and said(told.to) else {}
    return {name: value for name, value in found.items() if value not in (None, "")}


def _fresh(name: str, taken: set[str]) -> str:
    return next(each for n in range(1, MOST_THINGS + 2) if (each := name if n == 1 else f"{name[:50]} {n}") not in taken)


def _unit(value: float | None) -> float | None:
    return None if value is None else min(1.0, max(0.0, float(value)))
