"""Sets a verse: chooses its size, gives it a red initial, and shares its lines out over as many pages as it takes."""
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from engines.book.lines import OPENING, Line, broken, opening
from engines.book.ornament import INITIAL, INK, SOFT
from engines.book.press import POINT, Press
from engines.book.runs import Face, clusters, runs_left

SIZES = (24.0, 22.0, 20.0, 19.0, 18.0, 17.0, 16.0, 15.0, 14.0, 13.5, 13.0, 12.5, 12.0)
FLOWING = 13.0
UNBROKEN = 14.0
"""Rather this small than break a line that was written as one; smaller only to stay on the page."""
BROKEN = 17.0
"""A verse whose lines must break anyway is no larger than this."""
LEADING, TIGHT, HANG = 1.52, 1.34, 1.6
GUTTER = 1.6
QUOTES = "".join(OPENING)
WIDTH, HEIGHT, TOP = 154.0, 145.0, 24.0
LABEL = 13.0


@dataclass(frozen=True)
class Setting:
    """A verse ready for the page: its lines, its size, its initial."""

    lines: list[Line]
    size: float
    leading: float
    leftward: bool
    start: str = ""
    quote: str = ""
    start_size: float = 0.0
    sink: float = 0.0
    drop: int = 0
    indent: float = 0.0

    def pages(self) -> list[list[Line]]:
        """The lines page by page, about as many on each."""
        most = max(1, int(HEIGHT / self.leading))
        count = ceil(len(self.lines) / most)
        each = ceil(len(self.lines) / count)
        found: list[list[Line]] = []
        for line in self.lines:
            if found and (len(found[-1]) < each or (line.goes_on and len(found[-1]) < most)):
                found[-1].append(line)
            else:
                found.append([line])
        return found


def set_verse(press: Press, text: str, face: Face) -> Setting:
    """The largest setting in which the verse stays whole; if none, the smallest, over several pages."""
    wide = [press.width(line, face, 1.0) for line in text.split("\n")]
    tried = (_at(press, text, face, size) for size in SIZES if _may_fit(wide, size))
    fitting = [setting for setting in tried if len(setting.lines) * setting.leading <= HEIGHT]
    whole = (setting for setting in fitting if setting.size >= UNBROKEN and not any(line.goes_on for line in setting.lines))
    broken_well = (setting for setting in fitting if setting.size <= BROKEN)
    return next(whole, None) or next(broken_well, None) or _at(press, text, face, FLOWING)


def _may_fit(wide: list[float], size: float) -> bool:
    """Whether lines so wide (at one point) can be on one page at this size, if none wasted any room."""
    return sum(max(1, ceil(line * size / WIDTH)) for line in wide) * size * TIGHT * POINT <= HEIGHT


def _at(press: Press, text: str, face: Face, size: float) -> Setting:
    """The verse at one size."""
    start, rest, large = opening(text)
    written = text.count("\n") + 1
    ratio = LEADING if written * LEADING * size * POINT <= HEIGHT else TIGHT
    leading = size * ratio * POINT
    drop, start_size, indent, quote, sink = 0, 0.0, 0.0, "", 0.0
    if start and large:
        drop = min(3, written)
        target = (drop - 1) * leading + size * POINT * (0.66 if drop > 1 else 1.5)
        start = start.upper() if len(start.upper()) == len(start) else start
        quote = start[: len(start) - len(start.lstrip(QUOTES))]
        start = start[len(quote):]
        wide, low, high = press.ink(start, face)
        start_size = target / POINT / (high - low)
        sink = low * start_size * POINT
        indent = wide * start_size * POINT + size * POINT * (0.3 if drop > 1 else 0.06)

    def room(k: int) -> float:
        return WIDTH - (indent if k < max(drop, 1) else 0.0)

    lines = broken(rest if large else text, lambda part: press.width(part, face, size), room, HANG * size * POINT)
    return Setting(lines, size, leading, runs_left(text), start, quote, start_size, sink, drop, indent)


def put(press: Press, setting: Setting, part: Sequence[Line], label: str, faces: tuple[Face, Face], first: bool) -> None:
    """Put one page's lines on the page, a little above the middle, with the label over them."""
    face, small = faces
    inset = [setting.indent if first and k < max(setting.drop, 1) and setting.start_size else 0.0 for k in range(len(part))]
    wide = max(inset[k] + line.indent + press.width(line.text, face, setting.size) for k, line in enumerate(part))
    tall = len(part) * setting.leading
    label = _shortened(press, label, small)
    wide = max(wide, press.width(label, small, LABEL) + 4.5)
    left = max((press.page - WIDTH) / 2, (press.page - wide) / 2 - 2.0)
    right = press.page - left
    head = 12.0 if label else 0.0
    whole = first and len(part) == len(setting.lines)
    y = max(TOP + head, (press.page - 16.0 - tall + head) * 0.47) if whole else TOP + head
    if label:
        _label(press, (left, right, y - head), label, small, setting.leftward)
    y += setting.size * POINT * 0.8
    if first and setting.start_size:
        _initial(press, (left, right, y), setting, face)
    for k, line in enumerate(part):
        x = left + inset[k] + line.indent
        if setting.leftward:
            x = right - inset[k] - line.indent - press.width(line.text, face, setting.size)
        red = setting.start if first and k == 0 and not setting.start_size else ""
        _line(press, (x, y + k * setting.leading), line.text, setting, face, red)


def _initial(press: Press, place: tuple[float, float, float], setting: Setting, face: Face) -> None:
    """The large red letter; a quotation mark before it hangs in the margin."""
    left, right, y = place
    across = right - press.width(setting.start, face, setting.start_size) if setting.leftward else left
    foot = y + (max(setting.drop, 1) - 1) * setting.leading + setting.sink
    press.text((across, foot), setting.start, face, setting.start_size, INITIAL)
    if setting.quote:
        size = setting.size * 1.4
        beside = right + 0.6 if setting.leftward else left - 0.6 - press.width(setting.quote, face, size)
        press.text((beside, y + 0.25 * setting.size * POINT), setting.quote, face, size, INITIAL)


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
    across = right - 1.8 if leftward else left
    press.block(across, y - 2.35, 1.8, 1.8, INITIAL)
    press.text((right - 4.5 - press.width(label, face, LABEL) if leftward else left + 4.5, y), label, face, LABEL, SOFT)


def _shortened(press: Press, label: str, face: Face) -> str:
    """The label, no wider than a line."""
    units = clusters(label)
    while units and press.width("".join(units), face, LABEL) > WIDTH - 10:
        units = [*units[:-2], "…"]
    return "".join(units)
