"""Breaks verses into lines that fit: at spaces, between the signs of scripts without spaces, and inside a word only if it must."""
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from engines.book.runs import clusters

Measure = Callable[[str], float]
NOT_FIRST = set("、。，．・：；？！ー」』）］｝〉》】〕’”)]}»…‥ゝゞ々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮะาำๆฯໆ။၊។៕,.;:!?%")
NOT_LAST = set("「『（［｛〈《【〔‘“([{«เแโใไເແໂໃໄ")
OPENING = set("\"'“‘«‹„‚¿¡「『（([—–-")
DROPS = ("LATIN", "GREEK", "CYRILLIC", "HEBREW", "ARMENIAN", "GEORGIAN", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "ETHIOPIC")
JOINED = ("ARABIC", "SYRIAC", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM",
          "SINHALA", "MYANMAR", "KHMER", "TIBETAN", "MONGOLIAN", "NKO", "THAANA")


NEARLY = 0.94
"""Words are measured one by one until a line is this full, then as a whole."""


@dataclass(frozen=True)
class Line:
    """A line as it will be set: its words, how far it is moved in, and whether it goes on from the one before."""

    text: str
    indent: float = 0.0
    goes_on: bool = False


def _loose(cluster: str) -> bool:
    """Whether a line may break on either side: the scripts that write no spaces."""
    code = ord(cluster[0])
    return (0x2E80 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0xFF00 <= code <= 0xFF65 or 0x20000 <= code <= 0x3FFFF
            or 0x0E00 <= code <= 0x0EFF or 0x1000 <= code <= 0x109F or 0x1780 <= code <= 0x17FF or 0xA000 <= code <= 0xA4CF)


def words(line: str) -> list[str]:
    """The line in the smallest parts between which it may break; each keeps the space behind it."""
    found: list[str] = []
    for cluster in clusters(line):
        last = found[-1] if found else ""
        apart = last and (last.endswith((" ", "-", "—", "–")) or _loose(cluster) or _loose(last[-1]))
        if apart and cluster[0] != " " and cluster[0] not in NOT_FIRST and last[-1] not in NOT_LAST:
            found.append(cluster)
        elif found:
            found[-1] += cluster
        else:
            found.append(cluster)
    return found


def broken(text: str, measure: Measure, room: Callable[[int], float], hang: float) -> list[Line]:
    """Every line of the text, those too long broken and moved in by `hang`; `room(k)` is the width line k may have."""
    lines: list[Line] = []
    for written in text.split("\n"):
        held, wide, goes_on = "", 0.0, False
        for word in _bits(written, measure, min(room(len(lines)), room(10_000)) - hang):
            space = room(len(lines)) - (hang if goes_on else 0.0)
            more = measure(word)
            if held and wide + more > space * NEARLY and measure((held + word).rstrip()) > space:
                lines.append(Line(held.rstrip(), hang if goes_on else 0.0, goes_on))
                held, wide, goes_on = "", 0.0, True
            held, wide = held + word, wide + more
        lines.append(Line(held.rstrip(), hang if goes_on else 0.0, goes_on))
    return lines


def _bits(written: str, measure: Measure, width: float) -> list[str]:
    """Words, and where one alone is wider than a line, its letters."""
    found: list[str] = []
    for word in words(written):
        found += clusters(word) if measure(word) > width else [word]
    return found


def opening(text: str) -> tuple[str, str, bool]:
    """The red beginning, the rest, and whether it can stand as a large initial; joined scripts colour their first word instead."""
    units = clusters(text.split("\n", 1)[0])
    k = 0
    while k < len(units) and units[k] in OPENING:
        k += 1
    if k == len(units) or k > 2:
        return "", text, False
    name = unicodedata.name(units[k][0], "")
    if name.startswith(JOINED):
        first = text.split("\n", 1)[0].split(" ", 1)[0]
        return first, text[len(first):], False
    if not name.startswith(DROPS) or not units[k][0].isalpha():
        return "", text, False
    if units[k] in NOT_LAST and k + 1 < len(units):
        k += 1
    start = "".join(units[: k + 1])
    return start, text[len(start):], True
