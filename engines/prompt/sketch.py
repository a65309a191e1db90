"""The prompt expander that is always ready: rules over the parsed words, no model."""
from engines.base import Engine, Made, Run
from engines.prompt.expand import enrich
from engines.prompt.request import ExpandRequest


class SketchWords(Engine[ExpandRequest]):
    """Adds a few fitting words to a short prompt."""

    def generate(self, request: ExpandRequest, run: Run) -> Made:
        """The enriched prompt, with the additions on their own."""
        prompt, added = enrich(request.prompt, request.style, request.seed or 0, request.medium)
        run.progress(1.0)
        return Made(result={"prompt": prompt, "added": added}, added=added, resolved_prompt=prompt)
