"""Finds a font for every letter, packages first and then the machine's own, and cuts out of it what one book needs."""
import os
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import uharfbuzz as hb
import yaml

DATA = Path(__file__).parent / "data" / "fonts.yaml"
ENDINGS = {".ttf", ".otf", ".ttc"}


@lru_cache(maxsize=1)
def _plan() -> dict[str, Any]:
    plan: dict[str, Any] = yaml.safe_load(DATA.read_text("utf-8"))
    return plan


@lru_cache(maxsize=64)
def _packed(package: str, file: str) -> Path | None:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(next(iter(spec.submodule_search_locations))) / file
    return path if path.is_file() else None


@lru_cache(maxsize=1)
def _platform() -> tuple[Path, ...]:
    """The machine's upright text faces, the likeliest first, in an order that does not change."""
    rules = _plan()["platform"]
    found: list[Path] = []
    for folder in rules["folders"]:
        for root, _, names in os.walk(os.path.expanduser(folder)):
            found += [Path(root) / name for name in names if Path(name).suffix.lower() in ENDINGS]

    def rank(path: Path) -> tuple[int, str]:
        return next((k for k, word in enumerate(rules["first"]) if path.name.startswith(word)), len(rules["first"])), path.name

    fit = [path for path in found if not any(word in path.stem for word in rules["never"])]
    return tuple(sorted(fit, key=rank)[: rules["at_most"]])


@lru_cache(maxsize=64)
def face_of(path: Path) -> hb.Face:
    """The opened font."""
    return hb.Face(hb.Blob.from_file_path(str(path)))


@lru_cache(maxsize=4096)
def _covers(path: Path) -> frozenset[int]:
    try:
        return frozenset(hb.Face(hb.Blob.from_file_path(str(path))).unicodes)
    except (OSError, ValueError, hb.HarfBuzzError):
        return frozenset()


def covers(path: Path, letters: frozenset[int]) -> bool:
    """Whether the font has every one of these letters."""
    return letters <= _covers(path)


def _shelf(italic: bool, hand: str, emoji: bool) -> Iterator[Path]:
    plan = _plan()
    han = plan["han"]
    rows = [plan["emoji"]] if emoji else []
    rows += [plan["italic"]] if italic else []
    rows += [plan["upright"], *plan["scripts"], han[hand], *(han[name] for name in han if name != hand), plan["emoji"], *plan["symbols"]]
    yield from (path for package, file in rows if (path := _packed(package, file)) is not None)
    yield from _platform()


@lru_cache(maxsize=20_000)
def font_for(letters: frozenset[int], italic: bool, hand: str, emoji: bool) -> Path | None:
    """The first font that has all of these letters; None if there is none here."""
    return next((path for path in _shelf(italic, hand, emoji) if covers(path, letters)), None)


def hand_of(text: str) -> str | None:
    """Which of the four ways of writing Han signs this text is in; None if it does not say."""
    if any("\u3040" <= c <= "\u30ff" or "\u31f0" <= c <= "\u31ff" for c in text):
        return "ja"
    if any("\uac00" <= c <= "\ud7a3" or "\u1100" <= c <= "\u11ff" for c in text):
        return "ko"
    signs = "".join(c for c in text if "\u4e00" <= c <= "\u9fff")
    if not signs:
        return None
    return "hans" if len(signs.encode("gb2312", "ignore")) >= len(signs.encode("big5", "ignore")) else "hant"


def cut(path: Path, weight: int, letters: frozenset[int]) -> bytes:
    """A small font with these letters in this weight and all that shapes them."""
    face = face_of(path)
    wish = hb.SubsetInput()
    wish.unicode_set.update(letters)
    for axis in face.axis_infos:
        wish.pin_axis_location(face, axis.tag, _place(axis, weight))
    return bytes(hb.subset(face, wish).blob.data)


def _place(axis: hb.OTVarAxisInfo, weight: int) -> float:
    """Where on an axis of a variable font this weight lies; on the others, their middle."""
    return float(min(max(weight, axis.min_value), axis.max_value) if axis.tag == "wght" else axis.default_value)


def axes_of(path: Path, weight: int) -> list[float]:
    """The same for all axes of the font; empty if it has none."""
    return [_place(axis, weight) for axis in face_of(path).axis_infos]
