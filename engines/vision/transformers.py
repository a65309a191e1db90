"""Pictures described by a model that sees and runs in this process, through transformers."""

from engines.base import Made, Run
from engines.language.engine import LocalEngine
from engines.language.loading import SIGHTED
from engines.vision.asked import described
from engines.vision.request import DescribeRequest


class LocalEye(LocalEngine[DescribeRequest]):
    """Metadata and measures as the sketch eye finds them; the scene from the model, unless the picture carries its own."""

    kinds = SIGHTED

    def generate(self, request: DescribeRequest, run: Run) -> Made:
        """What is seen, by the model, else by our own eye."""
        return described(self.writer(), request, run)
