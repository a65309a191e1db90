"""How much memory there is, is free, and is held by this process: the main memory and the device's. Answers without torch too."""

import contextlib
import ctypes
import gc
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["cuda", "mps", "cpu"]
GB = 1e9
SPARE = 0.9
"""Of the free main memory so much may be filled; the rest is for everybody else on the machine."""
GROUPS = (
    ("memory.max", "memory.current", "memory.stat", "inactive_file"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat", "total_inactive_file"),
)
"""Where a container's limit stands, its use, and the part of that use the kernel would give up; newer systems, then older ones."""


def main_memory(root: Path = Path("/")) -> tuple[int, int]:
    """Bytes of main memory in all, and how many are free for new work; within a container, of what it may have."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    free = total // 2
    with contextlib.suppress(OSError, ValueError, KeyError):
        free = _fields(root / "proc/meminfo")["MemAvailable:"] * 1024
    for limit, used, details, spare in GROUPS:
        with contextlib.suppress(OSError, ValueError, KeyError):
            group = root / "sys/fs/cgroup"
            most = int((group / limit).read_text())
            held = int((group / used).read_text()) - _fields(group / details)[spare]
            return min(total, most), max(0, min(free, most - held))
    return total, free


def _fields(path: Path) -> dict[str, int]:
    """A kernel file of names and numbers."""
    return {words[0]: int(words[1]) for words in map(str.split, path.read_text().splitlines()) if len(words) > 1}


def free(kind: Kind) -> int:
    """Bytes that new work may take on a kind of device, what this process only keeps in reserve included."""
    if kind != "cuda":
        return int(main_memory()[1] * SPARE)
    torch = _torch(kind)
    if torch is not None:
        return int(torch.cuda.mem_get_info()[0] + torch.cuda.memory_reserved() - torch.cuda.memory_allocated())
    card = nvidia()
    return card.free if card else 0


class _NvmlMemory(ctypes.Structure):
    _fields_ = [("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong)]


@dataclass(frozen=True)
class Card:
    """A graphics card and its memory in bytes."""

    name: str
    total: int
    free: int


def nvidia() -> Card | None:
    """The first NVIDIA card this process may use, as its driver's own library knows it."""
    shown = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0].strip()
    try:
        library = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return None
    handle, memory, name = ctypes.c_void_p(), _NvmlMemory(), ctypes.create_string_buffer(96)
    if shown in ("", "-1") or library.nvmlInit_v2() != 0:
        return None
    try:
        found = library.nvmlDeviceGetHandleByIndex_v2(int(shown) if shown.isdigit() else 0, ctypes.byref(handle))
        if found != 0 or library.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory)) != 0:
            return None
        library.nvmlDeviceGetName(handle, name, ctypes.c_uint(96))
        return Card(name.value.decode(errors="replace"), memory.total, memory.free)
    finally:
        library.nvmlShutdown()


def held(kind: Kind) -> int:
    """Bytes this process holds on a kind of device."""
    torch = _torch(kind)
    if kind == "cuda":
        return int(torch.cuda.memory_allocated()) if torch else 0
    if kind == "mps":
        return int(torch.mps.current_allocated_memory()) if torch else 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def give_back() -> None:
    """What nothing uses any more goes back to the device and to the system; the C library would keep it for later."""
    gc.collect()
    for kind in ("cuda", "mps"):
        torch = _torch(kind)
        if torch is not None:
            getattr(torch, kind).empty_cache()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _torch(kind: str) -> Any:
    """torch, where something has loaded it already and it can use this kind of device."""
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return None
    if kind == "cuda":
        return torch if torch.cuda.is_available() and torch.cuda.is_initialized() else None
    return torch if kind == "mps" and torch.backends.mps.is_available() else None
