"""A package that looks like Chatterbox from outside, for an environment of its own: a hum in the pitch of the voice it is given.

Certain texts make it misbehave, as packages do.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

VERSION = "0.1.7"
TTS = '''
import math, os, random, signal, sys, time, wave

class Sound:
    def __init__(self, samples):
        self.samples = samples
    def reshape(self, size):
        return self
    def tolist(self):
        return self.samples

class ChatterboxTTS:
    sr = 24000
    conds = None

    @classmethod
    def from_local(cls, folder, device):
        print("loading" * 100_000)
        for name in ("ve.safetensors", "t3_cfg.safetensors", "s3gen.safetensors", "tokenizer.json"):
            open(os.path.join(folder, name), "rb").close()
        made = cls()
        made.folder = folder
        return made

    def generate(self, text, audio_prompt_path=None, exaggeration=0.5):
        if audio_prompt_path:
            with wave.open(audio_prompt_path) as file:
                assert file.getframerate() == 24000 and file.getsampwidth() == 2
                data = file.readframes(24000)
            heard = [int.from_bytes(data[at:at + 2], "little", signed=True) for at in range(0, len(data), 2)]
            self.conds = sum(one < 0 <= other for one, other in zip(heard, heard[1:]))
        if "hang" in text:
            time.sleep(600)
        if "once" in text and not os.path.exists(self.folder + "/died"):
            open(self.folder + "/died", "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        start = random.random()
        return Sound([0.4 * math.sin(start + math.tau * self.conds * n / self.sr) for n in range(self.sr)])
'''


def environment(folder: Path, version: str = VERSION) -> Path:
    """A real environment with the package in it; gives its folder back."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "chatterbox").mkdir()
    (site / "chatterbox" / "__init__.py").touch()
    (site / "chatterbox" / "tts.py").write_text(TTS)
    about = site / f"chatterbox_tts-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: chatterbox-tts\nVersion: {version}\n")
    return folder


def weights(folder: Path) -> Path:
    """What its repository holds, small; gives the folder back."""
    folder.mkdir(parents=True)
    for name in ("ve", "t3_cfg", "s3gen"):
        save_file({"a": np.zeros(8, np.float32)}, folder / f"{name}.safetensors")
    (folder / "tokenizer.json").write_text(json.dumps({}))
    return folder
