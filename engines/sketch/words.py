"""The words the sketch parser knows, in four tongues, gathered from vocabulary/*.yaml and the nouns that can be drawn."""
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from engines.sketch.vocabulary import nouns, plural_of

FOLDER = Path(__file__).parent / "vocabulary"
TONGUES = ("en", "de", "fr", "es")
_PLAIN = ("stop", "style", "quality", "unseen", "she", "her", "narrator", "nobody", "ones", "verbal", "article",
          "definite", "join", "negation")
_VALUED = ("time", "weather", "season", "shot", "mood", "expression", "size", "relation", "kinds", "age")


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing a word can mean: what part it plays, and which."""

    kind: str
    value: Any = None
    plural: bool = False


@dataclass(frozen=True)
class Lexicon:
    """All words of all tongues. `longest` says how many words the longest phrase with this first word has."""

    words: dict[str, dict[str, tuple[Meaning, ...]]] = field(default_factory=dict)
    longest: dict[str, int] = field(default_factory=dict)


@cache
def data(name: str) -> dict[str, Any]:
    """A file of the vocabulary, as it is: words, settings, colors or expansion."""
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    return dict(yaml.load(text, yaml.CSafeLoader))  # noqa: S506 - the C safe loader


def fold(word: str) -> str:
    """A word without case and accents: 'Bäume' and 'baume' alike."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).replace("œ", "oe")


@lru_cache(1 << 14)
def tidy(word: str) -> str:
    """A word or phrase as the lexicon spells it: case folded, hyphens as spaces."""
    return " ".join(unicodedata.normalize("NFKC", word).casefold().replace("’", "'").replace("-", " ").split())


@cache
def lexicon() -> Lexicon:
    """Every word there is; where a word means several things, the likelier is first."""
    found: dict[str, dict[str, list[Meaning]]] = {tongue: defaultdict(list) for tongue in TONGUES}
    for tongue, word, meaning in _all_words():
        key = tidy(word)
        if key and meaning not in found[tongue][key]:
            found[tongue][key].append(meaning)
    for tongue in TONGUES[1:]:
        for key in list(found[tongue]):
            found[tongue].setdefault(fold(key), found[tongue][key])
    longest: dict[str, int] = {}
    for words in found.values():
        for key in words:
            first, count = key.split(" ", 1)[0], key.count(" ") + 1
            longest[first] = max(longest.get(first, 1), count)
    return Lexicon({tongue: {key: _hung_up(all_of) for key, all_of in words.items()} for tongue, words in found.items()}, longest)


def _all_words() -> Any:
    """Triples of tongue, word and meaning, the likelier meaning of a word first."""
    words = data("words")
    yield from _settings()
    for section in _VALUED:
        for value, spelled in words[section].items():
            yield from _spread(spelled, Meaning(section, value))
    yield from _deeds(words)
    yield from _colors()
    for section in ("number", "flock"):
        for value, spelled in words[section].items():
            yield from _spread(spelled, Meaning(section, int(value)))
    for value, spelled in words["position"].items():
        yield from _spread(spelled, Meaning("position", value))
    yield from _nouns()
    for section in ("people", "folk"):
        for group in words[section]:
            yield from _spread(group, Meaning(section, tuple(group["things"].items()), sum(group["things"].values()) > 1))
    for slot, spelled in words["worn"].items():
        yield from _spread(spelled, Meaning("worn", slot))
    for section in _PLAIN:
        yield from _spread(words[section], Meaning(section))
    for phrase in _expansions():
        yield "en", phrase, Meaning("style")


def _spread(spelled: dict[str, Any], meaning: Meaning) -> Any:
    for tongue in TONGUES:
        for word in str(spelled.get(tongue, "")).split(", "):
            yield tongue, word, meaning


def _settings() -> Any:
    for name, row in data("settings").items():
        yield "en", name, Meaning(row["role"], name)
        yield from _spread(row.get("words", {}), Meaning(row["role"], name))
        yield from _spread(row.get("hints", {}), Meaning("hint", name))


def _deeds(words: dict[str, Any]) -> Any:
    for number, deed in enumerate(words["deeds"]):
        yield from _spread(deed, Meaning("deed", number))


