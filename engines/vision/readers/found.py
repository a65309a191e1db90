"""What the settings of a picture are called here, and how values of unknown origin become plain words and numbers."""

import json
import math
from dataclasses import dataclass, field, fields
from typing import Any

from engines.vision.texts import clean

WORDS, SHORT, RAW, FURTHER = 8000, 300, 16_000, 60


@dataclass(frozen=True)
class Found:
    """Settings as a tool wrote them; what it did not write is None or empty. `more` holds what has no name here."""

    source: str
    prompt: str = ""
    negative_prompt: str = ""
    style: str = ""
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    width: int | None = None
    height: int | None = None
    model: str = ""
    sampler: str = ""
    scheduler: str = ""
    scene: Any = None
    more: dict[str, str | int | float] = field(default_factory=dict)
    raw: str = ""

    def as_json(self) -> dict[str, Any]:
        """What is known, by name; the raw text is cut where it is endless, and then says so."""
        told = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "scene"}
        known = {name: value for name, value in told.items() if value not in (None, "", {})}
        if len(self.raw) > RAW:
            known |= {"raw": self.raw[:RAW], "raw_length": len(self.raw)}
        return known


def parsed(text: str) -> Any:
    """What a text says as JSON; None if it is none, is too deep to be read, or says nothing."""
    if text.lstrip()[:1] not in ("{", "[", '"'):
        return None
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def table(value: Any) -> dict[str, Any]:
    """An object as it is; anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def words(value: Any, most: int = WORDS) -> str:
    """Text as text; anything else says nothing."""
    return clean(value[:most]).strip() if isinstance(value, str) else ""


def number(value: Any) -> float | None:
    """A finite number, also if it was written as text."""
    if isinstance(value, str) and len(value) < 40:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e300 or not math.isfinite(value):
        return None
    return float(value)


def whole(value: Any) -> int | None:
    """A whole number below 2^64, exactly; seeds are that long in some tools."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) < 24:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**64 else None


def side(value: Any) -> int | None:
    """A side in pixels that a picture can have."""
    found = whole(value)
    return found if found is not None and 0 < found <= 100_000 else None


def further(values: dict[str, Any], known: set[str]) -> dict[str, str | int | float]:
    """The plain values that have no name here, with their own names."""
    kept: dict[str, str | int | float] = {}
    for name, value in values.items():
        if name in known or len(kept) >= FURTHER or isinstance(value, bool):
            continue
        told: str | int | float | None = words(value, SHORT) if isinstance(value, str) else whole(value)
        told = number(value) if told is None else told
        if told not in (None, ""):
            kept[clean(str(name))[:80]] = told
    return kept
