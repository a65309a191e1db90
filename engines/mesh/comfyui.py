"""Meshes by ComfyUI servers: Hunyuan3D, or a workflow of the owner's; GLB or STL, with a picture."""

from pathlib import Path
from typing import Any, cast

from engines.base import Artifact, Made, Run
from engines.comfy.engine import Attempt, ComfyEngine, Piece, Task
from engines.comfy.pool import Seat
from engines.errors import Unavailable
from engines.image.comfyui import fitted
from engines.mesh import foreign
from engines.mesh.request import MeshRequest
from engines.mesh.sketch import MEDIA_TYPES, SIDE
from engines.seeds import draw, nth

SEEN = 1024
"""Pixels of the side of a picture that is sent."""


class ComfyMesh(ComfyEngine[MeshRequest]):
    """Words or a picture become an object."""

    takes = MeshRequest

    def generate(self, request: MeshRequest, run: Run) -> Made:
        """Make `count` objects, each a mesh and its poster; object k has seed + k."""
        first = request.seed if request.seed is not None else draw()
        made = Made(resolved_prompt=request.prompt)
        for k in range(request.count):
            task = Task(request, run, nth(first, k), k, request.count)
            made.artifacts += _artifacts(self.made(task, made.notes)[0], task)
            made.seeds.append(task.seed)
        made.notes = list(dict.fromkeys(made.notes))
        return made

    def values(self, task: Task, attempt: Attempt, seat: Seat) -> dict[str, Any]:
        """The request's own; one object on an empty ground; a picture is sent to the endpoint first."""
        request = cast(MeshRequest, task.request)
        words = f"{request.prompt}, a single object, whole, on a plain white background"
        values = request.model_dump() | {"seed": task.seed, "prompt": words}
        for name in attempt.template.mapping.needs:
            path = fitted(task.run, getattr(request, name), (SEEN, SEEN), name)
            values[name] = seat.server.upload(path, "image/png", task.sending)
        return values

    def receive(self, path: Path, task: Task) -> tuple[Path, foreign.Triangles]:
        """The file, and the triangles in it."""
        try:
            return path, foreign.read_glb(path.read_bytes())
        except foreign.NoMesh:
            raise Unavailable("The ComfyUI server sent a mesh that cannot be read.") from None


def _artifacts(piece: Piece, task: Task) -> list[Artifact]:
    request = cast(MeshRequest, task.request)
    source, triangles = piece.content
    path = task.run.folder / f"mesh-{task.part + 1:02d}.{request.format}"
    if request.format == "glb":
        source.rename(path)
    else:
        path.write_bytes(foreign.stl(triangles))
    picture = foreign.portrait(triangles, SIDE)
    poster = task.run.folder / f"poster-{task.part + 1:02d}.png"
    picture.save(poster, compress_level=3)
    meta = {"seed": task.seed, "index": task.part, "prompt": request.prompt, "faces": len(triangles), "endpoint": piece.endpoint,
            "workflow": piece.template.name, "graph": piece.graph}
    return [
        Artifact(path=path, media_type=MEDIA_TYPES[request.format], role="mesh", meta=meta | {"role": "mesh"}),
        Artifact(path=poster, media_type="image/png", role="poster", width=SIDE, height=SIDE, picture=picture,
                 meta={"seed": task.seed, "index": task.part, "role": "poster"}),
    ]
