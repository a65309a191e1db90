"""Music painted in steps out of noise, through diffusers: Stable Audio Open and ACE-Step, which also sings a lyric.

Every step reports and can stop; the first noise is drawn on the CPU. What is longer than a model's window is continued: the end of the
last window is held in place, as noisy as everything around it, while the next one forms.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from engines import device, local, weights
from engines.base import Engine, Made, Ready, Run
from engines.device import Ladder, Place
from engines.diffusion import loading
from engines.diffusion.noise import Start, drawn
from engines.errors import BadRequest, OutOfMemory
from engines.music.kept import beginning, strength
from engines.music.request import MusicRequest
from engines.music.save import saved
from engines.music.waves import finished, joined
from engines.music.words import tags
from engines.seeds import derive, draw, nth
from engines.sketch.composer_files import waveform
from engines.sketch.composer_sound import RATE, Array, F
from engines.stoppable import stoppable

PACKAGES = ("torch", "diffusers", "transformers", "accelerate", "safetensors", "julius")
SAMPLED = 0.85
OVERLAP = 0.25
"""How much of a window is the end of the one before."""
Watch = Callable[[int, Any], None]
Report = Callable[..., None]


@dataclass(frozen=True)
class Stretch:
    """One window: which of the piece's it is, how many seconds it has, where its noise starts, and the latents that it goes on from."""

    number: int
    seconds: float
    start: Start
    held: Any = None


class StableAudio:
    """How Stable Audio is called. Its latents are channels by frames; their noise is added to what they are."""

    axis: ClassVar[int] = 2

    def __init__(self, pipe: Any) -> None:
        self.rate = int(pipe.vae.config.sampling_rate)
        self.frame_rate = self.rate / pipe.vae.hop_length
        self.seconds = pipe.transformer.config.sample_size / self.frame_rate

    def call(self, request: MusicRequest, seconds: float, watch: Watch) -> dict[str, Any]:
        """The arguments that the request and the watch make."""
        return {"prompt": tags(request), "audio_end_in_s": seconds, "callback": lambda step, _, latents: watch(step, latents)}

    def noisy(self, latents: Any, noise: Any, sigma: float) -> Any:
        """Latents as they are among others with so much noise."""
        return latents + sigma * noise

    def order(self, latents: Any) -> Any:
        """Latents as the decoder takes them."""
        return latents


class AceStep:
    """How ACE-Step is called. Its latents are frames by channels; their noise takes the place of what they are."""

    axis: ClassVar[int] = 1
    UNSUNG: ClassVar[str] = "[Instrumental]"

    def __init__(self, pipe: Any) -> None:
        self.rate, self.frame_rate = int(pipe.sample_rate), float(pipe.latents_per_second)
        self.seconds = 600.0

    def call(self, request: MusicRequest, seconds: float, watch: Watch) -> dict[str, Any]:
        """The arguments that the request and the watch make."""

        def stepped(_: Any, step: int, __: Any, state: dict[str, Any]) -> dict[str, Any]:
            watch(step, state["latents"])
            return state

        lyric = request.lyrics.strip() or self.UNSUNG
        return {"prompt": tags(request), "lyrics": lyric, "audio_duration": seconds, "bpm": request.tempo, "callback_on_step_end": stepped}

    def noisy(self, latents: Any, noise: Any, sigma: float) -> Any:
        """Latents as they are among others with so much noise."""
        return (1 - sigma) * latents + sigma * noise

    def order(self, latents: Any) -> Any:
        """Latents as the decoder takes them."""
        return latents.transpose(1, 2)


VOICES: dict[str, type[StableAudio] | type[AceStep]] = {"StableAudioPipeline": StableAudio, "AceStepPipeline": AceStep}


