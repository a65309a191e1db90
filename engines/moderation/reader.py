"""Moderators that need nothing but moderation.yaml: they read a text at once, also before a job is stored."""

from abc import abstractmethod

from config.moderation import moderation
from engines.base import Engine, Made, Ready, Run
from engines.errors import ModelNotReady
from engines.moderation.request import ModerateRequest, Verdict, answer


class Reader(Engine[ModerateRequest]):
    """One that can say what it thinks of a text without a job, a server or a model."""

    @property
    def name(self) -> str:
        """Its name in the verdicts."""
        return self.row.name if self.row else "moderation"

    @abstractmethod
    def read(self, texts: list[str]) -> list[Verdict]:
        """The verdicts on texts that belong together. Raises ValueError if moderation.yaml cannot be read."""

    def look(self, pictures: list[str], run: Run) -> list[Verdict]:
        """The verdicts on pictures of the run's folder."""
        return []

    def ready(self) -> Ready:
        """Whether moderation.yaml can be read."""
        try:
            moderation()
        except ValueError as error:
            return Ready(ok=False, missing=str(error))
        return Ready()

    def generate(self, request: ModerateRequest, run: Run) -> Made:
        """The verdicts on all of it. Raises ModelNotReady if moderation.yaml cannot be read."""
        try:
            return answer(self.read(request.texts) + self.look(request.pictures, run))
        except ValueError as error:
            raise ModelNotReady(str(error)) from None
