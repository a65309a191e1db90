"""Sets a verse: chooses its size, gives it a red initial, and shares its lines out over as many pages as it takes."""
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from engines.book.lines import Line, broken, opening
from engines.book.ornament import INITIAL, INK, SOFT, note
from engines.book.press import POINT, Press
from engines.book.runs import Face, runs_left

SIZES = (18.0, 17.0, 16.0, 15.0, 14.0, 13.0, 12.5, 12.0, 11.5, 11.0)
UNBROKEN = 13.0
"""Rather this small than break a line that was written as one; smaller only to stay on the page."""
LEADING, TIGHT, HANG = 1.52, 1.34, 1.6
GUTTER = 1.6
WIDTH, HEIGHT, TOP = 150.0, 138.0, 34.0
LABEL = 12.0


@dataclass(frozen=True)
class Setting:
    """A verse ready for the page: its lines, its size, its initial."""

    lines: list[Line]
    size: float
    leading: float
    leftward: bool
    start: str = ""
    start_size: float = 0.0
    drop: int = 0
    indent: float = 0.0

    def pages(self) -> list[list[Line]]:
        """The lines page by page, about as many on each."""
        most = max(1, int(HEIGHT / self.leading))
        count = ceil(len(self.lines) / most)
        each = ceil(len(self.lines) / count)
        return [self.lines[k : k + each] for k in range(0, len(self.lines), each)]


def set_verse(press: Press, text: str, face: Face) -> Setting:
    """The largest setting in which the verse stays whole; if none, the smallest, over several pages."""
    thick = HEIGHT / max(1, text.count("\n") + 1) / POINT
    tries = [size for size in SIZES if size * TIGHT <= thick] or [SIZES[-1]]
    best: Setting | None = None
    for size in tries:
        best = _at(press, text, face, size)
        broke = any(line.goes_on for line in best.lines)
        if len(best.lines) * best.leading <= HEIGHT and (not broke or size <= UNBROKEN):
            return best
    return _at(press, text, face, SIZES[-3]) if best is None or len(best.lines) * best.leading > HEIGHT else best


def _at(press: Press, text: str, face: Face, size: float) -> Setting:
    """The verse at one size."""
    start, rest, large = opening(text)
    written = text.count("\n") + 1
    ratio = LEADING if written * LEADING * size * POINT <= HEIGHT else TIGHT
    leading = size * ratio * POINT
    drop, start_size, indent = 0, 0.0, 0.0
    if start and large:
        drop = min(3, written)
        target = (drop - 1) * leading + size * POINT * (0.66 if drop > 1 else 1.5)
        start = start.upper() if len(start.upper()) == len(start) else start
        start_size = target / POINT / press.rise(start, face)
        indent = press.width(start, face, start_size) + size * POINT * (0.28 if drop > 1 else 0.08)

    def room(k: int) -> float:
        return WIDTH - (indent if k < max(drop, 1) else 0.0)

    lines = broken(rest if large else text, lambda part: press.width(part, face, size), room, HANG * size * POINT)
    return Setting(lines, size, leading, runs_left(text), start, start_size, drop, indent)


def put(press: Press, setting: Setting, part: Sequence[Line], label: str, faces: tuple[Face, Face], first: bool) -> None:
    """Put one page's lines on the page, a little above the middle, with the label over them."""
    face, small = faces
    inset = [setting.indent if first and k < max(setting.drop, 1) and setting.start_size else 0.0 for k in range(len(part))]
    wide = max(inset[k] + line.indent + press.width(line.text, face, setting.size) for k, line in enumerate(part))
    tall = len(part) * setting.leading
    left = max((press.page - WIDTH) / 2, (press.page - wide) / 2 - 2.0)
    right = press.page - left
    head = 11.0 if label else 0.0
    y = max(TOP, (press.page - 16.0 - tall + head) * 0.47)
    if label:
        _label(press, (left, right, y - head), label, small, setting.leftward)
    y += setting.size * POINT * 0.8
    if first and setting.start_size:
        across = right - press.width(setting.start, face, setting.start_size) if setting.leftward else left
        press.text((across, y + (max(setting.drop, 1) - 1) * setting.leading), setting.start, face, setting.start_size, INITIAL)
    for k, line in enumerate(part):
        x = left + inset[k] + line.indent
        if setting.leftward:
            x = right - inset[k] - line.indent - press.width(line.text, face, setting.size)
        red = setting.start if first and k == 0 and not setting.start_size else ""
        _line(press, (x, y + k * setting.leading), line.text, setting, face, red)


def _line(press: Press, place: tuple[float, float], text: str, setting: Setting, face: Face, red: str) -> None:
    """One line; its first word red where the script's letters hold together."""
    if not red or not text.startswith(red):
        press.text(place, text, face, setting.size, INK)
        return
    rest = text[len(red):]
    wide = press.width(rest, face, setting.size)
    if runs_left(text):
        press.text(place, rest, face, setting.size, INK)
        press.text((place[0] + wide, place[1]), red, face, setting.size, INITIAL)
    else:
        press.text((place[0] + press.text(place, red, face, setting.size, INITIAL), place[1]), rest, face, setting.size, INK)


def _label(press: Press, place: tuple[float, float, float], label: str, face: Face, leftward: bool) -> None:
    """The small heading, with a red square note before it."""
    left, right, y = place
    size = min(LABEL, LABEL * (WIDTH - 8) / max(press.width(label, face, LABEL), 1.0))
    if leftward:
        note(press, right - 1.0, y - 3.0, 2.0, 2, INITIAL)
        press.text((right - 4.5 - press.width(label, face, size), y), label, face, size, SOFT)
    else:
        note(press, left + 1.0, y - 3.0, 2.0, 2, INITIAL)
        press.text((left + 4.5, y), label, face, size, SOFT)
