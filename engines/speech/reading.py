"""From a person's text to what is spoken: what cannot be said is taken out and told, the rest cut into sentences with a voice each."""

import functools
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field

from engines.speech import voices

LONGEST = 400
SHORT_LINE = 60
PARAGRAPH, LINE = 0.35, 0.1
STOP = re.compile(r"[.!?…。！？｡؟।॥။።]+[\"'”’»«)\]」』]*(?=\s|$|[^\x00-\u2e7f])|\n\s*\n|\n")
SPACE = re.compile(r"[ \t]+")
FANCY = ("MATHEMATICAL", "FULLWIDTH LATIN", "FULLWIDTH DIGIT")
PICTURES = ("\ufe0f", "\ufe0e", "\u20e3")


@dataclass(frozen=True)
class Segment:
    """A stretch of one voice: where it begins in the text that is spoken, and the silence after it."""

    start: int
    text: str
    language: str
    pause: float | None = None
    """Seconds beside the sentence's own pause; None: the sentence goes on in another voice."""


@dataclass
class Reading:
    """A text as it will be spoken."""

    text: str
    language: str = ""
    segments: list[Segment] = field(default_factory=list)
    sentences: list[tuple[int, int]] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read(text: str, language: str) -> Reading:
    """Prepare a text for a language's voice; `language` may be empty to guess it."""
    said, emoji = clean(text)
    reading = Reading(said)
    if emoji:
        reading.notes.append(f"{emoji} emoji left out." if emoji > 1 else "One emoji left out.")
    if not language:
        language = guess(said)
        reading.notes.append(f"The language was guessed from the text: {language}.")
    reading.language = language
    helpers: Counter[str] = Counter()
    for start, end, pause in sentences(said):
        found = _segments(said, (start, end), language, pause, reading.unmet)
        if found:
            reading.sentences.append((start, end))
            reading.segments += found
            helpers.update(each.language for each in found if each.language != language)
    reading.unmet = list(dict.fromkeys(reading.unmet))
    reading.notes += [f"Other letters were spoken by the voice {name}." for name in helpers]
    return reading


def clean(text: str) -> tuple[str, int]:
    """The text without pictures, control and private characters, in its everyday letters; and how many emoji went."""
    kept: list[str] = []
    emoji = 0
    for letter in unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")):
        kind = unicodedata.category(letter)
        if letter in "\n\t\u200c" or kind[0] in "LMNPZ" and letter not in PICTURES:
            name = unicodedata.name(letter, "")
            kept.append(unicodedata.normalize("NFKC", letter) if name.startswith(FANCY) else letter)
        elif kind == "So" and letter >= "\u2190":
            emoji += 1
            kept.append(" ")
        elif kind[0] == "S" and not "\U0001f3fb" <= letter <= "\U0001f3ff":
            kept.append(letter)
    plain = SPACE.sub(" ", "".join(kept).replace("\t", " ").replace("\u2028", "\n").replace("\u2029", "\n\n"))
    return "\n".join(line.strip() for line in plain.split("\n")).strip(), emoji


def sentences(text: str) -> list[tuple[int, int, float]]:
    """Where each sentence begins and ends, and the silence it adds; never longer than a breath."""
    found: list[tuple[int, int, float]] = []
    start = 0
    for stop in STOP.finditer(text):
        pause = _pause(text, start, stop)
        if pause is None:
            continue
        pieces = _breaths(text, start, stop.end(), pause)
        if found and not pieces:  # the end of a line after the end of a sentence
            found[-1] = (*found[-1][:2], max(pause, found[-1][2]))
        found += pieces
        start = stop.end()
    return found + _breaths(text, start, len(text), 0.0)


def _pause(text: str, start: int, stop: re.Match[str]) -> float | None:
    """The silence after a stop; None if it is none: a wrapped line, or the full stop of a shortened word."""
    mark = stop[0]
    if "\n" in mark:
        line = text[text.rfind("\n", 0, stop.start()) + 1 : stop.start()]
        return PARAGRAPH if mark.count("\n") > 1 else LINE if len(line) < SHORT_LINE else None
    word = re.split(r"[\s.(\"]", text[start : stop.start()])[-1].lower()
    return None if mark == "." and word in voices.names()["abbreviations"] and stop.end() < len(text) else 0.0


