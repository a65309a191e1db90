"""A run without a queue, for tests of ComfyUI engines in the test's own process."""

from pathlib import Path

from PIL import Image

from engines.errors import BadRequest


class Notebook:
    """A run that writes down what it is told, and opens the files it was given."""

    words = "a red boat"

    def __init__(self, folder: Path, files: dict[str, Path] | None = None) -> None:
        self.folder, self.files = folder, files or {}

    def progress(self, fraction: float, note: str = "", preview: Image.Image | None = None) -> None:
        """Never cancelled."""
        assert 0 <= fraction <= 1

    def open(self, source: str) -> Path:
        """A file by its id."""
        if source not in self.files:
            raise BadRequest("there is no such file")
        return self.files[source]

    def recall(self, artifact_id: str) -> dict[str, object]:
        """Nothing is varied here."""
        raise BadRequest(f"there is no artifact {artifact_id}")
