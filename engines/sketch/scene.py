"""scene/1: what is in a picture, as JSON. The sketch parser writes it, an LLM may write it, the painter draws it.

Everything is optional but `schema`; what is missing is chosen from the seed or from the setting. Noun names, settings,
times, weathers and colours are those of the vocabulary in engines/sketch/vocabulary.
"""
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Unit = Annotated[float, Field(ge=0, le=1)]
Word = Annotated[str, Field(min_length=1, max_length=60)]
Hex = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Relation = Literal["on", "under", "beside", "in", "behind", "before", "above", "with"]
Time = Literal["dawn", "day", "sunset", "dusk", "night"]
Weather = Literal["clear", "clouds", "overcast", "rain", "storm", "snow", "fog", "wind"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, protected_namespaces=())


class Thing(_Part):
    """One thing in the picture, or several alike (`count`)."""

    id: Word = Field(description="Unique in the scene; a character keeps its id, and so its look, from picture to picture")
    noun: Word = Field(description="A noun of the vocabulary; anything else is drawn as a captioned placeholder")
    word: str = Field("", max_length=60, description="The person's own word for it")
    count: int = Field(1, ge=1, le=24)
    color: Hex | None = Field(None, description="Main colour")
    slots: dict[Word, Hex] = Field(
        default_factory=dict, max_length=12,
        description="Colours of worn or named parts: hair, skin, coat, scarf, hat, roof, sail…",
    )
    size: Literal["tiny", "small", "normal", "large", "huge"] = "normal"
    pose: str | None = Field(None, max_length=30, description="standing, sitting, walking, sleeping, flying…")
    expression: str | None = Field(None, max_length=30)
    relation: Relation | None = None
    to: Word | None = Field(None, description="The id of the thing the relation speaks of")
    x: Unit | None = Field(None, description="Where it stands from left (0) to right (1); chosen from the seed when absent")
    depth: Unit | None = Field(None, description="0 far away, 1 at the front")


class Scene(_Part):
    """A whole picture in words and numbers."""

    version: Literal["scene/1"] = Field("scene/1", alias="schema")
    prompt: str = Field("", max_length=8000)
    setting: Word = Field("meadow", description="The main place: meadow, forest, sea, city, room…")
    places: list[Word] = Field(default_factory=list, max_length=4, description="Further places it is combined with: cliff, rooftop, river…")
    time: Time = "day"
    weather: Weather = "clear"
    season: Literal["spring", "summer", "autumn", "winter"] | None = None
    shot: Literal["wide", "medium", "close"] = "medium"
    things: list[Thing] = Field(default_factory=list, max_length=40)
    absent: list[Word] = Field(default_factory=list, max_length=20, description="Nouns and words that must not appear")
    mood: list[Word] = Field(default_factory=list, max_length=8)
    palette: list[Hex] = Field(default_factory=list, max_length=8, description="Colours the land and sky are pulled towards")
    understood: list[str] = Field(default_factory=list, max_length=400)
    unmet: list[str] = Field(default_factory=list, max_length=200)

    @field_validator("things")
    @classmethod
    def _each_id_once(cls, things: list[Thing]) -> list[Thing]:
        ids = [thing.id for thing in things]
        if len(ids) != len(set(ids)):
            raise ValueError("every thing needs an id of its own")
        return things

    @classmethod
    def read(cls, data: dict[str, Any]) -> "Scene":
        """A scene from its JSON; ValidationError says which part is wrong."""
        return cls.model_validate(data)

    def as_json(self) -> dict[str, Any]:
        """The scene as JSON, without what was left at its default."""
        return {"schema": "scene/1"} | self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
