"""Gives one part of some work its share of the progress: what says 0 to 1 of itself is shown as a part of the whole."""

from typing import Any, cast

from PIL import Image

from engines.base import Run


class _Share:
    def __init__(self, run: Run, low: float, high: float) -> None:
        self._run, self._low, self._high = run, low, high

    def __getattr__(self, name: str) -> Any:
        return getattr(self._run, name)

    def progress(self, fraction: float, note: str = "", preview: Image.Image | None = None) -> None:
        """The same, within the share."""
        self._run.progress(self._low + (self._high - self._low) * min(1.0, max(0.0, fraction)), note, preview)


def share(run: Run, low: float, high: float) -> Run:
    """The same run, whose progress 0 to 1 is shown as `low` to `high`."""
    return cast(Run, _Share(run, low, high))
