"""What one may ask of the prompt expander."""
from typing import ClassVar, Literal

from pydantic import Field

from engines.base import JobType, Request
from engines.fields import Prompt, StyleName


class ExpandRequest(Request):
    """A short prompt to be enriched."""

    job_type: ClassVar[JobType] = "text"

    prompt: Prompt = Field(description="The words to enrich")
    style: StyleName = Field("none", description="A style profile the additions should fit")
    medium: Literal["image", "video", "music"] = Field("image", description="What the prompt is for")
