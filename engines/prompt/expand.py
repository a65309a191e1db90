"""Enriches a short prompt: a few words on composition, light and material that fit what the person wrote and never contradict it."""
import random
import re
from functools import lru_cache
from typing import Any, NamedTuple

from engines.seeds import derive
from engines.sketch.parser import parse
from engines.sketch.parser_tokens import Token, plain_text, tokenise
from engines.sketch.scene import Scene
from engines.sketch.words import data, tidy

ENOUGH_WORDS = 8
_OWN_MARKS = re.compile(r"[\"“”„«»<>{}\[\]|]|\(.{1,80}?:\s*\d|\([^()]{1,80}\)|\b(?:AND|BREAK)\b")


class Expansion(NamedTuple):
    """The prompt with what was added behind it, and the additions on their own."""

    prompt: str
    added: list[str]


def enrich(prompt: str, style: str, seed: int, medium: str = "image") -> Expansion:
    """A prompt under eight words with two to four fitting hints behind it; any other prompt as it is."""
    words = tokenise(plain_text(prompt))
    if not words or words_in(words) >= ENOUGH_WORDS or _OWN_MARKS.search(prompt):
        return Expansion(prompt, [])
    table = data("expansion")
    own = " " + " ".join(token.norm for token in words) + " "
    place = _place(prompt, seed)
    chance = random.Random(derive(seed, f"expand/{style}/{medium}/{tidy(prompt)}"))
    added: list[str] = []
    for slot in table["media"].get(medium, table["media"]["image"]):
        if any(f" {tidy(word)} " in own for word in table["filled"][slot]):
            continue
        fitting = [row["say"] for row in table["slots"][slot] if row["say"] not in added and _fits(row, style, medium, place, own)]
        if fitting:
            added.append(chance.choice(fitting))
    joint = "" if prompt.rstrip().endswith((",", ";", ".", "!", "?", "…", "。", "、")) else ","
    return Expansion(f"{prompt.rstrip()}{joint} {', '.join(added)}" if added else prompt, added)


def words_in(tokens: list[Token]) -> int:
    """How many words a text has; in scripts without spaces two signs count as a word."""
    return sum(max(1, len(token.norm) // 2) if _unspaced(token.norm) else 1 for token in tokens)


def _unspaced(word: str) -> bool:
    return any("\u3040" <= sign <= "\u30ff" or "\u4e00" <= sign <= "\u9fff" or "\u0e00" <= sign <= "\u0e7f" for sign in word)


class _Place(NamedTuple):
    """What the words say of where and when, as far as they say it."""

    scene: Scene
    placed: bool
    indoors: bool
    read: bool


@lru_cache(256)  # people ask for the same words again, with other seeds
def _place(prompt: str, seed: int) -> _Place:
    """The scene; whether its setting is more than the seed's choice; and whether the words could be read at all."""
    scene = parse(prompt, seed)
    placed = parse(prompt, seed + 1).setting == scene.setting
    indoors = bool(data("settings").get(scene.setting, {}).get("indoors"))
    return _Place(scene, placed, indoors, len(scene.unmet) * 2 < len(scene.unmet) + len(scene.understood) or not scene.unmet)


def _fits(row: dict[str, Any], style: str, medium: str, place: _Place, own: str) -> bool:
    scene = place.scene
    if not place.read and ("times" in row or "weathers" in row):
        return False
    if not place.placed and ("settings" in row or "indoors" in row):
        return False
    return (
        medium in row.get("media", ("image", "video"))
        and style in row.get("styles", (style,))
        and scene.setting in row.get("settings", (scene.setting,))
        and scene.time in row.get("times", (scene.time,))
        and scene.weather in row.get("weathers", (scene.weather,))
        and row.get("indoors", place.indoors) is place.indoors
        and row.get("subject", bool(scene.things)) is bool(scene.things)
        and not any(f" {word} " in own for word in data("expansion")["contradicts"].get(row.get("about", ""), ()))
        and not _refused(row["say"], scene)
    )


def _refused(phrase: str, scene: Scene) -> bool:
    """Whether a phrase speaks of what the person said there is none of."""
    words = {word.removesuffix("s") for word in tidy(phrase).split()}
    return any(word.removesuffix("s") in words for name in scene.absent for word in tidy(name).split())
