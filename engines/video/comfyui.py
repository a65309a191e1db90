"""Films by ComfyUI servers: Wan, LTX-Video, HunyuanVideo, or a workflow of the owner's; written anew as H.264 in MP4 with a poster."""

from pathlib import Path
from typing import Any, cast

from PIL import Image

from engines.base import Artifact, Made, Run
from engines.comfy import media
from engines.comfy.engine import Attempt, ComfyEngine, Piece, Task
from engines.comfy.pool import Seat
from engines.errors import BadRequest
from engines.image.comfyui import fitted, worded
from engines.seeds import draw, nth
from engines.video.request import VideoRequest

STEP = 16


class ComfyVideo(ComfyEngine[VideoRequest]):
    """Words or a picture become a film."""

    takes = VideoRequest

    def generate(self, request: VideoRequest, run: Run) -> Made:
        """Make `count` films, each with its poster; film k has seed + k."""
        if not request.prompt.strip():
            raise BadRequest("say in a few words what happens in the film", fields=["prompt"])
        first = request.seed if request.seed is not None else draw()
        made = Made(resolved_prompt=worded(request)[0])
        for k in range(request.count):
            task = Task(request, run, nth(first, k), k, request.count)
            made.artifacts += _artifacts(self.made(task, made.notes)[0], task)
            made.seeds.append(task.seed)
        made.notes = list(dict.fromkeys(made.notes))
        return made

    def values(self, task: Task, attempt: Attempt, seat: Seat) -> dict[str, Any]:
        """The request's own, the style's words with the prompt; a picture is sent to the endpoint first."""
        request = cast(VideoRequest, task.request)
        values = request.model_dump() | {"seed": task.seed, "num_frames": request.frames, "fps": float(request.fps)}
        values["prompt"], values["negative_prompt"] = worded(request)
        size = [max(STEP * 4, round(side * attempt.scale / STEP) * STEP) for side in (request.width, request.height)]
        values["width"], values["height"] = size
        for name in attempt.template.mapping.needs:
            path = fitted(task.run, getattr(request, name), (size[0], size[1]), name)
            values[name] = seat.server.upload(path, "image/png", task.sending)
        return values

    def receive(self, path: Path, task: Task) -> tuple[Path, float]:
        """The film, written anew, and its seconds."""
        target = path.with_name(f"film-{task.part + 1:02d}.mp4")
        return target, media.film(path, target, task.fetching)


def _artifacts(piece: Piece, task: Task) -> list[Artifact]:
    path, seconds = piece.content
    poster = media.still(path, path.with_name(f"poster-{task.part + 1:02d}.png"), seconds / 3, task.fetching)
    with Image.open(poster) as shown:
        wide, high = shown.size
    own = {"seed": task.seed, "index": task.part}
    meta = own | {"role": "video", "endpoint": piece.endpoint, "workflow": piece.template.name, "graph": piece.graph}
    return [
        Artifact(path=path, media_type="video/mp4", role="video", width=wide, height=high, duration=seconds, meta=meta),
        Artifact(path=poster, media_type="image/png", role="poster", width=wide, height=high, meta=own | {"role": "poster"}),
    ]
