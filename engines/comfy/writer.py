"""Writes ComfyUI workflows from words or scenes: chosen, filled, checked against what the endpoints have, with the time they will take.

Nothing is run. The graphs are in the API format, for a program or for ComfyUI's own page.
"""

from dataclasses import dataclass
from typing import Any

from config import ModelRow, catalog, styles
from engines.base import Engine, Made, Request, Run
from engines.comfy import check
from engines.comfy.pool import Pool, Seat, pool
from engines.comfy.request import SceneWords, WorkflowRequest
from engines.comfy.template import Template, names, template
from engines.errors import BadRequest
from engines.image.request import ImageRequest
from engines.mesh.request import MeshRequest
from engines.music.request import MusicRequest
from engines.seeds import derive, draw
from engines.video.request import VideoRequest

MEDIA: dict[str, type[Request]] = {"image": ImageRequest, "video": VideoRequest, "music": MusicRequest, "mesh": MeshRequest}
SHOT, FPS = 5.0, 16
"""Seconds a film workflow makes at most, and its frames in a second."""


@dataclass(frozen=True)
class _Choice:
    """A workflow, the catalog row that uses it, and the endpoint that can run it, if there is one."""

    template: Template
    row: ModelRow | None
    seat: Seat | None


class WorkflowWriter(Engine[WorkflowRequest]):
    """Answers with workflows; always ready, the check says what no endpoint has."""

    def generate(self, request: WorkflowRequest, run: Run) -> Made:
        """One workflow for the prompt, or one for each scene."""
        seed = request.seed if request.seed is not None else draw()
        servers = pool()
        servers.look()
        choice = _chosen(request, servers)
        scenes = request.scenes or [SceneWords(description=request.prompt)]
        written = []
        for number, scene in enumerate(scenes, 1):
            run.progress(number / (len(scenes) + 1), f"Writing workflow {number} of {len(scenes)}")
            own = derive(seed, f"scene {number}") if request.scenes else seed
            written.append({"scene_number": number} | _written(request, scene, choice, own))
        checked = _checked(choice.template, servers)
        times = [each["estimated_seconds"] for each in written if each["estimated_seconds"] is not None]
        notes = [] if choice.seat else [f"No ComfyUI server can run it now: {servers.missing([choice.template], {}, [])}."]
        whole = round(sum(times), 1) if times else None
        result = {"workflow": choice.template.name, "title": choice.template.mapping.title,
                  "model": choice.row.name if choice.row else None, "check": checked, "estimated_seconds": whole, "workflows": written}
        return Made(result=result, notes=notes, seeds=[each["seed"] for each in written])


def _chosen(request: WorkflowRequest, servers: Pool) -> _Choice:
    """The workflow that was named, else the best by rank that an endpoint can run, else the best by rank."""
    known = frozenset(MEDIA[request.medium].model_fields)
    if request.workflow and request.workflow not in names():
        raise BadRequest(f"there is no workflow {request.workflow!r}; there are {', '.join(names())}", fields=["workflow"])
    using = {name: row for row in reversed(catalog().values()) for name in row.options.get("workflows", [])}
    order = [request.workflow] if request.workflow else [name for row in catalog().values() for name in row.options.get("workflows", [])]
    found = []
    for name in dict.fromkeys(order):
        if using.get(name) is None or f"generate_{request.medium}" in using[name].serves:
            each = template(name, known)
            if each.mapping.media == request.medium and not each.mapping.needs:
                found.append(_Choice(each, using.get(name), next((s for s in servers.seats if s.alive and not s.lacks(each, {})), None)))
    if not found:
        raise BadRequest(f"this workflow does not make {request.medium} from words; choose another one", fields=["workflow"])
    return next((each for each in found if each.seat), found[0])


def _written(request: WorkflowRequest, scene: SceneWords, choice: _Choice, seed: int) -> dict[str, Any]:
    """A filled graph with its words, seed and time."""
    chosen, style = choice.template, styles()[request.style]
    words = ", ".join(each for each in (scene.description.strip().rstrip("."), _look(scene), style.prompt) if each)
    seconds = min(scene.duration_seconds, SHOT) if request.medium == "video" else max(5.0, scene.duration_seconds)
    values = {"prompt": words, "negative_prompt": ", ".join(each for each in (request.negative_prompt, style.negative_prompt) if each),
              "seed": seed, "width": request.width, "height": request.height, "steps": request.steps, "lyrics": "",
              "num_frames": round(seconds * FPS), "fps": float(FPS), "duration_seconds": seconds}
    files = check.files_for(chosen, choice.seat.nodes, {})[0] if choice.seat else {}
    graph = chosen.fill(values, files, f"troubadour-{seed}")
    return {"prompt": words, "seed": seed, "graph": graph, "estimated_seconds": _time(choice, graph)}


def _look(scene: SceneWords) -> str:
    """Light and colours of a scene as words."""
    look = scene.visual_style
    return ", ".join(each for each in (look.lighting.strip(), *(color.name for color in look.color_palette[:3])) if each)


def _time(choice: _Choice, graph: dict[str, Any]) -> float | None:
    """Seconds by what the row says one piece takes, scaled by size, steps and frames of the graph."""
    speed = choice.row.speed if choice.row else None
    if speed is None:
        return None
    filled = choice.template.model_copy(update={"graph": graph})
    value = {name: filled.value(name) for name in ("width", "height", "steps", "num_frames", "duration_seconds")}
    seconds = speed.seconds * (value["steps"] or speed.steps) / speed.steps
    if value["duration_seconds"]:
        return float(round(seconds * value["duration_seconds"] * 1000 / max(1, speed.pixels), 1))
    if value["width"] and speed.pixels:
        seconds *= value["width"] * value["height"] / speed.pixels
    return float(round(seconds * (value["num_frames"] or 1), 1))


def _checked(chosen: Template, servers: Pool) -> dict[str, Any]:
    """For every endpoint what it lacks; `ready_on` are those that lack nothing."""
    lacking = {seat.endpoint.name: seat.lacks(chosen, {}) if seat.alive else [seat.message] for seat in servers.seats}
    able = [name for name, lacks in lacking.items() if not lacks]
    return {"ready_on": able, "lacking": {name: lacks for name, lacks in lacking.items() if lacks}}
