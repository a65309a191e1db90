"""The embedded sculptor as an engine: words become a low-poly object in colour, with no weights and no network."""

import importlib.util
from dataclasses import dataclass
from typing import Any

from engines.base import Artifact, Engine, Made, Ready, Run
from engines.mesh.request import MeshRequest
from engines.seeds import draw, nth

SIDE = 512
HALF_WAY = 0.5
MEDIA_TYPES = {"glb": "model/gltf-binary", "stl": "model/stl"}


@dataclass(frozen=True)
class _Start:
    """What an object is drawn from: a seed, the variations that led here, and the words."""

    seed: int
    trail: tuple[tuple[int, float], ...]
    prompt: str


class SketchMesh(Engine[MeshRequest]):
    """Puts low-poly objects together from closed shapes; numpy and manifold3d only."""

    def ready(self) -> Ready:
        """manifold3d joins the shapes."""
        if importlib.util.find_spec("manifold3d") is None:
            return Ready(ok=False, missing="the package manifold3d; pip install -r requirements-core.txt")
        return Ready()

    def load(self) -> None:
        """Read the kinds of objects and the words, so that the first mesh is as quick as the next."""
        import manifold3d  # noqa: F401 - warms the import

        from engines.sketch.sculptor_model import kinds
        from engines.sketch.words import lexicon

        kinds(), lexicon()

    def generate(self, request: MeshRequest, run: Run) -> Made:
        """Make `count` objects, each a mesh and its poster; object k has seed + k."""
        first = request.seed if request.seed is not None else draw()
        original = _recalled(request, run) if request.variation_of else None
        made = Made(resolved_prompt=original.prompt if original else request.prompt)
        for k in range(request.count):
            seed = nth(first, k)
            start = _Start(seed, (), request.prompt) if original is None else _turned(original, seed, request.variation_strength)
            self._object(request, run, k, seed, start, made)
            made.seeds.append(seed)
        return made

    def _object(self, request: MeshRequest, run: Run, k: int, seed: int, start: _Start, made: Made) -> None:
        from engines.sketch.dice import Dice
        from engines.sketch.sculptor import sculpt
        from engines.sketch.sculptor_files import glb, stl
        from engines.sketch.sculptor_view import portrait

        def progress(share: float, note: str) -> None:
            run.progress((k + share) / request.count, note)

        sculpture = sculpt(start.prompt, Dice(start.seed, start.trail), lambda share, note: progress(0.5 * share, note))
        progress(0.55, "Writing the file")
        path = run.folder / f"mesh-{k + 1:02d}.{request.format}"
        path.write_bytes(glb(sculpture.solid, start.prompt) if request.format == "glb" else stl(sculpture.solid))
        progress(0.7, "Taking its portrait")
        picture = portrait(sculpture.solid, SIDE)
        run.progress((k + 0.95) / request.count, "Saving the portrait", picture)
        poster = run.folder / f"poster-{k + 1:02d}.png"
        picture.save(poster, compress_level=3)
        meta: dict[str, Any] = {"seed": seed, "index": k, "prompt": start.prompt, "faces": len(sculpture.solid.faces),
                                "size": [round(float(each), 3) for each in sculpture.solid.size], "unmet": sculpture.unmet}
        if start.trail or start.seed != seed:
            meta |= {"base_seed": start.seed, "trail": [list(turn) for turn in start.trail]}
        made.artifacts.append(Artifact(path=path, media_type=MEDIA_TYPES[request.format], role="mesh", meta=meta | {"role": "mesh"}))
        made.artifacts.append(Artifact(path=poster, media_type="image/png", role="poster", width=SIDE, height=SIDE, picture=picture,
                                       meta={"seed": seed, "index": k, "role": "poster"}))
        made.unmet += [word for word in sculpture.unmet if word not in made.unmet]
        made.notes += [note for note in sculpture.notes if note not in made.notes]


def _recalled(request: MeshRequest, run: Run) -> _Start:
    """What the object that is varied was drawn from."""
    known = run.recall(str(request.variation_of))
    meta, asked = known.get("meta") or {}, known.get("request") or {}
    seed = int(meta.get("base_seed", meta.get("seed", asked.get("seed") or 0)))
    trail = tuple((int(sibling), float(drift)) for sibling, drift in meta.get("trail", []))
    return _Start(seed, trail, str(meta.get("prompt") or asked.get("prompt") or request.prompt))


def _turned(start: _Start, sibling: int, strength: float | None) -> _Start:
    """The start turned towards a sibling; strength 0 is the original."""
    return _Start(start.seed, (*start.trail, (sibling, HALF_WAY if strength is None else strength)), start.prompt)
