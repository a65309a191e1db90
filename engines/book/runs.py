"""Takes text apart: letters that belong together, the font each needs, and the order in which they stand on the line."""
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fpdf.bidi import BidiParagraph, auto_detect_base_direction
from fpdf.enums import TextDirection

from engines.book.fonts import covers, font_for

ZWNJ, ZWJ, EMOJI_SIGN = "\u200c", "\u200d", "\ufe0f"
STAND_IN = "□"
CROWD, FAMILY = 12, 24
"""Marks on one letter and signs in one emoji, at most: more is a prank, and no font draws it."""
LONGEST_LINE = 400
"""No page has room for a line of more letters; what is longer is only measured, and needs no turning."""
RIGHT = {"R", "AL", "AN"}
SPACES, GAPS = re.compile(r"[^\S\n]+"), re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Face:
    """A way of setting letters: upright or italic, in a weight, with the Han signs of one hand."""

    italic: bool = False
    weight: int = 400
    hand: str = "hans"


@dataclass(frozen=True)
class Piece:
    """Letters of one font and one direction, next to one another on a line."""

    text: str
    font: Path
    rightward: bool = True


def clean(text: str) -> str:
    """The text without what cannot be printed: controls, direction marks, lone halves."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n"))
    text = "".join(clusters("".join(c if _prints(c) else " " if c in "\t\v\f\x85" else "" for c in text)))
    return GAPS.sub("\n\n", "\n".join(SPACES.sub(" ", line).strip() for line in text.split("\n"))).strip("\n")


def _prints(letter: str) -> bool:
    kind = unicodedata.category(letter)
    nothing = ord(letter) & 0xFFFE == 0xFFFE or "\ufdd0" <= letter <= "\ufdef"
    return letter in "\n\u200c\u200d" or "\U000e0020" <= letter <= "\U000e007f" or not (nothing or kind in ("Cc", "Cf", "Cs"))


def _joins(letter: str) -> bool:
    """Whether the letter leans on the one before it."""
    return (letter in (ZWNJ, ZWJ) or unicodedata.category(letter) in ("Mn", "Mc", "Me") or "\U0001f3fb" <= letter <= "\U0001f3ff"
            or "\U000e0020" <= letter <= "\U000e007f")


def _flag(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def clusters(text: str) -> list[str]:
    """The text in units that must not be torn apart: a letter with its marks, an emoji with its parts, a flag."""
    found: list[str] = []
    for letter in text:
        last = found[-1] if found else ""
        if last and _joins(letter):
            found[-1] += letter if len(last) <= CROWD or (len(last) <= FAMILY and pictorial(last)) else ""
        elif last and ((last[-1] == ZWJ and pictorial(last) and len(last) <= FAMILY) or (_flag(letter) and len(last) == 1 and _flag(last))):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def pictorial(cluster: str) -> bool:
    """Whether the unit is an emoji."""
    return EMOJI_SIGN in cluster or 0x1F000 <= ord(cluster[0]) < 0x1FB00


def _needed(cluster: str) -> frozenset[int]:
    return frozenset(ord(c) for c in cluster if unicodedata.category(c) != "Cf" and not "\ufe00" <= c <= "\ufe0f")


def weak(cluster: str) -> bool:
    """Whether the unit takes the font of its neighbours: spaces, points, digits, signs."""
    return unicodedata.category(cluster[0])[0] in "ZPNS" and not pictorial(cluster)


def fitted(text: str, face: Face, missing: set[str] | None = None) -> list[tuple[str, Path]]:
    """The text cut where the font changes, in reading order; letters that no font has become an empty square and are told of."""
    found: list[tuple[str, Path]] = []
    picture_before = False
    for cluster in clusters(text):
        last = found[-1][1] if found else None
        if last is not None and not picture_before and weak(cluster) and covers(last, _needed(cluster)):
            font: Path | None = last
        else:
            cluster, font = _settle(cluster, face, missing)
        if font is None:
            continue
        picture_before = pictorial(cluster)
        if last == font:
            found[-1] = (found[-1][0] + cluster, font)
        else:
            found.append((cluster, font))
    return found


def _settle(cluster: str, face: Face, missing: set[str] | None) -> tuple[str, Path | None]:
    """The unit as it can be set, and the font for it."""
    private = unicodedata.category(cluster[0]) == "Co"  # means something else in every font
    font = font_for(_needed(cluster), face.italic, face.hand, pictorial(cluster))
    if font is not None and not private:
        return cluster, font
    if missing is not None:
        missing.update(c for c in cluster if private or font_for(_needed(c), face.italic, face.hand, False) is None)
    base = None if private else font_for(frozenset({ord(cluster[0])}), face.italic, face.hand, pictorial(cluster))
    if base is not None:
        return "".join(c for c in cluster if c == cluster[0] or covers(base, _needed(c))), base
    for sign in (STAND_IN, "?"):
        font = font_for(frozenset({ord(sign)}), face.italic, face.hand, False)
        if font is not None:
            return sign, font
    return "", None


@lru_cache(maxsize=20_000)
def runs_left(text: str) -> bool:
    """Whether the text is read from right to left: its first letter with a direction says so."""
    return auto_detect_base_direction(text) == TextDirection.RTL


def pieces(text: str, face: Face, leftward: bool, missing: set[str] | None = None) -> list[Piece]:
    """A line's pieces from its left edge to its right."""
    if len(text) > LONGEST_LINE or not leftward and not any(unicodedata.bidirectional(c) in RIGHT for c in text):
        return [Piece(part, font) for part, font in fitted(text, face, missing)]
    placed: list[Piece] = []
    for part, level in _levels(text, leftward):
        own = [Piece(piece, font, level % 2 == 0) for piece, font in fitted(part, face, missing)]
        placed += own[::-1] if level % 2 else own
    return placed


def _levels(text: str, leftward: bool) -> list[tuple[str, int]]:
    """The line in parts of one embedding level each, in the order the eye meets them from the left."""
    base = TextDirection.RTL if leftward else TextDirection.LTR
    parts: list[tuple[str, int]] = []
    for sign in BidiParagraph(text, base, preserve_bn_chars=True).get_characters_with_embedding_level():
        level = parts[-1][1] if parts and _joins(sign.character) else sign.embedding_level
        if parts and parts[-1][1] == level:
            parts[-1] = (parts[-1][0] + sign.character, level)
        else:
            parts.append((sign.character, level))
    for turn in range(max((level for _, level in parts), default=0), 0, -1):
        parts = _turned(parts, turn)
    return parts


def _turned(parts: list[tuple[str, int]], turn: int) -> list[tuple[str, int]]:
    """Every stretch at this level or above, turned round."""
    found: list[tuple[str, int]] = []
    stretch: list[tuple[str, int]] = []
    for part in parts:
        if part[1] >= turn:
            stretch.insert(0, part)
        else:
            found += [*stretch, part]
            stretch = []
    return found + stretch


def told_missing(letters: set[str]) -> list[str]:
    """The note for letters that no font here has."""
    if not letters:
        return []
    named = ", ".join(f"U+{ord(c):04X}" for c in sorted(letters)[:8])
    more = f" and {len(letters) - 8} more" if len(letters) > 8 else ""
    return [f"No font on this machine has {named}{more}; an empty square stands instead. Install one, then make it again."]
