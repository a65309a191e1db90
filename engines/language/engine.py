"""Engines whose language model runs in this process: what they share, and the model as somebody who can be asked."""

import logging
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ValidationError

from engines import device, local, weights
from engines.base import Engine, Ready, Request
from engines.clients.structured import Asked, Tell
from engines.errors import LlmError, ModelNotReady, OutOfMemory, StudioError
from engines.language import loading
from engines.language.model import LanguageModel, Manner, Written
from engines.stoppable import stoppable

R = TypeVar("R", bound=Request)
HALF = 200
"""Tokens after which an answer counts as half written: nobody knows how long it will be."""
log = logging.getLogger(__name__)
_shelf: "weakref.WeakValueDictionary[Path, LanguageModel]" = weakref.WeakValueDictionary()
"""Models that are loaded, by folder: rows of the same weights share them."""


class LocalEngine(Engine[R]):
    """What engines of local language models have in common. Options of a row: see Manner."""

    kinds: ClassVar[tuple[str, ...]] = (*loading.TEXT, *loading.SIGHTED)
    mind: LanguageModel | None = None

    def ready(self) -> Ready:
        """The packages, the memory and the weights; nothing heavy is imported."""
        try:
            self._manner()
            found = local.ready(self.row, self.kinds)
            if found.ok:
                self._looked()
        except ModelNotReady as error:
            return Ready(ok=False, needs="weights", missing=error.message)
        return found

    def weight(self) -> int:
        """The size of the model as it will be here, and room to work."""
        return local.weight(self._looked())

    @stoppable
    def load(self) -> None:
        """Read the weights, or take those that another row has loaded."""
        model = self._looked()
        self.mind = _shelf.get(model.folder)
        if self.mind is None:
            net, reader, _ = loading.load(model, self.tell)
            self.mind = _shelf[model.folder] = LanguageModel(net, reader)

    def unload(self) -> None:
        """Give the memory back, unless another row uses it too."""
        self.mind = None

    def writer(self) -> "LocalWriter":
        """The loaded model, to be asked."""
        if self.mind is None:
            raise ModelNotReady(f"{self._title()} is not loaded; try again.")
        return LocalWriter(self.mind, self._manner(), self._title(), self.make_room)

    def _looked(self) -> weights.Model:
        return loading.looked(self.row, self.kinds)

    def _manner(self) -> Manner:
        try:
            return Manner.model_validate(self.options)
        except ValidationError as error:
            wrong = ", ".join(str(each["loc"][0]) for each in error.errors() if each["loc"])
            raise ModelNotReady(f"its row in models.yaml has options that do not fit: {wrong}") from None

    def _title(self) -> str:
        return (self.row.title or self.row.name) if self.row else "The model"


class LocalWriter:
    """A loaded model, asked for objects. Implements engines.clients.structured.Writer."""

    def __init__(self, mind: LanguageModel, manner: Manner, name: str, make_room: Callable[[], bool]) -> None:
        """`make_room` lets go of other models when memory runs out; False when there is none to let go of."""
        self.mind, self.manner, self.name, self.make_room = mind, manner, name, make_room

    def model(self) -> str:
        """Its title."""
        return self.name

    def deadline(self) -> float:
        """When an answer that is asked for now must be there."""
        return time.monotonic() + self.manner.seconds

    def complete(self, messages: list[dict[str, Any]], kind: type[BaseModel], tell: Tell, asked: Asked) -> str:
        """What the model writes; LlmError where it takes too long or cannot go on, OutOfMemory."""

        def told(tokens: int) -> None:
            tell(tokens / (tokens + HALF), f"Writing, {tokens} tokens so far" if tokens else f"{self.name} reads")
            if time.monotonic() > asked.until:
                raise LlmError(f"{self.name} was not done within {self.manner.seconds:g} seconds.", usage=asked.usage.told)

        while (written := self._tried(messages, asked, told)) is None:
            if not self.make_room():
                raise OutOfMemory(f"There is not enough memory for {self.name}; choose a smaller model.", usage=asked.usage.told)
        asked.usage.add({"usage": {"prompt_tokens": written.read, "completion_tokens": written.tokens}})
        return written.text

    def _tried(self, messages: list[dict[str, Any]], asked: Asked, told: Callable[[int], None]) -> Written | None:
        """What the model writes, or None when memory ran out; the traceback, which holds tensors, is let go of here."""
        try:
            return self.mind.write(messages, self.manner, asked.seed or 0, told)
        except StudioError:
            raise
        except Exception as error:
            if device.full(error):
                return None
            log.exception("%s could not write", self.name)
            raise LlmError(f"{self.name} could not go on ({type(error).__name__}).", usage=asked.usage.told) from error
