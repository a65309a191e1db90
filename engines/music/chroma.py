"""The chroma of a recording, as MusicGen's melody models were taught to hear it: which of the twelve pitch classes sounds when.

torch is imported by what has loaded it; `Spectrogram` stands where torchaudio's would, with the same one buffer.
"""

from typing import Any


def filters(rate: int, size: int, classes: int = 12) -> Any:
    """How much of each bin of a spectrum of `size` samples belongs to each pitch class, C first: classes by bins (numpy)."""
    from transformers.audio_utils import chroma_filter_bank

    return chroma_filter_bank(num_frequency_bins=size, num_chroma=classes, sampling_rate=rate, tuning=0).astype("float32")


def spectrogram(sound: Any, window: Any, hop: int) -> Any:
    """The power of each bin over time: (…, samples) to (…, bins, frames); scaled by the window's own power."""
    import torch

    size = len(window)
    flat = sound.reshape(-1, sound.shape[-1])
    found = torch.stft(flat, size, hop, size, window, center=True, pad_mode="reflect", return_complex=True)
    power = (found / window.pow(2).sum().sqrt()).abs().pow(2)
    return power.reshape(*sound.shape[:-1], *power.shape[-2:])


def chroma(sound: Any, rate: int, size: int, hop: int, classes: int = 12) -> Any:
    """The loudest pitch class of every frame, as ones among zeros: samples (one row, a tensor) to frames by classes."""
    import torch

    lacking = max(0, size - sound.shape[-1])
    sound = torch.nn.functional.pad(sound, (lacking // 2, lacking - lacking // 2))
    spectrum = spectrogram(sound, torch.hann_window(size), hop)
    loud = torch.from_numpy(filters(rate, size, classes)) @ spectrum
    return torch.nn.functional.one_hot(loud.argmax(0), classes).float()
