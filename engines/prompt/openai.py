"""Words by a language model on an OpenAI-compatible server."""

from engines.base import Engine, Made, Ready, Request, Run
from engines.clients.openai import OpenAIServer
from engines.errors import ModelNotReady
from engines.prompt.asked import answer


class Chat(Engine[Request]):
    """Answers every request that is made of words; the row's `for` says which it is offered for."""

    def ready(self) -> Ready:
        """Whether the server is known, lets the studio in, and answers."""
        try:
            return OpenAIServer(self.options).ready()
        except ModelNotReady as error:
            return Ready(ok=False, missing=error.message)

    def generate(self, request: Request, run: Run) -> Made:
        """By the model, else by the rules."""
        return answer(OpenAIServer(self.options), request, run)
