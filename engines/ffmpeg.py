"""Every ffmpeg call: a child process with a list of arguments, never a shell, that only reads and writes files we name."""

import contextlib
import subprocess
import tempfile
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


class Film:
    """A film being written: H.264 in MP4, frame by frame through a pipe, ready to be played while it loads.

    Use it with `with`: at the end the file is complete; if the block raises, ffmpeg is ended and no file stays.
    """

    def __init__(self, target: Path, size: tuple[int, int], fps: int) -> None:
        self.target, self.size, self.fps = target, size, fps

    def __enter__(self) -> "Film":
        source = ["-f", "rawvideo", "-pixel_format", "rgb0", "-video_size", "{}x{}".format(*self.size), "-framerate", str(self.fps)]
        colors = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
        tags = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
        # a fixed number of threads: the same bytes on every machine
        codec = ["-codec:v", "libx264", "-preset", "veryfast", "-crf", "19", "-threads", "2"]
        plain = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1"]
        command = [program(), "-hide_banner", "-loglevel", "error", "-y", *source, "-i", "-", "-an", "-vf", colors, *codec, *tags, *plain]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self._child = subprocess.Popen(
            [*command, "-movflags", "+faststart", str(self.target)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._errors,
        )
        return self

    def write(self, frame: bytes) -> None:
        """One frame: four bytes for each pixel, of which the last is not looked at."""
        assert self._child.stdin is not None  # noqa: S101 - for the type checker; it was asked for
        try:
            self._child.stdin.write(frame)
        except BrokenPipeError:
            raise self._failed() from None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            if kind is not None:
                self._child.kill()
            with contextlib.suppress(subprocess.TimeoutExpired, BrokenPipeError):
                self._child.communicate(timeout=LONGEST)
            if kind is None and self._child.returncode != 0:
                raise self._failed()
        finally:
            if self._child.poll() is None:
                self._child.kill()
                self._child.wait()
            self._errors.close()
            if kind is not None:
                self.target.unlink(missing_ok=True)

    def _failed(self) -> InternalError:
        self._errors.seek(0)
        said = self._errors.read().decode("utf-8", "replace")[-300:].rsplit("/", 1)[-1]
        return InternalError("ffmpeg could not write the film.", said=said)
