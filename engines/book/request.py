"""What goes into a book: a title, a hand, colours, and verses with the pictures that were painted for them."""
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engines.base import JobType, Request
from engines.fields import FileId

Hex = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
LONGEST = 60_000
"""Letters in all verses together; a song has at most 20,000, and its choruses come back."""
Tag = Annotated[str, Field(max_length=100)]


class BookVerse(BaseModel):
    """One verse as it stands in the book: its words, and the picture beside them if there is one."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(min_length=1, max_length=100, description="What the verse is called inside the studio")
    label: str = Field("", max_length=200, description="The small heading over it, e.g. Chorus")
    text: str = Field(max_length=20_000, description="Its lines")
    picture: FileId | None = Field(None, description="Artifact id of its picture; empty leaves a quiet page")
    summary: str = Field("", max_length=2_000, description="What the picture shows")


class BookRequest(Request):
    """A song whose pictures are ready, to be bound as a book or laid out as a contact sheet."""

    job_type: ClassVar[JobType] = "song"
    subject: ClassVar[str] = "title"

    title: str = Field("", max_length=200, description="The song's name")
    style: str = Field("", max_length=100, description="The style it was painted in, for the colophon")
    palette: list[Hex] = Field(default_factory=list, max_length=24, description="The song's colours, as #rrggbb")
    tags: list[Tag] = Field(default_factory=list, max_length=50, description="Words the song is found by")
    verses: list[BookVerse] = Field(min_length=1, max_length=100, description="The verses in the order they are read")

    def effort(self) -> tuple[int, int, int]:
        """A page's worth of pixels for every verse."""
        return 1024 * 1024, 1, len(self.verses)

    @model_validator(mode="after")
    def _not_too_long(self) -> Self:
        if sum(len(verse.text) for verse in self.verses) > LONGEST:
            raise ValueError(f"the verses have more than {LONGEST:,} letters together; make two books of them")
        return self
