"""A plan: scenes with how long they are, who and what is in them, and how they look. Rules write it; a language model may."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Hex = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Entity(_Part):
    """Someone or something that is seen."""

    type: str = Field(min_length=1, max_length=60, description="A noun of the sketch vocabulary: girl, boat, lighthouse")
    position: str = Field(max_length=120, description="Where in the picture, or to what: centre, left, 'in the boat'")
    action: str = Field("", max_length=120, description="What it does, in the script's own words or as a pose; empty if nothing is said")


class Color(_Part):
    """A colour by its everyday name."""

    name: str
    hex: Hex


class VisualStyle(_Part):
    """The look of a scene."""

    lighting: str = Field(max_length=400)
    color_palette: list[Color] = Field(min_length=3, max_length=8, description="Dark to light")


class PlannedScene(_Part):
    """One scene."""

    scene_number: int = Field(ge=1)
    description: str = Field(min_length=1, max_length=1000, description="The script's own words, and where and when")
    duration_seconds: float = Field(gt=0, description="To a hundredth; all scenes together are as long as was asked")
    entities: list[Entity] = Field(default_factory=list, max_length=8)
    visual_style: VisualStyle


def as_json(scenes: list[PlannedScene]) -> dict[str, Any]:
    """The answer of plan_scenes."""
    return {"scenes": [scene.model_dump(mode="json") for scene in scenes]}
