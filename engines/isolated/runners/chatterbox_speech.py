"""Speaks by Chatterbox, in the environment where that is installed: a text in the voice of a recording, as 16-bit WAV."""

import array
import os
import random
import sys
import wave
from typing import Any

from lines import BadInput, Tell, serve

_model: Any = None


def load(task: dict[str, Any], tell: Tell) -> dict[str, Any]:
    """Read the weights in task["weights"] and put them on task["device"]."""
    global _model
    tell(0.0, "Loading Chatterbox")
    from chatterbox.tts import ChatterboxTTS

    _model = ChatterboxTTS.from_local(task["weights"], task["device"])
    return {"rate": int(_model.sr)}


def speak(task: dict[str, Any], tell: Tell) -> dict[str, Any]:
    """Every text into a file of its own in task["folder"]; their names."""
    names = []
    voice = _model.conds
    try:
        for number, text in enumerate(task["texts"]):
            tell(number / len(task["texts"]), f"Speaking: {text[:60]}")
            _seed(task["seeds"][number])
            first = task.get("reference") if number == 0 else None  # the voice stays until the end of this task
            if first is None and number == 0 and voice is None:
                raise BadInput("Chatterbox has no voice of its own here; give a recording as reference")
            sound = _model.generate(text, audio_prompt_path=first, exaggeration=task["exaggeration"])
            names.append(f"piece-{number:04d}.wav")
            _write(os.path.join(task["folder"], names[-1]), sound, int(_model.sr))
    finally:
        _model.conds = voice  # nobody else is to be heard in this one's voice
    return {"files": names}


def _seed(seed: int) -> None:
    """Everything the package may draw from."""
    random.seed(seed)
    for name in ("numpy.random", "torch"):
        module: Any = sys.modules.get(name)
        if module is not None:
            (module.seed if name == "numpy.random" else module.manual_seed)(seed)


def _write(path: str, sound: Any, rate: int) -> None:
    samples = array.array("h", (int(32767 * min(1.0, max(-1.0, each))) for each in sound.reshape(-1).tolist()))
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


if __name__ == "__main__":
    serve({"load": load, "speak": speak})
