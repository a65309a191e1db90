"""What one may ask of the scene planner."""

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from engines.base import JobType, Request

LONGEST = 20_000


def _some_words(script: str) -> str:
    if not any(letter.isalnum() for letter in script):
        raise ValueError("there is no word in it; write what happens, as prose, as a screenplay or as a song")
    return script


def _as_words(wishes: Any) -> Any:
    """An object such as {"lighting": "soft", "colors": ["teal"]} says the same as 'soft lighting, teal'."""
    if not isinstance(wishes, dict):
        return wishes
    said = []
    for name, value in wishes.items():
        words = " and ".join(map(str, value)) if isinstance(value, list) else str(value)
        said.append(f"{words} light" if name in ("light", "lighting") and "light" not in words.lower() else words)
    return ", ".join(each for each in said if each)


def _in_cents(seconds: float) -> float:
    return round(seconds, 2)


class PlanScenesRequest(Request):
    """A script to be cut into scenes."""

    job_type: ClassVar[JobType] = "text"
    subject: ClassVar[str] = "script"

    script: Annotated[str, AfterValidator(_some_words)] = Field(
        min_length=1, max_length=LONGEST, description="What happens: prose, a screenplay with INT. and EXT. headings, or a song"
    )
    duration_seconds: Annotated[float, AfterValidator(_in_cents)] = Field(
        60.0, ge=1, le=3600, description="How long all scenes are together, to a hundredth of a second"
    )
    style_preferences: Annotated[str, BeforeValidator(_as_words)] = Field(
        "", max_length=1000, description="Wishes for the look: a style profile, colours, a mood, a kind of light; an object is taken too"
    )
