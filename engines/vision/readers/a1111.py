"""Stable Diffusion web UI (A1111), Forge and all who write like them: `parameters`, or the UserComment of a JPEG or WebP.

The prompt, a line `Negative prompt:`, and a last line `Steps: 20, Sampler: Euler a, …` whose values are JSON-quoted where
they hold a comma or a colon. A last line with fewer than three such pairs belongs to the prompt.
"""

import json
import re

from engines.vision.readers.found import Found, further, number, side, whole, words

NEGATIVE = "Negative prompt:"
KEY = re.compile(r"\s*([A-Za-z0-9][\w \-/]{0,60}):[ \t]*")
SIZE = re.compile(r"(\d{1,6})x(\d{1,6})")
KNOWN = {"Steps", "Sampler", "Schedule type", "CFG scale", "Seed", "Size", "Model"}
ENOUGH = 3
LINE = 40_000


def read(texts: dict[str, str]) -> Found | None:
    """From the text `parameters`, else from the user comment."""
    for name in ("parameters", "UserComment", "comment"):
        text = texts.get(name, "")
        if text.strip() and not text.lstrip().startswith("{") and (found := understood(text)):
            return found
    return None


def understood(text: str) -> Found | None:
    """The settings in one such text; None if it has no line of settings."""
    lines = text.strip().split("\n")
    at, settings = next(((i, told) for i in range(len(lines) - 1, max(-1, len(lines) - 12), -1) if (told := pairs(lines[i]))), (0, {}))
    if not settings:
        return None
    prompt, _, negative = "\n".join(["", *lines[:at]]).partition(f"\n{NEGATIVE}")
    size = SIZE.fullmatch(settings.get("Size", ""))
    return Found(
        _tool(settings), words(prompt), words(negative), "", whole(settings.get("Seed")), whole(settings.get("Steps")),
        number(settings.get("CFG scale")), side(size[1]) if size else None, side(size[2]) if size else None,
        words(settings.get("Model"), 300), words(settings.get("Sampler"), 100), words(settings.get("Schedule type"), 100),
        more=further(settings, KNOWN), raw=text,
    )  # fmt: skip


def pairs(line: str) -> dict[str, str]:
    """The settings a line holds, if they are three or more; read once, from left to right."""
    found: dict[str, str] = {}
    line, at = line[:LINE], 0
    while at < len(line) and len(found) < 200:
        key = KEY.match(line, at)
        if key is None:
            comma = line.find(",", at)
            if comma < 0:
                break
            at = comma + 1
            continue
        value, at = _value(line, key.end())
        found.setdefault(key[1].strip(), value)
    return found if len(found) >= ENOUGH and KNOWN & found.keys() else {}


def _value(line: str, at: int) -> tuple[str, int]:
    if line[at : at + 1] == '"':
        end = at + 1
        while end < len(line) and line[end] != '"':
            end += 2 if line[end] == "\\" else 1
        try:
            return str(json.loads(line[at : end + 1])), end + 2
        except ValueError:
            pass
    comma = line.find(",", at)
    end = len(line) if comma < 0 else comma
    return line[at:end].strip(), end + 1


def _tool(settings: dict[str, str]) -> str:
    version = settings.get("Version", "")
    if version.startswith("Fooocus"):
        return "Fooocus"
    if settings.get("App", "").startswith("SD.Next"):
        return "SD.Next"
    if version.startswith("ComfyUI"):
        return "ComfyUI"
    return "Stable Diffusion WebUI Forge" if re.match(r"f\d", version) else "Stable Diffusion web UI"
