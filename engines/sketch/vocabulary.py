"""Reads the nouns that the sketch engine can draw from vocabulary/nouns/*.yaml and their shared parts from parts.yaml.

What a noun is (names, size, colours) is read at once; how it is drawn is read when it is first drawn, so that a process
that only understands words starts quickly.
"""
import re
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from engines.sketch.parts_model import Part, Point
from engines.sketch.scene import Hex

FOLDER = Path(__file__).parent / "vocabulary"
_PARTS = "\n  parts:\n"

LIVING = ("person", "animal", "bird", "fish", "fantasy")
"""The kinds of those that live: they act, and are not put on tables."""
Kind = Literal["person", "animal", "bird", "fish", "plant", "building", "vehicle", "furniture", "food", "instrument",
               "sky", "thing", "fantasy"]
Stands = Literal["ground", "water", "sky", "wall", "ceiling", "floor"]
_PART_LIST = TypeAdapter(tuple[Part, ...])


class VocabularyError(ValueError):
    """A vocabulary file is wrong; the message names the file, the noun and what to change."""


class Move(BaseModel):
    """What a pose does to a joint: turned by degrees, moved by, swung to and fro with the phase."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    turn: float = 0.0
    by: Point = (0.0, 0.0)
    swing: float = 0.0
    lag: float = 0.0
    bob: float = 0.0
    scale: float = 1.0


class Joint(BaseModel):
    """A point that the parts moved with it turn about; it follows the joint it hangs on."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    at: Point
    of: str = ""


class Noun(BaseModel):
    """Something that can be drawn."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str
    plural: str
    synonyms: tuple[str, ...] = ()
    kind: Kind
    height: float = Field(gt=0, description="beside an adult person, who is 1.0")
    width: float = Field(gt=0, description="room it takes sideways, in its own heights")
    stands: Stands = "ground"
    color: Hex
    slots: dict[str, Hex] = Field(default_factory=dict)
    choices: dict[str, tuple[Hex, ...]] = Field(default_factory=dict, description="colours an id chooses among")
    wears: Annotated[tuple[str, ...], Field(description="worn parts drawn though no word names them")] = ()
    top: float = Field(1.0, ge=0, description="where something set on it rests, in its own heights")
    skeleton: str = ""
    joints: dict[str, Joint] = Field(default_factory=dict, description="where its own joints lie, if not as the skeleton's")
    pose: str = Field("standing", description="its pose when the words name none")
    setting: str | None = None
    glow: str | None = None
    words: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    source: str = Field("", exclude=True, repr=False, description="its parts as YAML, read when it is drawn")
    file: str = Field("", exclude=True, repr=False)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """How it is drawn, back to front. VocabularyError says which part is wrong."""
        return _read_parts(self.source, f"{self.file}: {self.name}")

    @cached_property
    def can_wear(self) -> frozenset[str]:
        """The slots whose colour its drawing shows when a thing names them: scarf, hat, sail, roof…"""
        return frozenset(self.slots) | frozenset(self.choices) | (self.asked & set(shared_colors()))

    @cached_property
    def asked(self) -> frozenset[str]:
        """Every word its drawing asks for: colours, worn things, poses, faces, night and day."""
        return frozenset(word for part in self.parts for word in _asked_for(part, ()))

    @cached_property
    def built_of(self) -> frozenset[str]:
        """Every shared part and every colour its drawing uses."""
        return frozenset(word for part in self.parts for word in _used(part, ()))

    def strikes(self, pose: str) -> bool:
        """Whether its drawing shows this pose."""
        bones = skeleton(self)
        return pose == self.pose or pose in self.asked or bones is not None and pose in bones.poses


def _asked_for(part: Part, seen: tuple[str, ...]) -> set[str]:
    inner = [*(part.group or ()), *(part.choose or ()), *part.inside]
    if part.part and part.part not in seen:
        inner += shared_parts().get(part.part, ())
        seen = (*seen, part.part)
    return {part.fill, *part.when}.union(*(_asked_for(each, seen) for each in inner))


def _used(part: Part, seen: tuple[str, ...]) -> set[str]:
    inner = [*(part.group or ()), *(part.choose or ()), *part.inside]
    if part.part and part.part not in seen:
        inner += shared_parts().get(part.part, ())
        seen = (*seen, part.part)
    return {part.fill, part.part or ""}.union(*(_used(each, seen) for each in inner))


def _read_parts(source: str, where: str) -> tuple[Part, ...]:
    try:
        return _PART_LIST.validate_python(yaml.load(source, yaml.CSafeLoader) or [])  # noqa: S506 - the C safe loader
    except yaml.YAMLError as error:
        raise VocabularyError(f"{where}: its parts are not YAML: {error}") from error
    except ValidationError as error:
        raise VocabularyError(f"{where}: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(str(step) for step in first['loc'])}: {first['msg']}" if first["loc"] else str(first["msg"])


def _heads_and_bodies(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The file's nouns without their parts, read; and the YAML text of each one's parts."""
    bodies, heads = {}, []
    for chunk in re.split(r"(?m)^(?=[\w\"])", path.read_text(encoding="utf-8")):
        head, _, body = chunk.partition(_PARTS)
        heads.append(head + "\n")
        if body:
            bodies[head.split(":", 1)[0].strip('" ')] = body
    try:
        read = yaml.load("".join(heads), yaml.CSafeLoader) or {}  # noqa: S506 - the C safe loader
    except yaml.YAMLError as error:
        raise VocabularyError(f"{path.name}: {error}") from error
    return read, bodies


