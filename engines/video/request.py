"""What one may ask of a film."""

from typing import Any, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from engines.base import JobType, Request
from engines.fields import FileId, Side, StyleName, is_blank
from engines.lengths import length_said

LONGEST = 30.0
"""Seconds a film lasts at most."""
PIXELS = 2_000_000_000
"""Pixels of all frames of a job together: 30 seconds of 1920 × 1080 at 30 frames a second, or of 2048 × 2048 at 15."""
FRAMES = 49
LOW = (480, 320)
LOW_STEPS = 20


class VideoRequest(Request):
    """A film from words, a picture or a scene.

    Its length: `duration_seconds` times `fps`, if a duration is given; otherwise `num_frames` as they stand. Given both, the
    duration counts; given neither, a length that the words name ("a 5 second clip") does.
    """

    job_type: ClassVar[JobType] = "video"
    least_side: ClassVar[int] = 16

    prompt: str = Field("", max_length=4000, description="What happens, and what the camera does: pan left, push in, static camera…")
    negative_prompt: str = Field("", max_length=4000, description="What to leave out")
    style: StyleName = Field("none", description="A style profile")
    expand: bool = Field(True, description="Enrich prompts under 8 words; the additions are shown apart")
    width: Side = Field(720, description="Pixels, in steps of 8")
    height: Side = Field(480, description="Pixels, in steps of 8")
    num_frames: int = Field(FRAMES, ge=1, le=1800, description="How many frames, where no duration is given")
    fps: int = Field(8, ge=1, le=60, description="Frames in a second")
    duration_seconds: float | None = Field(
        None, ge=0.1, le=LONGEST, description="How long; decides how many frames there are, whatever num_frames says"
    )
    count: int = Field(1, ge=1, le=4, description="How many films; film k has seed + k")
    steps: int = Field(30, ge=1, le=200, description="Denoising steps")
    guidance: float = Field(6.0, ge=0, le=30, description="How closely to follow the words (CFG scale)")
    low_vram: bool = Field(False, description="Spare memory: 480 × 320 (or upright) and at most 20 steps")
    image: FileId | None = Field(None, description="A picture to set in motion: an upload or artifact id")
    video: FileId | None = Field(None, description="A film to change as the words say: an upload or artifact id")
    scene: dict[str, Any] | None = Field(None, description="A scene/1 description to film instead of reading the words")
    variation_of: FileId | None = Field(None, description="An artifact id of a film to vary")
    variation_strength: float | None = Field(None, ge=0, le=1, description="0 gives the original back, 1 an unrelated sibling")

    @model_validator(mode="before")
    @classmethod
    def _as_long_as_said(cls, values: Any) -> Any:
        """The words' own length, "a 5 second clip", where no other was given."""
        if not isinstance(values, dict) or values.get("duration_seconds") is not None or values.get("num_frames", FRAMES) != FRAMES:
            return values
        prompt, old = values.get("prompt"), any(values.get(name) is not None for name in ("variation_of", "video"))
        said = length_said(prompt) if isinstance(prompt, str) and not old else None
        return values if said is None else values | {"duration_seconds": min(LONGEST, max(0.1, said))}

    @model_validator(mode="before")
    @classmethod
    def _sparing(cls, values: Any) -> Any:
        """With low_vram the size and the steps are what a small card can hold, whatever was asked."""
        if not isinstance(values, dict) or values.get("low_vram") is not True:
            return values
        width, height, steps = values.get("width", 720), values.get("height", 480), values.get("steps", 30)
        upright = isinstance(width, int) and isinstance(height, int) and height > width
        spared = dict(zip(("width", "height"), LOW[::-1] if upright else LOW, strict=True))
        fitting = {name: spared[name] for name, given in (("width", width), ("height", height)) if _valid_side(given)}
        if isinstance(steps, int) and LOW_STEPS < steps <= 200:
            fitting["steps"] = LOW_STEPS
        return values | fitting

    @field_validator("scene")
    @classmethod
    def _drawable(cls, scene: dict[str, Any] | None) -> dict[str, Any] | None:
        if scene == {}:
            raise ValueError("it is empty; give it a setting or things, or leave it out")
        if scene is None:
            return None
        from engines.sketch.scene import Scene  # its errors are sentences of their own

        return Scene.read(scene).as_json()

    @model_validator(mode="after")
    def _filmable(self) -> Self:
        if self.video is not None and is_blank(self.prompt):
            raise ValueError("there is a film to change, but no words; say in the prompt what is to be different")
        if self.video is not None and (self.image is not None or self.scene is not None):
            raise ValueError("video is a film to change; leave image and scene out")
        if is_blank(self.prompt) and self.scene is None and self.image is None and self.variation_of is None:
            raise ValueError("there is nothing to film; write a few words as prompt, or give a scene or an image")
        if self.duration_seconds is None and self.num_frames / self.fps > LONGEST:
            raise ValueError(
                f"num_frames {self.num_frames} at {self.fps} fps last {self.num_frames / self.fps:.0f} seconds; "
                f"{LONGEST:.0f} are the most, so ask for {int(LONGEST * self.fps)} frames at most or more fps"
            )
        check_pixels((self.width, self.height), self.frames, self.count)
        return self

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return self.num_frames if self.duration_seconds is None else max(1, round(self.duration_seconds * self.fps))

    def effort(self) -> tuple[int, int, int]:
        """Pixels and steps of one frame, and how many."""
        return self.width * self.height, self.steps, self.frames * self.count


def check_pixels(size: tuple[int, int], frames: int, count: int) -> None:
    """ValueError if so many films of so many frames of a size, width and height in pixels, are too much for one job."""
    one = size[0] * size[1] * frames
    if one * count <= PIXELS:
        return
    told = f"{frames} frames of {size[0]} × {size[1]}"
    if one > PIXELS:
        raise ValueError(
            f"{told} are too much for one film; {PIXELS // (size[0] * size[1])} frames of this size are the most, "
            "so make it smaller or shorter, or lower the fps"
        )
    raise ValueError(f"{count} films of {told} are too much for one job; {PIXELS // one} of them are the most, so lower the count, "
                     "or make them smaller or shorter")


def _valid_side(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and 64 <= given <= 2048 and given % 8 == 0
