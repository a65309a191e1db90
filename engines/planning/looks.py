"""The look of a scene: light by hour, weather and place, colours by hour and mood; and what a person wishes for both."""

import functools
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from config import styles
from engines.planning.plan import Color
from engines.sketch.parser import read
from engines.sketch.parser_said import Said
from engines.sketch.parser_tokens import plain_text
from engines.sketch.words import data, tidy
from engines.song.bible import palette_of
from engines.song.telling import color_name

_HEX = re.compile(r"#[0-9a-fA-F]{6}\b")
_PHRASES = re.compile(r"[,;.\n]+")


@functools.lru_cache(1)
def lights() -> dict[str, Any]:
    """light.yaml."""
    return dict(yaml.safe_load(Path(__file__).with_name("light.yaml").read_text("utf-8")))


@dataclass
class Wishes:
    """What a person wishes for the look of all scenes."""

    light: list[str] = field(default_factory=list)
    colors: list[str] = field(default_factory=list)
    moods: list[str] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)


def wishes_of(preferences: str) -> Wishes:
    """Styles, light, colours and moods among the phrases of a wish; a phrase that says none of it is unmet."""
    found = Wishes(colors=[each.lower() for each in _HEX.findall(preferences)])
    by_name = {tidy(spelled.replace("_", " ")): row for row in styles().values() for spelled in (row.name, row.title)}
    for phrase in _PHRASES.split(_HEX.sub(",", plain_text(preferences))):
        words = " ".join(phrase.split())
        style = next((row for name, row in by_name.items() if re.search(rf"\b{re.escape(name)}\b", tidy(words))), None)
        shining = [words, *_PHRASES.split(style.prompt)] if style else [words]
        light = [each.strip() for each in shining if set(tidy(each).split()) & set(lights()["light"])]
        said = read(words)
        plain = read(re.sub(r"s\b", "", words))  # blues and golds
        colors = [*said.palette, *plain.palette, *(thing.color for thing in (*said.things, *plain.things) if thing.color)]
        found.light += light
        found.colors += dict.fromkeys(colors)
        found.moods += said.moods
        if words and not (style or light or colors or said.moods):
            found.unmet.append(words[:80])
    return found


def light_of(hour: str, weather: str, inside: bool, here: Collection[str], wishes: Wishes) -> str:
    """The light in words; `here` are the nouns of what is in the scene, some of which shine."""
    table = lights()
    covered = table["covered"]
    if inside:
        parts = [table["indoors"][hour]]
    else:
        hours = covered["times"] if weather in covered["weathers"] else table["times"]
        parts = [hours[hour], table["weathers"][weather]]
    if inside or hour in table["dark"]:
        parts += [words for noun, words in table["lamps"].items() if noun in here]
    return ", ".join(dict.fromkeys(part for part in [*parts, *wishes.light] if part))[:400]


def colors_of(said: Said, hour: str, grey: float, wishes: Wishes, seed: int) -> list[Color]:
    """Four or five colours, dark to light: those of the hour or the mood, with the ones that words name among them;
    `grey` (0 to 1) is what the weather takes from them."""
    moods = said.moods or wishes.moods
    own = replace(said, palette=[*wishes.colors * 2, *said.palette], moods=moods)
    found: list[Color] = []
    for color in palette_of([own], [hour], moods, seed):
        kept = color in own.palette
        shown = color if kept else _muted(color, grey)
        found.append(Color(name=_name(shown, [each.name for each in found]), hex=shown))
    return found


def _name(color: str, taken: Sequence[str]) -> str:
    exact = next((name for name, value in data("colors")["colors"].items() if value == color and name not in taken), None)
    return str(exact or color_name(color, taken=taken))


def _muted(color: str, share: float) -> str:
    parts = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    grey = 0.299 * parts[0] + 0.587 * parts[1] + 0.114 * parts[2]
    return "#" + "".join(f"{round(part + (grey - part) * share):02x}" for part in parts)
