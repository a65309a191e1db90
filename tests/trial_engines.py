"""Engines that behave badly on purpose, for tests only: a STUDIO_HOME/models.yaml row names them.

What they do is noted in STUDIO_HOME/trial.log, one line each, so that a test can count it across processes.
"""

import errno
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from config import settings
from engines.base import Engine, Made, Run
from engines.errors import OutOfMemory, Unavailable
from engines.image.flat import Flat
from engines.image.request import ImageRequest

STEP = 0.05
LOG = "trial.log"


def note(*words: Any) -> None:
    """One line in the log; appends of one write are whole."""
    line = " ".join(map(str, words)) + "\n"
    with open(settings().home / LOG, "ab", buffering=0) as log:
        log.write(line.encode())


def noted(home: Path, *words: Any) -> int:
    """How many lines of the log begin with these words."""
    start = " ".join(map(str, words)) + " "
    log = home / LOG
    return sum((line + " ").startswith(start) for line in log.read_text().splitlines()) if log.exists() else 0


class Trial(Engine[ImageRequest]):
    """Makes a flat picture in the end; the subclasses say what comes before."""

    def load(self) -> None:
        """Loading takes as long as the row says."""
        note("load", type(self).__name__, os.getpid())
        time.sleep(float(self.options.get("load", 0)))

    def generate(self, request: ImageRequest, run: Run) -> Made:
        """Misbehave, then fill the sheet."""
        note("begin", type(self).__name__, request.seed, os.getpid())
        self.misbehave(request, run)
        made = Flat().generate(request, run)
        note("end", type(self).__name__, request.seed, os.getpid())
        return made

    def misbehave(self, request: ImageRequest, run: Run) -> None:
        """What this engine is for."""


class Slow(Trial):
    """`steps` steps of 50 ms, each told."""

    def misbehave(self, request: ImageRequest, run: Run) -> None:
        """Work at an even pace."""
        steps = request.steps or 20
        for step in range(steps):
            run.progress(step / steps, f"Step {step + 1} of {steps}")
            time.sleep(STEP)


class Deaf(Trial):
    """Sleeps without a word, so that neither cancel nor a lost claim reaches it."""

    def misbehave(self, request: ImageRequest, run: Run) -> None:
        """Hear nothing for a while."""
        time.sleep(float(self.options.get("seconds", 60)))


class Poison(Trial):
    """Takes its worker down."""

    def misbehave(self, request: ImageRequest, run: Run) -> None:
        """Die, as from a crash in a driver."""
        run.progress(0.5, "About to crash")
        time.sleep(float(self.options.get("seconds", 0)))
        os.kill(os.getpid(), signal.SIGKILL)


class Flaky(Trial):
    """Its server is away the first `times` times."""

    def misbehave(self, request: ImageRequest, run: Run) -> None:
        """Fail, and say when to come back if the row does."""
        if noted(settings().home, "begin", "Flaky", request.seed) <= int(self.options.get("times", 2)):
            after = self.options.get("after")
            raise Unavailable("The server is away.", **({} if after is None else {"retry_after": after}))


class Full(Trial):
    """Finds the disk full."""

    def misbehave(self, request: ImageRequest, run: Run) -> None:
        """What the system says then."""
        raise OSError(errno.ENOSPC, "No space left on device")


class Rude(Trial):
    """Has a bug, but only where the prompt says 'fail', or with the row's seed."""

    def misbehave(self, request: ImageRequest, run: Run) -> None:
        """Stumble."""
        run.progress(0.2)
        if "fail" in request.prompt or request.seed == self.options.get("seed"):
            raise ValueError("secret detail of the engine")


class Quitter(Trial):
    """A library that calls sys.exit."""

    def misbehave(self, request: ImageRequest, run: Run) -> None:
        """Leave."""
        sys.exit(3)


class Nosy(Trial):
    """Tells what its process has imported."""

    def misbehave(self, request: ImageRequest, run: Run) -> None:
        """Look around."""
        note("imported", *sorted({name.split(".")[0] for name in sys.modules}))


class WarmA(Trial):
    """A model of the gpu lane whose loads are counted."""


class WarmB(Trial):
    """Another one."""


class Heavy(Slow):
    """Really holds so many `megabytes`; with `full`, memory runs out so many times while it loads."""

    block: np.ndarray | None = None

    def load(self) -> None:
        """Fill the memory, page by page."""
        super().load()
        if noted(settings().home, "load", "Heavy") <= int(self.options.get("full", 0)):
            raise OutOfMemory("The main memory is too small for this model.")
        self.block = np.ones(int(self.options["megabytes"]) << 20, np.uint8)

    def unload(self) -> None:
        """Let go of it."""
        note("unload", type(self).__name__)
        self.block = None
