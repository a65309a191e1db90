"""Films by hosted APIs: a request read as what such a server is sent; what it gives back is written anew as H.264 in MP4 with a poster."""

import functools
from abc import abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from PIL import Image

from engines.base import Artifact, Engine, Made, Ready, Run
from engines.clients.following import Following, Order, Piece
from engines.clients.hosted import Account, Hosted
from engines.comfy import media
from engines.errors import BadRequest, ModelNotReady
from engines.image.hosted import SHAPES, SMALL, apart, nearest, url_of
from engines.image.openai import opened
from engines.seeds import draw, nth
from engines.video.request import VideoRequest


@dataclass(frozen=True)
class Film:
    """A film that came back: the file, its seconds, its poster, its size in pixels."""

    path: Path
    seconds: float
    poster: Path
    size: tuple[int, int]


class HostedVideo(Engine[VideoRequest]):
    """Words or a picture become a film."""

    host: ClassVar[type[Hosted]]

    def ready(self) -> Ready:
        """Whether there is a key, and the server answers and takes it."""
        try:
            return self.host(self.options).ready()
        except ModelNotReady as error:
            return Ready(ok=False, missing=error.message)

    def drop(self, remote: str) -> None:
        """Have work stopped at the server."""
        self.host(self.options).dismiss(remote)

    def generate(self, request: VideoRequest, run: Run) -> Made:
        """`count` films, made side by side, each with its poster; film k has seed + k."""
        host = self.host(self.options)
        first = request.seed if request.seed is not None else draw()
        seconds = lasting(host.account, request)
        orders = []
        for k in range(request.count):
            work = functools.partial(self.work, host.account, request, run, nth(first, k))
            read = functools.partial(_read, run=run, number=k + 1, giver=host.name)
            orders.append(Order(f"film-{k + 1:02d}", work, "video/", read, seconds))
        pieces = Following(host, run, orders).done()
        made = Made(resolved_prompt=apart(request)[0], notes=_notes(host, pieces, request))
        for k, piece in enumerate(pieces):
            made.seeds.append(nth(first, k))
            made.artifacts += _artifacts(piece.found, made.seeds[-1], k)
        return made

    @abstractmethod
    def work(self, account: Account, request: VideoRequest, run: Run, seed: int) -> dict[str, Any]:
        """What is sent for one film."""


def values(
    takes: Collection[str], account: Account, request: VideoRequest, run: Run, seed: int, *, most: int = SMALL
) -> dict[str, Any]:
    """What a request says, by our names, of what a model takes; the picture as a data URL."""
    if not request.prompt.strip() and "image" not in takes:
        raise BadRequest("say in a few words what happens in the film", fields=["prompt"])
    told: dict[str, Any] = request.model_dump(include={"width", "height", "steps", "guidance", "fps"})
    told["prompt"], told["negative_prompt"] = apart(request)
    told |= {"seed": seed % 2**31, "num_frames": request.frames, "duration": lasting(account, request)}
    told["aspect_ratio"] = nearest(request.width / request.height, account.choices.get("aspect_ratio", SHAPES))
    if counts := account.choices.get("num_frames"):
        told["num_frames"] = _enough(request.frames, [int(each) for each in counts])
    if heights := account.choices.get("resolution"):
        told["resolution"] = min(heights, key=lambda each: abs(int(each.rstrip("pP")) - min(request.width, request.height)))
    if "image" in takes and request.image:
        told["image"] = url_of(opened(run, request.image), most)
    return told


def lasting(account: Account, request: VideoRequest) -> float:
    """Seconds of the film that is asked for: of those a model can make the shortest that is long enough, else its longest."""
    asked = request.frames / request.fps
    chosen = _enough(asked, [float(each) for each in account.choices.get("duration", [])])
    return int(chosen) if float(chosen).is_integer() else round(chosen, 3)


def _enough(asked: float, known: list[Any]) -> Any:
    """The least of what is known that is enough, else the most; what is asked where nothing is known."""
    return next((each for each in sorted(known) if each >= asked - 0.05), max(known, default=asked))


def _read(path: Path, run: Run, number: int, giver: str) -> Film:
    def check() -> None:
        run.progress(0.96, "Writing the film anew")

    target = path.with_name(f"film-{number:02d}.mp4")
    try:
        seconds = media.film(path, target, check, giver)
    finally:
        path.unlink()
    poster = media.still(target, target.with_name(f"poster-{number:02d}.png"), seconds / 3, check)
    with Image.open(poster) as shown:
        return Film(target, seconds, poster, shown.size)


def _artifacts(film: Film, seed: int, number: int) -> list[Artifact]:
    (wide, high), own = film.size, {"seed": seed, "index": number}
    meta = own | {"role": "video"}
    return [
        Artifact(path=film.path, media_type="video/mp4", role="video", width=wide, height=high, duration=film.seconds, meta=meta),
        Artifact(path=film.poster, media_type="image/png", role="poster", width=wide, height=high, meta=own | {"role": "poster"}),
    ]


def _notes(host: Hosted, pieces: list[Piece], request: VideoRequest) -> list[str]:
    notes = [f"Filmed by {host.account.model or host.title} at {host.name}."]
    first: Film = pieces[0].found
    asked = request.frames / request.fps
    if first.size != (request.width, request.height):
        notes.append(f"It is {first.size[0]}×{first.size[1]}, the nearest that it makes.")
    if abs(first.seconds - asked) > 0.3:
        notes.append(f"It lasts {first.seconds:.1f} seconds, the nearest to {asked:.1f} that it makes.")
    return notes
