"""A video model on the disk and in memory: whether it can run here, loading it, keeping it where there is room, letting go of it."""

from typing import Any

from config import ModelRow
from engines import device, local, weights
from engines.base import Engine, Ready
from engines.device import Ladder, Place
from engines.diffusion import loading, tuning
from engines.diffusion.families import FilmFamily, film_family, of_class
from engines.diffusion.preview import Preview
from engines.errors import ModelNotReady
from engines.stoppable import stoppable
from engines.video.request import VideoRequest

PACKAGES = (*local.PACKAGES, "diffusers")


class FilmModel(Engine[VideoRequest]):
    """The weights of a row, as the pipeline that is needed at the moment."""

    pipe: Any = None

    def ready(self) -> Ready:
        """The packages, the memory and the weights, in this order; nothing heavy is imported."""
        try:
            family = self._family
        except ModelNotReady as error:
            return Ready(ok=False, needs="weights", missing=error.message)
        state = local.ready(self.row, _kinds(family), PACKAGES)
        missing = tuning.lacking(self.options, self.row.weights if self.row else None)
        if missing and state.needs != "package":
            return Ready(ok=False, needs="package", missing=missing)
        if state.needs == "weights":
            try:
                self._looked()
            except ModelNotReady as error:
                return Ready(ok=False, needs="weights", missing=error.message)
        return state

    @stoppable
    def load(self) -> None:
        """Read the weights and put them where they fit; parts that need it stay in full precision."""
        model = self._looked()
        self.place = Place.here(model.parameters)
        width, kept = self.place.width, tuning.as_kept(model, self.options)
        self.ladder = Ladder(self.place, kept.bytes(width), kept.largest(width), self.options.get("strategies") or ())
        self._usual: device.Strategy | None = None
        pipelines = self._family.pipelines
        kind = pipelines.get("text") or next(iter(pipelines.values()))
        self.pipe = loading.load(model, kind, self.place, self.tell, self.options)
        loading.in_full(self.pipe, model, self._family.exact, self.place)
        scheduler = dict(self.options.get("scheduler") or {})
        if scheduler:
            loading.reschedule(self.pipe, scheduler.pop("class"), scheduler)
        loading.arrange(self.pipe, self.ladder)
        tuning.tune(self.pipe, self.options, self.place)
        self.preview = Preview(self._family.latents)

    def unload(self) -> None:
        """Give the memory back."""
        self.pipe = None

    def weight(self) -> int:
        """The size of all parts as they will be here, and room to work."""
        return local.weight(tuning.as_kept(self._looked(), self.options))

    @property
    def _row(self) -> ModelRow:
        if self.row is None:
            raise ModelNotReady("A diffusion model needs a row in models.yaml.")
        return self.row

    @property
    def _family(self) -> FilmFamily:
        return film_family(str(self.options.get("family", "")))

    def _looked(self) -> weights.Model:
        """The weights, whole and safe and of this family."""
        model = weights.look(self._row)
        if model.kind not in _kinds(self._family):
            known = of_class(model.kind)
            hint = f"set family to {' or '.join(known)} in models.yaml, or get the model anew" if known else "no family here can load it"
            raise ModelNotReady(f"its folder holds a {model.kind}, its row says family {self.options.get('family')}; {hint}")
        return model

    def take(self, kind: str) -> None:
        """Work as another pipeline class from now on, with the same weights."""
        if type(self.pipe).__name__ != kind:
            self.pipe = loading.another(self.pipe, kind, self.place)
            loading.arrange(self.pipe, self.ladder)

    def spare(self, low: bool) -> None:
        """With low_vram, and for that job alone, the weights are where they take the least of the device's memory."""
        lowest = self.ladder.strategies[-1]
        if low and self.ladder.strategy != lowest:
            self._usual, self.ladder.strategy = self.ladder.strategy, lowest
        elif not low and self._usual is not None:
            self.ladder.strategy, self._usual = self._usual, None
        else:
            return
        loading.arrange(self.pipe, self.ladder)

    def unread(self, prompt: str) -> list[str]:
        """A note on the end of a prompt that is longer than the model reads."""
        most = self._family.tokens
        tokens = self.pipe.tokenizer(prompt).input_ids if most else []
        if len(tokens) <= most:
            return []
        lost = self.pipe.tokenizer.decode(tokens[most - 1 : -1]).strip()
        return [f"This model reads the first {most - 1} tokens of a prompt; it did not read: {lost[:300]}"]


def _kinds(family: FilmFamily) -> set[str]:
    return {*family.pipelines.values(), *family.also}
