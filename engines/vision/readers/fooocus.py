"""Fooocus: JSON (or A1111 text) in `parameters` with `fooocus_scheme`; UserComment with MakerNote in JPEG and WebP.

RuinedFooocus writes JSON with keys of its own and names itself in `software`.
"""

import re

from engines.vision.readers import a1111
from engines.vision.readers.found import Found, further, number, parsed, side, table, whole, words

SIZE = re.compile(r"\D*(\d{1,6})\D+(\d{1,6})\D*")
KNOWN = {"prompt", "negative_prompt", "seed", "steps", "guidance_scale", "resolution", "base_model", "sampler", "scheduler"}


def read(texts: dict[str, str]) -> Found | None:
    """Of Fooocus and RuinedFooocus."""
    scheme = texts.get("fooocus_scheme") or texts.get("MakerNote", "")
    raw = texts.get("parameters") or texts.get("UserComment", "")
    told = table(parsed(raw))
    if told.get("software") == "RuinedFooocus":
        return _ruined(told, raw)
    version = words(told.get("version"), 100)
    if not told and scheme in ("a1111", "fooocus") and (found := a1111.understood(raw)):
        own = found.more
        return Found(**{**vars(found), "source": "Fooocus", "prompt": words(own.get("Raw prompt")) or found.prompt,
                        "negative_prompt": words(own.get("Raw negative prompt")) or found.negative_prompt,
                        "scheduler": found.scheduler or words(own.get("Scheduler"), 100)})  # fmt: skip
    if not (told and (scheme == "fooocus" or version.startswith("Fooocus") or {"base_model", "performance"} <= told.keys())):
        return None
    size = SIZE.fullmatch(words(told.get("resolution"), 60))
    return Found(
        "Fooocus", words(told.get("prompt")), words(told.get("negative_prompt")), "", whole(told.get("seed")), whole(told.get("steps")),
        number(told.get("guidance_scale")), side(size[1]) if size else None, side(size[2]) if size else None,
        words(told.get("base_model"), 300), words(told.get("sampler"), 100), words(told.get("scheduler"), 100),
        more=further(told, KNOWN), raw=raw,
    )  # fmt: skip


def _ruined(told: dict[str, object], raw: str) -> Found:
    known = {"Prompt", "Negative", "seed", "steps", "cfg", "width", "height", "base_model_name", "sampler_name", "scheduler", "software"}
    return Found(
        "RuinedFooocus", words(told.get("Prompt")), words(told.get("Negative")), "", whole(told.get("seed")), whole(told.get("steps")),
        number(told.get("cfg")), side(told.get("width")), side(told.get("height")), words(told.get("base_model_name"), 300),
        words(told.get("sampler_name"), 100), words(told.get("scheduler"), 100), more=further(told, known), raw=raw,
    )  # fmt: skip
