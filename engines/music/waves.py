"""What a model plays, made ready to be put together: at the studio's rate, in two rows, without rumble; and joined without a click."""

import numpy as np

from engines.errors import InternalError
from engines.sketch.composer_sound import RATE, Array, F

FADE = 0.04
"""Seconds over which one sound goes over into the next."""
RUMBLE = 20.0
"""Hertz: what is below nobody hears, and it would take the room that the music needs."""


def finished(sound: Array, rate: int) -> Array:
    """One or two rows at a model's rate as two rows at RATE. Raises InternalError for what is no sound."""
    if not sound.size or not np.isfinite(sound).all():
        raise InternalError("The model's numbers ran over, and there is nothing to hear; try again with another seed.")
    both = np.repeat(sound, 2, axis=0) if len(sound) == 1 else sound[:2]
    return resampled(without_rumble(both, rate), rate, RATE)


def without_rumble(sound: Array, rate: int) -> Array:
    """The sound without what is below hearing, a constant offset above all."""
    count = sound.shape[1]
    spectrum = np.fft.rfft(sound, axis=1)
    tones = np.fft.rfftfreq(count, 1 / rate)
    spectrum *= np.clip(2 * tones / RUMBLE - 1, 0, 1)
    return np.fft.irfft(spectrum, count, axis=1).astype(F)


def joined(sound: Array, piece: Array, at: int) -> Array:
    """A sound with another laid over its end: `piece` begins at sample `at` of it, sounds alone where `sound` has ended, and before
    that only in a short passage from the one to the other.
    """
    end = sound.shape[1]
    if not end:
        return piece
    fade = max(0, min(int(FADE * RATE), end - at))
    risen = np.sin(np.linspace(0, np.pi / 2, fade, dtype=F)) ** 2
    over = sound[:, end - fade :] * (1 - risen) + piece[:, end - fade - at : end - at] * risen
    return np.concatenate([sound[:, : end - fade], over.astype(F), piece[:, end - at :]], axis=1)


def resampled(sound: Array, rate: int, to: int) -> Array:
    """A sound (rows of samples) at another rate; as many samples as the same time has there. julius and torch do the work."""
    if rate == to:
        return sound
    import torch
    from julius.resample import resample_frac

    whole = round(sound.shape[1] * to / rate)
    return np.asarray(resample_frac(torch.from_numpy(np.ascontiguousarray(sound, F)), rate, to, output_length=whole).numpy())
