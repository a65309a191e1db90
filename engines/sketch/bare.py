"""Things without a part: which of their parts fall away when the words say so, and which cannot."""
from functools import lru_cache
from typing import Any

from engines.sketch.vocabulary import Noun, nouns
from engines.sketch.words import data

NO = "no "
"""Before a part's name among the words that a drawing asks for: `no window`."""


def part_named(word: str) -> str | None:
    """The part a word means, if it is one that a thing may be without."""
    words = data("words")
    name = str(words["bare_words"].get(word, word))
    return name if name in words["bare"] else None


def has(noun: Noun, part: str) -> bool:
    """Whether things of this kind have the part at all."""
    row = data("words")["bare"][part]
    return noun.kind in row["of"] and ("with" not in row or row["with"] in noun.slots)


def can_drop(noun: Noun, part: str) -> bool:
    """Whether the noun can be drawn without it."""
    row: dict[str, Any] = data("words")["bare"][part]
    worn = part in noun.wears or noun.kind == "person" and part in data("words")["worn"]
    return worn or NO + part in noun.asked or bool(noun.built_of & {*row.get("parts", ()), *row.get("fills", ())})


@lru_cache(1024)
def dropped(name: str, active: frozenset[str]) -> frozenset[str]:
    """The parts and colours that are left out of this noun's drawing for the words that are active in it."""
    found: set[str] = set()
    for word in active:
        if word.startswith(NO) and (part := part_named(word.removeprefix(NO))) and has(nouns()[name], part):
            row = data("words")["bare"][part]
            found |= {*row.get("parts", ()), *row.get("fills", ())}
    return frozenset(found)
