"""How the families of diffusion models differ, read from families.yaml; one row there is one family."""

import functools
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from engines.errors import ModelNotReady
from engines.words import nearest

HERE = Path(__file__).parent
Mode = Literal["text", "image", "inpaint", "edit"]


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
    latents: Literal["grid", "packed", "frames", ""] = Field("grid", description="How its latents lie; empty: no preview")
    tokens: int = Field(0, description="Most tokens of the prompt it reads; 0 is no narrow limit")
    needs: list[str] = Field(default_factory=list, description="Packages beyond those of `make models`")
    call: dict[str, Any] = Field(default_factory=dict, description="Further arguments of every call")


@functools.lru_cache(1)
def families() -> dict[str, Family]:
    """All families by name."""
    rows = yaml.safe_load((HERE / "families.yaml").read_text("utf-8"))
    return {name: Family(**row) for name, row in rows.items()}


def family(name: str) -> Family:
    """A family by name. Raises ModelNotReady for an unknown one."""
    known = families()
    if name not in known:
        raise ModelNotReady(f"its row in models.yaml names the family {name!r}, which there is not{nearest(name, known)}")
    return known[name]


def of_class(kind: str) -> list[str]:
    """The families whose models name this pipeline class."""
    return [name for name, each in families().items() if kind in {*each.pipelines.values(), *each.also}]
