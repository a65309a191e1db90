"""What a song keeps from picture to picture: its people and animals with their looks, its colours, places and hours."""
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from engines.sketch.parser_things import Draft
from engines.sketch.scene import Hex, Scene, Time, Weather, Word
from engines.sketch.vocabulary import nouns


class _Page(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Member(_Page):
    """One of the cast: looks the same in every picture."""

    id: Word
    noun: Word
    word: str = Field("", max_length=80, description="The song's own word, e.g. fisherman's girl")
    color: Hex | None = None
    slots: dict[Word, Hex] = Field(default_factory=dict)
    features: list[str] = Field(default_factory=list, max_length=6, description="Slots the song itself names: scarf, hat…")
    of: Word | None = Field(None, description="The id of whom it goes with, as a dog with a girl")
    speaks: Literal["", "i", "you"] = Field("", description="Whom the song's I or you means, where it names nobody")

    def draft(self) -> Draft:
        """The member as a thing to be placed in a scene."""
        noun = nouns().get(self.noun)
        kind = noun.kind if noun else "person"
        return Draft(self.id, self.noun, self.word, kind, color=self.color, slots=dict(self.slots),
                     relation="with" if self.of else None, to=self.of, speaks=self.speaks)


class Bible(_Page):
    """Read once from the whole lyric; every verse is painted from it."""

    title: str = Field("", max_length=200)
    style: str = Field("none", max_length=100)
    cast: list[Member] = Field(default_factory=list, max_length=6)
    props: list[Word] = Field(default_factory=list, max_length=6, description="Things the song comes back to: a boat, a mill")
    palette: Annotated[list[Hex], Field(min_length=4, max_length=5)]
    places: list[Word] = Field(default_factory=list, max_length=8, description="Settings, the song's main one first")
    times: list[Time] = Field(default_factory=list, max_length=100, description="The hour of each verse, in the song's order")
    weathers: list[Weather] = Field(default_factory=list, max_length=100)
    mood: list[Word] = Field(default_factory=list, max_length=8)

    @property
    def main(self) -> Member | None:
        """Whom the song is about."""
        return self.cast[0] if self.cast else None

    def as_json(self) -> dict[str, Any]:
        """The bible as JSON."""
        return self.model_dump(mode="json")


class VersePlan(_Page):
    """One verse as a picture: words for any image model, a sentence for people, and the scene for the sketch engine."""

    prompt: str = Field(max_length=4000)
    summary: str = Field(max_length=400)
    scene: Scene
