"""What a kind of object is: the format of engines/sketch/meshes/*.yaml, and its only reader.

Y is up, the front looks towards +Z, one unit is about half a person. Numbers may be sums of the names a kind draws.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engines.sketch.scene import Hex
from engines.sketch.sculptor_sums import Sum
from engines.sketch.vocabulary import plural_of

FOLDER = Path(__file__).parent / "meshes"
SHAPES = ("box", "cylinder", "cone", "sphere", "blob", "lathe", "tube", "capsule", "ring", "extrude", "hull")
COUNTED = ("i", "n", "t", "a", "u", "v", "w")
Three = tuple[Sum, Sum, Sum]
Numbers = tuple[Sum, ...]
Points = tuple[Numbers, ...]


class MeshDataError(ValueError):
    """A file of kinds is wrong; the message names the file, the kind and what to change."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Part(_Row):
    """One closed shape, or several alike. Exactly one of the shapes is given."""

    box: Three | None = Field(None, description="width, height, depth; stands on its origin")
    cylinder: Numbers | None = Field(None, description="radius, height (, radius at the top)")
    cone: Numbers | None = Field(None, description="radius, height")
    sphere: Numbers | None = Field(None, description="radius, or three radii; about its origin")
    blob: Numbers | None = Field(None, description="like sphere, with a rough skin")
    lathe: Points | None = Field(None, description="radius and height, from the foot up, turned about the axis")
    tube: Points | None = Field(None, description="a path; `radius` gives one thickness or one per point")
    capsule: Points | None = Field(None, description="a path with round ends")
    ring: Numbers | None = Field(None, description="radius of the ring, radius of its wire; lies flat")
    extrude: Points | None = Field(None, description="an outline in x and y, `depth` thick about z")
    hull: Points | None = Field(None, description="points; the skin stretched around them")
    radius: Numbers = (0.1,)
    depth: Sum = 0.1
    sides: int = Field(10, ge=3, le=48)
    detail: int = Field(2, ge=0, le=3, description="of spheres and blobs: 20, 80, 320, 1280 faces")
    rough: float = 0.16
    at: Three = (0, 0, 0)
    turn: Three = Field((0, 0, 0), description="degrees about x, then y, then z")
    scale: Three = (1, 1, 1)
    color: str = Field("color", description="a slot of the kind, or #rrggbb")
    shade: Sum = Field(1.0, description="darker below 1, lighter above")
    grain: float = Field(0.03, description="how much faces differ in brightness")
    repeat: Sum = Field(1, description="copies: i counts them, t runs 0 to 1, a 0 to 360, u v w are drawn for each")
    mirror: Literal["", "x", "z"] = ""
    when: Sum = 1

    @model_validator(mode="after")
    def _one_shape(self) -> "Part":
        if sum(getattr(self, shape) is not None for shape in SHAPES) != 1:
            raise ValueError(f"a part needs exactly one of {', '.join(SHAPES)}")
        return self

    @property
    def shape(self) -> str:
        """The name of its shape."""
        return next(shape for shape in SHAPES if getattr(self, shape) is not None)


class Kind(_Row):
    """A kind of object that can be made."""

    name: str
    words: tuple[str, ...] = Field((), description="what else it is called; vocabulary nouns too")
    masked: tuple[str, ...] = Field((), description="words that the parser takes for a place or a look, but here mean this object")
    height: float = Field(gt=0, description="how tall beside the others, in person heights")
    colors: dict[str, Hex] = Field(default_factory=dict)
    choices: dict[str, tuple[Hex, ...]] = Field(default_factory=dict, description="slots whose colour the seed picks")
    main: str = Field("color", description="the slot a plain colour word means")
    vary: dict[str, tuple[float, ...]] = Field(default_factory=dict, description="names drawn: between two, or one of several")
    fixed: dict[str, Sum] = Field(default_factory=dict, description="names that are worked out, in order")
    top: Sum | None = Field(None, description="how high things stand on it; found from above when absent")
    seat: tuple[Sum, Sum] | None = Field(None, description="width and depth of what things stand on")
    hand: Three | None = Field(None, description="where held things are")
    ground: bool = Field(False, description="grows under what stands on it")
    hollow: float = Field(0.0, description="share of a thing that sinks in when it is put in it")
    room: Sum = Field(0.0, description="height of the room under it")
    base: str = Field("stone", description="what several of them stand on")
    parts: tuple[Part, ...]


    @model_validator(mode="after")
    def _names_of_its_own(self) -> "Kind":
        if taken := {*self.vary, *self.fixed} & set(COUNTED):
            raise ValueError(f"{', '.join(sorted(taken))} are the names of copies; call it something longer")
        return self


class Kinds(_Row):
    """All kinds, and the words that mean them."""

    kinds: dict[str, Kind]
    words: dict[str, str]
    masked: dict[str, str]
    notes: dict[str, Any]

    def named(self, word: str) -> Kind | None:
        """The kind a word or a vocabulary noun means."""
        name = self.words.get(word.casefold())
        return self.kinds[name] if name else None


def _rows() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.name.startswith("_"):
            continue
        try:
            read = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader) or {}  # noqa: S506 - the C safe loader
        except yaml.YAMLError as error:
            raise MeshDataError(f"{path.name}: {error}") from error
        for name, row in read.items():
            if not name.startswith("_"):
                yield path.name, name, row


def _grown(row: dict[str, Any], all_rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A row with what it takes over from the kind it is like; names, colours and choices are laid over the other's."""
    if "like" not in row:
        return row
    other = _grown(all_rows[row["like"]], all_rows)
    whole = {name: given for name, given in other.items() if name not in ("words", "masked")} | {
        name: given for name, given in row.items() if name not in ("like", "more")}
    for name in ("colors", "choices", "vary", "fixed"):
        whole[name] = other.get(name, {}) | row.get(name, {})
    for name in row.get("fixed", {}):
        whole["vary"].pop(name, None)
    for name in row.get("colors", {}):
        if name not in row.get("choices", {}):
            whole["choices"].pop(name, None)
    whole["parts"] = [*whole["parts"], *row.get("more", ())]
    return whole


@cache
def kinds() -> Kinds:
    """Every kind of object there is. MeshDataError names the file and the kind that is wrong."""
    rows = list(_rows())
    by_name = {name: row for _, name, row in rows}
    found: dict[str, Kind] = {}
    words: dict[str, str] = {}
    masked: dict[str, str] = {}
    for file, name, row in rows:
        try:
            kind = Kind.model_validate({"name": name} | _grown(row, by_name))
        except (ValidationError, KeyError) as error:
            raise MeshDataError(f"{file}: {name}: {error}") from error
        found[name] = kind
        for word in (name, *kind.words, *kind.masked):
            for form in (word, plural_of(word)):
                words.setdefault(form, name)
                if word in kind.masked:
                    masked.setdefault(form, name)
    notes = yaml.load((FOLDER / "_words.yaml").read_text("utf-8"), yaml.CSafeLoader)  # noqa: S506 - the C safe loader
    return Kinds(kinds=found, words=words, masked=masked, notes=notes)
