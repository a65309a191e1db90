"""Style profiles: one YAML file each in config/styles, their only reader is here."""

import functools
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

FOLDER = Path(__file__).parent / "styles"


class Style(BaseModel):
    """A style profile: words for real models, a look for the sketch engine, and numbers for both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="How requests name it, e.g. digital_art")
    title: str = Field(description="How people see it, e.g. Digital art")
    description: str = ""
    prompt: str = Field("", description="Words put behind the person's words")
    negative_prompt: str = Field("", description="Words to keep out")
    steps: int | None = Field(None, ge=1, le=200)
    guidance: float | None = Field(None, ge=0, le=30)
    look: dict[str, float | str | list[str]] = Field(default_factory=dict, description="Finish of the sketch engine")
    sketch_title: str | None = Field(None, description="Title shown while the sketch engine is the model")
    order: int = 100


@functools.lru_cache(1)
def styles() -> dict[str, Style]:
    """All style profiles by name, in the order they are shown."""
    found = [Style(name=path.stem, **yaml.safe_load(path.read_text("utf-8"))) for path in sorted(FOLDER.glob("*.yaml"))]
    return {style.name: style for style in sorted(found, key=lambda style: (style.order, style.name))}
