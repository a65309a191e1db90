"""Words by a language model that runs in this process, through transformers."""

from engines.base import Made, Request, Run
from engines.language.engine import LocalEngine
from engines.prompt.asked import answer


class LocalChat(LocalEngine[Request]):
    """Answers every request that is made of words; the row's `for` says which it is offered for."""

    def generate(self, request: Request, run: Run) -> Made:
        """By the model, else by the rules."""
        return answer(self.writer(), request, run)