def plural_of(word: str) -> str:
    """The regular plural of an English word."""
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


@lru_cache(maxsize=1)
def nouns() -> dict[str, Noun]:
    """Every noun by its name. VocabularyError names the file and the noun that is wrong."""
    found: dict[str, Noun] = {}
    for path in sorted((FOLDER / "nouns").glob("*.yaml")):
        heads, bodies = _heads_and_bodies(path)
        for name, head in heads.items():
            if name.startswith("_"):
                continue
            if name in found:
                raise VocabularyError(f"{path.name}: {name} is already in {found[name].file}; keep one")
            fields = {"plural": plural_of(name)} | head
            fields |= {"name": name, "source": bodies.get(name, ""), "file": path.name}
            try:
                found[name] = Noun.model_validate(fields)
            except ValidationError as error:
                raise VocabularyError(f"{path.name}: {name}: {_first(error)}") from error
    return found


class Skeleton(BaseModel):
    """Joints, parents first, and what each pose (or worn thing) does to them, in the order they are applied."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    joints: dict[str, Joint]
    poses: dict[str, dict[str, Move]] = Field(default_factory=dict)


class _Shared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    colors: dict[str, Hex]
    instead: tuple[tuple[str, ...], ...] = ()
    also: dict[str, str] = Field(default_factory=dict)
    skeletons: dict[str, Skeleton] = Field(default_factory=dict)
    parts: dict[str, tuple[Part, ...]]


@cache
def _shared() -> _Shared:
    path = FOLDER / "parts.yaml"
    try:
        return _Shared.model_validate(yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader))  # noqa: S506
    except yaml.YAMLError as error:
        raise VocabularyError(f"{path.name}: {error}") from error
    except ValidationError as error:
        raise VocabularyError(f"{path.name}: {_first(error)}") from error


def shared_parts() -> dict[str, tuple[Part, ...]]:
    """The parts that several nouns use, by name."""
    return _shared().parts


def shared_colors() -> dict[str, str]:
    """Colours that any part may name: ink, glow, wood…"""
    return dict(_shared().colors)


def worn_instead() -> tuple[tuple[str, ...], ...]:
    """Groups of worn or held things of which only one shows at a time; naming one takes the others off."""
    return _shared().instead


def face_beneath(expression: str) -> str:
    """The face that an expression adds to: who laughs is happy. Nothing for a face of its own."""
    return _shared().also.get(expression, "")


def skeleton(noun: Noun) -> Skeleton | None:
    """The joints and poses of the noun; None when nothing in it moves."""
    if not noun.skeleton:
        return None
    found = _shared().skeletons.get(noun.skeleton)
    if found is None:
        raise VocabularyError(f"{noun.file}: {noun.name}: there is no skeleton {noun.skeleton!r} in parts.yaml")
    return found.model_copy(update={"joints": found.joints | noun.joints})
