"""The languages that can be asked for by code or by name, as languages.yaml lists them."""

import functools
from pathlib import Path
from typing import Any

import yaml

from engines.words import nearest

DATA = Path(__file__).with_name("languages.yaml")


@functools.lru_cache(1)
def languages() -> dict[str, str]:
    """The name of each language by its code."""
    return dict(_read()["languages"])


@functools.lru_cache(1)
def _read() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(DATA.read_text("utf-8"))
    return found


@functools.lru_cache(1)
def _names() -> dict[str, str]:
    named = {name.lower(): code for code, name in languages().items()}
    return named | {str(name).lower(): code for name, code in _read()["also"].items()} | {code: code for code in languages()}


def find(said: str) -> str:
    """The code behind a code, a tag such as de-AT, or a name; ValueError names the nearest."""
    plain = " ".join(said.lower().replace("_", "-").split())
    for name in (plain, plain.split("-")[0]):
        if name in _names():
            return _names()[name]
    raise ValueError(f"unknown language {said[:80]!r}{nearest(plain[:80], _names())}")
