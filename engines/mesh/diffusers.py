"""Shap-E through diffusers: words or a picture become a coloured object.

Every step of the sampling and every part of the surface reports and can stop. The first noise is drawn on the CPU from the seed, so that
a seed means the same on every device, and turned towards a sibling's for variations.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from engines import device, local
from engines.base import Artifact, Engine, Made, Ready, Run
from engines.device import Place
from engines.diffusion import loading
from engines.diffusion.noise import Start, drawn
from engines.errors import BadRequest, OutOfMemory
from engines.mesh import foreign
from engines.mesh.request import MeshRequest
from engines.mesh.sketch import HALF_WAY, MEDIA_TYPES, SIDE
from engines.mesh.skin import Skin, glb
from engines.seeds import draw, nth
from engines.stoppable import stoppable

KINDS = ("ShapEPipeline", "ShapEImg2ImgPipeline")
PACKAGES = (*local.PACKAGES, "diffusers")
GRID, STEPS, GUIDANCE, QUERY = 128, 64, 15.0, 4096
TOKENS = 77
SAMPLED, SURFACED = 0.7, 0.92
"""How far the work is after the sampling, and when the surface has been found."""
EMPTY = "The model made nothing that has a surface; try another seed or other words."


class _Hollow(Exception):
    """There is no surface anywhere."""


@dataclass(frozen=True)
class _Task:
    """One object of a request: what is asked, for whom, which number, and where its noise starts."""

    request: MeshRequest
    run: Run
    number: int
    seed: int
    start: Start
    prompt: str

    def progress(self, share: float, note: str, preview: Image.Image | None = None) -> None:
        """Say how far this object is; raises Cancelled."""
        self.run.progress((self.number + share) / self.request.count, note, preview)


class ShapE(Engine[MeshRequest]):
    """Options of a row: `guidance`, and `grid`, the number of cells along each side of the space that is searched for a surface."""

    def ready(self) -> Ready:
        """The packages, the memory and the weights."""
        return local.ready(self.row, KINDS, PACKAGES)

    def weight(self) -> int:
        """The size of all parts as they will be here, and room to work."""
        return local.weight(local.looked(self.row, KINDS))

    @stoppable
    def load(self) -> None:
        """Read the weights; the part that finds the surface is kept in full precision."""
        model = local.looked(self.row, KINDS)
        self.place = Place.here(model.parameters)
        self.pipe = loading.load(model, model.kind, self.place, self.tell)
        local.guarded("the model", self.pipe.to, self.place.kind)
        self.pipe.shap_e_renderer.float()

    def unload(self) -> None:
        """Give the memory back."""
        self.pipe = None

    def generate(self, request: MeshRequest, run: Run) -> Made:
        """Make `count` objects, each a mesh and its poster; object k has seed + k."""
        first = request.seed if request.seed is not None else draw()
        original, prompt = _recalled(request, run)
        picture = _framed(run, request.image) if request.image else None
        if picture is None and "image_encoder" in self.pipe.config:
            raise BadRequest("this model makes objects from pictures; send an image", fields=["image"])
        made = Made(resolved_prompt=prompt, notes=[] if picture else self._unread(prompt))
        for k in range(request.count):
            seed = nth(first, k)
            far = HALF_WAY if request.variation_strength is None else request.variation_strength
            start = Start(seed) if original is None else original.turned(seed, far)
            task = _Task(request, run, k, seed, start, prompt)
            try:
                skin = self._skin(self._sampled(task, picture), task)
            except _Hollow:
                raise BadRequest(EMPTY, fields=["prompt", "seed"]) from None
            except Exception as error:
                if not device.full(error):
                    raise
                raise OutOfMemory("There is not enough memory for this object; close other programs.") from error
            _save(skin, task, made)
            made.seeds.append(seed)
        return made

    def _unread(self, prompt: str) -> list[str]:
        """A note on the end of a prompt that is longer than the model reads."""
        tokens = self.pipe.tokenizer(prompt).input_ids
        if len(tokens) <= TOKENS:
            return []
        lost = self.pipe.tokenizer.decode(tokens[TOKENS - 1 : -1]).strip()
        return [f"This model reads the first {TOKENS - 2} tokens of a prompt; it did not read: {lost[:300]}"]

    def _sampled(self, task: _Task, picture: Image.Image | None) -> Any:
        """The object as the model's own numbers."""
        steps = task.request.steps or STEPS
        given = {"image": picture} if picture else {"prompt": task.prompt}
        options = {"num_inference_steps": steps, "guidance_scale": float(self.options.get("guidance", GUIDANCE)), "output_type": "latent"}
        self.pipe.progress_bar = lambda timesteps: _told(timesteps, task)
        try:
            with drawn(self.pipe, [task.start]) as generators:
                return self.pipe(**given, **options, generator=generators).images[0]
        finally:
            del self.pipe.progress_bar

    def _skin(self, latent: Any, task: _Task) -> Skin:
        """Its surface in space, standing."""
        grid = int(self.options.get("grid", GRID))
        renderer = self.pipe.shap_e_renderer
        with _watched(renderer, grid**3 / QUERY, task):
            found = renderer.decode_to_mesh(latent[None].float(), self.place.kind, grid_size=grid, query_batch_size=QUERY)
        colors = np.stack([found.vertex_channels[name].cpu().numpy() for name in "RGB"], axis=1)
        skin = Skin(found.verts.float().cpu().numpy(), found.faces.cpu().numpy().astype(np.int64), colors.astype(np.float32))
        if not np.isfinite(skin.points).all():
            raise _Hollow
        return skin.standing()


