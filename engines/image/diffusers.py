"""Real image models through diffusers: one class for all families, a model is a row in models.yaml.

Words, a picture, a picture with a mask, or references become pictures. Every step reports and can stop; seeds are drawn on the
CPU; several pictures are one batch while the memory allows it, and the ladder of engines/device.py is walked when it does not.
"""

import functools
import importlib.metadata
import importlib.util
import inspect
import time
from collections.abc import Callable
from typing import Any

from PIL import Image

from engines import device, weights
from engines.base import Artifact, Engine, Made, Ready, Run
from engines.device import Ladder, Place
from engines.diffusion import loading, lora, tuning
from engines.diffusion.families import Family, family, of_class
from engines.diffusion.lora import Asked, Wardrobe
from engines.diffusion.noise import drawn
from engines.diffusion.preview import Preview
from engines.diffusion.schedulers import allowed, named
from engines.diffusion.weighted import embedded
from engines.errors import BadRequest, ContentBlocked, ModelNotReady
from engines.image.order import STEPS, Order, check, read
from engines.image.request import ImageRequest
from engines.image.save import MEDIA_TYPES, describe, save
from engines.prompt.weights import read as plain
from engines.stoppable import stoppable

PACKAGES = ("torch", "diffusers", "transformers", "accelerate", "safetensors")
SAMPLED = 0.95
OFTEN = 0.7


