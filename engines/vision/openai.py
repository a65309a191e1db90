"""Pictures described by a vision model on an OpenAI-compatible server."""

from engines.base import Made, Run
from engines.clients.openai import OpenAIServer
from engines.clients.served import Served
from engines.vision.asked import described
from engines.vision.request import DescribeRequest


class ChatEye(Served[DescribeRequest]):
    """Metadata and measures as the sketch eye finds them; the scene from the model, unless the picture carries its own."""

    def generate(self, request: DescribeRequest, run: Run) -> Made:
        """What is seen, by the model, else by our own eye."""
        return described(OpenAIServer(self.options, run), request, run)
