"""Form: how many bars fit the asked length, which sections they make, and which lines of a lyric are sung where."""

import re
import unicodedata
from dataclasses import dataclass
from random import Random

from engines.sketch.composer_data import Genre
from engines.sketch.composer_score import Clock, Section

ORDER = ("verse", "chorus", "verse", "chorus", "bridge", "chorus", "verse", "bridge", "chorus")
_VOWELS = re.compile(r"[aeiouyæøœ]+")
_SILENT = re.compile(r"[^aeiouyl]e(s|d)?$")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


@dataclass(frozen=True)
class Frame:
    """The time a piece has: its clock, the beat on which the last chord falls, the bars before it."""

    clock: Clock
    end: float
    bars: int


def frame(genre: Genre, duration: float, bpm: float, fixed: bool) -> Frame:
    """Bars and tempo so that the last chord rings out exactly when the time is over; an asked tempo is kept to the letter."""
    ring = min(2.6, 0.9 + 0.09 * duration)
    room = max(0.5, duration - ring) * bpm / 60
    beats = float(genre.beats)
    whole = max(1, round(room / beats - genre.rit)) * beats
    if fixed:
        end = beats * int(room / beats - genre.rit)
        if end < 2 * beats or (room - end) * 60 / bpm > 3.0:
            end = float(max(1, int(room - genre.rit * min(beats, room))))
        clock = Clock(bpm, max(0.0, end - beats), genre.rit if end >= 2 * beats else 0.0)
        if clock.seconds(end) > duration - 0.4:
            clock = Clock(bpm, end, 0.0)
        return Frame(clock, end, _bars(end, beats))
    if abs(whole / room - 1) > 0.06:
        whole = float(max(2, round(room - genre.rit * beats)))
    rit = genre.rit if whole >= 2 * beats else 0.0
    exact = 60 * (whole + rit * beats) / max(0.5, duration - ring)
    return Frame(Clock(exact, whole - beats if rit else whole, rit), whole, _bars(whole, beats))


def _bars(end: float, beats: float) -> int:
    return max(1, int(-(-end // beats)))


def sections(bars: int, lines: list[tuple[str, list[int]]], genre: Genre, clock: Clock, chance: Random) -> list[Section]:
    """Intro, verses, choruses, a bridge and an ending that fill so many bars."""
    ending = 2 if bars >= 6 else 1 if bars >= 3 else 0
    intro = 4 if bars >= 44 else 2 if bars >= 10 else 1 if bars >= 7 else 0
    body = bars - intro - ending
    found: list[Section] = [Section("intro", 0, intro)] if intro else []
    at = intro
    for kind, size, sung in _sung(body, lines, genre, clock) if lines else _played(body, chance):
        found.append(Section(kind, at, size, sung))
        at += size
    if ending:
        found.append(Section("ending", at, ending))
    return found


def _played(body: int, chance: Random) -> list[tuple[str, int, tuple[tuple[int, int], ...]]]:
    """Sections of 4 or 8 bars; what is left over goes to the last."""
    unit = 8 if body >= 32 else 4
    order = list(ORDER)
    if chance.random() < 0.3:
        order[0:2] = ["verse", "verse"] if body >= 6 * unit else order[0:2]
    found: list[tuple[str, int, tuple[tuple[int, int], ...]]] = []
    number = 0
    while body > 0:
        size = min(unit, body)
        if size < unit / 2 and found:
            kind, last, sung = found.pop()
            found.append((kind, last + size, sung))
        else:
            found.append((order[number % len(order)], size, ()))
        body -= size
        number += 1
    return found


def _sung(body: int, blocks: list[tuple[str, list[int]]], genre: Genre, clock: Clock) -> list[tuple[str, int, tuple[tuple[int, int], ...]]]:
    """One section per verse of the lyric, each line as many bars as its syllables need; from the start again if there is time."""
    found: list[tuple[str, int, tuple[tuple[int, int], ...]]] = []
    number = 0
    while body > 0:
        kind, counts = blocks[number % len(blocks)]
        lines: list[tuple[int, int]] = []
        for count in counts:
            need = bars_for(count, genre, clock)
            if sum(bars for _, bars in lines) + need > body:
                break
            lines.append((count, need))
        used = sum(bars for _, bars in lines)
        if not lines:
            found.append(("verse" if not found else "bridge", body, ()))
            break
        used += used % 2 if used + used % 2 <= body else 0
        found.append((kind, used, tuple(lines)))
        body -= used
        number += 1
    return found


def bars_for(syllables: int, genre: Genre, clock: Clock) -> int:
    """How many bars a line takes: about three syllables a second, and never more than the eighths there are."""
    seconds = genre.beats * 60 / clock.bpm
    most = min(genre.bar / 2 * 0.75, 3.2 * seconds)
    return max(1, min(4, -int(-(syllables + 1) // most)))


def syllables(line: str) -> int:
    """How many syllables a line has, in any script, near enough to sing it."""
    count = 0
    for word in _WORD.findall(unicodedata.normalize("NFC", line)):
        bare = "".join(each for each in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(each))
        if ord(max(bare)) > 0x2E7F:  # one sign, one syllable
            count += len(bare)
            continue
        found = len(_VOWELS.findall(bare))
        if found > 1 and _SILENT.search(bare):
            found -= 1
        count += max(1, found if bare.isascii() else max(found, len(bare) // 3))
    return count


def sung_lines(lyrics: str) -> list[tuple[str, list[int]]]:
    """The verses of a lyric as kinds of section with the syllables of their lines."""
    from engines.song.lyrics import read_lyrics

    found = []
    for verse in read_lyrics(lyrics):
        counts = [count for line in verse.text.splitlines() if (count := syllables(line))]
        if counts:
            name = verse.name.split()[0]
            found.append(("chorus" if name in ("chorus", "hook", "refrain") else "bridge" if name == "bridge" else "verse", counts))
    return found