def _told(timesteps: Iterable[Any], task: _Task) -> Iterator[Any]:
    """The steps of the sampling, each reported before it is made; the scheduler looks twice at all but one."""
    listed = list(timesteps)
    whole = (len(listed) + 1) // 2
    for number, step in enumerate(listed):
        task.progress(SAMPLED * number / len(listed), f"Step {number // 2 + 1} of {whole}")
        yield step
    task.progress(SAMPLED, "Finding the surface")


@contextlib.contextmanager
def _watched(renderer: Any, parts: float, task: _Task) -> Iterator[None]:
    """While this lasts, every question to the renderer reports, and an empty space ends it."""
    asked = 0

    def ask(*_: Any) -> None:
        nonlocal asked
        asked += 1
        task.progress(SAMPLED + (SURFACED - SAMPLED) * min(1.0, asked / parts), "Finding the surface")

    def look(module: Any, given: Any, found: Any) -> None:
        if not len(found.faces):
            raise _Hollow

    hooks = [renderer.mlp.register_forward_pre_hook(ask), renderer.mesh_decoder.register_forward_hook(look)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _recalled(request: MeshRequest, run: Run) -> tuple[Start | None, str]:
    """Where the object that is varied started, and its words."""
    if not request.variation_of:
        return None, request.prompt
    known = run.recall(request.variation_of)
    meta, asked = known.get("meta") or {}, known.get("request") or {}
    seed = int(meta.get("base_seed", meta.get("seed", asked.get("seed") or 0)))
    trail = tuple((int(sibling), float(drift)) for sibling, drift in meta.get("trail", []))
    return Start(seed, trail), str(meta.get("prompt") or asked.get("prompt") or request.prompt)


def _framed(run: Run, source: str) -> Image.Image:
    """A picture of the person's own on white, square, so that nothing of the object is cut off."""
    with Image.open(run.open(source)) as given:
        upright = ImageOps.exif_transpose(given).convert("RGBA")
    side = max(upright.size)
    sheet = Image.new("RGBA", (side, side), "white")
    sheet.alpha_composite(upright, ((side - upright.width) // 2, (side - upright.height) // 2))
    return sheet.convert("RGB")


def _save(skin: Skin, task: _Task, made: Made) -> None:
    """The file and its poster, with all that is needed to make them again."""
    request, number = task.request, task.number + 1
    task.progress(SURFACED, "Writing the file")
    path = task.run.folder / f"mesh-{number:02d}.{request.format}"
    if request.format == "glb":
        path.write_bytes(glb(skin, task.prompt))
    else:
        triangles, whole = skin.closed()
        path.write_bytes(foreign.stl(triangles))
        if not whole:
            made.notes.append(f"The skin of object {number} is not closed everywhere; a slicer may have to mend it.")
    task.progress(0.96, "Taking its portrait")
    picture = foreign.portrait(skin.triangles, SIDE, skin.seen())
    task.progress(0.98, "Saving the portrait", picture)
    poster = task.run.folder / f"poster-{number:02d}.png"
    picture.save(poster, compress_level=3)
    meta: dict[str, Any] = {"seed": task.seed, "index": task.number, "prompt": task.prompt, "faces": len(skin.faces), "size": skin.size}
    if task.start.trail or task.start.seed != task.seed:
        meta |= {"base_seed": task.start.seed, "trail": [list(turn) for turn in task.start.trail]}
    made.artifacts.append(Artifact(path=path, media_type=MEDIA_TYPES[request.format], role="mesh", meta=meta | {"role": "mesh"}))
    about = {"seed": task.seed, "index": task.number, "role": "poster"}
    made.artifacts.append(
        Artifact(path=poster, media_type="image/png", role="poster", width=SIDE, height=SIDE, picture=picture, meta=about)
    )
