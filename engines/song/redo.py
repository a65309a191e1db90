"""What one may ask of a painted song: one verse's picture anew."""
from typing import ClassVar

from pydantic import Field

from engines.base import JobType, Request


class RedoRequest(Request):
    """One verse painted anew, with another seed or other words; the other verses stay."""

    job_type: ClassVar[JobType] = "song"
    subject: ClassVar[str] = "title"

    song_id: str = Field(min_length=1, max_length=100, description="The song")
    verse: str = Field(min_length=1, max_length=100, description="The verse's name")
    title: str = Field("", max_length=200, description="The song's name")
    words: str = Field("", max_length=4000, description="Other words to paint this verse from; empty keeps the verse's own")
