"""A language model that is slow to load, as large ones are; a STUDIO_HOME/models.yaml row names it."""

import time

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