class Diffusers(Engine[MusicRequest]):
    """Options of a row: `pipeline` (its class in diffusers), `steps`, `scheduler`, `seconds` (the most it makes at once), `call`."""

    pipe: Any = None

    def ready(self) -> Ready:
        """The packages, the memory and the weights, in this order; nothing heavy is imported."""
        return local.ready(self.row, self._kinds, PACKAGES)

    def weight(self) -> int:
        """The size of all parts as they will be here, and room to work."""
        return local.weight(self._looked())

    @stoppable
    def load(self) -> None:
        """Read the weights and put them where they fit."""
        import diffusers

        model = self._looked()
        self.place = Place.here(model.parameters)
        strategies = [each for each in device.STRATEGIES[self.place.kind] if each != "group"]  # the decoder cannot be taken apart
        self.ladder = Ladder(self.place, model.bytes(self.place.width), model.largest(self.place.width), strategies)
        scheduler, given = dict(self.options.get("scheduler") or {}), {}
        if scheduler:
            maker = getattr(diffusers, scheduler.pop("class")).from_pretrained
            given["scheduler"] = local.guarded("its scheduler", maker, model.folder / "scheduler", local_files_only=True, **scheduler)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # the decoder's way to hold its weights is an old one of torch
            self.pipe = loading.load(model, model.kind, self.place, self.tell, self.options, given)
            loading.in_full(self.pipe, model, ("vae",), self.place)  # as what it makes is heard
        loading.arrange(self.pipe, self.ladder)
        self.voice = VOICES[model.kind](self.pipe)
        self.seconds = min(self.voice.seconds, float(self.options.get("seconds", self.voice.seconds)))

    def unload(self) -> None:
        """Give the memory back."""
        self.pipe = None

    def generate(self, request: MusicRequest, run: Run) -> Made:
        """Make `count` pieces; piece k has seed + k. WAV, MP3 and picture of each."""
        first = request.seed if request.seed is not None else draw()
        made = Made(resolved_prompt=tags(request) or None, notes=self._notes(request))
        for k in range(request.count):
            seed = nth(first, k)
            start, report = self._start(request, seed, run), _report(run, k, request.count)
            sound = self._original(request, run)
            if sound is None:
                sound = self._tried(request, start, report, made.notes)
            meta = {"seed": seed, "index": k, "prompt": tags(request), "base_seed": start.seed, "trail": [[*turn] for turn in start.trail]}
            stem = run.folder / f"music-{k + 1:02d}"
            made.artifacts += saved(sound, stem, meta, lambda share, note, say=report: say(SAMPLED + (1 - SAMPLED) * share, note))  # type: ignore[misc]
            made.seeds.append(seed)
        return made

    @property
    def _kinds(self) -> tuple[str, ...]:
        wanted = str(self.options.get("pipeline", ""))
        return (wanted,) if wanted in VOICES else tuple(VOICES)

    def _looked(self) -> weights.Model:
        return local.looked(self.row, self._kinds)

    def _start(self, request: MusicRequest, seed: int, run: Run) -> Start:
        """Where the noise of a piece starts; that of a variation is its original's, turned towards the sibling's."""
        if not request.variation_of:
            return Start(seed)
        known, own = run.recall(request.variation_of), self.row.name if self.row else ""
        meta, maker = known.get("meta") or {}, (known.get("provenance") or {}).get("model")
        if maker != own or "base_seed" not in meta:
            raise BadRequest(f"that music was not made by {own}; vary it with {maker or 'its own model'}", fields=["variation_of"])
        trail = tuple((int(sibling), float(share)) for sibling, share in meta.get("trail", []))
        original = Start(int(meta["base_seed"]), trail)
        return original.turned(seed, strength(request)) if strength(request) else original

    def _original(self, request: MusicRequest, run: Run) -> Array | None:
        """At strength 0 the original's own sound, if it is long enough."""
        if not request.variation_of or strength(request):
            return None
        sound, whole = beginning(request, run), round(request.duration_seconds * RATE)
        return sound if sound.shape[1] >= whole else None

    def _tried(self, request: MusicRequest, start: Start, report: Report, notes: list[str]) -> Array:
        """A piece, with another model's room or down the ladder if need be."""
        while True:
            try:
                return self._piece(request, start, report)
            except Exception as error:
                if not device.full(error):
                    raise
            notes.append(self._smaller())

    def _smaller(self) -> str:
        """After memory ran out: what was done, in words. Raises OutOfMemory when nothing is left to do."""
        if self.make_room():
            return "Memory ran out; another model was let go of."
        where = self.ladder.strategies.index(self.ladder.strategy) + 1
        if where == len(self.ladder.strategies):
            self.place.recover()
            raise OutOfMemory("There is not enough memory for this piece; choose a shorter one or a smaller model.")
        self.ladder.strategy = self.ladder.strategies[where]
        loading.arrange(self.pipe, self.ladder)
        return f"Memory ran out; the model was run {device.SAYS[self.ladder.strategy]}, which takes longer."

    def _piece(self, request: MusicRequest, start: Start, report: Report) -> Array:
        """The sound of one piece, two rows at RATE, to the sample."""
        whole, sound, held, at, number = round(request.duration_seconds * RATE), np.zeros((2, 0), F), None, 0.0, 0
        over = round(OVERLAP * self.seconds * self.voice.frame_rate)
        while sound.shape[1] < whole:
            stretch = Stretch(number, min(self.seconds, whole / RATE - at), _of_window(start, number), held)
            latents, heard = self._window(request, stretch, _within(report, sound.shape[1], round((at + stretch.seconds) * RATE), whole))
            sound = joined(sound, finished(heard, self.voice.rate)[:, : round(stretch.seconds * RATE) + 1], round(at * RATE))
            share = min(1.0, sound.shape[1] / whole)
            report(SAMPLED * share, "Playing", waveform(sound, share, (320, 96)) if share < 1 else None)
            frames = round(stretch.seconds * self.voice.frame_rate)
            held = latents.narrow(self.voice.axis, max(0, frames - over), min(over, frames))
            at, number = at + (frames - over) / self.voice.frame_rate, number + 1
        return np.pad(sound, ((0, 0), (0, max(0, whole - sound.shape[1]))))[:, :whole].astype(F)

    def _window(self, request: MusicRequest, stretch: Stretch, report: Report) -> tuple[Any, Array]:
        """One call of the pipeline: its latents, and what they sound like."""
        import torch

        steps = int(self.options.get("steps", 50))
        report(0.0, "Reading the words")

        def watch(step: int, latents: Any) -> None:
            if stretch.held is not None:
                self._hold(latents, stretch, step)
            where = f", window {stretch.number + 1}" if stretch.number else ""
            report(0.9 * (step + 1) / steps, f"Step {step + 1} of {steps}{where}")

        given = self.voice.call(request, stretch.seconds, watch) | dict(self.options.get("call") or {})
        try:
            with drawn(self.pipe, [stretch.start]) as generators, torch.no_grad():
                latents = self.pipe(**given, num_inference_steps=steps, generator=generators[0], output_type="latent").audios
                report(0.92, "Decoding")
                heard: Array = self.pipe.vae.decode(self.voice.order(latents).float()).sample[0].float().cpu().numpy()
        finally:
            self.pipe.maybe_free_model_hooks()
        return latents, heard

    def _hold(self, latents: Any, stretch: Stretch, step: int) -> None:
        """Put the held end of the last window where this one begins, with the noise that is right after a step."""
        sigma = float(self.pipe.scheduler.sigmas[step + 1])
        count = stretch.held.shape[self.voice.axis]
        noise = stretch.start.noise(stretch.held.shape, stretch.start.generator()).to(latents.device, latents.dtype)
        latents.narrow(self.voice.axis, 0, count).copy_(self.voice.noisy(stretch.held, noise, sigma))

    def _notes(self, request: MusicRequest) -> list[str]:
        if request.duration_seconds <= self.seconds:
            return []
        return [f"The model makes {self.seconds:.1f} seconds at once; the piece was continued by windows that overlap by "
                f"{OVERLAP * self.seconds:.1f}."]  # fmt: skip


def _of_window(start: Start, number: int) -> Start:
    """Where the noise of a window starts: the first is the piece's own, the others' follow from it."""
    if not number:
        return start
    return Start(derive(start.seed, f"window {number}"), tuple((derive(seed, f"window {number}"), share) for seed, share in start.trail))


def _within(report: Report, first: int, last: int, whole: int) -> Report:
    """Where a window reports that brings a piece of so many samples from the first to the last of them."""
    return lambda share, note: report(SAMPLED * min(1.0, (first + share * (last - first)) / whole), note)


def _report(run: Run, k: int, count: int) -> Report:
    """Where piece k reports: as a share of the whole job."""
    where = f", piece {k + 1} of {count}" if count > 1 else ""
    return lambda share, note, preview=None: run.progress((k + share) / count, note + where, preview)
