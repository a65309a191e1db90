"""From what another tool wrote to what our own pictures can be asked for: the settings that a desk takes, and what was bent."""

from typing import Any

from pydantic import ValidationError

from engines.image.request import ImageRequest
from engines.vision.readers.found import Found

FIELDS = ("prompt", "negative_prompt", "style", "seed", "steps", "guidance", "width", "height")
LEAST, MOST, STEP = 64, 2048, 8


def usable(found: Found) -> tuple[dict[str, Any], list[str]]:
    """The fields of an image request that these settings can fill, each within its bounds, and a sentence for each that cannot."""
    wanted = {name: value for name in FIELDS if (value := getattr(found, name)) not in (None, "")}
    notes: list[str] = []
    if "width" in wanted and "height" in wanted:
        sides = _sides(wanted["width"], wanted["height"])
        if sides != (wanted["width"], wanted["height"]):
            notes.append(f"Its size of {wanted['width']} × {wanted['height']} is not made here; {sides[0]} × {sides[1]} comes nearest.")
        wanted |= {"width": sides[0], "height": sides[1]}
    settings: dict[str, Any] = {}
    for name, value in wanted.items():
        try:
            ImageRequest.model_validate({"prompt": "x", name: value})
            settings[name] = value
        except ValidationError:
            notes.append(f"Its {name.replace('_', ' ')} cannot be used here: {str(value)[:60]}")
    return settings, notes


def _sides(width: int, height: int) -> tuple[int, int]:
    """The nearest size of the same shape that is made here."""
    scale = min(1.0, MOST / max(width, height)) * max(1.0, LEAST / min(width, height))
    return tuple(min(MOST, max(LEAST, round(side * scale / STEP) * STEP)) for side in (width, height))  # type: ignore[return-value]
