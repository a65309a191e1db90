"""What one may ask of a mesh."""

from typing import ClassVar, Literal

from pydantic import Field

from engines.base import JobType, Request
from engines.fields import FileId, Prompt


class MeshRequest(Request):
    """A 3D object from words or a picture."""

    job_type: ClassVar[JobType] = "mesh"

    prompt: Prompt = Field(description="What it is: kind, colours, size, how many, and what stands on what")
    image: FileId | None = Field(None, description="A picture of the object: an upload or artifact id")
    format: Literal["glb", "stl"] = Field("glb", description="glb: coloured, for screens and games; stl: one watertight skin, for printing")
    steps: int | None = Field(None, ge=1, le=200, description="Steps of models that work in steps; empty takes the model's own")
    count: int = Field(1, ge=1, le=4, description="How many; object k has seed + k")
    variation_of: FileId | None = Field(None, description="An artifact id to vary")
    variation_strength: float | None = Field(None, ge=0, le=1, description="0 gives the original back, 1 an unrelated sibling")

    def effort(self) -> tuple[int, int, int]:
        """One object, its steps, and how many."""
        return 1, self.steps or 1, self.count
