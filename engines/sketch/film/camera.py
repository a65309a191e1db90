"""The camera: which move the words ask for, and what part of the sheet it sees at each moment, near and far."""

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from engines.sketch.dice import Dice

Box = tuple[float, float, float, float]


@functools.lru_cache(1)
def facts() -> dict[str, Any]:
    """camera.yaml, read once."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "camera.yaml").read_text("utf-8"))
    return loaded


@functools.lru_cache(1)
def _said() -> list[tuple[re.Pattern[str], str]]:
    """Every way to ask for a move, the longest first, with the words around it that speak to the camera."""
    about = "|".join(sorted(map(re.escape, facts()["about"]), key=len, reverse=True))
    asked = [(words, move) for move, ways in facts()["words"].items() for words in ways]
    asked.sort(key=lambda each: -len(each[0]))
    around = rf"(?:(?:\b(?:{about})\b)[\s]+)*"
    return [(re.compile(rf"{around}(?<!\w){re.escape(words)}(?!\w)(?:[\s]+(?:\b(?:{about})\b))*", re.IGNORECASE), move)
            for words, move in asked]


def spoken(prompt: str) -> tuple[str, str | None]:
    """The prompt without what is said to the camera, and the move that was asked for (`drawn`: any), if one was."""
    move = None
    for pattern, name in _said():
        prompt, found = pattern.subn(" ", prompt)
        if found and move in (None, "drawn"):
            move = name
    if move is None:
        return prompt, None
    prompt = re.sub(r"\s+", " ", re.sub(r"(?:\s*[,;]\s*)+", ", ", prompt))
    return prompt.strip(" ,;"), move


def moves() -> list[str]:
    """The moves there are."""
    return list(facts()["moves"])


def chosen(dice: Dice, asked: str | None) -> str:
    """The move that was asked for, or one by the seed."""
    if asked in facts()["moves"]:
        return str(asked)
    return str(dice.stream("camera").pick(facts()["drawn"]))


class View(NamedTuple):
    """What the camera sees at one moment."""

    sheet: tuple[int, int]
    pan: float
    lift: float
    zoom: float
    least: float

    def box(self, near: float) -> Box:
        """The part of the sheet it sees of what is this near (0 does not move at all, 1 moves fully)."""
        w, h = self.sheet
        zoom = self.least * (1 + (self.zoom / self.least - 1) * near)
        half_w, half_h = w / zoom / 2, h / zoom / 2
        x = w / 2 + self.pan * near * (w / 2 - half_w) if self.zoom == self.least else w / 2 + self.pan * (w / 2 - half_w)
        y = h / 2 + self.lift * (h / 2 - half_h)
        return x - half_w, y - half_h, x + half_w, y + half_h


@dataclass(frozen=True)
class Camera:
    """One move over one shot. `focus` is where it leads, from -1 to 1 across and down."""

    sheet: tuple[int, int]
    start: tuple[float, float]
    end: tuple[float, float]
    focus: tuple[float, float] | None = None

    @classmethod
    def of(cls, move: str, sheet: tuple[int, int], focus: tuple[float, float], heading: int = 0) -> "Camera":
        """The camera for a move; with walkers (heading -1 or 1) a drawn pan or parallax goes their way."""
        row = facts()["moves"][move]
        start, end = tuple(row["from"]), tuple(row["to"])
        if heading and move == "parallax":
            start = tuple(facts()["follow"]["right" if heading > 0 else "left"])
            end = (-start[0], start[1])
        return cls(sheet, start, end, focus if row.get("focus") else None)

    def at(self, share: float) -> View:
        """What it sees after this share of the shot (0 to 1); it starts and stops softly."""
        eased = 0.45 * share + 0.55 * share * share * (3 - 2 * share)
        pan = self.start[0] + (self.end[0] - self.start[0]) * eased
        zoom = self.start[1] + (self.end[1] - self.start[1]) * eased
        least = min(self.start[1], self.end[1])
        if self.focus is not None:
            return View(self.sheet, self.focus[0], self.focus[1], zoom, least)
        return View(self.sheet, pan, 0.0, zoom, least)
