"""What a moderator is asked, and what it answers."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from engines.base import JobType, Made, Request

Name = Annotated[str, Field(pattern=r"^[\w.-]{1,120}$")]


class ModerateRequest(Request):
    """Texts and pictures that belong to one job."""

    job_type: ClassVar[JobType] = "text"
    subject: ClassVar[str] = "texts"

    texts: list[str] = Field([], description="What a person or a model has written")
    pictures: list[Name] = Field([], description="Names of files in the run's folder")


class Verdict(BaseModel):
    """One thing that one moderator has found. Nothing found is no verdict."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    by: str = Field(description="The catalog row")
    subject: str = Field(description="words, or the picture's name")
    category: str
    why: str = Field("", description="'it …', for a person")
    score: float | None = Field(None, ge=0, le=1)
    blocks: bool = Field(False, description="Even where others would only flag")


def answer(found: list[Verdict]) -> Made:
    """A moderator's answer as an engine gives it."""
    return Made(result={"verdicts": [each.model_dump(exclude_none=True) for each in found]})


def verdicts(made: Made) -> list[Verdict]:
    """The verdicts of an answer."""
    return [Verdict.model_validate(each) for each in (made.result or {})["verdicts"]]