def _colors() -> Any:
    colors = data("colors")
    for name, value in colors["colors"].items():
        yield "en", name, Meaning("color", value)
    for name, spelled in colors["names"].items():
        yield from _spread(spelled, Meaning("color", colors["colors"][name]))
    for row in colors["materials"].values():
        yield from _spread(row, Meaning("material", row["color"]))
    for factor, spelled in colors["shades"].items():
        yield from _spread(spelled, Meaning("shade", float(factor)))


def _nouns() -> Any:
    for name, noun in nouns().items():
        bynames = [spelled for word in noun.synonyms for spelled in _spellings(word)]
        for word in (name, *bynames):
            yield "en", word, Meaning("noun", name)
        for word in (noun.plural, *(plural_of(word) for word in bynames)):
            yield "en", word, Meaning("noun", name, plural=word != name)
        for tongue, spelled in noun.words.items():
            for word in spelled:
                yield tongue, word, Meaning("noun", name)


def _hung_up(all_of: list[Meaning]) -> tuple[Meaning, ...]:
    """The meanings of a word; a garment is a thing of its own only where nobody wears it, so comes last."""
    worn = any(each.kind == "worn" for each in all_of)
    clothes = data("words")["garments"] if worn else ()
    own = [each for each in all_of if each.kind == "noun" and each.value in clothes]
    rest = [each for each in all_of if each not in own]
    return (*rest, *(Meaning("garment", each.value, each.plural) for each in own))


def _spellings(word: str) -> tuple[str, ...]:
    """A word as people write it: jack-o'-lantern, jack-o-lantern, jack o'lantern."""
    return (word, word.replace("'-", "-"), word.replace("'-", "'")) if "'-" in word else (word,)


def _expansions() -> Any:
    """Phrases the studio itself adds to a prompt: known as wholes, so that they never change a scene."""
    path = FOLDER / "expansion.yaml"
    if path.exists():
        for slot in data("expansion")["slots"].values():
            for row in slot:
                yield row["say"]


_ENDINGS = {"de": ("e", "n", "s", "er", "es", "en", "em", "ern", "nen"), "fr": ("s", "x", "e", "es", "ne", "nes", "le"), "es": ("s", "es")}
_PLURAL = {"de": ("n", "en", "nen"), "fr": ("s", "x", "es", "nes"), "es": ("s", "es")}


@cache
def _variants(word: str, tongue: str) -> tuple[tuple[str, bool], ...]:
    """The forms a word may have come from by its ending, and whether that ending makes it a plural."""
    plain = fold(word)
    found = [(plain, False)]
    for ending in _ENDINGS.get(tongue, ()):
        if plain.endswith(ending) and len(plain) - len(ending) >= 3:
            stem = plain[: -len(ending)]
            found.append((stem, ending in _PLURAL.get(tongue, ())))
    if tongue == "es":
        found += [(stem[:-1] + "o", plural) for stem, plural in found if stem.endswith("a")]
    return tuple(found)


def meanings(word: str, tongue: str) -> tuple[Meaning, ...]:
    """What one word means in one tongue, whatever its ending; nothing if it is not known."""
    words = lexicon().words[tongue]
    if known := words.get(word):
        return known
    if tongue == "en":
        return ()
    for variant, plural in _variants(word, tongue):
        if known := words.get(variant):
            return tuple(Meaning(each.kind, each.value, each.plural or plural) for each in known) if plural else known
    return _compound(fold(word)) if tongue == "de" and len(word) >= 7 else ()


def _compound(word: str) -> tuple[Meaning, ...]:
    """A German compound means its last part: an Apfelbaum is a Baum."""
    words = lexicon().words["de"]
    for start in range(3, min(len(word) - 3, 40)):
        for variant, _ in _variants(word[start:], "de"):
            known = [each for each in words.get(variant, ()) if each.kind in ("noun", "setting", "place")]
            if known and len(variant) >= 4:
                return tuple(known)
    return ()


@cache
def gender(word: str) -> str:
    """'her' or 'his' where a pronoun or a noun tells which, else nothing."""
    table = data("words")["gender"]
    return next((name for name, row in table.items() if word in row["nouns"] or word in row["words"]), "")


@cache
def voice(word: str) -> str:
    """'i', 'you', 'we' or 'they' where a pronoun of one of these, else nothing."""
    return next((name for name, row in data("words")["voices"].items() if word in row), "")
