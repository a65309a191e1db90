"""What one may ask of the workflow writer."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engines.base import JobType, Request
from engines.fields import Side, StyleName


class _Words(BaseModel):
    """Further keys may stand there and are not looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class Color(_Words):
    """A colour by its name."""

    name: str = Field(max_length=60)


class Look(_Words):
    """The light and the colours of a scene."""

    lighting: str = Field("", max_length=400)
    color_palette: list[Color] = Field(default_factory=list, max_length=20)


class SceneWords(_Words):
    """A scene as plan_scenes writes it."""

    description: str = Field(min_length=1, max_length=4000)
    duration_seconds: float = Field(4.0, gt=0, le=3600)
    visual_style: Look = Look()


class WorkflowRequest(Request):
    """Words or scenes that ComfyUI workflows are written for."""

    job_type: ClassVar[JobType] = "text"

    prompt: str = Field("", max_length=4000, description="What is to be made; this or scenes must be given")
    scenes: list[SceneWords] = Field(default_factory=list, max_length=200, description="Scenes of plan_scenes: a workflow for each")
    medium: Literal["image", "video", "music", "mesh"] = Field("image", description="What the workflows make")
    workflow: Annotated[str, Field(min_length=1, max_length=80)] | None = Field(
        None, description="Name of a workflow; empty takes the best one that an endpoint can run"
    )
    negative_prompt: str = Field("", max_length=4000, description="What to leave out")
    style: StyleName = Field("none", description="A style profile")
    width: Side | None = Field(None, description="Pixels, in steps of 8; empty takes the workflow's own size")
    height: Side | None = Field(None, description="Pixels, in steps of 8; empty takes the workflow's own size")
    steps: int | None = Field(None, ge=1, le=200, description="Denoising steps; empty takes the workflow's own")

    @model_validator(mode="after")
    def _something_to_make(self) -> Self:
        if not self.prompt.strip() and not self.scenes:
            raise ValueError("there is nothing to make; write a few words as prompt, or give scenes")
        return self
