"""What one may ask of a picture."""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from engines.base import JobType, Request
from engines.diffusion.schedulers import SchedulerName
from engines.fields import FileId, Prompt, Side, StyleName


def _as_words(lora: Any) -> Any:
    """A LoRA as it is written, `name:weight`; programs may also send it as an object of name and weight."""
    if isinstance(lora, dict) and isinstance(lora.get("name"), str) and lora.keys() <= {"name", "weight"}:
        weight = lora.get("weight", 1.0)
        return f"{lora['name']}:{weight:g}" if isinstance(weight, int | float) else lora
    return lora


def _spelled(lora: str) -> str:
    """A name of letters, and a weight that is a number; else what is wrong, in words."""
    name, _, weight = lora.partition(":")
    if not LORA_NAME.fullmatch(name):
        raise ValueError("it is the name of a file in the folder loras, without its folder and its ending, as in lineart or lineart:0.8")
    if ":" in lora and not LORA_WEIGHT.fullmatch(weight):
        raise ValueError(f"its weight is a number from -9 to 9, as in {name}:0.8")
    return lora


LORA_NAME, LORA_WEIGHT = re.compile(r"\w[\w .+-]*"), re.compile(r"-?[0-9](\.[0-9]{1,4})?")
Lora = Annotated[str, BeforeValidator(_as_words), Field(max_length=120), AfterValidator(_spelled)]


class ImageRequest(Request):
    """A picture, or several, from words, another picture or a scene."""

    job_type: ClassVar[JobType] = "image"

    prompt: Prompt = Field(description="What is in the picture")
    negative_prompt: str = Field("", max_length=4000, description="What to leave out")
    style: StyleName = Field("none", description="A style profile")
    expand: bool = Field(True, description="Enrich prompts under 8 words; the additions are shown apart")
    width: Side | None = Field(None, description="Pixels, in steps of 8; empty takes the model's own size")
    height: Side | None = Field(None, description="Pixels, in steps of 8; empty takes the model's own size")
    steps: int | None = Field(None, ge=1, le=200, description="Denoising steps; empty takes the style's or the model's")
    guidance: float | None = Field(None, ge=0, le=30, description="How closely to follow the words (CFG scale)")
    scheduler: SchedulerName | None = Field(None, description="euler, euler_a, dpmpp_2m_karras, unipc, ddim, lcm…; empty: the model's own")
    loras: list[Lora] = Field(default_factory=list, max_length=8, description="LoRAs of the models folder: name, or name:weight")
    wildcard_seed: int | None = Field(None, ge=0, le=2**32 - 1, description="Which words __wildcards__ draw; empty draws anew")
    count: int = Field(1, ge=1, le=16, description="How many pictures; picture k has seed + k")
    image: FileId | None = Field(None, description="A picture to start from: an upload or artifact id")
    mask: FileId | None = Field(None, description="White where the picture is painted anew: an upload or artifact id")
    strength: float | None = Field(None, ge=0, le=1, description="How far to move away from the starting picture")
    references: list[FileId] = Field(default_factory=list, max_length=8, description="Pictures to take faces and things from")
    scene: dict[str, Any] | None = Field(None, description="A scene/1 description to draw instead of reading the words")
    variation_of: FileId | None = Field(None, description="An artifact id to vary")
    variation_strength: float | None = Field(None, ge=0, le=1, description="0 gives the original back, 1 an unrelated sibling")
    format: Literal["png", "webp", "jpeg"] = Field("png", description="File format")

    @field_validator("scene")
    @classmethod
    def _drawable(cls, scene: dict[str, Any] | None) -> dict[str, Any] | None:
        if scene == {}:
            raise ValueError("it is empty; give it a setting or things, or leave it out")
        if scene is None:
            return None
        from engines.sketch.scene import Scene  # its errors are sentences of their own

        return Scene.read(scene).as_json()

    def effort(self) -> tuple[int, int, int]:
        """Pixels and steps of one picture, and how many."""
        return (self.width or 0) * (self.height or 0), self.steps or 1, self.count
