"""How long a person waits for each medium: one job each through REST, from the request to the last file.

python -m bench.media
"""

import os
import shutil
import time
from typing import Any

import yaml

from bench.song import SONGS
from config import settings
from tests.conftest import Studio, fresh_home

Row = tuple[str, str, str]
SPEECH = (
    "The lamp is lit and the boat is slow. She counts every harbour on the way home, and the dog at the bow counts with her. "
    "At the last of them somebody waves a blue scarf from the pier."
)
SCRIPT = "A fisherman rows out before dawn. A storm takes his sail. At noon the sea is calm, and a girl waits on the pier with a lantern."


def works() -> list[tuple[str, str, dict[str, Any]]]:
    """What is asked for: (what it is called, capability, request)."""
    song = yaml.safe_load(SONGS.read_text("utf-8"))["scarf"]
    lyrics = {"title": song["title"], "lyrics": song["lyrics"], "style": "cinematic", "width": 768, "height": 768}
    return [
        ("a picture of 768²", "generate_image", {"prompt": "a lighthouse on a cliff at sunset, calm sea", "style": "cinematic"}),
        ("four pictures of 768²", "generate_image", {"prompt": "a fox in a snowy forest", "style": "anime", "count": 4}),
        ("a song: a picture of 768² for every verse, sheet and book", "illustrate_song", lyrics),
        ("30 s of music: WAV, MP3, MIDI, waveform", "generate_music", {"prompt": "a calm piano waltz", "duration_seconds": 30}),
        ("speech of 12 s: WAV, MP3, words, subtitles", "generate_speech", {"text": SPEECH}),
        ("a film of 49 frames of 720 × 480", "generate_video", {"prompt": "a red fox walking in the snow at night", "style": "anime"}),
        ("a mesh: GLB and picture", "generate_mesh", {"prompt": "a lighthouse on a rock"}),
        ("a script planned", "plan_scenes", {"script": SCRIPT, "duration_seconds": 30}),
    ]


def waits(studio: Studio, rounds: int = 3) -> list[Row]:
    """The middle of a few rounds each, other seeds; the first of each also loads the engine."""
    found = []
    for name, kind, request in works():
        took = []
        for seed in range(rounds):
            began = time.perf_counter()
            job = studio.http.post(f"/api/v1/{kind}", json=request | {"seed": seed, "wait": True}, timeout=300).json()
            took.append(time.perf_counter() - began)
            assert job["status"] == "complete", job
        found.append((name, f"{sorted(took)[rounds // 2]:.2f} s, the first {took[0]:.2f} s", ""))
    return found


def measure() -> list[Row]:
    """Every row, from one studio."""
    home = fresh_home()
    os.environ["STUDIO_HOME"] = str(home)
    settings.cache_clear()
    studio = Studio(home).start()
    try:
        return waits(studio)
    finally:
        studio.stop()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    for row in measure():
        print(*row, sep="  |  ")
