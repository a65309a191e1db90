"""The model catalog: models.yaml as typed rows, and the only reader of it.

`STUDIO_HOME/models.yaml` adds rows to the project's own, or replaces rows of the same name.
"""

import functools
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

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


class CatalogError(ValueError):
    """A models.yaml that cannot be used; says in a sentence which row, and what is wrong with it."""


@functools.lru_cache(1)
def catalog() -> dict[str, ModelRow]:
    """All rows by name, best first. CatalogError for a file that cannot be used."""
    rows: dict[str, ModelRow] = {}
    for path in (HERE / "models.yaml", settings().home / "models.yaml"):
        if path.is_file():
            rows |= _read(path)
    return {row.name: row for row in sorted(rows.values(), key=lambda row: -row.rank)}


def _read(path: Path) -> dict[str, ModelRow]:
    try:
        told = yaml.safe_load(path.read_text("utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise CatalogError(f"models.yaml cannot be read{where} ({getattr(error, 'problem', None) or 'it is not YAML'}); "
                           "words with a colon in them stand in quotes.") from None  # fmt: skip
    if not isinstance(told, dict) or not all(isinstance(row, dict) for row in told.values()):
        raise CatalogError("models.yaml cannot be used: it is a list of rows, each a name, a colon and its fields below, two spaces in.")
    return {str(name): _row(str(name), row) for name, row in told.items()}


def _row(name: str, row: dict[str, Any]) -> ModelRow:
    try:
        return ModelRow(**{str(key): value for key, value in row.items()} | {"name": name})
    except ValidationError as error:
        wrong = [f"{' '.join(map(str, each['loc']))}: {_plain(each['type'], each['msg'])}" for each in error.errors()]
        raise CatalogError(f"models.yaml cannot be used: in the row {name}, {'; '.join(wrong)}.") from None


def _plain(kind: str, said: str) -> str:
    return {"missing": "it is missing", "extra_forbidden": "there is no such field"}.get(kind, said)
