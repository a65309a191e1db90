"""Words by a language model on an OpenAI-compatible server."""

from engines.base import Made, Request, Run
from engines.clients.openai import OpenAIServer
from engines.clients.served import Served
from engines.prompt.asked import answer


class Chat(Served[Request]):
    """Answers every request that is made of words; the row's `for` says which it is offered for."""

    def generate(self, request: Request, run: Run) -> Made:
        """By the model, else by the rules."""
        return answer(OpenAIServer(self.options, run), request, run)
