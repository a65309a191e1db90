"""Every ffmpeg call: a child process with a list of arguments, never a shell, that only reads and writes files we name."""

import contextlib
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from engines.errors import InternalError, JobTimeout, ModelNotReady

MISSING = "imageio-ffmpeg is missing; install it with: pip install imageio-ffmpeg==0.8.1"
LONGEST = 1800.0
LOOK = 0.1


def program() -> str:
    """The path of ffmpeg; ModelNotReady says how to get it."""
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        raise ModelNotReady(MISSING) from None


def call(arguments: list[str], check: Callable[[], None] = lambda: None, seconds: float = LONGEST) -> None:
    """Run ffmpeg; `check` is asked ten times a second and may raise to stop it."""
    command = [program(), "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *arguments]
    began = time.monotonic()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                _, said = child.communicate(timeout=LOOK)
                break
            check()
            if time.monotonic() - began > seconds:
                raise JobTimeout("ffmpeg took too long; try something shorter.")
    except BaseException:
        child.kill()
        child.communicate()
        raise
    if child.returncode:
        raise InternalError("ffmpeg could not write the file.", said=said.decode("utf-8", "replace")[-300:].rsplit("/", 1)[-1])


def mp3(source: Path, target: Path, check: Callable[[], None] = lambda: None, quality: int = 2) -> Path:
    """A sound file as MP3 (LAME's VBR; quality 0 is best), the same bytes every time."""
    options = ["-codec:a", "libmp3lame", "-q:a", str(quality), "-fflags", "+bitexact", "-flags:a", "+bitexact", "-map_metadata", "-1"]
    call(["-i", str(source), *options, str(target)], check)
    return target
