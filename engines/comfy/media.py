"""Sound and film from another server, decoded and written anew by ffmpeg, so that nothing of theirs but pictures and sound gets in.

The container is told by its first bytes and forced on ffmpeg, which may read this one file and nothing else: no playlist, no link.
"""

import struct
import wave
from collections.abc import Callable
from pathlib import Path

from engines import ffmpeg
from engines.errors import InternalError, Unavailable

CONTAINERS = ((0, b"fLaC", "flac"), (0, b"ID3", "mp3"), (0, b"\xff\xfb", "mp3"), (0, b"OggS", "ogg"), (0, b"RIFF", "wav"),
              (4, b"ftyp", "mov"), (0, b"\x1aE\xdf\xa3", "matroska"))
LONGEST = 600
PIXELS = "40000000"
FILM = ["-map", "0:v:0", "-map", "0:a:0?", "-codec:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p",
        "-vf", "crop=trunc(iw/2)*2:trunc(ih/2)*2", "-codec:a", "aac", "-map_metadata", "-1", "-movflags", "+faststart"]
SOUND = ["-map", "0:a:0", "-codec:a", "pcm_s16le", "-ac", "2", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
Check = Callable[[], None]


def film(source: Path, target: Path, check: Check, giver: str = "The server") -> float:
    """Write H.264 in MP4; its seconds. Raises Unavailable, which names the giver, if the source is no film."""
    _anew(source, target, FILM, check, giver)
    head = target.read_bytes()
    at = head.find(b"mvhd")
    scale, ticks = struct.unpack(">II", head[at + 16 : at + 24]) if at >= 0 else (1, 0)
    if not ticks or not scale:
        raise Unavailable(f"{giver} sent a film without pictures.")
    seconds: float = ticks / scale
    return seconds


def sound(source: Path, target: Path, check: Check, giver: str = "The server") -> float:
    """Write a WAV of two channels; its seconds. Raises Unavailable, which names the giver, if the source is no sound."""
    _anew(source, target, SOUND, check, giver)
    with wave.open(str(target)) as written:
        seconds: float = written.getnframes() / written.getframerate()
    if not seconds:
        raise Unavailable(f"{giver} sent a sound without a tone.")
    return seconds


def still(source: Path, target: Path, seconds: float, check: Check) -> Path:
    """A frame of one of our films as PNG."""
    ffmpeg.call(["-ss", f"{seconds:.3f}", "-i", str(source), "-frames:v", "1", str(target)], check)
    return target


def _anew(source: Path, target: Path, options: list[str], check: Check, giver: str) -> None:
    with open(source, "rb") as file:
        head = file.read(16)
    kind = next((name for at, sign, name in CONTAINERS if head[at : at + len(sign)] == sign), None)
    if kind is None:
        raise Unavailable(f"{giver} sent a file that is neither sound nor film.")
    try:
        given = ["-max_pixels", PIXELS, "-protocol_whitelist", "file", "-f", kind, "-i", str(source), "-t", str(LONGEST)]
        ffmpeg.call([*given, *options, str(target)], check)
    except InternalError:
        raise Unavailable(f"{giver} sent a file that cannot be read.") from None
