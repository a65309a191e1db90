"""How the families of diffusion models differ: families.yaml for pictures, films.yaml for films; one row there is one family."""

import functools
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field

from engines.errors import ModelNotReady
from engines.words import nearest

HERE = Path(__file__).parent
Mode = Literal["text", "image", "inpaint", "edit", "control"]
F = TypeVar("F", bound="Family")


class Family(BaseModel):
    """What the engine must know to call the pipelines of a family."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pipelines: dict[Mode, str] = Field(description="Class in diffusers for each way of working")
    also: list[str] = Field(default_factory=list, description="Further classes that a model's own index may name")
    guidance: str = Field("guidance_scale", description="How its pipelines call guidance")
    negative: bool = Field(True, description="Whether it takes a negative prompt")
    empty_negative: str = Field("", description="What stands for no negative prompt")
    multiple: int = Field(8, description="Its sides are multiples of this many pixels")
    references: int = Field(0, description="How many pictures its edit pipeline takes at most")
    latents: Literal["grid", "packed", "frames", "film", "film-first", "film-packed", ""] = Field(
        "grid", description="How its latents lie (film-first: frames before channels); empty: no preview"
    )
    tokens: int = Field(0, description="Most tokens of the prompt it reads; 0 is no narrow limit")
    sampling: Literal["noise", "flow", "flow-solver", ""] = Field("", description="Which schedulers it may take by name; empty: none")
    call: dict[str, Any] = Field(default_factory=dict, description="Further arguments of every call")


class FilmFamily(Family):
    """What the engine must know beyond that where the work is a film."""

    stride: int = Field(4, description="Frames that one latent frame stands for; it makes stride × k + 1 of them")
    most: int = Field(description="How many frames it was trained to make at once")
    fps: int = Field(description="At how many frames a second things move as they do in life")
    rate: str = Field("", description="How its pipelines call the frames a second; empty where they do not ask")
    exact: list[str] = Field(default_factory=list, description="Parts that are kept in full precision")


@functools.lru_cache(1)
def families() -> dict[str, Family]:
    """All families by name."""
    return {name: Family(**row) for name, row in _rows("families.yaml").items()}


@functools.lru_cache(1)
def films() -> dict[str, FilmFamily]:
    """All families of video models by name."""
    return {name: FilmFamily(**row) for name, row in _rows("films.yaml").items()}


def family(name: str) -> Family:
    """A family by name. Raises ModelNotReady for an unknown one."""
    return _known(name, families())


def film_family(name: str) -> FilmFamily:
    """A family of video models by name. Raises ModelNotReady for an unknown one."""
    return _known(name, films())


def of_class(kind: str) -> list[str]:
    """The families whose models name this pipeline class."""
    return [name for name, each in {**families(), **films()}.items() if kind in {*each.pipelines.values(), *each.also}]


def _rows(file: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((HERE / file).read_text("utf-8"))
    return found


def _known(name: str, known: dict[str, F]) -> F:
    if name not in known:
        raise ModelNotReady(f"its row in models.yaml names the family {name!r}, which there is not{nearest(name, known)}")
    return known[name]
