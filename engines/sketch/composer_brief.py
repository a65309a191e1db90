"""The brief: what a person's words and choices come to for the composer, and which of the words said nothing to it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from engines.lengths import without_length
from engines.sketch.composer_data import Light, drums, genres, moods, timbres, words
from engines.sketch.composer_form import sung_lines

_WORDS = re.compile(r"[^\W\d_]+(?:[-'’&][^\W\d_]+)*|\d+-bit|808")
_BPM = re.compile(r"(?<![\d.])(\d{2,3})\s*(?:bpm|beats per minute)\b", re.IGNORECASE)
_KEY = re.compile(r"\bin (?:the key of )?([A-Ga-g])([#♯b♭]|[- ]?(?:sharp|flat))?(?: |-)?(major|minor)\b", re.IGNORECASE)


@dataclass
class Brief:
    """What is to be composed."""

    genre: str
    duration: float
    mood: str = ""
    tempo: int | None = None
    pace: float = 1.0
    light: Light | None = None
    root: int | None = None
    instruments: list[str] = field(default_factory=list)
    lines: list[tuple[str, list[int]]] = field(default_factory=list)
    """Verses of the lyric: the kind of section, and the syllables of each line."""
    contour: list[float | None] = field(default_factory=list)
    """A recorded tune to follow: MIDI pitches, eight a second, None for a rest."""
    unmet: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For the artifact's meta; read() takes it back."""
        return asdict(self)

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Brief":
        """A brief from an artifact's meta."""
        return cls(**{**kept, "lines": [(str(kind), [int(each) for each in counts]) for kind, counts in kept["lines"]]})


def plain(name: str) -> str:
    """A name as it is compared: lower case, single spaces."""
    return " ".join(name.lower().replace("_", " ").split())


def genre_named(name: str) -> str | None:
    """The genre a name means, or None."""
    wanted = plain(name)
    for each in (wanted, wanted.replace("-", " ")):
        if each in genres():
            return each
        if each in words()["aliases"]:
            return str(words()["aliases"][each])
    return next((known for known, row in genres().items() if wanted in (plain(row.title), *row.words)), None)


def genre_names() -> list[str]:
    """All names a genre may be called by, the genres' own first."""
    return [*genres(), *words()["aliases"]]


def brief_of(said: Mapping[str, Any]) -> Brief:
    """The brief behind a request's fields; fields of their own go before words of the prompt."""
    text = without_length(" ".join(str(said.get(name) or "") for name in ("prompt", "mood", "style")))
    lone = _tokens(text)
    for part in said.get("instruments") or []:
        lone += _tokens(str(part))
    steer = _tokens(str(said.get("reference_artist") or ""))
    genre = genre_named(str(said["genre"])) if said.get("genre") else None
    genre = genre or _most(lone, {name: row.words + [name] for name, row in genres().items()}, text) or _most(
        steer, {name: row.words for name, row in genres().items()}, "")
    key = _KEY.search(text)
    bpm = _BPM.search(text)
    instruments = _instruments(said.get("instruments") or [], lone)
    found = Brief(genre or "folk", float(said["duration_seconds"]))
    found.mood = _most(_tokens(str(said.get("mood") or "")), _moods(), "") or _most(lone, _moods(), "") or ""
    found.tempo = said.get("tempo") or (int(bpm[1]) if bpm and 40 <= int(bpm[1]) <= 240 else None)
    for word in lone:
        found.pace *= float(words()["tempo"].get(word, 1.0))
        found.light = words()["light"].get(word, found.light)
    if key:
        found.root, found.light = _tonic(key), words()["light"][key[3].lower()]
    found.instruments = instruments
    found.lines = sung_lines(str(said.get("lyrics") or "")) if str(said.get("lyrics") or "").strip() else []
    found.unmet = _unmet(lone, key[0] if key else "")
    return found


def _tokens(text: str) -> list[str]:
    return [token.lower().replace("’", "'") for token in _WORDS.findall(text)]


def _tonic(key: re.Match[str]) -> int:
    sign = (key[2] or "").strip(" -").lower()
    shift = 1 if sign in ("#", "♯", "sharp") else -1 if sign in ("b", "♭", "flat") else 0
    return (int(words()["notes"][key[1].lower()]) + shift) % 12


def _moods() -> dict[str, list[str]]:
    return {name: [*mood.words, name] for name, mood in moods().items()}


def _most(tokens: Iterable[str], rows: Mapping[str, list[str]], text: str) -> str | None:
    """The row most of the words speak for; the earlier word wins a tie, whole names in the text win everything."""
    tokens = list(tokens)
    best, most = None, 0.0
    for name, known in rows.items():
        score = sum(1 + 0.01 / (index + 1) for index, token in enumerate(tokens) if token in known or token.removesuffix("s") in known)
        score += 2 if " " in name and name in text.lower() else 0
        if score > most:
            best, most = name, score
    return best


def _by_word() -> dict[str, str]:
    named = {word: name for name, row in timbres().items() for word in [*row.words, name]}
    return named | {word: "drums" for row in drums().values() for word in row.words}


def _instruments(listed: Iterable[str], tokens: Iterable[str]) -> list[str]:
    """The instruments that were named, once each."""
    known = _by_word()
    found: list[str] = []
    for each in listed:
        whole = plain(each)
        word = next((each for each in (whole, whole.replace(" ", "-"), *_tokens(whole)) if each in known), "")
        name = known.get(word)
        if name and name not in found:
            found.append(name)
    if not found:
        taken = {word for row in genres().values() for word in row.words}
        for each in tokens:
            name = known.get(each) or known.get(each.removesuffix("s"))
            if name and name not in found and (each not in taken or each == "piano"):
                found.append(name)
    return found[:6]


def _unmet(tokens: Iterable[str], key: str) -> list[str]:
    """Words that told the composer nothing."""
    known = set(_by_word()) | set(words()["tempo"]) | set(words()["light"]) | {str(each) for each in words()["quiet"]}
    for listed in (*(row.words for row in genres().values()), *(row.words for row in moods().values())):
        known |= set(listed)
    for name in (*genre_names(), *moods(), *timbres(), *_tokens(key)):
        known |= set(name.split())
    return list(dict.fromkeys(token for token in tokens if token not in known and token.removesuffix("s") not in known and len(token) > 1))
