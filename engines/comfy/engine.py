"""What all ComfyUI providers share: a row's workflows, an endpoint for each job, another when one dies, something simpler when one fails.

A row's options: `workflows` (the one whose `needs` are the files of a request is taken), `models` (a choice's name to a file
that it must be), `tags` (only endpoints with all of them), `quiet` and `longest` (seconds).
"""

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from PIL import Image

from engines.base import Engine, R, Ready, Request, Run
from engines.clients.comfyui import Ended, Refused
from engines.comfy import check
from engines.comfy.follow import Follower, Lost, Patience
from engines.comfy.pool import Seat, pool
from engines.comfy.template import Template, template
from engines.errors import BadRequest, ModelNotReady, OutOfMemory, StudioError, Unavailable

RUNGS = 4
SMALLER = 0.75


@dataclass(frozen=True)
class Task:
    """A request with the seed of one piece, where it reports, and which share of the job that piece is."""

    request: Request
    run: Run
    seed: int
    part: int = 0
    parts: int = 1

    def tell(self, fraction: float, note: str, preview: Image.Image | None = None) -> None:
        """Report as a share of the whole job."""
        self.run.progress((self.part + min(0.98, fraction)) / self.parts, note, preview)

    def sending(self) -> None:
        """Hear a cancel while files are sent."""
        self.tell(0.0, "Sending the picture")

    def fetching(self) -> None:
        """Hear a cancel while files are fetched."""
        self.tell(0.98, "Fetching the files")


@dataclass(frozen=True)
class Attempt:
    """A workflow, and the factor on its sides."""

    template: Template
    scale: float = 1.0

    @property
    def named(self) -> str:
        """How a note calls it."""
        return f"{self.template.mapping.title}{'' if self.scale == 1.0 else f' at {self.scale:.0%} of the size'}"


@dataclass(frozen=True)
class Piece:
    """One file that came back, read and found good, and the attempt that made it."""

    content: Any
    template: Template
    graph: dict[str, Any]
    endpoint: str


class ComfyEngine(Engine[R]):
    """A row of models.yaml whose work is done by ComfyUI servers."""

    takes: ClassVar[type[Request]]

    def templates(self) -> list[Template]:
        """The row's workflows. Raises BadRequest if one cannot be used."""
        return [self._template(name) for name in self.options.get("workflows", [])]

    def ready(self) -> Ready:
        """Whether an endpoint answers that can do it."""
        try:
            templates = self.templates()
        except BadRequest as error:
            return Ready(ok=False, missing=error.message)
        missing = pool().missing(templates, self._models, self._tags) if templates else "its row names no workflows in its options"
        return Ready(ok=not missing, missing=missing)

    @abstractmethod
    def values(self, task: Task, attempt: Attempt, seat: Seat) -> dict[str, Any]:
        """The values of the template's fields: sides times scale, files under the name they have on that endpoint."""

    @abstractmethod
    def receive(self, path: Path, task: Task) -> Any:
        """What a file holds. Raises Unavailable if it is none of this medium."""

    def made(self, task: Task, notes: list[str]) -> list[Piece]:
        """One piece's files; notes say what had to be tried. Raises Unavailable, OutOfMemory, ModelNotReady, and what run raises."""
        attempt = Attempt(self._chosen(task.request))
        for _ in range(RUNGS):
            try:
                return self._somewhere(task, attempt, notes)
            except (OutOfMemory, ModelNotReady) as error:
                simpler = self._simpler(attempt, error)
                if simpler is None:
                    raise
                notes.append(f"{attempt.named} failed ({error.message.rstrip('.')}); this is {simpler.named}.")
                attempt = simpler
        raise ModelNotReady(f"None of the workflows of {self._template_names()} went well; look at the ComfyUI server.")

    @property
    def _models(self) -> dict[str, str]:
        return dict(self.options.get("models", {}))

    @property
    def _tags(self) -> list[str]:
        return list(self.options.get("tags", []))

    def _template_names(self) -> str:
        return ", ".join(self.options.get("workflows", []))

    def _template(self, name: str) -> Template:
        return template(name, frozenset(self.takes.model_fields))

    def _chosen(self, request: Request) -> Template:
        """The workflow that starts from just the files that were given."""
        templates = self.templates()
        starts = {name for each in templates for name in each.mapping.needs}
        given = {name for name in starts if getattr(request, name)}
        for each in templates:
            if set(each.mapping.needs) == given:
                return each
        raise BadRequest(f"this model has no workflow for {' and '.join(sorted(given)) or 'words alone'}; choose another model")

    def _simpler(self, attempt: Attempt, error: StudioError) -> Attempt | None:
        """What to try after a failure: less memory first a smaller size, anything else first a simpler workflow."""
        mapping = attempt.template.mapping
        smaller = Attempt(attempt.template, SMALLER) if attempt.scale == 1.0 and "width" in mapping.fields else None
        if isinstance(error, OutOfMemory) and smaller:
            return smaller
        if mapping.simpler:
            other = self._template(mapping.simpler)
            if other.mapping.needs == mapping.needs and not pool().missing([other], {}, self._tags):
                return Attempt(other)
        return smaller

    def _somewhere(self, task: Task, attempt: Attempt, notes: list[str]) -> list[Piece]:
        """On the least busy endpoint, and on another one when that is lost; the first loss is told when there is no other."""
        lost: dict[str, Unavailable] = {}
        while True:
            try:
                with pool().lend(attempt.template, self._models, self._tags, set(lost)) as seat:
                    try:
                        pieces = self._there(task, attempt, seat)
                    except Unavailable as error:
                        lost[seat.endpoint.name] = error
                        if not isinstance(error, Lost):
                            seat.fail(error.message)
                        continue
            except Unavailable as error:
                raise next(iter(lost.values()), error) from None
            if lost:
                notes.append(f"{' and '.join(lost)} was lost on the way; {seat.endpoint.name} did it.")
            return pieces

    def _there(self, task: Task, attempt: Attempt, seat: Seat) -> list[Piece]:
        """On this endpoint: fill, queue, follow, fetch."""
        chosen, server = attempt.template, seat.server
        models, _ = check.files_for(chosen, seat.nodes, self._models)
        graph = chosen.fill(self.values(task, attempt, seat), models, f"troubadour-{task.seed}")
        patience = Patience(**{name: float(self.options[name]) for name in ("quiet", "longest") if name in self.options})
        try:
            ended = Follower(server, graph, task.tell, patience).run()
        except Refused as error:
            raise ModelNotReady(error.message) from None
        self._judge(ended, server.name)
        items = ended.files.get(chosen.mapping.output, [])
        kept = [each for each in items if each.type == "output"] or items
        if not kept:
            raise ModelNotReady(f"ComfyUI on {server.name} says it is done and has made no file.")
        pieces = []
        for number, item in enumerate(kept):
            path = server.fetch(item, task.run.folder / f"comfy-{task.part}-{number}.part", task.fetching)
            pieces.append(Piece(self.receive(path, task), chosen, graph, server.name))
        return pieces

    def _judge(self, ended: Ended, name: str) -> None:
        if ended.out_of_memory:
            raise OutOfMemory(f"ComfyUI on {name} ran out of memory; try a smaller size.")
        if ended.interrupted:
            raise Lost(f"ComfyUI on {name}: somebody has interrupted the work there.")
        if ended.error:
            raise ModelNotReady(f"ComfyUI on {name} could not do it: {ended.error}")
