"""What one segment of a film hands on to the next, where a model has no pipeline that starts from a picture: the latents of its last
frames, held in place at every step at the noise of that step, so that the model works out the rest to go with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from engines.diffusion.noise import Start
from engines.diffusion.preview import scaled


@dataclass(frozen=True)
class Held:
    """The first latent frames of a segment: as they are to be in the end, along which axis frames lie, and the segment's own noise."""

    known: Any
    axis: int
    start: Start

    @classmethod
    def of(cls, pipe: Any, frames: Sequence[Image.Image], start: Start, lies: str) -> "Held":
        """Those of the frames carried over; `lies` says how the family's latents lie."""
        import torch

        width, height = frames[0].size
        film = pipe.video_processor.preprocess_video(list(frames), height=height, width=width)
        with torch.no_grad():
            found = pipe.vae.encode(film.to(pipe._execution_device, pipe.vae.dtype)).latent_dist.mode()
        found = scaled(found.float(), pipe.vae)
        return cls(found.transpose(1, 2), 1, start) if lies == "film-first" else cls(found, 2, start)

    def put(self, scheduler: Any, step: int, latents: Any) -> Any:
        """The latents after a step (counted from 0), their first frames as they would be had those carried over been noised so far."""
        import torch

        count, times = self.known.shape[self.axis], scheduler.timesteps
        known = self.known.to(latents)
        if step + 1 < len(times):
            noise = self.start.noise(latents.shape[1:], self.start.generator())[None].narrow(self.axis, 0, count).to(latents)
            noised = getattr(scheduler, "add_noise", None) or _flowing(scheduler)
            known = noised(known, noise, times[step + 1 : step + 2])
        return torch.cat([known.to(latents), latents.narrow(self.axis, count, latents.shape[self.axis] - count)], dim=self.axis)


def _flowing(scheduler: Any) -> Any:
    return lambda known, noise, at: scheduler.scale_noise(known, at, noise)
