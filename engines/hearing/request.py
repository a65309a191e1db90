"""What one may ask about a recording."""

from typing import ClassVar

from pydantic import Field, field_validator

from engines.base import JobType, Request
from engines.fields import FileId
from engines.hearing import languages


class TranscribeRequest(Request):
    """A recording whose words are written down."""

    job_type: ClassVar[JobType] = "text"

    audio: FileId = Field(description="The recording: an upload or artifact id; WAV, MP3, FLAC, Ogg or M4A of at most three hours")
    language: str | None = Field(
        None, min_length=1, max_length=100, description="The language that is spoken: en, de, french …; empty finds it out"
    )

    @field_validator("language")
    @classmethod
    def _known_language(cls, language: str | None) -> str | None:
        return None if language is None else languages.find(language)
