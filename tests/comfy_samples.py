"""Small real files of the kinds a ComfyUI server makes, for the test peer: sound, film, mesh."""

import functools
import subprocess
import tempfile
from pathlib import Path

SOURCES = {
    "flac": ["-f", "lavfi", "-i", "sine=frequency=330:duration=2", "-ac", "2"],
    "mp4": ["-f", "lavfi", "-i", "testsrc=size=128x96:rate=8:duration=2", "-pix_fmt", "yuv420p"],
}


@functools.cache
def sample(ending: str) -> bytes:
    """The bytes of such a file: two seconds, or a box."""
    if ending == "glb":
        import trimesh

        return bytes(trimesh.creation.box((1, 2, 0.5)).export(file_type="glb"))
    import imageio_ffmpeg

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sample.{ending}"
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *SOURCES[ending], str(path)], check=True)
        return path.read_bytes()
