"""When each word is heard, and that as JSON, SRT and WebVTT."""

import html
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from engines.speech.child import END, WORD
from engines.speech.reading import Segment, bare, script

LINE, CUE_LETTERS, CUE_SECONDS = 42, 84, 6.0
READABLE, JOIN = 1.0, 0.3
"""A cue stays for a second if there is room, and until the next one if that comes soon."""
QUIET = 260


@dataclass
class Word:
    """A word as it was written, where it stands in the text, and when it is heard in seconds."""

    text: str
    at: int
    start: float
    end: float


def tokens(text: str) -> list[tuple[int, int]]:
    """Where words stand in a text: by spaces, and character by character in Chinese script."""
    found = []
    for piece in re.finditer(r"\S+", text):
        word, left = bare(piece[0])
        at = piece.start() + left
        if not any(letter.isalnum() for letter in word):
            continue
        cuts = [k for k in range(1, len(word)) if "CJK" in (script(word[k]), script(word[k - 1]))]
        bounds = [0, *cuts, len(word)]
        found += [(at + a, at + b) for a, b in zip(bounds, bounds[1:]) if any(letter.isalnum() for letter in word[a:b])]
    return found


def timed(segment: Segment, told: dict[str, Any], rate: int, sound: np.ndarray) -> list[Word]:
    """The words of a segment: begun by the library's events, ended by the next one or by silence.

    Words that the library runs together share the time between two events by their length.
    """
    words = tokens(segment.text)
    if not words or not told["frames"]:
        return []
    heard: dict[int, int] = {}
    for kind, sample, position in told["events"]:
        token = next((k for k, (a, b) in enumerate(words) if a <= position < b), None)
        if kind == WORD and token is not None and (not heard or token > max(heard)):
            heard[token] = min(sample, told["frames"])
    heard.setdefault(0, 0)
    known = sorted(heard)
    limits = sorted({sample for kind, sample, _ in told["events"] if kind in (WORD, END)} | {told["frames"]})
    spans: list[tuple[int, int]] = []
    for here, following in zip(known, [*known[1:], len(words)]):
        begin = heard[here]
        until = heard[following] if following in heard else told["frames"]
        if following == here + 1:
            until = min([each for each in limits if begin < each <= until and _is_end(told, each)], default=until)
        weights = np.cumsum([0] + [b - a + 1 for a, b in words[here:following]])
        edges = begin + (until - begin) * weights / weights[-1]
        spans += [(int(a), int(b)) for a, b in zip(edges, edges[1:])]
    return [
        Word(segment.text[a:b], segment.start + a, (told["start"] + begin) / rate, (told["start"] + _voiced(sound, begin, end)) / rate)
        for (a, b), (begin, end) in zip(words, spans)
    ]


def _is_end(told: dict[str, Any], sample: int) -> bool:
    return any(kind == END and at == sample for kind, at, _ in told["events"])


def _voiced(sound: np.ndarray, begin: int, end: int) -> int:
    """The end of a word without the silence that follows it; it keeps at least a third of its time."""
    loud = np.flatnonzero(np.abs(sound[begin:end]) > QUIET)
    last = begin + int(loud[-1]) + 1 if len(loud) else end
    return max(last, begin + max(1, (end - begin) // 3))


def cues(text: str, words: list[Word], sentences: list[tuple[int, int]], seconds: float) -> list[tuple[float, float, str]]:
    """Subtitles: whole sentences where they fit two lines, else cut between words; as (start, end, lines), inside `seconds`."""
    found: list[tuple[list[Word], str]] = []
    for begin, stop in sentences:
        groups = grouped([each for each in words if begin <= each.at < stop])
        edges = [begin, *(group[0].at for group in groups[1:]), stop]
        found += [(group, folded(text[low:high])) for group, low, high in zip(groups, edges, edges[1:])]
    shown = []
    for k, (group, lines) in enumerate(found):
        following = found[k + 1][0][0].start if k + 1 < len(found) else seconds
        end = min(max(group[-1].end, group[0].start + READABLE), following)
        shown.append((group[0].start, following if following - end < JOIN else end, lines))
    return shown


def grouped(words: list[Word]) -> list[list[Word]]:
    """A sentence's words as many at a time as can be read."""
    groups: list[list[Word]] = []
    for word in words:
        first = groups[-1][0] if groups else word
        if not groups or word.at + len(word.text) - first.at > CUE_LETTERS or word.end - first.start > CUE_SECONDS:
            groups.append([])
        groups[-1].append(word)
    return groups


def folded(text: str) -> str:
    """At most two lines of about equal length, cut at a space."""
    plain = " ".join(text.split())
    if len(plain) <= LINE:
        return plain
    middle = len(plain) / 2
    spaces = [k for k, letter in enumerate(plain) if letter == " "]
    if not spaces:
        return plain
    cut = min(spaces, key=lambda k: abs(k - middle))
    return f"{plain[:cut]}\n{plain[cut + 1 :]}"


def clock(seconds: float, mark: str) -> str:
    """00:00:01,500 with the mark before the thousandths that the format wants."""
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02d}:{whole // 60_000 % 60:02d}:{whole // 1000 % 60:02d}{mark}{whole % 1000:03d}"


def srt(found: list[tuple[float, float, str]]) -> str:
    """SubRip."""
    said = [f"{k}\n{clock(a, ',')} --> {clock(b, ',')}\n{text.replace('-->', '→')}\n" for k, (a, b, text) in enumerate(found, 1)]
    return "\n".join(said)


def vtt(found: list[tuple[float, float, str]], language: str) -> str:
    """WebVTT."""
    said = [f"{clock(a, '.')} --> {clock(b, '.')}\n{html.escape(text, quote=False)}\n" for a, b, text in found]
    return "\n".join([f"WEBVTT\nLanguage: {language}\n", *said])
