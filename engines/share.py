"""Gives one part of some work its share of the progress: what says 0 to 1 of itself is shown as a part of the whole."""

from typing import Any, cast

from PIL import Image

from engines.base import Run
from engines.errand import Errand


class _Share:
    def __init__(self, run: Run, low: float, high: float) -> None:
        self._run, self._low, self._high = run, low, high

    def __getattr__(self, name: str) -> Any:
        return getattr(self._run, name)

    def progress(self, fraction: float, note: str = "", preview: Image.Image | None = None, left: float | None = None) -> None:
        """The same, within the share."""
        known = {} if left is None else {"left": left}
        self._run.progress(self._low + (self._high - self._low) * min(1.0, max(0.0, fraction)), note, preview, **known)


def share(run: Run, low: float, high: float) -> Run:
    """The same run, whose progress 0 to 1 is shown as `low` to `high`."""
    return cast(Run, _Share(run, low, high))


class _Piece(_Share):
    def __init__(self, run: Run, k: int, count: int) -> None:
        super().__init__(run, k / count, (k + 1) / count)
        self._name = f"piece-{k + 1:02d}"
        self.folder = run.folder / self._name
        self.folder.mkdir(exist_ok=True)

    def errand(self, part: str, server: str, usd: float | None, *, hooked: bool = False) -> Errand:
        """As the whole's, under a name that no other piece uses."""
        return self._run.errand(f"{self._name} {part}", server, usd, hooked=hooked)


def piece(run: Run, k: int, count: int) -> Run:
    """A run for piece k of several that are made one after another, with its share of the progress and a folder of its own."""
    return cast(Run, _Piece(run, k, count))
