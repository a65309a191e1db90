"""What one may ask of a song: to read who and what is in it, and to illustrate it."""
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from engines.base import JobType, Request
from engines.fields import Side, StyleName
from engines.song.lyrics import LONGEST, normalise_tags, read_lyrics


def _has_verses(lyrics: str) -> str:
    read_lyrics(lyrics)
    return lyrics


def _verses_or_nothing(lyrics: str) -> str:
    return _has_verses(lyrics) if lyrics.strip() else ""


Title = Annotated[str, Field(max_length=200)]
Tags = Annotated[list[str], BeforeValidator(normalise_tags)]


class PlanSongRequest(Request):
    """A lyric to be read: its people, places and colours."""

    job_type: ClassVar[JobType] = "text"
    subject: ClassVar[str] = "title"

    title: Title = Field("", description="The song's name")
    lyrics: Annotated[str, AfterValidator(_has_verses)] = Field(max_length=LONGEST, description="Verses with an empty line between them")
    style: StyleName = Field("none", description="A style profile")


class SongRequest(Request):
    """A song to be illustrated, verse by verse."""

    job_type: ClassVar[JobType] = "song"
    subject: ClassVar[str] = "title"

    song_id: str | None = Field(None, min_length=1, max_length=100, description="A song that is here already")
    title: Title = Field("", description="The song's name")
    lyrics: Annotated[str, AfterValidator(_verses_or_nothing)] = Field(
        "", max_length=LONGEST, description="1 to 100 verses with an empty line between them; [Chorus] marks are understood")
    tags: Tags = Field(default_factory=list, description="Words to find the song by")
    style: StyleName = Field("none", description="A style profile")
    width: Side | None = Field(None, description="Pixels, in steps of 8; empty takes the model's own size")
    height: Side | None = Field(None, description="Pixels, in steps of 8; empty takes the model's own size")

    @model_validator(mode="after")
    def _something_to_paint(self) -> Self:
        if self.song_id is None and not self.lyrics:
            raise ValueError("there is nothing to illustrate; write the lyrics, or name a song with song_id")
        return self

    def effort(self) -> tuple[int, int, int]:
        """A picture for every verse that is not sung again."""
        return (self.width or 0) * (self.height or 0), 1, len({verse.step for verse in read_lyrics(self.lyrics)}) if self.lyrics else 1
