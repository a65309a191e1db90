"""Language models under conditions no test machine has by itself; a STUDIO_HOME/models.yaml row names them."""

import resource
import time
from pathlib import Path

from engines.base import Made, Request, Run
from engines.prompt.transformers import LocalChat
from tests.trial_engines import note as note_down


class Leaden(LocalChat):
    """Every tensor of it takes half a second."""

    def load(self) -> None:
        """Dawdle at each place to stop."""
        told = self.tell

        def tell(fraction: float, note: str) -> None:
            told(fraction, note)
            note_down("tensor", note.replace(" ", "-"))
            time.sleep(0.5)

        self.tell = tell  # type: ignore[method-assign]
        super().load()


class Narrow(LocalChat):
    """May take no memory beyond what its process has when a job begins."""

    def generate(self, request: Request, run: Run) -> Made:
        """Work under a limit of the operating system's own; allocations beyond it really fail."""
        has = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        usual = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (has, usual[1]))
        try:
            return super().generate(request, run)
        finally:
            resource.setrlimit(resource.RLIMIT_AS, usual)
