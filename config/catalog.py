"""The model catalog: models.yaml as typed rows, and the only reader of it.

`STUDIO_HOME/models.yaml` adds rows to the project's own, or replaces rows of the same name.
"""

import functools
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from config.settings import settings

HERE = Path(__file__).parent


class Speed(BaseModel):
    """How long one piece takes on the machine a row was tried on, until this machine knows better."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pixels: int = Field(0, ge=0, description="Size of that piece as its request counts it: pixels, milliseconds, letters")
    steps: int = Field(1, ge=1)
    seconds: float = Field(gt=0, description="Seconds for all its steps")


class Weights(BaseModel):
    """Where a model's weights come from: a pinned repository, or a folder of one's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    repo: str = Field("", pattern=r"^([\w.-]+/[\w.-]+)?$", description="owner/name on the Hugging Face Hub")
    revision: str = Field("", pattern=r"^([0-9a-f]{40})?$", description="The commit that is used; no other is loaded")
    folder: str = Field("", description="A folder within the models folder, or an absolute one, instead of a repository")
    variant: str = Field("", pattern=r"^[a-z0-9_]*$", description="Which of its sets of files is used, e.g. fp16; empty is the plain one")
    files: list[str] = Field(default_factory=list, description="Patterns of the files that hold them; empty for a pipeline's folders")
    gguf: str = Field("", pattern=r"^([\w.-]+\.gguf)?$", description="A file in its folder that holds the denoiser, in few bits")
    gb: float = Field(0, ge=0, description="Gigabytes on the disk")
    gated: bool = Field(False, description="Its owner asks for consent before it may be downloaded")


class ModelRow(BaseModel):
    """One model: which engine makes it run, what it is for, what it honours."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: str
    title: str = ""
    about: str = Field("", description="What it is good for, in a sentence")
    engine: str = Field(description="Dotted path of the engine class, module:Class")
    serves: list[str] = Field(alias="for", description="Capabilities this row serves")
    lane: Literal["gpu", "cpu", "io"] = "cpu"
    honours: list[str] | None = Field(None, description="Request fields it honours beyond model and seed; null = all")
    wishes: list[str] = Field(default_factory=list, description="Fields it takes as a wish: noted, not refused")
    needs: list[str] = Field(default_factory=list, description="Request fields without which it cannot work, e.g. image")
    fixed: dict[str, Any] = Field(default_factory=dict, description="Values the model insists on unless a person says so")
    defaults: dict[str, Any] = Field(default_factory=dict, description="Values used where person and style say nothing")
    options: dict[str, Any] = Field(default_factory=dict, description="Passed to the engine's constructor")
    rank: int = Field(0, description="auto takes the ready row of highest rank")
    speed: Speed | None = Field(None, description="What its first job is expected to take")
    weights: Weights | None = Field(None, description="What must be on the disk before it can run")
    beside: list[str] = Field(default_factory=list, description="Rows whose weights it needs too; a download brings them with its own")
    memory_gb: dict[Literal["full", "fp8", "model", "group"], float] = Field(
        default_factory=dict, description="Gigabytes it needs in one piece, with the resting parts outside, and block by block"
    )
    stall_seconds: float | None = Field(None, gt=0, description="Own limit for a job without progress")
    licence: str = Field("", description="Licence of code and weights")
    commercial: bool = True
    named_only: bool = Field(False, description="Never taken by auto: it costs money, or sends the work away to a company")
    hidden: bool = Field(False, description="Not offered to people; only taken when named")


@functools.lru_cache(1)
def catalog() -> dict[str, ModelRow]:
    """All rows by name, best first."""
    rows: dict[str, Any] = {}
    for path in (HERE / "models.yaml", settings().home / "models.yaml"):
        if path.is_file():
            rows |= yaml.safe_load(path.read_text("utf-8")) or {}
    found = [ModelRow(name=name, **row) for name, row in rows.items()]
    return {row.name: row for row in sorted(found, key=lambda row: -row.rank)}
