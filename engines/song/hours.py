"""How the hours pass in a song: what a verse names, what it hints at, and what stays from the verse before."""
from collections.abc import Sequence

from engines.seeds import derive
from engines.sketch.parser_place import suggests, time_of, weather_of
from engines.sketch.parser_said import Said
from engines.sketch.scene import Weather
from engines.sketch.words import data

_EARLIER = {"sunset": "day", "dusk": "day", "night": "sunset"}
_DARK = ("sunset", "dusk", "night")


def hour_of(said: Said, absent: set[str]) -> str | None:
    """The hour a verse names: an evening of copper or gold is a sunset."""
    if not said.times:
        return None
    time = time_of(said, absent)
    return "sunset" if time == "dusk" and any(_is_warm(color) for color in said.palette) and "sunset" not in absent else time


def hours_of(verses: Sequence[Said], seed: int) -> list[str]:
    """An hour for every verse: the one it names, else that of the verse before, else an arc of the day."""
    named = [hour_of(verse, set()) for verse in verses]
    hints = [next((time for thing in verse.things if (time := suggests(thing, "time"))), None) for verse in verses]
    said = [name or hint for name, hint in zip(named, hints)]
    first = next((time for time in said if time), None)
    if first is None:
        arcs = data("words")["arcs"]
        arc = arcs[derive(seed, "arc") % len(arcs)]
        return [arc[min(len(arc) - 1, index * len(arc) // len(verses))] for index in range(len(verses))]
    current = _EARLIER.get(first, first)
    hours: list[str] = []
    for name, hint in zip(named, hints):
        later = hint and (current not in _DARK or hint == "night")
        current = name or (hint if hint and later else current)
        hours.append(current)
    return hours


def _is_warm(color: str) -> bool:
    red, green, blue = (int(color[at:at + 2], 16) for at in (1, 3, 5))
    return red > 150 and red > green + 25 and red > blue + 70


def weather_for(said: Said, planned: Sequence[Weather], index: int, absent: set[str], own: bool) -> Weather:
    """The weather a verse names or implies, else what the song's plan says of it; `own` are a person's own words, which stand alone."""
    named = said.weathers or any(suggests(draft, "weather") for draft in said.things)
    there = planned[index] if index < len(planned) else "clear"
    return weather_of(said, absent) if named or own or there in absent else there
