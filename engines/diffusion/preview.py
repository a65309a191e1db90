"""A small picture of latents while they are being sampled, without decoding them.

A linear map from latent channels to colours is fitted to the model's own encoder, once, with a few soft colour fields: so there
are no numbers to keep for every family, and a model that was trained anew is shown in its own colours.
"""

from typing import Any

import numpy as np
from PIL import Image

SIDE, FIELDS = 256, 4
SMALL = 320


class Preview:
    """Draws previews for one pipeline. None where the family's latents cannot be read this way."""

    def __init__(self, latents: str) -> None:
        self.latents = latents
        self._map: Any = None

    def draw(self, pipe: Any, latents: Any, size: tuple[int, int]) -> Image.Image | None:
        """The first of a batch of latents as a picture; size is that of the finished one, (width, height)."""
        if not self.latents:
            return None
        grid = self._grid(pipe, latents, size)
        if self._map is None:
            self._map = self._fitted(pipe, grid.shape[0])
        channels = grid.reshape(grid.shape[0], -1).float().cpu().numpy().T
        channels = channels / max(1.0, float(channels.std()))
        colours = np.c_[channels, np.ones(len(channels))] @ self._map
        picture = (np.clip(colours, 0, 1) * 255).astype(np.uint8).reshape(*grid.shape[1:], 3)
        shown = Image.fromarray(picture)
        scale = SMALL / max(size)
        return shown.resize((max(1, round(size[0] * scale)), max(1, round(size[1] * scale))), Image.Resampling.BICUBIC)

    def _middle(self, pipe: Any, film: Any, size: tuple[int, int]) -> Any:
        """The frame in the middle of a film's latents."""
        if self.latents == "film-packed":
            ratio = pipe.vae_spatial_compression_ratio
            rows, columns = size[1] // ratio, size[0] // ratio
            film = film.reshape(-1, rows, columns, film.shape[-1]).permute(3, 0, 1, 2)
        elif self.latents == "film-first":
            film = film.transpose(0, 1)
        return film[:, film.shape[1] // 2]

    def _grid(self, pipe: Any, latents: Any, size: tuple[int, int]) -> Any:
        """The first picture's latents, or one frame's of a film, as channels × rows × columns."""
        first = latents[0]
        if self.latents == "packed":
            ratio = 2 * pipe.vae_scale_factor
            rows, columns = round(size[1] / ratio), round(size[0] / ratio)
            channels = first.shape[-1] // 4
            patches = first[: rows * columns].reshape(rows, columns, channels, 2, 2)
            return patches.permute(2, 0, 3, 1, 4).reshape(channels, rows * 2, columns * 2)
        if self.latents.startswith("film"):
            return self._middle(pipe, first, size)
        return first.reshape(first.shape[0], *first.shape[-2:])

    def _fitted(self, pipe: Any, channels: int) -> np.ndarray:
        """Least squares from latent channels (and a constant) to colours from 0 to 1."""
        import torch

        fields = _soft_fields()
        vae = pipe.vae
        pictures = torch.from_numpy(fields * 2 - 1).permute(0, 3, 1, 2).to(pipe._execution_device, vae.dtype)
        frames = vae.config.get("z_dim") is not None or self.latents.startswith("film")
        with torch.no_grad():
            encoded = vae.encode(pictures[:, :, None] if frames else pictures)
        found = encoded.latent_dist.mode() if hasattr(encoded, "latent_dist") else encoded.latent
        found = scaled(found[:, :, 0] if frames else found, vae)
        side = found.shape[-1]
        known = found.permute(0, 2, 3, 1).reshape(-1, channels).float().cpu().numpy()
        wanted = fields.reshape(FIELDS, side, SIDE // side, side, SIDE // side, 3).mean(axis=(2, 4)).reshape(-1, 3)
        ridge = 1e-3 * len(known) * np.eye(channels + 1)
        sides = np.c_[known, np.ones(len(known))]
        return np.asarray(np.linalg.solve(sides.T @ sides + ridge, sides.T @ wanted))


def scaled(latents: Any, vae: Any) -> Any:
    """What an encoder gives, batch × channels × …, as the denoiser sees it."""
    import torch

    config = vae.config
    factor = config.get("scaling_factor") or 1.0
    mean, spread = _spread(vae)
    if mean is None:
        return (latents - (config.get("shift_factor") or 0.0)) * factor
    shape = (1, -1, *[1] * (latents.ndim - 2))
    mean, spread = (torch.as_tensor(each, dtype=latents.dtype, device=latents.device).view(shape) for each in (mean, spread))
    return (latents - mean) / spread * factor


def _spread(vae: Any) -> tuple[Any, Any]:
    """Mean and spread of each channel of its latents, where they are evened out by them."""
    known = vae.config if vae.config.get("z_dim") is not None else dict(vae.named_buffers(recurse=False))
    return known.get("latents_mean"), known.get("latents_std")


def _soft_fields() -> np.ndarray:
    """A few pictures of soft colour, FIELDS × SIDE × SIDE × 3, from 0 to 1."""
    dice = np.random.default_rng(5)
    coarse = (dice.random((FIELDS, 6, 6, 3)) * 255).astype(np.uint8)
    fields = [np.asarray(Image.fromarray(each).resize((SIDE, SIDE), Image.Resampling.BICUBIC)) for each in coarse]
    return np.stack(fields).astype(np.float32) / 255
