"""The embedded illustrator as an engine: words or a scene become pictures, with no weights and no network."""

from dataclasses import dataclass
from typing import Any

from PIL import Image

from engines.base import Artifact, Engine, Made, Run
from engines.image.request import ImageRequest
from engines.image.save import MEDIA_TYPES, describe, save
from engines.seeds import draw, nth
from engines.words import in_other_scripts

SIDE = 768


@dataclass(frozen=True)
class _Start:
    """The picture a variation starts from."""

    seed: int
    trail: tuple[tuple[int, float], ...]
    scene: dict[str, Any]
    style: str
    size: tuple[int, int]


class Sketch(Engine[ImageRequest]):
    """Paints scene/1 with numpy and Pillow; always ready."""

    def load(self) -> None:
        """Read the vocabulary, so that the first picture is as quick as the next."""
        from engines.sketch import painter, vocabulary  # noqa: F401 - warms the imports

        vocabulary.nouns()

    def generate(self, request: ImageRequest, run: Run) -> Made:
        """Paint `count` pictures; picture k has seed + k."""
        first = request.seed if request.seed is not None else draw()
        start = _recalled(request, run) if request.variation_of else None
        made = Made(resolved_prompt=request.prompt, notes=_of_the_scene(request) if request.scene else [])
        for k in range(request.count):
            seed = nth(first, k)
            made.artifacts.append(self._picture(request, run, k, seed, start))
            made.seeds.append(seed)
            made.unmet += [word for word in made.artifacts[-1].meta["scene"].get("unmet", []) if word not in made.unmet]
        if any(in_other_scripts(word) for word in made.unmet):
            made.notes.append("The sketch engine reads English, German, French and Spanish; words in other scripts stand on a card.")
        return made

    def _picture(self, request: ImageRequest, run: Run, k: int, seed: int, start: _Start | None) -> Artifact:
        from engines.sketch.dice import Dice
        from engines.sketch.painter import paint_with
        from engines.sketch.scene import Scene

        def progress(fraction: float, note: str, preview: Image.Image | None = None) -> None:
            run.progress((k + fraction) / request.count, note, preview)

        if start is None:
            scene = Scene.read(request.scene) if request.scene else _parsed(request, seed)
            width, height, style = request.width or SIDE, request.height or SIDE, request.style
            base, sibling, drift = seed, None, 0.0
            trail: tuple[tuple[int, float], ...] = ()
        else:
            scene, (width, height), style = Scene.read(start.scene), start.size, start.style
            strength = request.variation_strength
            base, trail, sibling, drift = start.seed, start.trail, seed, 0.5 if strength is None else strength
        turns = trail if sibling is None else (*trail, (sibling, drift))
        painting = paint_with(Dice(base, turns), scene, (width, height), style, progress)
        meta: dict[str, Any] = {"seed": seed, "index": k, "scene": scene.as_json(), "role": "picture", "size": [width, height]}
        if sibling is not None:
            meta |= {"base_seed": base, "trail": [list(turn) for turn in turns], "style": style}
        model = request.model if request.model != "auto" else "sketch"
        run.progress((k + 0.99) / request.count, "Saving the picture")
        texts = describe(request.model_copy(update={"style": style}), run.words, seed, (width, height), model, meta["scene"])
        path = save(painting.image, run.folder / f"picture-{k + 1:02d}", request.format, texts)
        return Artifact(path=path, media_type=MEDIA_TYPES[request.format], width=width, height=height, meta=meta, picture=painting.image)


def _parsed(request: ImageRequest, seed: int) -> Any:
    from engines.sketch.parser import parse, unnamed

    return unnamed(parse(request.prompt, seed, request.negative_prompt), seed)


def _of_the_scene(request: ImageRequest) -> list[str]:
    """What a given scene says that will not be drawn as it says."""
    from engines.sketch.scene import Scene
    from engines.vision.proof import hints

    scene = Scene.read(request.scene or {})
    notes = [f"{hint['at']}: {hint['message']}" for hint in hints(scene)]
    if request.prompt.strip() and request.prompt.strip() != scene.prompt.strip():
        notes.append("Drawn from the scene that was given; the words of the prompt were not read.")
    return notes


def _recalled(request: ImageRequest, run: Run) -> _Start:
    """The seed, scene, style and size of the picture that is varied."""
    known = run.recall(str(request.variation_of))
    meta, asked = known.get("meta") or {}, known.get("request") or {}
    seed = int(meta.get("base_seed", meta.get("seed", asked.get("seed") or 0)))
    trail = tuple((int(sibling), float(drift)) for sibling, drift in meta.get("trail", []))
    scene = meta.get("scene") or asked.get("scene") or _parsed(request, seed).as_json()
    width, height = meta.get("size") or (asked.get("width") or SIDE, asked.get("height") or SIDE)
    return _Start(seed, trail, scene, meta.get("style") or asked.get("style") or request.style, (int(width), int(height)))
