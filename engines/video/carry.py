"""What one segment of a film hands on to the next, where a model has no pipeline that starts from a picture: the latents of its last
frames, held in place at every step at the noise of that step, so that the model works out the rest to go with them.
"""

from collections.abc import Sequence
from typing import Any

from PIL import Image

from engines.diffusion.noise import Start
from engines.diffusion.preview import scaled


class Held:
    """The first latent frames of a segment."""

    def __init__(self, pipe: Any, frames: Sequence[Image.Image], start: Start, lies: str) -> None:
        """Encode the frames carried over; `start` is where the segment's noise starts, `lies` how the family's latents lie."""
        import torch

        self.axis = 1 if lies == "film-first" else 2
        self.start = start
        width, height = frames[0].size
        film = pipe.video_processor.preprocess_video(list(frames), height=height, width=width)
        with torch.no_grad():
            found = pipe.vae.encode(film.to(pipe._execution_device, pipe.vae.dtype)).latent_dist.mode()
        found = scaled(found.float(), pipe.vae)
        self.known = found.transpose(1, 2) if self.axis == 1 else found
        self._noise: Any = None

    def put(self, scheduler: Any, step: int, latents: Any) -> Any:
        """The latents after a step (counted from 0), their first frames as they would be had those carried over been noised so far."""
        import torch

        count = self.known.shape[self.axis]
        if self._noise is None:
            self._noise = self.start.noise(latents.shape[1:], self.start.generator())[None].narrow(self.axis, 0, count)
        known, times = self.known.to(latents), scheduler.timesteps
        if step + 1 < len(times):
            noised = getattr(scheduler, "add_noise", None)
            at, noise = times[step + 1 : step + 2], self._noise.to(latents)
            known = noised(known, noise, at) if noised else scheduler.scale_noise(known, at, noise)
        return torch.cat([known.to(latents), latents.narrow(self.axis, count, latents.shape[self.axis] - count)], dim=self.axis)
