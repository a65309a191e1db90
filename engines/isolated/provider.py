"""The general provider: an engine whose package lives in an environment of its own and does its work in a child process.

The child is started when it is first needed, stays warm with its model, and is started anew when it has ended. A row says which
environment, package and runner (see Lodging); a subclass turns requests into tasks and what comes back into artifacts.
"""

import re
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engines import device, weights
from engines.base import Engine, Ready, Request
from engines.errors import ModelNotReady, Unavailable
from engines.isolated.child import Child, Program, Tell
from engines.isolated.environment import Environment

R = TypeVar("R", bound=Request)
RUNNERS = Path(__file__).parent / "runners"
NAME = re.compile(r"\w[\w.-]{0,79}")
FILES_MOST = 10_000


class Lodging(BaseModel):
    """The options of a catalog row whose package lives elsewhere."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    environment: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$", description="Its folder within STUDIO_HOME/envs")
    package: str = Field(pattern=r"^[A-Za-z0-9._-]+==[A-Za-z0-9._+!-]+$", description="What is installed there, pinned")
    runner: str = Field(pattern=r"^[a-z_]+$", description="The program in engines/isolated/runners that works there")
    silent_seconds: float = Field(300.0, gt=0, le=3600, description="It is ended when it says nothing for so long")
    megabytes: float = Field(512.0, gt=0, le=16_384, description="Largest file that is taken from it")


class Isolated(Engine[R]):
    """What such engines have in common."""

    beside: ClassVar[tuple[str, ...]] = ()
    """Files that must lie beside the weights."""
    child: Child | None = None

    def ready(self) -> Ready:
        """The memory, the environment and the weights; nothing is started for it."""
        lacking = device.lacking(self.row.memory_gb) if self.row else ""
        if lacking:
            return Ready(ok=False, needs="memory", missing=lacking)
        try:
            missing = self._environment().missing()
            if missing:
                return Ready(ok=False, needs="package", missing=missing)
            self._weights()
        except ModelNotReady as error:
            return Ready(ok=False, needs="weights", missing=error.message)
        except OSError as error:
            missing = f"its folders cannot be read ({error.strerror}); see that the studio may read them"
            return Ready(ok=False, needs="weights", missing=missing)
        return Ready()

    def load(self) -> None:
        """Start the child and have it read its weights."""
        self._start(self.tell)

    def unload(self) -> None:
        """End the child; all its memory comes back."""
        if self.child is not None:
            self.child.end()
            self.child = None

    def work(self, task: dict[str, Any], tell: Tell) -> dict[str, Any]:
        """The child's answer to a task; it is started first if it has ended. Errors as in Child.ask."""
        if self.child is None or not self.child.alive:
            self._start(lambda _, note: tell(0.0, note))
        assert self.child is not None  # noqa: S101 - for the type checker; it was started
        return self.child.ask(task, tell)

    def files(self, folder: Path, names: Any, most: int) -> list[Path]:
        """The files that an answer names, within the folder that the task named. Unavailable if one is none, or is too large."""
        wanted = names if isinstance(names, list) and len(names) <= min(most, FILES_MOST) else [None]
        return [self._file(folder, name) for name in wanted]

    def _file(self, folder: Path, name: Any) -> Path:
        path = folder / name if isinstance(name, str) and NAME.fullmatch(name) else None
        if path is None or path.is_symlink() or not path.is_file() or path.stat().st_size > self._lodging().megabytes * 1e6:
            self.unload()
            raise Unavailable(f"{self._title()} answered with files that are not taken, and was ended; it is started again.")
        return path

    def _start(self, tell: Tell) -> None:
        self.unload()
        lodging, folder = self._lodging(), self._weights()
        environment = self._environment()
        if missing := environment.missing():
            raise ModelNotReady(f"{self._title()} is not ready: {missing}")
        program = Program(self._title(), environment.python, RUNNERS / f"{lodging.runner}.py", lodging.silent_seconds)
        self.child = Child(program)
        try:
            self.child.ask({"do": "load", "weights": str(folder), "device": device.machine().kind}, tell)
        except BaseException:
            self.unload()
            raise

    def _weights(self) -> Path:
        """The folder with the row's weights, each of them whole. Raises ModelNotReady."""
        row = self.row
        folder = weights.find(row) if row else None
        if row is None or row.weights is None or folder is None:
            raise ModelNotReady(f"its weights are not here; {weights.how_to_get(row)}" if row else "it needs a row in models.yaml")
        for name in (*row.weights.files, *self.beside):
            if not (folder / name).is_file():
                raise ModelNotReady(f"its {name} is missing; download it again")
        for name in row.weights.files:
            weights.tensors(folder / name)
        return folder

    def _environment(self) -> Environment:
        lodging = self._lodging()
        return Environment(lodging.environment, lodging.package)

    def _lodging(self) -> Lodging:
        try:
            return Lodging.model_validate(self.options)
        except ValidationError as error:
            wrong = ", ".join(str(each["loc"][0]) for each in error.errors() if each["loc"])
            raise ModelNotReady(f"its row in models.yaml has options that do not fit: {wrong}") from None

    def _title(self) -> str:
        return (self.row.title or self.row.name) if self.row else "The package"
