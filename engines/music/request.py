"""What one may ask of music."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from engines.base import JobType, Request
from engines.fields import FileId, is_blank
from engines.lengths import length_said
from engines.sketch.composer_brief import genre_named, genre_names
from engines.song.lyrics import LONGEST, read_lyrics
from engines.words import nearest

SECONDS = 30.0


def _known_genre(genre: str) -> str | None:
    """The genre's own name; other names of it are understood."""
    if not genre.strip():
        return None
    found = genre_named(genre)
    if found is None:
        raise ValueError(f"unknown genre {genre!r}{nearest(genre, genre_names())}")
    return found


def _verses_or_nothing(lyrics: str) -> str:
    if lyrics.strip():
        read_lyrics(lyrics)
        return lyrics
    return ""


class MusicRequest(Request):
    """A piece of music from words."""

    job_type: ClassVar[JobType] = "music"
    subject: ClassVar[str] = "named"

    prompt: str = Field("", max_length=4000, description="What it should sound like; this or a genre must be given")
    genre: Annotated[str, Field(max_length=100), AfterValidator(_known_genre)] | None = Field(
        None, description="Folk, lullaby, waltz, medieval, rock, pop, jazz, blues, lofi, ambient, electronic, cinematic, classical…"
    )
    mood: str = Field("", max_length=200, description="A feeling: happy, sad, calm, dreamy, dark, energetic…")
    instruments: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        default_factory=list, max_length=12, description="Who plays: piano, violin, guitar, flute, drums…"
    )
    tempo: int | None = Field(None, ge=40, le=240, description="Beats per minute; empty takes the genre's own")
    style: str = Field("", max_length=500, description="More words for how it is played")
    lyrics: Annotated[str, AfterValidator(_verses_or_nothing)] = Field(
        "", max_length=LONGEST, description="Words the tune is made for: a note for every syllable, a phrase for every line"
    )
    reference_artist: str = Field("", max_length=200, description="Only steers the words of style; nobody is imitated")
    duration_seconds: float = Field(SECONDS, ge=5, le=300, description="How long the music is, to the sample")
    count: int = Field(1, ge=1, le=4, description="How many pieces; piece k has seed + k")
    melody: FileId | None = Field(
        None, description="A recording of one voice whose rise and fall the tune follows: an upload or artifact id"
    )
    variation_of: FileId | None = Field(None, description="An artifact id of music to vary")
    variation_strength: float | None = Field(
        None, ge=0, le=1, description="0 gives the original back, 1 another tune over the same harmony"
    )

    @model_validator(mode="before")
    @classmethod
    def _as_long_as_said(cls, values: Any) -> Any:
        """The words' own length, "one minute of jazz", where no other was given."""
        if not isinstance(values, dict) or values.get("duration_seconds", SECONDS) != SECONDS or values.get("variation_of") is not None:
            return values
        said = length_said(values["prompt"]) if isinstance(values.get("prompt"), str) else None
        return values if said is None else values | {"duration_seconds": min(300.0, max(5.0, said))}

    @model_validator(mode="after")
    def _something_to_play(self) -> Self:
        if is_blank(self.prompt) and not self.genre and self.variation_of is None:
            raise ValueError("there is nothing to play; write a few words as prompt, or choose a genre")
        return self

    @property
    def named(self) -> str:
        """What the job is called in lists."""
        return self.prompt.strip() or ", ".join(each for each in (self.mood, self.genre or "music") if each)

    def effort(self) -> tuple[int, int, int]:
        """Milliseconds of one piece, and how many."""
        return int(self.duration_seconds * 1000), 1, self.count
