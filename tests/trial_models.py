"""Real image models under conditions no test machine has by itself; a STUDIO_HOME/models.yaml row names them."""

import resource
import time
from pathlib import Path
from typing import Any

from engines.base import Made, Run
from engines.image.diffusers import Diffusers
from engines.image.request import ImageRequest
from tests.trial_engines import note as note_down


class Cramped(Diffusers):
    """May take only so many megabytes beyond what its process has when a job begins: as the prompt says, in its last word."""

    def generate(self, request: ImageRequest, run: Run) -> Made:
        """Work under a limit of the operating system's own; allocations beyond it really fail."""
        more = int(request.prompt.split()[-1]) << 20
        has = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        usual = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (has + more, usual[1]))
        try:
            return super().generate(request, run)
        finally:
            resource.setrlimit(resource.RLIMIT_AS, usual)


class Bulky(Diffusers):
    """Every part of it takes a second to load, as a large one would."""

    def load(self) -> None:
        """Dawdle at each part."""
        told = self.tell

        def tell(fraction: float, note: str) -> None:
            told(fraction, note)
            note_down("part", note.replace(" ", "-"))
            time.sleep(1)

        self.tell = tell  # type: ignore[method-assign]
        super().load()


class Vast(Diffusers):
    """Every tensor takes a moment to load, as if it were large; that all are there is noted."""

    def load(self) -> None:
        """Dawdle within the parts."""
        from torch.overrides import TorchFunctionMode

        class Slow(TorchFunctionMode):
            def __torch_function__(self, work: Any, types: Any, given: Any = (), named: Any = None) -> Any:
                time.sleep(0.005 * (work.__name__ == "to"))
                return work(*given, **(named or {}))

        with Slow():
            super().load()
        note_down("whole", "vast")
