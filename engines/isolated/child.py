"""A child process that does tasks for us. What it says is data: read with care, capped, never followed; it may die, hang, lie or flood.

It gets no key and no setting of ours, has a process group of its own, and is ended whole: when the work is no longer wanted, when it
says nothing for too long, when it says what cannot be read, or too much.
"""

import contextlib
import json
import logging
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.clients.replies import Unreadable, read_json, said
from engines.errors import BadRequest, JobTimeout, ModelNotReady, OutOfMemory, Unavailable

LOOK = 0.1
LINE_MOST, LINES_MOST = 1 << 20, 20_000
"""Bytes of one line, and lines that one task may bring."""
WAITING = 256
"""Lines that wait to be read; the child waits when there are more."""
TAIL = 4000
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES")
"""What it gets of our environment."""
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
Tell = Callable[[float, str], None]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Program:
    """What is run: its name for a person, the interpreter, the script, and how long it may say nothing."""

    name: str
    python: Path
    script: Path
    silent_seconds: float


class Child:
    """The running process. One task at a time."""

    def __init__(self, program: Program) -> None:
        """Start it; ModelNotReady if its interpreter cannot be run."""
        self.program = program
        env = {name: os.environ[name] for name in KEPT if name in os.environ} | OFFLINE
        try:
            self._process = subprocess.Popen(
                [str(program.python), "-s", str(program.script)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, bufsize=0, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise ModelNotReady(f"{program.name}'s Python cannot be started ({error.strerror}); make its environment anew.") from error
        self._lines: queue.Queue[bytes | None] = queue.Queue(WAITING)
        self._tail = b""
        self._number = 0
        self._ended = threading.Event()
        for work in (self._hear, self._drain):
            threading.Thread(target=work, daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether it can take a task: it runs, and has said nothing that nobody asked for."""
        return not self._ended.is_set() and self._process.poll() is None and self._lines.empty()

    def ask(self, task: dict[str, Any], tell: Tell) -> dict[str, Any]:
        """The answer to a task. `tell` hears how far it is, several times a second, and may raise; the child is ended then.

        Unavailable when it dies or cannot be understood, JobTimeout when it says nothing for too long, OutOfMemory, BadRequest,
        ModelNotReady when its package fails.
        """
        self._number += 1
        threading.Thread(target=self._send, args=(task | {"id": self._number},), daemon=True).start()
        try:
            told = self._answer(tell)
        except BaseException:
            self.end()
            raise
        if isinstance(told.get("done"), dict):
            return dict(told["done"])
        raise self._refusal(told)

    def end(self) -> None:
        """End it and whatever it has started."""
        self._ended.set()
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()  # the others are closed by those who read them

    def _answer(self, tell: Tell) -> dict[str, Any]:
        """The line that ends the task."""
        share, note, heard = 0.0, "", time.monotonic()
        for _ in range(LINES_MOST):
            line = None
            while line is None:
                tell(share, note)
                with contextlib.suppress(queue.Empty):
                    line = self._lines.get(timeout=LOOK)
                    if line is None:
                        raise Unavailable(f"{self.program.name} ended in the middle of its work{self._why()}; it is started again.")
                if line is None and time.monotonic() - heard > self.program.silent_seconds:
                    seconds = f"{self.program.silent_seconds:g} seconds"
                    raise JobTimeout(f"{self.program.name} said nothing for {seconds} and was ended; try again.")
            heard = time.monotonic()
            told = self._read(line)
            if "progress" in told:
                number = told["progress"]
                share = float(min(1, max(0, number))) if isinstance(number, int | float) else share
                note = said(told.get("note"))
            else:
                return told
        raise Unavailable(f"{self.program.name} said too much and was ended; it is started again.")

    def _read(self, line: bytes) -> dict[str, Any]:
        """A line of the child's; Unavailable if it is none of this task's."""
        try:
            told = read_json(line)
        except Unreadable:
            told = None
        if not isinstance(told, dict) or told.get("id") != self._number or not {"progress", "done", "failed"} & set(told):
            raise Unavailable(f"{self.program.name} said something that cannot be understood, and was ended; it is started again.")
        return told

    def _refusal(self, told: dict[str, Any]) -> Exception:
        words, name = said(told.get("failed")), self.program.name
        if told.get("kind") == "memory":
            self.end()  # so that its memory comes back
            return OutOfMemory(f"There is not enough memory for {name}; close other programs or choose another model.")
        if told.get("kind") == "input":
            return BadRequest(words or f"{name} cannot do this.")
        log.warning("%s failed: %s", name, words)
        return ModelNotReady(f"{name} failed ({words}); make its environment and its weights anew, or choose another model.")

    def _why(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        log.warning("%s ended with %s: %s", self.program.name, self._process.returncode, self._tail.decode("utf-8", "replace"))
        return " (the system ended it, perhaps for want of memory)" if self._process.returncode == -signal.SIGKILL else ""

    def _send(self, task: dict[str, Any]) -> None:
        """In a thread: a child that does not read must not hold us up."""
        data = memoryview(json.dumps(task).encode() + b"\n")
        with contextlib.suppress(OSError, ValueError):
            while data and self._process.stdin:
                data = data[self._process.stdin.write(data) or 0 :]

    def _hear(self) -> None:
        """Every line of its stdout into the queue; the first that has no end is cut, which no reader takes, and is the last."""
        held = b""
        with contextlib.suppress(OSError, ValueError), self._process.stdout or contextlib.nullcontext() as out:
            while out and len(held) <= LINE_MOST and (data := out.read(1 << 16)):
                *lines, held = (held + data).split(b"\n")
                for line in lines:
                    self._put(line)
            if held:
                self._put(held[:LINE_MOST])
        self._put(None)

    def _put(self, line: bytes | None) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(queue.Full):
                self._lines.put(line, timeout=LOOK)
                break

    def _drain(self) -> None:
        """Its stderr, of which only the end is kept."""
        with contextlib.suppress(OSError, ValueError), self._process.stderr or contextlib.nullcontext() as out:
            while out and (data := out.read(1 << 14)):
                self._tail = (self._tail + data)[-TAIL:]
