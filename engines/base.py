"""The four words all engines share: Request, Artifact, Run, Engine (and Made, what an engine hands back)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from config import ModelRow
from engines.errand import Errand

JobType = Literal["image", "video", "music", "speech", "mesh", "text", "song", "film", "model"]


class Request(BaseModel):
    """What someone asked for. Frozen, so that a stored job can be run again and give the same work."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
    job_type: ClassVar[JobType]
    subject: ClassVar[str] = "prompt"
    """Name of the field that titles the job in lists and searches."""
    least_side: ClassVar[int] = 1
    """Pixels that each side of a picture given to it has at least."""

    model: str = Field("auto", max_length=100, description="Which model to use; auto takes the best one that is ready here")
    seed: int | None = Field(None, ge=0, le=2**32 - 1, description="Same request and seed, same work; empty draws one")

    def effort(self) -> tuple[int, int, int]:
        """What the work costs: pixels (or the like) and steps per piece, and how many pieces; for the time left."""
        return 0, 1, 1


class JobOptions(BaseModel):
    """What is said about the job rather than the work."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    priority: int = Field(0, ge=-100, le=100, description="Higher goes first")
    project: str | None = Field(None, max_length=100, description="A name to group jobs by")
    idempotency_key: str | None = Field(None, min_length=1, max_length=200, description="The same key within 24 hours gives the same job")
    wait: bool = Field(True, description="Wait for the work, or return the queued job at once")
    wait_seconds: float = Field(600.0, ge=0, le=3600, description="Wait at most this long, then return the job as it stands")


class Artifact(BaseModel):
    """A finished file in the run's folder: path, media type, sizes in pixels and seconds, and what it took."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    path: Path
    media_type: str
    role: str = Field("picture", description="picture, book, sheet, poster, score…")
    picture: Image.Image | None = Field(
        None, exclude=True, description="The picture if it is in memory: saves decoding it for the thumbnail"
    )
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    meta: dict[str, Any] = Field(default_factory=dict, description="e.g. seed, index, scene: what is needed to make it again")


class Made(BaseModel):
    """What an engine hands back."""

    artifacts: list[Artifact] = Field(default_factory=list)
    result: dict[str, Any] | None = Field(None, description="The answer of capabilities that make no file")
    seeds: list[int] = Field(default_factory=list, description="One per artifact that was drawn")
    unmet: list[str] = Field(default_factory=list, description="Words of the prompt that were not understood")
    added: list[str] = Field(default_factory=list, description="Words the studio added to the prompt")
    notes: list[str] = Field(default_factory=list, description="What a person should know about how it was made")
    resolved_prompt: str | None = Field(None, description="The prompt as it was finally used")
    moderation: dict[str, Any] = Field(default_factory=dict, description="Who looked at it and what they found; empty while that is off")
    versions: dict[str, str] = Field(default_factory=dict, description="Libraries and files it was made with, and which exactly")
    usage: dict[str, Any] = Field(default_factory=dict, description="What a server says it took: tokens, cost in US dollars")


class Ready(BaseModel):
    """Whether an engine can run here, and if not, what is missing and how to get it."""

    ok: bool = True
    missing: str = ""
    needs: Literal["", "package", "memory", "weights"] = Field("", description="What kind of thing is missing, where that is known")
    offers: list[str] = Field(default_factory=list, description="The models that a server lists, if the engine speaks to one")


class Run(Protocol):
    """An engine's only way to speak to the world while it works."""

    folder: Path
    words: str
    """The person's own words, before anything was added to them."""

    def progress(self, fraction: float, note: str = "", preview: Image.Image | None = None, left: float | None = None) -> None:
        """Say how far along the work is (0 to 1), in words, with a small picture; raises Cancelled if asked to stop.

        left: seconds that it will still take, where the engine knows that better than the fraction tells.
        """

    def open(self, source: str) -> Path:
        """A local file for an artifact id or an upload id; never a bare path. Raises BadRequest if there is none."""

    def errand(self, part: str, server: str, usd: float | None, *, hooked: bool = False) -> Errand:
        """A piece of this job that another server does for so many US dollars (0 where it tells afterwards, None where nobody knows).

        The one that is under way, if an earlier attempt has sent it out. hooked: the server signs its calls. Raises BudgetSpent.
        """

    def recall(self, artifact_id: str) -> dict[str, Any]:
        """What a variation starts from: the `request` of its job, the `meta` of the artifact, the `provenance`."""


R = TypeVar("R", bound=Request)


class Engine(ABC, Generic[R]):
    """One way to answer one kind of request. A file is a provider; a catalog row is a model."""

    row: ModelRow | None = None
    """The catalog row it was made for; the pool sets it."""

    def __init__(self, **options: Any) -> None:
        self.options = options

    def tell(self, fraction: float, note: str) -> None:
        """Called by load() as it goes on; while a job waits for it, this reports and raises Cancelled."""

    def still(self) -> None:
        """Called again and again by a load() that engines/stoppable.py wraps; while a job waits for it, this raises Cancelled."""

    def make_room(self) -> bool:
        """Ask the pool to let go of another model when memory ran out; False when there is none. The pool sets it."""
        return False

    def ready(self) -> Ready:
        """Whether this engine can run here; called without heavy imports."""
        return Ready()

    def check(self, request: R) -> list[str]:
        """Refuse what only this engine knows that it cannot do, before a job is stored; notes for the person. No heavy imports."""
        return []

    def weight(self) -> int:
        """Bytes it will take where it runs, about, for the pool to make room before it was ever loaded; 0 if nobody knows."""
        row = self.row
        if row is None:
            return 0
        return int(max(row.memory_gb.values(), default=row.weights.gb if row.weights else 0) * 1e9)

    def load(self) -> None:
        """Make it warm. Heavy imports live here."""

    def unload(self) -> None:
        """Give all memory back; called also when load() has failed half-way."""

    @abstractmethod
    def generate(self, request: R, run: Run) -> Made:
        """Do the work; files go into run.folder."""
