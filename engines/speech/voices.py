"""Which voices there are: eSpeak NG's languages and variants, read from its data files, and the names people use for them.

Nothing of the library is loaded here; its code runs in a child process only.
"""

import functools
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from engines.words import nearest

DATA = Path(__file__).with_name("voices.yaml")
TAG = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,8})*")


@dataclass(frozen=True)
class Voice:
    """A language's voice file and the variant that colours it; empty where nobody said."""

    language: str = ""
    variant: str = ""

    @property
    def spoken(self) -> str:
        """As the library knows it."""
        return f"{self.language}+{self.variant}" if self.variant else self.language


@functools.lru_cache(1)
def names() -> dict[str, Any]:
    """voices.yaml."""
    found: dict[str, Any] = yaml.safe_load(DATA.read_text("utf-8"))
    return found


@functools.lru_cache(1)
def folder() -> Path | None:
    """Where the library's data lies; None while the package is missing."""
    found = importlib.util.find_spec("espeakng_loader")
    data = Path(found.origin).parent / "espeak-ng-data" if found and found.origin else None
    return data if data and data.is_dir() else None


@functools.lru_cache(1)
def languages() -> dict[str, str]:
    """Every name of a language (en-gb, fr-fr, french (france)) and the voice file that speaks it; the first voice file wins."""
    data = folder()
    files = sorted(path for path in (data / "lang").rglob("*") if path.is_file() and path.name != "xex") if data else []  # xex is a test
    found: dict[str, str] = {path.name.lower(): path.name for path in files}
    weights: dict[str, tuple[int, str]] = {}
    for path in files:
        for line in path.read_text("utf-8", "replace").splitlines():
            match line.split():
                case ["name", *words]:
                    found.setdefault(" ".join(words).lower(), path.name)
                case ["language", tag, *weight]:
                    given = (int(weight[0]) if weight and weight[0].isdigit() else 5, path.name)
                    weights[tag.lower()] = min(weights.get(tag.lower(), given), given)
    return {tag: name for tag, (_, name) in weights.items()} | found


@functools.lru_cache(1)
def variants() -> dict[str, tuple[str, bool]]:
    """Every variant's name in small letters: its file, and whether it is a woman's voice."""
    data = folder()
    files = sorted((data / "voices" / "!v").iterdir()) if data else []
    return {path.name.lower(): (path.name, "gender female" in path.read_text("utf-8", "replace")) for path in files}


def find(name: str) -> Voice:
    """The voice behind a name such as en-gb, de, woman, f3 or en-us+f3; ValueError names the nearest."""
    said = " ".join(name.lower().replace("_", "-").split())
    if folder() is None:
        return Voice(said)  # nothing to compare with; the model says that it is not ready
    said = names()["aliases"].get(said, said)
    language, _, variant = said.partition("+")
    if not variant and language in variants():
        language, variant = "", language
    if language and (known := tag(language)) is None or variant and variant not in variants() or not (language or variant):
        raise ValueError(f"unknown voice {name[:80]!r}{nearest(said[:80], [*names()['aliases'], *languages(), *variants()])}")
    return Voice(known or "" if language else "", variants()[variant][0] if variant else "")


def find_language(name: str) -> str:
    """The voice file for a language's tag or name (de, de-AT, zh-Hans, german); ValueError names the nearest."""
    said = " ".join(name.lower().replace("_", "-").split())
    if folder() is None:
        return said
    alias = names()["aliases"].get(said, "")
    known = tag(alias if alias and "+" not in alias else said)
    if known is None:
        offered = [each for each, voice in names()["aliases"].items() if "+" not in voice]
        raise ValueError(f"unknown language {name[:80]!r}{nearest(said[:80], [*offered, *languages()])}")
    return known


def tag(said: str) -> str | None:
    """The voice file for a tag; de-AT falls back to de."""
    if said in languages():
        return languages()[said]
    parts = said.split("-") if TAG.fullmatch(said) else []
    for length in range(len(parts) - 1, 0, -1):
        shorter = "-".join(parts[:length])
        shorter = names()["aliases"].get(shorter, shorter)
        if shorter in languages():
            return languages()[shorter]
    return None


def reads(voice: str, script: str) -> bool:
    """Whether a language's voice reads a script."""
    readers = names()["scripts"].get(script, [])
    return script == "LATIN" or voice.lower() in readers or voice.lower().split("-")[0] in readers


def reader(script: str) -> str | None:
    """The voice that steps in for a script; None if eSpeak NG has none."""
    readers = names()["scripts"].get(script)
    return languages().get(readers[0], readers[0]) if readers else None