def _breaths(text: str, start: int, end: int, pause: float) -> list[tuple[int, int, float]]:
    """A sentence, cut at a comma, a space, or anywhere at last, where it is too long for one breath."""
    pieces = []
    while end - start > LONGEST:
        window = text[start : start + LONGEST]
        cut = max(window.rfind(mark) for mark in ",;:，、؛،")
        cut = cut if cut > LONGEST // 3 else window.rfind(" ")
        cut = cut + 1 if cut > 0 else LONGEST
        pieces.append((start, start + cut, 0.0))
        start += cut
    whole = [*pieces, (start, end, pause)]
    return [(a, b, p) for a, b, p in whole if any(letter.isalnum() for letter in text[a:b])]


@functools.lru_cache(4096)
def script(letter: str) -> str:
    """The script of a letter, LATIN or CYRILLIC; empty for digits, marks and signs, which go with their neighbours."""
    if unicodedata.category(letter)[0] != "L":
        return ""
    first = unicodedata.name(letter, "UNKNOWN").replace("HALFWIDTH ", "").replace("FULLWIDTH ", "").split()[0].split("-")[0]
    return "" if first in ("MODIFIER", "FEMININE", "MASCULINE", "MICRO") else first


def bare(word: str) -> tuple[str, int]:
    """A word without the signs around it, and how many letters in it begins."""
    kept = [k for k, letter in enumerate(word) if unicodedata.category(letter)[0] in "LMN" or letter in "%€$£¥"]
    return (word[kept[0] : kept[-1] + 1], kept[0]) if kept else ("", 0)


def guess(text: str) -> str:
    """The language of a text: by its script, or by its small words."""
    scripts = Counter(filter(None, map(script, text)))
    most = scripts.most_common(1)[0][0] if scripts else "LATIN"
    if most == "CJK" and (scripts["HIRAGANA"] or scripts["KATAKANA"]):
        return "ja"
    if most != "LATIN":
        return voices.reader(most) or "en-US"
    words = Counter(re.findall(r"[^\W\d_]+", text.lower()))
    known = {name: sum(words[mark] for mark in marks) for name, marks in voices.names()["marks"].items()}
    best = max(known, key=lambda name: known[name])
    return voices.languages().get(best if known[best] > known["en-us"] else "en-us", "en-US")


def _segments(text: str, span: tuple[int, int], language: str, pause: float, unmet: list[str]) -> list[Segment]:
    """A sentence in the voices that can read it; runs that none can go to `unmet`."""
    kana = any(script(letter) in ("HIRAGANA", "KATAKANA") for letter in text[slice(*span)])
    found: list[tuple[int, int, str]] = []
    for start, end, voice in _runs(text, span, language, kana):
        piece = text[start:end]
        if voice is None:
            unmet += [word[0] for word in map(bare, piece.split()) if word[0]]
        elif any(letter.isalnum() for letter in piece):
            found.append((start, end, voice))
    last = len(found) - 1
    return [Segment(start, text[start:end], voice, pause if k == last else None) for k, (start, end, voice) in enumerate(found)]


def _runs(text: str, span: tuple[int, int], language: str, kana: bool) -> list[tuple[int, int, str | None]]:
    """Stretches of one voice; signs and digits go with what is before them."""
    runs: list[tuple[int, int, str | None]] = []
    start, voice = span[0], None
    begun = False
    for at in range(*span):
        kind = script(text[at])
        if not kind:
            continue
        fit = _voice(kind, language, kana)
        if begun and fit != voice:
            runs.append((start, at, voice))
            start = at
        voice, begun = fit, True
    return [*runs, (start, span[1], voice if begun else language)]


def _voice(kind: str, language: str, kana: bool) -> str | None:
    if voices.reads(language, kind):
        return language
    if kind == "CJK" and kana:
        return None  # the Japanese voice reads kana only, and Chinese would be another word
    return voices.reader(kind)
