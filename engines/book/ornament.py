"""The book's ornaments, as plain shapes that a page and a picture can both draw: staff, square notes, the mark, swatches."""
import hashlib
from collections.abc import Sequence
from typing import Protocol

INK, SOFT, PAPER, GROUND = "#171A33", "#4C5276", "#FFFFFF", "#EDEFF5"
COPE, STAFF_ON_COPE, GOLD = "#1A2050", "#5D69B8", "#F0BC42"
INITIAL, AZURE, LINE, WORK = "#A6192E", "#2A3A9E", "#C9CFDF", "#B57A00"
STEPS = 7
"""The places a note can have: on the four lines and between them."""


class Pen(Protocol):
    """Fills rectangles; all ornaments are made of nothing else."""

    def block(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """Fill a rectangle, given by its upper left corner."""


def staff(pen: Pen, x: float, y: float, width: float, gap: float, color: str) -> None:
    """Four lines, the topmost at y, a gap apart."""
    thick = min(gap * 0.1, 0.45 + gap * 0.02)
    for k in range(4):
        pen.block(x, y + k * gap - thick / 2, width, thick, color)


def note(pen: Pen, x: float, top: float, gap: float, step: int, color: str) -> None:
    """A square note around x; step 0 is the lowest line of the staff and 6 the highest."""
    side = gap * 0.86
    pen.block(x - side / 2, top + 3 * gap - step * gap / 2 - side / 2, side, side, color)


def stem(pen: Pen, x: float, top: float, gap: float, steps: tuple[int, int], color: str) -> None:
    """The fine line that leads from one step to another."""
    low, high = sorted(steps)
    pen.block(x - gap * 0.05, top + 3 * gap - high * gap / 2, gap * 0.1, (high - low) * gap / 2, color)


def mark(pen: Pen, x: float, y: float, gap: float, colors: tuple[str, str]) -> None:
    """The studio's sign, 6 gaps wide and 3 high: three square notes climbing a staff."""
    lines, notes = colors
    staff(pen, x, y, 6 * gap, gap, lines)
    for k, (step, before) in enumerate(((0, 2), (3, 1), (6, 3))):
        across = x + gap * (1 + 2 * k)
        stem(pen, across, y, gap, (step, before), notes)
        note(pen, across, y, gap, step, notes)


def melody(verses: Sequence[str], title: str) -> list[int]:
    """One step of the staff per verse, the song's own; equal verses sound alike."""
    dice = hashlib.sha256("\0".join([title, *verses]).encode("utf-8", "replace")).digest()
    at, known = 2, dict[str, int]()
    for k, verse in enumerate(verses):
        move = (-2, -1, 1, 2, 1, -1, 3)[dice[k % len(dice)] % 7]
        at = at + move if 0 <= at + move < STEPS else at - move
        at = min(max(at, 0), STEPS - 1)
        at = known.setdefault(verse.strip(), at)
    return [known[verse.strip()] for verse in verses]


def procession(pen: Pen, box: tuple[float, float, float], tune: Sequence[int], at: int) -> None:
    """The whole song as notes on a staff (x, y, width), sung up to the verse `at`, which is red."""
    x, y, width = box
    gap = min(2.3, width / len(tune) * 0.9)
    pace = min(width / len(tune), gap * 4.2)
    x += (width - pace * len(tune)) / 2
    staff(pen, x - gap, y, pace * len(tune) + 2 * gap, gap, LINE)
    for k, step in enumerate(tune):
        note(pen, x + pace * (k + 0.5), y, gap, step, INITIAL if k == at else SOFT if k < at else LINE)


def swatches(pen: Pen, box: tuple[float, float, float, float], colors: Sequence[str], gap: float = 0.0) -> None:
    """The colours side by side in a box (x, y, width, height)."""
    x, y, width, height = box
    each = (width + gap) / max(1, len(colors))
    for k, color in enumerate(colors):
        pen.block(x + k * each, y, each - gap, height, color)
