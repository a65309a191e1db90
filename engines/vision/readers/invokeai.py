"""InvokeAI in its three ages: `invokeai_metadata`, before it `sd-metadata`, and at first `Dream`, a command line.

The two older ones keep the negative prompt within the prompt, in [brackets].
"""

import re
from typing import Any

from engines.vision.readers.found import Found, further, number, parsed, side, table, whole, words

BRACKETS = re.compile(r"\[([^\[\]]*)\]")
DREAM = re.compile(r'\s*"((?:[^"\\]|\\.)*)"(.*)', re.DOTALL)
SWITCH = re.compile(r"(?:^|\s)-([sSWHCA])\s*([^\s-][^\s]{0,60})")
KNOWN = {"positive_prompt", "negative_prompt", "seed", "steps", "cfg_scale", "width", "height", "scheduler", "prompt", "sampler"}


def read(texts: dict[str, str]) -> Found | None:
    """The newest of the three that is there and can be read."""
    return _core(texts) or _older(texts) or _dream(texts)


def _core(texts: dict[str, str]) -> Found | None:
    raw = texts.get("invokeai_metadata", "")
    told = table(parsed(raw))
    if not told:
        return None
    model = table(told.get("model"))
    return Found(
        "InvokeAI", words(told.get("positive_prompt")), words(told.get("negative_prompt")), "", whole(told.get("seed")),
        whole(told.get("steps")), number(told.get("cfg_scale")), side(told.get("width")), side(told.get("height")),
        words(model.get("name") or model.get("model_name"), 300), words(told.get("scheduler"), 100), more=further(told, KNOWN), raw=raw,
    )  # fmt: skip


def _older(texts: dict[str, str]) -> Found | None:
    raw = texts.get("sd-metadata", "")
    root = table(parsed(raw))
    images = root.get("images")
    told = table(root.get("image")) or table(images[0] if isinstance(images, list) and images else None)
    if not told:
        return None
    prompt, negative = _apart(_joined(told.get("prompt")))
    return Found(
        "InvokeAI", prompt, negative, "", whole(told.get("seed")), whole(told.get("steps")), number(told.get("cfg_scale")),
        side(told.get("width")), side(told.get("height")), words(root.get("model_weights") or root.get("model_id"), 300),
        words(told.get("sampler"), 100), more=further(told, KNOWN) | further({"version": root.get("app_version")}, set()), raw=raw,
    )  # fmt: skip


def _joined(prompt: Any) -> str:
    """Weighted parts as they were written; the weight stays only where there are several."""
    if not isinstance(prompt, list):
        return words(prompt)
    parts = [(words(table(each).get("prompt")), table(each).get("weight")) for each in prompt[:40]]
    return parts[0][0] if len(parts) == 1 else ", ".join(f"{said}:{weight:g}" if number(weight) else said for said, weight in parts)


def _dream(texts: dict[str, str]) -> Found | None:
    raw = texts.get("Dream", "")
    line = DREAM.match(raw)
    if line is None:
        return None
    told = dict(SWITCH.findall(line[2][:4000]))
    prompt, negative = _apart(words(line[1].replace('\\"', '"')))
    return Found(
        "InvokeAI", prompt, negative, "", whole(told.get("S")), whole(told.get("s")), number(told.get("C")), side(told.get("W")),
        side(told.get("H")), sampler=words(told.get("A"), 100), raw=raw,
    )  # fmt: skip


def _apart(prompt: str) -> tuple[str, str]:
    """What is wanted, and what stands in brackets."""
    return BRACKETS.sub(" ", prompt).strip(" ,"), ", ".join(part.strip() for part in BRACKETS.findall(prompt) if part.strip())
