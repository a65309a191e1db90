"""What a GGUF file holds, from its head alone: names and sizes of tensors in few bits; nothing is run, no library is needed."""

import struct
from io import BufferedReader
from pathlib import Path

from engines.errors import ModelNotReady

NUMBERS = {0: "B", 1: "b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "?", 10: "<Q", 11: "<q", 12: "<d"}
TEXT, LIST = 8, 9
BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36), 10: (256, 84), 11: (256, 110),
    12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 20: (32, 18), 23: (256, 136), 30: (1, 2),
}  # fmt: skip
"""By kind of tensor: how many numbers a block has, and how many bytes."""
MOST, LONGEST = 100_000, 1 << 20


def measure(path: Path) -> int:
    """Bytes of its tensors. ModelNotReady for a file that is none, is broken, or is cut off."""
    try:
        with open(path, "rb") as file:
            whole, held = _read(file)
    except (struct.error, ValueError, KeyError, UnicodeDecodeError) as error:
        raise ModelNotReady(f"{path.name} is not a GGUF file that can be read here, or is cut off; download it again") from error
    size = path.stat().st_size
    if size < whole:
        raise ModelNotReady(f"{path.name} is cut off: {size:,} of {whole:,} bytes are here; download it again")
    return held


def _read(file: BufferedReader) -> tuple[int, int]:
    """Bytes that the file must have, and those of its tensors."""
    magic, version, tensors, pairs = struct.unpack("<4sIQQ", file.read(24))
    if magic != b"GGUF" or version not in (2, 3) or max(tensors, pairs) > MOST:
        raise ValueError(magic)
    told = {}
    for _ in range(pairs):
        name = _text(file)
        told[name] = _value(file, _number(file, "<I"))
    ends = [0]
    for _ in range(tensors):
        _text(file)
        count = 1
        for _ in range(min(_number(file, "<I"), 8)):
            count *= _number(file, "<Q")
        block, size = BLOCKS[_number(file, "<I")]
        ends.append(_number(file, "<Q") + count // block * size)
    aligned = told.get("general.alignment")
    whole = aligned if isinstance(aligned, int) and aligned > 0 else 32
    return -(-file.tell() // whole) * whole + max(ends), max(ends)


def _number(file: BufferedReader, kind: str) -> int:
    return int(struct.unpack(kind, file.read(struct.calcsize(kind)))[0])


def _text(file: BufferedReader) -> str:
    length = _number(file, "<Q")
    if length > LONGEST:
        raise ValueError(length)
    found = file.read(length)
    if len(found) < length:
        raise ValueError(length)
    return found.decode()


def _value(file: BufferedReader, kind: int) -> object:
    if kind == TEXT:
        return _text(file)
    if kind == LIST:
        inner, count = _number(file, "<I"), _number(file, "<Q")
        if count > LONGEST:
            raise ValueError(count)
        return [_value(file, inner) for _ in range(count)]
    shape = NUMBERS[kind]
    return struct.unpack(shape, file.read(struct.calcsize(shape)))[0]
