"""Pictures described by a vision model on an OpenAI-compatible server."""

from engines.base import Engine, Made, Ready, Run
from engines.clients.openai import OpenAIServer
from engines.errors import ModelNotReady
from engines.vision.asked import described
from engines.vision.request import DescribeRequest


class ChatEye(Engine[DescribeRequest]):
    """Metadata and measures as the sketch eye finds them; the scene from the model, unless the picture carries its own."""

    def ready(self) -> Ready:
        """Whether the server is known, lets the studio in, and answers."""
        try:
            return OpenAIServer(self.options).ready()
        except ModelNotReady as error:
            return Ready(ok=False, missing=error.message)

    def generate(self, request: DescribeRequest, run: Run) -> Made:
        """What is seen, by the model, else by our own eye."""
        return described(OpenAIServer(self.options), request, run)
