"""A song's bible from what a language model said of its lyric; where that cannot be used, the rules' own reading stands."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from engines.clients.replies import said
from engines.prompt.told import conversation
from engines.sketch.told import ToldPart, ToldTime, ToldWeather, colors, moods, noun_of, parts_of, settings_in
from engines.sketch.vocabulary import LIVING, nouns
from engines.song.bible import read_bible
from engines.song.cast import Bible, Member
from engines.song.lyrics import read_lyrics
from engines.song.request import PlanSongRequest

MOST, LEAST_COLORS = 5, 4


class ToldMember(BaseModel):
    """One of the cast as a model says it."""

    model_config = ConfigDict(frozen=True)

    noun: str = Field(min_length=1)
    word: str = ""
    features: list[ToldPart] = Field(default_factory=list)


class ToldHour(BaseModel):
    """When a verse is, and in what weather."""

    model_config = ConfigDict(frozen=True)

    time: ToldTime = "day"
    weather: ToldWeather = "clear"


class ToldBible(BaseModel):
    """The answer to `song`."""

    model_config = ConfigDict(frozen=True)

    cast: list[ToldMember] = Field(max_length=40)
    palette: list[str]
    places: list[str]
    hours: list[ToldHour] = Field(default_factory=list, max_length=200)
    mood: list[str] = Field(default_factory=list)


def asking(request: PlanSongRequest) -> list[dict[str, Any]]:
    """The messages that ask for a bible."""
    verses = len(read_lyrics(request.lyrics))
    return conversation("song", f"{request.title}\n\n{request.lyrics}", verses=verses)


def bible_of(request: PlanSongRequest, told: ToldBible) -> Bible:
    """The bible: the model's cast, colours, places, hours and moods, each only if it can be drawn."""
    rules = read_bible(request.title, request.lyrics, request.style, request.seed or 0)
    palette = colors(told.palette)[:5]
    timed = len(told.hours) == len(read_lyrics(request.lyrics))
    changes = {
        "cast": _cast(told, rules) or rules.cast,
        "palette": palette if len(palette) >= LEAST_COLORS else rules.palette,
        "places": settings_in(told.places)[:8] or rules.places,
        "times": [hour.time for hour in told.hours][:100] if timed else rules.times,
        "weathers": [hour.weather for hour in told.hours][:100] if timed else rules.weathers,
        "mood": moods(told.mood) or rules.mood,
    }
    return Bible.model_validate(rules.model_dump() | changes)


def _cast(told: ToldBible, rules: Bible) -> list[Member]:
    """Those who live, each noun once; what the lyric itself says of their looks stays."""
    found: list[Member] = []
    for each in told.cast:
        noun = noun_of(each.noun)
        if noun is None or nouns()[noun].kind not in LIVING or any(member.noun == noun for member in found):
            continue
        known = next((member for member in rules.cast if member.noun == noun), Member(id=noun, noun=noun))
        looks = parts_of(each.features, noun)
        own = {slot: color for slot, color in known.slots.items() if slot in known.features or slot not in looks}
        found.append(known.model_copy(update={"word": known.word or said(each.word)[:80] or noun, "slots": {**looks, **own}}))
    ids = {member.id for member in found[:MOST]}
    return [member if member.of in ids else member.model_copy(update={"of": None}) for member in found[:MOST]]