class Diffusers(Engine[ImageRequest]):
    """Paints with a diffusion model.

    Options of a row: `family`, `side` (its own size in pixels), `scheduler`, `call`, and how it runs: `strategies`, `quantise`,
    `attention`, `compile`, `cache` (engines/diffusion/tuning.py).
    """

    def ready(self) -> Ready:
        """The packages, the memory and the weights, in this order; nothing heavy is imported."""
        missing = [name for name in PACKAGES if not _installed(name)]
        if missing:
            packages = f"the package{'s' * (len(missing) > 1)} {', '.join(missing)}"
            return Ready(ok=False, needs="package", missing=f"{packages}; install with `make models`")
        if missing_package := tuning.lacking(self.options, self._row.weights):
            return Ready(ok=False, needs="package", missing=missing_package)
        lacking = device.lacking(self._row.memory_gb)
        if lacking:
            return Ready(ok=False, needs="memory", missing=lacking)
        try:
            self._looked()
        except ModelNotReady as error:
            return Ready(ok=False, needs="weights", missing=error.message)
        return Ready()

    def check(self, request: ImageRequest) -> list[str]:
        """It can make what is asked; the scheduler fits the family, the LoRAs are there and were made for it."""
        check(request, self._family)
        if request.scheduler:
            allowed(self._family.sampling, request.scheduler, request.steps or STEPS)
        if request.loras:
            if self._row.weights and self._row.weights.gguf:
                raise BadRequest("this model is a GGUF file, which wears no LoRAs here; leave loras out", fields=["loras"])
            lora.check([Asked.read(each) for each in request.loras], self._looked())
        return []

    @stoppable
    def load(self) -> None:
        """Read the weights and put them where they fit."""
        model = self._looked()
        self.place = Place.here(model.parameters)
        width, kept = self.place.width, tuning.as_kept(model, self.options)
        self.ladder = Ladder(self.place, kept.bytes(width), kept.largest(width), self.options.get("strategies") or ())
        self.pipe = loading.load(model, self._home_pipeline(), self.place, self.tell, self.options)
        self.settle()

    def settle(self) -> None:
        """Bring the pipeline that was read to where it runs, in the way that the row's options say."""
        scheduler = dict(self.options.get("scheduler") or {})
        if scheduler:
            loading.reschedule(self.pipe, scheduler.pop("class"), scheduler)
        self.usual = self.pipe.scheduler
        self.wardrobe = Wardrobe()
        loading.arrange(self.pipe, self.ladder)
        tuning.tune(self.pipe, self.options, self.place)
        self.preview = Preview(self._family.latents)

    def weight(self) -> int:
        """The size of all parts as they will be here, and room to work."""
        width = 4 if device.machine().kind == "cpu" else 2
        return int(tuning.as_kept(self._looked(), self.options).bytes(width) + device.ROOM)

    def unload(self) -> None:
        """Give the memory back."""
        self.pipe, self.wardrobe = None, Wardrobe()

    def generate(self, request: ImageRequest, run: Run) -> Made:
        """Paint `count` pictures, all at once where memory allows; picture k has seed + k."""
        order = self._order(request, run)
        self._take(self._family.pipelines[order.mode])
        self.pipe.scheduler = named(self._family.sampling, request.scheduler, self.usual) if request.scheduler else self.usual
        made = Made(resolved_prompt=request.prompt, seeds=order.seeds, notes=self._unread(order.prompt), versions=_versions(request))
        pixels = order.size[0] * order.size[1]
        while (done := len(made.artifacts)) < len(order.starts):
            share = self.ladder.share(len(order.starts) - done, pixels)
            loading.in_tiles(self.pipe, self.ladder.tiled(pixels))
            pictures = self._tried(order, request, slice(done, done + share), run)
            if pictures is None:
                made.notes.append(self._smaller(share, pixels))
                continue
            run.progress(SAMPLED * ((done + share) / len(order.starts)), "Saving")
            made.artifacts += [self._saved(order, request, done + k, share, picture, run) for k, picture in enumerate(pictures)]
        made.notes += tuning.notes(self.options, self.ladder.strategy)
        return made

    def _order(self, request: ImageRequest, run: Run) -> Order:
        """What is to be painted."""
        return read(request, self._family, int(self.options.get("side", 1024)), self._row.name, run)

    def _arguments(self, order: Order, request: ImageRequest) -> dict[str, Any]:
        """What the pipeline is called with, apart from noise, number and callback."""
        taken = set(inspect.signature(self.pipe.__call__).parameters)
        return order.arguments(request, self._family, taken) | self._family.call | dict(self.options.get("call") or {})

    def _smaller(self, share: int, pixels: int) -> str:
        """After memory ran out: with the room of another model, or one rung down the ladder; what was done, in words."""
        if self.make_room():
            return "Memory ran out; another model was let go of."
        said = self.ladder.down(share, pixels)
        loading.arrange(self.pipe, self.ladder)
        return said

    @property
    def _row(self) -> Any:
        if self.row is None:
            raise ModelNotReady("A diffusion model needs a row in models.yaml.")
        return self.row

    @property
    def _family(self) -> Family:
        return family(str(self.options.get("family", "")))

    def _looked(self) -> weights.Model:
        """The weights, whole and safe and of this family."""
        mine, model = self._family, weights.look(self._row)
        if model.kind not in {*mine.pipelines.values(), *mine.also}:
            known = of_class(model.kind)
            hint = f"set family to {' or '.join(known)} in models.yaml, or get the model anew" if known else "no family here can load it"
            raise ModelNotReady(f"its folder holds a {model.kind}, its row says family {self.options.get('family')}; {hint}")
        return model

    def _home_pipeline(self) -> str:
        pipelines = self._family.pipelines
        return pipelines.get("text") or next(iter(pipelines.values()))

    def _take(self, kind: str) -> None:
        """Work as another pipeline class from now on, with the same weights."""
        if type(self.pipe).__name__ != kind:
            self.pipe = loading.another(self.pipe, kind, self.place)
            loading.arrange(self.pipe, self.ladder)

    def _tried(self, order: Order, request: ImageRequest, which: slice, run: Run) -> list[Image.Image] | None:
        """Pictures `which` of the order, or None when memory ran out; the traceback, which holds tensors, is let go of here."""
        try:
            return self._sample(order, request, which, run)
        except Exception as error:
            if not device.full(error):
                raise
            return None

    def _sample(self, order: Order, request: ImageRequest, which: slice, run: Run) -> list[Image.Image]:
        """One call of the pipeline: pictures `which` of the order."""
        starts = order.starts[which]
        arguments = self._arguments(order, request)
        watch = self._watcher(order, which, run)
        try:
            with self.wardrobe.worn(self.pipe, map(Asked.read, request.loras)), drawn(self.pipe, starts) as generators:
                if self._family.tokens:
                    arguments = embedded(self.pipe, arguments, order.prompt, order.negative)
                out = self.pipe(**arguments, num_images_per_prompt=len(starts), generator=generators, callback_on_step_end=watch)
        finally:
            self.pipe.maybe_free_model_hooks()
        if any(getattr(out, "nsfw_content_detected", None) or ()):
            raise ContentBlocked("The model's own safety check refused the picture; choose other words or another seed.")
        return list(out.images)

    def _unread(self, prompt: str) -> list[str]:
        """Notes on the end of a prompt that is longer than the model reads, and on weights that it does not know."""
        most = self._family.tokens
        words, spans = plain(prompt)
        if not most and spans:
            return [f"This model does not weigh words; read as they are: {', '.join(words[span.start : span.end] for span in spans)[:300]}"]
        tokens = self.pipe.tokenizer(words).input_ids if most else []
        if len(tokens) <= most:
            return []
        lost = self.pipe.tokenizer.decode(tokens[most - 1 : -1]).strip()
        return [f"This model reads the first {most - 2} tokens of a prompt; it did not read: {lost[:300]}"]

    def _watcher(self, order: Order, which: slice, run: Run) -> Callable[..., dict[str, Any]]:
        """Called by the pipeline after every step: reports, shows, and raises Cancelled when the person has stopped it."""
        whole, told = len(order.starts), time.monotonic()
        part = "" if which.stop - which.start == whole else f", pictures {which.start + 1} to {which.stop} of {whole}"

        def watch(pipe: Any, step: int, _: Any, state: dict[str, Any]) -> dict[str, Any]:
            nonlocal told
            steps = max(1, int(pipe.num_timesteps))
            shown = None
            if time.monotonic() - told > OFTEN and step + 1 < steps:
                shown = self.preview.draw(pipe, state["latents"], order.size)
                told = time.monotonic()
            share = (which.start + (which.stop - which.start) * (step + 1) / steps) / whole
            run.progress(SAMPLED * share, f"Step {step + 1} of {steps}{part}", shown)
            return state

        return watch

    def _saved(self, order: Order, request: ImageRequest, k: int, batch: int, picture: Image.Image, run: Run) -> Artifact:
        """Picture k on the disk, with all that is needed to make it again."""
        start, seed, size = order.starts[k], order.seeds[k], picture.size
        meta: dict[str, Any] = {"seed": seed, "index": k, "batch": batch, "role": "picture", "size": list(size), "prompt": order.prompt}
        if start.trail:
            meta |= {"base_seed": start.seed, "trail": [list(turn) for turn in start.trail]}
        said = request.model_copy(update={"prompt": order.prompt, "negative_prompt": order.negative})
        texts = describe(said, run.words, seed, size, self._row.name, None)
        path = save(picture, run.folder / f"picture-{k + 1:02d}", request.format, texts)
        return Artifact(path=path, media_type=MEDIA_TYPES[request.format], width=size[0], height=size[1], meta=meta, picture=picture)


def _versions(request: ImageRequest) -> dict[str, str]:
    """The libraries and LoRAs that a picture depends on."""
    return {name: _version(name) for name in ("torch", "diffusers")} | lora.versions(map(Asked.read, request.loras))


@functools.lru_cache(8)
def _version(package: str) -> str:
    return importlib.metadata.version(package)


@functools.lru_cache(32)
def _installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None
